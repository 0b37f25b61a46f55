"""The lines that the benches of calls ring, and what is asked there."""

from __future__ import annotations

from collections.abc import Sequence

from ofrenda.call import CallRules, Switchboard
from ofrenda.clock import SystemClock
from ofrenda.engines.process import EngineProcess
from ofrenda.engines.protocols import Engines
from ofrenda.engines.scripted import scripted_engines
from ofrenda.measure.floor import FloorTalk
from ofrenda.measure.questions import Questions, spoken_questions
from ofrenda.types import Audio
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech


def real_switchboard(
    life: Life, engines: Engines, calls: int, kept: RenderedSpeech | None = None
) -> Switchboard:
    """As the house has it: real conversations, sentences ``kept`` as sound."""
    kept = kept or RenderedSpeech(life)
    return Switchboard(life, engines, clock=SystemClock(), max_calls=calls, kept=kept)


def floor_switchboard(life: Life, calls: int) -> Switchboard:
    """Engines and words that cost nothing, and callers who are known not to pause."""
    return Switchboard(
        life,
        scripted_engines(),
        clock=SystemClock(),
        max_calls=calls,
        rules=CallRules(patience_first=0.0),
        talk=lambda _member, _language: FloorTalk(),
    )


async def questions_for(life: Life, process: EngineProcess, given: Sequence[Audio]) -> Questions:
    """What the caller says: the recordings ``given``, or a stock voice's questions without any."""
    from ofrenda.engines.tts.stock import neutral_profile
    from ofrenda.voice import voice_in_use

    voice = voice_in_use(life)
    languages = life.person().languages
    avoid = [v for v in (voice, neutral_profile(voice, languages[0])) if v is not None]
    ours = await spoken_questions(process.engines.tts, avoid, languages=languages)
    return Questions(tuple(given) or ours.asked, ours.interruption)

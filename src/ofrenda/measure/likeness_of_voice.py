"""``ofrenda measure voice``: how near each voice of a life comes to the person's held-out clips."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.errors import BadInput, OfrendaError
from ofrenda.measure.result import percentile
from ofrenda.measure.voice_hearing import (
    Heard,
    at_rate,
    hear,
    hear_themselves,
    nearest_stock,
    voice_of,
)
from ofrenda.measure.voice_judge import trimmed
from ofrenda.types import ReferenceClip, VoiceProfile
from ofrenda.voice import Reference

Row = dict[str, Any]


async def measure_voices(
    reference: Reference,
    profiles: Sequence[VoiceProfile],
    tts: TextToSpeech,
    stt: SpeechToText,
    *,
    voices: int = 36,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> list[Row]:
    """The floor (nearest stock voice), each of ``profiles``, and the person themselves.

    Each says the held-out clips, which no voice was made from. ``norm`` is 0 at the floor and 1 at
    the person; ``error`` says why a voice could not be heard; ``kind`` is ``floor``, ``voice``
    (then with its ``id``) or ``person``. ``voices``: how many stock voices are searched. Raises
    :class:`~ofrenda.errors.BadInput` where nothing was held out, and
    :class:`~ofrenda.errors.EngineRefused` without the extra ``measure``."""
    clips = [_ready(clip) for clip in reference.held_out]
    if not clips:
        raise BadInput(
            "No clip was kept back to measure by. Add more recordings: ofrenda voice LIFE --lab"
        )
    wanted = voice_of(reference.clips)
    progress("the person", 0.0)
    ceiling = await hear_themselves(clips, wanted, stt)
    progress("stock voices", 0.1)
    nearest, floor = await nearest_stock(clips, wanted, tts, stt, voices=voices)
    span = ceiling.similarity - floor.similarity
    rows = [{"kind": "floor", **_row(f"floor: {nearest}", floor, floor, span)}]
    for i, profile in enumerate(profiles):
        name = f"{profile.engine} {profile.parameters.get('tier', '')}".strip()
        progress(name, 0.5 + 0.5 * i / len(profiles))
        try:
            row = _row(name, await hear(clips, wanted, profile, tts, stt), floor, span)
        except OfrendaError as error:
            row = {"voice": name, "error": error.message}
        rows.append({"kind": "voice", "id": profile.id, **row})
    return [*rows, {"kind": "person", **_row("the person (ceiling)", ceiling, floor, span)}]


def _ready(clip: ReferenceClip) -> ReferenceClip:
    return ReferenceClip(trimmed(at_rate(clip.audio)), clip.text, clip.language, clip.mood)


def _row(name: str, heard: Heard, floor: Heard, span: float) -> Row:
    return {
        "voice": name,
        "similarity": round(heard.similarity, 3),
        "norm": round((heard.similarity - floor.similarity) / span, 3) if span > 0 else None,
        "word_errors": round(heard.word_errors, 1),
        "natural": None if heard.natural is None else round(heard.natural, 2),
        "pitch_hz": None if heard.pitch_hz is None else round(heard.pitch_hz),
        "pitch_spread": None if heard.pitch_spread is None else round(heard.pitch_spread, 1),
        "pitch_shares": [round(share, 4) for share in heard.pitch_shares],
        "pace": round(heard.pace, 2),
        "paces": [round(pace, 2) for pace in heard.paces],
        "rtf": round(heard.rtf, 2) if heard.first_ms else None,
        "first_ms": percentile(heard.first_ms, 50) if heard.first_ms else None,
    }

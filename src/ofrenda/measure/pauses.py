"""``ofrenda bench pauses``: whether a call waits for a caller who pauses, and what waiting costs.

No call is made. The sound of each turn goes through what a call hears with (voice activity, turn
detector, speech to text), and the rules that a call decides by are played on it with a clock of
their own; hearing and judging take there what they took in the calls of the call bench.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from ofrenda.call.activity import Change, VoiceActivity
from ofrenda.call.hearing import PRE_ROLL, TURN_WINDOW
from ofrenda.call.patience import Patience
from ofrenda.call.rules import DEFAULT_RULES, CallRules
from ofrenda.call.unfinished import Words, words_of
from ofrenda.engines.protocols import EngineKind, SpeechToText, TextToSpeech, TurnDetector
from ofrenda.engines.registry import create
from ofrenda.errors import BadInput
from ofrenda.measure.pause_sets import (
    RATE,
    VOICES,
    Turn,
    languages_there,
    room_tone,
    spoken_turns,
    synthetic_turns,
)
from ofrenda.measure.result import BenchResult, percentile
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples

PACKET: Final = RATE // 50
HEARING: Final = 0.31
"""Seconds that speech to text takes on two cores (median of 100 turns, ``ofrenda bench call``)."""
JUDGING: Final = 0.11
"""Seconds that the turn detector takes (``stage_turn_end`` less the silence it waits for)."""
LATE: Final = 1.5
"""An end that is seen later than this was missed."""
CALL: Final = 10
"""Turns of one call, all by a caller who is not known when it begins."""
ORDERS: Final = 5
"""Times that the turns are dealt out to calls anew."""
TAIL: Final = 3.0
WAITS: Final = (0.3, 0.5, 0.7, 0.9, 1.1, 1.35, 1.5)
"""Seconds that are waited after what seems finished, for the table of what waiting buys."""

Maker = Callable[[], Patience]


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence of a turn, in seconds from its start: when it began, when a voice began again
    and when that was noticed (None: it did not); what sound and words said of it."""

    fell: float
    starting: float | None
    resumed: float | None
    likely: float
    words: Words


@dataclass(frozen=True, slots=True)
class Listened:
    """A turn as a call hears it; ``end``: its last audible sample, in seconds."""

    turn: Turn
    end: float
    silences: tuple[Silence, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """``cut_in``: a pause was taken for the end; ``end``: seconds from the last sound to the
    decision (NaN: there was none); ``place``: which turn of the call it was."""

    listened: Listened
    place: int
    cut_in: bool
    end: float


async def listen(
    turn: Turn, stt: SpeechToText, detector: TurnDetector, rules: CallRules = DEFAULT_RULES
) -> Listened:
    """Hear ``turn`` as the ear of a call does, with half a second of silence before it and three
    after it. Raises what the engines raise."""
    said = turn.audio.samples
    room = room_tone(said, said[:0], round((TAIL + PRE_ROLL) * RATE))
    lead = round(PRE_ROLL * RATE)
    sound = np.concatenate([room[:lead], said, room[lead:]])
    pcm = (np.clip(sound, -1.0, 1.0) * 32767).astype(np.int16)
    voice, silences, first = VoiceActivity(rules), [], 0.0
    open_: list[tuple[float, float]] = []
    starting: float | None = None

    async def close(resumed: float | None) -> None:
        fell, quiet = open_.pop()
        heard = pcm[max(0, round((first - PRE_ROLL) * RATE)) :].astype(np.float32) / 32768
        skipped = (len(pcm) - len(heard)) / RATE
        transcript = await stt.transcribe(
            _until(heard, fell + rules.hear_early - skipped), languages=(turn.language,)
        )
        window = _until(heard, quiet - skipped).samples[-round(TURN_WINDOW * RATE) :]
        likely = await detector.end_probability(Audio(window, RATE))
        begins = None if resumed is None else (starting if starting is not None else resumed)
        silences.append(Silence(fell, begins, resumed, likely, words_of(transcript)))

    for place in range(0, len(pcm) - PACKET + 1, PACKET):
        now = (place + PACKET) / RATE
        change = voice.hear(pcm[place : place + PACKET].tobytes(), now)
        if voice.starting and starting is None:
            starting = now
        if change is Change.BEGAN and not silences and not open_:
            first = now
        elif change is Change.BEGAN and open_:
            await close(now)
        elif change is Change.PAUSED and voice.fell is not None:
            open_.append((voice.fell, now))
        if not voice.starting:
            starting = None
    if open_:
        await close(None)
    loud = np.flatnonzero(np.abs(said) > 0.01)
    return Listened(
        turn, PRE_ROLL + (int(loud[-1]) if len(loud) else len(said)) / RATE, (*silences,)
    )


def _until(samples: Samples, seconds: float) -> Audio:
    return Audio(samples[: round(seconds * RATE)], RATE)


def replay(
    turns: Sequence[Listened],
    caller: Maker,
    rules: CallRules = DEFAULT_RULES,
    *,
    orders: int = ORDERS,
) -> list[Decided]:
    """Deal ``turns`` out to calls of :data:`CALL`, ``orders`` times, and decide each silence as a
    call does. ``caller`` makes what is known of a caller when a call begins."""
    found = []
    for order in range(orders):
        dealt = np.random.default_rng(order).permutation(len(turns))
        patience = caller()
        for number, index in enumerate(dealt):
            if number % CALL == 0:
                patience = caller()
            found.append(_decide(turns[int(index)], number % CALL, patience, rules))
    return found


def _decide(listened: Listened, place: int, patience: Patience, rules: CallRules) -> Decided:
    cut_in, end = False, float("nan")
    for silence in listened.silences:
        wait = patience.wait(silence.likely, silence.words)
        ready = max(rules.voice_stop + JUDGING, rules.hear_early + HEARING)
        decided = silence.fell + max(wait, ready)
        if silence.resumed is None or silence.starting is None:
            patience.ended()
            end = decided - listened.end
            continue
        # A voice that may be beginning holds the decision up until it is one (hearing.py).
        too_soon = decided < silence.starting
        if too_soon:
            patience.ended()
        pause = silence.resumed - silence.fell - rules.voice_start
        patience.went_on(pause, too_soon=too_soon)
        cut_in = cut_in or too_soon
    return Decided(listened, place, cut_in, end)


class Settled(Patience):
    """One who waits so long after whatever seems finished, whoever calls."""

    def __init__(self, rules: CallRules, seconds: float) -> None:
        super().__init__(rules)
        self._seconds = seconds

    @property
    def settled(self) -> float:
        """The same whatever was learned."""
        return self._seconds


class Trusting(Patience):
    """One who believes the turn detector and nothing else: the floor of this bench."""

    def wait(self, likely: float | None, words: Words) -> float:
        """None where the detector says that it is over, else a second and a half."""
        return 0.0 if likely is not None and likely >= 0.5 else 1.5


async def bench_pauses(
    settings: Settings,
    *,
    half: int = 1,
    most: int | None = None,
    voices: int = VOICES,
    progress: Callable[[str], None] | None = None,
) -> BenchResult:
    """Hear one half of the prompts that are installed (``most`` of each language) and, with half 1,
    questions in so many stock ``voices``; then decide. Raises BadInput where no prompts are
    installed, and what the engines raise."""
    languages = languages_there()
    if not languages:
        raise BadInput(
            "Recorded prompts are needed: install Debian's package asterisk-core-sounds-en-g722."
        )
    told = progress or (lambda _what: None)
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    detector = cast(TurnDetector, create(EngineKind.TURN, settings))
    heard: list[Listened] = []
    try:
        if half == 1 and voices:
            tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
            told("questions")
            asked = await synthetic_turns(tts, voices=voices)
            await tts.close()
            heard += [await listen(turn, stt, detector) for turn in asked]
        for language in languages:
            for number, turn in enumerate(spoken_turns(settings, language, half, most=most)):
                told(f"{language} {number + 1}")
                heard.append(await listen(turn, stt, detector))
    finally:
        await stt.close()
        await detector.close()
    return bench_result(heard)


def bench_result(turns: Sequence[Listened], rules: CallRules = DEFAULT_RULES) -> BenchResult:
    """The figures of each set with callers who are not known, the same with the turn detector
    alone as floor, and rows of what each wait would buy."""
    metrics: dict[str, float | int | None] = {}
    floor: dict[str, float | int | None] = {}
    rows: list[dict[str, Any]] = []
    for name, some in _by_set(turns).items():
        decided = replay(some, lambda: Patience(rules), rules)
        metrics |= _figures(name, decided)
        floor |= _figures(name, replay(some, lambda: Trusting(rules), rules))
        first = [one for one in decided if one.place == 0]
        metrics[f"{name}_first_turn_cut_in_rate"] = _share(one.cut_in for one in first)
        short = [one for one in decided if _longest_pause(one.listened) <= rules.patience]
        metrics[f"{name}_shorter_pauses_cut_in_rate"] = _share(one.cut_in for one in short)
        for language in sorted({one.turn.language for one in some}):
            those = [one for one in decided if one.listened.turn.language == language]
            rows.append({"part": "language", "set": name, "language": language} | _row(those))
        for wait in WAITS:
            fixed = replay(some, functools.partial(Settled, rules, wait), rules, orders=1)
            rows.append({"part": "wait", "set": name, "wait": wait} | _row(fixed))
        rows.append({"part": "wait", "set": name, "wait": "learned"} | _row(decided))
    return BenchResult(bench="pauses", metrics=metrics, floor=floor, rows=rows)


def _longest_pause(listened: Listened) -> float:
    """Seconds from falling silent to a voice again."""
    return max(
        (s.starting - s.fell for s in listened.silences if s.starting is not None), default=0
    )


def _by_set(turns: Iterable[Listened]) -> Mapping[str, list[Listened]]:
    found: dict[str, list[Listened]] = {}
    for one in turns:
        found.setdefault(one.turn.set, []).append(one)
    return found


def _figures(name: str, decided: Sequence[Decided]) -> dict[str, float | int | None]:
    row = _row(decided)
    turns = len({id(one.listened) for one in decided})
    return {f"{name}_turns": turns} | {f"{name}_{key}": value for key, value in row.items()}


def _row(decided: Sequence[Decided]) -> dict[str, float | int | None]:
    ends = [one.end for one in decided if not np.isnan(one.end)]
    return {
        "cut_in_rate": _share(one.cut_in for one in decided),
        "missed_end_rate": _share(not one.end <= LATE for one in decided),
        "end_p50_ms": percentile([1000 * end for end in ends], 50),
        "end_p95_ms": percentile([1000 * end for end in ends], 95),
    }


def _share(of: Iterable[bool]) -> float | None:
    values = list(of)
    return round(sum(values) / len(values), 3) if values else None

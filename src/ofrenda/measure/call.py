"""``ofrenda bench call``: how long a call takes to answer, stage by stage."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from statistics import median

from ofrenda.call import Switchboard, TurnMetrics
from ofrenda.call.speculation import SpeculationCount
from ofrenda.clock import SystemClock
from ofrenda.engines.process import EngineProcess
from ofrenda.engines.scripted import scripted_engines
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller, Uttered
from ofrenda.measure.floor import FloorTalk
from ofrenda.measure.questions import Questions, spoken_questions
from ofrenda.measure.resources import Resources, watched
from ofrenda.measure.result import BenchResult, percentile
from ofrenda.settings import Settings
from ofrenda.types import Audio, Member, Provenance
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech

ANSWER_SECONDS = 30.0
"""A question without an answer for this long counts as unanswered."""
INTERRUPT_EVERY = 3
"""Every third answer is interrupted."""
INTERRUPT_AFTER = 0.5
"""Seconds of an answer heard before it is interrupted."""
REST = 1.0
"""Seconds of rest before the next question."""
TURNS_PER_CALL = 10
FLOOR_TURNS = 6
LATE_END_MS = 1500.0
"""A turn that took this long to be seen as finished was missed by the turn detector: only the
patience of the line ended it (a finished turn is seen within 0.4 s)."""
STAGES = ("turn_end", "stt", "recall", "llm", "tts", "transport")

Progress = Callable[[int, int], None]
"""Told how many turns are done, and of how many."""


@dataclass(frozen=True, slots=True)
class Row:
    """One question, in milliseconds. ``v2v``: from the last sound of the question, known exactly,
    to the first sound of the answer at the caller; the stages add up to it. ``words`` is recall
    for own words, recall and language model otherwise. ``barge_in``: from the first sound of an
    interruption to the last of the answer."""

    question: int
    v2v: float | None = None
    turn_end: float | None = None
    stt: float | None = None
    words: float | None = None
    tts: float | None = None
    transport: float | None = None
    hearing: float | None = None
    provenance: str | None = None
    barge_in: float | None = None
    cut_in: bool = False
    underruns: int = 0


async def bench_call(
    life: Life,
    settings: Settings,
    *,
    turns: int = 20,
    questions: Sequence[Audio] = (),
    member: Member | None = None,
    progress: Progress | None = None,
) -> BenchResult:
    """Call ``life`` with the engines of ``settings`` and ask ``turns`` questions.

    ``questions``: recordings to ask; without any, a stock voice asks ours. ``member`` calls (the
    first on the list when None). The caller runs in this process, and its own cost is in the
    figures. The floor is the same with engines and words that cost nothing. Raises what engines
    and switchboard raise."""
    caller = member or life.members()[0]
    process = EngineProcess(settings)
    await process.start()
    try:
        async with watched(lambda: process.pid) as resources:
            switchboard = Switchboard(
                life,
                process.engines,
                clock=SystemClock(),
                max_calls=1,
                kept=RenderedSpeech(life),
            )
            try:
                asked = await _questions(life, process, questions)
                rows = await ask_all(switchboard, caller, asked, turns, progress)
            finally:
                await switchboard.close()
    finally:
        await process.stop()
    floor = await _floor(life, caller)
    return BenchResult(
        bench="call",
        metrics=_metrics(rows, resources, switchboard.speculation),
        floor=_metrics(floor, None),
        rows=[asdict(row) for row in rows],
    )


async def ask_all(
    switchboard: Switchboard,
    member: Member,
    questions: Questions,
    turns: int,
    progress: Progress | None = None,
) -> list[Row]:
    """Ask ``turns`` questions over as many calls as it takes."""
    rows: list[Row] = []
    numbers = itertools.cycle(range(len(questions.asked)))
    while len(rows) < turns:
        caller = Caller(keep_sound=False)
        await caller.call(lambda offer: switchboard.answer(offer, member))
        try:
            await caller.until_state("listening", within=ANSWER_SECONDS)
            for _ in range(min(TURNS_PER_CALL, turns - len(rows))):
                interrupt = len(rows) % INTERRUPT_EVERY == INTERRUPT_EVERY - 1
                row = await _ask(switchboard, caller, questions, next(numbers), interrupt)
                rows.append(row)
                if progress is not None:
                    progress(len(rows), turns)
        finally:
            await caller.hang_up()
        await asyncio.gather(*(switchboard.hang_up(one) for one in list(switchboard.calls)))
    return rows


async def _ask(
    switchboard: Switchboard, caller: Caller, questions: Questions, number: int, interrupt: bool
) -> Row:
    known = len(switchboard.metrics)
    said = await caller.say(questions.asked[number])
    try:
        audible = await caller.until_audible(said.ended, within=ANSWER_SECONDS)
        cut_in = any(said.began < t < said.ended for t in caller.received.audible(said.began))
        barge_in = await _interrupt(caller, questions.interruption) if interrupt else None
        await caller.until(lambda _: len(switchboard.metrics) > known, within=2 * ANSWER_SECONDS)
        await caller.until(lambda r: r.at_rest(REST), within=2 * ANSWER_SECONDS)
    except TimeoutError:
        return Row(number)
    return _row(number, said, audible, switchboard.metrics[known], barge_in, cut_in)


async def _interrupt(caller: Caller, interruption: Audio) -> float | None:
    """Speak into the answer; returns the time to silence in ms, None where the answer was over
    before the interruption could have ended it."""
    await asyncio.sleep(INTERRUPT_AFTER)
    said = await caller.say(interruption)
    heard = [t for t in caller.received.audible(said.began) if t < said.ended]
    with contextlib.suppress(TimeoutError):
        await caller.until_state("thinking", within=ANSWER_SECONDS, after=said.ended)
    if not heard or not caller.received.of("cut"):
        return None
    return 1000 * (heard[-1] - said.began)


def _row(
    number: int,
    said: Uttered,
    audible: float,
    turn: TurnMetrics,
    barge_in: float | None,
    cut_in: bool,
) -> Row:
    return Row(
        number,
        v2v=1000 * (audible - said.ended),
        turn_end=turn.turn_end + 1000 * (turn.speech_end - said.ended),
        stt=turn.stt,
        words=turn.words,
        tts=turn.tts,
        transport=turn.transport + 1000 * (audible - turn.sounded),
        hearing=turn.hearing,
        provenance=turn.first_provenance,
        barge_in=barge_in,
        cut_in=cut_in,
        underruns=turn.underruns,
    )


async def _questions(life: Life, process: EngineProcess, given: Sequence[Audio]) -> Questions:
    from ofrenda.engines.tts.stock import neutral_profile
    from ofrenda.voice import voice_in_use

    voice = voice_in_use(life)
    languages = life.person().languages
    avoid = [v for v in (voice, neutral_profile(voice, languages[0])) if v is not None]
    ours = await spoken_questions(process.engines.tts, avoid, languages=languages)
    return Questions(tuple(given) or ours.asked, ours.interruption)


async def _floor(life: Life, member: Member) -> list[Row]:
    switchboard = Switchboard(
        life,
        scripted_engines(),
        clock=SystemClock(),
        max_calls=1,
        talk=lambda _member, _language: FloorTalk(),
    )
    try:
        questions = Questions((babble(1.3),), babble(1.0))
        return await ask_all(switchboard, member, questions, FLOOR_TURNS)
    finally:
        await switchboard.close()


def _metrics(
    rows: list[Row], resources: Resources | None, begun: SpeculationCount | None = None
) -> dict[str, float | int | None]:
    answered = [row for row in rows if row.v2v is not None]
    own = [row for row in answered if row.provenance == Provenance.OWN_WORDS]
    other = [row for row in answered if row.provenance != Provenance.OWN_WORDS]
    v2v = [row.v2v for row in answered if row.v2v is not None]
    barge = [row.barge_in for row in rows if row.barge_in is not None]
    found: dict[str, float | int | None] = {
        "turns": len(rows),
        "unanswered": len(rows) - len(answered),
        "v2v_p50_ms": percentile(v2v, 50),
        "v2v_p95_ms": percentile(v2v, 95),
        "own_words_v2v_p50_ms": percentile([r.v2v for r in own if r.v2v is not None], 50),
        "own_words_share": round(len(own) / len(answered), 3) if answered else None,
        "barge_in_p50_ms": percentile(barge, 50),
        "barge_in_p95_ms": percentile(barge, 95),
        "barge_ins": len(barge),
        "cut_in_rate": round(sum(r.cut_in for r in rows) / len(rows), 3) if rows else None,
        "missed_end_rate": _missed(answered),
        "underruns": sum(row.underruns for row in rows),
        "speculation_hit_rate": None if begun is None else begun.hit_rate,
        "concurrent_calls": 1,
    }
    for stage in STAGES:
        group = {"recall": own, "llm": other}.get(stage, answered)
        name = "words" if stage in ("recall", "llm") else stage
        times = [t for row in group if (t := getattr(row, name)) is not None]
        found[f"stage_{stage}_p50_ms"] = round(median(times), 1) if times else None
    if resources is not None:
        found |= {
            "peak_rss_mb": round(resources.peak_both / 1e6, 1),
            "peak_rss_media_mb": round(resources.peak_own / 1e6, 1),
            "peak_rss_engines_mb": round(resources.peak_engines / 1e6, 1),
            "cpu_media_s": round(resources.cpu_own, 1),
            "cpu_engines_s": round(resources.cpu_engines, 1),
        }
    return found


def _missed(answered: list[Row]) -> float | None:
    late = sum(row.turn_end is not None and row.turn_end > LATE_END_MS for row in answered)
    return round(late / len(answered), 3) if answered else None

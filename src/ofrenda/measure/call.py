"""``ofrenda bench call``: how long a call takes to answer, stage by stage."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from statistics import median

from ofrenda.call import Switchboard
from ofrenda.call.rendering import RenderedAhead, Renderer
from ofrenda.call.speculation import SpeculationCount
from ofrenda.clock import SystemClock
from ofrenda.dialogue.foreseen import foreseen
from ofrenda.dialogue.foresight import Foresight
from ofrenda.engines.process import EngineProcess
from ofrenda.engines.protocols import Engines
from ofrenda.measure.asking import ANSWER_SECONDS, Row, ask
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller
from ofrenda.measure.evenness import loudness_spread
from ofrenda.measure.lines import floor_switchboard, questions_for, real_switchboard
from ofrenda.measure.questions import Questions, with_pauses
from ofrenda.measure.resources import Resources, watched
from ofrenda.measure.result import BenchResult, percentile
from ofrenda.settings import Settings
from ofrenda.types import Audio, Member, Provenance
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech

INTERRUPT_EVERY = 3
"""Every third answer is interrupted."""
TURNS_PER_CALL = 10
FLOOR_TURNS = 6
LATE_END_MS = 1500.0
"""A turn that took this long to be seen as finished was missed by the turn detector: only the
patience of the line ended it (a finished turn is seen within 0.4 s)."""
LONG = 60
"""Characters of a sentence that has several clauses."""
LOUDNESS_SENTENCES = 12
STAGES = ("turn_end", "stt", "recall", "llm", "tts", "transport")

Progress = Callable[[int, int], None]
"""Told how many turns are done, and of how many."""


async def bench_call(
    life: Life,
    settings: Settings,
    *,
    turns: int = 20,
    ahead: float = 0.0,
    questions: Sequence[Audio] = (),
    member: Member | None = None,
    progress: Progress | None = None,
) -> BenchResult:
    """Call ``life`` with the engines of ``settings`` and ask ``turns`` questions, after the house
    has had time to make the likely sentences into sound (``ahead`` seconds of work at most).

    ``questions``: recordings to ask; without any, a stock voice asks ours. ``member`` calls (the
    first on the list when None). The caller runs in this process, and its own cost is in the
    figures. The floor is the same with engines and words that cost nothing. Raises what engines
    and switchboard raise."""
    caller = member or life.members()[0]
    process = EngineProcess(settings)
    await process.start()
    try:
        async with watched(lambda: process.pid) as resources:
            kept = RenderedSpeech(life)
            switchboard = real_switchboard(life, process.engines, 1, kept)
            try:
                asked = await questions_for(life, process, questions)
                made = await _make_ahead(life, switchboard, process, kept, ahead)
                rows = await ask_all(switchboard, caller, asked, turns, progress)
                paused = await ask_all(
                    switchboard, caller, with_pauses(asked), max(1, turns // 4), interrupts=False
                )
            finally:
                await switchboard.close()
            even = await _evenness(life, process.engines, caller)
    finally:
        await process.stop()
    floor = await _floor(life, caller)
    more = {
        "foreseen_sentences_made": made.sentences,
        "foreseen_said_share": (
            round(len(made.told & kept.found) / len(made.told), 3) if made.told else None
        ),
        "packets_lost_share": _lost(switchboard),
        "pauses_turns": len(paused),
        "pauses_cut_in_rate": _share([row.cut_in for row in paused]),
        "pauses_missed_end_rate": _missed([row for row in paused if row.v2v is not None]),
    }
    return BenchResult(
        bench="call",
        metrics=_metrics(rows, resources, switchboard.speculation) | more | even,
        floor=_metrics(floor, None),
        rows=[{"part": "turns", **asdict(row)} for row in rows]
        + [{"part": "pauses", **asdict(row)} for row in paused],
    )


def beside(before: Path, found: BenchResult) -> BenchResult:
    """``found`` together with what the other parts of this bench have left in ``before``."""
    if not before.is_file():
        return found
    old = json.loads(before.read_text(encoding="utf-8"))
    parts = {row["part"] for row in found.rows}
    kept = [row for row in old["rows"] if row.get("part", "turns") not in parts]
    return replace(
        found,
        metrics=old["metrics"] | dict(found.metrics),
        floor=old["floor"] | dict(found.floor),
        rows=[*kept, *found.rows],
    )


async def ask_all(
    switchboard: Switchboard,
    member: Member,
    questions: Questions,
    turns: int,
    progress: Progress | None = None,
    *,
    interrupts: bool = True,
) -> list[Row]:
    """Ask ``turns`` questions over as many calls as it takes."""
    rows: list[Row] = []
    numbers = itertools.cycle(range(len(questions.asked)))
    while len(rows) < turns:
        caller = Caller(keep_sound=False)
        call_id = await caller.call(lambda offer: switchboard.answer(offer, member))
        try:
            await caller.until_state("listening", within=ANSWER_SECONDS)
            for _ in range(min(TURNS_PER_CALL, turns - len(rows))):
                interrupt = interrupts and len(rows) % INTERRUPT_EVERY == INTERRUPT_EVERY - 1
                row = await ask(switchboard, caller, call_id, questions, next(numbers), interrupt)
                rows.append(row)
                if progress is not None:
                    progress(len(rows), turns)
        finally:
            await caller.hang_up()
        await asyncio.gather(*(switchboard.hang_up(one) for one in list(switchboard.calls)))
    return rows


async def _floor(life: Life, member: Member) -> list[Row]:
    switchboard = floor_switchboard(life, 1)
    try:
        questions = Questions((babble(1.3),), babble(1.0))
        return await ask_all(switchboard, member, questions, FLOOR_TURNS)
    finally:
        await switchboard.close()


async def _make_ahead(
    life: Life,
    switchboard: Switchboard,
    process: EngineProcess,
    kept: RenderedSpeech,
    seconds: float,
) -> RenderedAhead:
    """Let the house do for ``seconds`` what it does while nobody calls."""
    clock, engines = SystemClock(), process.engines
    renderer = Renderer(
        life,
        engines.tts,
        kept,
        Foresight(life, engines.embed, lambda _: True, clock=clock).batches,
        lambda: False,
        clock=clock,
        house=switchboard.house_lines,
        house_says=switchboard.house_says,
    )
    if seconds > 0.0:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await renderer.once()
    return renderer.made


async def _evenness(life: Life, engines: Engines, member: Member) -> dict[str, float | int | None]:
    from ofrenda.voice import voice_in_use

    voice = voice_in_use(life)
    if voice is None:
        return {}
    sentences = foreseen(life, member)
    long = [one for one in sentences if len(one.spoken) > LONG][:LOUDNESS_SENTENCES]
    return await loudness_spread(engines.tts, voice, long)


def _lost(switchboard: Switchboard) -> float | None:
    received = sum(one.received for one in switchboard.quality)
    lost = sum(one.lost for one in switchboard.quality)
    return round(lost / (received + lost), 4) if received else None


def _share(of: Sequence[bool]) -> float | None:
    return round(sum(of) / len(of), 3) if of else None


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
        "own_words_kept_v2v_p50_ms": percentile(
            [r.v2v for r in own if r.v2v is not None and r.kept], 50
        ),
        "own_words_made_v2v_p50_ms": percentile(
            [r.v2v for r in own if r.v2v is not None and not r.kept], 50
        ),
        "kept_share": _share([r.kept for r in answered]),
        "own_words_kept_share": _share([r.kept for r in own]),
        "own_words_share": round(len(own) / len(answered), 3) if answered else None,
        "barge_in_p50_ms": percentile(barge, 50),
        "barge_in_p95_ms": percentile(barge, 95),
        "barge_ins": len(barge),
        "cut_in_rate": round(sum(r.cut_in for r in rows) / len(rows), 3) if rows else None,
        "missed_end_rate": _missed(answered),
        "underruns": sum(row.underruns for row in rows),
        "speculation_hit_rate": None if begun is None else begun.hit_rate,
        "speculation_begun": None if begun is None else begun.begun,
        "speculation_wasted_s_per_turn": (
            None if begun is None or not rows else round(begun.wasted_s / len(rows), 2)
        ),
        "speculation_made_s_per_turn": (
            None if begun is None or not rows else round(begun.made_s / len(rows), 2)
        ),
    }
    for stage in STAGES:
        group = {"recall": own, "llm": other}.get(stage, answered)
        name = "words" if stage in ("recall", "llm") else stage
        times = [t for row in group if (t := getattr(row, name)) is not None]
        found[f"stage_{stage}_p50_ms"] = round(median(times), 1) if times else None
        found[f"stage_{stage}_p95_ms"] = percentile(times, 95)
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

"""``ofrenda bench call --crowd`` and ``--soak``: many calls at a time, and calls for long."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

from ofrenda.engines.process import EngineProcess
from ofrenda.measure.babble import babble
from ofrenda.measure.crowd import MOST_CALLS, TURNS_EACH, labelled, measure_crowd
from ofrenda.measure.crowd import figures as crowd_figures
from ofrenda.measure.lines import floor_switchboard, questions_for, real_switchboard
from ofrenda.measure.questions import Questions
from ofrenda.measure.result import BenchResult
from ofrenda.measure.soak import figures as soak_figures
from ofrenda.measure.soak import measure_soak
from ofrenda.settings import Settings
from ofrenda.types import Member
from ofrenda.vault import Life


async def bench_crowd(
    life: Life,
    settings: Settings,
    *,
    most: int = MOST_CALLS,
    turns: int = TURNS_EACH,
    member: Member | None = None,
    progress: Callable[[str, int], None] | None = None,
) -> BenchResult:
    """How many calls at a time until p95 doubles, with scripted engines and with real ones."""
    caller = member or life.members()[0]
    told = progress or (lambda kind, calls: None)
    scripted = await measure_crowd(
        lambda calls: floor_switchboard(life, calls),
        caller,
        Questions((babble(1.3),), babble(1.0)),
        turns=turns,
        most=most,
        progress=lambda calls: told("scripted", calls),
    )
    process = EngineProcess(settings)
    await process.start()
    try:
        asked = await questions_for(life, process, ())
        real = await measure_crowd(
            lambda calls: real_switchboard(life, process.engines, calls),
            caller,
            asked,
            turns=turns,
            most=most,
            progress=lambda calls: told("real", calls),
        )
    finally:
        await process.stop()
    rows = [*labelled(scripted, "scripted"), *labelled(real, "real")]
    return BenchResult(
        bench="call",
        metrics=crowd_figures(scripted, "scripted")
        | crowd_figures(real, "real")
        | {"concurrent_calls": real.held},
        rows=[{"part": "crowd", "kind": k, "calls": n, **asdict(row)} for k, n, row in rows],
    )


async def bench_soak(
    life: Life,
    settings: Settings,
    minutes: float,
    *,
    scripted: bool = False,
    member: Member | None = None,
    progress: Callable[[float], None] | None = None,
) -> BenchResult:
    """Calls coming and going for ``minutes``, with the engines of ``settings`` or scripted ones."""
    caller = member or life.members()[0]
    seconds = 60 * minutes
    if scripted:
        switchboard = floor_switchboard(life, 2)
        asked = Questions((babble(1.3), babble(2.0, seed=3)), babble(1.0))
        try:
            soak = await measure_soak(switchboard, caller, asked, seconds, progress=progress)
        finally:
            await switchboard.close()
    else:
        process = EngineProcess(settings)
        await process.start()
        try:
            switchboard = real_switchboard(life, process.engines, 2)
            asked = await questions_for(life, process, ())
            soak = await measure_soak(
                switchboard,
                caller,
                asked,
                seconds,
                engine_memory=process.memory_bytes,
                progress=progress,
            )
            await switchboard.close()
        finally:
            await process.stop()
    return BenchResult(
        bench="call",
        metrics=soak_figures(soak) | {"soak_scripted": int(scripted)},
        rows=[{"part": "soak", **asdict(one)} for one in soak.rests],
    )

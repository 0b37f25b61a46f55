"""``ofrenda bench call --crowd`` and ``--soak``: many calls at a time, and calls for long."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Final, Literal

from ofrenda.engines.process import EngineProcess
from ofrenda.measure.babble import babble
from ofrenda.measure.crowd import MOST_CALLS, TURNS_EACH, WITHIN, Crowd, Open, measure_crowd
from ofrenda.measure.crowd import figures as crowd_figures
from ofrenda.measure.lines import floor_switchboard, questions_for, real_switchboard
from ofrenda.measure.questions import Questions
from ofrenda.measure.result import BenchResult
from ofrenda.measure.soak import figures as soak_figures
from ofrenda.measure.soak import measure_soak
from ofrenda.settings import Settings
from ofrenda.types import Member
from ofrenda.vault import Life

Kind = Literal["scripted", "real"]
KINDS: Final[tuple[Kind, ...]] = ("scripted", "real")
"""Engines that cost nothing, which leaves what the line itself takes; and those of the settings."""


async def bench_crowd(
    life: Life,
    settings: Settings,
    *,
    most: int = MOST_CALLS,
    turns: int = TURNS_EACH,
    within: float = WITHIN,
    kinds: Sequence[Kind] = KINDS,
    member: Member | None = None,
    progress: Callable[[str, int], None] | None = None,
    keep: Callable[[BenchResult], None] | None = None,
) -> BenchResult:
    """How many calls at a time until p95 doubles, with scripted engines and with real ones:
    ``within`` seconds for each. ``keep`` is given what was found so far, again and again."""
    caller = member or life.members()[0]
    found: dict[str, Crowd] = {}

    async def measure(kind: Kind, opened: Open, asked: Questions) -> None:
        def kept(crowd: Crowd) -> None:
            found[kind] = crowd
            if keep is not None:
                keep(_crowd_result(found))

        found[kind] = await measure_crowd(
            opened,
            caller,
            asked,
            turns=turns,
            most=most,
            within=within,
            progress=None if progress is None else functools.partial(progress, kind),
            keep=kept,
        )

    if "scripted" in kinds:
        babbled = Questions((babble(1.3),), babble(1.0))
        await measure("scripted", lambda calls: floor_switchboard(life, calls), babbled)
    if "real" in kinds:
        process = EngineProcess(settings)
        await process.start()
        try:
            asked = await questions_for(life, process, ())
            engines = process.engines
            await measure("real", lambda calls: real_switchboard(life, engines, calls), asked)
        finally:
            await process.stop()
    return _crowd_result(found)


def _crowd_result(found: Mapping[str, Crowd]) -> BenchResult:
    metrics: dict[str, float | int | None] = {}
    for kind, crowd in found.items():
        metrics |= crowd_figures(crowd, kind)
    if "real" in found:
        metrics["concurrent_calls"] = found["real"].held
    rows = [
        {"part": f"crowd {kind}", "calls": calls, **asdict(row)}
        for kind, crowd in found.items()
        for calls, row in crowd.rows
    ]
    return BenchResult(bench="call", metrics=metrics, rows=rows)


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

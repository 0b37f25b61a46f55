"""What a bench costs the machine: memory and processor time, ours and the engine process's."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import psutil

SAMPLE_SECONDS = 0.2


@dataclass(slots=True)
class Resources:
    """Peak resident memory in bytes of this process, of the engine process and of both at one
    time; processor seconds used since the start."""

    peak_own: int = 0
    peak_engines: int = 0
    peak_both: int = 0
    cpu_own: float = 0.0
    cpu_engines: float = 0.0


@asynccontextmanager
async def watched(engine_pid: Callable[[], int | None]) -> AsyncIterator[Resources]:
    """Watch this process and the engine process (its id may change when it is started again)."""
    found = Resources()
    own = psutil.Process(os.getpid())
    own_before = _cpu(own)
    engines_before = _cpu(_process(engine_pid()))

    def look() -> None:
        engines = _process(engine_pid())
        ours, theirs = own.memory_info().rss, _rss(engines)
        found.peak_own = max(found.peak_own, ours)
        found.peak_engines = max(found.peak_engines, theirs)
        found.peak_both = max(found.peak_both, ours + theirs)
        found.cpu_own = _cpu(own) - own_before
        found.cpu_engines = max(found.cpu_engines, _cpu(engines) - engines_before)

    async def keep_looking() -> None:
        while True:
            look()
            await asyncio.sleep(SAMPLE_SECONDS)

    looking = asyncio.create_task(keep_looking())
    try:
        yield found
        look()
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)


def _process(pid: int | None) -> psutil.Process | None:
    try:
        return None if pid is None else psutil.Process(pid)
    except psutil.NoSuchProcess:
        return None


def _rss(process: psutil.Process | None) -> int:
    try:
        return 0 if process is None else int(process.memory_info().rss)
    except psutil.Error:
        return 0


def _cpu(process: psutil.Process | None) -> float:
    try:
        times = None if process is None else process.cpu_times()
    except psutil.Error:
        return 0.0
    return 0.0 if times is None else float(times.user + times.system)

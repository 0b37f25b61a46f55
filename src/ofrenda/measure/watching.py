"""An import in a process of its own, watched from outside: memory and processor time of it and of
all its children."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import psutil

_LOOK_SECONDS = 0.1


@dataclass(slots=True)
class Watch:
    """What a process and all its children cost, looked at ten times a second. Memory is resident
    memory added up, so what the processes share is counted in each: the true peak is lower."""

    peak_bytes: int = 0
    cpu: dict[int, float] = field(default_factory=dict)

    @property
    def cpu_seconds(self) -> float:
        """Processor seconds of all of them."""
        return sum(self.cpu.values())

    def look(self, process: psutil.Process) -> None:
        """Look once."""
        total = 0
        try:
            for one in (process, *process.children(recursive=True)):
                try:
                    times = one.cpu_times()
                    self.cpu[one.pid] = times.user + times.system
                    total += one.memory_info().rss
                except psutil.Error:
                    continue
        except psutil.Error:
            return
        self.peak_bytes = max(self.peak_bytes, total)


@contextmanager
def running(
    home: Path, export: Path, *core: str
) -> Iterator[tuple[subprocess.Popen[bytes], Watch]]:
    """An import in a process of its own, on one core where one is named, and what it costs."""
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-m", "ofrenda.measure.importing", str(home), str(export), *core],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    watch = Watch()
    over = threading.Event()

    def keep_looking() -> None:
        try:
            seen = psutil.Process(process.pid)
        except psutil.Error:
            return
        while not over.wait(_LOOK_SECONDS):
            watch.look(seen)

    looking = threading.Thread(target=keep_looking)
    looking.start()
    try:
        yield process, watch
    finally:
        over.set()
        looking.join()
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
        process.wait()


def told(process: subprocess.Popen[bytes]) -> Iterator[dict[str, Any]]:
    """What it tells, as it tells it."""
    if process.stdout is not None:
        for line in process.stdout:
            yield cast(dict[str, Any], json.loads(line))

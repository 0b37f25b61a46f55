"""The form of a bench's result: one for all benches, so that a check can read any of them."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class BenchResult:
    """What a bench found. ``metrics`` are the figures that documents quote (times in ms, memory in
    MB = 10^6 bytes); ``floor`` and ``ceiling`` what they are to be read against; ``rows`` the raw
    values. Holds no content of a life."""

    bench: str
    metrics: Mapping[str, float | int | None]
    rows: Sequence[Mapping[str, Any]]
    floor: Mapping[str, float | int | None] = field(default_factory=dict)
    ceiling: Mapping[str, float | int | None] = field(default_factory=dict)
    machine: Mapping[str, Any] = field(default_factory=lambda: machine())
    date: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    commit: str | None = field(default_factory=lambda: commit())


def write_result(result: BenchResult, folder: Path) -> Path:
    """Write ``NAME.json`` into ``folder`` (made if missing); returns where."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{result.bench}.json"
    text = json.dumps(asdict(result), indent=2, ensure_ascii=False)
    path.write_text(text + "\n", encoding="utf-8")
    return path


def show_result(result: BenchResult, console: Console) -> None:
    """Print the metrics as a table, with floor and ceiling where there are any."""
    table = Table(title=f"{result.bench}: {result.date}, {result.machine['cpu']}")
    table.add_column("metric")
    for name in ("value", "floor", "ceiling"):
        table.add_column(name, justify="right")
    for name, value in result.metrics.items():
        table.add_row(
            name,
            _figure(value),
            _figure(result.floor.get(name)),
            _figure(result.ceiling.get(name)),
        )
    console.print(table)


def machine() -> dict[str, Any]:
    """What a figure depends on: processor, cores, memory, load, system, Python."""
    return {
        "cpu": _processor(),
        "cores": os.cpu_count(),
        "memory_mb": round(psutil.virtual_memory().total / 1e6),
        "load_1min": round(psutil.getloadavg()[0], 2),
        "system": platform.platform(terse=True),
        "python": platform.python_version(),
    }


def commit(start: Path = Path(__file__)) -> str | None:
    """The commit that this code was checked out at, or None outside a repository."""
    for folder in start.resolve().parents:
        git = folder / ".git"
        if git.is_dir():
            return _head(git)
    return None


def percentile(values: Sequence[float], share: int) -> float | None:
    """The percentile ``share`` (0..100) by linear interpolation, to 0.1; None of nothing."""
    return round(float(np.percentile(values, share)), 1) if values else None


def _head(git: Path) -> str | None:
    head = (git / "HEAD").read_text().strip()
    if not head.startswith("ref: "):
        return head
    name = head.removeprefix("ref: ")
    if (git / name).is_file():
        return (git / name).read_text().strip()
    packed = git / "packed-refs"
    for line in packed.read_text().splitlines() if packed.is_file() else ():
        if line.endswith(f" {name}"):
            return line.split()[0]
    return None


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    for line in info.read_text().splitlines() if info.is_file() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _figure(value: float | int | None) -> str:
    return "" if value is None else f"{value:g}"

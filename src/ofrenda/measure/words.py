"""``ofrenda bench words``: what the life remembers and how it answers, part by part in one result.

Each part measures on its own and adds its figures to ``words.json``; the figures of parts that
were not run again stay, each row saying which part it is from.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from ofrenda.errors import BadInput
from ofrenda.measure.result import BenchResult
from ofrenda.settings import Settings

Progress = Callable[[float], None]
"""Told the share of a part that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class Task:
    """What a part is given. ``data``: the folder of the evaluation sets, which are not part of
    the project; None without one. ``small``: a size that shows that the part runs, no more."""

    settings: Settings
    folder: Path
    data: Path | None = None
    small: bool = False
    families: str = "blind3"
    """Which questions the part ``honesty`` asks."""
    progress: Progress = lambda _share: None

    def data_file(self, pattern: str) -> Path:
        """The one file of the data folder that fits ``pattern``. Raises BadInput with what to do
        where there is none."""
        if self.data is None:
            raise BadInput(
                "This part measures on a public data set that is not part of Ofrenda. "
                "Name the folder that holds it with --data."
            )
        found = sorted(self.data.glob(pattern))
        if not found:
            raise BadInput(
                f"The data folder holds no file {pattern}. Put it there, or leave out "
                "this part with --part."
            )
        return found[0]


@dataclass(frozen=True, slots=True)
class Figures:
    """What a part found, in the form of :class:`ofrenda.measure.result.BenchResult`."""

    metrics: Mapping[str, float | int | None]
    rows: list[Mapping[str, Any]] = field(default_factory=list)
    floor: Mapping[str, float | int | None] = field(default_factory=dict)
    ceiling: Mapping[str, float | int | None] = field(default_factory=dict)


Part = Callable[[Task], Coroutine[Any, Any, Figures]]

PARTS: Final[Mapping[str, str]] = {
    "recall": "ofrenda.measure.evidence:measure",
    "zh": "ofrenda.measure.evidence:measure_chinese",
    "irc": "ofrenda.measure.replying:measure",
    "speed": "ofrenda.measure.speed:measure",
    "leaks": "ofrenda.measure.leaks:measure",
    "style": "ofrenda.measure.style:measure",
    "honesty": "ofrenda.measure.honesty:measure",
}
"""Every part by its name, and the coroutine that measures it. Imported only when it runs."""


def part(name: str) -> Part:
    """The part called ``name``. Raises BadInput for one that there is not."""
    if name not in PARTS:
        raise BadInput(f"There is no such part. Choose among: {', '.join(PARTS)}.")
    module, _, function = PARTS[name].partition(":")
    found: Part = getattr(import_module(module), function)
    return found


def merged(before: Path, found: Mapping[str, Figures]) -> BenchResult:
    """The figures ``found`` by part, and those of the other parts from the file ``before`` (which
    need not exist)."""
    metrics: dict[str, float | int | None] = {}
    floor: dict[str, float | int | None] = {}
    ceiling: dict[str, float | int | None] = {}
    rows: list[Mapping[str, Any]] = []
    if before.is_file():
        old = json.loads(before.read_text(encoding="utf-8"))
        metrics |= old["metrics"]
        floor |= old["floor"]
        ceiling |= old["ceiling"]
        rows += [row for row in old["rows"] if row.get("part") not in found]
    for name, figures in found.items():
        metrics |= figures.metrics
        floor |= figures.floor
        ceiling |= figures.ceiling
        rows += [{"part": name, **row} for row in figures.rows]
    return BenchResult(
        bench="words",
        metrics=dict(sorted(metrics.items())),
        rows=sorted(rows, key=lambda row: str(row.get("part"))),
        floor=floor,
        ceiling=ceiling,
    )

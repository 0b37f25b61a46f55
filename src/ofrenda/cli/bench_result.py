"""What every bench does with its result: a table, and a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ofrenda.cli.screen import out, print_json

if TYPE_CHECKING:
    from ofrenda.measure.result import BenchResult

Results = Annotated[Path, typer.Option(help="Where the result is written.")]


def publish(result: BenchResult, results: Path, as_json: bool) -> None:
    """Write ``result`` to ``results`` and show it."""
    from ofrenda.measure.result import show_result, write_result

    path = write_result(result, results)
    if as_json:
        print_json({"written": str(path), "metrics": dict(result.metrics)})
        return
    show_result(result, out)
    out.print(f"written to {path}")

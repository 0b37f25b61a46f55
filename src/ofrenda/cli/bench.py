"""``ofrenda bench``: the measurements behind every published number."""

from __future__ import annotations

import typer

app = typer.Typer(help="Measure, print a table, and write bench/results/NAME.json.")

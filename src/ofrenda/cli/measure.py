"""``ofrenda measure``: how near the life comes to the person, on words it was not built from."""

from __future__ import annotations

import typer
from rich.table import Table

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.settings import Settings

app = typer.Typer(help="Measure a life against what was kept back of its archive.")


@app.callback()
def about() -> None:
    """Measure a life against what was kept back of its archive."""


@app.command("words")
def words(life: LifeName, as_json: AsJson = False) -> None:
    """Does the last tenth of their messages read like the rest, and like nobody else's?"""
    from ofrenda.measure.likeness_of_words import measure_life

    with awake(life, Settings()) as opened:
        metrics, rows = measure_life(opened)
    if as_json:
        print_json({"metrics": metrics, "rows": rows})
        return
    table = Table(title="The last tenth of the messages, kept back")
    for column in ("relation", "messages", "measure", "value", "floor", "ceiling"):
        table.add_column(column)
    for row in rows:
        if row["too_little"]:
            table.add_row(row["relation"], str(row["messages"]), "too little text", "", "", "")
            continue
        for key in (key for key in row if f"{key}_ceiling" in row):
            table.add_row(
                row["relation"],
                str(row["messages"]),
                key,
                _figure(row[key]),
                _figure(row.get(f"{key}_floor", 0.5 if key == "author_auc" else None)),
                _figure(row[f"{key}_ceiling"]),
            )
    out.print(table)


def _figure(value: float | None) -> str:
    return "too little text" if value is None else f"{value:.3f}"

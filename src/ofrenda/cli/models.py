"""``ofrenda models``: which model files are here, from where, how large, under which licence."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer
from rich.table import Table

from ofrenda.cli.screen import AsJson, out, print_json, progress
from ofrenda.settings import Settings
from ofrenda.weights import fetch, inventory


def attach(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(help="Model files: list them, verify them, get more.")
    group.callback(invoke_without_command=True)(models)
    group.command("get")(get)
    app.add_typer(group, name="models")


def models(
    context: typer.Context,
    verify: Annotated[bool, typer.Option("--verify", help="Read and hash every file.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the models of the catalog and what is here of them."""
    if context.invoked_subcommand:
        return
    rows = inventory(Settings(), verify=verify)
    if as_json:
        print_json([{**asdict(row), "path": str(row.path) if row.path else None} for row in rows])
        return
    table = Table(title="Models")
    for column in ("name", "state", "from", "MB", "languages", "licence", "what for"):
        table.add_column(
            column,
            justify="right" if column == "MB" else "left",
            no_wrap=column in ("name", "state", "MB"),
        )
    for row in rows:
        table.add_row(
            row.name,
            row.state,
            row.carrier,
            f"{row.size / 1e6:.0f}",
            ", ".join(row.languages),
            row.licence,
            row.summary,
        )
    out.print(table)
    for row in rows:
        if row.note:
            out.print(f"  {row.name}: {row.note}", highlight=False)


def get(
    name: Annotated[str, typer.Argument(help="Name in the catalog.")], as_json: AsJson = False
) -> None:
    """Bring one model onto this machine: from its parts, or from a network if that is allowed."""
    with progress(as_json) as bar:
        task = bar.add_task(f"Getting {name}", total=None)

        def show(done: int, size: int) -> None:
            bar.update(task, completed=done, total=size)

        files = fetch(name, Settings(), show)
    if as_json:
        print_json({"name": name, "files": {k: str(path) for k, path in files.paths.items()}})
    else:
        out.print(f"[green]✓[/] {name} is here.")

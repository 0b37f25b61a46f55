"""``ofrenda report``: what became of every file; and a wrong answer put right."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from ofrenda.archive import REASONS, ImportReport
from ofrenda.archive.keeping import SourceSummary, correct, set_zone, sources
from ofrenda.cli.add import answer_of
from ofrenda.cli.remember import remember, require_embedder
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.settings import Settings


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(
    life: LifeName,
    file: Annotated[
        int | None, typer.Argument(help="Number of one file in the list, to see all of it.")
    ] = None,
    answer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=CHOICE",
            help="Read that file again with another answer, for example date_order=mdy.",
        ),
    ] = None,
    zone: Annotated[
        str | None,
        typer.Option(
            metavar="PLACE",
            help="Where the clock hung, for formats that count in UTC: Europe/London. For one "
            "file, or for all.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show what every file brought, what was left out and why, and what would help."""
    settings = Settings()
    if answer and file is None:
        raise BadInput("Say which file: its number stands in the list of ofrenda report.")
    if answer or zone:
        require_embedder(settings)
    with awake(life, settings) as opened:
        if answer and file is not None:
            correct(opened, file, dict(answer_of(each) for each in answer))
        if zone:
            moved = set_zone(opened, zone, source=file)
            if not as_json:
                out.print(f"{moved} times are now by the clock of {zone}.")
        if answer or zone:
            asyncio.run(remember(opened, settings, quiet=as_json))
        found = [one for one in sources(opened) if file is None or one.id == file]
    if file is not None and not found:
        raise BadInput("There is no file with that number. See them with: ofrenda report")
    if as_json:
        print_json([one.to_json() for one in found])
        return
    _show(found)
    if file is not None:
        show_details([one.report for one in found])


def _show(found: list[SourceSummary]) -> None:
    table = Table(title="Files")
    for column in ("no.", "file", "kind", "new", "already here", "left out", "to know"):
        table.add_column(column, justify="left" if column in ("file", "kind") else "right")
    for one in found:
        told = one.report
        table.add_row(
            str(one.id),
            told.source,
            told.format,
            str(told.accepted),
            str(told.already_there),
            str(sum(told.skipped.values())),
            str(len(told.warnings) + len(told.advice)) if told.complete else "not finished",
        )
    out.print(table)


def show_details(reports: list[ImportReport]) -> None:
    """Of each file what was left out and why, the questions, and what would help."""
    for told in reports:
        for reason, count in told.skipped.items():
            out.print(f"  {told.source}: left out {count}: {REASONS[reason]}", highlight=False)
        for line in (*told.questions, *told.warnings, *told.advice):
            out.print(f"  {told.source}: {line}", highlight=False)
        for key, choice in told.answers.items():
            out.print(f"  {told.source}: you answered {key}={choice}", highlight=False)

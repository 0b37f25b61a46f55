"""``ofrenda add``: put what they left behind into the life."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID
from rich.table import Table

from ofrenda.archive import REASONS, ImportReport, identities
from ofrenda.archive import add as import_path
from ofrenda.archive.decisions import take_over_decisions
from ofrenda.archive.kept import look_at_photos, waiting_to_be_heard
from ofrenda.cli.remember import remember, require_embedder, tell_state
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json, progress
from ofrenda.errors import BadInput
from ofrenda.settings import Settings


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("add")(add)


def add(
    life: LifeName,
    paths: Annotated[list[Path], typer.Argument(help="Exports, letters, folders or zips.")],
    answer: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KEY=CHOICE",
            help="The answer to a question of an earlier report, for example date_order=dmy.",
        ),
    ] = None,
    decisions: Annotated[
        bool,
        typer.Option(
            "--decisions", help="Of an Ofrenda export: take over who is who, as decided then."
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import chats, essays and letters. Adding the same file twice adds nothing."""
    settings = Settings()
    answers = dict(_answer(each) for each in answer or [])
    require_embedder(settings)
    with awake(life, settings) as opened:
        reports: list[ImportReport] = []
        with progress(as_json) as bar:
            for path in paths:
                task = bar.add_task(f"Reading {path.name}", total=1.0)
                reports += import_path(
                    opened, path, answers=answers, progress=partial(_show_share, bar, task)
                )
                bar.update(task, completed=1.0)
        for path in paths if decisions else ():
            take_over_decisions(opened, path)
            task = bar.add_task("Looking at photos", total=1.0)
            look_at_photos(opened, partial(_show_share, bar, task))
        unheard = waiting_to_be_heard(opened)
        undecided = [found for found in identities(opened) if found.holder is None]
        state = asyncio.run(remember(opened, settings, quiet=as_json))
    if as_json:
        print_json(
            {
                "reports": [report.to_json() for report in reports],
                "undecided_identities": len(undecided),
                "waiting_for_meaning": state.pending,
                "waiting_to_be_heard": unheard,
            }
        )
        return
    show_reports(reports)
    if state.pending:
        tell_state(life, state)
    _show_unheard(life, unheard)
    if undecided:
        out.print(
            f"\n{len(undecided)} senders are waiting for you to say who they are; until then "
            f"nothing of theirs is used.\nNext: ofrenda identities {life}"
        )


def _show_unheard(life: str, unheard: int) -> None:
    if unheard:
        out.print(
            f"\n{unheard} recordings came along. Their words are found in the background while the "
            f"house is open, or now with: ofrenda media {life} --transcribe",
            highlight=False,
        )


def show_reports(reports: list[ImportReport]) -> None:
    """One row a file, then what was skipped and why, and what would help."""
    table = Table(title="What was read")
    for column in ("file", "kind", "new", "already here", "skipped"):
        table.add_column(column, justify="left" if column in ("file", "kind") else "right")
    for report in reports:
        table.add_row(
            report.source,
            report.format,
            str(report.accepted),
            str(report.already_there),
            str(sum(report.skipped.values())),
        )
    out.print(table)
    for report in reports:
        for reason, count in report.skipped.items():
            out.print(f"  {report.source}: skipped {count}: {REASONS[reason]}", highlight=False)
        for line in (*report.questions, *report.warnings, *report.advice):
            out.print(f"  {report.source}: {line}", highlight=False)


def _show_share(bar: Progress, task: TaskID, share: float) -> None:
    bar.update(task, completed=share)


def _answer(text: str) -> tuple[str, str]:
    key, _, choice = text.partition("=")
    if not key or not choice:
        raise BadInput("An answer is written KEY=CHOICE, for example --answer date_order=dmy.")
    return key, choice

"""``ofrenda add``: put what they left behind into the life."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID
from rich.table import Table

from ofrenda.archive import REASONS, ImportReport, identities
from ofrenda.archive import add as import_path
from ofrenda.archive.carried import take_over_carried
from ofrenda.archive.decisions import take_over_decisions
from ofrenda.archive.keeping import aside_counts, merged
from ofrenda.archive.kept import look_at_photos, waiting_to_be_heard
from ofrenda.archive.report import Table as Beginning
from ofrenda.cli.remember import remember, require_embedder, tell_state
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json, progress
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.vault import Life


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
            help="The answer to a question of an earlier report, for example date_order=dmy; for "
            "one file alone date_order@DIGEST=dmy.",
        ),
    ] = None,
    decisions: Annotated[
        bool,
        typer.Option(
            "--decisions",
            help="Of an Ofrenda export: take over who is who, who may hear what, and what was "
            "heard in recordings, as it was then.",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Import chats, essays and letters. Adding the same file twice adds nothing."""
    settings = Settings()
    answers = dict(answer_of(each) for each in answer or [])
    require_embedder(settings)
    with awake(life, settings) as opened:
        reports: list[ImportReport] = []
        for path in paths:
            found = _read(opened, path, answers, quiet=as_json)
            while not as_json and sys.stdin.isatty() and (told := _ask(found)):
                answers |= told
                found = merged(found, _read(opened, path, answers, quiet=as_json))
            reports += found
        with progress(as_json) as bar:
            for path in paths if decisions else ():
                take_over_decisions(opened, path)
                take_over_carried(opened, path)
            task = bar.add_task("Looking at photos", total=1.0)
            look_at_photos(opened, partial(_show_share, bar, task))
        unheard = waiting_to_be_heard(opened)
        undecided = [one for one in identities(opened) if one.holder is None]
        waiting = aside_counts(opened)
        state = asyncio.run(remember(opened, settings, quiet=as_json))
    if as_json:
        print_json(
            {
                "reports": [report.to_json() for report in reports],
                "undecided_identities": len(undecided),
                "set_aside": {
                    "after_death": waiting.after_death,
                    "sent_on": waiting.pasted,
                    "orders_to_an_ai": waiting.planted,
                },
                "waiting_for_meaning": state.pending,
                "waiting_to_be_heard": unheard,
            }
        )
        return
    show_reports(reports)
    if state.pending:
        tell_state(life, state)
    _show_unheard(life, unheard)
    questions = [(report, one) for report in reports for one in report.questions]
    if questions:
        report, one = questions[0]
        choice = next(iter(one.choices))
        out.print(
            f"\n{len(questions)} questions are open; until they are answered those files are not "
            f"used. Add the same path with, for example: "
            f"--answer '{one.key}@{report.digest[:12]}={choice}'",
            highlight=False,
        )
    if undecided:
        out.print(
            f"\n{len(undecided)} senders are waiting for you to say who they are; until then "
            f"nothing of theirs is used.\nNext: ofrenda identities {life}"
        )
    if waiting.after_death or waiting.pasted or waiting.planted:
        out.print(
            f"\nSet aside: {waiting.after_death} dated after the death, {waiting.pasted} sent on, "
            f"{waiting.planted} written as orders to an AI.\nLook: ofrenda aside {life}"
        )


def _read(life: Life, path: Path, answers: Mapping[str, str], *, quiet: bool) -> list[ImportReport]:
    with progress(quiet) as bar:
        task = bar.add_task(f"Reading {path.name}", total=1.0)
        reports = import_path(life, path, answers=answers, progress=partial(_show_share, bar, task))
        bar.update(task, completed=1.0)
    return reports


def _ask(reports: list[ImportReport]) -> dict[str, str]:
    """Ask at the terminal what the files leave open; what is not answered stays open."""
    told: dict[str, str] = {}
    for report in reports:
        for one in report.questions:
            out.rule(report.source)
            out.print(f"{one.text} ({one.waiting} records wait)", highlight=False)
            if one.table is not None:
                _show_table(one.table)
                out.print(
                    "Write it like this: time:1,sender:2,text:3 (chat:4 where it tells chats "
                    "apart; sender may be left out).",
                    highlight=False,
                )
            for choice, meaning in one.choices.items():
                out.print(f"  [bold]{choice}[/]: {meaning}", highlight=False)
            proposed = one.table.proposed if one.table is not None else ""
            answer = str(typer.prompt("Answer, or later", default=proposed or "later")).strip()
            if answer == "later" or not (answer in one.choices or one.table is not None):
                continue
            key = one.key if one.table is not None else f"{one.key}@{report.digest}"
            told[key] = answer
    return told


def _show_table(beginning: Beginning) -> None:
    table = Table()
    for number, name in enumerate(beginning.header, 1):
        table.add_column(f"{number}: {name}")
    for row in beginning.rows:
        table.add_row(*row)
    out.print(table)


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


def answer_of(text: str) -> tuple[str, str]:
    """An answer as it is written on the command line; BadInput where it is not."""
    key, _, choice = text.partition("=")
    if not key or not choice:
        raise BadInput("An answer is written KEY=CHOICE, for example --answer date_order=dmy.")
    return key, choice

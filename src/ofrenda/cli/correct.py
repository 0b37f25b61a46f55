"""``ofrenda correct``: he would never say that; he would say it like this."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ofrenda.cli.chat import choose_member
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.clock import SystemClock
from ofrenda.errors import BadInput
from ofrenda.persona import corrections
from ofrenda.persona.corrections import correct as record
from ofrenda.persona.corrections import undo as take_back
from ofrenda.settings import Settings


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("correct")(correct)


def correct(
    life: LifeName,
    never: Annotated[str | None, typer.Option(help="A sentence that they would never say.")] = None,
    instead: Annotated[str | None, typer.Option(help="How they would say it.")] = None,
    undo: Annotated[int | None, typer.Option(help="Take this correction back.")] = None,
    who: Annotated[str | None, typer.Option("--as", help="Who corrects; else the keeper.")] = None,
    as_json: AsJson = False,
) -> None:
    """Set the manner right, from the next turn on; without options, list the corrections."""
    if instead is not None and never is None:
        raise BadInput("Say which sentence was wrong with --never.")
    clock = SystemClock()
    with awake(life, Settings()) as opened:
        by = choose_member(opened, who)
        if never is not None:
            record(opened, by, never, instead, clock.now())
        if undo is not None:
            take_back(opened, by, undo, clock.now())
        listed = corrections(opened)
    if as_json:
        print_json(
            [
                {
                    "id": one.id,
                    "at": one.at,
                    "by": one.by,
                    "said": one.said,
                    "instead": one.instead,
                    "only_for": one.only_for,
                    "undone": one.undone,
                }
                for one in listed
            ]
        )
        return
    table = Table(title="Corrections")
    for column in ("no.", "by", "never", "but", "for", ""):
        table.add_column(column)
    for one in listed:
        table.add_row(
            str(one.id),
            escape(one.by),
            escape(one.said),
            escape(one.instead or ""),
            one.only_for or "all",
            "taken back" if one.undone else "",
        )
    out.print(table)

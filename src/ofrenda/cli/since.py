"""``ofrenda since``: what is remembered of a member's calls and letters, to see, mend and erase."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.memory import told
from ofrenda.settings import Settings


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("since")(since)


def since(
    life: LifeName,
    member: Annotated[str, typer.Option(help="Whose: a name or relation on the list.")],
    correct: Annotated[
        str | None, typer.Option(metavar="KEY", help="Correct this one; give --text too.")
    ] = None,
    text: Annotated[str | None, typer.Option(help="The corrected text.")] = None,
    erase: Annotated[str | None, typer.Option(metavar="KEY", help="Forget this one.")] = None,
    erase_all: Annotated[
        bool, typer.Option("--erase-all", help="Forget everything this member said.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """What one member told the life in calls and letters. Nobody else's calls ever use it."""
    if correct is not None and text is None:
        raise BadInput("Give the corrected text with --text.")
    settings = Settings()
    with awake(life, settings) as opened:
        who = opened.find_member(member)
        erased = 0
        if correct is not None and text is not None:
            told.correct(opened, who, correct, text)
        if erase is not None:
            erased += told.erase(opened, who, erase)
        if erase_all:
            erased += told.erase(opened, who)
        remembered = told.told_by(opened, who)
    if as_json:
        print_json(
            {
                "member": str(who.id),
                "erased": erased,
                "told": [
                    {"key": one.key, "kind": one.kind, "at": one.at, "text": one.text}
                    for one in remembered
                ],
            }
        )
        return
    if erased:
        out.print(f"Forgotten: {erased}")
    table = Table(title=f"Told by {escape(who.name)}")
    for column in ("key", "when", "what"):
        table.add_column(column)
    for one in remembered:
        table.add_row(one.key, f"{one.at:%Y-%m-%d %H:%M}", escape(one.text))
    out.print(table)

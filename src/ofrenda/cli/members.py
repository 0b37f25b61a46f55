"""``ofrenda members``: who is on the list."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.types import Member, MemberId, Role


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("members")(members)


def members(
    life: LifeName,
    add: Annotated[str | None, typer.Option(help="Name of somebody to put on the list.")] = None,
    relation: Annotated[str | None, typer.Option(help="Their relation: daughter.")] = None,
    called: Annotated[str | None, typer.Option(help="What the person called them.")] = None,
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.FAMILY,
    as_json: AsJson = False,
) -> None:
    """Show the people on the list, or add one: nobody else can call."""
    settings = Settings()
    with awake(life, settings) as opened:
        if add is not None:
            if not relation:
                raise BadInput("Say what they are to the person: --relation daughter")
            member_id = MemberId("".join(c.lower() if c.isalnum() else "-" for c in add).strip("-"))
            opened.add_member(Member(member_id, add, relation, role, called=called))
        people = opened.members()
    if as_json:
        print_json(
            [
                {
                    "id": m.id,
                    "name": m.name,
                    "relation": m.relation,
                    "role": m.role.value,
                    "called": m.called,
                }
                for m in people
            ]
        )
        return
    table = Table(title="On the list")
    for column in ("name", "relation", "called", "role", "id"):
        table.add_column(column)
    for m in people:
        table.add_row(m.name, m.relation, m.called or "", m.role.value, m.id)
    out.print(table)

"""``ofrenda identities``: who is who in the exports. Proposed, never guessed."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table

from ofrenda.archive import IdentitySummary, decide
from ofrenda.archive import identities as list_identities
from ofrenda.cli.remember import remember, require_embedder
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.types import Member, MemberId
from ofrenda.vault import Life


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("identities")(identities)


def identities(
    life: LifeName,
    decisions: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="NAME=WHO",
            help="Who a sender is, for scripts: a sender's name or number in the list, and "
            "person, other, drop, or a member's name. May be given many times.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which senders are the person, which are members, and which to leave out."""
    settings = Settings()
    require_embedder(settings)
    with awake(life, settings) as opened:
        found = list_identities(opened)
        changed = False
        if decisions:
            for decision in decisions:
                changed |= _apply(opened, found, decision)
        elif not as_json and sys.stdin.isatty():
            changed = _ask_all(opened, found)
        if changed:
            asyncio.run(remember(opened, settings, quiet=as_json))
            found = list_identities(opened)
        person = opened.person().name
        members = {member.id: member.name for member in opened.members()}
    if as_json:
        print_json([summary.to_json() for summary in found])
        return
    _show(found, person, members)


def _apply(life: Life, found: list[IdentitySummary], decision: str) -> bool:
    name, _, who = decision.rpartition("=")
    matching = [s for s in found if name in (s.name, str(s.id))]
    if not name or not matching:
        raise BadInput(
            "--set: there is no sender of that name or number. See them with: "
            f"ofrenda identities {life.alias}"
        )
    for summary in matching:
        _decide(life, summary, who)
    return True


def _decide(life: Life, summary: IdentitySummary, who: str) -> None:
    if who in ("person", "other", "drop"):
        decide(life, summary.id, who)
    else:
        decide(life, summary.id, "member", life.find_member(who).id)


def _ask_all(life: Life, found: list[IdentitySummary]) -> bool:
    members: list[Member] = life.members()
    choices = ["person", *(m.name for m in members), "other", "drop", "later"]
    changed = False
    for summary in (s for s in found if s.holder is None):
        out.rule(f"{summary.name}  ({summary.platform}, {summary.count} lines)")
        out.print(f"from {summary.first or '?'} to {summary.last or '?'}", highlight=False)
        for sample in summary.samples:
            out.print(f"  “{sample}”", highlight=False)
        answer = str(typer.prompt("Who is this? " + ", ".join(choices), default="later"))
        if answer not in choices:
            out.print("Left for later: that is not one of the choices.")
            continue
        if answer != "later":
            _decide(life, summary, answer)
            changed = True
    return changed


def _show(found: list[IdentitySummary], person: str, members: Mapping[MemberId, str]) -> None:
    table = Table(title="Who is who")
    for column in ("no.", "sender", "where", "lines", "first", "last", "is"):
        table.add_column(column)
    for s in found:
        holder = {
            "person": person,
            "member": members.get(s.member, "") if s.member else "",
            None: "[yellow]not decided[/]",
        }.get(s.holder, s.holder)
        table.add_row(
            str(s.id), s.name, s.platform, str(s.count), s.first or "", s.last or "", holder
        )
    out.print(table)

"""``ofrenda identities``: who is who in the exports. Proposed, never guessed."""

from __future__ import annotations

import asyncio
import fnmatch
import sys
from collections.abc import Mapping
from typing import Annotated

import typer
from rich.table import Table

from ofrenda.archive import Decision, IdentitySummary, decide_all
from ofrenda.archive import identities as list_identities
from ofrenda.archive.keeping import Kin, proposed_kin
from ofrenda.cli.remember import remember, require_embedder
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.types import Member, MemberId
from ofrenda.vault import Life

BECAUSE = {
    "number": "they share the number {}",
    "address": "they share the address {}",
    "name": "they share the name {}",
    "card": "a contact card joins them: {}",
}


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
            help="Who a sender is, for scripts: a sender's name (* stands for anything) or number "
            "in the list, or unsigned for all writing without a name; and person, other, drop, "
            "later, or a member's name. May be given many times.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Say which senders are the person, which are members, and which to leave out."""
    settings = Settings()
    require_embedder(settings)
    with awake(life, settings) as opened:
        found = list_identities(opened)
        changed: list[Decision] = []
        if decisions:
            for decision in decisions:
                changed += _read(opened, found, decision)
        elif not as_json and sys.stdin.isatty():
            changed = _ask_all(opened, found)
        if changed:
            decide_all(opened, changed)
            asyncio.run(remember(opened, settings, quiet=as_json))
            found = list_identities(opened)
        kin = proposed_kin(opened)
        person = opened.person().name
        members = {member.id: member.name for member in opened.members()}
    if as_json:
        print_json([summary.to_json() for summary in found])
        return
    _show(found, person, members)
    _show_kin(found, kin)


def _read(life: Life, found: list[IdentitySummary], decision: str) -> list[Decision]:
    name, _, who = decision.rpartition("=")
    matching = [s for s in found if name and _is_meant(s, name)]
    if not matching:
        raise BadInput(
            "--set: there is no sender of that name or number. See them with: "
            f"ofrenda identities {life.alias}"
        )
    return [_decision(life, summary, who) for summary in matching]


def _is_meant(summary: IdentitySummary, name: str) -> bool:
    if name in (summary.name, str(summary.id)) or (name == "unsigned" and summary.unsigned):
        return True
    return "*" in name and fnmatch.fnmatchcase(summary.name, name)


def _decision(life: Life, summary: IdentitySummary, who: str) -> Decision:
    if who in ("person", "other", "drop"):
        return Decision(summary.id, who)
    if who == "later":
        return Decision(summary.id, None)
    return Decision(summary.id, "member", life.find_member(who).id)


def _ask_all(life: Life, found: list[IdentitySummary]) -> list[Decision]:
    """Ask for each sender that is not decided; those that look like one person are asked once."""
    members: list[Member] = life.members()
    choices = ["person", *(m.name for m in members), "other", "drop", "later"]
    open_ = {s.id: s for s in found if s.holder is None}
    decided: list[Decision] = []
    for kin in proposed_kin(life):
        group = [open_[one] for one in kin.ids if one in open_]
        if len(group) < 2:
            continue
        out.rule(f"{len(group)} senders look like the same person")
        for line in _reasons(kin):
            out.print(f"because {line}", highlight=False)
        for summary in group:
            _introduce(summary)
        answer = _choose("Who are they all?", [*choices[:-1], "differ"], "differ")
        if answer not in (None, "differ"):
            decided += [_decision(life, summary, str(answer)) for summary in group]
            for summary in group:
                del open_[summary.id]
    for summary in open_.values():
        out.rule(f"{summary.name}  ({summary.platform}, {summary.count} lines)")
        _introduce(summary, named=False)
        answer = _choose("Who is this?", choices, "later")
        if answer not in (None, "later"):
            decided.append(_decision(life, summary, str(answer)))
    return decided


def _introduce(summary: IdentitySummary, *, named: bool = True) -> None:
    if named:
        out.print(f"[bold]{summary.name}[/] ({summary.platform}, {summary.count} lines)")
    out.print(f"from {summary.first or '?'} to {summary.last or '?'}", highlight=False)
    for sample in summary.samples:
        out.print(f"  “{sample}”", highlight=False)


def _choose(question: str, choices: list[str], default: str) -> str | None:
    answer = str(typer.prompt(f"{question} {', '.join(choices)}", default=default))
    if answer not in choices:
        out.print("Left for later: that is not one of the choices.")
        return None
    return answer


def _reasons(kin: Kin) -> list[str]:
    return [BECAUSE[because].format(detail) for because, detail in kin.reasons]


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
        name = f"unsigned: {s.name}" if s.unsigned else s.name
        table.add_row(
            str(s.id), name, s.platform, str(s.count), s.first or "", s.last or "", holder
        )
    out.print(table)


def _show_kin(found: list[IdentitySummary], proposals: list[Kin]) -> None:
    """Proposals that are not settled: senders that look alike and are not all decided alike."""
    by_id = {s.id: s for s in found}
    for kin in proposals:
        group = [by_id[one] for one in kin.ids]
        if len({(s.holder, s.member) for s in group}) == 1 and group[0].holder is not None:
            continue
        numbers = ", ".join(str(s.id) for s in group)
        out.print(
            f"  {numbers} look like the same person: {'; '.join(_reasons(kin))}", highlight=False
        )

"""``ofrenda visibility``: who may hear what."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer
from rich.table import Table

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.memory.visibility import Rule, add_rule, remove_rule, rules
from ofrenda.settings import Settings
from ofrenda.types import MemberId, Visibility


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("visibility")(visibility)


def visibility(
    life: LifeName,
    only: Annotated[
        Visibility | None, typer.Option(help="Add a rule: who alone may hear it.")
    ] = None,
    member: Annotated[
        list[str] | None, typer.Option(help="Which members, with --only member; repeatable.")
    ] = None,
    said_by: Annotated[
        str | None, typer.Option(help="What this member said; 'person' for the person.")
    ] = None,
    chat_with: Annotated[str | None, typer.Option(help="Private chats with this member.")] = None,
    holding: Annotated[str | None, typer.Option(help="What holds these words.")] = None,
    first: Annotated[str | None, typer.Option(help="From this day: 2019-05-03.")] = None,
    last: Annotated[str | None, typer.Option(help="To this day.")] = None,
    remove: Annotated[int | None, typer.Option(help="Take the rule of this number back.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show the rules on who may hear what, add one, or take one back. Rules only narrow."""
    with awake(life, Settings()) as opened:
        if remove is not None:
            remove_rule(opened, remove)
        if only is not None:
            rule = Rule(
                visibility=only,
                members=frozenset(MemberId(one) for one in member or ()),
                said_by=said_by,
                chat_with=None if chat_with is None else MemberId(chat_with),
                holding=holding,
                first=_day(first),
                last=_day(last),
            )
            add_rule(opened, rule)
        found = rules(opened)
    if as_json:
        print_json([_plain(one) for one in found])
        return
    table = Table(title="Who may hear what")
    for column in ("number", "heard by", "of what"):
        table.add_column(column)
    for one in found:
        plain = _plain(one)
        about = {k: v for k, v in plain.items() if k not in ("id", "visibility", "members") and v}
        heard = ", ".join(sorted(one.members)) or one.visibility.value
        table.add_row(str(one.id), heard, ", ".join(f"{k} {v}" for k, v in about.items()))
    out.print(table)


def _plain(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "visibility": rule.visibility.value,
        "members": sorted(rule.members),
        "said_by": rule.said_by,
        "chat_with": rule.chat_with,
        "conversation": rule.conversation,
        "document": rule.document,
        "utterance": rule.utterance,
        "holding": rule.holding,
        "first": None if rule.first is None else rule.first.isoformat(),
        "last": None if rule.last is None else rule.last.isoformat(),
    }


def _day(text: str | None) -> date | None:
    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise BadInput("Write a day as year, month and day: 2019-05-03.") from error

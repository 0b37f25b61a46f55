"""``ofrenda portrait``: how the person wrote, to each member."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.persona.portrait import Relation, portrait_data
from ofrenda.persona.portrait import portrait as measured
from ofrenda.persona.sources import places
from ofrenda.settings import Settings

_BARS = " ▁▂▃▄▅▆▇█"


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("portrait")(portrait)


def portrait(
    life: LifeName,
    who: Annotated[
        str | None, typer.Option("--as", help="As this member may see it; else all of it.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How they wrote: length, particles, emoji, turns of phrase, hours, for each relation."""
    with awake(life, Settings()) as opened:
        viewer = None if who is None else opened.find_member(who)
        relations = measured(opened, viewer)
        name = opened.person().name
        data = portrait_data(
            relations, places(opened, [one for each in relations for one in each.examples()])
        )
    if as_json:
        print_json(data)
        return
    if not relations:
        out.print("There are no messages of theirs yet. Add some with: ofrenda add")
    for relation in relations:
        _show(name, relation)


def _show(name: str, relation: Relation) -> None:
    style, member = relation.style, relation.member
    to = "everybody" if member is None else f"{member.name} ({member.relation})"
    table = Table(title=escape(f"{name} to {to}"), show_header=False, title_justify="left")
    table.add_column("", style="dim")
    table.add_column("")

    def row(what: str, text: str) -> None:
        if text:
            table.add_row(what, escape(text))

    row("messages", f"{style.messages}" + ("" if style.enough else " (too few to be sure)"))
    row("called them", ", ".join(f"{one.what} ×{one.messages}" for one in relation.names))
    row("length", f"{style.median_length:g} words in the middle; {_shares(style.lengths)}")
    row(
        "split",
        f"{style.messages_per_turn:g} messages a turn; {style.split_share:.0%} of turns in several",
    )
    row("languages", f"{_shares(style.languages)}, both at once {style.mixed_share:.0%}")
    row("ends with", _shares(style.endings))
    row("hours", _spark(style.hours) + "  0h to 23h")
    for what, some in (
        ("sprinkles", style.particles),
        ("emoji", style.emoji),
        ("turns of phrase", style.catchphrases),
        ("greets", style.greetings),
        ("parts", style.partings),
    ):
        row(what, "; ".join(f"{one.what} ×{one.messages}" for one in some))
    out.print(table)


def _shares(some: object) -> str:
    return ", ".join(f"{name} {share:.0%}" for name, share in dict(some).items() if share)  # type: ignore[call-overload]


def _spark(values: tuple[float, ...]) -> str:
    top = max(values, default=0.0) or 1.0
    return "".join(_BARS[round(value / top * (len(_BARS) - 1))] for value in values)

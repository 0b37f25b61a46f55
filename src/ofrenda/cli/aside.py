"""``ofrenda aside``: what is kept and not used, and the keeper's last word on it."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.table import Table

from ofrenda.archive.aside import WHY
from ofrenda.archive.keeping import Aside, aside_counts, release, say_pasted
from ofrenda.archive.keeping import aside as list_aside
from ofrenda.cli.remember import remember, require_embedder
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.errors import BadInput
from ofrenda.settings import Settings

_MEANING = {
    "after_death": "dated after the death",
    "pasted": "sent on, not written",
    "planted": "written as an order to an AI; it is only text, and nothing follows it",
    "released": "dated after the death, and used because you said so",
    "own": "looked sent on, and is used because you said so",
}
_WHY = {
    "copies": "others sent the same text",
    "chain": "it asks to be sent on",
    "article": "it has a link and a byline",
    "keeper": "you said so",
    None: "",
}
_KINDS = {"m": "utterance", "w": "document"}


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("aside")(aside)


def aside(
    life: LifeName,
    which: Annotated[
        str | None, typer.Argument(metavar="[LIST]", help="One of: " + ", ".join(WHY) + ".")
    ] = None,
    use: Annotated[
        list[str] | None,
        typer.Option(help="Use what is dated after the death: its number (m12, w3), or all."),
    ] = None,
    set_aside: Annotated[
        list[str] | None,
        typer.Option(help="Set aside again what --use let in: its number, or all."),
    ] = None,
    own: Annotated[
        list[str] | None, typer.Option(help="These are the sender's own words after all: m12.")
    ] = None,
    pasted: Annotated[
        list[str] | None, typer.Option(help="These are not the sender's own words: m12.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, help="How many to show.")] = 50,
    as_json: AsJson = False,
) -> None:
    """Show what is set aside, or say what is to become of it."""
    settings = Settings()
    changes = bool(use or set_aside or own or pasted)
    if changes:
        require_embedder(settings)
    with awake(life, settings) as opened:
        for numbers, let_in in ((use, True), (set_aside, False)):
            if numbers:
                every = numbers == ["all"]
                chosen = None if every else [_item(each) for each in numbers]
                release(opened, chosen, let_in=let_in)
        for numbers, verdict in ((own, False), (pasted, True)):
            if numbers:
                say_pasted(opened, [_message(each) for each in numbers], verdict)
        if changes:
            asyncio.run(remember(opened, settings, quiet=as_json))
        counts = aside_counts(opened).to_json()
        shown = [which] if which is not None else [why for why in WHY if counts[why]]
        lists = {why: list_aside(opened, why, limit=limit) for why in shown}
    if as_json:
        found = {why: [one.to_json() for one in items] for why, items in lists.items()}
        print_json({"counts": counts, "lists": found})
        return
    if not any(lists.values()):
        out.print("Nothing is set aside.")
    for why, items in lists.items():
        if items:
            _show(f"{counts[why]} {_MEANING[why]}", items)


def _item(written: str) -> tuple[str, int]:
    kind, number = _KINDS.get(written[:1]), written[1:]
    if kind is None or not (number.isascii() and number.isdigit()):
        raise BadInput("A number is written as in the list: m12 for a message, w3 for a writing.")
    return kind, int(number)


def _message(written: str) -> int:
    kind, number = _item(written)
    if kind != "utterance":
        raise BadInput("Only messages can be sent on: take a number that begins with m.")
    return number


def _show(title: str, items: list[Aside]) -> None:
    table = Table(title=title)
    for column in ("no.", "by", "where", "when", "words", "why"):
        table.add_column(column)
    letters = {kind: letter for letter, kind in _KINDS.items()}
    for one in items:
        words = " ".join(one.excerpt.split())
        table.add_row(
            f"{letters[one.kind]}{one.id}",
            one.sender,
            one.where,
            (one.at or "")[:16],
            words if len(words) <= 80 else words[:79] + "…",
            _WHY[one.why],
        )
    out.print(table)

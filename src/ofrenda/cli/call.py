"""``ofrenda call``: open the house and the page, ready to call."""

from __future__ import annotations

import webbrowser
from typing import Annotated

import typer

from ofrenda.cli.screen import LifeName, out
from ofrenda.cli.serve import open_house, show_links
from ofrenda.errors import NotInvited


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("call")(call)


def call(
    life: LifeName,
    who: Annotated[
        str | None, typer.Option("--as", help="Who calls: a name on the list. Else the keeper.")
    ] = None,
) -> None:
    """Open the page to call from, on this computer."""

    def tell(links: dict[str, str]) -> None:
        if who is not None and who not in links:
            raise NotInvited(f"Nobody of that name is on the list. See: ofrenda members {life}")
        show_links(life, links)
        link = links[who] if who is not None else next(iter(links.values()))
        if not webbrowser.open(link):
            out.print("\nNo browser could be opened from here: open the link yourself.")

    open_house(life, tell)

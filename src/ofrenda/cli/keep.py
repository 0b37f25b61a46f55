"""``ofrenda keep``: open the keeper's pages alone, without a voice and without calls."""

from __future__ import annotations

import asyncio
import webbrowser
from typing import Annotated

import typer

from ofrenda.cli.remember import require_embedder
from ofrenda.cli.screen import LifeName, awake, out
from ofrenda.cli.serve import show_keep_links
from ofrenda.clock import SystemClock
from ofrenda.settings import Settings


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("keep")(keep)


def keep(
    life: LifeName,
    browser: Annotated[bool, typer.Option(help="Open the page in this computer's browser.")] = True,
) -> None:
    """Open the page to put things in and say who is who; Ctrl-C closes it."""
    from ofrenda.house import House, listen, serve
    from ofrenda.house.line import NoLine

    settings = Settings()
    require_embedder(settings)
    with listen(settings) as sock, awake(life, settings) as opened:
        house = House(opened, NoLine(), settings, clock=SystemClock())
        links = {member.name: link for member, link in house.keep_links()}

        def tell(_: House) -> None:
            out.print(f"\n[green]✓[/] “{life}” is awake. Open the link on this computer:")
            show_keep_links(links)
            out.print("\nCtrl-C closes the page and puts the life to sleep.")
            if browser:
                webbrowser.open(next(iter(links.values())))

        asyncio.run(serve(house, sock=sock, ready=tell))
    out.print("The page is closed and the life is asleep.")

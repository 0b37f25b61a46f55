"""``ofrenda serve``: open the house, so that the people on the list can call."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING

import typer

from ofrenda.cli.screen import LifeName, awake, err, out
from ofrenda.clock import Clock, SystemClock
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech, voice_in_use

if TYPE_CHECKING:
    from ofrenda.call import Switchboard
    from ofrenda.call.phone import PhoneAccount
    from ofrenda.engines.protocols import Engines

    PhonePort = tuple[PhoneAccount, socket.socket]


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


def serve(life: LifeName) -> None:
    """Open the house and print each member's link; Ctrl-C puts the life back to sleep."""
    open_house(life, lambda links: show_links(life, links))


def open_house(alias: str, tell: Callable[[dict[str, str]], None]) -> None:
    """Wake the life, start the engines, and keep the house open until told to stop.

    ``tell`` is given each member's name and link once the page can be opened.
    """
    from ofrenda.house import listen

    settings = Settings()
    with listen(settings) as sock, awake(alias, settings) as life:
        require_voice(life)
        asyncio.run(keep_open(life, settings, sock, tell))
    out.print("The house is closed and the life is asleep.")


def require_voice(life: Life) -> None:
    """Raise ConsentMissing, or BadInput when there is nothing to answer with."""
    life.require_consent("voice")
    if voice_in_use(life) is None:
        raise BadInput(
            f"This life has no voice yet. Choose one with: ofrenda voice {life.alias} CLIP"
        )


async def keep_open(
    life: Life,
    settings: Settings,
    sock: socket.socket,
    tell: Callable[[dict[str, str]], None],
) -> None:
    """Engines, switchboard and web server, in that order; closed in the other."""
    from ofrenda.call import Switchboard
    from ofrenda.call.rendering import Renderer
    from ofrenda.dialogue.foresight import Foresight
    from ofrenda.dialogue.note_taking import keep_noting
    from ofrenda.engines.process import engine_process
    from ofrenda.house import House
    from ofrenda.house import serve as serve_house
    from ofrenda.house.access import Action, can
    from ofrenda.house.overhearing import listen_meanwhile
    from ofrenda.memory import keep_remembering

    clock = SystemClock()
    with phone_port(life, settings) as phone, err.status("Waking the engines") as waking:
        async with engine_process(settings) as engines:
            kept = RenderedSpeech(life)
            switchboard = Switchboard(
                life, engines, clock=clock, max_calls=settings.max_calls, kept=kept
            )
            house = House(
                life, switchboard, settings, clock=clock, embed=engines.embed, tts=engines.tts
            )
            links = {member.name: link for member, link in house.links()}
            keepers = {member.name: link for member, link in house.keep_links()}

            def ready(_house: House) -> None:
                waking.stop()
                tell(links)
                show_keep_links(keepers)

            def busy() -> bool:
                return bool(switchboard.calls)

            foresight = Foresight(
                life, engines.embed, lambda one: can(one.role, Action.CALL), clock=clock
            )
            renderer = Renderer(
                life,
                engines.tts,
                kept,
                foresight.batches,
                busy,
                clock=clock,
                house=switchboard.house_lines,
                house_says=switchboard.house_says,
            )
            meanwhile = [
                asyncio.create_task(work)
                for work in (
                    listen_meanwhile(life, engines, busy, clock=clock),
                    keep_remembering(life, engines.embed, busy, clock=clock),
                    keep_noting(life, engines.llm, settings, busy, clock=clock),
                    renderer.run(),
                )
            ]
            try:
                async with phone_door(life, switchboard, engines, phone, clock=clock):
                    await serve_house(house, sock=sock, ready=ready)
            finally:
                for task in meanwhile:
                    task.cancel()
                await asyncio.gather(*meanwhile, return_exceptions=True)


@contextmanager
def phone_port(life: Life, settings: Settings) -> Iterator[PhonePort | None]:
    """The account and the port of the telephone door where the keeper has switched it on, taken
    before anything slow is loaded; None otherwise."""
    from ofrenda.call.phone import read_account
    from ofrenda.house import listen_for_phone

    account = read_account(life)
    if account is None:
        yield None
        return
    with listen_for_phone(settings) as sock:
        yield account, sock


@asynccontextmanager
async def phone_door(
    life: Life, switchboard: Switchboard, engines: Engines, phone: PhonePort | None, *, clock: Clock
) -> AsyncIterator[None]:
    """The telephone door, open while inside; nothing where the phone is off."""
    if phone is None:
        yield
        return
    from ofrenda.house.phone import Porter, open_phone

    account, sock = phone
    port = sock.getsockname()[1]
    porter = Porter(life, switchboard, engines, account, clock=clock)
    async with open_phone(porter, sock):
        out.print(
            f"The phone is on: {account.webhook} must lead to http://127.0.0.1:{port}",
            highlight=False,
            soft_wrap=True,
        )
        yield


def show_keep_links(links: dict[str, str]) -> None:
    """Where each keeper looks after the life."""
    for name, link in links.items():
        out.print(
            f"\n{name}, to put things in and say who is who: {link}",
            highlight=False,
            soft_wrap=True,
        )


def show_links(alias: str, links: dict[str, str]) -> None:
    """The address for each member; a link holds a key, so it is for that member only."""
    out.print(f"\n[green]✓[/] “{alias}” is awake. Open your link on this computer to call:\n")
    for name, link in links.items():
        out.print(f"  {name}:  {link}", highlight=False, soft_wrap=True)
    out.print("\nCtrl-C closes the house and puts the life to sleep.")

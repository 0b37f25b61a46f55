"""``ofrenda chat``: the conversation of a call, written, in the terminal."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from typing import Annotated

import typer

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.clock import SystemClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.process import engine_process
from ofrenda.errors import EngineError
from ofrenda.settings import Settings
from ofrenda.types import Member, Provenance, Role, Sentence, Transcript
from ofrenda.vault import Life

_MARK = {
    Provenance.OWN_WORDS: "own words",
    Provenance.REMEMBERED: "remembered",
    Provenance.IN_CHARACTER: "in character",
    Provenance.UNKNOWN: "does not know",
}


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("chat")(chat)


def chat(
    life: LifeName,
    who: Annotated[
        str | None, typer.Option("--as", help="Who talks: a name or relation on the list.")
    ] = None,
    say: Annotated[
        list[str] | None, typer.Option(help="Say this and leave; may be given many times.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Talk in writing: the same words as on a call, without the voice."""
    settings = Settings()
    with awake(life, settings) as opened:
        listener = choose_member(opened, who)
        asyncio.run(_talk(opened, listener, settings, say, as_json))


def choose_member(life: Life, who: str | None) -> Member:
    """The member named, or the keeper."""
    if who is not None:
        return life.find_member(who)
    return next(m for m in life.members() if m.role is Role.KEEPER)


async def _talk(
    life: Life, listener: Member, settings: Settings, say: list[str] | None, as_json: bool
) -> None:
    exchanges: list[dict[str, object]] = []
    async with engine_process(settings) as engines:
        conversation = Conversation(
            life, listener, engines, clock=SystemClock(), channel="terminal"
        )
        opening = await conversation.open()
        await conversation.played(None, [(s, s.text) for s in opening])
        if not as_json:
            for sentence in opening:
                out.print(f"[dim]{sentence.text}[/]", highlight=False)
        for line in say if say is not None else _typed():
            heard = Transcript(line, conversation.language_of(line), 1.0)
            spoken: list[Sentence] = []
            try:
                async for sentence in conversation.reply(heard):
                    spoken.append(sentence)
                    if not as_json:
                        _show(life.person().name, sentence)
            except EngineError:
                spoken.append(conversation.trouble("engine"))
                if not as_json:
                    out.print(f"[dim]{spoken[-1].text}[/]", highlight=False)
            await conversation.played(heard, [(s, s.text) for s in spoken])
            exchanges.append({"said": line, "reply": [_as_json(s) for s in spoken]})
        await conversation.close("caller")
    if as_json:
        print_json(exchanges)


def _typed() -> Iterator[str]:
    while True:
        try:
            line = input("› " if sys.stdin.isatty() else "").strip()
        except EOFError:
            return
        if line in ("/bye", "/quit", "/exit"):
            return
        if line:
            yield line


def _show(name: str, sentence: Sentence) -> None:
    mark = _MARK.get(sentence.provenance, "")
    if sentence.sources and sentence.sources[0].said_at:
        mark += f", {sentence.sources[0].said_at:%-d %B %Y}"
    out.print(f"[bold]{name}[/]  {sentence.text}  [dim]({mark})[/]", highlight=False)


def _as_json(sentence: Sentence) -> dict[str, object]:
    return {
        "text": sentence.text,
        "provenance": sentence.provenance.value,
        "sources": [
            {"kind": s.kind, "id": s.id, "said_at": s.said_at, "excerpt": s.excerpt}
            for s in sentence.sources
        ],
    }

"""Brings what recall searches up to date after the archive has changed."""

from __future__ import annotations

import asyncio
import os
from contextlib import suppress
from typing import Annotated, cast

import typer

from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json, progress
from ofrenda.engines.protocols import Embedder, EngineKind
from ofrenda.engines.registry import create
from ofrenda.memory.embedding import EmbeddingState, embed_pending, embedding_state
from ofrenda.memory.index import index
from ofrenda.settings import Settings
from ofrenda.vault import Life

AT_ONCE = 2_000
"""Texts whose meaning is read before a command ends, about half a minute on one core; the rest
goes on in the background while the house is open."""


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("remember")(command)


def command(
    life: LifeName,
    status: Annotated[
        bool, typer.Option("--status", help="Only show how far it is; do nothing.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Finish reading what was added, so that it is also found by its meaning, not by words alone.

    The house does this by itself while it is open and nobody calls. Ctrl-C stops; nothing is lost.
    """
    settings = Settings()
    require_embedder(settings)
    with awake(life, settings) as opened:
        if status:
            embed = cast(Embedder, create(EngineKind.EMBED, settings))
            state = embedding_state(opened, embed)
        else:
            with suppress(PermissionError, AttributeError):
                os.nice(10)  # it can wait for anything else that this computer does
            state = asyncio.run(remember(opened, settings, quiet=as_json, most=None))
    if as_json:
        print_json({"texts": state.total, "by_meaning": state.done, "waiting": state.pending})
        return
    tell_state(life, state)


def require_embedder(settings: Settings) -> None:
    """Raise at once, before anything is changed, where the configured embedder does not exist."""
    create(EngineKind.EMBED, settings)


async def remember(
    life: Life, settings: Settings, *, quiet: bool = False, most: int | None = AT_ONCE
) -> EmbeddingState:
    """Bring passages and full text up to date, then vectors where at most ``most`` are missing.

    Where more are, none are made: the life can be called, and they come while the house is open.
    Returns how far the vectors are. Ctrl-C while they are made ends that part alone.
    """
    embed = cast(Embedder, create(EngineKind.EMBED, settings))
    try:
        with progress(quiet) as bar:
            task = bar.add_task("Remembering", total=1.0)
            await asyncio.to_thread(
                index, life, lambda share: bar.update(task, completed=min(share, 0.99))
            )
            bar.update(task, completed=1.0)
            state = embedding_state(life, embed)
            if state.pending and (most is None or state.pending <= most):
                task = bar.add_task("Reading for meaning", total=1.0)
                await embed_pending(
                    life, embed, progress=lambda share: bar.update(task, completed=share)
                )
                state = embedding_state(life, embed)
        return state
    finally:
        await embed.close()


def tell_state(alias: str, state: EmbeddingState) -> None:
    """How far a life is found by meaning, and what to do about the rest."""
    if not state.pending:
        out.print(f"All {state.total:,} texts are found by their words and by their meaning.")
        return
    out.print(
        f"Ready to be called: everything is found by its words. {state.done:,} of "
        f"{state.total:,} texts are found by their meaning too; the rest follows while the house "
        f"is open and nobody calls, or now with: ofrenda remember {alias}"
    )

"""Brings what recall searches up to date after the archive has changed."""

from __future__ import annotations

from typing import cast

from ofrenda.cli.screen import progress
from ofrenda.engines.protocols import Embedder, EngineKind
from ofrenda.engines.registry import create
from ofrenda.memory import RebuildReport, rebuild
from ofrenda.settings import Settings
from ofrenda.vault import Life


def require_embedder(settings: Settings) -> None:
    """Raise at once, before anything is changed, where the configured embedder does not exist."""
    create(EngineKind.EMBED, settings)


async def remember(life: Life, settings: Settings, *, quiet: bool = False) -> RebuildReport:
    """Rebuild the passages of ``life`` with the configured embedder, showing progress."""
    embed = cast(Embedder, create(EngineKind.EMBED, settings))
    try:
        with progress(quiet) as bar:
            task = bar.add_task("Remembering", total=1.0)
            return await rebuild(
                life, embed, progress=lambda share: bar.update(task, completed=share)
            )
    finally:
        await embed.close()

"""Keeping memory up to date while the house is open, and out of the way of every call."""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import aclosing
from typing import Final

from ofrenda.clock import Clock
from ofrenda.engines.protocols import Embedder
from ofrenda.errors import EngineError
from ofrenda.memory.embedding import EmbeddingState, embedding, embedding_state
from ofrenda.memory.index import index
from ofrenda.vault import Life

BATCH: Final = 16
"""Texts of one step. A caller who rings in the middle of one waits for it at most: 16 short texts
are a quarter of a second on one core, less than the phone rings."""

_LOOK_SECONDS: Final = 1.0
_QUIET_SECONDS: Final = 3.0
"""How long after a call the work stays away: people call back."""
_AGAIN_SECONDS: Final = 60.0
"""How often it is looked whether there is something new to remember."""

_log = logging.getLogger(__name__)

Busy = Callable[[], bool]
"""Whether a call is under way."""


async def keep_remembering(
    life: Life,
    embed: Embedder,
    busy: Busy,
    *,
    clock: Clock,
    progress: Callable[[EmbeddingState], None] | None = None,
    once: bool = False,
) -> None:
    """Bring passages, full text and vectors up to date, step by step, whenever nobody calls.

    Runs until cancelled, or with ``once`` until all is there. What was made is kept at every
    step. An engine that fails is tried again later. Raises ConsentMissing, VaultError.
    """
    pause = _Pause(busy)
    try:
        while True:
            await quiet(busy, clock)
            await asyncio.to_thread(index, life, pause.at_window)
            try:
                await _vectors(life, embed, busy, clock, progress)
            except EngineError as error:
                _log.warning("vectors have to wait: %s", type(error).__name__)
            else:
                if once:
                    return
            await clock.sleep(_AGAIN_SECONDS)
    finally:
        pause.stop()


async def _vectors(
    life: Life,
    embed: Embedder,
    busy: Busy,
    clock: Clock,
    progress: Callable[[EmbeddingState], None] | None,
) -> None:
    state = await asyncio.to_thread(embedding_state, life, embed)
    async with aclosing(embedding(life, embed, batch=BATCH)) as steps:
        async for made in steps:
            state = EmbeddingState(state.done + made, state.total)
            if progress is not None:
                progress(state)
            await quiet(busy, clock)


async def quiet(busy: Busy, clock: Clock) -> None:
    """Wait until no call is under way, and has not been for a moment."""
    if not busy():
        return
    while busy():
        await clock.sleep(_LOOK_SECONDS)
        if not busy():
            await clock.sleep(_QUIET_SECONDS)


class _Pause:
    """Holds up the walk through new messages, which runs in a thread, while a call is on."""

    def __init__(self, busy: Busy) -> None:
        self._busy = busy
        self._stopped = threading.Event()

    def at_window(self, _share: float) -> None:
        """Called between two windows; returns when it may go on, raises when it may not."""
        while self._busy() and not self._stopped.is_set():
            time.sleep(_LOOK_SECONDS / 4)
        if self._stopped.is_set():
            raise _Stopped

    def stop(self) -> None:
        """Let the thread end at its next window."""
        self._stopped.set()


class _Stopped(Exception):
    """The house is closing; nobody waits for the answer any more."""

"""While the house is open and nobody calls, it listens to recordings and looks at photos."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Final

from ofrenda.archive.kept import look_at_photos, transcribe, waiting_to_be_heard
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Engines
from ofrenda.errors import ConsentMissing, OfrendaError
from ofrenda.memory.index import index
from ofrenda.vault import Life

LOOK_S: Final = 30.0
"""How often it looks for new recordings, and after trouble tries again."""
QUIET_S: Final = 20.0
"""How long nobody must have called: somebody who was cut off dials again at once."""
_STEP_S: Final = 0.5

_log = logging.getLogger(__name__)


async def listen_meanwhile(
    life: Life, engines: Engines, busy: Callable[[], bool], *, clock: Clock
) -> None:
    """Listen to what waits, stretch by stretch, until cancelled; what is found is remembered.

    ``busy`` says whether a call is under way. A call that comes waits for no more than the
    stretch being listened to (at most 28 s of sound; while it is greeted). Trouble of the
    engines is no end: it is tried again later.
    """

    free_since: float | None = clock.monotonic()

    async def go_ahead() -> None:
        nonlocal free_since
        while True:
            now = clock.monotonic()
            if busy():
                free_since = None
            elif free_since is None:
                free_since = now
            elif now - free_since >= QUIET_S:
                return
            await clock.sleep(_STEP_S)

    while True:
        try:
            await asyncio.to_thread(look_at_photos, life)
            if await asyncio.to_thread(waiting_to_be_heard, life):
                report = await transcribe(life, engines.stt, go_ahead=go_ahead, clock=clock)
                if report.heard:
                    await go_ahead()
                    await asyncio.to_thread(index, life)  # vectors come by themselves
        except ConsentMissing:
            return
        except OfrendaError as error:
            _log.warning("listening to recordings rests: %s", type(error).__name__)
        await clock.sleep(LOOK_S)

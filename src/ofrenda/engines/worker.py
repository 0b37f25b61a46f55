"""A thread of its own for a model that computes, and a way to stop it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import threading
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from ofrenda.errors import EngineUnavailable

T = TypeVar("T")

Emit = Callable[[T], bool]
"""Hands a piece to the listener; returns True when nobody listens any more."""


class Worker:
    """Runs the computations of one model, one after the other, off the event loop.

    ``task`` completes the sentence "... failed just now" for the family ("Hearing"). ``niceness``
    (0..19) is what the thread, and all threads that the model starts from it, add to theirs:
    whoever must not wait computes first. ``threads`` above 1 lets calls overlap.
    """

    def __init__(self, task: str, *, niceness: int = 0, threads: int = 1) -> None:
        self._task = task
        self._niceness = niceness
        self._pool = ThreadPoolExecutor(
            threads, thread_name_prefix=f"ofrenda-{task.lower()}", initializer=self._settle
        )

    async def run(self, work: Callable[[], T]) -> T:
        """The result of ``work``. Cancelled before its turn, it never runs."""
        return await asyncio.wrap_future(self._pool.submit(self._guarded, work))

    async def stream(self, work: Callable[[Emit[T]], None]) -> AsyncGenerator[T, None]:
        """The pieces that ``work`` emits, as they come; ends when it ends.

        When the consumer goes away, the next ``emit`` returns True, and ``work`` should return.
        """
        loop = asyncio.get_running_loop()
        pieces: asyncio.Queue[T | None] = asyncio.Queue()
        gone = threading.Event()

        def emit(piece: T) -> bool:
            if not gone.is_set():
                loop.call_soon_threadsafe(pieces.put_nowait, piece)
            return gone.is_set()

        def run() -> None:
            try:
                if not gone.is_set():
                    self._guarded(lambda: work(emit))
            finally:
                with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                    loop.call_soon_threadsafe(pieces.put_nowait, None)

        done = self._pool.submit(run)
        try:
            while (piece := await pieces.get()) is not None:
                yield piece
            await asyncio.wrap_future(done)
        finally:
            gone.set()
            done.cancel()

    async def close(self, release: Callable[[], None]) -> None:
        """Wait for what is computing, run ``release`` on the thread, and end the thread."""
        with contextlib.suppress(RuntimeError):  # closed before
            await asyncio.wrap_future(self._pool.submit(release))
        self._pool.shutdown(wait=False)

    def _settle(self) -> None:
        if self._niceness:
            with contextlib.suppress(OSError, AttributeError):  # a wish, not a need
                thread = threading.get_native_id()
                now = os.getpriority(os.PRIO_PROCESS, thread)
                os.setpriority(os.PRIO_PROCESS, thread, min(19, now + self._niceness))

    def _guarded(self, work: Callable[[], T]) -> T:
        with speaking_plainly(self._task):
            return work()


@contextlib.contextmanager
def speaking_plainly(task: str) -> Iterator[None]:
    """Turn what a library raises into an engine error; its words are dropped, they may quote."""
    try:
        yield
    except MemoryError:
        raise EngineUnavailable(
            f"{task} failed: this machine has not enough free memory. Close other programs or "
            "choose a smaller model."
        ) from None
    except (RuntimeError, ValueError, TypeError, LookupError, OSError) as error:
        raise EngineUnavailable(
            f"{task} failed just now ({type(error).__name__}). Try again; if it stays so, run: "
            "ofrenda doctor"
        ) from None

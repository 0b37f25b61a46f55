"""The one engine process of a house: started, watched, started again, and ended.

The engines run apart from the call's media, so that a model that computes never delays a packet,
and one that crashes takes no call with it. Calls travel over gRPC on a Unix socket in a folder that
only this user can enter, and carry a secret that only the two processes know.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import sys
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path
from typing import Any

from ofrenda.engines.clients import Clients
from ofrenda.engines.protocols import EngineKind, Engines
from ofrenda.engines.runtime_folder import create_runtime_folder
from ofrenda.engines.wire import Payload
from ofrenda.errors import EngineTimeout, EngineUnavailable, OfrendaError
from ofrenda.settings import Settings

OnProgress = Callable[[EngineKind, int, int], None]
"""Called with the engine that is made ready, how many are ready, and how many there are."""

_START_S = 60.0
"""Longest wait for the process to come up (its imports take 1 to 3 s on a busy machine)."""
_END_S = 5.0
"""Longest wait for it to end by itself."""
_BACKOFF_S = (0.1, 0.5, 2.0, 10.0)
"""Waits before the next start after one, two, three, and more deaths in a row."""
_HEALTHY_S = 30.0
"""Having lived this long, a death is not one in a row."""

_STUCK_S = 15.0
"""A model that was waited for this long in vain, and gave nobody an answer meanwhile, is stuck: a
clause takes 1 to 4 s, and hearing 30 s of speech 2 s. The process is started again."""
_MAY_TAKE_LONG = frozenset({"warm", "prefill", "generate"})
"""Loading a model or reading a long letter may take a minute on a slow machine."""

_log = logging.getLogger(__name__)


class EngineProcess:
    """The engine process and the way to it; ``engines`` stay valid when it is started again."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._secret = secrets.token_hex(32)
        self._clients = Clients(self)
        self._process: asyncio.subprocess.Process | None = None
        self._channel: Any = None
        self._folder: Path | None = None
        self._keeper: asyncio.Task[None] | None = None
        self.engines: Engines = self._clients.engines()
        self._answered: dict[EngineKind, float] = {}
        self.restarts = 0
        """How often it was started again."""

    @property
    def pid(self) -> int | None:
        """The process id, or None while it is down."""
        return self._process.pid if self._process is not None and self._channel else None

    def memory_bytes(self) -> int:
        """Resident memory of the process in bytes; 0 while it is down."""
        import psutil

        pid = self.pid
        if pid is None:
            return 0
        try:
            return int(psutil.Process(pid).memory_info().rss)
        except psutil.Error:
            return 0

    async def start(self, on_progress: OnProgress | None = None) -> None:
        """Start it and make every engine ready. Raises what an engine raises, and ends then."""
        try:
            await self._launch()
            for client in self._clients.each().values():
                await client.introduce()
            await self._warm(on_progress)
        except BaseException:
            await self.stop()
            raise
        self._keeper = asyncio.create_task(self._keep(), name="engine-process")

    async def stop(self) -> None:
        """End it, and leave nothing behind: no process, no socket."""
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
            self._keeper = None
        await self._take_down()

    async def stream(
        self, kind: EngineKind, verb: str, request: Payload
    ) -> AsyncGenerator[Payload, None]:
        """The answers to a request; leaving it cancels the work on the other side."""
        import grpc
        import grpc.aio

        from ofrenda.engines import wire

        channel = self._channel
        if channel is None:
            raise _down()
        method = channel.unary_stream(f"/{wire.SERVICE}/{kind.value}.{verb}")
        call = method(wire.pack(request), metadata=((wire.SECRET_KEY, self._secret),))
        waiting: float | None = time.monotonic()
        try:
            async for answer in call:
                self._answered[kind] = time.monotonic()
                waiting = None
                yield wire.unpack(answer)
                waiting = time.monotonic()
            waiting = None
        except grpc.aio.AioRpcError as error:
            told = dict(error.trailing_metadata() or ()).get(wire.ERROR_KEY)
            if isinstance(told, bytes):
                raise wire.error_in(told) from None
            raise _down() from None
        except asyncio.CancelledError:
            # gRPC cancels what is under way when its channel closes; only our own task being
            # cancelled is a cancellation for the caller.
            task = asyncio.current_task()
            if channel is self._channel or (task is not None and task.cancelling()):
                raise
            raise _down() from None
        except (asyncio.InvalidStateError, grpc.aio.UsageError):  # the channel was just closed
            raise _down() from None
        finally:
            call.cancel()
            if waiting is not None and verb not in _MAY_TAKE_LONG and channel is self._channel:
                self._end_if_stuck(kind, waiting)

    def _end_if_stuck(self, kind: EngineKind, waiting: float) -> None:
        """End the process when a model has given no answer for too long; it is started again."""
        since = max(waiting, self._answered.get(kind, 0.0))
        if self._process is None or time.monotonic() - since < _STUCK_S:
            return
        _log.warning("the %s engine is stuck; the engine process is ended", kind.value)
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _launch(self) -> None:
        """Start the process and connect to it."""
        os.environ.setdefault("GRPC_VERBOSITY", "NONE")
        import grpc.aio

        from ofrenda.engines import wire

        self._folder = create_runtime_folder()
        socket = self._folder / "engines.sock"
        order = {
            "settings": _plain(self._settings),
            "socket": str(socket),
            "secret": self._secret,
            "parent": os.getpid(),
        }
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-P",  # the folder it happens to be started in is no place for modules
                "-m",
                "ofrenda.engines.server",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
            )
            async with asyncio.timeout(_START_S):
                ready = await _give(self._process, json.dumps(order).encode())
        except TimeoutError:
            raise EngineTimeout(
                "The engines did not start in time. Close other programs and try again."
            ) from None
        except OSError:
            ready = b""
        if not ready:
            raise EngineUnavailable("The engines could not be started. Run: ofrenda doctor")
        self._channel = grpc.aio.insecure_channel(f"unix:{socket}", options=wire.CHANNEL_OPTIONS)

    async def _warm(self, on_progress: OnProgress | None) -> None:
        clients = self._clients.each()
        for done, (kind, client) in enumerate(clients.items()):
            if on_progress is not None:
                on_progress(kind, done, len(clients))
            await client.warm()
            if on_progress is not None:
                on_progress(kind, done + 1, len(clients))

    async def _keep(self) -> None:
        """Start it again whenever it dies."""
        deaths = 0
        while True:
            since = time.monotonic()
            if self._process is not None:
                await self._process.wait()
            await self._take_down()
            deaths = 1 if time.monotonic() - since > _HEALTHY_S else deaths + 1
            _log.warning("the engine process died; starting it again")
            await asyncio.sleep(_BACKOFF_S[min(deaths, len(_BACKOFF_S)) - 1])
            try:
                await self._launch()
            except OfrendaError as error:
                _log.warning("the engine process does not start: %s", type(error).__name__)
                await self._take_down()
                continue
            self.restarts += 1
            try:
                await self._warm(None)
            except OfrendaError as error:
                _log.warning("an engine is not well: %s", type(error).__name__)

    async def _take_down(self) -> None:
        channel, self._channel = self._channel, None
        process, self._process = self._process, None
        folder, self._folder = self._folder, None
        if channel is not None:
            await channel.close()
        if process is not None:
            await _end(process)
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)


@contextlib.asynccontextmanager
async def engine_process(
    settings: Settings, on_progress: OnProgress | None = None
) -> AsyncIterator[Engines]:
    """The engines of ``settings`` in a process of their own, ready to use.

    While it is being started again after a crash, calls raise :class:`EngineUnavailable`. Use
    :class:`EngineProcess` itself for its process id and memory.
    """
    process = EngineProcess(settings)
    await process.start(on_progress)
    try:
        yield process.engines
    finally:
        await process.stop()


async def _give(process: asyncio.subprocess.Process, order: bytes) -> bytes:
    """Hand the process its order, and return the line it answers; empty when it died."""
    if process.stdin is None or process.stdout is None:
        return b""
    process.stdin.write(order + b"\n")
    await process.stdin.drain()
    return await process.stdout.readline()


async def _end(process: asyncio.subprocess.Process) -> None:
    """Close its standard input, which asks it to end; kill it when it does not. No zombie stays."""
    if process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(ConnectionError):
            await process.stdin.wait_closed()
    try:
        async with asyncio.timeout(_END_S):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()


def _environment() -> dict[str, str]:
    """Ours without the passphrase, which the engines have no use for, and with quiet libraries."""
    kept = {k: v for k, v in os.environ.items() if k.upper() != "OFRENDA_PASSPHRASE"}
    return kept | {
        "OMP_NUM_THREADS": "1",
        "HF_HUB_OFFLINE": "1",
        "GRPC_VERBOSITY": "NONE",
        "GGML_NO_BACKTRACE": "1",
    }


def _plain(settings: Settings) -> dict[str, Any]:
    """The settings as JSON, without the passphrase."""
    keys = {name: getattr(settings, name) for name in ("llm_key", "tts_key")}
    plain = settings.model_dump(mode="json", exclude={"passphrase", *keys})
    told = {name: key.get_secret_value() if key else None for name, key in keys.items()}
    return plain | told | {"passphrase": None}


def _down() -> EngineUnavailable:
    return EngineUnavailable("The engines are starting again. Try again in a moment.")

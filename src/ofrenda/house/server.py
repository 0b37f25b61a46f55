"""Opening the house: its port, its web server, and closing it in order."""

from __future__ import annotations

import asyncio
import errno
import logging
import signal
import socket
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any

import uvicorn
from starlette.types import ASGIApp

from ofrenda.errors import BadInput, PortInUse
from ofrenda.house.app import create_app
from ofrenda.house.house import House
from ofrenda.settings import Settings

GRACE_SECONDS = 3
"""How long answers under way may take at closing time; they take milliseconds."""

HANG_UP_SECONDS = 10
"""How long ending the calls may take; each takes about one. A line that hangs must not keep the
life awake."""

MOST_CONNECTIONS = 64
"""A browser opens six; a family is ten."""


def listen(settings: Settings) -> socket.socket:
    """Take the port of the house, early, before anything slow is loaded.

    Raises PortInUse, or BadInput when the address is none of this computer's.
    """
    return _take(settings.host, settings.port, "OFRENDA_PORT")


def listen_for_phone(settings: Settings) -> socket.socket:
    """As :func:`listen`, the port of the telephone door: on this computer only, where the tunnel
    ends. Raises PortInUse."""
    return _take("127.0.0.1", settings.phone_port, "OFRENDA_PHONE_PORT")


def _take(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(
                f"Port {port} is taken, perhaps by a house that is already open. "
                f"Close that one, or choose another port: {setting}={_another(port)}."
            ) from error
        if error.errno == errno.EACCES:
            raise PortInUse(
                f"This computer does not let you use port {port}. "
                f"Choose one above 1023, for example {setting}=8737."
            ) from error
        raise BadInput(
            "The house cannot listen on the address in OFRENDA_HOST. "
            "Leave it out to use this computer only (127.0.0.1)."
        ) from error


def guarded(app: ASGIApp, *, connections: int, **more: Any) -> uvicorn.Config:
    """How both doors of the house serve: no log of who came, no header that names us, no trust in
    what a proxy says, at most ``connections`` at a time. ``more``: settings of uvicorn."""
    return uvicorn.Config(
        app,
        http="h11",
        lifespan="off",
        access_log=False,
        log_config=None,
        log_level="warning",
        server_header=False,
        proxy_headers=False,
        limit_concurrency=connections,
        timeout_graceful_shutdown=GRACE_SECONDS,
        **more,
    )


async def serve(
    house: House,
    *,
    sock: socket.socket | None = None,
    ready: Callable[[House], None] | None = None,
    stop: asyncio.Event | None = None,
) -> None:
    """Keep the house open until SIGINT, SIGTERM or ``stop``; then end its calls and the server.

    ``sock``: from :func:`listen` (taken now when None). ``ready`` is called once the page can be
    opened. What the caller opened before (engines, the life) the caller closes after.
    """
    listener = listen(house.settings) if sock is None else sock
    stopping = asyncio.Event() if stop is None else stop
    server = Server(guarded(create_app(house), connections=MOST_CONNECTIONS, ws="none"))
    log = logging.getLogger("uvicorn.error")
    log.addFilter(_without_content)
    running = asyncio.create_task(server.serve(sockets=[listener]))

    def over(_: asyncio.Task[None]) -> None:
        # A server that fails must not leave anybody waiting for it.
        server.open.set()
        stopping.set()

    running.add_done_callback(over)
    try:
        with _signals(stopping):
            await server.open.wait()
            if ready is not None and not running.done():
                ready(house)
            await stopping.wait()
    finally:
        # Calls first, while the server still takes the pages' own goodbyes.
        with suppress(TimeoutError):
            async with asyncio.timeout(HANG_UP_SECONDS):
                await house.line.close()
        await house.booth.close()
        await house.desk.close()
        server.should_exit = True
        try:
            await running
        finally:
            log.removeFilter(_without_content)
            listener.close()


class Server(uvicorn.Server):
    """A web server that leaves signals to :func:`serve`: uvicorn raises them again when it is
    done, which would end the process before the life is closed."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.open = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Nothing is captured."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn does, and say so."""
        await super().startup(sockets)
        self.open.set()


@contextmanager
def _signals(stopping: asyncio.Event) -> Iterator[None]:
    """SIGINT and SIGTERM close the house; a second one ends the process as usual."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}

    def restore() -> None:
        for each, handler in before.items():
            loop.remove_signal_handler(each)
            signal.signal(each, handler)

    def close() -> None:
        stopping.set()
        restore()

    for each in before:
        loop.add_signal_handler(each, close)
    try:
        yield
    finally:
        restore()


@contextmanager
def quiet_server() -> Iterator[None]:
    """While inside, what a web server logs of an unexpected error holds nobody's words."""
    log = logging.getLogger("uvicorn.error")

    def keep(record: logging.LogRecord) -> bool:
        return _without_content(record)

    log.addFilter(keep)
    try:
        yield
    finally:
        log.removeFilter(keep)


def _without_content(record: logging.LogRecord) -> bool:
    """Keep of an unexpected error its kind and place; its words could be somebody's."""
    if record.exc_info is not None:
        kind, _, traceback = record.exc_info
        record.msg, record.args = (
            "unexpected error: %s at %s",
            (
                kind.__name__ if kind else "unknown",
                _place(traceback),
            ),
        )
        record.exc_info, record.exc_text = None, None
    return True


def _place(traceback: TracebackType | None) -> str:
    """File and line of the innermost frame."""
    if traceback is None:
        return "unknown"
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    return f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"


def _another(port: int) -> int:
    return port + 1 if port < 65535 else port - 1

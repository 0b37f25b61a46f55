"""The telephone door's own port: two addresses, and nothing else of the house behind them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import Receive, Scope, Send

from ofrenda.call.phone.socket import MOST_MESSAGE, PhoneSocket
from ofrenda.house.phone.porter import Porter
from ofrenda.house.refusals import Refusal, too_large
from ofrenda.house.server import Server, guarded, quiet_server

MOST_BODY = 16 * 1024
"""Bytes of a request; the companies send about 1 000."""
READ_SECONDS = 5.0
MOST_CONNECTIONS = 24
"""Each caller needs one, each announcement another for a moment."""
PING_SECONDS = 20.0
"""How often a stream is asked whether it is still there, and how long it may take to say so."""

_HEADERS = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}


def create_door(porter: Porter) -> Starlette:
    """The app behind the port: the company announces calls, and brings their sound. Errors say
    nothing but their number."""
    path = f"/phone/{porter.account.company}"

    async def announced(request: Request) -> Response:
        try:
            xml = await porter.announce(request.headers, await _body(request))
        except Refusal as refusal:
            return Response(status_code=refusal.status, headers=_HEADERS)
        return Response(xml, media_type="application/xml", headers=_HEADERS)

    return Starlette(
        routes=[
            Route(path, announced, methods=["POST"]),
            WebSocketRoute(f"{path}/{{ticket}}", _Streams(porter)),
        ],
        exception_handlers={HTTPException: _nothing, Exception: _nothing},
    )


class _Streams:
    """Takes the streams. Without a ticket that was just given out, none is opened at all."""

    def __init__(self, porter: Porter) -> None:
        self._porter = porter

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        stream = PhoneSocket(scope, receive, send)
        guest = self._porter.admit(scope["path_params"]["ticket"])
        if guest is None:
            await stream.close(1008)
            return
        await stream.accept()
        await self._porter.receive(stream, guest)


async def _body(request: Request) -> bytes:
    raw = bytearray()
    try:
        async with asyncio.timeout(READ_SECONDS):
            async for chunk in request.stream():
                raw += chunk
                if len(raw) > MOST_BODY:
                    raise too_large()
    except (TimeoutError, ClientDisconnect):
        raise Refusal(408, "too_slow", "The request took too long.") from None
    return bytes(raw)


def _nothing(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return Response(status_code=status, headers=_HEADERS)


@asynccontextmanager
async def open_phone(porter: Porter, sock: socket.socket) -> AsyncIterator[None]:
    """Keep the telephone door open while inside; ``sock`` is its port, taken before. Calls that
    are put through are the switchboard's to end."""
    server = Server(
        guarded(
            create_door(porter),
            connections=MOST_CONNECTIONS,
            ws="websockets-sansio",
            ws_max_size=MOST_MESSAGE,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            ws_per_message_deflate=False,
        )
    )
    with quiet_server():
        running = asyncio.create_task(server.serve(sockets=[sock]))
        running.add_done_callback(lambda _: server.open.set())
        preparing = asyncio.create_task(porter.prepare())
        try:
            await server.open.wait()
            yield
        finally:
            preparing.cancel()
            server.should_exit = True
            await asyncio.gather(preparing, running, return_exceptions=True)
            sock.close()

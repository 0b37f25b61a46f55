"""Speech servers on this machine that speak the real protocols, as a test wants them to."""

from __future__ import annotations

import asyncio
import contextlib
import email
import email.policy
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request as Upgrade
from websockets.http11 import Response as Answer

from ofrenda.types import Audio, MoodName, ReferenceClip

TONE = (np.sin(np.arange(24_000) * 0.06) * 12_000).astype("<i2").tobytes()
"""One second of 16-bit sound at 24 kHz."""


def clip(
    seconds: float, mood: MoodName = MoodName.CALM, text: str = "So it goes."
) -> ReferenceClip:
    """A clip of a made-up person."""
    samples = (0.2 * np.sin(np.arange(int(seconds * 24_000)) * 0.05)).astype(np.float32)
    return ReferenceClip(Audio(samples, 24_000), text, "en", mood)


@dataclass
class SpeechServer:
    """Answers every address that the adapters use over HTTP."""

    url: str = ""
    status: int = 200
    pieces: tuple[bytes, ...] = (TONE[:4_001], TONE[4_001:30_000], TONE[30_000:])
    content_type: str = "audio/pcm"
    delay_s: float = 0.0
    breaks_off: bool = False
    answers: dict[str, Any] = field(default_factory=dict)
    asked: list[tuple[str, str, dict[str, Any], dict[str, str]]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)

    async def answer(self, request: Request) -> Response:
        headers = dict(request.headers)
        body: dict[str, Any] = dict(request.query_params)
        kind = headers.get("content-type", "")
        if kind.startswith("multipart/"):
            raw = b"Content-Type: " + kind.encode() + b"\r\n\r\n" + await request.body()
            for part in email.message_from_bytes(raw, policy=email.policy.HTTP).iter_parts():
                held = part.get_payload(decode=True)
                name = str(part.get_param("name", header="content-disposition"))
                if part.get_filename():
                    self.files.append((name, held))
                else:
                    body[name] = held.decode()
        elif kind.startswith("application/json"):
            body |= await request.json()
        self.asked.append((request.method, request.url.path, body, headers))
        await asyncio.sleep(self.delay_s)
        if self.status != 200:
            return JSONResponse({"detail": "you said: secret"}, status_code=self.status)
        if request.url.path in self.answers:
            return JSONResponse(self.answers[request.url.path])
        return StreamingResponse(self._sound(), media_type=self.content_type)

    async def _sound(self) -> AsyncIterator[bytes]:
        for piece in self.pieces:
            yield piece
            await asyncio.sleep(0)
        if self.breaks_off:
            raise ConnectionResetError


@contextlib.asynccontextmanager
async def speech_server() -> AsyncIterator[SpeechServer]:
    """A server while the block lasts."""
    it = SpeechServer()
    every = ["GET", "POST", "DELETE"]
    app = Starlette(routes=[Route("/{path:path}", it.answer, methods=every)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off"))
    running = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - it has no event
        await asyncio.sleep(0.01)
    it.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield it
    finally:
        server.should_exit = True
        await running


@dataclass
class MiniMaxServer:
    """Plays MiniMax's two-way WebSocket, and its HTTP side in the same answers."""

    url: str = ""
    failure: dict[str, Any] | None = None
    pieces: tuple[bytes, ...] = (TONE[:4_001], TONE[4_001:30_000], TONE[30_000:])
    stops_after: int | None = None
    raw: str | None = None
    silent: bool = False
    events: list[dict[str, Any]] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def talk(self, socket: ServerConnection) -> None:
        self.headers.append(str(socket.request and socket.request.headers.get("Authorization")))
        await socket.send(json.dumps({"event": "connected_success", "base_resp": _WELL}))
        speaking: asyncio.Task[None] | None = None
        try:
            async for raw in socket:
                message = json.loads(raw)
                self.events.append(message)
                event = message["event"]
                if event == "task_start":
                    if self.failure is not None:
                        await socket.send(json.dumps(self.failure))
                        return
                    await socket.send(json.dumps({"event": "task_started", "base_resp": _WELL}))
                elif event == "task_continue":
                    speaking = asyncio.create_task(self._speak(socket))
                elif event == "task_cancel":
                    if speaking is not None:
                        speaking.cancel()
                    return
        finally:
            if speaking is not None:
                speaking.cancel()
                await asyncio.gather(speaking, return_exceptions=True)
            self.closed.set()

    async def _speak(self, socket: ServerConnection) -> None:
        if self.silent:
            await asyncio.sleep(60)
        if self.raw is not None:
            await socket.send(self.raw)
            return
        for number, piece in enumerate(self.pieces):
            if number == self.stops_after:
                await socket.close(1011)
                return
            data = {"audio": piece.hex(), "status": 1}
            await socket.send(json.dumps({"event": "task_continued", "data": data}))
            await asyncio.sleep(0.005)
        # The whole of it once more, as the service does.
        again = {"audio": b"".join(self.pieces).hex(), "status": 2}
        await socket.send(json.dumps({"event": "task_continued", "data": again, "is_final": True}))
        await socket.send(json.dumps({"event": "task_finished", "base_resp": _WELL}))


_WELL = {"status_code": 0, "status_msg": "success"}


@contextlib.asynccontextmanager
async def minimax_server() -> AsyncIterator[MiniMaxServer]:
    """A server while the block lasts."""
    it = MiniMaxServer()

    def only_its_address(connection: ServerConnection, request: Upgrade) -> Answer | None:
        if request.path != "/ws/v1/t2a_v2_bidi":
            return connection.respond(404, "no")
        return None

    async with serve(it.talk, "127.0.0.1", 0, process_request=only_its_address) as server:
        it.url = f"http://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"
        yield it

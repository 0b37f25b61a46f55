"""The telephone as a way to the caller."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable

from pipecat.serializers.base_serializer import FrameSerializer
from pipecat.transports.base_transport import BaseTransport
from pipecat.transports.websocket.fastapi import (
    FastAPIWebsocketParams,
    FastAPIWebsocketTransport,
)
from starlette.websockets import WebSocketState

from ofrenda.call.messages import Message
from ofrenda.call.metrics import LineQuality
from ofrenda.call.offer import Offer
from ofrenda.call.phone.socket import PhoneSocket
from ofrenda.errors import CallError

CLOSE_SECONDS = 1.0
"""How long closing a stream may take; a company that is gone does not answer."""


def _nothing() -> None:
    """Nobody hangs up in words on a telephone: the stream ends."""


class PhoneLeg:
    """A :class:`ofrenda.call.leg.Leg` over the stream of a phone company."""

    def __init__(self, socket: PhoneSocket, serializer: FrameSerializer) -> None:
        self.on_hang_up: Callable[[], None] = _nothing
        self._socket = socket
        self._serializer = serializer

    @property
    def shows(self) -> bool:
        """A telephone shows nothing."""
        return False

    @property
    def last_ping(self) -> float | None:
        """When the caller hung up. Silence is no sign of anything: some lines send none."""
        return self._socket.left_at

    def transport(self) -> BaseTransport:
        """Pipecat's transport over the stream."""
        return FastAPIWebsocketTransport(
            self._socket,
            FastAPIWebsocketParams(
                serializer=self._serializer,
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_end_silence_secs=0,
                allowed_origins=[],
            ),
        )

    def tell(self, message: Message) -> None:
        """A telephone shows nothing."""

    def is_connected(self) -> bool:
        """Until the stream ends."""
        return self._socket.left_at is None

    async def resume(self, offer: Offer, *, prefetch: int) -> str:
        """Never: whoever was cut off dials again."""
        raise CallError("A telephone call that was cut off cannot go on. Dial again.")

    async def quality(self, call_id: str) -> LineQuality | None:
        """The phone company does not say."""
        return None

    async def leave(self) -> None:
        """Close the stream; the company then hangs up."""
        await close(self._socket)


async def close(socket: PhoneSocket) -> None:
    """Close a stream, whatever state it is in."""
    if WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state):
        return
    with contextlib.suppress(RuntimeError, OSError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await socket.close()

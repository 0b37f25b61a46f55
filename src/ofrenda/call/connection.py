"""The WebRTC side of a call: one peer connection to a page, with our own sign of life."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from typing import Any

from pipecat.transports.base_transport import BaseTransport, TransportParams
from pipecat.transports.smallwebrtc.connection import SmallWebRTCConnection
from pipecat.transports.smallwebrtc.transport import SmallWebRTCTransport

from ofrenda.call.media import end_for_good, hold_back
from ofrenda.call.messages import Message
from ofrenda.call.metrics import LineQuality
from ofrenda.call.offer import Offer
from ofrenda.errors import CallError

MAX_PAGE_MESSAGE = 4096
"""Characters of a message from the page; ours are under 100."""

_OPUS_RATE = 48_000
"""Hz of RTP's clock for Opus (RFC 7587)."""


class PageConnection(SmallWebRTCConnection):
    """A page's connection. Pipecat counts three seconds without a ping as disconnected and then
    drops the sound; here the transport's own state counts, and the line watches the pings."""

    shows = True

    def __init__(self) -> None:
        self.last_ping: float | None = None
        self.on_hang_up: Callable[[], None] = _nobody
        self._ended = False
        super().__init__(connection_timeout_secs=3600)

    def _setup_listeners(self) -> None:
        """Also hear the page's signs of life; called for each new peer connection."""
        super()._setup_listeners()  # type: ignore[no-untyped-call]

        @self.pc.on("datachannel")
        def _opened(channel: Any) -> None:
            self.last_ping = time.monotonic()
            channel.on("message", self._from_page)

    def transport(self) -> BaseTransport:
        """Pipecat's transport over this connection."""
        return SmallWebRTCTransport(
            self,
            TransportParams(
                audio_in_enabled=True,
                audio_out_enabled=True,
                audio_out_end_silence_secs=0,
                audio_out_10ms_chunks=2,  # what an interruption does not take back
            ),
        )

    def is_connected(self) -> bool:
        """Whether the transport is up."""
        return bool(self._connect_invoked and self.pc.connectionState == "connected")

    async def accept(self, offer: Offer, *, prefetch: int) -> str:
        """Take a page's offer; returns our session description.

        Raises CallError where the offer cannot be understood or has no sound in it."""
        return await self._answered(self.initialize, offer, prefetch)

    async def resume(self, offer: Offer, *, prefetch: int) -> str:
        """Carry the same call on over a new connection of the page; the old one is closed.

        Raises CallError as :meth:`accept` does; the call is over then."""
        self.last_ping = time.monotonic()  # the time to come up counts from now
        return await self._answered(
            lambda sdp, kind: self.renegotiate(sdp, kind, restart_pc=True), offer, prefetch
        )

    async def _answered(
        self, take: Callable[[str, str], Awaitable[None]], offer: Offer, prefetch: int
    ) -> str:
        if "m=audio" not in offer.sdp:
            raise CallError("The page offered a call without sound. Reload the page and try again.")
        try:
            await take(offer.sdp, offer.type)
            hold_back(self.pc, prefetch)
            end_for_good(self.pc)
            answer = self.pc.localDescription.sdp
        except Exception as error:
            await self.leave()
            raise CallError(
                "The page sent a call that cannot be understood. Reload the page and try again."
            ) from error
        return str(answer)

    async def disconnect(self) -> None:
        """Leave without Pipecat's farewell, which no page of ours knows."""
        await self.leave()

    def tell(self, message: Message) -> None:
        """Send a message to the page (kept until its channel is open). Nothing follows "ended"."""
        if self.pc.connectionState != "closed" and not self._ended:
            self._ended = message["type"] == "ended"
            self.send_app_message(message)

    async def quality(self, call_id: str) -> LineQuality | None:
        """What the network did so far; None before the first packet. A resumed call begins anew."""
        stats = (await self.pc.getStats()).values()
        came = next((s for s in stats if s.type == "inbound-rtp" and s.kind == "audio"), None)
        told = next((s for s in stats if s.type == "remote-inbound-rtp"), None)
        if came is None:
            return None
        share = None
        if told is not None:
            sent = max(1, told.packetsReceived + told.packetsLost)
            share = max(0, told.packetsLost) / sent
        return LineQuality(
            call_id,
            received=came.packetsReceived,
            lost=max(0, came.packetsLost),
            jitter=1000 * came.jitter / _OPUS_RATE,
            lost_to_caller=share,
        )

    async def leave(self) -> None:
        """Close the connection; no task, thread or socket of it is left."""
        close: Callable[[], Awaitable[None]] = self._close
        await close()
        for task in (
            self._connecting_timeout_task,
            self._data_channel_timeout_task,
            getattr(self, "_renegotiation_task", None),
        ):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    def _from_page(self, message: str | bytes) -> None:
        if not isinstance(message, str) or len(message) > MAX_PAGE_MESSAGE:
            return
        if message.startswith("ping"):
            self.last_ping = time.monotonic()
            return
        try:
            content = json.loads(message)
        except ValueError:
            return
        if isinstance(content, dict) and content.get("type") == "hang_up":
            self.on_hang_up()


def _nobody() -> None:
    """No call is on the connection yet."""

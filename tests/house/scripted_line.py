"""The other end of the line, for tests: a real WebRTC peer that does what the test says."""

from __future__ import annotations

import asyncio
import fractions
import json
import math
from typing import Any

import numpy as np
from aiortc import MediaStreamTrack, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from av import AudioFrame

from ofrenda.call import Answer, Offer
from ofrenda.errors import CallError, LineBusy
from ofrenda.types import Member

RATE = 48_000
FRAME = RATE // 50


class Tone(MediaStreamTrack):
    """A swelling tone while ``loud``, else silence, in real time."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.loud = False
        self._sent = 0

    async def recv(self) -> AudioFrame:
        await asyncio.sleep(0.02)
        at = (np.arange(FRAME) + self._sent) / RATE
        swell = 0.35 * (0.6 + 0.4 * np.sin(2 * math.pi * 3 * at))
        wave = swell * np.sin(2 * math.pi * 180 * at) if self.loud else np.zeros(FRAME)
        frame = AudioFrame.from_ndarray((wave * 32767).astype(np.int16)[None, :], layout="mono")
        frame.sample_rate, frame.pts = RATE, self._sent
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += FRAME
        return frame


class Other:
    """The far end of one call."""

    def __init__(self, call_id: str, member: Member, language: str | None) -> None:
        self.call_id, self.member, self.language = call_id, member, language
        self.peer = RTCPeerConnection()
        self.tone = Tone()
        self.heard: list[str] = []
        self.frames = 0
        self.open = asyncio.Event()
        self.over = asyncio.Event()
        self.channel: Any = None
        self.listening: asyncio.Task[None] | None = None

    def tell(self, **message: Any) -> None:
        """Send one message to the page."""
        self.channel.send(json.dumps(message))

    def state(self, name: str) -> None:
        """Tell the page what the line does, and sound accordingly."""
        self.tone.loud = name in {"disclosing", "speaking"}
        self.tell(type="state", state=name)

    async def listen(self, track: MediaStreamTrack) -> None:
        """Count what comes from the microphone."""
        while True:
            try:
                await track.recv()
            except MediaStreamError:
                return
            self.frames += 1


class ScriptedLine:
    """A line whose far ends the test plays. ``busy`` makes it refuse, ``error`` raise."""

    def __init__(self) -> None:
        self.calls: dict[str, Other] = {}
        self.placed: list[Other] = []
        self.error: Exception | None = None
        self.busy = False
        self.called = asyncio.Event()
        self.closed = False

    async def answer(self, offer: Offer, member: Member, *, language: str | None = None) -> Answer:
        if self.error is not None:
            raise self.error
        if self.busy:
            raise LineBusy("The line is busy.")
        other = Other(f"call-{len(self.placed) + 1}", member, language)

        @other.peer.on("datachannel")
        def opened(channel: Any) -> None:
            other.channel = channel
            other.open.set()

            @channel.on("message")
            async def heard(text: str) -> None:
                other.heard.append(text)
                if "hang_up" in text:
                    await self.hang_up(other.call_id)

        @other.peer.on("track")
        def sounding(track: MediaStreamTrack) -> None:
            other.listening = asyncio.create_task(other.listen(track))

        await other.peer.setRemoteDescription(RTCSessionDescription(offer.sdp, offer.type))
        other.peer.addTrack(other.tone)
        await other.peer.setLocalDescription(await other.peer.createAnswer())
        self.calls[other.call_id] = other
        self.placed.append(other)
        self.called.set()
        return Answer(other.peer.localDescription.sdp, "answer", other.call_id)

    async def resume(self, call_id: str, offer: Offer, member: Member) -> Answer:
        raise CallError("That call is over. Call again.")

    async def hang_up(self, call_id: str) -> None:
        other = self.calls.pop(call_id, None)
        if other is not None:
            await other.peer.close()
            if other.listening is not None:
                other.listening.cancel()
                await asyncio.gather(other.listening, return_exceptions=True)
            other.over.set()

    async def close(self) -> None:
        self.closed = True
        for call_id in list(self.calls):
            await self.hang_up(call_id)


class QuietLine:
    """A line for tests of the web app alone: takes any offer, carries no sound."""

    def __init__(self) -> None:
        self.calls: dict[str, Member] = {}
        self.placed: list[tuple[Offer, Member, str | None]] = []
        self.hung_up: list[str] = []
        self.resumed: list[tuple[str, Member]] = []
        self.error: Exception | None = None
        self.closed = False

    async def answer(self, offer: Offer, member: Member, *, language: str | None = None) -> Answer:
        if self.error is not None:
            raise self.error
        self.placed.append((offer, member, language))
        call_id = f"call-{len(self.placed)}"
        self.calls[call_id] = member
        return Answer("v=0\r\n", "answer", call_id)

    async def resume(self, call_id: str, offer: Offer, member: Member) -> Answer:
        self.resumed.append((call_id, member))
        return Answer("v=0\r\n", "answer", call_id)

    async def hang_up(self, call_id: str) -> None:
        self.hung_up.append(call_id)
        self.calls.pop(call_id, None)

    async def close(self) -> None:
        self.closed = True

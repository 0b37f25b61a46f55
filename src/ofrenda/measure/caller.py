"""A caller played by a program: speaks recordings into a call and keeps what comes back."""

from __future__ import annotations

import asyncio
import bisect
import fractions
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import av
import httpx
import numpy as np
import soxr
from aiortc import MediaStreamTrack, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError
from numpy.typing import NDArray

from ofrenda.call import Answer, Offer
from ofrenda.call.media import end_for_good, hold_back, keep_media_quiet
from ofrenda.errors import CallError
from ofrenda.measure.weather import Weather
from ofrenda.types import Audio

RATE = 48_000
"""WebRTC's rate, both ways, in Hz."""
FRAME = 960
"""Samples of one packet (20 ms)."""
AUDIBLE = 0.01
"""Peak from which a packet counts as sound: -40 dB; Opus leaves silence below -60 dB."""

Signal = Callable[[Offer], Awaitable[Answer]]
"""Takes an offer to the house and brings the answer back."""


def http_signal(url: str, headers: Mapping[str, str] | None = None) -> Signal:
    """Signalling with a running house: POSTs the offer as JSON to ``url``.

    The call then raises CallError where the house refuses or cannot be reached."""

    async def signal(offer: Offer) -> Answer:
        try:
            async with httpx.AsyncClient(headers=headers, timeout=30.0) as client:
                response = await client.post(url, json={"sdp": offer.sdp, "type": offer.type})
                response.raise_for_status()
                body = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise CallError("The house did not take the call.") from error
        return Answer(body["sdp"], body["type"], body["call_id"])

    return signal


@dataclass(frozen=True, slots=True)
class Uttered:
    """When something was said into the microphone: its first and last audible sample, in
    ``time.monotonic`` seconds."""

    began: float
    ended: float


class Microphone(MediaStreamTrack):
    """Plays what it is given in real time, and silence in between."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._sound: NDArray[np.int16] = np.zeros(0, np.int16)
        self._sent = 0
        self._start: float | None = None
        self._given = asyncio.Event()

    async def say(self, audio: Audio) -> Uttered:
        """Say ``audio``; returns when its last sample has left.

        The times leave out silence at both ends, so that they are known exactly."""
        samples = soxr.resample(audio.samples, audio.sample_rate, RATE)
        pcm = (np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)
        loud = np.flatnonzero(np.abs(samples) > AUDIBLE)
        first, last = (int(loud[0]), int(loud[-1])) if len(loud) else (0, len(samples))
        while self._start is None:
            self._given.clear()
            await self._given.wait()
        began = self._start + self._sent / RATE
        self._sound = pcm
        await asyncio.sleep(max(0.0, began + len(pcm) / RATE - time.monotonic()))
        return Uttered(began + first / RATE, began + last / RATE)

    @property
    def queued(self) -> NDArray[np.int16]:
        """What is still to be said, at 48 kHz."""
        return self._sound

    def replace(self, pcm: NDArray[np.int16]) -> None:
        """Say this instead of what is still to be said."""
        self._sound = pcm

    async def recv(self) -> av.AudioFrame:
        """The next 20 ms, at their time."""
        if self._start is None:
            self._start = time.monotonic()
            self._given.set()
        wait = self._start + self._sent / RATE - time.monotonic()
        if wait > 0:
            await asyncio.sleep(wait)
        chunk, self._sound = self._sound[:FRAME], self._sound[FRAME:]
        frame = av.AudioFrame.from_ndarray(
            np.pad(chunk, (0, FRAME - len(chunk)))[None, :], format="s16", layout="mono"
        )
        frame.sample_rate, frame.pts = RATE, self._sent
        frame.time_base = fractions.Fraction(1, RATE)
        self._sent += FRAME
        return frame


def _peer() -> RTCPeerConnection:
    # Without a list of its own, aiortc asks a server on the Internet for our address.
    return RTCPeerConnection(RTCConfiguration(iceServers=[]))


@dataclass(slots=True)
class Received:
    """What came back: packets of sound with the ``time.monotonic`` second they were there, the
    seconds of those with something to hear in them, and the house's messages likewise."""

    sound: list[tuple[float, NDArray[np.int16]]] = field(default_factory=list)
    loud: list[float] = field(default_factory=list)
    messages: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    def audible(self, since: float = 0.0) -> list[float]:
        """The times later than ``since`` of the packets with sound in them."""
        return self.loud[bisect.bisect_right(self.loud, since) :]

    def audio(self, since: float = 0.0, until: float = float("inf")) -> Audio:
        """The sound received in a stretch of time, as one piece at 48 kHz."""
        pieces = [pcm for t, pcm in self.sound if since < t <= until]
        joined = np.concatenate(pieces) if pieces else np.zeros(0, np.int16)
        return Audio((joined / 32768).astype(np.float32), RATE)

    def of(self, kind: str) -> list[dict[str, Any]]:
        """The messages of a type, in order."""
        return [m for _, m in self.messages if m["type"] == kind]

    def at_rest(self, seconds: float) -> bool:
        """Whether the line has been listening, and silent, for so long."""
        states = [(t, m["state"]) for t, m in self.messages if m["type"] == "state"]
        if not states or states[-1][1] != "listening":
            return False
        last = max(states[-1][0], self.loud[-1] if self.loud else 0.0)
        return time.monotonic() - last > seconds


class Caller:
    """Calls a house (or a switchboard in this process) and plays the family's side.

    Uses one clock for everything it sends and receives. ``prefetch``: packets that it holds back
    against jitter; ``keep_sound`` False: only remembers when there was sound; ``weather``: what
    the network is like. End it with :meth:`hang_up` or :meth:`vanish`.
    """

    def __init__(
        self, *, prefetch: int = 1, keep_sound: bool = True, weather: Weather | None = None
    ) -> None:
        keep_media_quiet()
        self._keep_sound = keep_sound
        self.microphone = Microphone()
        self.received = Received()
        self._prefetch = prefetch
        self._weather = weather
        self._peer = _peer()
        self._channel: Any = None
        self._tasks: list[asyncio.Task[None]] = []
        self._news = asyncio.Event()
        self._up = asyncio.Event()

    async def call(self, signal: Signal, *, within: float = 20.0) -> str:
        """Ring; returns the call's id once the connection is up.

        Raises what ``signal`` raises, and TimeoutError when no connection comes about."""
        self._channel = self._peer.createDataChannel("ofrenda")
        self._channel.on("message", self._told)
        self._peer.addTrack(self.microphone)
        self._peer.on("track", self._track)
        self._peer.on("connectionstatechange", self._changed)
        try:
            await self._peer.setLocalDescription(await self._peer.createOffer())
            hold_back(self._peer, self._prefetch)
            end_for_good(self._peer)
            local = self._peer.localDescription
            answer = await signal(Offer(local.sdp, local.type))
            await self._peer.setRemoteDescription(RTCSessionDescription(answer.sdp, answer.type))
            async with asyncio.timeout(within):
                await self._up.wait()
            if self._weather is not None:
                self._weather.over(self._peer)
        except BaseException:
            await self.vanish()
            raise
        self._tasks.append(asyncio.create_task(self._ping()))
        return answer.call_id

    async def lose_network(self) -> None:
        """From now on nothing passes, in either direction, and nobody is told."""
        self.weather().down = True

    def weather(self) -> Weather:
        """The network, which a test may make worse or better."""
        if self._weather is None:
            self._weather = Weather()
            self._weather.over(self._peer)
        return self._weather

    async def call_again(self, signal: Signal, *, within: float = 20.0) -> str:
        """Come back over a new connection, as a page does when the network is there again; what
        was received before stays. Raises as :meth:`call` does."""
        await self._end_tasks()
        await self._peer.close()
        if self._weather is not None:
            await self._weather.clear()
        self._weather, self._peer = None, _peer()
        self._up.clear()
        return await self.call(signal, within=within)

    async def say(self, audio: Audio) -> Uttered:
        """Say something; returns when it is said."""
        return await self.microphone.say(audio)

    async def until(self, met: Callable[[Received], bool], *, within: float = 20.0) -> None:
        """Wait until what was received meets a condition. Raises TimeoutError."""
        async with asyncio.timeout(within):
            while not met(self.received):
                self._news.clear()
                await self._news.wait()

    async def until_state(self, state: str, *, within: float = 20.0, after: float = 0.0) -> None:
        """Wait for a state of the line, told later than ``after`` (``time.monotonic``)."""
        await self.until(
            lambda r: any(t > after and m.get("state") == state for t, m in r.messages),
            within=within,
        )

    async def until_audible(self, since: float, *, within: float = 20.0) -> float:
        """Wait for sound later than ``since``; returns when it was there."""
        await self.until(lambda r: bool(r.audible(since)), within=within)
        return self.received.audible(since)[0]

    async def hang_up(self) -> None:
        """Hang up as the page does."""
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(json.dumps({"type": "hang_up"}))
            await asyncio.sleep(0.1)
        await self.vanish()

    async def stop_pings(self) -> None:
        """Give no sign of life any more, with the connection left up."""
        await self._end_tasks()

    async def vanish(self) -> None:
        """Close the connection without a word."""
        await self._end_tasks()
        self.microphone.stop()
        await self._peer.close()
        if self._weather is not None:
            await self._weather.clear()

    async def _end_tasks(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()

    def _changed(self) -> None:
        if self._peer.connectionState == "connected":
            self._up.set()

    def _told(self, text: str) -> None:
        self.received.messages.append((time.monotonic(), json.loads(text)))
        self._news.set()

    def _track(self, track: MediaStreamTrack) -> None:
        self._tasks.append(asyncio.create_task(self._listen(track)))

    async def _listen(self, track: MediaStreamTrack) -> None:
        while True:
            try:
                frame = await track.recv()
            except MediaStreamError:
                return
            if not isinstance(frame, av.AudioFrame):
                continue
            samples = frame.to_ndarray().reshape(-1, len(frame.layout.channels))[:, 0]
            now, samples = time.monotonic(), samples.astype(np.int16)
            if self._keep_sound:
                self.received.sound.append((now, samples))
            if np.abs(samples.astype(np.int32)).max() > AUDIBLE * 32768:
                self.received.loud.append(now)
            self._news.set()

    async def _ping(self) -> None:
        while True:
            if self._channel.readyState == "open":
                self._channel.send("ping")
            await asyncio.sleep(1.0)

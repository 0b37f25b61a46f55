"""A phone company played by a program, over real sockets: it announces a call, brings its sound in
real time, holds what comes back until it is played, and throws it away when told to.

The messages are those that Twilio, Telnyx and Plivo document (2026), in full.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import importlib
import itertools
import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit
from xml.etree import ElementTree

import httpx
import numpy as np
import soxr
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ofrenda.call.media import keep_media_quiet
from ofrenda.call.phone import CompanyName, PhoneAccount
from ofrenda.engines.scripted import ScriptedTextToSpeech
from ofrenda.types import CALM, Audio, Mood, VoiceProfile

keep_media_quiet()
audioop = importlib.import_module("audioop")  # which it lets in without a warning

ADDRESS = "https://phone.example.org"
TOKEN = "0123456789abcdef0123456789abcdef"
FRAME = 160
"""Bytes of 20 ms of mu-law at 8 kHz."""
SILENCE = b"\xff" * FRAME


class TellingSpeech(ScriptedTextToSpeech):
    """Speaks each text, in each voice, as a tone of its own, so that one hears what was said: half
    a second, or two where the voice is ``slow``."""

    def __init__(self, slow: str) -> None:
        super().__init__()
        self.slow = slow
        self.tones: dict[tuple[str, str], int] = {}

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        tone = self.tones.setdefault((text, voice.id), 400 + 75 * len(self.tones))
        at = np.arange(24_000 * (4 if voice.id == self.slow else 1) // 2) / 24_000
        yield Audio((0.3 * np.sin(2 * np.pi * tone * at)).astype(np.float32), 24_000)

    def said(self, tone: float) -> tuple[str, str] | None:
        """The text and voice of a tone."""
        return next((key for key, one in self.tones.items() if abs(one - tone) < 30), None)


@dataclass
class Company:
    """One company, with an account at it. ``port``: where the tunnel would end."""

    name: CompanyName
    port: int = 0
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    ids: Any = field(default_factory=lambda: itertools.count(1))

    @property
    def account(self) -> PhoneAccount:
        public = self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
        telnyx = self.name is CompanyName.TELNYX
        secret = base64.b64encode(public).decode() if telnyx else TOKEN
        return PhoneAccount(self.name, ADDRESS, secret)

    @property
    def here(self) -> str:
        return f"http://127.0.0.1:{self.port}/phone/{self.name}"

    def fields(self, number: str, call_id: str) -> dict[str, str]:
        """What a request about an incoming call holds."""
        ours = "+18005551212"
        if self.name is CompanyName.PLIVO:
            number, ours = number.removeprefix("+"), ours.removeprefix("+")
        identity = {
            CompanyName.TWILIO: {
                "CallSid": call_id,
                "AccountSid": "AC1",
                "ApiVersion": "2010-04-01",
            },
            CompanyName.TELNYX: {"CallSid": call_id, "CallSidLegacy": call_id, "AccountSid": "f5"},
            CompanyName.PLIVO: {"CallUUID": call_id, "Event": "StartApp", "ALegUUID": call_id},
        }[self.name]
        shared = {"From": number, "To": ours, "Direction": "inbound", "CallStatus": "ringing"}
        return identity | shared | {"CallerName": "Zoë & Ida"}

    def sign(self, fields: dict[str, str]) -> tuple[dict[str, str], bytes]:
        """Headers and body of a request, signed as the company signs it."""
        body = urlencode(fields).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        url = self.account.webhook
        inside = "".join(name + fields[name] for name in sorted(fields))
        if self.name is CompanyName.TWILIO:
            digest = hmac.digest(TOKEN.encode(), (url + inside).encode(), hashlib.sha1)
            headers["X-Twilio-Signature"] = base64.b64encode(digest).decode()
        elif self.name is CompanyName.TELNYX:
            now = str(int(time.time()))
            signature = self.key.sign(f"{now}|".encode() + body)
            headers["telnyx-timestamp"] = now
            headers["telnyx-signature-ed25519"] = base64.b64encode(signature).decode()
        else:
            nonce = "05429567804466091622"
            signed = f"{url}?{inside}.{nonce}"
            digest = hmac.digest(TOKEN.encode(), signed.encode(), hashlib.sha256)
            headers["X-Plivo-Signature-V3-Nonce"] = nonce
            headers["X-Plivo-Signature-V3"] = base64.b64encode(digest).decode()
        return headers, body

    async def announce(
        self, number: str, call_id: str | None = None, **more: str
    ) -> httpx.Response:
        """Say that somebody calls, and take the answer."""
        fields = self.fields(number, call_id or self.new_id()) | more
        headers, body = self.sign(fields)
        async with httpx.AsyncClient() as client:
            return await client.post(self.here, content=body, headers=headers)

    def new_id(self) -> str:
        return f"call-{next(self.ids)}"

    def stream(self, answer: httpx.Response) -> str | None:
        """Where the answer wants the sound; as reached through the tunnel."""
        stream = next(ElementTree.fromstring(answer.text).iter("Stream"), None)
        if stream is None:
            return None
        wanted = urlsplit(stream.get("url") or stream.text or "")
        assert (wanted.scheme, wanted.netloc) == ("wss", "phone.example.org")
        return f"ws://127.0.0.1:{self.port}{wanted.path}"

    @contextlib.asynccontextmanager
    async def call(self, number: str, **start: str) -> AsyncIterator[Phone]:
        """Somebody calls from ``number``; their phone, until they hang up at the latest."""
        call_id = self.new_id()
        url = self.stream(await self.announce(number, call_id))
        assert url is not None, "the caller hears the busy tone"
        async with connect(url, compression=None, max_size=None) as socket:
            phone = Phone(self, socket, call_id)
            await phone.begin({"from": number} | start)
            try:
                yield phone
            finally:
                await phone.hang_up()


class Phone:
    """The caller's end. ``heard`` is what the company really played, as 8 kHz sound by time."""

    def __init__(self, company: Company, socket: ClientConnection, call_id: str) -> None:
        self.company = company
        self.socket = socket
        self.call_id = call_id
        self.messages: list[tuple[float, dict[str, Any]]] = []
        self.closed = asyncio.Event()
        self._played: list[tuple[float, bytes]] = []
        self._end = 0.0
        self._mouth = b""
        self._spoken = asyncio.Event()
        self._numbers = itertools.count(1)
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self, start: dict[str, str]) -> None:
        name, call_id = self.company.name, start.get("call_id", self.call_id)
        if name is not CompanyName.PLIVO:
            await self.send({"event": "connected", "protocol": "Call", "version": "1.0.0"})
        form = {"encoding": "audio/x-mulaw", "sampleRate": 8000}
        message: dict[str, Any] = {
            CompanyName.TWILIO: {
                "sequenceNumber": "1",
                "streamSid": "MZ1",
                "start": {
                    "streamSid": "MZ1",
                    "accountSid": "AC1",
                    "callSid": call_id,
                    "tracks": ["inbound"],
                    "mediaFormat": {**form, "channels": 1},
                    "customParameters": {},
                },
            },
            CompanyName.TELNYX: {
                "sequence_number": "1",
                "stream_id": "32DE0DEA",
                "start": {
                    "user_id": "3E6F",
                    "call_control_id": call_id,
                    "from": start["from"],
                    "to": "+18005551212",
                    "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
                },
            },
            CompanyName.PLIVO: {
                "sequenceNumber": 1,
                "start": {
                    "callId": call_id,
                    "streamId": "87654321",
                    "accountId": "MA1",
                    "tracks": ["inbound"],
                    "mediaFormat": form,
                },
                "extra_headers": "",
            },
        }[name]
        await self.send({"event": "start", **message})
        self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._speak())]

    async def send(self, message: object) -> None:
        text = message if isinstance(message, str | bytes) else json.dumps(message)
        with contextlib.suppress(ConnectionClosed):
            await self.socket.send(text)

    async def key(self, digits: str) -> None:
        for digit in digits:
            number = str(next(self._numbers))
            await self.send(
                {
                    "event": "dtmf",
                    "sequenceNumber": number,
                    "streamSid": "MZ1",
                    "stream_id": "32DE0DEA",
                    "dtmf": {"track": "inbound_track", "digit": digit},
                }
            )
            await asyncio.sleep(0.02)

    async def say(self, audio: Audio) -> float:
        """Say something; returns when it began, once it has been said."""
        samples = soxr.resample(audio.samples, audio.sample_rate, 8000)
        pcm = (np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes()
        began, self._mouth = time.monotonic(), audioop.lin2ulaw(pcm, 2)
        self._spoken.clear()
        await self._spoken.wait()
        return began

    async def hang_up(self) -> None:
        if self.company.name is not CompanyName.PLIVO and not self.closed.is_set():
            stop = {"callSid": self.call_id, "call_control_id": self.call_id}
            await self.send({"event": "stop", "streamSid": "MZ1", "stop": stop})
        for task in self._tasks[1:]:
            task.cancel()
        await self.socket.close()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def heard(self, speech: TellingSpeech, since: float = 0.0) -> list[tuple[str, str]]:
        """What was said, as text and voice, in order, as far as it has been played by now. What
        sounds for less than a fifth of a second is nothing: two tones may meet in between."""
        found: list[tuple[str, str]] = []
        before = None
        for text in self._tones(speech, since):
            if text is not None and text == before and found[-1:] != [text]:
                found.append(text)
            before = text
        return found

    def _tones(self, speech: TellingSpeech, since: float) -> Iterator[tuple[str, str] | None]:
        """What sounds in each tenth of a second."""
        now = time.monotonic()
        for start, pcm in self._played:
            samples = np.frombuffer(pcm, dtype="<i2").astype(np.float32)
            for place in range(0, len(samples) - 799, 800):
                at, window = start + place / 8000, samples[place : place + 800]
                if at < since or at + 0.1 > now:
                    continue
                spectrum = np.abs(np.fft.rfft(window * np.hanning(800), 8000))
                loud = np.abs(window).max() >= 1000
                yield speech.said(float(np.argmax(spectrum))) if loud else None

    def sounds_at(self, moment: float) -> bool:
        """Whether something is played at a moment."""
        return any(
            start <= moment < start + len(pcm) / 16_000
            and np.abs(np.frombuffer(pcm, dtype="<i2")).max() > 1000
            for start, pcm in self._played
        )

    def of(self, *events: str) -> list[float]:
        """When messages of these kinds came."""
        return [t for t, message in self.messages if message["event"] in events]

    async def until_heard(
        self, speech: TellingSpeech, text: str, within: float = 45.0, since: float = 0.0
    ) -> None:
        """Wait until something was heard that begins with ``text``. Raises TimeoutError."""
        end = time.monotonic() + within
        while not any(one.startswith(text) for one, _ in self.heard(speech, since)):
            if time.monotonic() > end:
                raise TimeoutError(text)
            await asyncio.sleep(0.05)

    async def until_quiet(self) -> None:
        """Wait until what has come is played, and whatever comes meanwhile."""
        left = self._end - time.monotonic()
        if left > -0.1:
            await asyncio.sleep(max(0.02, left + 0.1))
            await self.until_quiet()

    async def _hear(self) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for text in self.socket:
                message = json.loads(text)
                now = time.monotonic()
                self.messages.append((now, message))
                self._take(message, now)
        self.closed.set()

    def _take(self, message: dict[str, Any], now: float) -> None:
        """Play, or throw away, as the company documents it; anything else is an error there."""
        plivo = self.company.name is CompanyName.PLIVO
        if self.company.name is CompanyName.TWILIO:
            assert message["streamSid"] == "MZ1"
        elif plivo and message["event"] == "clearAudio":
            assert message["streamId"] == "87654321"
        if message["event"] == ("playAudio" if plivo else "media"):
            if plivo:
                assert message["media"]["contentType"] == "audio/x-mulaw"
                assert message["media"]["sampleRate"] == 8000
            sound = audioop.ulaw2lin(base64.b64decode(message["media"]["payload"]), 2)
            start = max(now, self._end)
            if self._played and start == self._end:
                before, pcm = self._played[-1]
                self._played[-1] = (before, pcm + sound)
            else:
                self._played.append((start, sound))
            self._end = start + len(sound) / 16_000
        else:
            assert message["event"] == ("clearAudio" if plivo else "clear")
            self._end = now
            kept = [(t, pcm[: max(0, int((now - t) * 8000)) * 2]) for t, pcm in self._played]
            self._played = [(t, pcm) for t, pcm in kept if pcm]

    async def _speak(self) -> None:
        start, sent = time.monotonic(), 0
        while True:
            await asyncio.sleep(max(0.0, start + sent * 0.02 - time.monotonic()))
            frame, self._mouth = self._mouth[:FRAME], self._mouth[FRAME:]
            sent += 1
            if not self._mouth:
                self._spoken.set()
            await self.send(
                {
                    "event": "media",
                    "sequenceNumber": str(next(self._numbers)),
                    "sequence_number": str(sent),
                    "streamSid": "MZ1",
                    "stream_id": "32DE0DEA",
                    "streamId": "87654321",
                    "media": {
                        "track": "inbound",
                        "chunk": str(sent),
                        "timestamp": str(sent * 20),
                        "payload": base64.b64encode(
                            (frame or SILENCE).ljust(FRAME, b"\xff")
                        ).decode(),
                    },
                }
            )

"""The stream of one phone call, as far as it makes sense.

What comes over it is looked at before anything else sees it: only sound of the caller and keys
are handed on. Nothing that arrives is ever logged.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
import time
from collections.abc import Mapping
from typing import Any

from starlette.types import Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from ofrenda.call.phone.companies import PHONE_RATE, PhoneCompany, Started

MOST_MESSAGE = 64 * 1024
"""Characters of a message; 20 ms of sound need 400, and nobody sends more than a few seconds."""
MOST_NONSENSE = 50
"""Messages that cannot be understood, after which the stream is closed."""
MOST_AHEAD = 10.0
"""Seconds of sound that may come faster than it is spoken; more is dropped."""
START_SECONDS = 10.0
"""Until the ``start`` message, which comes at once."""
MOST_BEFORE_START = 5
"""Messages before it; one (``connected``) is usual."""

KEYS = frozenset("0123456789*#")
_CLEAN = frozenset({1000, 1001})
"""Codes with which a socket is closed on purpose (RFC 6455, 7.4.1). Not 1005, no code: that is what
the web server says of a connection that broke."""


class PhoneSocket(WebSocket):
    """A WebSocket that hands on ``media`` and ``dtmf`` messages only, and ends at ``stop``.

    ``left_at``: when the caller's side ended the stream on purpose (``time.monotonic``)."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        super().__init__(scope, receive, send)
        self.left_at: float | None = None
        self._nonsense = 0
        self._sound = 0.0
        self._since = time.monotonic()

    async def begin(self, company: PhoneCompany) -> Started | None:
        """Wait for the start of the stream. None where it does not come, or makes no sense."""
        try:
            async with asyncio.timeout(START_SECONDS):
                for _ in range(MOST_BEFORE_START):
                    raw = await super().receive()
                    if raw["type"] != "websocket.receive":
                        return None
                    message = read_message(raw.get("text"))
                    if message is not None and message["event"] == "start":
                        self._since = time.monotonic()
                        return company.started(message)
        except TimeoutError:
            return None
        return None

    async def receive(self) -> Message:
        """The next message that means something, or that the stream has ended."""
        while True:
            raw = await super().receive()
            if raw["type"] != "websocket.receive":
                if raw.get("code") in _CLEAN and self.left_at is None:
                    self.left_at = time.monotonic()
                return raw
            message = read_message(raw.get("text"))
            if message is None:
                self._nonsense += 1
                if self._nonsense > MOST_NONSENSE:
                    return {"type": "websocket.disconnect", "code": 1008}
            elif message["event"] == "stop":
                self.left_at = time.monotonic()
                return {"type": "websocket.disconnect", "code": 1000}
            elif self._wanted(message):
                return raw

    def _wanted(self, message: Mapping[str, Any]) -> bool:
        part = message.get(message["event"])
        if not isinstance(part, dict):
            return False
        if message["event"] == "dtmf":
            digit = part.get("digit")
            return isinstance(digit, str) and digit in KEYS
        if message["event"] != "media" or part.get("track", "inbound") != "inbound":
            return False
        seconds = _sound(part.get("payload")) / PHONE_RATE
        ahead = self._sound + seconds - (time.monotonic() - self._since)
        if not seconds or ahead > MOST_AHEAD:
            return False
        self._sound += seconds
        return True


def read_message(text: object) -> dict[str, Any] | None:
    """A message of a stream: an object with the name of its ``event``. None for anything else."""
    if not isinstance(text, str) or len(text) > MOST_MESSAGE:
        return None
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(message, dict) or not isinstance(message.get("event"), str):
        return None
    return message


def _sound(payload: object) -> int:
    """Bytes of sound in a payload; 0 where it is none."""
    if not isinstance(payload, str):
        return 0
    try:
        return len(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError):
        return 0

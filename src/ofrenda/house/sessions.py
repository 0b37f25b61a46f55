"""Who is at the door: sessions in memory, and how often a caller may knock."""

from __future__ import annotations

import hashlib
import secrets
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ofrenda.types import MemberId

SESSION_LIFETIME = timedelta(hours=12)
"""As long as the link that opened it: one evening, not a standing key."""

MOST_SESSIONS = 64
"""Sessions kept at a time; the oldest gives way. A family has fewer devices."""


@dataclass(slots=True)
class Session:
    """One browser of one member. ``key`` is the SHA-256 of the cookie, never the cookie itself."""

    key: str
    member: MemberId
    expires: datetime
    calls: set[str] = field(default_factory=set)


class Sessions:
    """The open sessions, by the digest of their cookie."""

    def __init__(self) -> None:
        self._open: OrderedDict[str, Session] = OrderedDict()

    def open(self, member: MemberId, now: datetime) -> tuple[str, Session]:
        """A new session, and the 256-bit cookie that stands for it (shown to the browser only)."""
        cookie = secrets.token_urlsafe(32)
        session = Session(_digest(cookie), member, now + SESSION_LIFETIME)
        self._open[session.key] = session
        while len(self._open) > MOST_SESSIONS:
            self._open.popitem(last=False)
        return cookie, session

    def find(self, cookie: str | None, now: datetime) -> Session | None:
        """The session of that cookie, unless it is unknown or has run out."""
        if not cookie:
            return None
        session = self._open.get(_digest(cookie))
        if session is not None and now >= session.expires:
            del self._open[session.key]
            return None
        return session


class Spent:
    """Which single-use slips were handed in; each is remembered until it would have run out."""

    def __init__(self) -> None:
        self._until: dict[str, datetime] = {}

    def spend(self, nonce: str, expires: datetime, now: datetime) -> bool:
        """Mark as used; False when it was used before."""
        self._until = {known: until for known, until in self._until.items() if until > now}
        if nonce in self._until:
            return False
        self._until[nonce] = expires
        return True


class Pace:
    """A token bucket per address: ``burst`` at once, then one each ``seconds_each``."""

    MOST_ADDRESSES = 1024

    def __init__(self, burst: int, seconds_each: float) -> None:
        self._burst = burst
        self._each = seconds_each
        self._seen: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, address: str, now: float) -> float:
        """0.0 when one more is fine (and counted), else the seconds until it would be."""
        left, since = self._seen.pop(address, (float(self._burst), now))
        left = min(float(self._burst), left + (now - since) / self._each)
        granted = left >= 1.0
        self._seen[address] = (left - 1.0 if granted else left, now)
        while len(self._seen) > self.MOST_ADDRESSES:
            self._seen.popitem(last=False)
        return 0.0 if granted else (1.0 - left) * self._each


def _digest(cookie: str) -> str:
    return hashlib.sha256(cookie.encode()).hexdigest()

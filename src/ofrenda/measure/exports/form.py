"""What a made-up chat is, and what it means to write it down as an app does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class Said:
    """One message: ``at`` is the wall clock without zone, to the second."""

    at: datetime
    sender: str
    body: str


Chat = Sequence[Said]


@dataclass(frozen=True)
class Form:
    """A way to write a chat.

    ``format`` is the importer that must read it, ``file`` what the file is called, ``unit`` the
    precision that is kept (``s``, ``min`` or ``day``). ``zone`` is by how many hours the wall clock
    is ahead of UTC where the file states it. ``most``: people who can take part. ``exact``: nothing
    that somebody writes can look like the form itself, so that every message comes out as it was.
    ``forgery`` is what nobody in such a chat may write: a line in the very form of its heads, whose
    heads name no day, so that no reader on earth could tell it from a message.
    """

    format: str
    name: str
    file: str
    write: Callable[[Chat], bytes]
    unit: str = "s"
    zone: int | None = None
    most: int = 4
    exact: bool = True
    forgery: str | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    beside: Mapping[str, bytes] = field(default_factory=dict)

    def kept(self, at: datetime) -> str:
        """The wall clock as it must come out."""
        if self.unit == "day":
            return at.date().isoformat()
        return (at if self.unit == "s" else at.replace(second=0)).isoformat()


def instant(at: datetime, hours: int) -> datetime:
    """The moment at which a wall clock ``hours`` ahead of UTC shows ``at``."""
    return (at - timedelta(hours=hours)).replace(tzinfo=UTC)


def places(chat: Chat) -> dict[str, int]:
    """Who takes part, in order of appearance: what ids are made of."""
    return {name: n for n, name in enumerate(dict.fromkeys(said.sender for said in chat))}


def apart(place: int) -> str:
    """Five digits for who stands at this place. As with real ids, no two are one letter apart."""
    return str(10_000 + 37_123 * (place + 1) % 90_000)

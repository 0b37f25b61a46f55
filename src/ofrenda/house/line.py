"""What the house needs of the telephone exchange behind it, and a house without one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from ofrenda.call import Answer, Offer
from ofrenda.errors import CallError, LineBusy
from ofrenda.types import Member


class Line(Protocol):
    """Carries calls; :class:`ofrenda.call.Switchboard` is one."""

    @property
    def calls(self) -> Collection[str]:
        """Ids of the calls under way."""
        ...

    async def answer(self, offer: Offer, member: Member, *, language: str | None = None) -> Answer:
        """Take a call. Raises LineBusy, or CallError where the offer cannot be used."""
        ...

    async def resume(self, call_id: str, offer: Offer, member: Member) -> Answer:
        """Carry a call on over a new connection. Raises CallError where it is over."""
        ...

    async def hang_up(self, call_id: str) -> None:
        """End a call, and wait until nothing of it is left."""
        ...

    async def close(self) -> None:
        """End all calls and take no more."""
        ...


class NoLine:
    """The line of a house that is open for its keeper alone."""

    calls: Collection[str] = frozenset()

    async def answer(self, offer: Offer, member: Member, *, language: str | None = None) -> Answer:
        """Never: raises LineBusy."""
        raise LineBusy("Calls are not open just now. The keeper opens them with: ofrenda serve")

    async def resume(self, call_id: str, offer: Offer, member: Member) -> Answer:
        """Never: raises CallError."""
        raise CallError("That call is over. Call again.")

    async def hang_up(self, call_id: str) -> None:
        """There is nothing to end."""

    async def close(self) -> None:
        """There is nothing to close."""

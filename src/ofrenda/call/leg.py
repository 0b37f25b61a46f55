"""What a call needs of the way to its caller: a page, or a telephone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from pipecat.transports.base_transport import BaseTransport

from ofrenda.call.messages import Message
from ofrenda.call.metrics import LineQuality
from ofrenda.call.offer import Offer


class Leg(Protocol):
    """Brings the sound of one call to its caller and back."""

    on_hang_up: Callable[[], None]
    """Called when the caller hangs up in so many words."""

    @property
    def shows(self) -> bool:
        """Whether the caller can read what cannot be said."""
        ...

    @property
    def last_ping(self) -> float | None:
        """The caller's last sign of life beside the sound (``time.monotonic``); None without."""
        ...

    def transport(self) -> BaseTransport:
        """Pipecat's transport over it; asked for once."""
        ...

    def tell(self, message: Message) -> None:
        """Send a message to whoever shows it."""
        ...

    def is_connected(self) -> bool:
        """Whether sound can pass just now."""
        ...

    async def resume(self, offer: Offer, *, prefetch: int) -> str:
        """Carry the call on over a new connection; our session description. Raises CallError."""
        ...

    async def quality(self, call_id: str) -> LineQuality | None:
        """What the network did; None where that is not known."""
        ...

    async def leave(self) -> None:
        """Close it; nothing of it is left."""
        ...

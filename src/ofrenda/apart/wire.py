"""Messages between the two processes: four bytes of length, then msgpack. Plain data only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgpack

LONGEST: Final = 8 << 20
"""Bytes of one message; a longer one is not believed."""
MOST_READ: Final = 1 << 20
"""Bytes of a file that may be asked for at once."""

READY, READ, GIVE, DONE, REFUSED = "ready", "read", "give", "done", "refused"


class BrokenWire(Exception):
    """The other side is gone, or writes what is no message."""


def packed(kind: str, value: Any) -> bytes:
    """One message as bytes."""
    body: bytes = msgpack.packb([kind, value])
    return len(body).to_bytes(4, "big") + body


def unpacked(read: Callable[[int], bytes]) -> tuple[str, Any]:
    """The next message, of which ``read`` gives exactly so many bytes. Raises BrokenWire."""
    size = int.from_bytes(read(4), "big")
    if size > LONGEST:
        raise BrokenWire
    try:
        kind, value = msgpack.unpackb(read(size))
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise BrokenWire from error
    return str(kind), value

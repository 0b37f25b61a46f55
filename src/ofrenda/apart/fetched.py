"""A file of known size whose bytes are fetched from elsewhere when they are asked for."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import cast


class FetchedFile(io.RawIOBase):
    """To be read at any place. ``fetch(place, size)`` gives at least one byte and at most ``size``
    from a place before the end; whatever it raises comes out of the read."""

    def __init__(self, size: int, fetch: Callable[[int, int], bytes]) -> None:
        super().__init__()
        self._size = size
        self._fetch = fetch
        self._place = 0

    def readable(self) -> bool:
        """Yes."""
        return True

    def seekable(self) -> bool:
        """Yes."""
        return True

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._place

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place; never before the beginning."""
        base = {io.SEEK_SET: 0, io.SEEK_CUR: self._place, io.SEEK_END: self._size}[whence]
        self._place = max(0, base + offset)
        return self._place

    def readinto(self, buffer: object) -> int:
        """Fill ``buffer`` as far as one fetching goes; 0 at the end."""
        view = memoryview(cast(bytearray, buffer)).cast("B")
        size = min(len(view), self._size - self._place)
        if size <= 0:
            return 0
        data = self._fetch(self._place, size)
        view[: len(data)] = data
        self._place += len(data)
        return len(data)

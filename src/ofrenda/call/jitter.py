"""Putting the caller's packets back in order, no slower than the network makes necessary.

aiortc's buffer waits for each lost packet until 16 later ones are there, and never catches up: the
first loss makes a call 0.3 s slower for the rest of it. Here a packet is waited for only as long as
packets have been late in this call, and what is lost is left out.
"""

from __future__ import annotations

from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rtp import RtpPacket
from aiortc.utils import uint16_add

MOST = 12
"""Packets of 20 ms that are held back at most: 0.24 s, the jitter of a bad mobile network."""
CALM = 500
"""Packets (10 s) without a late one after which one fewer is held back."""
_CAPACITY = 64
"""Packets there is room for; a sequence number further off than this is a new stream."""


class AudioJitterBuffer(JitterBuffer):
    """Holds ``prefetch`` packets back, more while packets overtake each other (up to ``MOST``). A
    frame is given when a packet comes: what comes unevenly is given unevenly.

    Each packet is one frame, as always with Opus."""

    def __init__(self, prefetch: int) -> None:
        super().__init__(capacity=_CAPACITY, prefetch=prefetch)
        self.depth = prefetch
        """Packets that are held back now."""
        self.late = 0
        """Packets that came too late to be heard."""
        self._least = prefetch
        self._next: int | None = None
        self._newest = 0
        self._calm = 0

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take a packet; give the next frame that is due, if one is."""
        number = packet.sequence_number
        due = self._next
        if due is None or min(_ahead(number, due), _ahead(due, number)) >= _CAPACITY:
            self._packets = [None] * _CAPACITY
            due = self._newest = number
        behind = _ahead(due, number)
        if 0 < behind < _CAPACITY:
            self._next = due
            self.late += 1
            self.depth = min(MOST, self.depth + behind)
            self._calm = 0
            return False, None
        self._packets[number % _CAPACITY] = packet
        if _ahead(number, self._newest) < _CAPACITY:
            self._newest = number
        self._next, frame = self._give(self._settled(due))
        return False, frame

    def _settled(self, due: int) -> int:
        """Hold one packet less back after a calm while: 20 ms are left out, once in 10 s."""
        self._calm += 1
        if self._calm >= CALM and self.depth > self._least:
            self._calm = 0
            self.depth -= 1
            if _ahead(self._newest, due) > self.depth:
                return self._passed(due)
        return due

    def _give(self, due: int) -> tuple[int, JitterFrame | None]:
        while _ahead(self._newest, due) > self.depth and self._packets[due % _CAPACITY] is None:
            due = self._passed(due)
        packet = self._packets[due % _CAPACITY]
        if packet is None or _ahead(self._newest, due) < self.depth:
            return due, None
        data: bytes = packet._data  # type: ignore[attr-defined] # set by aiortc's receiver
        return self._passed(due), JitterFrame(data=data, timestamp=packet.timestamp)

    def _passed(self, due: int) -> int:
        self._packets[due % _CAPACITY] = None
        return uint16_add(due, 1)


def _ahead(number: int, of: int) -> int:
    """How far a sequence number is ahead of another, 0..65535."""
    return uint16_add(number, -of)

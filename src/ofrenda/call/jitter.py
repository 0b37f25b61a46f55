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
_RESTART = 100
"""A sequence number this far off is a new stream."""


class AudioJitterBuffer(JitterBuffer):  # type: ignore[misc] # aiortc has no types here
    """Holds ``prefetch`` packets back, more while the network delivers late (up to ``MOST``).

    Each packet is one frame, as always with Opus."""

    def __init__(self, prefetch: int) -> None:
        super().__init__(capacity=_CAPACITY, prefetch=prefetch)
        self.depth = prefetch
        """Packets that are held back now."""
        self.late = 0
        """Packets that came too late to be heard."""
        self._least = prefetch
        self._newest = 0
        self._calm = 0

    def add(self, packet: RtpPacket) -> tuple[bool, JitterFrame | None]:
        """Take a packet; give the next frame that is due, if one is."""
        number = packet.sequence_number
        if self._origin is None or self._far(number):
            self._begin(number)
        behind = uint16_add(self._origin, -number)
        if 0 < behind < _RESTART:
            self.late += 1
            self.depth = min(MOST, self.depth + behind)
            self._calm = 0
            return False, None
        self._packets[number % _CAPACITY] = packet
        if uint16_add(number, -self._newest) < _RESTART:
            self._newest = number
        self._settle_down()
        return False, self._due()

    def _begin(self, number: int) -> None:
        self._packets = [None] * _CAPACITY
        self._origin = self._newest = number

    def _far(self, number: int) -> bool:
        ahead, behind = uint16_add(number, -self._origin), uint16_add(self._origin, -number)
        return bool(min(ahead, behind) >= min(_RESTART, _CAPACITY))

    def _settle_down(self) -> None:
        self._calm += 1
        if self._calm >= CALM and self.depth > self._least:
            self._calm = 0
            self.depth -= 1
            if self._waiting() > self.depth:
                self.remove(1)  # 20 ms are left out, once in 10 s

    def _waiting(self) -> int:
        return int(uint16_add(self._newest, -self._origin))

    def _due(self) -> JitterFrame | None:
        while self._waiting() > self.depth and self._packets[self._origin % _CAPACITY] is None:
            self.remove(1)
        packet = self._packets[self._origin % _CAPACITY]
        if packet is None or self._waiting() < self.depth:
            return None
        self.remove(1)
        return JitterFrame(data=packet._data, timestamp=packet.timestamp)

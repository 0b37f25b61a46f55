"""Sound as it comes over a network: bytes of 16-bit samples, cut anywhere."""

from __future__ import annotations

import numpy as np

from ofrenda.errors import EngineUnavailable
from ofrenda.types import Audio

PIECE_S = 0.1
"""Seconds of sound that are given on at a time: little enough to begin at once."""
MOST_S = 120.0
"""A sentence is never longer than this; a server that goes on is broken off."""


class PcmStream:
    """Turns bytes (mono, 16-bit little-endian, ``rate`` Hz) into pieces of :class:`Audio`.

    A WAV header in front is passed over. Raises :class:`EngineUnavailable` for a stream that
    never ends."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._held = bytearray()
        self._begun = False
        self._given = 0
        self.bytes = 0
        """Bytes of sound taken in until now."""

    def feed(self, data: bytes) -> list[Audio]:
        """The pieces that ``data`` completes."""
        self._held += data
        self.bytes += len(data)
        if not self._begun:
            if len(self._held) < 44 and b"RIFF".startswith(bytes(self._held[:4])[:4]):
                return []
            self._begun = True
            if self._held[:4] == b"RIFF":
                at = self._held.find(b"data")
                del self._held[: at + 8 if at >= 0 else 44]
        return self._take(int(PIECE_S * self._rate) * 2)

    def rest(self) -> list[Audio]:
        """What is left at the end; half a sample is dropped."""
        self._begun = True
        return self._take(2)

    def _take(self, least: int) -> list[Audio]:
        if len(self._held) < least:
            return []
        whole = len(self._held) - len(self._held) % 2
        samples = np.frombuffer(bytes(self._held[:whole]), "<i2").astype(np.float32) / 32768.0
        del self._held[:whole]
        self._given += len(samples)
        if self._given > MOST_S * self._rate:
            raise EngineUnavailable("The speech server did not stop speaking. Try again.")
        return [Audio(samples, self._rate)] if len(samples) else []

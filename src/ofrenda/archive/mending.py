"""JSON of strangers made readable again, and the signs by which its damage shows."""

from __future__ import annotations

import codecs
import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import BinaryIO, cast

from ofrenda.archive.container import Entry

LOST = "\ufdd0"
"""Stands for bytes that are no text. A noncharacter: no text of its own holds it."""

_PIECE = 2**16
_ENDLESS = 2**62
_NO_TEXT = re.compile("[\udc80-\udcff]+")
_HEX = re.compile(rb"(?<!\\)((?:\\\\)*)\\x([0-9A-Fa-f]{2})")
_UNFINISHED = re.compile(rb"\\+(?:x[0-9A-Fa-f]?)?\Z")
_LONGEST_TAIL = 2**16
_MOST_NAMES = 100_000


def mended(entry: Entry, *, hex_escapes: bool = False) -> Entry:
    """The same file as UTF-8 in which damaged bytes are :data:`LOST`, so that they cost one
    record and not all that follow.

    ``hex_escapes``: control characters are written as ``\\x0B``, which is no JSON (Telegram
    Desktop does so); they are rewritten as JSON has them.
    """

    def opened() -> BinaryIO:
        text = _text(entry)
        return as_file(_unhexed(text) if hex_escapes else text)

    return Entry(entry.name, _ENDLESS, opened, None)


def as_file(pieces: Iterator[bytes]) -> BinaryIO:
    """A file to read from that holds the joined ``pieces``; takes one at a time."""
    return cast(BinaryIO, io.BufferedReader(_Pieces(pieces), _PIECE))


class _Pieces(io.RawIOBase):
    """A raw reader over pieces of bytes."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        super().__init__()
        self._source = pieces
        self._held = b""

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill ``buffer``; 0 at the end."""
        view = memoryview(cast(bytearray, buffer))
        while not self._held:
            piece = next(self._source, None)
            if piece is None:
                return 0
            self._held = piece
        part, self._held = self._held[: len(view)], self._held[len(view) :]
        view[: len(part)] = part
        return len(part)


def _text(entry: Entry) -> Iterator[bytes]:
    with entry.open() as file:
        piece = file.read(_PIECE)
        wide = piece.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
        decoder = (
            codecs.getincrementaldecoder("utf-16")("replace")
            if wide
            else codecs.getincrementaldecoder("utf-8-sig")("surrogateescape")
        )
        while piece:
            following = file.read(_PIECE)
            text = decoder.decode(piece, final=not following)
            if wide:
                text = text.replace("\ufffd", LOST)
            if not text.isascii():
                text = _NO_TEXT.sub(LOST, text)
            yield text.encode("utf-8", "replace")
            piece = following


def _unhexed(pieces: Iterable[bytes]) -> Iterator[bytes]:
    held = b""
    for piece in pieces:
        piece = held + piece
        tail = _UNFINISHED.search(piece[-_LONGEST_TAIL:])
        held = b"" if tail is None or len(tail[0]) >= _LONGEST_TAIL else tail[0]
        if held:
            piece = piece[: -len(held)]
        yield _HEX.sub(rb"\1\\u00\2", piece) if rb"\x" in piece else piece
    yield held


def is_lost(value: object) -> bool:
    """Whether a value, or a text anywhere in it, is damaged beyond reading."""
    if isinstance(value, str):
        return not value.isascii() and LOST in value
    if isinstance(value, dict):
        return any(is_lost(key) or is_lost(part) for key, part in value.items())
    if isinstance(value, list):
        return any(is_lost(part) for part in value)
    return False


def nearly(one: str, other: str) -> bool:
    """Whether two words differ by exactly one letter: changed, lost or added."""
    if len(one) > len(other):
        one, other = other, one
    if len(other) - len(one) > 1 or one == other:
        return False
    start = next((at for at, letter in enumerate(one) if letter != other[at]), len(one))
    return one[start + (len(one) == len(other)) :] == other[start + 1 :]


def is_misspelt(words: Iterable[str], known: frozenset[str], telling: Iterable[str]) -> bool:
    """Whether one of ``words`` that is not ``known`` is a ``telling`` word but for one letter:
    a damaged byte must not turn what was forwarded into what was said."""
    return any(nearly(word, right) for word in words if word not in known for right in telling)


class Namesakes:
    """Which names go with which ids in one file, to notice an id beside somebody else's name."""

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        self._usual: dict[str, str] | None = None
        self._owners: dict[str, set[str]] = {}

    def note(self, key: str, name: str) -> None:
        """A record by ``key`` that says it is by ``name``."""
        if len(self._pairs) < _MOST_NAMES:
            self._pairs[key, name] += 1

    def contradict(self, key: str, name: str) -> bool:
        """Whether ``name`` is what others are usually called, and ``key`` is not."""
        if self._usual is None:
            self._usual = {}
            for (one, called), _ in self._pairs.most_common():
                if one not in self._usual:
                    self._usual[one] = called
                    self._owners.setdefault(called, set()).add(one)
        usual = self._usual.get(key)
        return usual != name and bool(self._owners.get(name, set()) - {key})

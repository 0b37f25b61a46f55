"""JSON from strangers: read as it streams by, without bottomless depth or endless strings."""

from __future__ import annotations

import codecs
from collections.abc import Collection, Iterator
from decimal import Decimal
from typing import BinaryIO, Final

from ofrenda.archive.container import Entry
from ofrenda.errors import ArchiveError

DEEPEST = 64
"""Objects and lists inside each other. Chat exports reach about 12."""

_LONGEST = 16 * 2**20
"""Bytes between two values, and so of one string. Pictures of members are below 1 MiB."""

_MOST_PARTS = 200_000
_MOST_CHARACTERS = 8 * 2**20
"""Of one value that is kept; a larger one is no message."""

_PIECE = 2**16
_LAST = "\0"
"""Stands before the last part of a place while it is being worked out."""


class BadJson(Exception):  # never reaches a user; readers turn it into a record
    """Not well formed from here on, or too deep, or with an endless string."""


class TooLarge:
    """Stands for a value that is too large to be kept."""


TOO_LARGE: Final = TooLarge()


def values(entry: Entry, wanted: Collection[str]) -> Iterator[tuple[str, object]]:
    """``(place, value)`` for each value at one of the ``wanted`` places, in the file's order.

    Places are written as in ``messages.item.text``; ``item`` is any element of a list. Numbers
    with a fraction are floats. Raises :class:`BadJson` where the text stops being JSON; what came
    before it is sound.
    """
    import ijson

    depth = 0
    building: _Building | None = None
    inside: list[str] = []
    """For each open object or list where its next value stands."""
    with entry.open() as file:
        feed = _Feed(file)
        try:
            # Not ``ijson.parse``: it writes out the place of every value, which takes minutes for
            # a file of nothing but brackets.
            for event, value in ijson.basic_parse(feed, buf_size=_PIECE):
                feed.since = 0
                opens = event in ("start_map", "start_array")
                closes = event in ("end_map", "end_array")
                depth += opens - closes
                if depth > DEEPEST:
                    raise BadJson
                if isinstance(value, Decimal):
                    value = float(value)
                if building is not None:
                    building.take(event, value)
                    if depth < building.depth:
                        yield building.place, building.value()
                        building = None
                elif event == "map_key":
                    key = str(value).replace(_LAST, "?")
                    inside[-1] = f"{inside[-1].rpartition(_LAST)[0]}{_LAST}{key}"
                elif closes:
                    inside.pop()
                else:
                    place = inside[-1].replace(_LAST, ".").removeprefix(".") if inside else ""
                    if place in wanted:
                        if not opens:
                            yield place, value
                            continue
                        building = _Building(place, depth)
                        building.take(event, value)
                    elif opens:
                        before = f"{place}{_LAST}" if place else _LAST
                        inside.append(before if event == "start_map" else f"{before}item")
        except (ijson.JSONError, UnicodeError, ValueError, ArithmeticError):
            raise BadJson from None


class _Building:
    """A value whose parts are still coming in."""

    def __init__(self, place: str, depth: int) -> None:
        self.place = place
        self.depth = depth
        self._top: object = None
        self._open: list[dict[str, object] | list[object]] = []
        self._keys: list[str] = []
        self._parts = 0
        self._characters = 0

    def take(self, event: str, value: object) -> None:
        """One more part."""
        self._parts += 1
        if isinstance(value, str):
            self._characters += len(value)
        if self._parts > _MOST_PARTS or self._characters > _MOST_CHARACTERS:
            self._open.clear()
            return
        if event == "map_key":
            self._keys[-1] = str(value)
        elif event in ("end_map", "end_array"):
            self._open.pop()
            self._keys.pop()
        elif event in ("start_map", "start_array"):
            part: dict[str, object] | list[object] = {} if event == "start_map" else []
            self._put(part)
            self._open.append(part)
            self._keys.append("")
        else:
            self._put(value)

    def _put(self, part: object) -> None:
        if not self._open:
            self._top = part
            return
        into = self._open[-1]
        if isinstance(into, list):
            into.append(part)
        else:
            into[self._keys[-1]] = part

    def value(self) -> object:
        """What was built, or :data:`TOO_LARGE`."""
        if self._parts > _MOST_PARTS or self._characters > _MOST_CHARACTERS:
            return TOO_LARGE
        return self._top


class _Feed:
    """A file as UTF-8 without byte-order mark, which counts the bytes since the last value."""

    def __init__(self, file: BinaryIO) -> None:
        self.since = 0
        self._pieces = _pieces(file)
        self._held = b""

    def read(self, size: int = -1) -> bytes:
        """At most ``size`` bytes; empty at the end."""
        if size == 0:
            return b""
        if not self._held:
            self._held = next(self._pieces, b"")
        size = len(self._held) if size < 0 else size
        piece, self._held = self._held[:size], self._held[size:]
        self.since += len(piece)
        if self.since > _LONGEST:
            raise BadJson
        return piece


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    first = file.read(_PIECE)
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        decoder = codecs.getincrementaldecoder("utf-16")()
        while first:
            if text := decoder.decode(first):
                yield text.encode()
            first = file.read(_PIECE)
        decoder.decode(b"", final=True)
        return
    if first := first.removeprefix(codecs.BOM_UTF8):
        yield first
    while piece := file.read(_PIECE):
        yield piece


def text_of(value: object) -> str | None:
    """A text that is not empty, or a whole number as digits; None for anything else."""
    if isinstance(value, str):
        return value or None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None


def map_of(value: object) -> dict[str, object]:
    """An object; an empty one for anything else."""
    return value if isinstance(value, dict) else {}


def list_of(value: object) -> list[object]:
    """A list; an empty one for anything else."""
    return value if isinstance(value, list) else []


def not_whole() -> ArchiveError:
    """What to tell the keeper about an export that cannot be read at all."""
    return ArchiveError(
        "The export is cut short or damaged, and no message in it can be read. "
        "Export or copy it again, then add the new copy."
    )

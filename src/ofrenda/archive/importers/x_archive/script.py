"""The archive's files are scripts that set one variable to JSON; only the JSON is read, and
nothing is ever run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.jsonstream import BadJson, map_of, text_of, values
from ofrenda.archive.mending import as_file, is_lost, mended

PLATFORM = "x"

_PREFIX = re.compile(r"\ufeff?\s*window\.YTD\.(\w{1,60})\.part\d{1,4}\s*=\s*(?=[\[{])")
_PREFIX_BYTES = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*window\.YTD\.\w{1,60}\.part\d{1,4}\s*=\s*(?=[\[{])"
)
_END = re.compile(rb"\s*;\s*\Z")
_PIECE = 2**16
_TAIL = 64
_ENDLESS = 2**62
_SMALL = 2**20


@dataclass(frozen=True, slots=True)
class Owner:
    """Whose archive it is: the account's number, and what it is called."""

    key: str
    handle: str
    name: str


def part_of(text: str) -> str:
    """Which part of the archive a file that begins with ``text`` is; empty for anything else."""
    found = _PREFIX.match(text)
    return found[1] if found else ""


def listed(entry: Entry, wanted: set[str]) -> Iterator[tuple[str, object]]:
    """What :func:`ofrenda.archive.jsonstream.values` gives, of the JSON in a script."""

    def opened() -> BinaryIO:
        return as_file(_unwrapped(mended(entry)))

    yield from values(Entry(entry.name, _ENDLESS, opened, None), wanted)


def _unwrapped(entry: Entry) -> Iterator[bytes]:
    with entry.open() as file:
        piece = file.read(_PIECE)
        found = _PREFIX_BYTES.match(piece)
        held = piece[found.end() :] if found else piece
        while piece := file.read(_PIECE):
            held += piece
            yield held[:-_TAIL]
            held = held[-_TAIL:]
        yield _END.sub(b"", held)


def owner_of(entry: Entry, files: Container) -> Owner | None:
    """The account, from ``account.js`` beside the file; None where it is not there."""
    place = PurePosixPath(entry.name).parent / "account.js"
    found = files.entries.get(place.as_posix())
    if found is None or found.size > _SMALL:
        return None
    try:
        stated = [map_of(value) for _, value in listed(found, {"item.account"})]
    except BadJson:
        return None
    if len(stated) != 1 or is_lost(stated[0]):
        return None
    key = text_of(stated[0].get("accountId"))
    if key is None or not key.isdigit():
        return None
    handle = text_of(stated[0].get("username")) or key
    return Owner(key, handle, text_of(stated[0].get("accountDisplayName")) or handle)


def media_of(entry: Entry, files: Container, *folders: str) -> dict[str, list[str]]:
    """Pictures and films in ``folders`` beside the file, by the number that begins their names:
    that of the post or message they belong to."""
    found: dict[str, list[str]] = {}
    here = PurePosixPath(entry.name).parent
    starts = tuple(f"{(here / folder).as_posix()}/" for folder in folders)
    for path in files.entries:
        if path.startswith(starts):
            number, dash, _ = path.rpartition("/")[2].partition("-")
            if dash and number.isdigit():
                found.setdefault(number, []).append(path)
    return found

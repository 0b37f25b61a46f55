"""Documents that are a zip of XML files inside: Word, OpenDocument, EPUB."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from ofrenda.archive.container import Container, Entry, Limits
from ofrenda.archive.xmltree import BadXml, Node, whole
from ofrenda.archive.zips import ZIP_MAGIC, open_zip
from ofrenda.errors import ArchiveError

LIMITS = Limits(total=400 * 2**20, entries=20_000)
"""A book with its pictures; text alone is far smaller."""

_PART = 48 * 2**20
"""Bytes of one XML file inside."""


def kind_of(head: bytes) -> str | None:
    """The ``mimetype`` that a packed document begins with, stored as it is; None without one."""
    if not head.startswith(ZIP_MAGIC) or head[30:38] != b"mimetype":
        return None
    extra = int.from_bytes(head[28:30], "little")
    size = int.from_bytes(head[22:26], "little") or 80
    return head[38 + extra : 38 + extra + min(size, 80)].decode("ascii", "replace").strip()


def first_name(head: bytes) -> str:
    """The name of the first file inside: a zip that merely holds documents begins with another."""
    if not head.startswith(ZIP_MAGIC):
        return ""
    return head[30 : 30 + int.from_bytes(head[26:28], "little")].decode("utf-8", "replace")


@contextmanager
def unpacked(entry: Entry) -> Iterator[Container]:
    """The files inside, under the limits for hostile zips. Raises ``ArchiveError``."""
    with open_zip(entry, LIMITS) as inner:
        yield inner


def part(inner: Container, name: str, *, doctype: bool = False) -> Node | None:
    """An XML file inside, or None where it is not there. Raises ``ArchiveError``."""
    entry = inner.entries.get(name)
    if entry is None:
        return None
    try:
        return whole(entry.bytes(_PART), doctype=doctype)
    except BadXml:
        raise damaged() from None


def damaged() -> ArchiveError:
    """What to tell the keeper."""
    return ArchiveError(
        "The document is damaged, or not written as such documents are. Open it in the program "
        "it was written with, save a new copy and add that."
    )

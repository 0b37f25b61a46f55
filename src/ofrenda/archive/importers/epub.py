"""Books (EPUB): the chapters in their order. A book with copy protection is refused kindly."""

from __future__ import annotations

import posixpath
from urllib.parse import unquote

from ofrenda.archive.authored import day_of, note_quotes, single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.archive.markup import read_html
from ofrenda.archive.packed import damaged, kind_of, part, unpacked
from ofrenda.archive.xmltree import Node
from ofrenda.archive.zips import ZIP_MAGIC
from ofrenda.errors import ArchiveError

_MIME = "application/epub+zip"
_CONTAINER = "META-INF/container.xml"
_FONT_ALGORITHMS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")
_CHAPTER = 8 * 2**20
_BOOK = 16 * 2**20
_MOST_CHAPTERS = 5_000


class Epub:
    """The importer."""

    name = "epub"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the type that such files begin with."""
        if kind_of(head) == _MIME:
            return 0.9
        packed = head.startswith(ZIP_MAGIC) and _CONTAINER.encode() in head
        return 0.8 if packed and entry.name.casefold().endswith(".epub") else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document."""
        reading = Reading(records=())
        with unpacked(entry) as inner:
            _check_lock(inner)
            place, package = _package(inner)
            chapters, quotes = _chapters(inner, place, package)
        facts = package.child("metadata") or Node("metadata", "", {})
        creators = [creator.text().strip() for creator in facts.children("creator")]
        note_quotes(reading, quotes)
        return single(
            entry,
            circumstances,
            reading,
            title=facts.text_of("title"),
            text="\n\n".join(chapters),
            author=", ".join(filter(None, creators)),
            created=day_of(facts.text_of("date"), circumstances.today),
        )


IMPORTER = Epub()


def _check_lock(inner: Container) -> None:
    locks = part(inner, "META-INF/encryption.xml")
    if locks is None:
        return
    for data in locks.children("EncryptedData"):
        method = data.child("EncryptionMethod")
        algorithm = "" if method is None else method.attributes.get("Algorithm", "")
        if not algorithm.startswith(_FONT_ALGORITHMS):
            raise ArchiveError(
                "The book is locked by copy protection and cannot be read here. If the text also "
                "exists in another form (the manuscript, a PDF), add that."
            )


def _package(inner: Container) -> tuple[str, Node]:
    container = part(inner, _CONTAINER)
    files = None if container is None else container.child("rootfiles")
    first = None if files is None else files.child("rootfile")
    place = "" if first is None else first.attributes.get("full-path", "")
    package = part(inner, place, doctype=True)
    if package is None:
        raise damaged()
    return place, package


def _chapters(inner: Container, place: str, package: Node) -> tuple[list[str], int]:
    manifest, spine = package.child("manifest"), package.child("spine")
    if manifest is None or spine is None:
        raise damaged()
    folder = posixpath.dirname(place)
    named = {
        item.attributes.get("id", ""): item.attributes.get("href", "")
        for item in manifest.children("item")
        if "nav" not in item.attributes.get("properties", "").split()
    }
    chapters: list[str] = []
    quotes = size = 0
    for count, reference in enumerate(spine.children("itemref")):
        href = named.get(reference.attributes.get("idref", ""), "")
        path = posixpath.normpath(posixpath.join(folder, unquote(href.partition("#")[0])))
        entry = inner.entries.get(path)
        if not href or entry is None or count > _MOST_CHAPTERS:
            continue
        data = entry.bytes(_CHAPTER)
        size += len(data)
        if size > _BOOK:
            raise ArchiveError(
                "The book is too large to be read as one text. Split it and add the parts."
            )
        code = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        try:
            page = read_html(data.decode(code))
        except UnicodeDecodeError:
            raise damaged() from None
        if page.broken:
            raise damaged()
        quotes += len(page.quoted)
        if page.text:
            chapters.append(page.text)
    return chapters, quotes

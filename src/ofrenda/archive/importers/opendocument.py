"""OpenDocument texts (``.odt``, ``.fodt``) of LibreOffice and its kin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ofrenda.archive.authored import day_of, note_quotes, single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.archive.packed import damaged, kind_of, part, unpacked
from ofrenda.archive.xmltree import BadXml, Node, whole

_MIME = "application/vnd.oasis.opendocument.text"
_FLAT = re.compile(r"<office:document[\s>]")
_FLAT_BYTES = 48 * 2**20
_GONE = frozenset(
    {
        "tracked-changes",
        "annotation",
        "annotation-end",
        "note",
        "forms",
        "sequence-decls",
        "ruby-text",
    }
)
"""Deleted words lie in ``tracked-changes``; comments are their writers' own."""

_BLOCKS = ("p", "h")
_QUOTE = "quotations"
_MOST_SPACES = 200


class OpenDocument:
    """The importer."""

    name = "odt"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the type that such files begin with."""
        kind = kind_of(head)
        if kind is not None:
            return 0.9 if kind.startswith(_MIME) else 0.0
        text = peek(head)
        flat = text is not None and _FLAT.search(text[:4096]) is not None
        return 0.9 if flat and _MIME in (text or "")[:8192] else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document."""
        if kind_of(entry.head()) is None:
            try:
                root: Node | None = whole(entry.bytes(_FLAT_BYTES))
            except BadXml:
                raise damaged() from None
            meta = root
        else:
            with unpacked(entry) as inner:
                root = part(inner, "content.xml")
                meta = part(inner, "meta.xml")
        body = None if root is None else root.child("body")
        text = None if body is None else body.child("text")
        if root is None or text is None:
            raise damaged()
        found = _Text(_quote_styles(root))
        found.walk(text)
        reading = Reading(records=())
        note_quotes(reading, found.quotes)
        facts = None if meta is None else meta.child("meta")
        facts = facts or Node("meta", "", {})
        return single(
            entry,
            circumstances,
            reading,
            title=facts.text_of("title") or found.title,
            text="\n\n".join(found.paragraphs),
            author=facts.text_of("initial-creator") or facts.text_of("creator"),
            created=day_of(facts.text_of("creation-date"), circumstances.today),
        )


IMPORTER = OpenDocument()


def _quote_styles(root: Node) -> set[str]:
    """The style for quotations, and what was derived from it in this document."""
    found = {_QUOTE}
    for styles in root.children("automatic-styles", "styles"):
        for style in styles.children("style"):
            if style.attributes.get("parent-style-name", "").casefold() == _QUOTE:
                found.add(style.attributes.get("name", "").casefold())
    return found


@dataclass(slots=True)
class _Text:
    quote_styles: set[str]
    paragraphs: list[str] = field(default_factory=list)
    title: str | None = None
    quotes: int = 0

    def walk(self, node: Node) -> None:
        """All paragraphs inside, in order."""
        for child in node.content:
            if not isinstance(child, Node) or child.name in _GONE:
                continue
            if child.name not in _BLOCKS:
                self.walk(child)
                continue
            boxes: list[Node] = []
            words = "".join(_words(child, boxes)).strip()
            style = child.attributes.get("style-name", "").casefold()
            if words and style in self.quote_styles:
                self.quotes += 1
            elif words:
                if self.title is None and style == "title":
                    self.title = words
                self.paragraphs.append(words)
            for box in boxes:
                self.walk(box)


def _words(node: Node, boxes: list[Node]) -> Iterator[str]:
    for child in node.content:
        if isinstance(child, str):
            yield re.sub(r"[ \t\n]+", " ", child)
        elif child.name in _GONE:
            continue
        elif child.name == "s":
            count = child.attributes.get("c", "1")
            yield " " * min(_MOST_SPACES, int(count) if count.isascii() and count.isdigit() else 1)
        elif child.name == "tab":
            yield "\t"
        elif child.name == "line-break":
            yield "\n"
        elif child.name == "text-box":
            boxes.append(child)
        else:
            yield from _words(child, boxes)

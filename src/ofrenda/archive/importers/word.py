"""Word's ``.docx``: paragraphs, tables and text boxes in their order, changes as they were left."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ofrenda.archive.authored import day_of, note_quotes, single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading, Skipped
from ofrenda.archive.packed import damaged, first_name, part, unpacked
from ofrenda.archive.xmltree import Node

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_FIRST = ("[Content_Types].xml", "_rels/", "docProps/", "word/", "customXml/")
_GONE = frozenset({"del", "moveFrom", "instrText", "delText", "delInstrText", "pPr", "rPr"})
_GONE_TOO = frozenset({"Fallback", "footnoteReference", "commentReference", "annotationRef"})
_QUOTE_STYLES = ("quote", "intensequote", "zitat", "intensiveszitat", "citation", "cita")
_TITLE_STYLES = ("title", "titel", "titre", "ttulo")


class Word:
    """The importer."""

    name = "docx"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """A zip with the parts of a Word document; the older ``.doc`` is only named."""
        if head.startswith(_OLD) and entry.name.casefold().endswith(".doc"):
            return 0.5
        first = first_name(head)
        if not first.startswith(_FIRST) or b"[Content_Types].xml" not in head:
            return 0.0
        if b"xl/" in head or b"ppt/" in head:
            return 0.0
        named = entry.name.casefold().endswith((".docx", ".docm", ".dotx"))
        return 0.9 if b"word/" in head or named else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document."""
        reading = Reading(records=())
        if entry.head().startswith(_OLD):
            reading.records = [_too_old(reading)]
            return reading
        with unpacked(entry) as inner:
            root = part(inner, "word/document.xml")
            core = part(inner, "docProps/core.xml")
        body = None if root is None else root.child("body")
        if body is None:
            raise damaged()
        creator = "" if core is None else core.text_of("creator")
        found = _Text(creator.strip())
        found.body(body)
        note_quotes(reading, found.quotes)
        if found.foreign:
            reading.warnings.append(
                f"{found.foreign} passages were put in by somebody other than the author and are "
                "left out. They stay in the original."
            )
        return single(
            entry,
            circumstances,
            reading,
            title=("" if core is None else core.text_of("title")) or found.title,
            text="\n\n".join(found.paragraphs),
            author=creator,
            created=None if core is None else day_of(core.text_of("created"), circumstances.today),
        )


IMPORTER = Word()


def _too_old(reading: Reading) -> Skipped:
    reading.advice.append(
        "This is a document of an older Word (.doc). Open it, save it as .docx and add that."
    )
    return Skipped("not_recognised", "1")


@dataclass(slots=True)
class _Text:
    """What was found. ``foreign`` counts insertions by another than ``creator``."""

    creator: str
    paragraphs: list[str] = field(default_factory=list)
    title: str | None = None
    quotes: int = 0
    foreign: int = 0

    def body(self, node: Node) -> None:
        """All paragraphs inside, in order."""
        for child in node.content:
            if not isinstance(child, Node) or child.name in _GONE or child.name in _GONE_TOO:
                continue
            if child.name == "p":
                self._paragraph(child)
            elif child.name == "ins" and self._is_foreign(child):
                self.foreign += 1
            elif child.name != "sectPr":
                self.body(child)

    def _is_foreign(self, node: Node) -> bool:
        author = node.attributes.get("author", "").strip()
        return author != self.creator

    def _paragraph(self, node: Node) -> None:
        boxes: list[Node] = []
        words = "".join(self._runs(node, boxes)).strip()
        style = _style(node)
        if words:
            if style.startswith(_QUOTE_STYLES):
                self.quotes += 1
            else:
                if self.title is None and style.startswith(_TITLE_STYLES):
                    self.title = words
                self.paragraphs.append(words)
        for box in boxes:
            self.body(box)

    def _runs(self, node: Node, boxes: list[Node]) -> Iterator[str]:
        for child in node.content:
            if not isinstance(child, Node):
                continue
            name = child.name
            if name in _GONE or name in _GONE_TOO:
                continue
            if name == "t":
                yield child.text()
            elif name == "tab":
                yield "\t"
            elif name in ("br", "cr"):
                yield "\n"
            elif name == "noBreakHyphen":
                yield "\u2011"
            elif name == "txbxContent":
                boxes.append(child)
            elif name == "ins" and self._is_foreign(child):
                self.foreign += 1
            else:
                yield from self._runs(child, boxes)


def _style(node: Node) -> str:
    properties = node.child("pPr")
    style = None if properties is None else properties.child("pStyle")
    return "" if style is None else style.attributes.get("val", "").casefold().replace(" ", "")

"""XML from strangers: read as it streams by, without entities, document types or great depth."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

DEEPEST = 256
"""Elements inside each other. Documents with nested tables reach about 60."""

MOST = 64 * 2**20
"""Characters of one kept element; a larger one is not a record of a life."""

_PIECE = 2**16


class BadXml(Exception):
    """Not well formed, too deep, too large, or with entities. Never reaches a user."""


@dataclass(slots=True)
class Node:
    """An element: ``name`` without prefix, its ``space``, attributes by name without prefix, and
    ``content``, text and elements in order."""

    name: str
    space: str
    attributes: dict[str, str]
    content: list[Node | str] = field(default_factory=list)

    def children(self, *names: str) -> Iterator[Node]:
        """The elements directly inside that are called one of ``names``."""
        for part in self.content:
            if isinstance(part, Node) and part.name in names:
                yield part

    def child(self, name: str, space: str | None = None) -> Node | None:
        """The first such element, in ``space`` (a part of its address) where given."""
        for part in self.children(name):
            if space is None or space in part.space:
                return part
        return None

    def text(self) -> str:
        """All text inside, in order."""
        found: list[str] = []
        open_parts: list[Iterator[Node | str]] = [iter(self.content)]
        while open_parts:
            part = next(open_parts[-1], None)
            if part is None:
                open_parts.pop()
            elif isinstance(part, str):
                found.append(part)
            else:
                open_parts.append(iter(part.content))
        return "".join(found)

    def text_of(self, name: str, space: str | None = None) -> str:
        """The text of the first such element directly inside, stripped; empty where none is."""
        found = self.child(name, space)
        return "" if found is None else found.text().strip()


def stream(
    pieces: Iterable[bytes],
    wanted: Callable[[str, int], bool],
    *,
    doctype: bool = False,
    without: frozenset[str] = frozenset(),
) -> Iterator[Node]:
    """Each element for which ``wanted(name, depth)`` holds (the root has depth 0), when it ends.

    Only wanted elements are held, one at a time. ``doctype`` lets a document type that names an
    outside file pass (it is never fetched); one with declarations of its own is refused always.
    What is inside elements called ``without`` is dropped as it comes.
    Raises :class:`BadXml`, after the elements that came before the trouble.
    """
    reader = _Reader(wanted, doctype, without)
    for piece in pieces:
        for start in range(0, len(piece), _PIECE):
            yield from reader.feed(piece[start : start + _PIECE], last=False)
    yield from reader.feed(b"", last=True)


def whole(data: bytes, *, doctype: bool = False) -> Node:
    """A small document as a tree. Raises :class:`BadXml`."""
    for node in stream([data], lambda name, depth: depth == 0, doctype=doctype):
        return node
    raise BadXml


def swallowed(words: str) -> bool:
    """Whether a passage went on into the next one, because the mark that ends it was damaged."""
    return "<![CDATA[" in words


class _Reader:
    def __init__(
        self, wanted: Callable[[str, int], bool], doctype: bool, without: frozenset[str]
    ) -> None:
        self._wanted = wanted
        self._doctype = doctype
        self._without = without
        self._depth = self._size = self._dropped = 0
        self._open: list[Node] = []
        self._done: list[Node] = []
        self._parser = parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.StartDoctypeDeclHandler = self._declared
        parser.EntityDeclHandler = self._refuse
        parser.SkippedEntityHandler = self._skipped
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)

    def feed(self, data: bytes, *, last: bool) -> Iterator[Node]:
        """The wanted elements that end in ``data``."""
        self._done = []
        try:
            self._parser.Parse(data, last)
        except (expat.ExpatError, BadXml, ValueError, LookupError):
            # LookupError: the declaration names a code that does not exist.
            yield from self._done
            raise BadXml from None
        yield from self._done

    def _declared(self, name: str, system: object, public: object, internal: bool) -> None:
        if internal or not self._doctype:
            raise BadXml

    def _refuse(self, *_: object) -> None:
        raise BadXml

    def _skipped(self, name: str, parameter: bool) -> None:
        # An entity that the outside document type would have declared (&nbsp;): HTML knows it.
        if not parameter and self._open:
            from html import unescape

            written = f"&{name};"
            meant = unescape(written)
            self._text(meant if meant != written else "\ufffd")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        space, _, local = name.rpartition(" ")
        if self._depth >= DEEPEST:
            raise BadXml
        if self._dropped or local in self._without:
            self._dropped += 1
        elif self._open or self._wanted(local, self._depth):
            self._size += sum(map(len, attributes.values())) + 100
            self._check()
            plain = {key.rpartition(" ")[2]: value for key, value in attributes.items()}
            node = Node(local, space, plain)
            if self._open:
                self._open[-1].content.append(node)
            self._open.append(node)
        self._depth += 1

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._dropped:
            self._dropped -= 1
        elif self._open:
            node = self._open.pop()
            if not self._open:
                self._done.append(node)
                self._size = 0

    def _text(self, text: str) -> None:
        if self._open and not self._dropped:
            self._size += len(text)
            self._check()
            self._open[-1].content.append(text)

    def _check(self) -> None:
        if self._size > MOST:
            raise BadXml

"""Feeds of a blog (RSS, Atom): each entry is a piece of writing by whom it names."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from email.utils import parsedate_to_datetime

from ofrenda.archive.authored import day_of, document, local_day, note_quotes
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import drain, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.markup import read_html
from ofrenda.archive.xmltree import BadXml, Node, stream, swallowed

_ROOT = re.compile(r"<(?:rss|feed|rdf:RDF)[\s>]")
_OTHERS = ("wordpress.org/export", "<html")
_SPACES = ("Atom", "atom", "purl.org/rss/1.0/")
_ITEMS = ("item", "entry")
_ONCE = ("title", "guid", "id", "pubDate", "published", "description", "encoded", *_ITEMS)
_OWNERS = ("managingEditor", "author", "creator", "itunes:author")


class Feed:
    """The importer."""

    name = "feed"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its root element."""
        text = peek(head)
        if text is None or not text.lstrip("\ufeff \r\n\t").startswith("<"):
            return 0.0
        top = text[:4096]
        if _ROOT.search(top) is None or any(other in top for other in _OTHERS):
            return 0.0
        known = any(mark in top for mark in ("<channel", "2005/Atom", "purl.org/rss", "<rss"))
        return 0.8 if known else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document for each entry."""
        reading = Reading(records=())
        reading.records = _entries(entry, circumstances.today, reading)
        return reading


IMPORTER = Feed()


def _wanted(name: str, depth: int) -> bool:
    return depth in (1, 2) and name in (*_ITEMS, *_OWNERS)


def _entries(entry: Entry, today: date, reading: Reading) -> Iterator[Record]:
    number = quotes = 0
    owner = ""
    with entry.open() as file:
        nodes = stream(drain(file), _wanted, doctype=True)
        try:
            for node in nodes:
                if node.name in _OWNERS:
                    owner = owner or _name(node)
                    continue
                number += 1
                record, left_out = _entry(node, str(number), owner, today)
                quotes += left_out
                yield record
        except BadXml:
            yield Skipped("damaged", str(number + 1))
    note_quotes(reading, quotes)


def _entry(node: Node, number: str, owner: str, today: date) -> tuple[Record, int]:
    body = (
        node.child("encoded", "content")
        or _own(node, "content")
        or _own(node, "description")
        or _own(node, "summary")
    )
    html = "" if body is None else _source(body)
    page = read_html(html)
    authors = [*node.children("creator"), *node.children("author")]
    locator = node.text_of("guid") or node.text_of("id") or _link(node) or number
    if page.broken or swallowed(html) or _is_two(node):
        return Skipped("damaged", number), 0
    names = {_name(author): None for author in authors} or {owner: None}
    if len(names) > 1:
        return Skipped("unclear_sender", number), 0
    stated = node.text_of("pubDate") or node.text_of("published") or node.text_of("date")
    stated = stated or node.text_of("issued") or node.text_of("updated")
    heading = _own(node, "title")
    title = "" if heading is None else read_html(_source(heading)).text
    name = next(iter(names))
    return document(locator, title, page.text, _day(stated, today), name), len(page.quoted)


def _is_two(node: Node) -> bool:
    """Whether two entries ran together where the file is damaged."""
    once = Counter((part.name, part.space) for part in node.children(*_ONCE))
    return any(count > 1 for count in once.values())


def _own(node: Node, name: str) -> Node | None:
    """An element of the feed's own, not one that an extension (media) calls the same."""
    for part in node.children(name):
        if not part.space or any(mark in part.space for mark in _SPACES):
            return part
    return None


def _source(body: Node) -> str:
    """What an entry says, as HTML: written out, escaped, or as elements of their own (Atom)."""
    kind = body.attributes.get("type", "html")
    if kind == "text":
        return body.text().replace("&", "&amp;").replace("<", "&lt;").replace("\n", "<br>")
    if not any(isinstance(part, Node) for part in body.content):
        return body.text()
    return "".join(_markup(body))


def _markup(node: Node) -> Iterator[str]:
    for part in node.content:
        if isinstance(part, str):
            yield part.replace("&", "&amp;").replace("<", "&lt;")
        else:
            kind = part.attributes.get("class", "").replace('"', "")
            yield f'<{part.name} class="{kind}">'
            yield from _markup(part)
            yield f"</{part.name}>"


def _name(node: Node) -> str:
    """An author's name; RSS writes ``address (Name)``."""
    if named := node.text_of("name"):
        return named
    text = node.text().strip()
    inside = re.fullmatch(r"\S+@\S+\s*\((.+)\)", text)
    return inside[1] if inside else text


def _link(node: Node) -> str:
    link = node.child("link")
    return "" if link is None else link.attributes.get("href", "") or link.text().strip()


def _day(stated: str, today: date) -> date | None:
    if (day := day_of(stated, today)) is not None:
        return day
    try:
        return local_day(parsedate_to_datetime(stated), today)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

"""HTML as the words that were written: in linear time, whatever comes.

A tree builder that repairs markup as browsers do can be driven to hours and gigabytes by a small
file (elements opened a hundred thousand deep; formatting that is reopened in each paragraph).
Nothing is fetched, nothing is run, and what is quoted is kept apart.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ofrenda.archive.tags import Tag, is_beside, is_quote, tokens

__all__ = ["TAIL", "Page", "Tag", "read_html", "tokens"]

_SPACE = re.compile(r"[ \t\r\n\f]+")
_VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param",
        "source", "track", "wbr", "en-media", "en-todo",
    }
)  # fmt: skip
_BLOCKS = frozenset(
    {
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog",
        "div", "dl", "dt", "en-note", "fieldset", "figcaption", "figure", "footer", "form", "h1",
        "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend", "li", "main", "nav",
        "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead",
        "tr", "ul", "title",
    }
)  # fmt: skip
_APART = frozenset(
    {
        "p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "ul", "ol", "table",
        "article", "section", "hr",
    }
)  # fmt: skip
"""Blocks that stand apart by a blank line."""

_SILENT = frozenset(
    {
        "head", "script", "style", "template", "noscript", "svg", "math", "object", "iframe",
        "textarea", "select", "button", "xmp", "noembed", "noframes", "audio", "video", "canvas",
        "en-crypt",
    }
)  # fmt: skip
_CLOSED_BY_NEXT = {"p": {"p"}, "li": {"li"}, "dt": {"dt", "dd"}, "dd": {"dt", "dd"}}
_BARRIERS = frozenset({"td", "th", "table", "caption", "html", "body"})
_DEEPEST = 2_000
"""Elements inside each other; deeper ones are taken as text of the last."""


@dataclass(slots=True)
class Page:
    """What a page says. ``text`` without what is quoted; ``quoted`` the quoted passages;
    ``meta`` the named statements of its head."""

    text: str = ""
    title: str | None = None
    heading: str | None = None
    quoted: list[str] = field(default_factory=list)
    meta: dict[str, str] = field(default_factory=dict)
    broken: bool = False
    """A quotation ends that never began: what is whose can no longer be told."""


def read_html(html: str, *, page: bool = False, marked: bool = False) -> Page:
    """The words of a piece of HTML. ``page``: it is a whole saved page, of which only ``article``
    or ``main`` count where they exist, without menus and comments. ``marked``: quotations stay
    where they are, each line behind ``> ``, as in a letter."""
    if page:
        for only in ("article", "main"):
            found = _Reading(page=True, only=only, marked=False).read(html)
            if found.text.strip():
                return found
    return _Reading(page=page, only=None, marked=marked).read(html)


TAIL = "-----Original Message-----"
"""Stands in marked text where a mail program begins its copy of what is answered."""

_TAILS = frozenset({"divrplyfwdmsg", "appendonsend", "ms-outlook-mobile-reference-message"})


@dataclass(slots=True)
class _Open:
    name: str
    quote: bool
    silent: bool
    only: bool


class _Reading:
    def __init__(self, *, page: bool, only: str | None, marked: bool) -> None:
        self._page = page
        self._only = only
        self._marked = marked
        self._open: list[_Open] = []
        self._counts: list[dict[str, int]] = [{}]
        self._barriers: dict[str, int] = {}
        self._quotes = self._silent = self._inside = self._pre = 0
        self._own = _Lines()
        self._quoted = _Lines()
        self._title: list[str] = []
        self._heading: list[str] | None = None
        self.found = Page()

    def read(self, html: str) -> Page:
        for token in tokens(html):
            if isinstance(token, str):
                self._text(token)
            elif token.ends:
                self._end(token.name)
            else:
                self._start(token)
        self._close_quote()
        found = self.found
        found.text = self._own.text()
        found.title = " ".join("".join(self._title).split()) or None
        if self._heading is not None:
            found.heading = " ".join("".join(self._heading).split()) or None
        return found

    def _start(self, tag: Tag) -> None:
        name = tag.name
        if name == "meta":
            key = tag.attributes.get("name") or tag.attributes.get("property") or ""
            if key and tag.attributes.get("content"):
                self.found.meta.setdefault(key.casefold(), tag.attributes["content"])
            return
        for other in _CLOSED_BY_NEXT.get(name, ()):
            if self._open and self._open[-1].name == other:
                self._end(other)
        if name in ("br", "en-todo"):
            if name == "br":
                self._lines.line()
            return
        if name in _BLOCKS:
            self._break(name)
        if name in _VOID:
            return
        if len(self._open) >= _DEEPEST:
            return
        opened = _Open(
            name,
            is_quote(tag),
            name in _SILENT or (self._page and is_beside(tag)),
            name == self._only,
        )
        if opened.quote and not self._quotes:
            self._own.block(apart=True)
        if self._marked and not self._quotes and tag.attributes.get("id", "").casefold() in _TAILS:
            self._own.block(apart=True)
            self._own.add(TAIL, kept=False)
            self._own.block(apart=True)
        self._open.append(opened)
        if name in _BARRIERS:
            self._barriers[name] = self._barriers.get(name, 0) + 1
            self._counts.append({})
        else:
            self._counts[-1][name] = self._counts[-1].get(name, 0) + 1
        self._quotes += opened.quote
        self._silent += opened.silent
        self._inside += opened.only
        self._pre += name == "pre"

    def _end(self, name: str) -> None:
        # Only what was opened inside the same cell can be closed in it; that is counted, so that
        # an end tag without a start costs nothing.
        counts = self._barriers if name in _BARRIERS else self._counts[-1]
        if not counts.get(name):
            self.found.broken |= name == "blockquote"
            if name == "p":
                self._break("p")
            return
        closed = None
        while closed is None or closed.name != name:
            closed = self._open.pop()
            if closed.name in _BARRIERS:
                self._barriers[closed.name] -= 1
                self._counts.pop()
            else:
                self._counts[-1][closed.name] -= 1
            if closed.name in _BLOCKS:
                self._break(closed.name)
            self._quotes -= closed.quote
            self._silent -= closed.silent
            self._inside -= closed.only
            self._pre -= closed.name == "pre"
            if closed.quote and not self._quotes:
                self._close_quote()
                self._own.block(apart=True)

    def _text(self, text: str) -> None:
        if self._open and self._open[-1].name == "title":
            self._title.append(text)
            return
        if self._silent or (self._only and not self._inside):
            return
        if self._open and self._open[-1].name == "h1" and not self._quotes:
            if self._heading is None:
                self._heading = []
            self._heading.append(text)
        self._lines.add(text, kept=bool(self._pre))

    @property
    def _lines(self) -> _Lines:
        return self._quoted if self._quotes else self._own

    def _break(self, name: str) -> None:
        self._lines.block(apart=name in _APART)

    def _close_quote(self) -> None:
        if words := self._quoted.text():
            self.found.quoted.append(words)
            if self._marked:
                self._own.add("\n".join(f"> {line}" for line in words.split("\n")), kept=True)
        self._quoted = _Lines()


class _Lines:
    """Collects text as a browser would lay it out: one space for any run of them, lines where
    blocks begin and end, never more than one blank line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._breaks = 0
        self._space = False
        self._any = False

    def add(self, text: str, *, kept: bool) -> None:
        if kept:
            self._flush()
            self._parts.append(text.replace("\r\n", "\n"))
            self._any = True
            return
        words = _SPACE.sub(" ", text)
        if not words:
            return
        if words[0] == " ":
            self._space = self._any and not self._breaks
            words = words[1:]
        if not words:
            return
        trailing = words[-1] == " "
        words = words[:-1] if trailing else words
        if words:
            self._flush()
            self._parts.append(words)
            self._any = True
        self._space = trailing

    def line(self) -> None:
        """A line break that the writer made."""
        self._space = False
        if self._any:
            self._breaks = min(2, self._breaks + 1)

    def block(self, *, apart: bool) -> None:
        """A block begins or ends."""
        self._space = False
        if self._any:
            self._breaks = max(self._breaks, 2 if apart else 1)

    def _flush(self) -> None:
        if self._breaks and self._any:
            self._parts.append("\n" * self._breaks)
        elif self._space:
            self._parts.append(" ")
        self._breaks, self._space = 0, False

    def text(self) -> str:
        return "".join(self._parts).strip("\n ")

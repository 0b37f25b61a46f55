"""A saved page: what its writer wrote, without menus, comments and what it quotes."""

from __future__ import annotations

import re

from ofrenda.archive.authored import note_quotes, single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, peek, read_text
from ofrenda.archive.importer import Circumstances, Gives, Reading, Skipped
from ofrenda.archive.markup import read_html
from ofrenda.archive.tags import Tag, tokens
from ofrenda.errors import ArchiveError

_BEGINS = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|body)\b")
_DECLARED = re.compile(rb"charset=[\"']?\s*([A-Za-z0-9_-]{2,30})")
_CHAT = re.compile(
    r"(?i)(?<![a-z])(?:message|msg|bubble|chat|sender|from_name|timestamp|conversation|pam|_3-95|"
    r"thread)(?![a-z])"
)
_CLOCK = re.compile(r"(?<!\d)\d{1,2}:\d{2}(?!\d)")
_MARKS_OF_CHAT = 6
_DATES = (
    "article:published_time", "datepublished", "date", "dc.date", "dcterms.created",
    "dc.date.created", "dcterms.date", "pubdate", "publish_date", "created",
)  # fmt: skip
_ENDINGS = ("html", "htm", "xhtml", "xht", "shtml", "php", "asp", "aspx")
"""A page that is called a text is somebody's source code."""

_MAX_BYTES = 16 * 2**20


class HtmlPage:
    """The importer."""

    name = "html"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """A page that is not the pages of a chat: there the other side's words stand too."""
        ending = entry.name.rpartition("/")[2].casefold().rpartition(".")
        text = peek(head) if not ending[1] or ending[2] in _ENDINGS else None
        if text is None or _BEGINS.match(text.lstrip("\ufeff").lower()[:2000]) is None:
            return 0.0
        return 0.0 if _is_chat(text) else 0.2

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document."""
        head = entry.head()
        html, code = _text(entry, head, circumstances.answers.get("encoding"))
        reading = Reading(records=())
        if code.damaged:
            reading.records = [Skipped("damaged", "1")]
            return reading
        page = read_html(html, page=True)
        if page.broken:
            reading.records = [Skipped("damaged", "1")]
            return reading
        note_quotes(reading, len(page.quoted))
        stated = next((page.meta[key] for key in _DATES if key in page.meta), None)
        return single(
            entry,
            circumstances,
            reading,
            title=page.heading or page.title,
            text=page.text,
            author=page.meta.get("author") or page.meta.get("dc.creator"),
            stated=stated,
        )


IMPORTER = HtmlPage()


def _text(entry: Entry, head: bytes, wanted: str | None) -> tuple[str, Code]:
    """The page in the code that fits: UTF-8 where it does, else what the page itself declares."""
    declared = _DECLARED.search(head[:4096])
    try:
        html, code = read_text(entry, _MAX_BYTES, wanted)
    except ArchiveError:
        if wanted is not None or declared is None:
            raise
        return read_text(entry, _MAX_BYTES, declared[1].decode("ascii"))
    if not code.certain and wanted is None and declared is not None:
        try:
            return read_text(entry, _MAX_BYTES, declared[1].decode("ascii"))
        except ArchiveError:
            return html, code
    return html, code


def _is_chat(html: str) -> bool:
    marked = clocks = letters = 0
    for token in tokens(html):
        if isinstance(token, Tag):
            marks = f"{token.attributes.get('class', '')} {token.attributes.get('id', '')}"
            marked += _CHAT.search(marks) is not None
        else:
            clocks += len(_CLOCK.findall(token))
            letters += len(token)
    return marked >= _MARKS_OF_CHAT or (clocks >= 5 and clocks * 400 >= letters)

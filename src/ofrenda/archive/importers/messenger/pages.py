"""A thread of Meta's data export as pages (``message_1.html``), newest message first.

Written from descriptions and the class names of other readers' tests; no real page was at hand.
Meta renames its classes; the four read here have stood since 2021. Text is not mojibake here, and
times are those of whoever asked for the export, without a zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from html import unescape

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import read_text
from ofrenda.archive.elements import Element, blocks
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.messenger.phrases import is_notice
from ofrenda.archive.importers.messenger.threads import Thread, chat_of, is_gone, service_of
from ofrenda.archive.instants import Instant, naive
from ofrenda.archive.markup import Tag
from ofrenda.archive.sidefiles import kind_of, named_file
from ofrenda.archive.telling import Said, Sender, bare, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, MediaRef

_MAX_BYTES = 64 * 2**20
_BLOCK, _NAME, _BODY, _TIME = "_a6-g", "_a6-h", "_a6-p", "_a6-o"
_TITLE = re.compile(r"<title>([^<]{1,400})</title>")
_STAMP = re.compile(
    r"(?P<month>[A-Z][a-z]{2,8})\.? (?P<day>\d{1,2}), (?P<year>\d{4})(?:,| at)? "
    r"(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d))?[ \u202f]?(?P<half>[AaPp][Mm])"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PEOPLE = re.compile(r"Participants: (?P<names>.+)")
_CALL = re.compile(r"(?:Duration|Missed|The video chat ended)[^\n]{0,60}")
_LINK = re.compile(r"https?://\S+")


def read_pages(entry: Entry, files: Container, reading: Reading) -> Iterator[Record]:
    """The messages of one page, oldest first. Raises ``ArchiveError`` where there is none."""
    html, _ = read_text(entry, _MAX_BYTES)
    found = list(blocks(html, _begins))
    page = _Page(entry, files, html, found)
    if not page.count:
        raise ArchiveError(
            "No message was found in the page. Ask for the export once more in the format JSON, "
            "with messages ticked, and add the whole of it."
        )
    reading.warnings.append(
        "The export as pages does not say in which time zone its times are. They are kept as "
        "written."
    )
    reading.advice.append(
        "These are pages. The same export in the format JSON (Download your information, Format, "
        "JSON) says more exactly when and what was written; ask for it if the account still exists."
    )
    return page.records()


def _begins(tag: Tag) -> bool:
    return tag.name in ("div", "section") and _BLOCK in tag.attributes.get("class", "").split()


class _Page:
    def __init__(
        self, entry: Entry, files: Container, html: str, found: list[Element | None]
    ) -> None:
        self._entry = entry
        self._files = files
        self._found = found
        platform, certain = service_of(entry, files)
        titled = _TITLE.search(html)
        self._thread = Thread(sealed=False, platform=platform, certain=certain)
        if titled:
            self._thread.stated["title"] = bare(unescape(titled[1]))
        self.count = 0
        for block in found:
            if block is None:
                continue
            if (people := _PEOPLE.fullmatch(bare(block.text()))) is not None:
                names = re.split(r", | and ", people["names"])
                self._thread.people += [bare(name) for name in names]
            elif (name := _one(block, _NAME)) is not None:
                self.count += bool(block.marked(_BODY) and block.marked(_TIME))
                self._thread.writers.add(bare(name.text()))
        if len(self._thread.writers) <= 2 and not self._thread.people:
            self._thread.people = sorted(self._thread.writers)
        self._thread.stated["thread_type"] = "Regular" if len(self._thread.people) <= 2 else ""
        self._thread = replace(self._thread, chat=chat_of(entry, self._thread))

    def records(self) -> Iterator[Record]:
        """Every message, the last on the page first."""
        for place in range(len(self._found), 0, -1):
            block = self._found[place - 1]
            locator = str(place)
            if block is None:
                yield Skipped("damaged", locator)
            elif _one(block, _NAME) is not None or _one(block, _TIME) is not None:
                yield self._record(locator, block)

    def _record(self, locator: str, block: Element) -> Record:
        name, body, time = (_one(block, mark) for mark in (_NAME, _BODY, _TIME))
        if name is None or body is None or time is None:
            return Skipped("damaged", locator)
        writer = bare(name.text())
        at, precision = _moment(bare(time.text()))
        said = self._said(body, writer)
        if said.kind is Kind.TEXT and not said.text and not said.quoted:
            return Skipped("empty", locator)
        return tell(locator, self._thread.chat, self._sender(writer), at, said, precision=precision)

    def _sender(self, name: str) -> Sender | None:
        if is_gone(name):
            if self._thread.chat.is_group:
                return None
            return Sender(f"{name} ({self._thread.chat.key})", name or self._thread.chat.title)
        return Sender(name, name)

    def _said(self, body: Element, writer: str) -> Said:
        media: list[MediaRef] = []
        lines: list[str] = []
        link = False
        for part in _leaves(body):
            path = part.attributes.get("src") or part.attributes.get("href", "")
            found = named_file(self._entry, self._files, path, climb=True)
            if part.name == "a" and not (found and (found.exists or "messages/" in found.path)):
                link = True
                lines.append(part.text().strip() or path)
            elif part.name in ("img", "audio", "video", "source", "a"):
                if found is not None and found not in media:
                    media.append(found)
            elif words := part.text().strip("\n "):
                lines.append(words)
        text = "\n".join(lines) or None
        if text is not None and is_notice(text, writer):
            return Said(_kind(media) or Kind.SYSTEM, None if media else text, media=tuple(media))
        if text is not None and text.startswith(f"{writer} "):
            # Nobody begins with their own name; the service does, in words that are not known.
            return Said(_kind(media) or Kind.TEXT, None, text, media=tuple(media))
        if media:
            return Said(_kind(media) or Kind.FILE, text, media=tuple(media))
        if text is not None and _CALL.fullmatch(text):
            return Said(Kind.CALL)
        if len(lines) > 1:
            # Beside an address stands what its page says; the marks do not tell whose is which.
            own = [line for line in lines if _LINK.fullmatch(line)] if link else []
            return Said(Kind.LINK if link else Kind.TEXT, own[0] if own else None, text)
        return Said(Kind.LINK if text and _LINK.fullmatch(text) else Kind.TEXT, text)


def _kind(media: list[MediaRef]) -> Kind | None:
    if not media:
        return None
    # A voice message of theirs is an mp4 in the folder "audio".
    return Kind.VOICE if "/audio/" in f"/{media[0].path}" else kind_of(media[0].path)


def _one(block: Element, mark: str) -> Element | None:
    found = block.marked(mark)
    return found[0] if len(found) == 1 else None


def _leaves(body: Element) -> Iterator[Element]:
    """The innermost parts that hold words or a file; without reactions."""
    for part in body.elements():
        if part.name == "ul":
            continue
        if part.name in ("audio", "video"):
            # What stands in it is for browsers that cannot play it.
            yield part if part.attributes.get("src") else next(iter(part.elements()), part)
            continue
        if part.name in ("img", "source") or (part.name == "a" and not part.elements()):
            yield part
        elif (
            part.elements()
            and not any(isinstance(one, str) and one.strip() for one in part.content)
            and not all(one.name == "br" for one in part.elements())
        ):
            if part.name == "a" and "href" in part.attributes:
                yield part
            yield from _leaves(part)
        else:
            yield part


def _moment(written: str) -> tuple[Instant | None, str]:
    found = _STAMP.fullmatch(written)
    if found is None or found["month"][:3].lower() not in _MONTHS:
        return None, "min"
    hour = int(found["hour"])
    if not 1 <= hour <= 12:
        return None, "min"
    precision = "s" if found["second"] else "min"
    try:
        moment = datetime(
            int(found["year"]),
            _MONTHS.index(found["month"][:3].lower()) + 1,
            int(found["day"]),
            hour % 12 + (12 if found["half"].lower() == "pm" else 0),
            int(found["minute"]),
            int(found["second"] or 0),
        )
    except ValueError:
        return None, precision
    return naive(moment), precision

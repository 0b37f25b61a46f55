"""Telegram's ``messages.html``: messages by name alone, several of one sender under one name.

A message without a name belongs to the one before it. So nothing may be wrong with that one: any
sign of damage between a name and a message makes its sender unclear.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from html import unescape
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import read_text
from ofrenda.archive.elements import DEEPEST, VOID, Element
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.telegram.chats import PLATFORM
from ofrenda.archive.instants import Instant, aware, naive
from ofrenda.archive.markup import tokens
from ofrenda.archive.mending import LOST
from ofrenda.archive.sidefiles import named_file
from ofrenda.archive.telling import Chat, Said, Sender, bare, pair_or_group, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, MediaRef

_MAX_BYTES = 32 * 2**20
"""The exporter begins a new page after 1,000 messages, about 1 MiB."""

_STAMP = re.compile(r"(\d\d)\.(\d\d)\.(\d{4}) (\d\d):(\d\d):(\d\d)(?: UTC([+-])(\d\d):(\d\d))?")
_START = re.compile(r'<div class="message [^>]{0,200}>')
_ID = re.compile(r"message(-?\d{1,19})")
_TITLE = re.compile(
    r'<div class="page_header">.{0,400}?<div class="text bold">(?P<title>[^<]{0,400})</div>',
    re.DOTALL,
)
_VIA = re.compile(r"(?P<name>.+?) via @\w{2,40}")
_REPLY = re.compile(r"#go_to_message(\d{1,19})")
_NO_TEXT = re.compile("[\udc80-\udcff]")
_GONE = "Deleted Account"
_WRAPS = (
    ("media_voice_message", Kind.VOICE),
    ("media_audio_file", Kind.FILE),
    ("media_video", Kind.VIDEO),
    ("video_file_wrap", Kind.VIDEO),
    ("animated_wrap", Kind.VIDEO),
    ("sticker_wrap", Kind.STICKER),
    ("photo_wrap", Kind.IMAGE),
    ("media_photo", Kind.IMAGE),
    ("media_call", Kind.CALL),
    ("media_contact", Kind.CONTACT),
    ("media_location", Kind.LOCATION),
    ("media_live_location", Kind.LOCATION),
    ("media_poll", Kind.UNKNOWN),
    ("media_game", Kind.UNKNOWN),
    ("media_invoice", Kind.UNKNOWN),
    ("media_file", Kind.FILE),
)


def read_page(entry: Entry, files: Container, reading: Reading) -> Iterator[Record]:
    """The messages of one page. Raises ``ArchiveError`` where it holds none."""
    html, code = read_text(entry, _MAX_BYTES)
    if code.damaged:
        html = _NO_TEXT.sub(LOST, html)
    starts = [found.start() for found in _START.finditer(html)]
    if not starts:
        raise ArchiveError(
            "No message was found in the page. Export the chat again from Telegram Desktop, "
            "as JSON, and add that folder."
        )
    found = _TITLE.search(html[: starts[0]])
    title = bare(unescape(found["title"])) if found else ""
    reading.advice.append(
        "This is Telegram's export as pages, which knows people by name alone. If the account "
        "still exists, export again from Telegram Desktop as JSON: it says for certain who is who."
    )
    return _Page(entry, files, title, html, starts).records()


def _parse(html: str, *, last: bool) -> Element | None:
    """One message as a tree; None unless everything is closed as it was opened and nothing but
    the page's own end follows."""
    if LOST in html:
        return None
    root: Element | None = None
    stack: list[Element] = []
    below: list[str] = []
    for token in tokens(html):
        if isinstance(token, str):
            if stack:
                stack[-1].content.append(token)
            elif token.strip():
                return None
        elif token.ends:
            if stack:
                if stack.pop().name != token.name:
                    return None
            else:
                below.append(token.name)
        else:
            element = Element(token.name, token.attributes)
            if stack:
                stack[-1].content.append(element)
            elif root is None:
                root = element
            elif "pagination" not in element.marks:
                return None
            if token.name not in VOID:
                stack.append(element)
                if len(stack) > DEEPEST:
                    return None
    if stack or (below and not last) or (last and below[-1:] != ["html"]):
        return None
    return root


class _Page:
    """Makes records of the blocks of one page."""

    def __init__(
        self, entry: Entry, files: Container, title: str, html: str, starts: list[int]
    ) -> None:
        self._entry = entry
        self._files = files
        self._html = html
        self._starts = starts
        names = {
            _writer(name)[0]
            for element in self._elements()
            if element is not None and (name := _name(element)) is not None
        }
        where = PurePosixPath(entry.name).parent.name or files.name
        self._gone = f"name:{_GONE} ({where})"
        chat = pair_or_group(PLATFORM, names, title or None)
        if _GONE in names:
            # Several people may be called so: only alone with one of them is it certain who.
            chat = Chat(PLATFORM, f"page:{title} ({where})", chat.title, chat.is_group)
        self._chat = chat

    def _elements(self) -> Iterator[Element | None]:
        """What stands from each message to the next, one at a time; None where it is damaged."""
        last = len(self._html)
        for start, end in zip(self._starts, [*self._starts[1:], last], strict=True):
            yield _parse(self._html[start:end], last=end == last)

    def records(self) -> Iterator[Record]:
        """Every message, in order."""
        sender: Sender | None = None
        for place, element in enumerate(self._elements(), 1):
            locator = str(place)
            if element is None:
                sender = None
                yield Skipped("damaged", locator)
                continue
            if found := _ID.fullmatch(element.attributes.get("id", "")):
                locator = f"message{found[1]}"
            if "service" in element.marks:
                sender = None
                if not locator.startswith("message-"):
                    # A notice has no time of its own here; the rules between days are none.
                    yield Skipped("unclear_date", locator)
                continue
            name = _name(element)
            joined = "joined" in element.marks
            if "default" not in element.marks or joined == (name is not None):
                sender = None
            elif name is not None:
                sender = self._sender(name)
            yield self._message(locator, element, sender)

    def _sender(self, name: str) -> Sender | None:
        plain, _ = _writer(name)
        if plain == _GONE:
            return None if self._chat.is_group else Sender(self._gone, _GONE)
        return Sender(f"name:{plain}", plain)

    def _message(self, locator: str, element: Element, sender: Sender | None) -> Record:
        bodies = element.marked("body")
        body = bodies[0] if len(bodies) == 1 else None
        if body is None or sender is None:
            return Skipped("unclear_sender" if body is not None else "damaged", locator)
        for mark in ("date", "from_name", "reply_to", "text", "forwarded", "media_wrap"):
            if len([part for part in body.marked(mark) if part.name == "div"]) > (
                2 if mark == "forwarded" else 1
            ):
                return Skipped("damaged", locator)
        if any(not part.marks & _PARTS for part in body.elements()):
            # A part that this does not know, or one whose name is damaged: a forwarded message
            # must not become the sender's own.
            return Skipped("damaged", locator)
        forwarded = [part for part in body.marked("forwarded") if "body" in part.marks]
        inner = forwarded[0] if forwarded else body
        own, quoted = _words(inner)
        kind, media = self._media(inner)
        if kind is None:
            kind = Kind.TEXT if own or quoted else Kind.UNKNOWN
        said = Said(kind, own, quoted, reply_to=_reply(body), media=media)
        name = _name(element)
        if body.marked("forwarded") or (name is not None and _writer(name)[1]):
            both = "\n".join(part for part in (own, quoted) if part) or None
            said = Said(kind, None, both, forwarded=True, reply_to=said.reply_to, media=media)
        return tell(locator, self._chat, sender, _moment(body), said)

    def _media(self, body: Element) -> tuple[Kind | None, tuple[MediaRef, ...]]:
        for wrap in body.marked("media_wrap"):
            for part in wrap.all():
                for mark, kind in _WRAPS:
                    if mark not in part.marks:
                        continue
                    if kind in (Kind.CALL, Kind.LOCATION, Kind.UNKNOWN):
                        return kind, ()
                    file = named_file(self._entry, self._files, part.attributes.get("href"))
                    return kind, () if file is None else (file,)
            return Kind.UNKNOWN, ()
        return None, ()


_PARTS_WORDS = (
    "date from_name reply_to text media_wrap forwarded reactions signature userpic_wrap "
    "bot_buttons_table"
)
_PARTS = frozenset(_PARTS_WORDS.split())


def _name(element: Element) -> str | None:
    """The name above a message; None where there is none, or not exactly one."""
    names = [name for body in element.marked("body") for name in body.marked("from_name")]
    return (bare(names[0].text(without="span")) or None) if len(names) == 1 else None


def _writer(name: str) -> tuple[str, bool]:
    """Who wrote, and whether a bot made the words (``Mum via @gif``)."""
    via = _VIA.fullmatch(name)
    return (via["name"], True) if via else (name, False)


def _words(body: Element) -> tuple[str | None, str | None]:
    texts = body.marked("text")
    if not texts:
        return None, None
    quoted = [part.text().strip("\n ") for part in texts[0].all() if part.name == "blockquote"]
    own = texts[0].text(without="blockquote").strip("\n ")
    return own or None, "\n".join(quoted) or None


def _reply(body: Element) -> str | None:
    for part in body.marked("reply_to"):
        for link in part.all():
            if found := _REPLY.match(link.attributes.get("href", "")):
                return found[1]
    return None


def _moment(body: Element) -> Instant | None:
    dates = body.marked("date")
    found = _STAMP.fullmatch(dates[0].attributes.get("title", "")) if len(dates) == 1 else None
    if found is None:
        return None
    day, month, year, hour, minute, second = (int(found[place]) for place in range(1, 7))
    try:
        moment = datetime(year, month, day, hour, minute, second)
        if found[7] is None:
            return naive(moment)
        offset = timedelta(hours=int(found[8]), minutes=int(found[9]))
        zone = timezone(-offset if found[7] == "-" else offset)
    except ValueError:
        return None
    return aware(moment.replace(tzinfo=zone))

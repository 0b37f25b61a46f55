"""The pages of imessage-exporter: one conversation each, with bubbles for messages.

Written from the expectations of the tool's own tests; no real export was at hand. A part
that this does not know is given up with its message: it may hold somebody else's words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek, read_text
from ofrenda.archive.elements import Element, blocks
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.imessage_txt import STAMP, instant_of
from ofrenda.archive.instants import Instant, past
from ofrenda.archive.markup import Tag
from ofrenda.archive.sidefiles import kind_of, named_file
from ofrenda.archive.telling import Chat, Said, Sender, bare, fingerprint, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, MediaRef

_MAX_BYTES = 128 * 2**20
_PAGE = re.compile(r'<div class="(?:message|announcement)"')
_WAYS = re.compile(r'<div class="(?:sent(?: \w+)?|received)"')
_BESIDE = frozenset(
    {
        "tapbacks", "replies", "reply_anchor", "reply_context", "expressive", "shareplay",
        "shared_location", "forensic_meta",
    }
)  # fmt: skip
"""Parts of a message that are not its words."""
_WORDS = frozenset({"message_part", "bubble", "attachment", "sticker", "app", "edited", "subject"})
_HEAD = frozenset({"timestamp", "sender"})
_GONE = frozenset({"unsent", "deleted"})


class IMessagePages:
    """The importer."""

    name = "imessage-html"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the classes of its elements."""
        text = peek(head) or ""
        if not text.lstrip("\ufeff \r\n\t").startswith("<"):
            return 0.0
        own = _PAGE.search(text) is not None and _WAYS.search(text) is not None
        return 0.95 if own and 'class="timestamp"' in text and "bubble" in text else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every bubble."""
        html, _ = read_text(entry, _MAX_BYTES)
        found = list(_messages(html))
        if not any(one.at is not None for one in found):
            raise ArchiveError(
                "No message was found in the page. Export the messages again and add the new "
                "files unchanged."
            )
        reading = Reading(records=_Conversation(entry, files, circumstances, found).records())
        reading.warnings.append(
            "The export does not say in which time zone its times are. They are kept as written."
        )
        return reading


IMPORTER = IMessagePages()


@dataclass(frozen=True, slots=True)
class _Message:
    """One bubble. ``reason`` is why it is none; ``sent`` that the owner's telephone sent it."""

    at: Instant | None = None
    sender: str = ""
    sent: bool | None = None
    parts: tuple[Element, ...] = ()
    notice: str = ""
    reply: bool = False
    reason: str = ""


def _begins(tag: Tag) -> bool:
    return bool(_marks(tag) & {"message", "announcement"})


def _marks(tag: Tag) -> set[str]:
    return set(tag.attributes.get("class", "").split()) if tag.name == "div" else set()


def _messages(html: str) -> Iterator[_Message]:
    for block in blocks(html, _begins):
        if block is None:
            yield _Message(reason="damaged")
        elif "announcement" in block.marks:
            stamps = block.within("timestamp")
            at = _stamp(stamps[0]) if len(stamps) == 1 else None
            words = bare(block.text())
            yield _Message(at, notice=words, reason="" if at else "unclear_date")
        else:
            yield _message(block)


def _message(block: Element) -> _Message:
    ways = [one for one in block.elements() if one.name == "div"]
    if len(ways) != 1 or not ways[0].marks & {"sent", "received"}:
        return _Message(reason="damaged")
    way = ways[0]
    stamps: list[Element] = []
    senders: list[Element] = []
    parts: list[Element] = []
    reply = False
    for part in way.elements():
        inner = part.elements() if part.name == "p" else [part]
        for one in inner:
            if one.name in ("hr", "br"):
                continue
            if "timestamp" in one.marks:
                stamps.append(one)
            elif "sender" in one.marks:
                senders.append(one)
            elif one.marks & _BESIDE:
                reply |= "reply_context" in one.marks
            elif one.marks & (_WORDS | _GONE):
                parts.append(one)
            else:
                return _Message(reason="damaged")
    if len(stamps) != 1 or len(senders) != 1:
        return _Message(reason="damaged")
    name = bare(senders[0].text())
    sent = "sent" in way.marks
    if not name or (name == "Me") != sent:
        return _Message(reason="unclear_sender")
    at = _stamp(stamps[0])
    if at is None:
        return _Message(reason="unclear_date")
    return _Message(at, name, sent, tuple(parts), reply=reply)


def _stamp(element: Element) -> Instant | None:
    found = STAMP.match(element.text().strip())
    return instant_of(found) if found else None


class _Conversation:
    def __init__(
        self, entry: Entry, files: Container, circumstances: Circumstances, found: list[_Message]
    ) -> None:
        self._entry = entry
        self._files = files
        self._today = circumstances.today
        self._found = found
        title = PurePosixPath(entry.name).stem
        others = {one.sender for one in found if one.sent is False}
        first = next(one for one in found if one.at is not None)
        begin = first.at.local if first.at else ""
        # Whose phone it was is nowhere said: this file's "Me" is nobody else's.
        self._me = Sender(f"me:{fingerprint(title, begin, first.sender)}", "Me")
        group = len(others) > 1 or ("," in title and len(others) != 1)
        self._chat = Chat("imessage", f"{self._me.key}\n{title}", title, group)

    def records(self) -> Iterator[Record]:
        """Every bubble, in the page's order."""
        for place, one in enumerate(self._found, 1):
            locator = str(place)
            if one.reason:
                yield Skipped(one.reason, locator)
                continue
            at = past(one.at, self._today)
            if one.sent is None:
                yield tell(locator, self._chat, None, at, Said(Kind.SYSTEM, one.notice))
                continue
            sender = self._me if one.sent else Sender(one.sender, one.sender)
            yield tell(locator, self._chat, sender, at, self._said(one))

    def _said(self, one: _Message) -> Said:
        words: list[str] = []
        media: list[MediaRef] = []
        edited = gone = False
        kind: Kind | None = None
        for part in [each for each in (*one.parts, *_deep(one.parts)) if each.name != "p"]:
            if part.marks & _GONE:
                gone = True
            elif "edited" in part.marks:
                last = _last_edit(part)
                edited = True
                words += [last] if last else []
            elif "sticker" in part.marks:
                kind = kind or Kind.STICKER
            elif "app" in part.marks:
                kind = kind or Kind.LINK
            elif "attachment" in part.marks:
                media += self._files_of(part)
            elif "bubble" in part.marks:
                words.append(part.text().strip("\n\ufffc "))
        text = "\n".join(word for word in words if word)
        if media:
            kind = (
                Kind.VOICE if media[0].path.casefold().endswith(".caf") else kind_of(media[0].path)
            )
        if kind is None or (kind is Kind.LINK and text):
            kind = Kind.TEXT if text else Kind.DELETED if gone else Kind.UNKNOWN
        reply = "earlier" if one.reply else None
        return Said(kind, text, reply_to=reply, media=tuple(media), edited=edited)

    def _files_of(self, part: Element) -> list[MediaRef]:
        paths = dict.fromkeys(
            path
            for each in part.all()
            for key in ("src", "href")
            if (path := each.attributes.get(key))
        )
        found = [named_file(self._entry, self._files, path.removeprefix("./")) for path in paths]
        return [one for one in found if one is not None]


def _deep(parts: tuple[Element, ...]) -> Iterator[Element]:
    """What lies inside the parts of a message, without going into what is a whole by itself."""
    for part in parts:
        if "message_part" in part.marks:
            for inner in part.elements():
                yield inner
                if inner.marks & {"message_part"}:
                    yield from _deep((inner,))


def _last_edit(part: Element) -> str:
    """The words of the last version: the foot of the table, or its last row."""
    rows = [one for one in part.all() if one.name == "tr"]
    if not rows:
        return part.text().strip()
    cells = [one for one in rows[-1].elements() if one.name == "td"]
    return cells[-1].text().strip() if cells else ""

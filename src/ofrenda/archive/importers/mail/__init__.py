"""Letters: mailboxes (mbox, as Gmail and Thunderbird give them), single .eml, Apple's .emlx."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import date
from email import message_from_bytes
from email.message import Message
from hashlib import blake2b
from typing import BinaryIO

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.mail.message import (
    DAMAGED,
    header,
    receivers,
    sender,
    sent_at,
    text_of,
)
from ofrenda.archive.importers.mail.own_words import is_forward, is_reply, take_apart
from ofrenda.archive.instants import past
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind

_MAX_LETTER = 48 * 2**20
"""Bytes of one letter with its attachments. Mail servers stop at 25 to 50 MB."""

_LINE = 2**16
_SEPARATOR = re.compile(rb"From (?:\S.*)?(?:\d\d:\d\d).*\b(?:19|20)\d\d\b")
_NEARLY = re.compile(
    rb"(?:From .{0,80}\d\d:\d\d|.{0,8}\S* +(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d{1,2} )"
)
"""A separator, one letter of it damaged; the header below it must be there."""

_HEADER = re.compile(rb"[!-9;-~]{1,70}:")
_BEGINS = re.compile(
    rb"(?i)(?:from|to|date|subject|message-id|received|return-path|mime-version|delivered-to|"
    rb"x-[a-z-]+|content-type|reply-to|dkim-signature|authentication-results|sender|cc|"
    rb"in-reply-to|references|user-agent|status|arc-[a-z-]+|importance|priority|thread-[a-z]+):"
)
_NEEDED = re.compile(rb"(?im)^from:[^\n]*@")
_ALSO = re.compile(rb"(?im)^(?:date|subject|to|message-id|received|mime-version):")
_EMLX = re.compile(rb"\d{1,10}[ \t]*\r?\n")
_SPAM = re.compile(r"(?i)\b(?:spam|junk)\b|垃圾")
_DRAFT = re.compile(
    r"(?i)\b(?:drafts?|entw(?:ü|u)rfe?|brouillons?|borradore?s?|bozze?)\b|草稿|下書き"
)


class Mail:
    """The importer."""

    name = "mail"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the headers at its top."""
        top = head.lstrip(b"\xef\xbb\xbf\r\n")
        if top.startswith(b"From ") and _SEPARATOR.match(top.split(b"\n", 1)[0]):
            top = top.partition(b"\n")[2]
        elif (count := _EMLX.match(top)) is not None:
            top = top[count.end() :]
        first = top.split(b"\n", 1)[0]
        if _BEGINS.match(first) is None:
            return 0.0
        block = re.split(rb"\r?\n\r?\n", top, maxsplit=1)[0]
        filled = [line for line in block.split(b"\n") if line.strip()]
        fit = sum(bool(_HEADER.match(line)) or line[:1] in b" \t" for line in filled)
        if _NEEDED.search(block) is None or _ALSO.search(block) is None:
            return 0.0
        return 0.9 if fit * 10 >= len(filled) * 9 else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every letter."""
        reading = Reading(records=())
        reading.records = _Mailbox(entry, circumstances.today, reading).records()
        return reading


IMPORTER = Mail()


class _Mailbox:
    def __init__(self, entry: Entry, today: date, reading: Reading) -> None:
        self._entry = entry
        self._today = today
        self._reading = reading
        self._seen: set[bytes] = set()
        self._names: dict[str, str] = {}
        self._left: Counter[str] = Counter()

    def records(self) -> Iterator[Record]:
        """Every letter, in the file's order."""
        with self._entry.open() as file:
            for number, raw in enumerate(_letters(file), start=1):
                locator = str(number)
                yield Skipped("too_long", locator) if raw is None else self._record(raw, locator)
        for what, note in _NOTES.items():
            if self._left[what]:
                self._reading.warnings.append(note.format(self._left[what]))

    def _record(self, raw: bytes, locator: str) -> Record:
        escaped = raw.startswith(b"From ")
        if escaped:
            raw = raw.partition(b"\n")[2]
        try:
            message = message_from_bytes(raw)
        except DAMAGED:
            return Skipped("damaged", locator)
        if (reason := _not_a_letter(message)) is not None:
            return Skipped(reason, locator)
        who = sender(message)
        if who is None:
            return Skipped("unclear_sender", locator)
        identifier = header(message, "Message-ID")[:300]
        if identifier:
            mark = blake2b(f"{identifier}\0{who[0]}".encode("utf-8", "replace"), digest_size=16)
            if mark.digest() in self._seen:
                return Skipped("duplicate", locator)
            self._seen.add(mark.digest())
        found = text_of(message)
        if found.damaged or "\0" in found.words:
            return Skipped("damaged", locator)
        subject = header(message, "Subject")
        letter = take_apart(found.words, subject=subject, escaped=escaped)
        own = letter.own
        if not own and not letter.quoted and not (is_reply(subject) or is_forward(subject)):
            own = subject  # the whole letter stands in its subject
        self._left["quoted"] += bool(letter.quoted)
        self._left["files"] += len(found.files)
        kind = Kind.TEXT
        if not own and not letter.quoted:
            if not found.files:
                return Skipped("empty", locator)
            kind = Kind.IMAGE if set(found.files) == {"image"} else Kind.FILE
        said = Said(
            kind,
            own,
            letter.quoted,
            # Words above a passed-on letter are the sender's; they are kept apart from it.
            forwarded=letter.forwarded and not own,
            reply_to=header(message, "In-Reply-To")[:300] or None,
        )
        self._names.setdefault(who[0], who[1])
        chat = self._chat(message, who)
        return tell(locator, chat, Sender(*who), past(sent_at(message), self._today), said)

    def _chat(self, message: Message, who: tuple[str, str]) -> Chat:
        """The people of a letter: the same for both directions."""
        people = sorted({who[0], *receivers(message)})
        key = "\n".join(people)
        if len(people) > 20:
            key = "many:" + blake2b(key.encode(), digest_size=16).hexdigest()
        named = [self._names.get(address, address) for address in people[:4]]
        return Chat("email", key, " & ".join(named), len(people) > 2)


_NOTES = {
    "quoted": "Letters that hold an earlier or passed-on letter: {}. Those words are kept as "
    "quotations, not as the sender's.",
    "files": "Attachments inside the letters: {}. They are kept with the mailbox and not yet "
    "shown one by one.",
}


def _not_a_letter(message: Message) -> str | None:
    """Why nobody wrote this to anybody, or not yet."""
    labels = header(message, "X-Gmail-Labels")
    if _DRAFT.search(labels) or header(message, "X-Unsent") == "1":
        return "unsent"
    automatic = header(message, "Auto-Submitted").casefold()
    if (
        message.get("List-Id") is not None
        or message.get("List-Unsubscribe") is not None
        or header(message, "Precedence").casefold() in ("bulk", "list", "junk")
        or automatic not in ("", "no")
        or _SPAM.search(labels)
        or message.get_content_type() in ("multipart/report", "text/calendar")
    ):
        return "bulk"
    return None


def _letters(file: BinaryIO) -> Iterator[bytes | None]:
    """Each letter's bytes; None for one that is too large. A single letter is a mailbox of one."""
    held: list[bytes] = []
    size = 0
    box: bool | None = None
    waiting: bytes | None = None
    whole_line = True
    while line := file.readline(_LINE):
        begins, whole_line = whole_line, line.endswith(b"\n")
        if box is None:
            line = line.removeprefix(b"\xef\xbb\xbf")
            if not line.strip():
                continue
            box = line.startswith(b"From ") and _SEPARATOR.match(line) is not None
            if _EMLX.fullmatch(line):
                yield file.read(min(int(line), _MAX_LETTER))
                return
        elif box and waiting is not None:
            # A line like a separator is one only before a header.
            if _HEADER.match(line):
                yield None if size > _MAX_LETTER else b"".join(held)
                held, size = [], 0
            held.append(waiting)
            size += len(waiting)
            waiting = None
        if box and held and begins and (_SEPARATOR.match(line) or _NEARLY.match(line)):
            waiting = line
            continue
        size += len(line)
        if size <= _MAX_LETTER:
            held.append(line)
    if waiting is not None:
        held.append(waiting)
    if held:
        yield None if size > _MAX_LETTER else b"".join(held)

"""The text files of imessage-exporter: one conversation each, as its user exported them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import out_of_time
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.whatsapp.bodies import kind_of
from ofrenda.archive.instants import Instant, naive, past
from ofrenda.archive.telling import Chat, Said, Sender, attached, bare, fingerprint, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, MediaRef

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        start=1,
    )
}
STAMP = re.compile(
    r"(?P<month>[A-Z][a-z]{2}) (?P<day>\d{2}), (?P<year>\d{4}) (?P<hour>[ \d]\d):"
    r"(?P<minute>\d{2}):(?P<second>\d{2}) (?P<half>[AP]M)"
)
_READ = re.compile(r" \([^()]*\)")
_REPLY = "This message responded to an earlier message."
_DELETED = "This message was deleted from the conversation!"
_UNSENT = re.compile(r".{1,80} unsent (?:this|a) message\b.*")
_EDITED = re.compile(r"Edited .{1,40} later: (?P<text>.*)")
_EFFECT = re.compile(r"Sent with [A-Z][A-Za-z ]{2,20}")
_STICKER = re.compile(r"(?:Sticker from .{1,80}: |Normal Sticker from .{1,80}: ).+")
_PATH = re.compile(
    r"(?:~|/[^\n]{0,200}?)?/?(?:Library/(?:Messages|SMS)/Attachments|attachments)/\S.*"
)
_MARK = 100
"""Characters of a line in which a stamp of its own would stand."""

_STAMP_LENGTH = 26
_STAMP_DIGITS, _STAMP_LETTERS = 11, 5


class IMessageText:
    """The importer."""

    name = "imessage-txt"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the stamps that begin its blocks."""
        text = peek(head)
        if text is None:
            return 0.0
        filled = text.lstrip("\ufeff").split("\n")
        found = 0
        for place, line in enumerate(filled[:-1]):
            stamp = STAMP.match(line)
            if stamp and (place == 0 or not filled[place - 1].strip()):
                rest = line[stamp.end() :]
                found += not rest or rest.startswith(" ")
        if not found:
            return 0.0
        first = next((line for line in filled if line.strip()), "")
        return 0.9 if STAMP.match(first) else 0.5 if found > 2 else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every block."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        blocks = list(_blocks(lines(entry, code)))
        if not any(block.at is not None for block in blocks):
            raise ArchiveError(
                "No message was found in the file. Export the messages again and add the new "
                "files unchanged."
            )
        reading = Reading(records=())
        reading.warnings.append(
            "The export does not say in which time zone its times are. They are kept as written."
        )
        reading.records = _Conversation(entry, files, circumstances, blocks).records()
        return reading


IMPORTER = IMessageText()


@dataclass(slots=True)
class _Block:
    """A message as it lies there. ``at`` is None where the stamp is damaged, ``rest`` what
    follows the stamp on its line."""

    line: int
    at: Instant | None
    rest: str
    depth: int
    body: list[str] = field(default_factory=list)


def _blocks(all_lines: Iterator[str]) -> Iterator[_Block]:
    current: _Block | None = None
    blank = True
    for number, line in enumerate(all_lines, start=1):
        depth = len(line) - len(line.lstrip(" "))
        bare_line = line[depth:]
        stamp = STAMP.match(bare_line)
        new = None
        if stamp is not None and (blank or depth):
            new = _Block(number, instant_of(stamp), bare_line[stamp.end() :], depth)
        elif (stamp is None and _like_stamp(bare_line[:_STAMP_LENGTH])) or (
            (found := STAMP.search(bare_line[:_MARK])) is not None and found.start() <= 3
        ):
            # Its stamp is damaged, or the line before it: whose it is cannot be told.
            new = _Block(number, None, "", depth)
        if new is not None:
            if current is not None:
                yield current
            current = new
        elif current is not None:
            current.body.append(line)
        elif line.strip():
            current = _Block(number, None, "", 0, [line])
        blank = not line.strip()
    if current is not None:
        yield current


def _like_stamp(begin: str) -> bool:
    """Whether a line begins with a stamp of which one letter is damaged."""
    digits = sum(c.isdigit() for c in begin)
    letters = sum(c.isalpha() for c in begin)
    return (
        digits >= _STAMP_DIGITS - 1
        and letters <= _STAMP_LETTERS + 2
        and ":" in begin
        and any(mark in begin for mark in ("AM", "PM", ", 20", ", 19"))
    )


def instant_of(stamp: re.Match[str]) -> Instant | None:
    """The moment of a :data:`STAMP`."""
    hour = int(stamp["hour"])
    if stamp["month"] not in _MONTHS or not 1 <= hour <= 12:
        return None
    try:
        return naive(
            datetime(
                int(stamp["year"]),
                _MONTHS[stamp["month"]],
                int(stamp["day"]),
                hour % 12 + (12 if stamp["half"] == "PM" else 0),
                int(stamp["minute"]),
                int(stamp["second"]),
            )
        )
    except ValueError:
        return None


class _Conversation:
    def __init__(
        self, entry: Entry, files: Container, circumstances: Circumstances, blocks: list[_Block]
    ) -> None:
        self._entry = entry
        self._files = files
        self._today = circumstances.today
        self._blocks = blocks
        title = PurePosixPath(entry.name).stem
        senders = {
            bare(block.body[0])
            for block in blocks
            if block.at is not None and not block.depth and block.body and _is_head(block)
        }
        others = sorted(senders - {"Me"})
        first = next(block for block in blocks if block.at is not None)
        stamp = first.at.local if first.at is not None else ""
        # Whose phone it was is nowhere said: this file's "Me" is nobody else's.
        self._me = Sender(f"me:{fingerprint(title, stamp, *first.body[:2])}", "Me")
        group = len(others) > 1 or ("," in title and len(others) != 1)
        self._chat = Chat("imessage", f"{self._me.key}\n{title}", title, group)

    def records(self) -> Iterator[Record]:
        """Every block, in the file's order."""
        timed = [block for block in self._blocks if block.at is not None and not block.depth]
        moments = [
            int((datetime.fromisoformat(block.at.local) - datetime(1970, 1, 1)).total_seconds())
            for block in timed
            if block.at is not None
        ]
        off = {timed[place].line for place in out_of_time(moments)}
        for block in self._blocks:
            locator = str(block.line)
            if block.depth:
                # A reply below what it answers; it stands once more where it was written.
                yield Skipped("duplicate", locator)
            elif block.at is None or block.line in off:
                yield Skipped("doubtful" if block.line in off else "damaged", locator)
            else:
                yield self._record(block, locator)

    def _record(self, block: _Block, locator: str) -> Record:
        at = past(block.at, self._today)
        body = block.body
        while body and not body[-1].strip():
            body = body[:-1]
        if not _is_head(block):
            if body or not block.rest.startswith(" "):
                return Skipped("doubtful", locator)
            return tell(locator, self._chat, None, at, Said(Kind.SYSTEM, block.rest.strip()))
        name = bare(body[0]) if body else ""
        if not name or len(name) > 120:
            return Skipped("unclear_sender", locator)
        sender = self._me if name == "Me" else Sender(name, name)
        return tell(locator, self._chat, sender, at, self._said(body[1:]))

    def _said(self, body: list[str]) -> Said:
        words: list[str] = []
        media: list[MediaRef] = []
        edited = deleted = tapbacks = reply = sticker = False
        for line in body:
            if tapbacks and line.startswith("    "):
                continue
            tapbacks = line == "Tapbacks:" or line == "Stickers:"
            if tapbacks:
                continue
            if line == _REPLY:
                reply = True
            elif line == _DELETED or _UNSENT.fullmatch(line):
                deleted = True
            elif (change := _EDITED.fullmatch(line)) is not None:
                words, edited = [change["text"]], True
            elif _PATH.fullmatch(line):
                media.append(attached(self._entry, self._files, line))
            elif _STICKER.fullmatch(line):
                sticker = True
            elif not _EFFECT.fullmatch(line):
                words.append(line)
        text = "\n".join(words).strip("\n\ufffc ")
        kind = Kind.TEXT
        if media:
            kind = _kind(media[0].path)
        elif not text:
            kind = Kind.DELETED if deleted else Kind.STICKER if sticker else Kind.UNKNOWN
        return Said(
            kind, text, reply_to="earlier" if reply else None, media=tuple(media), edited=edited
        )


def _kind(path: str) -> Kind:
    return Kind.VOICE if path.casefold().endswith(".caf") else kind_of(path)


def _is_head(block: _Block) -> bool:
    return not block.rest or _READ.fullmatch(block.rest) is not None

"""signal-export's folders: ``chat.md`` (a line a message) and, since its version 2, ``data.json``.

Written from the tool's own description of its output; no real export was at hand. Where both lie
in a folder the objects are read, which say for certain where a message ends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from urllib.parse import unquote

from ofrenda.archive.clockwork import out_of_time, seconds_of, wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, past
from ofrenda.archive.jsonstream import list_of, map_of, not_whole, text_of
from ofrenda.archive.quoting import without_quotes
from ofrenda.archive.sidefiles import kind_of, named_file
from ofrenda.archive.telling import Chat, Said, Sender, bare, fingerprint, tell
from ofrenda.types import Kind, MediaRef

_HEAD = re.compile(
    r"\[(?P<day>\d{4}-\d\d-\d\d),? (?P<clock>\d\d:\d\d(?::\d\d)?)\] (?P<rest>.*)", re.DOTALL
)
_INSIDE = re.compile(r"\[\d{4}-\d\d-\d\d,? \d\d:\d\d(?::\d\d)?\] ")
_SENDER = re.compile(r"(?P<name>[^:\n]{1,120}): ?(?P<body>.*)", re.DOTALL)
_FILE = re.compile(r"!?\[(?P<name>[^\]\n]{0,300})\]\((?P<path>[^()\n]{1,400})\)")
_REACTIONS = re.compile(r"\(- .{1,400} -\)")
_OBJECT = re.compile(r'\s*\[?\s*\{\s*"date"\s*:\s*"\d{4}-\d\d-\d\d')
_STAMP, _DIGITS = 23, 10
"""Characters of a stamp, and digits that are left of one: it has twelve or fourteen."""

_KNOWN = frozenset(
    {
        "date", "sender", "body", "quote", "sticker", "reactions", "attachments", "deleted", "call",
        "missed",
    }
)  # fmt: skip
_CALL = re.compile(r"(?:Incoming|Outgoing|Missed) (?:(?:voice|video) )?call(?: \([^()]{1,60}\))?")
_GONE = "(This message was deleted)"
_STICKER = re.compile(r"\(\( .{0,40} \)\)|\[[^\]\n]{0,40}\]\(\.\./exported_stickers/[^()\n]+\)")
_NOBODY = "No-Sender"
_LONGEST = 4 * 2**20


class SignalExport:
    """The importer."""

    name = "signal-export"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the first line, or the keys of the first object."""
        text = (peek(head) or "").lstrip("\ufeff")
        if _OBJECT.match(text) and '"sender"' in text and '"attachments"' in text:
            return 0.95
        first = [line for line in text.split("\n")[:200] if line.strip()]
        heads = [line for line in first if (m := _HEAD.match(line)) and _SENDER.match(m["rest"])]
        begins = bool(first) and _HEAD.match(first[0]) is not None
        named = PurePosixPath(entry.name).name == "chat.md"
        # Two spaces at the end of each line are the tool's own.
        own = sum(line.rstrip("\r").endswith("  ") for line in heads)
        if not begins or not heads:
            return 0.0
        return 0.92 if named or own * 2 > len(heads) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every message of one of the two forms."""
        messages = list(_objects(entry) if _is_objects(entry) else _lines(entry))
        if not any(one.at is not None for one in messages):
            raise not_whole()
        beside = (PurePosixPath(entry.name).parent / "data.json").as_posix()
        other = files.entries.get(beside)
        if other is not None and not _is_objects(entry) and _is_objects(other):
            return Reading(records=())
        reading = Reading(records=_Folder(entry, files, circumstances, messages).records())
        reading.warnings.append(
            "The export does not say in which time zone its times are. They are kept as written."
        )
        return reading


IMPORTER = SignalExport()


def _is_objects(entry: Entry) -> bool:
    return _OBJECT.match((peek(entry.head()) or "").lstrip("\ufeff")) is not None


@dataclass(slots=True)
class _Message:
    """A message as it lies there; ``sender`` is None where that is damaged."""

    locator: str
    at: Instant | None
    precision: str
    sender: str | None
    body: str
    quote: str = ""
    sticker: bool = False
    files: list[tuple[str, str]] = field(default_factory=list)
    gone: bool = False
    pasted: str = ""


def _objects(entry: Entry) -> Iterator[_Message]:
    """One object a line, with or without a comma, or a list of them."""
    held = ""
    for number, line in enumerate(lines(entry, find_code(entry)), 1):
        part = line.strip().lstrip("\ufeff")
        if not held:
            part = part.lstrip("[").strip()
        if not part or part in ("]", ",", "[", "],"):
            continue
        if held and _OBJECT.match(part):
            yield _Message(f"before {number}", None, "s", None, "")
            held = ""
        held = f"{held}\n{part}" if held else part
        try:
            found = json.loads(held.rstrip("], ") if held.endswith(("},", "}]")) else held)
        except (ValueError, RecursionError):
            if len(held) < _LONGEST and not held.rstrip(", ]").endswith("}"):
                continue
            found = None
        held = ""
        yield _object(str(number), map_of(found))
    if held:
        yield _Message("end", None, "s", None, "")


def _object(locator: str, found: dict[str, object]) -> _Message:
    at, precision = wall(text_of(found.get("date")) or "")
    files = [
        (text_of(one.get("name")) or "", text_of(one.get("path")) or "")
        for one in map(map_of, list_of(found.get("attachments")))
    ]
    sender = text_of(found.get("sender")) if set(found) <= _KNOWN else None
    quote = text_of(found.get("quote")) or ""
    return _Message(
        locator,
        at,
        precision,
        sender,
        text_of(found.get("body")) or "",
        "\n".join(line.lstrip("> ") for line in quote.strip("\n").split("\n")).strip("\n"),
        bool(found.get("sticker")),
        files,
        found.get("deleted") is True,
    )


def _lines(entry: Entry) -> Iterator[_Message]:
    current: _Message | None = None
    for number, line in enumerate(lines(entry, find_code(entry)), 1):
        line = line.lstrip("\ufeff") if number == 1 else line
        head = _HEAD.match(line)
        if head is None and not _nearly(line):
            if current is not None:
                _go_on(current, "\n" + line)
            elif line.strip():
                yield _Message(str(number), None, "s", None, "")
            continue
        if current is not None:
            yield current
        at, precision = wall(f"{head['day']} {head['clock']}") if head else (None, "s")
        told = _SENDER.match(head["rest"]) if head else None
        current = _Message(str(number), at, precision, told["name"] if told else None, "")
        _go_on(current, told["body"] if told else "")
    if current is not None:
        yield current


def _go_on(message: _Message, words: str) -> None:
    """Add to a message. What stands behind another message's beginning in the middle of a line was
    pasted, or the end of a line is lost: it is not this sender's."""
    inside = None if message.pasted else _INSIDE.search(words)
    if message.pasted:
        message.pasted += words
    elif inside is None:
        message.body += words
    else:
        message.body += words[: inside.start()]
        message.pasted = words[inside.start() :]


def _nearly(line: str) -> bool:
    """Whether a line begins as a message does, with a letter or two of its stamp damaged."""
    begin = line[:_STAMP]
    digits = sum(mark.isdigit() for mark in begin)
    return digits >= _DIGITS and ":" in begin and sum(mark.isalpha() for mark in begin) <= 3


class _Folder:
    def __init__(
        self,
        entry: Entry,
        files: Container,
        circumstances: Circumstances,
        messages: list[_Message],
    ) -> None:
        self._entry = entry
        self._files = files
        self._today = circumstances.today
        self._messages = messages
        parent = PurePosixPath(entry.name).parent.name
        title = bare(parent or files.name) or "Signal"
        first = next(one for one in messages if one.at is not None)
        # Whose telephone it was is nowhere said: this folder's "Me" is nobody else's.
        mark = fingerprint(title, first.at.local if first.at else "", first.sender or "")
        self._me = Sender(f"me:{mark}", "Me")
        others = {bare(one.sender) for one in messages if one.sender} - {"Me", _NOBODY}
        group = len(others) > 1 or (bool(others) and title not in others)
        self._chat = Chat("signal", f"{self._me.key}\n{title}", title, group)

    def records(self) -> Iterator[Record]:
        """Every message, in the file's order."""
        timed = [one for one in self._messages if one.at is not None]
        off = out_of_time([seconds_of(one.at) for one in timed if one.at is not None])
        late = {id(timed[place]) for place in off}
        for one in self._messages:
            name = bare(one.sender or "")
            if one.at is None or not name:
                yield Skipped("damaged", one.locator)
            elif id(one) in late:
                yield Skipped("doubtful", one.locator)
            elif name == _NOBODY:
                yield Skipped("unclear_sender", one.locator)
            else:
                yield self._record(one, name)

    def _record(self, one: _Message, name: str) -> Record:
        body, media, sticker = self._taken_out(one)
        own, quoted = (body, one.quote) if one.quote else without_quotes(body, "> ")
        if one.pasted:
            quoted = f"{quoted}\n{one.pasted}" if quoted else one.pasted
        kind = Kind.TEXT
        if one.gone or own == _GONE:
            kind, own = Kind.DELETED, None
        elif media:
            kind = kind_of(media[0].path)
        elif own and _CALL.fullmatch(own.strip()):
            kind, own = Kind.CALL, None
        elif not own and not quoted:
            kind = Kind.STICKER if sticker else Kind.UNKNOWN
        sender = self._me if name == "Me" else Sender(name, name)
        at = past(one.at, self._today)
        said = Said(kind, own, quoted, media=media)
        return tell(one.locator, self._chat, sender, at, said, precision=one.precision)

    def _taken_out(self, one: _Message) -> tuple[str, tuple[MediaRef, ...], bool]:
        """The words without files and reactions, the files, and whether there is a sticker."""
        media = [self._file(path) for _, path in one.files]
        sticker = one.sticker
        kept: list[str] = []
        for line in one.body.split("\n"):
            words, stickers = _STICKER.subn("", line)
            sticker |= stickers > 0
            for found in _FILE.finditer(words):
                if found["path"].startswith(("./media/", "media/")):
                    media.append(self._file(found["path"]))
                    words = words.replace(found[0], "")
            if _REACTIONS.fullmatch(words.strip()) is None:
                kept.append(words.rstrip(" ") if words.endswith("  ") else words)
        return "\n".join(kept).strip("\n "), tuple(one for one in media if one), sticker

    def _file(self, path: str) -> MediaRef | None:
        """A file of the folder; blanks in its name are written as in an address."""
        plain = path.removeprefix("./")
        for each in dict.fromkeys((plain, unquote(plain))):
            found = named_file(self._entry, self._files, each)
            if found is not None and found.exists:
                return found
        return named_file(self._entry, self._files, unquote(plain))

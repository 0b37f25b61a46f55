"""ChatLab's open form, JSON and JSONL: also the generic door for chats from anywhere.

A message may carry an object ``ofrenda`` with what the form itself has no place for: ``local``
(the wall clock), ``precision``, ``kind``, ``quoted``, ``forwarded``, ``edited`` and ``media``
(a list of paths beside the file). Where it says ``exact`` (our own export), sender, clock and words
are taken as they stand: ``local`` and ``utc`` are then the only times. The head's ``meta`` may hold
``ofrenda`` with the conversation's ``key`` and ``is_group``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from ofrenda.archive.clockwork import agreed, wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, since_epoch
from ofrenda.archive.jsonstream import BadJson, list_of, map_of, not_whole, text_of, values
from ofrenda.archive.telling import Chat, Said, Sender, attached, bare, tell
from ofrenda.types import Kind

_KINDS = {
    0: Kind.TEXT,
    1: Kind.IMAGE,
    2: Kind.VOICE,
    3: Kind.VIDEO,
    4: Kind.FILE,
    5: Kind.STICKER,
    7: Kind.LINK,
    8: Kind.LOCATION,
    23: Kind.CALL,
    24: Kind.LINK,
    25: Kind.TEXT,
    26: Kind.LINK,
    27: Kind.CONTACT,
    80: Kind.SYSTEM,
    81: Kind.DELETED,
}
_OWN_WORDS = frozenset({Kind.TEXT, Kind.SYSTEM})
_FORWARD = 26
_PLATFORM = re.compile(r"[a-z0-9_\-]{1,24}")
_LINK = re.compile(r"https?://\S+")
_PLACEHOLDER = re.compile(r"\[[^\[\]\n]{1,20}\]")
_LONGEST_LINE = 2 * 2**20
_MILLISECONDS = 10**11
"""From here on a number counts milliseconds: as seconds it would be the year 5138."""

_PRECISIONS = ("s", "min", "day")
_HEADS = ("chatlab", "meta", "members.item")
_HEADER = re.compile(r'"_type"\s*:\s*"header"')


@dataclass(slots=True)
class _File:
    """What the file says of itself, and who writes in it."""

    entry: Entry
    files: Container
    meta: dict[str, object] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    senders: set[str] = field(default_factory=set)
    records: int = 0

    def note_member(self, member: dict[str, object]) -> None:
        """A member's id and name."""
        key = text_of(member.get("platformId"))
        name = text_of(member.get("groupNickname")) or text_of(member.get("accountName"))
        if key and name:
            self.names[key] = name

    def note(self, message: dict[str, object]) -> None:
        """A message, in the first reading."""
        self.records += 1
        key = text_of(message.get("sender"))
        if key and message.get("type") not in (80, 81):
            self.senders.add(bare(key))

    def chat(self) -> Chat:
        """The conversation: one file is one."""
        platform = str(self.meta.get("platform") or "").casefold()
        platform = platform if _PLATFORM.fullmatch(platform) else "chatlab"
        own = map_of(self.meta.get("ofrenda"))
        if isinstance(key := own.get("key"), str) and isinstance(
            group := own.get("is_group"), bool
        ):
            return Chat(platform, key, text_of(self.meta.get("name")) or key, group)
        title = bare(text_of(self.meta.get("name")) or "")
        if self.meta.get("type") in ("private", "direct") and len(self.senders) <= 2:
            names = self.senders or {title}
            key = "direct:" + "\n".join(sorted(names))
            return Chat(platform, key, title or " & ".join(sorted(names)), False)
        group = text_of(self.meta.get("groupId")) or title or "\n".join(sorted(self.senders))
        return Chat(platform, f"group:{bare(group)}", title or group, True)


class ChatLab:
    """The importer."""

    name = "chatlab"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the key ``chatlab``, which stands at the beginning of both forms."""
        begin = _begin(head)
        if _is_lines(begin):
            return 0.95 if '"chatlab"' in begin else 0.9
        if begin.startswith("{") and re.search(r'"chatlab"\s*:\s*\{', begin):
            return 0.95 if '"meta"' in begin or '"messages"' in begin else 0.6
        return 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """What the file says of itself first, wherever it stands; then its messages."""
        found = _File(entry, files)
        in_lines = _is_lines(_begin(entry.head()))
        if in_lines:
            for _, value in _lines(entry):
                if isinstance(value, dict):
                    _note_line(found, value)
        else:
            with suppress(BadJson):
                for place, value in values(entry, {*_HEADS, "messages.item"}):
                    if place == "meta":
                        found.meta = map_of(value)
                    elif place == "members.item":
                        found.note_member(map_of(value))
                    elif place == "messages.item":
                        found.note(map_of(value))
        if not found.records:
            raise not_whole()
        return Reading(records=_from_lines(found) if in_lines else _from_object(found))


IMPORTER = ChatLab()


def _begin(head: bytes) -> str:
    text = peek(head) or ""
    begin = text.lstrip("\ufeff \r\n\t")
    while begin.startswith("#"):
        begin = begin.partition("\n")[2].lstrip()
    return begin


def _is_lines(begin: str) -> bool:
    return begin.startswith("{") and _HEADER.search(begin.partition("\n")[0]) is not None


def _lines(entry: Entry) -> Iterator[tuple[str, object]]:
    """Each line's number and object, or the reason why it is none."""
    for number, line in enumerate(lines(entry, find_code(entry)), 1):
        line = line.lstrip("\ufeff").strip()
        if not line or line.startswith("#"):
            continue
        if len(line) > _LONGEST_LINE:
            yield str(number), "too_long"
            continue
        try:
            value = json.loads(line) if _shallow(line) else None
        except (ValueError, RecursionError):
            value = None
        yield str(number), value if isinstance(value, dict) else "damaged"


def _shallow(line: str) -> bool:
    return line.count("{") + line.count("[") <= 500 or "[[[[[[[[" not in line.replace(" ", "")


def _note_line(found: _File, value: dict[str, object]) -> None:
    kind = value.get("_type")
    if kind == "header":
        found.meta = map_of(value.get("meta")) or found.meta
    elif kind == "member":
        found.note_member(value)
    elif kind == "message":
        found.note(value)


def _from_lines(found: _File) -> Iterator[Record]:
    chat = found.chat()
    for locator, value in _lines(found.entry):
        if isinstance(value, str):
            yield Skipped(value, locator)
        elif isinstance(value, dict) and value.get("_type") == "message":
            yield _record(found, chat, locator, value)
        elif isinstance(value, dict) and value.get("_type") not in ("header", "member"):
            yield Skipped("damaged", locator)


def _from_object(found: _File) -> Iterator[Record]:
    chat = found.chat()
    number = 0
    try:
        for _, value in values(found.entry, {"messages.item"}):
            locator = f"/messages/{number}"
            number += 1
            if isinstance(value, dict):
                yield _record(found, chat, locator, value)
            else:
                yield Skipped("damaged", locator)
    except BadJson:
        yield Skipped("damaged", f"/messages/{number}")


def _record(found: _File, chat: Chat, locator: str, message: dict[str, object]) -> Record:
    content, number = message.get("content"), message.get("type")
    if not isinstance(content, str | None) or not isinstance(number, int):
        return Skipped("damaged", locator)
    more = map_of(message.get("ofrenda"))
    sender = None
    if more.get("exact") and isinstance(key := message.get("sender"), str):
        sender = Sender(key, text_of(message.get("accountName")) or key)
    elif key := bare(text_of(message.get("sender")) or ""):
        name = text_of(message.get("groupNickname")) or text_of(message.get("accountName"))
        sender = Sender(key, bare(name or found.names.get(key, "")) or key)
    at, precision = _moment(message.get("timestamp"), more)
    said = _said(found, number, content or "", message, more)
    return tell(locator, chat, sender, at, said, precision=precision)


def _moment(stamp: object, more: dict[str, object]) -> tuple[Instant | None, str]:
    if more.get("exact"):
        return _exact(more)
    epoch = None
    if isinstance(stamp, int | float) and not isinstance(stamp, bool):
        epoch = since_epoch(stamp / 1000 if stamp >= _MILLISECONDS else float(stamp))
    written = text_of(more.get("local"))
    if written is None:
        return epoch, "s"
    local, _ = wall(written)
    precision = str(more.get("precision"))
    precision = precision if precision in _PRECISIONS else "s"
    if local is None or stamp is None:
        return local, precision
    return None if epoch is None else agreed(local, epoch), precision


def _exact(more: dict[str, object]) -> tuple[Instant | None, str]:
    local, utc, precision = more.get("local"), more.get("utc"), str(more.get("precision"))
    try:
        clock = datetime.fromisoformat(str(local))
        moment = None if utc is None else datetime.fromisoformat(str(utc))
    except ValueError:
        return None, "s"
    sound = clock.tzinfo is None and clock.isoformat() == local and precision in _PRECISIONS
    if not sound or (moment is not None and moment.utcoffset() != timedelta(0)):
        return None, "s"
    return Instant(str(local), moment), precision


def _said(
    found: _File, number: int, content: str, message: dict[str, object], more: dict[str, object]
) -> Said:
    kind = _KINDS.get(number, Kind.UNKNOWN)
    with suppress(ValueError):
        kind = Kind(str(more["kind"])) if "kind" in more else kind
    paths = [path for path in list_of(more.get("media")) if isinstance(path, str)]
    media = tuple(attached(found.entry, found.files, path) for path in paths)
    quoted = text_of(more.get("quoted"))
    forwarded = more.get("forwarded") is True or number == _FORWARD
    text: str | None = content
    if more.get("exact"):
        edited = more.get("edited") is True
        return Said(kind, content, quoted, forwarded, _reply(message), media, edited)
    if kind is Kind.DELETED or (not more and _PLACEHOLDER.fullmatch(content)):
        text = content if kind is Kind.TEXT else None
    elif not more and kind not in _OWN_WORDS:
        # A link alone, what was heard in a recording: the sender's. A card's title is not.
        own = kind is Kind.VOICE or (kind is Kind.LINK and _LINK.fullmatch(content))
        text, quoted = (content, None) if own and not forwarded else (None, content or None)
    edited = more.get("edited") is True
    return Said(kind, text, quoted, forwarded, _reply(message), media, edited)


def _reply(message: dict[str, object]) -> str | None:
    return text_of(message.get("replyToMessageId"))

"""Discord's own data package: ``messages/c.../messages.json`` (or ``.csv``), the owner's side
alone. Whose it is stands in ``account/user.json``."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.discord import PLATFORM
from ofrenda.archive.instants import Instant, aware, whole
from ofrenda.archive.jsonstream import BadJson, TooLarge, map_of, text_of, values
from ofrenda.archive.mending import is_lost, mended
from ofrenda.archive.quoting import without_quotes
from ofrenda.archive.tabular import first_row, rows
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind

_COLUMNS = ["ID", "Timestamp", "Contents", "Attachments"]
_JSON = re.compile(
    r'\s*\[\s*\{\s*"ID"\s*:\s*"?\d{15,20}"?\s*,\s*"Timestamp"\s*:\s*"[^"]{10,40}"\s*,\s*"Contents"'
)
_ROW = re.compile(r"\d{15,20},")
_INNER_ROW = re.compile(r"^\d{15,20},\"?\d{4}-\d\d-\d\d ", re.MULTILINE)
_SMALL = 2**20
_DISCORD_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)
"""Message ids count milliseconds from here, in their upper 42 bits (Discord's API reference)."""

_FURTHEST = 14 * 3600
_QUARTER = 15 * 60
"""Seconds: a wall clock differs from UTC by quarters of an hour, up to 14 hours."""


class DiscordPackage:
    """The importer."""

    name = "discord-package"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the four columns."""
        text = peek(head)
        if text is None:
            return 0.0
        if _JSON.match(text.lstrip("\ufeff")):
            return 0.95
        return 0.95 if first_row(text) == _COLUMNS else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every message of one channel, all by the account's owner."""
        sender = _owner(entry, files)
        chat = _chat(entry, files)
        reading = Reading(records=())
        reading.advice.append(
            "Discord's package holds only what the account's owner wrote, without the answers."
        )
        if first_row(peek(entry.head()) or "") == _COLUMNS:
            code = find_code(entry, circumstances.answers.get("encoding"))
            found = _from_table(lines(entry, code))
        else:
            found = _from_list(entry)
        reading.records = (
            one if isinstance(one, Skipped) else _record(*one, chat, sender) for one in found
        )
        return reading


IMPORTER = DiscordPackage()

_Row = tuple[str, object, object, object, object]
"""Locator, id, time, words, attachments."""


def _from_list(entry: Entry) -> Iterator[_Row | Skipped]:
    place = -1
    try:
        for place, (_, value) in enumerate(values(mended(entry), {"item"})):
            locator = f"/{place}"
            if isinstance(value, TooLarge):
                yield Skipped("too_long", locator)
                continue
            message = map_of(value)
            if not message or is_lost(value):
                yield Skipped("damaged", locator)
                continue
            number, stamp, words, files = (message.get(column) for column in _COLUMNS)
            yield locator, number, stamp, words, files
    except BadJson:
        yield Skipped("damaged", f"/{place + 1}")


def _from_table(source: Iterator[str]) -> Iterator[_Row | Skipped]:
    for row in rows(source, _ROW.match):
        locator = str(row.line)
        if row.reason is not None:
            yield Skipped(row.reason, locator)
        elif len(row.cells) != len(_COLUMNS) or _INNER_ROW.search(row.cells[2]):
            yield Skipped("damaged", locator)
        else:
            yield (locator, row.cells[0], row.cells[1], row.cells[2], row.cells[3])


def _record(
    locator: str,
    number: object,
    stamp: object,
    contents: object,
    attachments: object,
    chat: Chat,
    sender: Sender,
) -> Record:
    words = contents if isinstance(contents, str) else ""
    own, quoted = without_quotes(words)
    kind = Kind.TEXT if own or quoted else Kind.FILE if attachments else Kind.UNKNOWN
    return tell(locator, chat, sender, _moment(number, stamp), Said(kind, own, quoted))


def _moment(number: object, stamp: object) -> Instant | None:
    """The moment that the id counts, in UTC; None where the written time contradicts it."""
    count = whole(number)
    if count is None or not 2**22 < count < 2**64:
        return None
    at = aware(_DISCORD_EPOCH + timedelta(milliseconds=count >> 22))
    written = wall(stamp)[0] if isinstance(stamp, str) else None
    if at is None or at.utc is None or written is None:
        return None
    stated = written.utc or datetime.fromisoformat(written.local).replace(tzinfo=UTC)
    apart = round((stated - at.utc).total_seconds())
    if written.utc is None:
        quarters = round(apart / _QUARTER)
        return at if abs(apart - quarters * _QUARTER) <= 2 and abs(apart) <= _FURTHEST else None
    return at if abs(apart) <= 2 else None


def _owner(entry: Entry, files: Container) -> Sender:
    for folder in PurePosixPath(entry.name).parents:
        for place in ("account/user.json", "Account/user.json"):
            found = files.entries.get((folder / place).as_posix())
            if found is None:
                continue
            try:
                stated = dict(values(mended(found), {"id", "username", "global_name"}))
            except BadJson:
                continue
            key = text_of(stated.get("id"))
            if key is not None and not is_lost(key):
                name = text_of(stated.get("global_name")) or text_of(stated.get("username"))
                return Sender(key, name or key)
    raise ArchiveError(
        "These messages are a part of a Discord data package that does not say whose they are. "
        "Add the whole package, with the folder 'account' in it."
    )


def _chat(entry: Entry, files: Container) -> Chat:
    """The channel, from ``channel.json`` beside the messages; a folder's name without it."""
    folder = PurePosixPath(entry.name).parent
    key, title, group = folder.name.removeprefix("c"), "", False
    found = files.entries.get((folder / "channel.json").as_posix())
    if found is not None and found.size <= _SMALL:
        try:
            wanted = {"id", "type", "name", "guild"}
            stated = dict(values(mended(found), wanted))
        except BadJson:
            stated = {}
        key = text_of(stated.get("id")) or key
        # What does not say that it is one stays private: it is never shown to everybody.
        kind = text_of(stated.get("type")) or ""
        group = "guild" in stated or kind == "3" or kind.startswith(("GUILD", "GROUP"))
        server = text_of(map_of(stated.get("guild")).get("name"))
        name = text_of(stated.get("name")) or ""
        title = f"{server} / {name}" if server and name else server or name
    return Chat(PLATFORM, f"channel:{key}", title or f"Discord {key}", group)

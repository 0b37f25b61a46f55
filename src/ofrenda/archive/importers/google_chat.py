"""Google Takeout's Chat: ``Groups/DM .../messages.json`` with its ``group_info.json``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import chain, islice
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.whatsapp.bodies import kind_of
from ofrenda.archive.instants import Instant, aware, past
from ofrenda.archive.jsonstream import (
    TOO_LARGE,
    BadJson,
    list_of,
    map_of,
    not_whole,
    text_of,
    values,
)
from ofrenda.archive.telling import Chat, Said, Sender, attached, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind

_BEGINS = re.compile(r'\s*\{\s*"messages"\s*:\s*\[')
_INFO = re.compile(r'\s*\{\s*"(?:name|members|user|membership_info)"\s*:')
_INFO_NAMES = ("group_info.json", "user_info.json")
_DATE = re.compile(
    r"(?P<weekday>[A-Z][a-z]+), (?P<month>[A-Z][a-z]+) (?P<day>\d{1,2}), (?P<year>\d{4}) at "
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2}):(?P<second>\d{2})\s?(?P<half>[AP]M)? UTC"
)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MAX_INFO = 4 * 2**20


class GoogleChat:
    """The importer."""

    name = "google-chat"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the keys of its messages."""
        text = peek(head)
        if text is None:
            return 0.0
        text = text.lstrip("\ufeff")
        if _BEGINS.match(text) and '"creator"' in text and '"created_date"' in text:
            return 0.95
        named = PurePosixPath(entry.name).name in _INFO_NAMES
        return 0.8 if named and _INFO.match(text) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every message. What describes a group or the owner holds none."""
        if PurePosixPath(entry.name).name in _INFO_NAMES:
            return Reading(records=())
        reading = Reading(records=())
        items = _items(entry)
        first = list(islice(items, 1))
        if first and isinstance(first[0], BadJson):
            raise not_whole()
        chat = _chat(entry, files)
        reading.records = _records(
            entry, files, chat, circumstances.today, reading, chain(first, items)
        )
        return reading


IMPORTER = GoogleChat()


def _items(entry: Entry) -> Iterator[object]:
    """Each message as it stands; a :class:`BadJson` last where the file breaks off."""
    try:
        for _, value in values(entry, {"messages.item"}):
            yield value
    except BadJson as error:
        yield error


def _records(
    entry: Entry,
    files: Container,
    chat: Chat,
    today: date,
    reading: Reading,
    items: Iterable[object],
) -> Iterator[Record]:
    undated = 0
    for number, item in enumerate(items):
        locator = f"/messages/{number}"
        if isinstance(item, BadJson):
            yield Skipped("damaged", locator)
        elif item is TOO_LARGE:
            yield Skipped("too_long", locator)
        else:
            message = map_of(item)
            at = past(_instant(text_of(message.get("created_date"))), today)
            undated += at is None
            yield _record(entry, files, chat, message, at, locator)
    if undated:
        reading.advice.append(
            "Dates in this export are not written in English and UTC. Set the language of the "
            "Google account to English, export once more and add that."
        )


def _record(
    entry: Entry,
    files: Container,
    chat: Chat,
    message: dict[str, object],
    at: Instant | None,
    locator: str,
) -> Record:
    creator = map_of(message.get("creator"))
    name, mail = text_of(creator.get("name")), text_of(creator.get("email"))
    sender = None
    if mail:
        sender = Sender(mail.casefold(), name or mail)
    elif name:
        sender = Sender(f"name:{name}", name)
    text = text_of(message.get("text"))
    quoted = map_of(message.get("quoted_message_metadata"))
    media = []
    for part in list_of(message.get("attached_files")):
        wanted = text_of(map_of(part).get("export_name")) or text_of(
            map_of(part).get("original_name")
        )
        if wanted:
            media.append(attached(entry, files, wanted))
    kind = Kind.TEXT
    if media:
        kind = kind_of(media[0].path)
    elif text is None:
        deleted = "deletion_metadata" in message or message.get("message_state") == "DELETED"
        if deleted:
            kind = Kind.DELETED
        elif list_of(message.get("annotations")):
            kind = Kind.UNKNOWN
        else:
            return Skipped("empty", locator)
    said = Said(
        kind,
        text,
        text_of(quoted.get("text")),
        reply_to=text_of(quoted.get("message_id")),
        media=tuple(media),
    )
    return tell(text_of(message.get("message_id")) or locator, chat, sender, at, said)


def _instant(written: str | None) -> Instant | None:
    match = _DATE.fullmatch(written) if written else None
    if match is None:
        return None
    hour = int(match["hour"])
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"] == "PM" else 0)
    try:
        moment = datetime(
            int(match["year"]),
            _MONTHS.index(match["month"]) + 1,
            int(match["day"]),
            hour,
            int(match["minute"]),
            int(match["second"]),
            tzinfo=UTC,
        )
    except ValueError:
        return None
    return aware(moment) if _DAYS[moment.weekday()] == match["weekday"] else None


def _chat(entry: Entry, files: Container) -> Chat:
    folder = PurePosixPath(entry.name).parent
    info: dict[str, object] = {}
    beside = files.entries.get((folder / "group_info.json").as_posix())
    if beside is not None:
        try:
            with beside.open() as file:
                info = map_of(json.loads(file.read(_MAX_INFO)))
        except (ArchiveError, ValueError, RecursionError):
            info = {}
    members = [map_of(one) for one in list_of(info.get("members"))]
    names = [text_of(one.get("name")) or text_of(one.get("email")) or "" for one in members]
    direct = folder.name.startswith("DM ") and len(members) <= 2
    title = text_of(info.get("name")) or " & ".join(filter(None, names[:4])) or folder.name
    return Chat("google-chat", folder.name or title or "chat", title or "Chat", not direct)

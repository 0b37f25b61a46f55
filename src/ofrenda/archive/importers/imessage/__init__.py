"""Apple's Messages: ``chat.db`` of a Mac, or the same file out of an iPhone's backup."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.imessage.database import (
    DAMAGE,
    Row,
    columns,
    damaged,
    opened,
    rows,
)
from ofrenda.archive.importers.imessage.typedstream import words_of
from ofrenda.archive.instants import APPLE_EPOCH, Instant, past, since_epoch
from ofrenda.archive.telling import Chat, Said, Sender, attached, fingerprint, tell
from ofrenda.types import Kind, MediaRef

_MAGIC = b"SQLite format 3\0"
_TABLES = (b"CREATE TABLE message", b"CREATE TABLE handle", b"chat_message_join")
_BACKUP_NAME = "3d0d7e5fb2ce288813306e4d4636395e047a3d28"
_NANOSECONDS_FROM = 10**12
_GROUP_STYLE = 43
_OWNER_NAME = "Owner of the phone"
_LINK = "com.apple.messages.URLBalloonProvider"
_COLUMNS = (
    "guid", "text", "attributedBody", "date", "is_from_me", "is_sent", "is_read", "error",
    "handle_id", "item_type", "group_action_type", "group_title", "associated_message_type",
    "thread_originator_guid", "date_edited", "date_retracted", "balloon_bundle_id",
    "is_audio_message", "cache_has_attachments",
)  # fmt: skip


class IMessage:
    """The importer."""

    name = "imessage"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """A SQLite file with the tables of Messages."""
        if not head.startswith(_MAGIC):
            return 0.0
        name = entry.name.rpartition("/")[2]
        if all(table in head for table in _TABLES[:2]) or _TABLES[2] in head:
            return 0.95
        return 0.8 if name in ("chat.db", "sms.db", _BACKUP_NAME) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every row of the table of messages."""
        log = files.entries.get(f"{entry.name}-wal")
        connection = opened(entry, log)
        try:
            database = _Database(connection, entry, files, circumstances.today)
            first = next(rows(connection, "message", _COLUMNS), None)
        except DAMAGE:
            connection.close()
            raise damaged() from None
        reading = Reading(records=())
        if first is not None and log is None and not entry.name.endswith(_BACKUP_NAME):
            reading.advice.append(
                "If a file chat.db-wal lies beside chat.db, add the folder with both: the newest "
                "messages may be in it."
            )
        reading.records = database.records()
        return reading


IMPORTER = IMessage()


@dataclass(frozen=True, slots=True)
class _Attachment:
    path: str
    mime: str


class _Database:
    def __init__(
        self, connection: sqlite3.Connection, entry: Entry, files: Container, today: date
    ) -> None:
        self._connection = connection
        self._entry = entry
        self._files = files
        self._today = today
        self._has_sent = "is_sent" in columns(connection, "message")
        self._handles = {
            _whole(row["rowid"]): _key(row["id"]) for row in rows(connection, "handle", ("id",))
        }
        self._owner = Sender(f"owner:{self._oldest()}", _OWNER_NAME)
        self._chats = self._read_chats()
        self._places: dict[int, int] = {}
        several: set[int] = set()
        for row in rows(connection, "chat_message_join", ("chat_id", "message_id")):
            message, chat = _whole(row["message_id"]), _whole(row["chat_id"])
            if self._places.setdefault(message, chat) != chat:
                several.add(message)
        self._several = several
        self._attachments = self._read_attachments()

    def _oldest(self) -> str:
        """What tells one person's database from another's: its oldest message, seen from here."""
        oldest: tuple[int, str, int, str] | None = None
        for row in rows(self._connection, "message", ("date", "guid", "is_from_me", "handle_id")):
            when = _whole(row["date"])
            if when <= 0:
                continue
            handle = self._handles.get(_whole(row["handle_id"]), "")
            found = (when, str(row["guid"]), _whole(row["is_from_me"]), handle)
            oldest = found if oldest is None or found < oldest else oldest
        return fingerprint(*(str(part) for part in oldest or ("",)))

    def _read_chats(self) -> dict[int, Chat]:
        members: dict[int, list[str]] = {}
        for row in rows(self._connection, "chat_handle_join", ("chat_id", "handle_id")):
            handle = self._handles.get(_whole(row["handle_id"]))
            if handle:
                members.setdefault(_whole(row["chat_id"]), []).append(handle)
        found = {}
        wanted = ("guid", "chat_identifier", "display_name", "style")
        for row in rows(self._connection, "chat", wanted):
            number = _whole(row["rowid"])
            people = sorted(set(members.get(number, [])))
            group = _whole(row["style"]) == _GROUP_STYLE or len(people) > 1
            identifier = _string(row["chat_identifier"]) or _string(row["guid"]) or str(number)
            key = (_string(row["guid"]) or identifier) if group else _key(identifier)
            title = _string(row["display_name"]) or ", ".join(people[:4]) or identifier
            found[number] = Chat("imessage", f"{self._owner.key}\n{key}", title, group)
        return found

    def _read_attachments(self) -> dict[int, list[_Attachment]]:
        known = {}
        for row in rows(self._connection, "attachment", ("filename", "transfer_name", "mime_type")):
            path = _string(row["filename"]) or _string(row["transfer_name"])
            if path:
                known[_whole(row["rowid"])] = _Attachment(path, _string(row["mime_type"]) or "")
        found: dict[int, list[_Attachment]] = {}
        wanted = ("message_id", "attachment_id")
        for row in rows(self._connection, "message_attachment_join", wanted):
            if (one := known.get(_whole(row["attachment_id"]))) is not None:
                found.setdefault(_whole(row["message_id"]), []).append(one)
        return found

    def records(self) -> Iterator[Record]:
        """Every message, in the order of its row."""
        with closing(self._connection):
            last = 0
            try:
                for row in rows(self._connection, "message", _COLUMNS):
                    last = _whole(row["rowid"])
                    yield self._record(row, last)
            except DAMAGE:
                yield Skipped("damaged", str(last + 1))

    def _record(self, row: Row, number: int) -> Record:
        locator = _string(row["guid"]) or str(number)
        reaction = _whole(row["associated_message_type"])
        if 1000 <= reaction < 4000:
            return Skipped("reaction", locator)
        chat = self._chats.get(self._places.get(number, -1))
        if chat is None or number in self._several:
            return Skipped("unclear_sender", locator)
        at = past(_instant(_whole(row["date"])), self._today)
        if _whole(row["item_type"]) or _whole(row["group_action_type"]):
            return tell(locator, chat, None, at, Said(Kind.SYSTEM, _string(row["group_title"])))
        from_me = _whole(row["is_from_me"])
        sent, read = _whole(row["is_sent"]), _whole(row["is_read"])
        if from_me not in (0, 1) or (self._has_sent and from_me != sent and (sent or read)):
            # Sent from here and received here at once.
            return Skipped("unclear_sender", locator)
        if from_me and not sent and self._has_sent and _whole(row["error"]):
            return Skipped("unsent", locator)
        sender: Sender | None = self._owner
        if not from_me:
            handle = self._handles.get(_whole(row["handle_id"]))
            sender = Sender(handle, handle) if handle else None
        said = self._said(row, number)
        if said is None:
            return Skipped("damaged", locator)
        if said.kind is Kind.TEXT and not said.text:
            return Skipped("empty", locator)
        return tell(locator, chat, sender, at, said)

    def _said(self, row: Row, number: int) -> Said | None:
        text = _string(row["text"])
        body = row["attributedBody"]
        if text is None and isinstance(body, bytes) and body:
            text = words_of(body)
            if text is None:
                return None
        text = (text or "").replace("\ufffc", "").strip() or None
        if _whole(row["date_retracted"]) > 0:
            return Said(Kind.DELETED)
        held = self._attachments.get(number, [])
        media = tuple(self._file(one) for one in held)
        kind = Kind.TEXT
        if held:
            kind = Kind.VOICE if _whole(row["is_audio_message"]) else _kind(held[0])
        elif balloon := _string(row["balloon_bundle_id"]):
            kind = Kind.LINK if balloon == _LINK and text else Kind.UNKNOWN
        return Said(
            kind,
            text,
            reply_to=_string(row["thread_originator_guid"]),
            media=media,
            edited=_whole(row["date_edited"]) > 0,
        )

    def _file(self, attachment: _Attachment) -> MediaRef:
        """Where the file lies: beside the database as on a Mac, or under the name that an
        iPhone's backup gives it."""
        path = attachment.path.replace("\0", "?")
        plain = path.removeprefix("~/")
        tail = plain[plain.find("Attachments/") :] if "Attachments/" in plain else plain
        folder = self._entry.name.rpartition("/")[0]
        here = f"{folder}/{tail}" if folder else tail
        if here in self._files.entries:
            return MediaRef(here, None, True)
        hashed = hashlib.sha1(
            f"MediaDomain-{plain}".encode("utf-8", "replace"), usedforsecurity=False
        ).hexdigest()
        if (found := self._files.beside(self._entry, hashed)) is not None:
            return MediaRef(found.name, None, True)
        return attached(self._entry, self._files, path)


def _whole(value: object) -> int:
    return value if isinstance(value, int) else 0


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _key(value: object) -> str:
    return value.strip().casefold() if isinstance(value, str) else ""


def _instant(value: int) -> Instant | None:
    if value <= 0:
        return None
    seconds = value / 1e9 if value > _NANOSECONDS_FROM else float(value)
    return since_epoch(seconds + APPLE_EPOCH)


def _kind(attachment: _Attachment) -> Kind:
    if attachment.path.casefold().endswith((".caf", ".amr")):
        return Kind.VOICE
    mime = attachment.mime or ""
    return {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.VOICE}.get(
        mime.partition("/")[0], Kind.FILE
    )

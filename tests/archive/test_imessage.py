from __future__ import annotations

import hashlib
import plistlib
import random
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ofrenda.archive.importer import Skipped
from ofrenda.archive.importers.imessage import IMPORTER
from ofrenda.archive.importers.imessage.typedstream import words_of
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance

from .exports import read_export, recognised_as, said

SCHEMA = """
CREATE TABLE message (ROWID INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT UNIQUE NOT NULL,
  text TEXT, handle_id INTEGER DEFAULT 0, attributedBody BLOB, error INTEGER DEFAULT 0,
  date INTEGER, is_from_me INTEGER DEFAULT 0, is_sent INTEGER DEFAULT 0, is_read INTEGER DEFAULT 0,
  item_type INTEGER DEFAULT 0, group_title TEXT, group_action_type INTEGER DEFAULT 0,
  associated_message_guid TEXT, associated_message_type INTEGER DEFAULT 0,
  thread_originator_guid TEXT, date_edited INTEGER DEFAULT 0, date_retracted INTEGER DEFAULT 0,
  balloon_bundle_id TEXT, is_audio_message INTEGER DEFAULT 0);
CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT NOT NULL, service TEXT);
CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT, style INTEGER, chat_identifier TEXT,
  display_name TEXT);
CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);
CREATE TABLE chat_handle_join (chat_id INTEGER, handle_id INTEGER);
CREATE TABLE attachment (ROWID INTEGER PRIMARY KEY, filename TEXT, mime_type TEXT,
  transfer_name TEXT);
CREATE TABLE message_attachment_join (message_id INTEGER, attachment_id INTEGER);
INSERT INTO handle VALUES (1, '+15550001111', 'iMessage'), (2, 'Bob@Example.org', 'iMessage');
INSERT INTO chat VALUES (1, 'iMessage;-;+15550001111', 45, '+15550001111', ''),
  (2, 'iMessage;+;chat77', 43, 'chat77', 'Family');
INSERT INTO chat_handle_join VALUES (1, 1), (2, 1), (2, 2);
"""
START = 600_000_000  # seconds since 2001: 2020-01-06T10:40:00Z


def typedstream(text: str) -> bytes:
    data = text.encode()
    size = len(data)
    if size < 0x80:
        length = bytes([size])
    elif size < 0x10000:
        length = b"\x81" + size.to_bytes(2, "little")
    else:
        length = b"\x82" + size.to_bytes(4, "little")
    return (
        b"\x04\x0bstreamtyped\x81\xe8\x03\x84\x01@\x84\x84\x84\x12NSAttributedString\x00"
        b"\x84\x84\x08NSObject\x00\x85\x92\x84\x84\x84\x08NSString\x01\x94\x84\x01+"
        + length + data + b"\x86\x84\x02iI\x01\x10\x92\x84\x84\x84\x0cNSDictionary"
    )  # fmt: skip


def keyed(text: str) -> bytes:
    return plistlib.dumps(
        {
            "$version": 100000,
            "$archiver": "NSKeyedArchiver",
            "$top": {"root": plistlib.UID(1)},
            "$objects": ["$null", {"NS.string": text}],
        },
        fmt=plistlib.FMT_BINARY,
    )


class Phone:
    """A chat.db being filled, as Messages would."""

    def __init__(self) -> None:
        self.db = sqlite3.connect(":memory:")
        self.db.executescript(SCHEMA)
        self.count = 0

    def message(
        self, text: str | None, who: int | None, *, chat: int | None = 1, **more: object
    ) -> None:
        self.count += 1
        row: dict[str, object] = {
            "guid": f"G{self.count}",
            "text": text,
            "handle_id": who or 0,
            "is_from_me": int(who is None),
            "is_sent": int(who is None),
            "is_read": int(who is not None),
            "date": (START + self.count) * 10**9 + 123,
        } | more
        names = ", ".join(row)
        self.db.execute(
            f"INSERT INTO message ({names}) VALUES ({', '.join('?' * len(row))})", [*row.values()]
        )
        if chat is not None:
            self.db.execute("INSERT INTO chat_message_join VALUES (?, ?)", (chat, self.count))

    def bytes(self) -> bytes:
        self.db.commit()
        return self.db.serialize()


def golden() -> Phone:
    phone = Phone()
    phone.message("Are you up?", 1)
    phone.message(None, None, attributedBody=typedstream("yes " + "é" * 160))
    phone.message("hello all", 2, chat=2)
    phone.message(None, 1, attributedBody=keyed("from the Mac"), thread_originator_guid="G1")
    phone.message("Loved “hello all”", 1, associated_message_type=2000)
    phone.message(None, 1, chat=2, item_type=2, group_title="Bakers")
    phone.message("gone", 1, date_retracted=5)
    phone.message("fixed", None, date_edited=5)
    phone.message("\ufffc", 1)
    phone.message("seconds", 1, date=START)
    phone.message("nobody", 0, chat=1, is_from_me=0, is_sent=0)
    phone.message("no chat", 1, chat=None)
    phone.message("both ways", 1, is_sent=1)
    phone.message("failed", None, is_sent=0, error=22)
    phone.message(None, 1, attributedBody=b"\x04\x0bstreamtyped\x84\x01+\x50short")
    phone.message("undated", 1, date=0)
    phone.message("\ufffc", 1, is_audio_message=1)
    phone.message("", 1, balloon_bundle_id="com.apple.DigitalTouch")
    phone.db.execute(
        "INSERT INTO attachment VALUES (1, ?, 'image/jpeg', 'IMG_1.jpg')",
        ("~/Library/Messages/Attachments/ab/11/X/IMG_1.jpg",),
    )
    phone.db.execute(
        "INSERT INTO attachment VALUES (2, ?, 'audio/x-caf', 'Audio.caf')",
        ("~/Library/SMS/Attachments/cd/11/Y/Audio.caf",),
    )
    phone.db.execute("INSERT INTO message_attachment_join VALUES (9, 1), (17, 2)")
    return phone


PHOTO = "Messages/Attachments/ab/11/X/IMG_1.jpg"
CAF = hashlib.sha1(b"MediaDomain-Library/SMS/Attachments/cd/11/Y/Audio.caf").hexdigest()


def test_a_database_is_read_exactly() -> None:
    _, records = read_export(
        IMPORTER, golden().bytes(), name="Messages/chat.db",
        beside={PHOTO: b"x", f"{CAF[:2]}/{CAF}": b"y"},
    )  # fmt: skip
    (me,) = {
        r.sender_key
        for r in records
        if isinstance(r, Utterance) and (r.sender_key or "").startswith("owner:")
    }
    mum, day = "+15550001111", "2020-01-06T10:40:"
    assert [said(one) for one in records] == [
        (day + "01", mum, "text", "Are you up?"),
        (day + "02", me, "text", "yes " + "é" * 160),
        (day + "03", "bob@example.org", "text", "hello all"),
        (day + "04", mum, "text", "from the Mac"),
        ("skipped", "reaction"),
        (day + "06", None, "system", "Bakers"),
        (day + "07", mum, "deleted", None),
        (day + "08", me, "text", "fixed", "edited"),
        (day + "09", mum, "image", None, ("file", PHOTO, True)),
        (day + "00", mum, "text", "seconds"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_sender"),
        ("skipped", "unsent"),
        ("skipped", "damaged"),
        ("skipped", "unclear_date"),
        (day + "17", mum, "voice", None, ("file", f"{CAF[:2]}/{CAF}", True)),
        (day + "18", mum, "unknown", None),
    ]
    first, group, reply = records[0], records[2], records[3]
    assert isinstance(first, Utterance)
    assert isinstance(group, Utterance)
    assert isinstance(reply, Utterance)
    assert first.ts_utc == datetime(2020, 1, 6, 10, 40, 1, tzinfo=UTC)
    assert not first.is_group
    assert (group.is_group, group.conversation_title, reply.reply_to) == (True, "Family", "G1")


def test_an_old_database_with_few_columns_is_read() -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(
        "CREATE TABLE message (ROWID INTEGER PRIMARY KEY, guid TEXT, text TEXT, handle_id INTEGER,"
        " date INTEGER, is_from_me INTEGER);"
        "CREATE TABLE handle (ROWID INTEGER PRIMARY KEY, id TEXT);"
        "CREATE TABLE chat (ROWID INTEGER PRIMARY KEY, guid TEXT, chat_identifier TEXT);"
        "CREATE TABLE chat_message_join (chat_id INTEGER, message_id INTEGER);"
        "INSERT INTO handle VALUES (1, '+1555'); INSERT INTO chat VALUES (1, 'x', '+1555');"
        "INSERT INTO message VALUES (1, 'A', 'old', 1, 300000000, 0), (2, 'B', 'mine', 0, 3, 1);"
        "INSERT INTO chat_message_join VALUES (1, 1), (1, 2);"
    )
    _, records = read_export(IMPORTER, db.serialize())
    assert said(records[0]) == ("2010-07-05T05:20:00", "+1555", "text", "old")
    assert said(records[1])[3] == "mine"


def test_what_the_write_ahead_log_holds_is_read_too(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA wal_autocheckpoint = 0")
    db.executescript(SCHEMA)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    for n in range(1, 200):
        db.execute(
            "INSERT INTO message (guid, text, handle_id, date) VALUES (?, ?, 1, ?)",
            (f"G{n}", f"apple {n} " + "x" * 300, (START + n) * 10**9),
        )
        db.execute("INSERT INTO chat_message_join VALUES (1, ?)", (n,))
        db.commit()
    log = (tmp_path / "chat.db-wal").read_bytes()
    data = path.read_bytes()
    db.close()
    _, without = read_export(IMPORTER, data, name="chat.db")
    _, records = read_export(IMPORTER, data, name="chat.db", beside={"chat.db-wal": log})
    assert (len(without), len(records)) == (0, 199)
    assert not any(isinstance(one, Skipped) for one in records)
    rng = random.Random(5)
    for _ in range(20):
        try:
            read_export(
                IMPORTER,
                data,
                name="chat.db",
                beside={"chat.db-wal": log[: rng.randrange(len(log))]},
            )
        except ArchiveError:
            continue


def test_it_is_recognised_by_nobody_else() -> None:
    assert recognised_as(golden().bytes(), "chat.db") == "imessage"
    other = sqlite3.connect(":memory:")
    other.execute("CREATE TABLE notes (x)")
    assert recognised_as(other.serialize(), "notes.db") is None


def test_a_view_in_the_place_of_a_table_is_refused() -> None:
    db = sqlite3.connect(":memory:")
    db.executescript(
        "CREATE TABLE handle (id TEXT);"
        "CREATE VIEW message AS WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n)"
        " SELECT x AS guid FROM n;"
    )
    with pytest.raises(ArchiveError):
        read_export(IMPORTER, db.serialize())


@settings(max_examples=150, deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=400))
def test_any_text_comes_out_of_both_kinds_of_body(text: str) -> None:
    assert words_of(typedstream(text)) == text
    assert words_of(keyed(text)) == text


@pytest.mark.parametrize("size", [0, 17, 127, 128, 255, 256, 300, 70_000])
def test_every_form_of_length(size: int) -> None:
    assert words_of(typedstream("x" * size)) == "x" * size


def test_a_body_that_announces_too_much_is_cut_at_its_own_end() -> None:
    body = typedstream("a" * 17).replace(b"+\x11", b"+\x81\x9d\x00")
    assert words_of(body) == "a" * 17


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=80))
def test_any_bytes_are_survived(noise: bytes) -> None:
    for head in (b"\x04\x0bstreamtyped", b"\x04\x0bstreamtyped\x84\x01+", b"bplist00", keyed("x")):
        words_of(head + noise)

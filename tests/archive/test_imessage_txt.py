from __future__ import annotations

import pytest

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.importers.imessage_txt import IMPORTER
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance

from .exports import read_export, recognised_as, said

GOLDEN = """\
May 17, 2022  5:29:42 PM (Read by you after 1 hour, 49 seconds)
Sample Contact
Hello world
Tapbacks:
    Loved by Me

May 17, 2022  5:30:00 PM You renamed the conversation to Hello world

May 17, 2022 12:31:00 AM
Me
pasted from long ago

May 17, 2022  5:31:00 PM
Me
a line

after a blank: one
May 18, 2022 noon is no stamp
    May 17, 2022  5:32:00 PM
    Sample Contact
    a reply below

May 17, 2022  5:32:00 PM
Sample Contact
a reply below
This message responded to an earlier message.

May 17, 2022  5:33:00 PM
Me
attachments/3/IMG_1.jpg
look

May 17, 2022  5:34:00 PM
Me
frist
Edited 15 seconds later: first

May 17, 2022  5:35:00 PM
Sample Contact
Sticker from Me: attachments/2/s.heic

May 17, 2022  5:36:00 PM
Sample Contact
This message was deleted from the conversation!

"""


def me(records: list[Record]) -> str:
    keys = {r.sender_key for r in records if isinstance(r, Utterance) and r.sender_key}
    (found,) = [key for key in keys if key.startswith("me:")]
    return found


def test_an_export_is_read_exactly() -> None:
    _, records = read_export(
        IMPORTER, GOLDEN, name="out/+15551234567.txt", beside={"out/attachments/3/IMG_1.jpg": b"x"}
    )
    mine, day = me(records), "2022-05-17T17:"
    assert [said(one) for one in records] == [
        (day + "29:42", "Sample Contact", "text", "Hello world"),
        (day + "30:00", None, "system", "You renamed the conversation to Hello world"),
        ("skipped", "doubtful"),
        (
            day + "31:00",
            mine,
            "text",
            "a line\n\nafter a blank: one\nMay 18, 2022 noon is no stamp",
        ),
        ("skipped", "duplicate"),
        (day + "32:00", "Sample Contact", "text", "a reply below"),
        (day + "33:00", mine, "image", "look", ("file", "out/attachments/3/IMG_1.jpg", True)),
        (day + "34:00", mine, "text", "first", "edited"),
        (day + "35:00", "Sample Contact", "sticker", None),
        (day + "36:00", "Sample Contact", "deleted", None),
    ]
    first = records[0]
    assert isinstance(first, Utterance)
    assert first.ts_utc is None
    assert (first.conversation_title, first.is_group) == ("+15551234567", False)


def test_it_is_recognised_by_nobody_else() -> None:
    assert recognised_as(GOLDEN, "+15551234567.txt") == "imessage-txt"
    assert recognised_as("May 17, 2022\n\nDear Mei,\n\nbread.\n", "letter.txt") == "writing"


def test_a_file_without_messages_is_refused() -> None:
    with pytest.raises(ArchiveError):
        read_export(IMPORTER, "nothing here\n")


def many() -> bytes:
    parts = []
    for n in range(40):
        mum = n % 2 == 0
        word = "apple" if mum else "stone"
        stamp = f"May {10 + n // 4:02}, 2022 {n % 9 + 1:2}:{n:02}:07 PM"
        parts.append(f"{stamp}\n{'Mum' if mum else 'Me'}\n{word} {n}\n{word} again\n\n")
    return "".join(parts).encode()


def check(records: list[Record]) -> None:
    for record in records:
        if isinstance(record, Skipped) or not record.text:
            continue
        assert isinstance(record, Utterance)
        if record.sender_key == "Mum":
            assert "stone" not in record.text
        if (record.sender_key or "").startswith("me:"):
            assert "apple" not in record.text


def test_two_who_write_in_turn_are_kept_apart() -> None:
    check(read_export(IMPORTER, many())[1])

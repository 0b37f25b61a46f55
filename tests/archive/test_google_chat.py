from __future__ import annotations

import json

import pytest

from ofrenda.archive.importers.google_chat import IMPORTER
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance

from .exports import read_export, recognised_as, said

MUM = {"name": "Mum", "email": "Mum@example.org", "user_type": "Human"}
SAM = {"name": "Sam", "email": "sam@example.org", "user_type": "Human"}
N = "\u202f"
FOLDER = "Takeout/Google Chat/Groups/DM a1b2"


def one(
    who: object,
    text: str | None,
    date: str = f"Friday, January 5, 2024 at 9:30:00{N}AM UTC",
    **more: object,
) -> dict[str, object]:
    return {
        "creator": who,
        "created_date": date,
        **({"text": text} if text else {}),
        "topic_id": "t",
        **more,
    }


GOLDEN = [
    one(MUM, "Are you up?", message_id="a1b2/t/1"),
    one(SAM, "yes: come", "Friday, January 5, 2024 at 12:05:09 AM UTC"),
    one(
        SAM,
        "noon",
        "Friday, January 5, 2024 at 12:05:09 PM UTC",
        quoted_message_metadata={"creator": MUM, "text": "when?", "message_id": "a1b2/t/1"},
    ),
    one(MUM, None, attached_files=[{"original_name": "a b.jpg", "export_name": "File-a b.jpg"}]),
    one(MUM, None, annotations=[{"video_call_metadata": {}}]),
    one(MUM, None),
    one({}, "nobody"),
    one(MUM, "localised", "vendredi 5 janvier 2024 à 09:30:00 UTC"),
    one(MUM, "wrong weekday", "Monday, January 5, 2024 at 9:30:00 AM UTC"),
    one({"name": "Mum", "user_type": "Human"}, "no address"),
    one(MUM, None, message_state="DELETED"),
]
INFO = json.dumps({"members": [MUM, SAM]}).encode()


def test_an_export_is_read_exactly() -> None:
    beside = {f"{FOLDER}/group_info.json": INFO, f"{FOLDER}/File-a b.jpg": b"x"}
    reading, records = read_export(
        IMPORTER, json.dumps({"messages": GOLDEN}), name=f"{FOLDER}/messages.json", beside=beside
    )
    at = "2024-01-05T09:30:00"
    assert [said(record) for record in records] == [
        (at, "mum@example.org", "text", "Are you up?"),
        ("2024-01-05T00:05:09", "sam@example.org", "text", "yes: come"),
        ("2024-01-05T12:05:09", "sam@example.org", "text", "noon", ("quoted", "when?")),
        (at, "mum@example.org", "image", None, ("file", f"{FOLDER}/File-a b.jpg", True)),
        (at, "mum@example.org", "unknown", None),
        ("skipped", "empty"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_date"),
        ("skipped", "unclear_date"),
        (at, "name:Mum", "text", "no address"),
        (at, "mum@example.org", "deleted", None),
    ]
    first = records[0]
    assert isinstance(first, Utterance)
    assert (first.conversation_key, first.conversation_title) == ("DM a1b2", "Mum & Sam")
    assert not first.is_group
    assert reading.advice


def test_a_space_is_a_group() -> None:
    folder = FOLDER.replace("DM", "Space")
    _, records = read_export(
        IMPORTER,
        json.dumps({"messages": GOLDEN[:1]}),
        name=f"{folder}/messages.json",
        beside={f"{folder}/group_info.json": b'{"name": "Family"}'},
    )
    (record,) = records
    assert isinstance(record, Utterance)
    assert (record.conversation_title, record.is_group) == ("Family", True)


def test_it_is_recognised_by_nobody_else() -> None:
    text = json.dumps({"messages": GOLDEN}, indent=2)
    assert recognised_as(text, "messages.json") == "google-chat"
    assert recognised_as(INFO, "x/group_info.json") == "google-chat"
    assert recognised_as('{"messages": []}', "x.json") != "google-chat"


def test_what_is_no_json_is_refused_as_a_whole() -> None:
    with pytest.raises(ArchiveError):
        read_export(IMPORTER, '{"messages": [{"creator": ')
    deep = '{"messages": [' + "[" * 10_000
    with pytest.raises(ArchiveError):
        read_export(IMPORTER, deep)

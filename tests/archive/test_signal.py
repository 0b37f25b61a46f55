from __future__ import annotations

import base64
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.importers.signal import IMPORTER
from ofrenda.types import Utterance

from .exports import read_export, recognised_as, said

HEAD: list[object] = [
    {"version": "1", "backupTimeMs": "1717214400000"},
    {"account": {"givenName": "Sam", "profileKey": "c2Ft"}},
    {"recipient": {"id": "1", "self": {}}},
    {
        "recipient": {
            "id": "2",
            "contact": {
                "aci": "bXVt",
                "e164": "+15550001111",
                "systemGivenName": "Mum",
                "profileGivenName": "Ann",
            },
        }
    },
    {"recipient": {"id": "4", "contact": {"aci": "Ym9i", "profileGivenName": "Bob"}}},
    {
        "recipient": {
            "id": "7",
            "group": {"masterKey": "ZmFt", "snapshot": {"title": {"title": "Family"}}},
        }
    },
    {"chat": {"id": "10", "recipientId": "2"}},
    {"chat": {"id": "23", "recipientId": "7"}},
]
IN = {"incoming": {"dateReceived": "1717214400200", "read": True}}
OUT: dict[str, object] = {"outgoing": {"sendStatus": []}}
PHOTO = bytes(range(32))


def item(
    author: str,
    body: object,
    *,
    chat: str = "10",
    at: int = 1717214400123,
    way: dict[str, object] | None = None,
    **more: object,
) -> dict[str, object]:
    direction = way or (OUT if author == "1" else IN)
    content = {"standardMessage": {"text": {"body": body}, **more}} if body is not None else more
    return {
        "chatItem": {
            "chatId": chat,
            "authorId": author,
            "dateSent": str(at),
            **direction,
            **content,
        }
    }


def export(*frames: object) -> str:
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in (*HEAD, *frames))


GOLDEN = export(
    item(
        "2",
        "Goodnight love",
        quote={
            "targetSentTimestamp": "1717214300000",
            "authorId": "1",
            "text": {"body": "see you"},
        },
        reactions=[{"emoji": "❤️", "authorId": "1"}],
    ),
    item("1", "night"),
    item("4", "hello all", chat="23", at=1717214401000),
    item("2", "wrong chat for Bob", chat="10", way=OUT),
    item("4", "not in this chat", chat="10"),
    item("9", "nobody"),
    item("2", None, updateMessage={"simpleUpdate": {"type": "IDENTITY_UPDATE"}}),
    item("2", None, stickerMessage={}),
    item("2", None, remoteDeletedMessage={}),
    item("2", "fixed", way=IN) | {},
    {"chatItem": item("2", "packed twice")},
    item("2", "x", at=99999999999999),
    item(
        "2",
        None,
        standardMessage={
            "attachments": [
                {
                    "flag": "VOICE_MESSAGE",
                    "pointer": {
                        "contentType": "audio/aac",
                        "locatorInfo": {"plaintextHash": base64.b64encode(PHOTO).decode()},
                    },
                }
            ]
        },
    ),
    item("2", None, standardMessage={}),
)


def owner(records: list[Record]) -> str:
    keys = {r.sender_key for r in records if isinstance(r, Utterance) and r.sender_key}
    (found,) = [key for key in keys if key.startswith("owner:")]
    return found


def test_an_export_is_read_exactly() -> None:
    path = f"files/{PHOTO.hex()}.aac"
    _, records = read_export(IMPORTER, GOLDEN, name="main.jsonl", beside={path: b"x"})
    at = "2024-06-01T04:00:00"
    assert [said(one) for one in records] == [
        (at, "bXVt", "text", "Goodnight love", ("quoted", "see you")),
        (at, owner(records), "text", "night"),
        ("2024-06-01T04:00:01", "Ym9i", "text", "hello all"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_sender"),
        ("skipped", "unclear_sender"),
        (at, None, "system", None),
        (at, "bXVt", "sticker", None),
        (at, "bXVt", "deleted", None),
        (at, "bXVt", "text", "fixed"),
        (at, "bXVt", "text", "packed twice"),
        ("skipped", "unclear_date"),
        (at, "bXVt", "voice", None, ("file", path, True)),
        ("skipped", "empty"),
    ]
    first, group = records[0], records[2]
    assert isinstance(first, Utterance)
    assert isinstance(group, Utterance)
    assert (first.sender_name, first.conversation_title, first.is_group) == ("Mum", "Mum", False)
    assert first.reply_to == "1717214300000"
    assert (group.sender_name, group.conversation_title, group.is_group) == ("Bob", "Family", True)


def test_raw_line_ends_inside_words_and_a_broken_line() -> None:
    text = export(item("2", "one\ntwo"), item("1", "x"), item("2", "last"))
    raw = text.replace("one\\ntwo", "one\ntwo")
    assert raw != text
    _, records = read_export(IMPORTER, raw)
    assert [said(one)[-1] for one in records] == ["one\ntwo", "x", "last"]
    broken = text.replace('"body": "x"', '"body": "x')
    _, records = read_export(IMPORTER, broken)
    assert [said(one)[-1] for one in records] == ["one\ntwo", "damaged", "last"]


def test_two_owners_are_told_apart() -> None:
    _, first = read_export(IMPORTER, GOLDEN)
    _, other = read_export(IMPORTER, GOLDEN.replace("c2Ft", "bXVt"))
    assert owner(first) != owner(other)


def test_it_is_recognised_by_nobody_else() -> None:
    assert recognised_as(GOLDEN, "main.jsonl") == "signal"
    assert recognised_as('{"version": "1"}\n', "x.json") != "signal"


def many() -> bytes:
    frames = []
    for n in range(30):
        author = "124"[n % 3]
        word = {"1": "stone", "2": "apple", "4": "cloud"}[author]
        frames.append(item(author, f"{word} {n}", chat="23", at=1717214400000 + n * 1000))
        if author != "4":
            frames.append(item(author, f"{word} again", at=1717214400500 + n * 1000))
    return export(*frames).encode()


def check(records: list[Record]) -> None:
    for record in records:
        if isinstance(record, Utterance) and record.sender_key:
            key, text = record.sender_key, record.text or ""
            if key.startswith("owner:"):
                assert "apple" not in text
                assert "cloud" not in text
            elif key == "bXVt":
                assert "stone" not in text
                assert "cloud" not in text
            elif key == "Ym9i":
                assert "stone" not in text
                assert "apple" not in text


def test_three_who_write_in_turn_are_kept_apart() -> None:
    _, records = read_export(IMPORTER, many())
    assert not any(isinstance(one, Skipped) for one in records)
    check(records)


@settings(max_examples=120, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("124"),
            st.integers(0, 10**6),
            st.text(
                st.characters(exclude_categories=("Cs",), exclude_characters="\0"),
                min_size=1,
                max_size=30,
            ),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_generated_chats_come_out_as_they_went_in(chat: list[tuple[str, int, str]]) -> None:
    base = 1_500_000_000_000
    frames = [item(who, body, chat="23", at=base + at * 1000) for who, at, body in chat]
    _, records = read_export(IMPORTER, export(*frames))
    assert len(records) == len(chat)
    for record, (who, at, body) in zip(records, chat, strict=True):
        assert isinstance(record, Utterance)
        assert record.text == body
        assert record.ts_utc is not None
        assert record.ts_utc.timestamp() == 1_500_000_000 + at
        key = record.sender_key or ""
        assert key.startswith("owner:") if who == "1" else key == {"2": "bXVt", "4": "Ym9i"}[who]

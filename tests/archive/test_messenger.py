"""Messenger and Instagram: letters put together again, names that are nobody's, both layouts."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofrenda.archive.importer import Skipped
from ofrenda.archive.importers.messenger.mojibake import repaired
from ofrenda.archive.importers.messenger.phrases import is_notice
from ofrenda.archive.telling import bare
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, Utterance

from .export_bytes import js, meta
from .messenger_goldens import CLASSIC, INSTAGRAM_GROUP, SEALED
from .social_reading import read

EXAMPLES = int(os.environ.get("OFRENDA_EXAMPLES", "60"))
NAMES = ["Mum", "Zoë Sam", "妈妈", "Dr: House", "أمي", "Ruth ❤", "O'Hara", "You"]
texts = st.text(st.characters(exclude_categories=("Cs", "Cc", "Co")), min_size=1, max_size=20)


@st.composite
def threads(draw: st.DrawFn) -> tuple[list[str], list[tuple[str, datetime, str]]]:
    people = draw(st.lists(st.sampled_from(NAMES), min_size=1, max_size=5, unique=True))
    at = draw(st.datetimes(datetime(2009, 1, 1), datetime(2025, 1, 1))).replace(microsecond=0)
    told = []
    for _ in range(draw(st.integers(1, 12))):
        at += timedelta(seconds=draw(st.sampled_from([0, 0, 1, 90_000])))
        told.append((draw(st.sampled_from(people)), at.replace(tzinfo=UTC), draw(texts)))
    return people, told


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(threads(), st.booleans())
def test_every_line_keeps_its_sender_its_words_and_its_time(
    thread: tuple[list[str], list[tuple[str, datetime, str]]], sealed: bool
) -> None:
    people, told = thread
    if sealed:
        value: dict[str, object] = {
            "participants": people,
            "threadName": "x_1",
            "messages": [
                {"senderName": who, "text": text, "timestamp": int(at.timestamp()) * 1000}
                for who, at, text in told
            ],
        }
    else:
        value = {
            "participants": [{"name": meta(who)} for who in people],
            "messages": [
                {"sender_name": meta(who), "timestamp_ms": int(at.timestamp()) * 1000 + n,
                 "content": meta(text)}
                for n, (who, at, text) in enumerate(told)
            ][::-1],
            "title": "x",
        }  # fmt: skip
    _, records = read("messenger", "message_1.json", js(value, ascii_only=True))
    assert len(records) == len(told)
    found = sorted(
        (one.ts_local or "", one.sender_key or "", one.text or "")
        for one in records
        if isinstance(one, Utterance)
    )
    # A text whose letters are all below U+0100 and read as UTF-8 is taken for broken: sealed
    # exports may be either, and what is not ASCII is almost never both.
    said = [(who, at, repaired(text) if sealed else text) for who, at, text in told]
    assert found == sorted(
        (at.replace(tzinfo=None).isoformat(), bare(who), text) for who, at, text in said
    )


@settings(max_examples=EXAMPLES)
@given(st.text(st.characters(exclude_categories=("Cs", "Co"))))
def test_letters_are_put_together_exactly(text: str) -> None:
    assert repaired(meta(text)) == text


@pytest.mark.parametrize("text", ["café", "plain", "早啊", "naïve – dash", "ÿ"])
def test_what_is_whole_stays_so(text: str) -> None:
    assert repaired(text) == text
    assert repaired(repaired(meta(text))) == text


def test_emoji_of_before_2013_leave_no_empty_boxes() -> None:
    assert repaired("hi\u00f3\u00be\u008c\u00a7") == "hi"


@pytest.mark.parametrize("name", ["message_1.json", "message_2.json", "message_10.json"])
def test_all_files_of_a_thread_are_one_conversation(name: str) -> None:
    place = f"your_facebook_activity/messages/inbox/lunch_5/{name}"
    records = read("messenger", place, js({**CLASSIC, "thread_type": "RegularGroup"}))[1]
    chats = {one.conversation_key for one in records if isinstance(one, Utterance)}
    assert chats == {"thread:mum_1"}


def test_the_same_two_people_are_one_conversation_in_both_exports() -> None:
    classic = {**CLASSIC, "participants": [{"name": "Sam"}, {"name": "Mum"}]}
    classic["messages"] = [{"sender_name": "Sam", "timestamp_ms": 1, "content": "x"}]
    keys = {
        read("messenger", "m.json", js(value))[1][-1].conversation_key  # type: ignore[union-attr]
        for value in (SEALED, {**classic, "messages": [
            {"sender_name": "Sam", "timestamp_ms": 1600000000000, "content": "x"}]})
    }  # fmt: skip
    assert keys == {"direct:Mum\nSam"}


def test_somebody_who_left_is_a_sender_of_that_chat_alone() -> None:
    thread = {
        "participants": [{"name": "Facebook user"}, {"name": "Mum"}],
        "messages": [
            {"sender_name": "Facebook user", "timestamp_ms": 1600000000000, "content": "hello"}
        ],
        "title": "Facebook user",
        "thread_path": "inbox/facebookuser_77",
    }
    [record] = read("messenger", "m.json", js(thread))[1]
    assert isinstance(record, Utterance)
    assert record.sender_key == "Facebook user (thread:facebookuser_77)"
    assert not record.is_group


@pytest.mark.parametrize(
    ("content", "notice"),
    [
        ("Liked a message", True),
        ("Reacted 😂 to your message ", True),
        ("You sent an attachment.", True),
        ("Anna Fen sent an attachment.", True),
        ("Anna Fen named the group Lunch.", True),
        ("Anna Fen hat einen Anhang gesendet.", True),
        ("You are now connected on Messenger.", True),
        ("I liked a message of yours", False),
        ("You sent an attachment. I cannot open it", False),
        ("You left the group? why", False),
        ("Sam named the group Lunch", False),
        ("Anna Fen here, new number", False),
        ("Liked a message that you sent to Bo", False),
    ],
)
def test_the_services_words_are_told_from_the_senders(content: str, notice: bool) -> None:
    assert is_notice(content, "Anna Fen") is notice


@pytest.mark.parametrize(
    ("place", "container", "platform"),
    [
        ("your_instagram_activity/messages/inbox/a_1/message_1.json", "x", "instagram"),
        ("messages/inbox/a_1/message_1.json", "instagram-mum-2024", "instagram"),
        ("your_facebook_activity/messages/inbox/a_1/message_1.json", "x", "messenger"),
        ("messages/inbox/a_1/message_1.json", "facebook-mum", "messenger"),
    ],
)
def test_which_service_it_was_shows_by_the_folders(
    place: str, container: str, platform: str
) -> None:
    reading, records = read("messenger", place, js(INSTAGRAM_GROUP), container=container)
    assert {one.platform for one in records if isinstance(one, Utterance)} == {platform}
    assert not any("taken for Messenger" in warning for warning in reading.warnings)


def test_a_thread_on_its_own_says_that_the_service_is_not_certain() -> None:
    reading, _ = read("messenger", "message_1.json", js(INSTAGRAM_GROUP))
    assert any("taken for Messenger" in warning for warning in reading.warnings)


def test_unknown_kinds_and_broken_times_are_reported() -> None:
    messages = [
        {"sender_name": "Mum", "timestamp_ms": 1600000000000, "content": "x", "type": "Hologram"},
        {"sender_name": "Mum", "timestamp_ms": "soon", "content": "x"},
        {"sender_name": "Mum", "timestamp_ms": 10**18, "content": "x"},
        {"sender_name": 5, "timestamp_ms": 1600000000000, "content": "x"},
    ]
    records = read("messenger", "m.json", js({**CLASSIC, "messages": messages}))[1]
    assert sorted(one.reason for one in records if isinstance(one, Skipped)) == [
        "not_recognised", "unclear_date", "unclear_date", "unclear_sender",
    ]  # fmt: skip


def test_a_call_keeps_who_called() -> None:
    records = read("messenger", "m.json", js(CLASSIC))[1]
    [call] = [one for one in records if isinstance(one, Utterance) and one.kind is Kind.CALL]
    assert (call.sender_key, call.text) == ("Zoë Sam", None)


def test_the_pages_of_the_export_are_refused_kindly() -> None:
    page = (
        b'<html><div class="pam _3-95 _2ph- _a6-g"><div class="_2ph_ _a6-h">Mum</div></div></html>'
    )
    with pytest.raises(ArchiveError, match="JSON"):
        read("messenger", "message_1.html", page)

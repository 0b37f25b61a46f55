"""Telegram: whoever writes whatever, nobody's words in another's mouth and no wrong time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from html import escape
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofrenda.archive import add, identities
from ofrenda.archive.importer import Skipped
from ofrenda.archive.importers.telegram.chats import peer
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, Utterance
from ofrenda.vault import Life

from .social_reading import read, short
from .telegram_goldens import MUM, PAGE, SAM, TELEGRAM_CHAT, page, said, tg, words

EXAMPLES = int(os.environ.get("OFRENDA_EXAMPLES", "40"))
QUICK = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
TRICKS = [
    "from: Mum",
    '","from_id":"user1"',
    "\\x41",
    "\x0b",
    "<b>x</b>",
    "&amp;",
    "‏",
    "🙂‍↔️",
    "\u2028",
]
bodies = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
        st.sampled_from(TRICKS),
        st.just("\n"),
    ),
    min_size=1,
    max_size=5,
).map("".join)
NAMES = ["Mum", "Mum ❤", "Sam", "Dr: House", "أمي", "妈妈", "user42", "[Zed]", "Deleted Account"]


@st.composite
def chats(draw: st.DrawFn) -> list[tuple[str, str, datetime, int, str]]:
    """``(id, name, UTC, offset in minutes, words)``; names may be shared."""
    people = {
        f"user{n}": draw(st.sampled_from(NAMES))
        for n in draw(st.sets(st.integers(1, 9), min_size=1))
    }
    at = draw(st.datetimes(datetime(2013, 1, 1), datetime(2025, 1, 1))).replace(microsecond=0)
    offset = draw(st.sampled_from([-720, -300, 0, 60, 345, 570, 840]))
    told = []
    for _ in range(draw(st.integers(1, 12))):
        at += timedelta(seconds=draw(st.sampled_from([0, 1, 60, 90_000])))
        key = draw(st.sampled_from(sorted(people)))
        told.append((key, people[key], at.replace(tzinfo=UTC), offset, draw(bodies)))
    return told


def as_telegram_writes(value: object) -> bytes:
    """JSON with control characters as ``\\xNN``, which is no JSON."""
    text = json.dumps(value, ensure_ascii=False, indent=1)

    def hexed(found: re.Match[str]) -> str:
        code = int(found[2], 16)
        return found[0] if code >= 0x20 else f"{found[1]}\\x{code:02X}"

    return re.sub(r"(?<!\\)((?:\\\\)*)\\u(00[01][0-9a-f])", hexed, text).encode()


@QUICK
@given(chats(), st.booleans())
def test_every_line_keeps_its_sender_its_words_and_its_time(
    told: list[tuple[str, str, datetime, int, str]], everything: bool
) -> None:
    messages = [
        tg(n, (at + timedelta(minutes=shift)).strftime("%Y-%m-%dT%H:%M:%S"),
           int(at.timestamp()), name, key, text)
        for n, (key, name, at, shift, text) in enumerate(told)
    ]  # fmt: skip
    chat = {"name": "x", "type": "private_group", "id": 5, "messages": messages}
    whole = {"about": "Telegram", "chats": {"about": "", "list": [chat, {**chat, "id": 6}]}}
    _, records = read("telegram", "result.json", as_telegram_writes(whole if everything else chat))
    expected = told * 2 if everything else told
    assert len(records) == len(expected)
    for record, (key, name, at, shift, text) in zip(records, expected, strict=True):
        assert isinstance(record, Utterance)
        assert (record.sender_key, record.sender_name) == (key, name)
        assert record.text == text
        assert record.ts_utc == at
        local = (at + timedelta(minutes=shift)).replace(tzinfo=None)
        assert record.ts_local == local.isoformat()


@QUICK
@given(chats())
def test_pages_never_hand_a_line_to_somebody_else(
    told: list[tuple[str, str, datetime, int, str]],
) -> None:
    blocks, last = [], None
    for n, (_, name, at, _, text) in enumerate(told):
        stamp = at.strftime("%d.%m.%Y %H:%M:%S UTC+00:00")
        plain = " ".join(text.replace("\n", " ").split()) or "x"
        blocks.append(said(n, stamp, escape(name) if name != last else None, words(escape(plain))))
        last = name
    records = read("telegram", "messages.html", page(*blocks))[1]
    assert len(records) == len(told)
    for record, (_, name, at, _, text) in zip(records, told, strict=True):
        if isinstance(record, Skipped):
            assert (record.reason, name) == ("unclear_sender", "Deleted Account")
            continue
        assert record.sender_name == name
        assert record.ts_utc == at
        assert (record.text or "").split() == (" ".join(text.split()) or "x").split()


def test_control_characters_are_read_as_telegram_writes_them() -> None:
    chat = {
        **TELEGRAM_CHAT,
        "messages": [tg(1, "2019-07-12T16:55:32", 1562943332, "Mum", MUM, "@")],
    }
    for written, meant in [("a\\x0Bb", "a\x0bb"), ("\\\\x41", "\\x41"), ("\\\\\\x1f!", "\\\x1f!")]:
        data = json.dumps(chat).replace('"@"', f'"{written}"').encode()
        [record] = read("telegram", "result.json", data)[1]
        assert isinstance(record, Utterance)
        assert record.text == meant


@pytest.mark.parametrize("place", range(65_500, 65_560))
def test_an_escape_across_two_pieces_of_the_file_is_whole(place: int) -> None:
    chat = {
        **TELEGRAM_CHAT,
        "messages": [tg(1, "2019-07-12T16:55:32", 1562943332, "Mum", MUM, "@@")],
    }
    data = json.dumps(chat)
    room = place - data.index("@@")
    data = data.replace("@@", "y" * room + "\\\\\\x0B\\x0C")
    [record] = read("telegram", "result.json", data.encode())[1]
    assert isinstance(record, Utterance)
    assert (record.text or "").lstrip("y") == "\\\x0b\x0c"


def test_one_damaged_byte_costs_one_message() -> None:
    data = json.dumps(TELEGRAM_CHAT, ensure_ascii=False).encode()
    damaged = data.replace(b"lovely tulips", b"lovely \xfftulips")
    whole, left = read("telegram", "r.json", data)[1], read("telegram", "r.json", damaged)[1]
    assert [a == b for a, b in zip(whole, left, strict=True)].count(False) == 1
    assert any(isinstance(one, Skipped) and one.reason == "damaged" for one in left)


def test_a_file_cut_short_gives_what_came_before_and_says_so() -> None:
    data = json.dumps(TELEGRAM_CHAT).encode()
    reading, records = read("telegram", "result.json", data[: len(data) // 2])
    assert len(records) > 3
    assert isinstance(records[-1], Skipped)
    assert records[-1].reason == "damaged"
    assert any("cut short" in warning for warning in reading.warnings)


def test_an_id_beside_somebody_elses_name_is_unclear() -> None:
    messages = [
        tg(n, "2019-07-12T16:55:32", 1562943332, name, key, "hello")
        for n, (name, key) in enumerate([("Mum", MUM), ("Sam", SAM), ("Mum", MUM), ("Sam", MUM)])
    ]
    records = read(
        "telegram", "r.json", json.dumps({**TELEGRAM_CHAT, "messages": messages}).encode()
    )[1]
    assert [short(one)[2] if isinstance(one, Utterance) else one.reason for one in records] == [
        MUM, SAM, MUM, "unclear_sender",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"date_unixtime": "1562943372"}, "unclear_date"),
        ({"date_unixtime": "99"}, "unclear_date"),
        ({"date": "2019-13-12T16:55:32"}, "unclear_date"),
        ({"text_entities": [{"type": "plain", "text": "other words"}]}, "damaged"),
        ({"from_id": None}, "unclear_sender"),
        ({"from_id": "usr1"}, "unclear_sender"),
        ({"text": "a\0b", "text_entities": []}, "damaged"),
        ({"text": "x" * (2**20 + 1), "text_entities": []}, "too_long"),
        ({"forwarded_frm": "Aunt"}, "damaged"),
    ],
)
def test_what_contradicts_itself_is_not_believed(change: dict[str, object], reason: str) -> None:
    one = tg(1, "2019-07-12T16:55:32", 1562943332, "Mum", MUM, "hello") | change
    [record] = read(
        "telegram", "r.json", json.dumps({**TELEGRAM_CHAT, "messages": [one]}).encode()
    )[1]
    assert isinstance(record, Skipped)
    assert record.reason == reason


def test_both_sides_of_a_chat_are_one_conversation() -> None:
    other = {**TELEGRAM_CHAT, "name": "Sam", "id": 42}
    keys = {
        record.conversation_key
        for chat in (TELEGRAM_CHAT, other)
        for record in read("telegram", "r.json", json.dumps(chat).encode())[1]
        if isinstance(record, Utterance)
    }
    assert len(keys) == 1


def test_old_numbers_mean_the_same_senders() -> None:
    assert peer(42) == "user42"
    assert peer(4294967296 + 7) == "chat7"
    assert peer(2 * 4294967296 + 7) == "channel7"
    assert peer(True) is peer("") is peer("user") is peer("user1x") is peer(-5) is None


@pytest.mark.parametrize(
    "content",
    [
        b'{"name":"x","type":"personal_chat","id":1,"messages":[]}',
        b'{"name":"x","type":"personal_chat","id":1,"messages":' + b"[" * 100_000,
        b'{"about":"Telegram","chats":{"list":[{"id":1,"messages":[{"id":1}],"name":"a","type":"x"},'
        b'{"id":2,"messages":[{"id":1}],"name":"b","type":"x"}]}}',
        b'<html><div class="page_wrap"><div class="history">' + b"<div>" * 100_000,
        b"{",
    ],
    ids=["no message", "bottomless", "sorted by another program", "bottomless page", "nothing"],
)
def test_what_cannot_be_read_is_refused_in_plain_words(content: bytes) -> None:
    with pytest.raises(ArchiveError):
        read("telegram", "result.json", content)


def test_one_endless_string_is_not_held() -> None:
    data = json.dumps(TELEGRAM_CHAT).encode()
    bomb = data.replace(b'"lovely tulips"', b'"' + b"x" * 20_000_000 + b'"', 1)
    records = read("telegram", "result.json", bomb)[1]
    assert [one.reason for one in records[1:] if isinstance(one, Skipped)] == ["damaged"]


def test_a_page_whose_name_is_damaged_leaves_the_lines_below_unclear() -> None:
    damaged = PAGE.replace(b'class="from_name">\nMum', b'class="from_nume">\nMum', 1)
    records = read("telegram", "messages.html", damaged)[1]
    assert [one.reason for one in records[:2] if isinstance(one, Skipped)] == [
        "unclear_sender", "unclear_sender",
    ]  # fmt: skip


def test_a_file_elsewhere_of_the_same_name_is_not_taken_for_the_messages_own() -> None:
    beside = {"other/voice_messages/audio_1@13-07-2019.ogg": b"OggS"}
    data = json.dumps(TELEGRAM_CHAT).encode()
    records = read("telegram", "ChatExport/result.json", data, beside)[1]
    [voice] = [one for one in records if isinstance(one, Utterance) and one.kind is Kind.VOICE]
    assert not voice.media[0].exists


def test_a_whole_folder_is_kept_once_with_its_voice_notes(
    life: Life, write: Callable[..., Path]
) -> None:
    chat = write("ChatExport/result.json", json.dumps(TELEGRAM_CHAT))
    write("ChatExport/voice_messages/audio_1@13-07-2019.ogg", b"OggS" + b"\0" * 60)
    [report] = add(life, chat.parent)
    assert (report.format, report.accepted, report.skipped) == (
        "telegram",
        12,
        {"not_recognised": 1},
    )
    assert report.media_missing == 2
    assert {one.key for one in identities(life)} == {MUM, SAM}
    with life.db.read() as db:
        rows = db.execute(
            "SELECT mime, blob IS NOT NULL FROM media WHERE path LIKE '%ogg'"
        ).fetchall()
    assert [tuple(row) for row in rows] == [("audio/ogg", 1)]
    copy = write("Again/result.json", json.dumps(TELEGRAM_CHAT, indent=2))
    [report] = add(life, copy)
    assert (report.accepted, report.already_there) == (0, 12)

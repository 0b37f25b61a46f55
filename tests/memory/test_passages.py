"""From messages to passages: what is one thing said, to whom, and who may hear it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from memory.rows import KEEPER, PERSON, Rows, new_life
from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import ConsentMissing
from ofrenda.memory import Recall, rebuild
from ofrenda.types import Member, MemberId, Person, Role
from ofrenda.vault import Life

NOON = datetime(2018, 3, 1, 12, 0)
SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Leo")
EMBED = scripted_engines().embed


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with new_life(tmp_path) as opened:
        opened.add_member(SON)
        yield opened


def passages(life: Life) -> list[dict[str, object]]:
    with life.db.read() as db:
        return [
            dict(zip(row.keys(), tuple(row), strict=True))
            for row in db.execute("SELECT * FROM passage ORDER BY id")
        ]


def own(life: Life) -> list[dict[str, object]]:
    return [one for one in passages(life) if one["said_by"] == "person"]


async def test_messages_within_minutes_are_one_passage_with_what_it_answered(life: Life) -> None:
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    chat = rows.conversation("leo")
    rows.say(chat, leo, "How was the harvest?", NOON)
    rows.say(chat, him, "Small this year.", NOON + timedelta(minutes=2))
    rows.say(chat, him, "But sweet.", NOON + timedelta(minutes=3))
    rows.say(chat, him, "And the press broke.", NOON + timedelta(minutes=40))
    rows.say(chat, him, "Come look at the moon", NOON + timedelta(days=1))
    await rebuild(life, EMBED)
    assert [(one["kind"], one["text"], one["cue"]) for one in own(life)] == [
        ("reply", "Small this year.\nBut sweet.", "How was the harvest?"),
        ("statement", "And the press broke.", None),
        ("statement", "Come look at the moon", None),
    ]
    assert {one["to_member"] for one in own(life)} == {"m-son"}
    heard = [one for one in passages(life) if one["kind"] == "heard"]
    assert [(one["said_by"], json.loads(str(one["visible_to"]))) for one in heard] == [
        ("member:m-son", ["m-son"])
    ]


async def test_a_late_message_answers_nothing(life: Life) -> None:
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    chat = rows.conversation("leo")
    rows.say(chat, leo, "Good night", NOON)
    rows.say(chat, him, "The pump is fixed", NOON + timedelta(hours=20))
    await rebuild(life, EMBED)
    assert [(one["kind"], one["cue"]) for one in own(life)] == [("statement", None)]


@pytest.mark.parametrize(
    ("holder", "columns"),
    [
        (None, {}),
        ("drop", {}),
        ("person", {"kind": "system"}),
        ("person", {"kind": "deleted"}),
        ("person", {"kind": "image"}),
        ("person", {"forwarded": 1}),
        ("person", {"after_death": 1}),
        ("person", {"text": None}),
        ("person", {"text": "  "}),
    ],
)
async def test_what_is_not_the_persons_own_message_is_never_a_passage(
    life: Life, holder: str | None, columns: dict[str, object]
) -> None:
    rows = Rows(life)
    him, doubtful = rows.identity("T", "person"), rows.identity("X", holder)
    chat = rows.conversation("leo")
    rows.say(chat, him, "An ordinary line", NOON)
    text = columns.pop("text", "zanzibar")
    rows.say(chat, doubtful, text, NOON + timedelta(hours=9), **columns)  # type: ignore[arg-type]
    await rebuild(life, EMBED)
    assert [one["text"] for one in passages(life)] == ["An ordinary line"]


async def test_what_follows_a_picture_has_lost_what_it_speaks_of(life: Life) -> None:
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    chat = rows.conversation("leo")
    rows.say(chat, leo, None, NOON, kind="image")
    rows.say(chat, him, "What a lovely colour", NOON + timedelta(minutes=1))
    await rebuild(life, EMBED)
    assert [(one["kind"], one["cue"]) for one in own(life)] == [("reply", None)]


@pytest.mark.parametrize(
    ("group", "other", "stored"),
    [
        (False, "m-son", ("member", ["m-son"])),
        (False, None, ("keeper_only", None)),
        (True, "m-son", ("family", None)),
    ],
)
async def test_who_may_hear_a_chat_by_default(
    life: Life, group: bool, other: str | None, stored: tuple[str, list[str] | None]
) -> None:
    rows = Rows(life)
    him = rows.identity("T", "person")
    them = rows.identity("O", "member" if other else "other", other)
    chat = rows.conversation("c", is_group=group)
    rows.exchange(chat, them, "Did you sell the boat?", him, "Yes, to a dentist.", NOON)
    await rebuild(life, EMBED)
    (passage,) = own(life)
    listed = passage["visible_to"]
    assert (
        passage["visibility"],
        None if listed is None else json.loads(str(listed)),
    ) == stored


@pytest.mark.parametrize("where", ["reply", "cue"])
async def test_the_strictest_label_of_its_messages_binds_a_passage(life: Life, where: str) -> None:
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    chat = rows.conversation("g", is_group=True)
    never = {"visibility": "never_speak"}
    rows.say(chat, leo, "Cue", NOON, **(never if where == "cue" else {}))
    rows.say(chat, him, "One", NOON + timedelta(minutes=1))
    rows.say(chat, him, "Two", NOON + timedelta(minutes=2), **(never if where == "reply" else {}))
    await rebuild(life, EMBED)
    assert [one["visibility"] for one in own(life)] == ["never_speak"]
    recall = await Recall.load(life, EMBED)
    for member in (KEEPER, SON):
        assert not await recall.search("One Two", member, own=True)


async def test_documents_become_passages_that_are_verbatim_pieces_of_them(life: Life) -> None:
    rows = Rows(life)
    him, other = rows.identity("T", "person"), rows.identity("O", "other")
    essay = (
        "# The well\n\nMy grandfather dug it in one summer. "
        + "It was deep and cold. " * 30
        + "\n\n> Quoted from somebody else.\n\n```\ncode = 1\n```\n\nIt dried up in spring.\n"
    )
    rows.document(him, "well", essay)
    rows.document(other, "not his", "I am not his.")
    await rebuild(life, EMBED)
    texts = [str(one["text"]) for one in passages(life)]
    assert all(text in essay for text in texts)
    assert all(len(text) <= 420 for text in texts)
    joined = " ".join(texts)
    assert "grandfather" in joined
    assert "dried up" in joined
    assert "Quoted" not in joined
    assert "code" not in joined
    assert "# The well" not in joined


async def test_a_document_dated_after_the_death_is_left_out(tmp_path: Path) -> None:
    person = Person("Tomas Rell", ("en",), died=date(2020, 1, 1))
    with new_life(tmp_path, person=person) as life:
        rows = Rows(life)
        him = rows.identity("T", "person")
        rows.document(him, "a", "Written in time.", written_on="2019-05-01")
        rows.document(him, "b", "Written too late.", written_on="2021-05-01")
        await rebuild(life, EMBED)
        assert [one["text"] for one in passages(life)] == ["Written in time."]


async def test_rebuilding_adds_only_what_is_new_and_takes_away_what_is_gone(life: Life) -> None:
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    chat = rows.conversation("leo")
    rows.exchange(chat, leo, "First?", him, "One thing.", NOON)
    first = await rebuild(life, EMBED)
    assert (first.added, first.embedded) == (2, 3)
    assert (await rebuild(life, EMBED)).embedded == 0
    rows.exchange(chat, leo, "Second?", him, "Another thing.", NOON + timedelta(days=1))
    second = await rebuild(life, EMBED)
    assert (second.added, second.removed, second.embedded) == (2, 0, 3)
    with life.db.write() as db:
        db.execute("UPDATE utterance SET visibility = 'never_speak' WHERE text = 'One thing.'")
    third = await rebuild(life, EMBED)
    assert (third.changed, third.added, third.embedded) == (1, 0, 0)
    with life.db.write() as db:
        db.execute("UPDATE identity SET holder = 'drop' WHERE id = ?", (him,))
    fourth = await rebuild(life, EMBED)
    assert fourth.passages == 0
    with life.db.read() as db:
        for table in ("passage", "passage_words", "embedding"):
            assert db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == 0


async def test_nothing_is_remembered_without_consent_for_text(tmp_path: Path) -> None:
    with new_life(tmp_path, person=PERSON, scope=("voice",)) as life, pytest.raises(ConsentMissing):
        await rebuild(life, EMBED)


async def test_what_was_sent_on_is_nobodys_words_and_what_is_let_in_is(life: Life) -> None:
    life.set_person(Person("Tomas Rell", ("en",), died=date(2018, 3, 2)))
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    chat = rows.conversation("leo")
    rows.say(chat, leo, "Did you read it?", NOON)
    rows.say(chat, him, "A candle goes round the world.", NOON + timedelta(minutes=1))
    rows.say(chat, him, "I did not write that.", NOON + timedelta(minutes=20))
    rows.say(chat, him, "Sent by a wrong clock.", NOON + timedelta(days=9))
    with life.db.write() as db:
        db.execute("UPDATE utterance SET pasted = 1 WHERE text LIKE 'A candle%'")
        db.execute("UPDATE utterance SET after_death = 1 WHERE text LIKE '%clock.'")
    await rebuild(life, EMBED)
    assert [one["text"] for one in own(life)] == ["I did not write that."]
    assert [one["cue"] for one in own(life)] == [None]
    with life.db.write() as db:
        db.execute("UPDATE utterance SET pasted = 0, after_death = 0")
    await rebuild(life, EMBED)
    assert [one["text"] for one in own(life)] == [
        "A candle goes round the world.",
        "I did not write that.",
        "Sent by a wrong clock.",
    ]


async def test_a_writing_dated_after_the_death_is_used_once_it_is_let_in(life: Life) -> None:
    life.set_person(Person("Tomas Rell", ("en",), died=date(2018, 3, 2)))
    rows = Rows(life)
    him = rows.identity("T", "person")
    rows.document(him, "x", "The drawer held one more letter.", written_on="2019-01-01")
    await rebuild(life, EMBED)
    assert own(life) == []
    with life.db.write() as db:
        db.execute("UPDATE document SET released = 1")
    await rebuild(life, EMBED)
    assert [one["text"] for one in own(life)] == ["The drawer held one more letter."]

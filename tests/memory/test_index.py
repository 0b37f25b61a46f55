"""Bringing memory up to date: only what changed is read, and the end is as if all had been."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from memory.rows import Rows, new_life
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall, rebuild
from ofrenda.memory.index import index
from ofrenda.memory.passages import fetch
from ofrenda.memory.words import search_text
from ofrenda.types import Member, MemberId, Role
from ofrenda.vault import Life

NOON = datetime(2018, 3, 1, 12, 0)
SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Leo")
EMBED = scripted_engines().embed


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with new_life(tmp_path) as opened:
        opened.add_member(SON)
        yield opened


def passages(life: Life) -> list[tuple[object, ...]]:
    """All passages, whatever their row numbers are, with what full text finds them by."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT p.kind, p.text, p.cue, p.said_by, p.to_member, p.is_group, p.language,"
            " p.said_local, p.utterances, p.document, p.visibility, p.visible_to, p.conversation,"
            " (SELECT w.text FROM passage_words AS w WHERE w.passage = p.id) FROM passage AS p"
        ).fetchall()
    return sorted((tuple(row) for row in rows), key=repr)


def anew(life: Life) -> list[tuple[object, ...]]:
    """The passages of a life that is read from the beginning."""
    with life.db.write() as db:
        for table in ("embedding", "passage", "remembered_conversation", "remembered_document"):
            db.execute(f"DELETE FROM {table}")
    index(life)
    return passages(life)


def decide(life: Life, identity: int, holder: str | None, member: str | None = None) -> None:
    with life.db.write() as db:
        db.execute(
            "UPDATE identity SET holder = ?, member = ? WHERE id = ?", (holder, member, identity)
        )


def two_chats(life: Life) -> tuple[Rows, int, int, int, int]:
    rows = Rows(life)
    him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
    one, two = rows.conversation("leo"), rows.conversation("other")
    for n in range(6):
        at = NOON + timedelta(days=n)
        rows.exchange(one, leo, f"Question {n}?", him, f"Answer {n}.|And more.", at)
        rows.exchange(two, leo, f"Elsewhere {n}?", him, f"There {n}.", at)
    return rows, him, leo, one, two


def test_only_what_was_touched_is_read_again(life: Life) -> None:
    rows, him, _, one, _ = two_chats(life)
    document = rows.document(him, "Essay", "One paragraph of mine.")
    assert index(life).read == 3
    assert index(life).read == 0
    rows.say(one, him, "One thing more", NOON + timedelta(days=30))
    done = index(life)
    assert (done.read, done.added, done.changed, done.removed) == (1, 1, 0, 0)
    with life.db.write() as db:
        db.execute("UPDATE document SET text = 'Other words of mine.' WHERE id = ?", (document,))
    done = index(life)
    assert (done.read, done.added, done.removed) == (1, 1, 1)


def test_a_decision_is_followed_in_every_chat_it_concerns_and_in_no_other(life: Life) -> None:
    rows, him, leo, _, _ = two_chats(life)
    stranger = rows.identity("X", None)
    third = rows.conversation("third")
    rows.exchange(third, stranger, "Who am I?", him, "A friend.", NOON)
    index(life)
    decide(life, stranger, "member", "m-son")
    assert index(life).read == 1
    decide(life, leo, "drop")
    assert index(life).read == 2
    assert passages(life) == anew(life)
    assert not any(row[1] == "Question 1?" for row in passages(life))


async def test_what_is_unchanged_keeps_its_vectors(life: Life) -> None:
    rows, him, leo, one, _ = two_chats(life)
    first = await rebuild(life, EMBED)
    assert first.embedded > 20
    assert (await rebuild(life, EMBED)).embedded == 0
    rows.exchange(one, leo, "New?", him, "Quite new.", NOON + timedelta(days=50))
    again = await rebuild(life, EMBED)
    assert (again.added, again.embedded) == (2, 3)


def test_the_walk_through_windows_loses_nothing(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, him, leo, one, _ = two_chats(life)
    rows.say(one, him, "undated", None)
    rows.say(one, leo, "undated too", None)
    index(life)
    expected = passages(life)
    monkeypatch.setattr("ofrenda.memory.walk.WINDOW", 2)
    monkeypatch.setattr("ofrenda.memory.pages.WRITTEN_AT_ONCE", 3)
    assert anew(life) == expected
    decide(life, leo, "other")
    index(life)
    assert passages(life) == anew(life)


def test_a_run_that_is_cut_short_goes_on(life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    two_chats(life)
    monkeypatch.setattr("ofrenda.memory.pages.WRITTEN_AT_ONCE", 2)

    class Cut(Exception):
        pass

    def cut(share: float) -> None:
        if share > 0.4:
            raise Cut

    with pytest.raises(Cut):
        index(life, cut)
    with life.db.read() as db:
        assert 0 < db.execute("SELECT count(*) FROM passage").fetchone()[0] < len(anew(life))
    two_more = index(life)
    assert two_more.read == 0
    assert passages(life) == anew(life)


@pytest.mark.parametrize("seed", range(6))
def test_step_by_step_ends_as_all_at_once(
    life: Life, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is added, decided, labelled and taken away, in whatever order."""
    monkeypatch.setattr("ofrenda.memory.walk.WINDOW", 7)
    monkeypatch.setattr("ofrenda.memory.pages.WRITTEN_AT_ONCE", 5)
    rng = random.Random(seed)
    rows = Rows(life)
    senders = [rows.identity(key, None) for key in "ABCD"]
    chats = [rows.conversation(f"c{n}", is_group=n == 2) for n in range(3)]

    def say() -> None:
        at = NOON + timedelta(minutes=rng.randrange(600))
        text = rng.choice(["ok", "ok", "a line", "火车晚点了", None])
        extra = rng.choice([{}, {}, {"forwarded": 1}, {"kind": "image"}, {"after_death": 1}])
        rows.say(rng.choice(chats), rng.choice(senders), text, at, **extra)

    def judge() -> None:
        holder = rng.choice([None, "person", "member", "other", "drop"])
        member = "m-son" if holder == "member" else None
        decide(life, rng.choice(senders), holder, member)

    def label() -> None:
        with life.db.write() as db:
            db.execute(
                "UPDATE utterance SET visibility = ? WHERE id % 5 = ?",
                (rng.choice(["family", "keeper_only", "never_speak"]), rng.randrange(5)),
            )

    def remove() -> None:
        with life.db.write() as db:
            db.execute("DELETE FROM utterance WHERE id % 11 = ?", (rng.randrange(11),))

    for _ in range(12):
        for step in rng.choices((say, judge, label, remove), (12, 3, 1, 1), k=8):
            step()
        index(life)
    assert passages(life) == anew(life)
    assert all(row[-1] == search_text(str(row[1])) for row in passages(life))


async def test_a_life_is_found_by_words_before_it_is_by_meaning(life: Life) -> None:
    two_chats(life)
    index(life)
    recall = await Recall.load(life, EMBED)
    hits = await recall.search("Question 3?", SON)
    assert any(hit.passage.text.startswith("Answer 3") for hit in hits)


@pytest.mark.parametrize(
    ("opening", "to"),
    [
        ("My dear Leo,\n\nYou will find this in the toolbox.", "m-son"),
        ("\nLeo,\n\nYou were brave at four.", "m-son"),
        ("亲爱的Leo：\n\n你四岁的时候很勇敢。", "m-son"),
        ("Dear Leo and Mia,\n\nThe boat is yours.", None),
        ("Dear friends,\n\nThe club is closed.", None),
        ("Leo was four when he walked into the sea, in his coat, because of the dog.", None),
        ("My Leo,\n\nYou were brave at four.", "m-son"),
        ("Leo was four, brown as a nut,\nand you were never there.", None),
        ("One paragraph of mine.", None),
    ],
)
def test_a_letter_is_to_whom_it_greets(life: Life, opening: str, to: str | None) -> None:
    mia = Member(MemberId("m-mia"), "Mia", "daughter", Role.FAMILY, "Mia")
    rows = Rows(life)
    rows.document(rows.identity("Him", "person"), "Letter", opening)
    index(life)
    assert {row[4] for row in passages(life)} == {"m-son" if "Mia" in opening else to}
    life.add_member(mia)  # who is known decides: it is read again
    index(life)
    assert {row[4] for row in passages(life)} == {to}
    (number,) = _numbers(life)
    for reader in (SON, mia):
        found = fetch(life, reader, [number])[number]
        assert found.to_another is (to is not None and reader is not SON)


def _numbers(life: Life) -> list[int]:
    with life.db.read() as db:
        return [int(row[0]) for row in db.execute("SELECT id FROM passage")]

"""Since: what a member said is told back to them alone, with when it was; seen, mended, erased."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from memory.rows import KEEPER, new_life
from ofrenda.clock import ManualClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import BadInput
from ofrenda.memory import Recall
from ofrenda.memory.script import language_of
from ofrenda.memory.told import correct, distance, erase, tell, told_by
from ofrenda.types import Member, MemberId, Provenance, Role, Sentence, Transcript
from ofrenda.vault import Life

NOW = datetime.fromisoformat("2024-05-16T10:00:00+00:00")  # a Thursday
OTHER = Member(MemberId("m-other"), "Bea", "sister", Role.FAMILY, "Bee")


@pytest.fixture
def life(tmp_path: Path) -> Life:
    life = new_life(tmp_path)
    life.add_member(OTHER)
    return life


async def call(life: Life, who: Member, at: datetime, *lines: str) -> list[list[Sentence]]:
    """A whole call; what was answered to each line."""
    engines = scripted_engines(reply=("",))
    recall = await Recall.load(life, engines.embed)
    conversation = Conversation(life, who, engines, clock=ManualClock(at), recall=recall)
    await conversation.open()
    answers = []
    for line in lines:
        heard = Transcript(line, language_of(line), 1.0)
        spoken = [one async for one in conversation.reply(heard)]
        await conversation.played(heard, [(one, one.text) for one in spoken])
        answers.append(spoken)
    await conversation.close("caller")
    return answers


async def test_what_was_told_is_told_back_with_when_it_was(life: Life) -> None:
    await call(life, KEEPER, NOW - timedelta(days=2), "I have a chemistry exam on Friday", "你好")
    ((first,), (second,)) = await call(
        life,
        KEEPER,
        NOW,
        "Do you remember what I told you about the exam?",
        "我上次跟你说了什么考试？",
    )
    assert first.text == "On Tuesday you told me: “I have a chemistry exam on Friday”"
    assert first.provenance is Provenance.REMEMBERED
    assert (first.sources[0].kind, first.sources[0].said_at) == ("call", date(2024, 5, 14))
    assert second.text.startswith("前天你跟我说")


async def test_last_time_and_last_week_choose_by_day(life: Life) -> None:
    await call(life, KEEPER, NOW - timedelta(days=9), "We painted the kitchen yellow")
    await call(life, KEEPER, NOW - timedelta(days=1), "The neighbour bought a trombone")
    (last,), (week,) = await call(
        life,
        KEEPER,
        NOW,
        "What did I tell you last time?",
        "What did I say last week about the kitchen?",
    )
    assert "trombone" in last.text
    assert last.text.startswith("Yesterday")
    assert "yellow" in week.text


async def test_nobody_hears_what_another_told(life: Life) -> None:
    await call(life, KEEPER, NOW - timedelta(days=1), "I have a secret lump on my shoulder")
    tell(life, KEEPER, "My secret lump is gone", NOW - timedelta(days=1))
    for ask in (
        "What did I tell you about the lump?",
        "Do you remember what I said yesterday?",
        "What did Ana tell you about the lump?",
        "我上次跟你说了什么？",
    ):
        (spoken,) = await call(life, OTHER, NOW, ask)
        assert not any("secret lump" in one.text for one in spoken), ask


async def test_it_is_never_the_persons_own_past(life: Life) -> None:
    await call(life, KEEPER, NOW - timedelta(days=1), "I bought a purple accordion in Lisbon")
    (spoken,) = await call(life, KEEPER, NOW, "What did you buy in Lisbon?")
    assert not any("accordion" in one.text for one in spoken)


async def test_a_protected_topic_is_not_answered_from_a_call(life: Life) -> None:
    await call(life, KEEPER, NOW - timedelta(days=1), "You forgave me, I know it")
    (spoken,) = await call(life, KEEPER, NOW, "Did I tell you whether you forgive me?")
    assert {one.provenance for one in spoken} == {Provenance.HOUSE}


async def test_a_member_sees_mends_and_erases_what_is_remembered_of_them(life: Life) -> None:
    await call(life, KEEPER, NOW - timedelta(days=1), "My train was lake", "Goodbye")
    tell(life, KEEPER, "A letter about the pear tree", NOW)
    kept = told_by(life, KEEPER)
    assert {one.kind for one in kept} == {"call", "letter"}
    wrong = next(one for one in kept if "lake" in one.text)
    with pytest.raises(BadInput):
        correct(life, OTHER, wrong.key, "Not mine to change")
    with pytest.raises(BadInput):
        erase(life, OTHER, wrong.key)
    correct(life, KEEPER, wrong.key, "My train was late")
    (spoken,) = await call(life, KEEPER, NOW, "What did I tell you about the train?")
    assert "late" in spoken[0].text
    assert erase(life, KEEPER, wrong.key) == 1
    (spoken,) = await call(life, KEEPER, NOW, "What did I tell you about the train?")
    assert not any("late" in one.text for one in spoken)
    await call(life, OTHER, NOW, "I keep bees")
    assert erase(life, KEEPER) > 0
    assert told_by(life, KEEPER) == []
    assert [one.text for one in told_by(life, OTHER)] == ["I keep bees"]
    with life.db.read() as db:
        left = db.execute("SELECT count(*) FROM spoken").fetchone()[0]
        mine = db.execute(
            "SELECT count(*) FROM spoken AS s JOIN turn AS t ON t.id = s.turn"
            " JOIN call AS c ON c.id = t.call WHERE c.member = ?",
            (str(OTHER.id),),
        ).fetchone()[0]
    assert left == mine, "the answers are forgotten with what was asked"


@pytest.mark.parametrize(
    ("days", "english", "chinese"),
    [
        (0, "earlier today", "今天"),
        (1, "yesterday", "昨天"),
        (2, "on Tuesday", "前天"),
        (5, "on Saturday", "上个星期六"),
        (9, "last week", "上个星期"),
        (22, "three weeks ago", "三个星期前"),
        (200, "on 29 October 2023", "2023年10月29日"),
    ],
)
def test_distance_in_time_is_said_as_people_say_it(days: int, english: str, chinese: str) -> None:
    today = NOW.date()
    assert distance(today - timedelta(days=days), today, "en") == english
    assert distance(today - timedelta(days=days), today, "zh") == chinese

"""The lists that recall joins: words, meaning, time, people, and what was said around it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from memory.rows import KEEPER, Rows, new_life
from ofrenda.clock import ManualClock
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall, rebuild
from ofrenda.memory.people import PERSON, named_in
from ofrenda.memory.postings import Postings, query_terms
from ofrenda.memory.ranking import Weights
from ofrenda.memory.vectors import EXACT, Vectors, pack
from ofrenda.memory.when import Window, window_of
from ofrenda.memory.words import words
from ofrenda.types import Member, MemberId, Person, Role

TODAY = date(2024, 5, 1)
BORN = date(1950, 3, 2)
EMBED = scripted_engines().embed


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("What did we do last summer?", "2023-06-01", "2023-08-31"),
        ("去年夏天我们去哪了", "2023-06-01", "2023-08-31"),
        ("2019年春节你在哪里", "2019-01-15", "2019-02-25"),
        ("Where were you at Christmas 2019?", "2019-12-20", "2019-12-31"),
        ("上个月你说了什么", "2024-04-01", "2024-04-30"),
        ("What did you say last month?", "2024-04-01", "2024-04-30"),
        ("Who was that in May 2019?", "2019-05-01", "2019-05-31"),
        ("2019年5月的事", "2019-05-01", "2019-05-31"),
        ("When you were ten, where did you live?", "1960-01-01", "1961-12-31"),
        ("你十岁的时候住哪", "1960-01-01", "1961-12-31"),
        ("三年前", "2021-01-01", "2021-12-31"),
        ("a couple of years ago", "2022-01-01", "2022-12-31"),
        ("the 1990s", "1990-01-01", "1999-12-31"),
        ("八十年代", "1980-01-01", "1989-12-31"),
        ("80年代", "1980-01-01", "1989-12-31"),
        ("昨天", "2024-04-30", "2024-04-30"),
        ("How long may it take? I may be late", None, None),
        ("Did the 31st of June 2020 exist?", "2020-06-01", "2020-06-30"),
    ],
)
def test_a_time_that_is_named_is_a_range_of_days(
    text: str, first: str | None, last: str | None
) -> None:
    wanted = Window(date.fromisoformat(first), date.fromisoformat(last)) if first and last else None
    assert window_of(text, TODAY, BORN) == wanted


def test_without_a_birthday_an_age_is_no_time() -> None:
    assert window_of("When you were ten", TODAY) is None


WIFE = Member(MemberId("m-wife"), "Xiaowen", "wife", Role.KEEPER, "Wenwen")
SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Sparrow")
MAN = Person("Tomas Rell", ("en", "zh"))


@pytest.mark.parametrize(
    ("question", "plain", "speakers"),
    [
        ("What did Tomas research?", {"research"}, {PERSON}),
        ("What did Leo's teacher say?", {"teacher"}, {"member:m-son"}),
        ("Did Tomas and Xiaowen argue?", {"argue"}, {PERSON, "member:m-wife"}),
        ("Where did you grow up?", {"grow"}, {PERSON}),
        ("What did I tell about school?", {"school"}, {"member:m-son"}),
    ],
)
def test_who_is_asked_about_is_no_word_to_search_for(
    question: str, plain: set[str], speakers: set[str]
) -> None:
    named = named_in(question, SON, MAN, (WIFE, SON))
    assert plain <= query_terms(named.plain)
    assert not query_terms(named.plain) & {"toma", "tomas", "leo", "xiaowen"}
    assert named.speakers == speakers


@pytest.mark.parametrize(
    ("question", "listener", "alias"),
    [
        ("Was Mum angry?", SON, "wenwen"),
        ("妈妈生气了吗", SON, "wenwen"),
        ("What did your son break?", WIFE, "sparrow"),
    ],
)
def test_a_relative_is_found_by_their_names(question: str, listener: Member, alias: str) -> None:
    assert alias in named_in(question, listener, MAN, (WIFE, SON)).aliases


def test_nobody_is_mum_to_a_stranger() -> None:
    stranger = Member(MemberId("m-x"), "Kay", "friend", Role.LISTENER)
    assert named_in("Was Mum angry?", stranger, MAN, (WIFE, SON, stranger)).aliases == {}


def test_rare_words_count_more_and_what_may_not_be_heard_not_at_all() -> None:
    texts = ["red boat", "red house", "red house red", "blue boat", "red sail"]
    postings = Postings.of(words(one) for one in texts)
    everyone = np.ones(len(texts), dtype=np.bool_)
    terms = dict.fromkeys(query_terms("the red boat"), 1.0)
    scores = postings.score(terms, everyone)
    assert int(scores.argmax()) == 0
    assert scores[3] > scores[4]  # "boat" is in two, "red" in four
    alone = everyone.copy()
    alone[0] = False
    hidden = postings.score(terms, alone)
    assert hidden[0] == 0
    # As if the first did not exist at all: rarity is counted among what may be heard.
    fewer = Postings.of(words(one) for one in texts[1:])
    assert hidden[1:].argsort().tolist() == fewer.score(terms, everyone[1:]).argsort().tolist()


def cone(count: int, seed: int) -> np.ndarray:
    clusters = np.random.default_rng(0).normal(size=(50, 384))
    chance = np.random.default_rng(seed)
    raw = 4.0 + clusters[chance.integers(0, 50, count)] + 0.7 * chance.normal(size=(count, 384))
    return np.asarray(raw / np.linalg.norm(raw, axis=1, keepdims=True), dtype=np.float32)


def test_many_vectors_are_searched_nearly_as_well_as_if_all_were_compared() -> None:
    count = EXACT + 5_000
    stored = cone(count, 1)
    mean = stored[:1000].mean(axis=0)
    vectors = Vectors(count, np.arange(count), *pack(stored.astype(np.float16), mean), mean)
    allowed = np.ones(count, dtype=np.bool_)
    allowed[::7] = False
    found = 0
    for query in cone(20, 2):
        near = vectors.near(query, allowed)
        assert allowed[near.places].all()
        exact = stored @ query
        assert np.abs(near.cosines - exact[near.places]).max() < 0.002
        best = np.argsort(-np.where(allowed, exact, -1))[:10]
        found += len(set(best.tolist()) & set(near.places.tolist()))
    assert found >= 0.95 * 200


async def test_what_was_said_around_it_helps_to_find_an_answer(tmp_path: Path) -> None:
    with new_life(tmp_path) as life:
        rows = Rows(life)
        him, her = rows.identity("T", "person"), rows.identity("A", "member", str(KEEPER.id))
        chat = rows.conversation("ana")
        day = datetime(2019, 5, 1, 9)
        for n in range(30):
            rows.exchange(chat, her, f"Talk number {n}", him, f"Fine, {n}.", day)
            day += timedelta(days=1)
        rows.exchange(chat, her, "How was the regatta on the lake?", him, "Second place.", day)
        await rebuild(life, EMBED)
        recall = await Recall.load(life, EMBED)
        hits = await recall.search("Tell me of the regatta", KEEPER, own=True)
        assert hits[0].passage.text == "Second place."


async def test_a_question_about_a_time_finds_what_was_said_then(tmp_path: Path) -> None:
    with new_life(tmp_path) as life:
        rows = Rows(life)
        him = rows.identity("T", "person")
        group = rows.conversation("all", is_group=True)
        for year in range(2010, 2024):
            at = datetime(year, 7, 9, 12)
            rows.say(group, him, f"We swam in the river, {year - 2000} times.", at)
        await rebuild(life, EMBED)
        clock = ManualClock(datetime.fromisoformat("2024-05-01T10:00:00+00:00"))
        recall = await Recall.load(life, EMBED, clock)
        for question in ("Did you swim in the river last summer?", "去年夏天你们游泳了吗"):
            hits = await recall.search(question, KEEPER)
            assert hits[0].passage.text == "We swam in the river, 23 times."


async def test_memory_notices_what_is_new_and_what_is_gone(tmp_path: Path) -> None:
    with new_life(tmp_path) as life:
        rows = Rows(life)
        him = rows.identity("T", "person")
        group = rows.conversation("all", is_group=True)
        rows.say(group, him, "The lantern is blue", datetime(2019, 5, 1))
        await rebuild(life, EMBED)
        recall = await Recall.load(life, EMBED)
        rows.say(group, him, "The kettle is green", datetime(2019, 6, 1))
        await rebuild(life, EMBED)
        assert (await recall.search("kettle", KEEPER))[0].passage.text == "The kettle is green"
        with life.db.write() as db:
            db.execute("DELETE FROM utterance WHERE text LIKE '%kettle%'")
        await rebuild(life, EMBED)
        assert all(
            "kettle" not in one.passage.text for one in await recall.search("kettle", KEEPER)
        )


def test_weights_default_to_something_for_every_list() -> None:
    assert Weights().words > 0
    assert Weights().meaning > 0

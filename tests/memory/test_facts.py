"""Facts as memory keeps them: heard by whom, gone with what, replaced by what, leading where."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from memory.rows import KEEPER, Rows, new_life
from ofrenda.clock import ManualClock
from ofrenda.engines.scripted import ScriptedEmbedder
from ofrenda.errors import BadInput
from ofrenda.memory import Recall
from ofrenda.memory.fact_keeping import NewFact, Outcome, Source, keep_fact
from ofrenda.memory.facts import Fact, correct_fact, facts_for, withdraw_fact
from ofrenda.memory.index import index
from ofrenda.memory.visibility import Rule, add_rule, remove_rule, rules
from ofrenda.types import Member, MemberId, Role, Visibility
from ofrenda.vault import Life

NOW = datetime(2026, 1, 1, tzinfo=UTC)
NOON = datetime(2018, 3, 1, 12, 0)
SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Leo")
NIECE = Member(MemberId("m-niece"), "Ida", "niece", Role.FAMILY, "Ida")


class House:
    """A life in which the person wrote to each member and to all of them."""

    def __init__(self, life: Life) -> None:
        self.life, self.rows = life, Rows(life)
        self.him = self.rows.identity("T", "person")
        self.leo = self.rows.identity("L", "member", "m-son")
        self.ida = self.rows.identity("I", "member", "m-niece")
        self.all = self.rows.conversation("all", is_group=True)
        self.chats = {one: self.rows.conversation(str(one)) for one in (self.leo, self.ida)}
        self.at = NOON

    def said(self, text: str, to: int | None = None) -> int:
        """A message of the person's to everybody, or an answer to one member."""
        self.at += timedelta(days=30)
        if to is None:
            return self.rows.say(self.all, self.him, text, self.at)
        self.rows.say(self.chats[to], to, "And then?", self.at)
        return self.rows.say(self.chats[to], self.him, text, self.at + timedelta(minutes=1))

    def fact(self, text: str, *quotes: tuple[int, str], instead_of: int | None = None) -> Outcome:
        """Keep a fact that rests on these words of these messages."""
        index(self.life)
        sources = []
        with self.life.db.read() as db:
            for number, words in quotes:
                row = db.execute(
                    "SELECT p.id, p.said_by, u.ts_local FROM passage AS p, json_each(p.utterances)"
                    " AS j JOIN utterance AS u ON u.id = j.value WHERE u.id = ?",
                    (number,),
                ).fetchone()
                sources.append(
                    Source("utterance", number, row[0], row["said_by"], row["ts_local"], words)
                )
        new = NewFact(text, "en", "person", tuple(sources), "a model", instead_of)
        return keep_fact(self.life, new, NOW)

    def texts(self, listener: Member = KEEPER) -> list[str]:
        """The facts that stand for a listener."""
        return [one.text for one in facts_for(self.life, listener)]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with new_life(tmp_path) as life:
        life.add_member(SON)
        life.add_member(NIECE)
        yield House(life)


def count(life: Life, table: str) -> int:
    with life.db.read() as db:
        return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_it_is_heard_by_who_may_hear_all_that_it_rests_on(house: House) -> None:
    family = house.said("I kept bees.")
    secret = house.said("I sold the bees to Bo.", house.leo)
    house.fact("I kept bees", (family, "I kept bees"))
    house.fact("I sold the bees to Bo", (secret, "I sold the bees to Bo"))
    house.fact("I kept bees and sold to Bo", (family, "I kept bees"), (secret, "to Bo"))
    assert len(house.texts(SON)) == 3
    assert house.texts(NIECE) == house.texts(KEEPER) == ["I kept bees"]
    narrowest = facts_for(house.life, SON)[-1].audience
    assert (narrowest.visibility, narrowest.members) == (Visibility.MEMBER, frozenset({"m-son"}))


def test_it_follows_the_label_of_its_source_both_ways(house: House) -> None:
    number = house.said("I kept bees.")
    house.fact("I kept bees", (number, "I kept bees"))
    add_rule(house.life, Rule(Visibility.KEEPER_ONLY, utterance=number))
    assert house.texts(NIECE) == []
    assert house.texts(KEEPER) == ["I kept bees"]
    add_rule(house.life, Rule(Visibility.NEVER_SPEAK, utterance=number))
    assert house.texts(KEEPER) == []
    for rule in rules(house.life):
        assert rule.id is not None
        remove_rule(house.life, rule.id)
    assert house.texts(NIECE) == ["I kept bees"]


def test_a_fact_of_two_sources_goes_with_either(house: House) -> None:
    one, two = house.said("I kept bees."), house.said("They swarmed in May.")
    house.fact("I kept bees, swarmed in May", (one, "I kept bees"), (two, "swarmed in May"))
    with house.life.db.write() as db:
        db.execute("DELETE FROM utterance WHERE id = ?", (two,))
    assert count(house.life, "fact") == count(house.life, "fact_source") == 0


def test_what_is_corrected_takes_its_facts_along_before_anything_is_rebuilt(house: House) -> None:
    number = house.said("I kept bees.")
    house.fact("I kept bees", (number, "I kept bees"))
    with house.life.db.write() as db:
        db.execute("UPDATE utterance SET text = 'I kept geese.' WHERE id = ?", (number,))
    assert count(house.life, "fact") == 0
    with house.life.db.write() as db:
        db.execute("UPDATE utterance SET text = text WHERE id = ?", (number,))


def test_a_document_and_its_facts_go_together(house: House) -> None:
    number = house.rows.document(house.him, "Rona", "I kept the light on Rona.")
    index(house.life)
    with house.life.db.read() as db:
        passage = db.execute("SELECT id FROM passage WHERE document = ?", (number,)).fetchone()[0]
    source = Source("document", number, passage, "person", None, "the light on Rona")
    fact = NewFact("I kept the light on Rona", "en", "person", (source,), "a model")
    assert keep_fact(house.life, fact, NOW) is Outcome.KEPT
    with house.life.db.write() as db:
        db.execute("UPDATE document SET text = 'I kept geese.' WHERE id = ?", (number,))
    assert count(house.life, "fact") == 0
    assert keep_fact(house.life, fact, NOW) is Outcome.GONE


def test_it_follows_its_words_into_a_passage_that_grew(house: House) -> None:
    number = house.said("I kept bees.")
    house.fact("I kept bees", (number, "I kept bees"))
    house.rows.say(house.all, house.him, "Forty hives!", house.at + timedelta(minutes=2))
    index(house.life)
    assert house.texts() == ["I kept bees"]


def test_it_follows_the_day_of_its_source_and_the_time_counted_from_it(house: House) -> None:
    number = house.said("I kept bees last year.")
    house.fact("I kept bees last year", (number, "I kept bees last year"))
    (before,) = facts_for(house.life, KEEPER)
    with house.life.db.write() as db:
        db.execute("UPDATE utterance SET ts_local = '2008-05-04T10:00:00' WHERE id = ?", (number,))
    index(house.life)
    (after,) = facts_for(house.life, KEEPER)
    assert after.id == before.id
    assert (before.valid_from, after.valid_from) == (date(2017, 1, 1), date(2007, 1, 1))
    assert (after.said_at, after.sources[0].said_at) == (date(2008, 5, 4), date(2008, 5, 4))


def test_what_is_set_aside_is_heard_by_nobody_until_it_is_back(house: House) -> None:
    number = house.said("I kept bees.")
    house.fact("I kept bees", (number, "I kept bees"))
    for pasted, heard in ((1, []), (0, ["I kept bees"])):
        with house.life.db.write() as db:
            db.execute("UPDATE utterance SET pasted = ? WHERE id = ?", (pasted, number))
        index(house.life)
        assert house.texts() == heard


def test_a_sender_who_turns_out_to_be_somebody_else_leaves_no_fact_of_the_person(
    house: House,
) -> None:
    other = house.rows.identity("X", "person")
    number = house.rows.say(house.all, other, "I kept bees.", NOON)
    house.fact("I kept bees", (number, "I kept bees"))
    with house.life.db.write() as db:
        db.execute("UPDATE identity SET holder = 'member', member = 'm-son' WHERE id = ?", (other,))
    house.said("Hello all.")
    index(house.life)
    assert house.texts(SON) == house.texts() == []


def test_a_passage_that_changed_hands_is_no_source_even_before_facts_follow(house: House) -> None:
    number = house.said("I kept bees.")
    house.fact("I kept bees", (number, "I kept bees"))
    with house.life.db.write() as db:
        db.execute("UPDATE passage SET said_by = 'member:m-son'")
    assert house.texts() == []


def test_words_that_changed_while_a_model_was_reading_are_no_source(house: House) -> None:
    number = house.said("I kept bees.")
    assert house.fact("I kept geese", (number, "I kept geese")) is Outcome.GONE
    assert house.fact("I kept bees", (number, "I kept bees")) is Outcome.KEPT
    assert house.fact("i KEPT bees", (number, "kept bees")) is Outcome.KNOWN


def test_a_correction_replaces_and_a_withdrawal_ends_and_nothing_is_deleted(house: House) -> None:
    number = house.said("I kept bees.")
    house.fact("I kept bees", (number, "I kept bees"))
    (old,) = facts_for(house.life, KEEPER)
    new = correct_fact(house.life, KEEPER, old.id, "I kept bumblebees", NOW)
    (standing,) = facts_for(house.life, KEEPER)
    assert (standing.id, standing.text, standing.made_by) == (new, "I kept bumblebees", "keeper")
    assert standing.sources == old.sources
    with pytest.raises(BadInput):
        correct_fact(house.life, KEEPER, old.id, "I kept wasps", NOW)
    withdraw_fact(house.life, KEEPER, new, NOW)
    assert house.texts() == []
    kept = facts_for(house.life, KEEPER, everything=True)
    assert [(one.text, one.corrected, one.withdrawn) for one in kept] == [
        ("I kept bees", True, True),
        ("I kept bumblebees", False, True),
    ]
    # Read again, in other words, it is not noted again.
    assert house.fact("I once kept bees", (number, "I kept bees")) is Outcome.KNOWN


def test_nobody_corrects_or_withdraws_what_they_may_not_hear(house: House) -> None:
    number = house.said("I kept bees.", house.leo)
    house.fact("I kept bees", (number, "I kept bees"))
    (secret,) = facts_for(house.life, SON)
    with pytest.raises(BadInput):
        correct_fact(house.life, NIECE, secret.id, "I kept wasps", NOW)
    with pytest.raises(BadInput):
        withdraw_fact(house.life, NIECE, secret.id, NOW)
    with pytest.raises(BadInput):
        correct_fact(house.life, SON, secret.id, "  ", NOW)
    assert house.texts(SON) == ["I kept bees"]


def moved(house: House, *, told_to: int | None) -> list[Fact]:
    """Two homes, the later told to everybody or to one."""
    first = house.said("I live in Bergen.")
    house.fact("I live in Bergen", (first, "I live in Bergen"))
    (old,) = facts_for(house.life, KEEPER)
    second = house.said("I live in Porto.", told_to)
    house.fact("I live in Porto", (second, "I live in Porto"), instead_of=old.id)
    return facts_for(house.life, SON, everything=True)


def test_a_newer_fact_ends_an_older_one_from_its_own_day(house: House) -> None:
    old, new = moved(house, told_to=None)
    assert (old.valid_until, old.replaced_by) == (new.valid_from, new.id)
    assert new.stands
    assert house.texts(NIECE) == ["I live in Porto"]
    withdraw_fact(house.life, SON, new.id, NOW)
    assert house.texts(NIECE) == ["I live in Bergen"]


def test_what_was_told_to_one_ends_nothing_for_the_others(house: House) -> None:
    moved(house, told_to=house.leo)
    assert house.texts(SON) == ["I live in Porto"]
    assert house.texts(NIECE) == ["I live in Bergen"]
    assert "Porto" not in repr(facts_for(house.life, NIECE, everything=True))
    (old,) = facts_for(house.life, NIECE, everything=True)
    assert (old.valid_until, old.replaced_by) == (None, None)


def test_the_earlier_of_two_is_the_one_that_is_replaced_whatever_came_first(house: House) -> None:
    early = house.said("I live in Bergen.")
    late = house.said("I live in Porto.")
    house.fact("I live in Porto", (late, "I live in Porto"))
    (known,) = facts_for(house.life, KEEPER)
    house.fact("I live in Bergen", (early, "I live in Bergen"), instead_of=known.id)
    assert house.texts() == ["I live in Porto"]


def test_matters_that_share_nothing_do_not_replace_each_other(house: House) -> None:
    one, two = house.said("I live in Bergen."), house.said("Bees sting.")
    house.fact("I live in Bergen", (one, "I live in Bergen"))
    (known,) = facts_for(house.life, KEEPER)
    house.fact("Bees sting", (two, "Bees sting"), instead_of=known.id)
    assert len(house.texts()) == 2


# ----------------------------------------------------------------------- a further way in


async def found(house: House, question: str, listener: Member = KEEPER) -> list[str]:
    recall = await Recall.load(house.life, ScriptedEmbedder(), ManualClock(NOW))
    return [hit.passage.text for hit in await recall.search(question, listener, limit=3)]


async def test_a_fact_brings_in_the_verbatim_words_it_rests_on(house: House) -> None:
    chatter = ("The balcony is wet.", "Tomatoes are dear.", "A balcony, a chair, tomatoes to eat.")
    one = house.said("The tomatoes are doing well.")
    two = house.said("I grow them up there beside the chimney.")
    for n in range(12):
        house.said(chatter[n % 3])
    before = await found(house, "Did you grow tomatoes beside the chimney?")
    house.fact(
        "I grow tomatoes beside the chimney",
        (one, "The tomatoes"),
        (two, "I grow them up there beside the chimney"),
    )
    after = await found(house, "Did you grow tomatoes beside the chimney?")
    assert "The tomatoes are doing well." not in before[:2]
    assert set(after[:2]) == {
        "The tomatoes are doing well.",
        "I grow them up there beside the chimney.",
    }


async def test_what_was_withdrawn_or_put_right_leads_nowhere_any_more(house: House) -> None:
    number = house.said("They are doing well.")
    for n in range(12):
        house.said(f"The tomatoes of neighbour {n}.")
    house.fact("Tomatoes are doing well", (number, "are doing well"))
    question = "tomatoes doing well"
    recall = await Recall.load(house.life, ScriptedEmbedder(), ManualClock(NOW))

    async def score() -> float:
        hits = await recall.search(question, KEEPER, limit=40)
        return max((h.score for h in hits if h.passage.text == "They are doing well."), default=0.0)

    lifted = await score()
    (one,) = facts_for(house.life, KEEPER)
    new = correct_fact(house.life, KEEPER, one.id, "Geese are doing badly", NOW)
    assert await score() < lifted
    withdraw_fact(house.life, KEEPER, new, NOW)
    assert await score() < lifted


async def test_an_earlier_home_leads_on_only_when_its_time_is_asked_about(house: House) -> None:
    up, down = house.said("We moved up the hill."), house.said("We moved down again.")
    house.fact("Home in Bergen", (up, "moved up the hill"))
    (old,) = facts_for(house.life, KEEPER)
    house.fact("Home in Porto", (down, "moved down again"), instead_of=old.id)
    assert await found(house, "Home in Bergen or Porto?") == ["We moved down again."]
    assert set(await found(house, "Home in Bergen or Porto in April 2018?")) == {
        "We moved up the hill.",
        "We moved down again.",
    }
    assert await found(house, "Home in Bergen or Porto in June 2020?") == ["We moved down again."]


async def test_a_move_told_to_one_ends_the_earlier_home_for_that_one_alone(house: House) -> None:
    up, down = house.said("We moved up the hill."), house.said("We moved down.", house.leo)
    house.fact("Home in Bergen", (up, "moved up the hill"))
    (old,) = facts_for(house.life, KEEPER)
    house.fact("Home in Porto", (down, "moved down"), instead_of=old.id)
    assert await found(house, "Home in Bergen?", NIECE) == ["We moved up the hill."]
    assert await found(house, "Home in Bergen?", SON) == ["We moved down."]


async def test_a_life_without_facts_is_searched_exactly_as_before(house: House) -> None:
    for n in range(30):
        house.said(f"I painted house number {n} by the sea.")
    index(house.life)
    recall = await Recall.load(house.life, ScriptedEmbedder(), ManualClock(NOW))
    before = [(h.passage.id, h.score) for h in await recall.search("house number 7", SON)]
    house.fact("I painted geese", (house.said("I painted geese.", house.ida), "painted geese"))
    # Facts that this listener may not hear change nothing either, not even the order.
    await recall.refresh()
    after = [(h.passage.id, h.score) for h in await recall.search("house number 7", SON)]
    assert [one for one, _ in after] == [one for one, _ in before]


async def test_no_fact_of_a_narrower_audience_ever_reaches_or_moves_anything(
    tmp_path: Path,
) -> None:
    """Two lives with the same archive, one with facts of each member's secrets: for every listener
    the searches give what they would give if only the facts that they may hear had been noted."""
    chance = random.Random(20261127)
    subjects = ("debt", "letter", "illness", "garden", "ring", "欠债", "婚礼")
    with new_life(tmp_path / "a") as life:
        people = [KEEPER, SON, NIECE]
        for one in people[1:]:
            life.add_member(one)
        house = House(life)
        chats = [house.leo, house.ida, None]
        said: list[tuple[int, str, int | None]] = []
        for n in range(90):
            to = chance.choice(chats)
            mark = f"zq{n:03}x"
            text = f"About the {chance.choice(subjects)}, {mark}, and the {chance.choice(subjects)}"
            said.append((house.said(f"{text}.", to), mark, to))
        index(life)
        owners = {house.leo: "m-son", house.ida: "m-niece", None: None}
        allowed: dict[str, set[str]] = {}
        for _, mark, to in said:
            everybody = {str(one.id) for one in people}
            allowed[mark] = everybody if to is None else {str(owners[to])}
        notes = []
        for _ in range(120):
            some = chance.sample(said, chance.choice((1, 1, 2)))
            text = " ".join(f"{mark} {chance.choice(subjects)}" for _, mark, _ in some)
            notes.append((text, [(number, mark) for number, mark, _ in some]))
        for place, (text, quotes) in enumerate(notes):
            house.fact(text, *quotes, instead_of=chance.randrange(place) if place > 5 else None)
        ruled = chance.sample(said, 10)
        for number, mark, _ in ruled:
            add_rule(life, Rule(Visibility.KEEPER_ONLY, utterance=number))
            allowed[mark] &= {"m-keeper"}
        recall = await Recall.load(life, ScriptedEmbedder(), ManualClock(NOW))
        questions = [
            chance.choice(
                (
                    f"What about the {chance.choice(subjects)}?",
                    f"zq{chance.randrange(90):03}x",
                    f"the {chance.choice(subjects)} and zq{chance.randrange(90):03}x in 2019",
                )
            )
            for _ in range(150)
        ]
        seen = {}
        facts = 0
        for listener in people:
            for fact in facts_for(life, listener, everything=True):
                facts += 1
                marks = [mark for mark in allowed if mark in repr(fact)]
                assert marks
                assert all(str(listener.id) in allowed[mark] for mark in marks)
            for question in questions:
                hits = await recall.search(question, listener)
                for hit in hits:
                    marks = [mark for mark in allowed if mark in hit.passage.text]
                    assert all(str(listener.id) in allowed[mark] for mark in marks)
                seen[listener.id, question] = [(hit.passage.id, hit.score) for hit in hits]
        with life.db.read() as db:
            ended = db.execute("SELECT count(*) FROM fact WHERE replaces IS NOT NULL").fetchone()[0]
        assert ended > 10
        assert facts > 60, "a filter that lets nothing through proves nothing"
        for listener in people:
            heard = {one.id for one in facts_for(life, listener, everything=True)}
            with life.db.read() as db:
                kept = {int(row[0]) for row in db.execute("SELECT id FROM fact")}
            with life.db.write() as db:
                db.executemany(
                    "UPDATE fact SET withdrawn_utc = '2026-01-01T00:00:00Z' WHERE id = ?",
                    [(one,) for one in kept - heard],
                )
            assert kept - heard
            for question in questions:
                hits = await recall.search(question, listener)
                assert [(h.passage.id, h.score) for h in hits] == seen[listener.id, question]
            with life.db.write() as db:
                db.execute("UPDATE fact SET withdrawn_utc = NULL")

"""The measures of style and honesty count what they say they count."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import BadInput
from ofrenda.measure.honesty import Answered, figures, measure, measure_honesty, off_subject
from ofrenda.measure.honesty_set import Part, Question, build, draw
from ofrenda.measure.likeness_of_words import measure_life
from ofrenda.measure.style import Verifier, auc, divergence, measure_people
from ofrenda.measure.words import Task
from ofrenda.memory import Recall
from ofrenda.settings import Settings
from ofrenda.types import Provenance, Sentence


def people(count: int, messages: int) -> dict[str, list[str]]:
    """Invented writers, each with words and endings of their own."""
    draw_ = random.Random(3)
    stock = ["tea", "boat", "rain", "home", "late", "soup", "train", "clock", "garden", "money"]
    made = {}
    for number in range(count):
        mine = draw_.sample(stock, 5)
        end = ("!", " lah", "...", " :)", "")[number % 5]
        made[f"p{number}"] = [
            " ".join(draw_.choice(mine) for _ in range(4 + number % 3)) + end
            for _ in range(messages)
        ]
    return made


def test_area_under_the_curve_and_divergence_are_the_textbooks() -> None:
    assert auc([3.0, 4.0], [1.0, 2.0]) == 1.0
    assert auc([1.0], [1.0]) == 0.5
    assert auc([0.0], [1.0, 2.0]) == 0.0
    assert auc([], [1.0]) is None
    assert divergence({"a": 1.0}, {"a": 2.0}) == 0.0
    assert divergence({"a": 1.0}, {"b": 1.0}) == pytest.approx(1.0)


def test_writers_are_told_apart_and_the_same_writer_twice_is_not() -> None:
    rows = measure_people(people(5, 200), "en")
    assert all(row["auc"] > 0.9 for row in rows if row["messages"] >= 10)
    one = people(1, 900)["p0"]
    thirds = {"a": one[::3], "b": one[1::3], "c": one[2::3]}
    blind = measure_people(thirds, "en")
    assert all(0.3 < row["auc"] < 0.7 for row in blind if row["messages"] == 10)


def test_too_little_text_is_said() -> None:
    verifier = Verifier(people(3, 100), "en")
    assert verifier.judge("p0", ["ok"]).too_little
    assert verifier.judge("nobody", ["some longer text that could be judged " * 3]).too_little
    short = Verifier({"p0": ["hello there"] * 10}, "en")
    assert short.judge("p0", ["hello there " * 10]).score is None


def test_the_figures_count_by_kind() -> None:
    def one(kind: str, outcome: str) -> Answered:
        return Answered(Question(kind, "en", "?"), outcome, ())  # type: ignore[arg-type]

    found = figures(
        [
            one("answerable", "right"),
            one("answerable", "none"),
            one("answerable", "wrong"),
            one("answerable", "right"),
            one("unanswerable", "none"),
            one("unanswerable", "wrong"),
            one("false_premise", "none"),
            one("protected", "invented"),
        ]
    )
    assert found["false_abstention_rate"] == 0.25
    assert found["false_abstention_lenient"] == 0.25
    assert found["wrong_line_rate"] == 0.25
    assert found["fabrication_unanswerable"] == 0.5
    assert found["fabrication_rate"] == 0.5
    assert found["fabrication_protected"] == 1.0
    assert found["inventions_heard"] == 1.0


def test_what_is_offered_is_an_abstention_and_on_a_protected_topic_a_fabrication() -> None:
    def one(kind: str, outcome: str) -> Answered:
        return Answered(Question(kind, "en", "?"), outcome, ())  # type: ignore[arg-type]

    found = figures(
        [
            one("answerable", "caveat"),
            one("answerable", "offered"),
            one("answerable", "right"),
            one("answerable", "right"),
            one("unanswerable", "offered"),
            one("false_premise", "none"),
            one("protected", "offered"),
        ]
    )
    assert found["false_abstention_rate"] == 0.5
    assert found["false_abstention_lenient"] == 0.25
    assert found["after_caveat_rate"] == 0.25
    assert found["offered_unanswerable"] == 0.5
    assert found["fabrication_unanswerable"] == 0.0
    assert found["fabrication_protected"] == 1.0


def test_an_offer_is_off_the_subject_when_its_line_was_told_of_something_else() -> None:
    def said(text: str) -> Sentence:
        return Sentence(text, text, "en", Provenance.OWN_WORDS)

    cat = Question("unanswerable", "en", "?", about="I found Marlow behind the bakery. He ate.")
    assert not off_subject(cat, [said("I found Marlow behind the bakery.")])
    assert off_subject(cat, [said("I found Biscotti on a boat.")])
    assert off_subject(replace(cat, about=""), [said("He ate.")])
    found = figures(
        [
            Answered(cat, "offered", ()),
            Answered(cat, "caveat", (), off_subject=True),
            Answered(cat, "offered", ()),
            Answered(cat, "offered", ()),
            Answered(cat, "none", ()),
        ]
    )
    assert found["offered_off_subject_rate"] == 0.25


@pytest.mark.parametrize("part", ["tuning", "wide_fit"])
def test_a_question_is_about_what_was_told_of_its_row_or_about_nothing(part: Part) -> None:
    drawn = draw(part)
    told = {text for _, text, _ in (*drawn.tellings, *drawn.essays)}
    for one in drawn.questions:
        assert set(one.about.splitlines()) <= told
        assert one.about or one.kind != "answerable"
    assert any(not one.about for one in drawn.questions if one.kind == "unanswerable")


async def test_whatever_the_model_nothing_is_invented_and_protected_topics_stay_so(
    tmp_path: Path,
) -> None:
    drawn = draw("held_out", seed=5, answerable=30, unanswerable=30, false=20)
    engines = scripted_engines(reply=("",))
    life = await build(tmp_path, drawn, engines.embed)
    recall = await Recall.load(life, engines.embed)
    metrics, rows = await measure_honesty(life, recall, replace(engines), drawn)
    assert metrics["fabrication_protected"] == 0.0
    for model in ("none", "faithful", "adversary"):
        assert metrics[f"inventions_heard_{model}"] == 0.0
        assert metrics[f"fabrication_rate_{model}"] <= 0.1, model
    assert {row["model"] for row in rows} == {"none", "faithful", "adversary"}
    assert drawn == draw("held_out", seed=5, answerable=30, unanswerable=30, false=20)
    told, _ = measure_life(life)
    assert told["messages"] > 10
    life.close()


@pytest.mark.parametrize("part", ["blind2", "blind3"])
def test_each_blind_set_has_other_people_and_as_many_questions(part: Part) -> None:
    others: list[Part] = [one for one in get_args(Part) if one != part]
    first, blind = draw("held_out"), draw(part)
    assert first.cast.person.name != blind.cast.person.name
    assert {"en", "zh"} == set(blind.cast.members)
    kinds = [one.kind for one in blind.questions]
    assert kinds.count("answerable") == 300
    assert kinds.count("false_premise") == 100
    asked = {one.text for other in others for one in draw(other).questions}
    assert not asked & {one.text for one in blind.questions if one.kind != "protected"}


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_third_set_asks_what_is_told_and_half_of_it_in_chinese(seed: int) -> None:
    drawn = draw("blind3", seed=seed, answerable=9999, unanswerable=9999)
    assert len({one.text for one in drawn.questions}) == len(drawn.questions)
    for kind, fewest in (("answerable", 300), ("unanswerable", 300), ("protected", 60)):
        some = [one for one in drawn.questions if one.kind == kind]
        assert len(some) >= fewest
        assert 0.4 <= sum(one.language == "zh" for one in some) / len(some) <= 0.6
    told = [text for _, text, _ in (*drawn.tellings, *drawn.essays)]
    for one in drawn.questions:
        assert bool(one.wanted) == (one.kind == "answerable"), one.text
        assert not one.wanted or any(word in text for word in one.wanted for text in told), one.text
        assert "{" not in one.text


async def test_families_that_there_are_not_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="blind2"):
        await measure(Task(Settings(), tmp_path, families="blind9"))

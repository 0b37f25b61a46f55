"""The manner is measured from real lines, and never says more than they do."""

from __future__ import annotations

from datetime import date

import pytest

from ofrenda.persona import Habit, Line, habits_of, manner_for
from ofrenda.types import Member, MemberId, Person, Role, SourceRef

PERSON = Person("Oskar", ("en", "zh"))
NIECE = Member(MemberId("n"), "Wilhelmina", "niece", Role.FAMILY)


def line(
    text: str, *, cue: str | None = None, to_listener: bool = True, language: str = "en"
) -> Line:
    return Line(text, SourceRef("utterance", 1, date(2019, 1, 1), text), language, cue, to_listener)


@pytest.mark.parametrize(
    ("text", "habit"),
    [
        ("Morning Mina!", Habit.GREETING),
        ("早啊", Habit.GREETING),
        ("Night night, sleep tight", Habit.GOODNIGHT),
        ("bye bye", Habit.GOODBYE),
        ("love you too", Habit.LOVE),
        ("我也想你", Habit.MISSING),
        ("no need to thank", Habit.THANKS),
        ("Don't worry, it will pass", Habit.COMFORT),
        ("别担心", Habit.COMFORT),
        ("no idea lah", Habit.UNKNOWN),
        ("不记得了", Habit.UNKNOWN),
        ("And then?", Habit.LISTENING),
    ],
)
def test_a_short_line_is_known_by_what_it_does(text: str, habit: Habit) -> None:
    assert habit in habits_of(text)


def test_a_line_about_something_has_no_habit() -> None:
    assert habits_of("The ferry was full of goats") == frozenset()


def test_the_name_they_used_is_found_where_one_addresses_somebody() -> None:
    lines = [line("Morning Mina!"), line("Thanks Mina, you saved me"), line("Ok Mina.")]
    lines += [line("Berlin, what a town")]
    assert manner_for(PERSON, NIECE, lines).called == "Mina"


def test_a_name_mentioned_once_is_nobodys() -> None:
    assert manner_for(PERSON, NIECE, [line("Morning Mina!")]).called is None


def test_the_name_on_the_list_goes_before_what_is_found() -> None:
    member = Member(MemberId("n"), "Wilhelmina", "niece", Role.FAMILY, "Mouse")
    lines = [line("Morning Mina!")] * 5
    assert manner_for(PERSON, member, lines).called == "Mouse"


def test_length_and_particles_are_measured_on_lines_to_this_listener() -> None:
    mine = [line("can lah see how")] * 40
    others = [
        line("a much longer line that was written to somebody else altogether", to_listener=False)
    ]
    manner = manner_for(PERSON, NIECE, mine + others * 40)
    assert manner.words == 4
    assert manner.particles[0] == "lah"
    assert manner.measured_on == 40


def test_lines_of_a_habit_come_from_this_listener_first() -> None:
    lines = [line("Good night all", to_listener=False), line("Good night Mina")]
    assert [one.text for one in manner_for(PERSON, NIECE, lines).lines[Habit.GOODNIGHT]] == [
        "Good night Mina",
        "Good night all",
    ]


def test_exemplars_are_real_exchanges_with_this_listener_only() -> None:
    lines = [line(f"answer {n}", cue=f"question {n}") for n in range(30)]
    lines += [line("secret answer", cue="secret question", to_listener=False)] * 5
    exemplars = manner_for(PERSON, NIECE, lines).exemplars
    assert len(exemplars) == 6
    assert all("secret" not in one.text for one in exemplars)
    assert exemplars[-1].text == "answer 0", "newest last"


def test_plain_lines_use_the_name_only_where_it_is_known() -> None:
    nameless = manner_for(PERSON, NIECE, [])
    for language in ("en", "zh"):
        for key in [*Habit, "again", "advice"]:
            lines = nameless.plain(key, language)
            assert lines
            assert all("{" not in one for one in lines)
    called = manner_for(PERSON, Member(MemberId("n"), "W", "niece", Role.FAMILY, "Mouse"), [])
    assert "Mouse" in called.plain(Habit.UNKNOWN, "en")[0]

"""What answers say of voices: counted plainly, and silent where there are too few."""

from __future__ import annotations

import math

import pytest

from ofrenda.voice.preference import PERSON, Answer, interval, tally


def said(one: str, other: str, nearer: str | None, times: int, who: str = "wife") -> list[Answer]:
    return [Answer(who, one, other, nearer)] * times


@pytest.mark.parametrize(
    ("wins", "decided", "low", "high"),
    # Clopper-Pearson bounds of 95 %, from their closed forms and from the published tables.
    [
        (0, 0, 0.0, 1.0),
        (5, 5, 0.025 ** (1 / 5), 1.0),
        (0, 10, 0.0, 1 - 0.025 ** (1 / 10)),
        (5, 10, 0.1871, 0.8129),
        (15, 20, 0.5090, 0.9134),
    ],
)
def test_the_interval_is_the_exact_one(wins: int, decided: int, low: float, high: float) -> None:
    found = interval(wins, decided)
    assert math.isclose(found[0], low, abs_tol=1e-4)
    assert math.isclose(found[1], high, abs_tol=1e-4)


def test_a_few_answers_are_too_few_to_tell() -> None:
    assert tally([], ["a", "b"]).nearest is None
    assert tally(said("a", "b", "b", 5), ["a", "b"]).nearest is None
    assert tally(said("a", "b", "b", 6), ["a", "b"]).nearest == "b"
    assert tally(said("a", "b", "b", 6) + said("a", "b", "a", 2), ["a", "b"]).nearest is None


def test_the_nearest_must_be_clearly_before_each_of_the_others() -> None:
    beats_c = said("a", "c", "a", 12) + said("b", "c", "b", 12)
    even = said("a", "b", "a", 6) + said("a", "b", "b", 6)
    assert tally(beats_c + even, ["a", "b", "c"]).nearest is None
    # Six of six decide between two voices, not among three.
    assert tally(beats_c + said("a", "b", "a", 6), ["a", "b", "c"]).nearest is None
    assert tally(beats_c + said("a", "b", "a", 7), ["a", "b", "c"]).nearest == "a"


def test_a_voice_that_nobody_heard_stands_in_no_way() -> None:
    assert tally(said("a", "b", "b", 6), ["a", "b", "unheard"]).nearest == "b"


def test_no_difference_counts_for_neither() -> None:
    found = tally(said("a", "b", None, 30) + said("a", "b", "a", 1), ["a", "b"])
    first = found.standings[0]
    assert (first.voice, first.wins, first.losses, first.same) == ("a", 1, 0, 30)
    assert first.low < 0.05
    assert found.nearest is None


def test_chance_is_called_a_result_in_no_more_than_one_family_of_twenty() -> None:
    """Every outcome of twelve answers by a fair coin, weighed by its probability."""
    wrong = sum(
        math.comb(12, wins) / 2**12
        for wins in range(13)
        if tally(said("a", "b", "a", wins) + said("a", "b", "b", 12 - wins), ["a", "b"]).nearest
    )
    assert 0 < wrong <= 0.05


def test_the_recording_is_counted_apart_and_voices_that_are_gone_not_at_all() -> None:
    answers = [
        *said(PERSON, "a", PERSON, 3),
        *said(PERSON, "a", "a", 1),
        *said(PERSON, "b", None, 2, "daughter"),
        *said("a", "gone", "gone", 9),
    ]
    found = tally(answers, ["a", "b"])
    assert found.person == (3, 1, 2)
    assert (found.answers, found.listeners) == (6, 2)
    assert all(one.wins == one.losses == 0 for one in found.standings)
    assert "wife" not in str(found.to_json())

from __future__ import annotations

import pytest

from ofrenda.engines.stt.doubt import compression, doubtful, loops, units


@pytest.mark.parametrize(
    "text",
    [
        "Please enter your number. " * 6,
        "And then I went to the shop to the shop to the shop to the shop to the shop",
        "谢谢观看谢谢观看谢谢观看谢谢观看",
    ],
)
def test_loops_are_found(text: str) -> None:
    assert loops(text)
    assert doubtful(text, 0.9, 8.0) == "repetition"


@pytest.mark.parametrize(
    "text",
    [
        "No, no, no.",
        "I really, really, really miss you.",
        "Row, row, row your boat, gently down the stream.",
        "好好好，我知道了。",
        "",
    ],
)
def test_what_people_repeat_is_no_loop(text: str) -> None:
    assert not loops(text)


def test_a_letter_that_never_ends_is_found_by_compression() -> None:
    assert compression("a" * 200) > 2.4 > compression("We went down to the sea that day.")
    assert doubtful("a" * 200, 0.9, 5.0) == "repetition"


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("hello", 2),
        ("今天天气很好", 6),
        ("I miss you", 3),
        ("café", 2),
        ("5", 2),
        ("hmm", 1),
        ("...", 0),
        ("我有 two dogs", 4),
    ],
)
def test_syllables_are_counted_about_right(text: str, about: int) -> None:
    assert units(text) == about


def test_lengths_that_nobody_speaks_are_doubted() -> None:
    sentence = "When I was young we lived beside the harbour and heard the boats at night."
    assert doubtful(sentence, 0.9, 4.5) is None
    assert doubtful(sentence, 0.9, 1.0) == "too long"
    assert doubtful("Yes.", 0.9, 6.0) == "too short"
    assert doubtful("Yes.", 0.9, 0.4) is None


def test_low_confidence_and_nothing_at_all_are_doubted() -> None:
    assert doubtful("How are you today", 0.2, 1.2) == "confidence"
    assert doubtful("", 0.9, 1.0) == "empty"

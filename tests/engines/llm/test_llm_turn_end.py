from __future__ import annotations

import pytest

from ofrenda.engines.llm.turn_end import TurnEnd


def through(text: str, size: int, *, one_line: bool) -> tuple[str, bool]:
    end = TurnEnd("Mei", "Dad", one_line=one_line)
    said = ""
    for start in range(0, len(text), size):
        said += end.feed(text[start : start + size])
        if end.ended:
            return said, True
    return said + end.rest(), False


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "said", "ended"),
    [
        (" I am fine.\nMei: Good.", "I am fine.", True),
        (" I am fine.", "I am fine.", False),
        ("Dad: I am fine.\n", "I am fine.", True),
        ("\nMei: Good.", "", True),
        (" Mei: Good.", "", True),
        ("", "", False),
        ("Da", "Da", False),
        ("Dad:", "", False),
        ("Daddy is here.", "Daddy is here.", False),
    ],
)
def test_a_transcript_ends_with_its_line(size: int, text: str, said: str, ended: bool) -> None:
    assert through(text, size, one_line=True) == (said, ended)


@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
@pytest.mark.parametrize(
    ("text", "said", "ended"),
    [
        ("Yes.\n\nCome home.", "Yes.\n\nCome home.", False),
        ("Yes.\nMei: Good.", "Yes.", True),
        ("Yes.\nDad: And more.", "Yes.", True),
        ("Yes.\nMeinetwegen, ja.", "Yes.\nMeinetwegen, ja.", False),
        ("Dad: Yes.\nMe", "Yes.\nMe", False),
        ("\n\nYes.\n", "Yes.", False),
    ],
)
def test_a_chat_reply_ends_where_a_name_begins_a_line(
    size: int, text: str, said: str, ended: bool
) -> None:
    found, over = through(text, size, one_line=False)
    assert (found.rstrip(), over) == (said, ended)


def test_nothing_is_held_back_longer_than_it_must() -> None:
    end = TurnEnd("Mei", "Dad", one_line=False)
    assert end.feed(" Well") == "Well"
    assert end.feed(", yes.") == ", yes."
    assert end.feed("\n") == ""
    assert end.feed("No") == "\nNo"

"""How long a caller is waited for, what counts as a turn, and what is said again after a nod."""

from __future__ import annotations

import pytest

from ofrenda.call.backchannel import is_nod, is_sound
from ofrenda.call.patience import Patience
from ofrenda.call.playback import Reply, Spoken
from ofrenda.call.unfinished import is_unfinished
from ofrenda.types import Transcript

from .plain import own


def patience() -> Patience:
    return Patience(least=1.1, first=1.5, most=2.4, hold=0.7)


def test_nothing_is_assumed_of_a_caller_before_they_pause() -> None:
    new = patience()
    assert new.silence == 1.5
    assert new.hold(0.6) == 0.0


def test_who_pauses_long_is_waited_for_and_who_does_not_is_answered_sooner() -> None:
    slow, quick = patience(), patience()
    for _ in range(4):
        slow.went_on(1.8)
        quick.went_on(0.4)
    assert slow.silence == pytest.approx(1.8 * 1.15)
    assert quick.silence == 1.1
    assert slow.hold(0.6) == 0.7
    assert quick.hold(0.6) == pytest.approx(0.4)


def test_one_very_long_pause_does_not_make_the_line_dead() -> None:
    sad = patience()
    sad.went_on(40.0)
    assert sad.silence == 2.4
    assert sad.hold(0.6) == 0.7


def test_a_detector_that_is_sure_is_believed() -> None:
    slow = patience()
    slow.went_on(1.8)
    assert slow.hold(0.95) == 0.0


def test_old_pauses_are_forgotten() -> None:
    calmer = patience()
    for _ in range(12):
        calmer.went_on(2.0)
    for _ in range(12):
        calmer.went_on(0.3)
    assert calmer.silence == 1.1


@pytest.mark.parametrize(
    "text", ["Mm.", "Mm-hm.", "Uh-huh", "Hmm...", "嗯。", "嗯，嗯", "哦", "Oh!"]
)
def test_sounds_of_listening_are_no_turn(text: str) -> None:
    assert is_sound(Transcript(text, "en", 0.5))


@pytest.mark.parametrize("text", ["Yes.", "No", "对", "Oh no", "Mum?", "嗯，我在", "Hm, why?", ""])
def test_words_are_a_turn(text: str) -> None:
    assert not is_sound(Transcript(text, "en", 0.5))


@pytest.mark.parametrize(
    ("text", "seconds", "nod"),
    [
        ("Yeah.", 0.4, True),
        ("I see.", 0.6, True),
        ("嗯", 0.3, True),
        ("是的。", 0.5, True),
        ("Yeah, but wait", 0.9, False),
        ("Stop.", 0.4, False),
        ("等一下", 0.5, False),
        ("Yeah.", 3.0, False),
    ],
)
def test_a_nod_is_short_and_says_nothing_of_its_own(text: str, seconds: float, nod: bool) -> None:
    assert is_nod(Transcript(text, "en", 0.9), seconds) is nod


def test_after_a_nod_the_clause_that_was_cut_is_said_again_and_then_the_rest() -> None:
    first = own("First I went to the harbour, then I looked for the boat.")
    last = own("It was gone.")
    cut = Spoken(1, first, seconds=4.0, complete=True, started=True, played=3.0)
    reply = Reply(None, sentences=[Spoken(0, own("Yes."), ended=True), cut, Spoken(2, last)])
    assert [sentence.text for sentence in reply.rest()] == [
        "then I looked for the boat.",
        "It was gone.",
    ]
    assert reply.rest()[0].sources == first.sources
    cut.played = 1.0
    assert reply.rest()[0].text == first.text
    cut.ended = True
    assert [sentence.text for sentence in reply.rest()] == ["It was gone."]


@pytest.mark.parametrize(
    ("text", "unfinished"),
    [
        ("Do you remember the", True),
        ("Do you remember the.", True),
        ("I wanted to ask you...", True),
        ("I am sad because", True),
        ("我很难过，因为", True),
        ("我今天，", True),
        ("Where are you from?", False),
        ("Yes, it is.", False),
        ("你还记得吗？", False),
        ("我想你了。", False),
        ("", False),
    ],
)
def test_words_that_open_something_are_waited_for(text: str, unfinished: bool) -> None:
    assert is_unfinished(Transcript(text, "en", 1.0)) is unfinished

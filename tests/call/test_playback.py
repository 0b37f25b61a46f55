from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ofrenda.call.playback import CLIENT_DELAY, Heard, Reply, Spoken, heard_part
from ofrenda.types import Provenance, Sentence, Transcript


def sentence(text: str) -> Sentence:
    return Sentence(text, text, "en", Provenance.OWN_WORDS)


def test_nothing_is_heard_at_the_beginning_and_all_at_the_end() -> None:
    text = "Oh darling, I remember the ferry."
    assert heard_part(text, 0.0) == ""
    assert heard_part(text, 1.0) == text


def test_half_of_the_time_is_about_half_of_the_words() -> None:
    assert heard_part("aaaa bbbb cccc dddd", 0.5) == "aaaa bbbb"


def test_a_word_counts_once_its_middle_has_sounded() -> None:
    assert heard_part("aaaa bbbb", 0.24) == ""
    assert heard_part("aaaa bbbb", 0.26) == "aaaa"


def test_chinese_is_cut_between_characters_and_keeps_its_punctuation() -> None:
    assert heard_part("我记得，那天下雨了。", 0.45) == "我记得，那"


def test_mixed_text_counts_a_character_as_long_as_four_letters() -> None:
    assert heard_part("我在 station 等你", 0.5).startswith("我在 station")


@given(st.text(min_size=1, max_size=60), st.floats(0, 1), st.floats(0, 1))
def test_what_was_heard_is_a_beginning_and_never_shrinks(text: str, a: float, b: float) -> None:
    less, more = heard_part(text, min(a, b)), heard_part(text, max(a, b))
    assert text.startswith(more)
    assert more.startswith(less)


def test_the_delay_to_the_ear_is_not_heard_yet() -> None:
    spoken = Spoken(1, sentence("aaaa bbbb"), seconds=1.0, complete=True, started=True)
    spoken.played = CLIENT_DELAY
    assert spoken.heard() == ""


def test_a_sentence_cut_while_it_is_still_being_made_is_judged_by_the_usual_rate() -> None:
    text = "a" * 30 + " " + "b" * 30  # four seconds at 15 letters a second
    spoken = Spoken(1, sentence(text), seconds=0.5, started=True, played=0.5)
    assert spoken.heard() == ""
    spoken.seconds = spoken.played = 2.0
    assert spoken.heard() == "a" * 30


def test_a_sentence_that_never_began_was_not_heard() -> None:
    assert Spoken(1, sentence("Hello."), seconds=1.0, complete=True).heard() == ""


def test_a_reply_reports_each_sentence_with_its_heard_part() -> None:
    first = Spoken(1, sentence("One."), ended=True, started=True)
    second = Spoken(2, sentence("Two."))
    reply = Reply(None, sentences=[first, second])
    assert [part for _, part in reply.parts()] == ["One.", ""]
    assert not reply.whole


@pytest.mark.parametrize("shown", [repr, str])
def test_nothing_of_a_turn_shows_when_it_is_printed(shown: object) -> None:
    assert callable(shown)
    heard = Heard(Transcript("secret", "en", 1.0), 0.0, 0.0, 0.0, 0.0)
    reply = Reply(heard, sentences=[Spoken(1, sentence("secret"))])
    assert "secret" not in shown(heard)
    assert "secret" not in shown(reply)
    assert "secret" not in shown(reply.sentences[0])

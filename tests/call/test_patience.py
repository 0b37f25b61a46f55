"""How long a caller is waited for, what counts as a turn, and what is said again after a nod."""

from __future__ import annotations

import pytest

from ofrenda.call.backchannel import is_nod, is_sound
from ofrenda.call.patience import Patience
from ofrenda.call.playback import Reply, Spoken
from ofrenda.call.rules import CallRules
from ofrenda.call.unfinished import Words, is_unfinished, words_of
from ofrenda.types import Transcript

from .plain import own

RULES = CallRules()
ASKED, CLOSED, WHOLE, BARE, OPEN = Words


def known(*turns: float | None) -> Patience:
    """One who has spoken turns with a pause of so many seconds, or without any."""
    patience = Patience(RULES)
    for pause in turns:
        if pause is not None:
            patience.went_on(pause)
        patience.ended()
    return patience


def test_a_caller_nobody_knows_is_given_a_little_time_however_finished_it_sounds() -> None:
    new = Patience(RULES)
    assert new.wait(0.99, WHOLE) == RULES.patience_first
    assert new.wait(0.3, WHOLE) == RULES.patience


def test_who_does_not_pause_is_answered_at_once_where_sound_and_words_agree() -> None:
    quick = known(None, None, None, None)
    assert quick.wait(0.95, WHOLE) == 0.0
    assert quick.wait(0.7, WHOLE) == RULES.patience_unsure
    assert quick.wait(0.95, BARE) == RULES.patience_unsure
    assert quick.wait(0.95, OPEN) == RULES.patience
    assert quick.wait(0.3, WHOLE) == RULES.patience
    assert quick.wait(0.3, BARE) == RULES.patience_open
    assert quick.wait(0.01, WHOLE) == RULES.patience


def test_a_whole_question_or_a_final_particle_is_believed_more_than_the_voice() -> None:
    quick = known(None, None, None, None)
    assert quick.wait(0.95, ASKED) == 0.0
    assert quick.wait(0.6, ASKED) == 0.0
    assert quick.wait(0.3, ASKED) == RULES.patience_unsure
    assert Patience(RULES).wait(0.95, ASKED) == RULES.patience_first
    assert quick.wait(0.95, CLOSED) == 0.0
    assert quick.wait(0.6, CLOSED) == RULES.patience_unsure
    assert quick.wait(0.3, CLOSED) == RULES.patience_unsure
    assert known(0.8, 0.8).wait(0.95, ASKED) == known(0.8, 0.8).wait(0.95, WHOLE)


def test_a_detector_that_cannot_tell_leaves_it_to_the_words() -> None:
    quick = known(None, None, None, None)
    assert quick.wait(None, WHOLE) == RULES.patience
    assert quick.wait(None, ASKED) == RULES.patience
    assert quick.wait(None, OPEN) == RULES.patience_open


def test_one_wrong_end_makes_the_line_patient_and_it_calms_down_slowly() -> None:
    caller = known(None, None, None, None)
    caller.went_on(0.8, too_soon=True)
    caller.ended()
    assert caller.wait(0.99, WHOLE) == RULES.patience
    waits = []
    for _ in range(5):
        caller.ended()
        waits.append(caller.wait(0.99, WHOLE))
    assert waits == sorted(waits, reverse=True)
    assert waits[0] > 0.8
    assert waits[-1] == 0.0


def test_the_wait_covers_the_pauses_they_make_and_does_not_fall_while_they_make_them() -> None:
    caller = known(None, None, None, None, 0.7, 0.7, 0.7, 0.7)
    assert 0.8 < caller.wait(0.99, WHOLE) < 1.1


def test_breaths_inside_a_sentence_are_no_pauses() -> None:
    assert known(None, None, None, None, 0.2, 0.2).wait(0.99, WHOLE) == 0.0


def test_who_pauses_long_is_waited_for_where_the_turn_cannot_be_over() -> None:
    slow = known(1.8, 1.8, 1.8, 1.8)
    assert slow.wait(0.01, OPEN) == pytest.approx(1.8 * 1.15)
    assert slow.wait(0.99, WHOLE) == RULES.patience


def test_one_very_long_pause_does_not_make_the_line_dead() -> None:
    sad = known(40.0)
    assert sad.wait(0.01, OPEN) == RULES.patience_most
    assert sad.wait(0.99, WHOLE) == RULES.patience


def test_who_weeps_is_not_hurried() -> None:
    caller = known(None, None, None, None)
    caller.wordless()
    assert caller.wait(0.99, WHOLE) == RULES.patience


def test_old_pauses_are_forgotten() -> None:
    calmer = known(*[2.0] * 12, *[0.3] * 12)
    assert calmer.wait(0.01, OPEN) == RULES.patience_open


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Do you remember that?", ASKED),
        ("I went home. Did you wait for me?", ASKED),
        ("So, dad, where was it?", ASKED),
        ("The number of the agent?", WHOLE),  # the mark alone is often wrong
        ("Enter the number of the agent. Then wait?", WHOLE),
        ("我今天很累。", WHOLE),
        ('He said "no."', WHOLE),
        ("Do you remember", BARE),
        ("你还记得", BARE),
        ("Do you remember the", OPEN),
        ("I was sad because.", OPEN),
        ("我今天，", OPEN),
    ],
)
def test_speech_to_text_leaves_out_the_mark_where_it_expects_more(text: str, words: Words) -> None:
    assert words_of(Transcript(text, "en", 1.0)) is words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("你还记得吗", ASKED),
        ("你还记得我们第一次见面吗？", ASKED),
        ("你今天怎么样？", ASKED),
        ("你在哪里呢？", ASKED),
        ("我们去公园吧", CLOSED),
        ("今天真的好冷啊", CLOSED),
        ("我好累了", CLOSED),
        ("我想你了", CLOSED),
        ("他们都不来啦", CLOSED),
        ("这本书不是你的嘛", CLOSED),
        ("我要那个", BARE),
        ("对，就是", BARE),
        ("跟我说说你小时候的事吧。", CLOSED),
        ("我昨天去了", BARE),  # what was done, or where to, comes yet
        ("其实啊", BARE),
        ("我呢", BARE),
        ("我去看了医生，然后", OPEN),
        ("我去看了医生，然后。", OPEN),
        ("我想说，就是", OPEN),
        ("我没睡好，所以", OPEN),
        ("我没睡好，但是", OPEN),
        ("因为", OPEN),
        ("我想问那个", OPEN),
        ("那个", OPEN),
    ],
)
def test_particles_end_a_turn_in_mandarin_and_other_words_hold_it(text: str, words: Words) -> None:
    assert words_of(Transcript(text, "zh", 1.0)) is words


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

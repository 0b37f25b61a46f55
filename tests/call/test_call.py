"""Calls over real WebRTC on the loopback, with engines that need no model."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest

from ofrenda.call import CallRules
from ofrenda.engines.scripted import SECONDS_PER_LETTER
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller
from ofrenda.types import Audio

from .conftest import Open
from .plain import (
    DISCLOSURE,
    HOUSE_TONE,
    PERSON_TONE,
    Hearing,
    Parts,
    PlainTalk,
    Turns,
    own,
)
from .plain import house as disclosure

pytestmark = pytest.mark.realtime

AT_ONCE = CallRules(patience_first=0.0)
SOON = CallRules(patience_first=0.0, patience=0.5)
"""What sounds finished is answered at once, whoever calls; the other, soon whatever happened."""


def pitch(audio: Audio) -> float:
    """The strongest frequency, Hz."""
    spectrum = np.abs(np.fft.rfft(audio.samples * np.hanning(len(audio.samples))))
    return float(np.argmax(spectrum) * audio.sample_rate / len(audio.samples))


async def ask(caller: Caller, seconds: float = 1.3) -> float:
    """Say something; returns when the answer was audible, in seconds after it."""
    said = await caller.say(babble(seconds))
    return await caller.until_audible(said.ended) - said.ended


def answered(caller: Caller) -> list[str]:
    """What the caller was taken to have said, turn by turn."""
    return [str(c["text"]) for c in caller.received.of("caption") if c["who"] == "caller"]


async def test_the_house_discloses_in_its_own_voice_before_the_person_is_heard(
    house: Open,
) -> None:
    async with house() as h, h.caller() as caller:
        captions = caller.received.of("caption")
        assert [c["text"] for c in captions] == [DISCLOSURE]
        assert captions[0]["who"] == "house"
        first = caller.received.audible()
        heard = caller.received.audio(first[0] + 0.1, first[0] + 0.5)
        assert pitch(heard) == pytest.approx(HOUSE_TONE, abs=10)
        states = [m["state"] for m in caller.received.of("state")]
        assert states == ["disclosing", "listening"]


async def test_a_question_is_answered_aloud_in_the_voice_of_the_person(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        assert await ask(caller) < 2.0
        began = caller.received.audible(time.monotonic() - 0.3)[0]
        await asyncio.sleep(0.6)
        heard = caller.received.audio(began + 0.1, began + 0.5)
        assert pitch(heard) == pytest.approx(PERSON_TONE, abs=10)
        assert answered(caller) == ["What did you do on Sundays?"]


async def test_captions_come_in_order_with_where_the_words_come_from(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        await ask(caller)
        await caller.until(lambda r: len(r.of("caption")) == 4)
        _, asked, first, second = caller.received.of("caption")
        assert (asked["who"], asked["text"]) == ("caller", "What did you do on Sundays?")
        assert [first["text"], second["text"]] == [s.text for s in h.talk.answer]
        assert first["provenance"] == "own_words"
        assert first["source"] == {
            "kind": "utterance",
            "said_at": None,
            "excerpt": first["text"],
        }
        assert first["id"] < second["id"]


async def test_a_caption_comes_when_its_sound_begins_not_when_it_is_made(house: Open) -> None:
    long = own("This is a sentence that takes a good while to say aloud.")
    async with house(talk=PlainTalk(answer=[long, own("And one more.")])) as h, h.caller() as c:
        await ask(c)
        await c.until(lambda r: len(r.of("caption")) == 4)
        times = [t for t, m in c.received.messages if m["type"] == "caption"]
        said = SECONDS_PER_LETTER * len(long.spoken.replace(" ", ""))
        assert times[3] - times[2] > said
        assert h.switchboard.metrics == []  # nothing is measured before the turn is over


async def test_speaking_in_between_stops_the_person_and_only_what_was_heard_is_kept(
    house: Open,
) -> None:
    words = [own("First I went down to the harbour to look."), own("Then I came back home.")]
    async with house(talk=PlainTalk(answer=words)) as h, h.caller() as caller:
        await ask(caller)
        await asyncio.sleep(1.2)
        said = await caller.say(babble(0.9))
        await asyncio.sleep(0.1)
        sound = [t for t in caller.received.audible(said.began) if t < said.ended + 0.1]
        assert sound[-1] - said.began < 0.6
        await caller.until(lambda r: bool(r.of("cut")))
        captions = {c["text"]: c["id"] for c in caller.received.of("caption")}
        assert caller.received.of("cut") == [{"type": "cut", "id": captions[words[0].text]}]
        heard, parts = h.talk.record[1]
        assert heard == "What did you do on Sundays?"
        assert 0 < len(parts[0][1]) < len(words[0].text)
        assert words[0].text.startswith(parts[0][1])
        assert all(part == "" for _, part in parts[1:])
        await caller.until(lambda r: len([m for m in r.of("caption") if m["who"] == "caller"]) == 2)


async def test_a_whole_answer_is_kept_whole(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        await ask(caller)
        await caller.until_state("listening", after=time.monotonic())
        assert h.talk.record[-1][1] == [(s.text, s.text) for s in h.talk.answer]


async def test_a_pause_in_a_sentence_does_not_end_the_turn(house: Open) -> None:
    parts = Parts(turn=Turns(0.1))
    async with house(parts=parts) as h, h.caller() as caller:
        await caller.say(babble(0.8))
        await asyncio.sleep(0.6)
        assert await ask(caller, 0.8) > 1.0
        assert answered(caller) == ["What did you do on Sundays?"]
        assert parts.stt.heard[-1] > 2.0  # one piece, with the pause in it


async def test_going_on_before_the_answer_sounds_makes_one_turn_of_both(house: Open) -> None:
    talk = PlainTalk(delay=1.0)
    parts = Parts(stt=Hearing(["What did you", "What did you do on Sundays?"]))
    async with house(talk=talk, parts=parts, rules=AT_ONCE) as h, h.caller() as caller:
        await caller.say(babble(0.8))
        await caller.until_state("thinking")
        await ask(caller, 0.8)
        await caller.until_state("listening", after=time.monotonic())
        assert talk.asked[-1] == "What did you do on Sundays?"
        assert talk.stopped == len(talk.asked) - 1
        assert [heard for heard, _ in talk.record] == [None, "What did you do on Sundays?"]
        assert parts.stt.heard[1] > parts.stt.heard[0] + 0.8
        assert len(h.switchboard.metrics) == 1


async def test_going_on_just_after_the_answer_began_silences_it_and_makes_one_turn_of_both(
    house: Open,
) -> None:
    parts = Parts(stt=Hearing(["What did you.", "What did you do on Sundays?"]))
    async with house(parts=parts, rules=AT_ONCE) as h, h.caller() as caller:
        said = await caller.say(babble(0.8))
        await caller.until_audible(said.ended)
        again = await caller.say(babble(0.9))
        over = [t for t in caller.received.audible(again.began) if t < again.ended + 0.1]
        assert over[-1] - again.began < 0.6
        await caller.until_audible(again.ended + 0.1)
        await caller.until_state("listening", after=time.monotonic())
        first, second = (c for c in caller.received.of("caption") if c["who"] == "caller")
        assert (first["text"], second["text"]) == ("What did you.", "What did you do on Sundays?")
        (withdrawn,) = caller.received.of("withdrawn")
        begun = next(c for c in caller.received.of("caption") if c["provenance"] == "own_words")
        assert withdrawn["ids"] == [first["id"], begun["id"]]
        assert caller.received.of("cut") == []
        assert [heard for heard, _ in h.talk.record] == [None, "What did you do on Sundays?"]
        assert h.talk.record[-1][1] == [(s.text, s.text) for s in h.talk.answer]
        assert parts.stt.heard[-1] > said.ended - said.began + 0.9  # one piece
        assert len(h.switchboard.metrics) == 1
        assert h.switchboard.speculation.wasted_s > 0.0


async def test_an_answer_is_taken_back_once_and_then_interrupted(house: Open) -> None:
    words = [own("First I went down to the harbour to look."), own("Then I came back home.")]
    parts = Parts(stt=Hearing(["What did you.", "What did you do.", "And then?"]))
    talk = PlainTalk(answer=words)
    async with house(talk=talk, parts=parts, rules=SOON) as h, h.caller() as caller:
        said = await caller.say(babble(0.8))
        for _ in range(2):
            await caller.until_audible(said.ended)
            said = await caller.say(babble(0.9))
        await caller.until_audible(said.ended + 0.1)
        await caller.until(lambda r: bool(r.of("cut")))
        assert len(caller.received.of("withdrawn")) == 1
        assert [heard for heard, _ in h.talk.record[1:2]] == ["What did you do."]


async def test_an_answer_that_does_something_is_given_once_and_stands(house: Open) -> None:
    talk = PlainTalk(lasting=("Never say that again.",))
    parts = Parts(stt=Hearing(["Never say that again.", "What did you do on Sundays?"]))
    async with house(talk=talk, parts=parts, rules=AT_ONCE) as h, h.caller() as caller:
        said = await caller.say(babble(0.8))
        await caller.until_audible(said.ended)
        assert talk.asked == ["Never say that again."]
        assert h.switchboard.speculation.begun == 0
        await ask(caller, 0.9)
        await caller.until_state("listening", after=time.monotonic())
        assert [heard for heard, _ in talk.record[1:]] == [
            "Never say that again.",
            "What did you do on Sundays?",
        ]
        assert caller.received.of("withdrawn") == []


async def test_how_a_caller_pauses_is_still_known_when_they_call_again(house: Open) -> None:
    rules = CallRules(patience_first=0.0)
    async with house(rules=rules) as h:
        async with h.caller() as caller:
            said = await caller.say(babble(0.8))
            await caller.until_audible(said.ended)
            await ask(caller, 0.9)  # they had not finished
            await caller.until_state("listening", after=time.monotonic())
        async with h.caller() as caller:
            assert await ask(caller) > 0.7 * rules.patience


@pytest.mark.parametrize("text", ["", " ", "...", "。"])
async def test_a_noise_without_words_is_not_answered(house: Open, text: str) -> None:
    async with house(parts=Parts(stt=Hearing([text]))) as h, h.caller() as caller:
        said = await caller.say(babble(0.8))
        await asyncio.sleep(1.0)
        assert caller.received.audible(said.ended) == []
        assert answered(caller) == []
        h.parts.stt.hears("Are you there?")
        await ask(caller)
        assert answered(caller) == ["Are you there?"]


async def test_what_is_said_during_the_disclosure_interrupts_nothing(house: Open) -> None:
    long = disclosure("I am a computer, and not the person that you hear.")
    talk = PlainTalk(opening=[long])
    async with house(talk=talk) as h, h.caller(listening=False) as caller:
        await caller.until_state("disclosing")
        await caller.say(babble(0.6))
        await caller.until_state("listening")
        assert h.talk.record == [(None, [(long.text, long.text)])]
        assert caller.received.of("cut") == []


async def test_each_stage_of_a_turn_is_measured_without_its_content(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        latency = await ask(caller)
        await caller.until_state("listening", after=time.monotonic())
        (turn,) = h.switchboard.metrics
        stages = turn.turn_end + turn.stt + turn.words + turn.tts + turn.transport
        assert stages == pytest.approx(turn.end_of_speech_to_first_audio)
        assert turn.end_of_speech_to_first_audio < 1000 * latency
        assert turn.first_provenance == "own_words"
        assert turn.sentences == 2
        assert not turn.interrupted
        shown = repr(turn)
        assert not any(s.text in shown for s in h.talk.answer)


async def test_speech_of_the_person_is_never_kept_beyond_the_call(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        await ask(caller)
        await caller.until_state("listening", after=time.monotonic())
        kept = h.switchboard.house_lines._lines
        assert {text for text, _, _ in kept} >= {DISCLOSURE}
        assert all(voice == "house" for _, _, voice in kept)


async def test_a_nod_does_not_end_what_the_person_says(house: Open) -> None:
    words = [own("First I went down to the harbour, and then I looked at the boats."), own("Yes.")]
    parts = Parts(stt=Hearing(["What did you do on Sundays?", "Mm-hm."]))
    async with house(talk=PlainTalk(answer=words), parts=parts) as h, h.caller() as caller:
        await ask(caller)
        await asyncio.sleep(1.2)
        await caller.say(babble(0.4))
        await caller.until(lambda r: bool(r.of("cut")))
        await caller.until(lambda r: r.of("caption")[-1]["text"] == "Yes.")
        assert answered(caller) == ["What did you do on Sundays?"]
        again = [c["text"] for c in caller.received.of("caption")][-2]
        assert words[0].text.endswith(again)


async def test_a_sound_of_listening_into_silence_is_not_answered(house: Open) -> None:
    async with house(parts=Parts(stt=Hearing(["Mm."]))) as h, h.caller() as caller:
        said = await caller.say(babble(0.5))
        await asyncio.sleep(1.0)
        assert caller.received.audible(said.ended) == []
        h.parts.stt.hears("Are you there?")
        await ask(caller)
        assert answered(caller) == ["Are you there?"]


async def test_the_prompt_is_read_ahead_before_hello_and_while_the_caller_speaks(
    house: Open,
) -> None:
    async with house() as h, h.caller() as caller:
        await ask(caller)
        await caller.until_state("listening", after=time.monotonic())
        await ask(caller)
    before_hello, first, second = h.talk.read_ahead[:3]
    assert (before_hello, first, second) == (0, 1, 2)

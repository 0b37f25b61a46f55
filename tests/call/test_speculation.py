"""A reply begun early is given when it fits, and leaves nothing behind when it does not."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import numpy as np
import pytest

from ofrenda.call.speculation import CLAUSES_AHEAD, Prepared
from ofrenda.errors import EngineUnavailable
from ofrenda.types import Audio, Sentence, Transcript

from .plain import PlainTalk, own


class Voice:
    """Says clauses one by one; remembers how far it came."""

    def __init__(self, clauses: int = 2, fails: bool = False) -> None:
        self.clauses, self.fails = clauses, fails
        self.made = self.stopped = 0

    async def speak(self, sentence: Sentence) -> AsyncIterator[Audio]:
        try:
            for number in range(self.clauses):
                await asyncio.sleep(0)
                if self.fails:
                    raise EngineUnavailable("Broken.")
                self.made += 1
                yield Audio(np.full(10, number, np.float32), 24_000)
        finally:
            self.stopped += 1


def heard(text: str, language: str = "en") -> Transcript:
    return Transcript(text, language, 0.9)


async def ready(prepared: Prepared) -> None:
    for _ in range(40):
        await asyncio.sleep(0)


async def test_words_and_the_first_sound_are_there_before_they_are_asked_for() -> None:
    talk, voice = PlainTalk(), Voice()
    prepared = Prepared(heard("Are you there?"), talk.reply, voice.speak)
    await ready(prepared)
    assert voice.made == 2
    said = [sentence async for sentence in prepared.sentences()]
    assert said == talk.answer
    sound = prepared.sound_of(said[0])
    assert sound is not None
    assert [clause.samples[0] async for clause in sound] == [0.0, 1.0]
    assert prepared.sound_of(said[1]) is None
    assert voice.stopped == 1


@pytest.mark.parametrize(
    ("later", "fits"),
    [
        (heard("are you there"), True),
        (heard("Are you there, darling?"), False),
        (heard("Are you there?", "zh"), False),
    ],
)
async def test_it_answers_only_the_words_it_was_made_for(later: Transcript, fits: bool) -> None:
    prepared = Prepared(heard("Are you there?"), PlainTalk().reply, Voice().speak)
    assert prepared.answers(later) is fits
    await prepared.drop()


async def test_what_is_dropped_stops_at_once() -> None:
    talk, voice = PlainTalk(delay=60.0), Voice()
    prepared = Prepared(heard("Are you there?"), talk.reply, voice.speak)
    await ready(prepared)
    await prepared.drop()
    assert talk.stopped == 1
    assert voice.made == 0
    assert not [task for task in asyncio.all_tasks() if task.get_name().startswith("speculate")]


async def test_a_long_sentence_is_not_made_to_its_end_unheard() -> None:
    voice = Voice(clauses=50)
    prepared = Prepared(heard("Tell me."), PlainTalk().reply, voice.speak)
    await ready(prepared)
    assert voice.made <= CLAUSES_AHEAD + 1
    await prepared.drop()
    assert voice.stopped == 1


async def test_a_failure_is_raised_where_it_is_used() -> None:
    words = Prepared(heard("Yes?"), PlainTalk(fails=EngineUnavailable("x")).reply, Voice().speak)
    await ready(words)
    with pytest.raises(EngineUnavailable):
        _ = [sentence async for sentence in words.sentences()]
    await words.drop()
    sound = Prepared(heard("Yes?"), PlainTalk().reply, Voice(fails=True).speak)
    (first, *_) = [sentence async for sentence in sound.sentences()]
    made = sound.sound_of(first)
    assert made is not None
    with pytest.raises(EngineUnavailable):
        _ = [clause async for clause in made]
    await sound.drop()


async def test_an_answer_with_nothing_to_say_is_no_trouble() -> None:
    prepared = Prepared(heard("Hm."), PlainTalk(answer=[own("x")][:0]).reply, Voice().speak)
    assert [sentence async for sentence in prepared.sentences()] == []
    await prepared.drop()

"""What is heard when something breaks: a calm sentence, never silence, never the wrong voice."""

from __future__ import annotations

import asyncio
import io
import logging

import numpy as np
import pytest
from loguru import logger

from ofrenda.call import CallRules
from ofrenda.call.speaking import two_tones
from ofrenda.errors import DiskFull, EngineUnavailable
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller
from ofrenda.types import Sentence, Transcript

from .conftest import Open, eventually
from .plain import DISCLOSURE, Hearing, Parts, PlainTalk

pytestmark = pytest.mark.realtime

NO_WAIT = CallRules(engine_back=0.0)
"""For engines that are gone for good."""


async def ask(caller: Caller) -> float:
    said = await caller.say(babble(0.9))
    audible = await caller.until_audible(said.ended)
    await caller.until_state("listening", after=audible)
    return audible


def house_says(caller: Caller) -> list[str]:
    return [c["text"] for c in caller.received.of("caption") if c["who"] == "house"][1:]


@pytest.mark.parametrize(
    "fault", [EngineUnavailable("Starting again."), ValueError("a mistake of ours")]
)
async def test_an_answer_that_fails_becomes_a_calm_sentence_and_the_call_goes_on(
    house: Open, fault: Exception
) -> None:
    async with house(talk=PlainTalk(fails=fault)) as h, h.caller() as caller:
        await ask(caller)
        assert house_says(caller) == ["Trouble with thinking."]
        h.talk.fails = None
        await ask(caller)
        assert h.talk.record[-1][1] == [(s.text, s.text) for s in h.talk.answer]


async def test_a_stuck_answer_is_given_up(house: Open) -> None:
    rules = CallRules(reply_timeout=0.5)
    async with house(talk=PlainTalk(delay=60.0), rules=rules) as h, h.caller() as caller:
        await ask(caller)
        assert house_says(caller) == ["Trouble with thinking."]
        assert h.talk.stopped == 1


async def test_hearing_that_fails_is_said(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        h.parts.stt.broken = True
        await ask(caller)
        assert house_says(caller) == ["Trouble with hearing."]
        h.parts.stt.broken = False
        await ask(caller)
        assert [c["text"] for c in caller.received.of("caption") if c["who"] == "caller"] == [
            "What did you do on Sundays?"
        ]


async def test_without_turn_detection_a_longer_silence_ends_the_turn(house: Open) -> None:
    async with house() as h, h.caller() as caller:
        h.parts.turn.broken = True
        await ask(caller)
        (turn,) = h.switchboard.metrics
        assert turn.turn_end == pytest.approx(1000 * CallRules().patience, abs=200)


async def test_when_speech_is_gone_the_house_still_has_its_line(house: Open) -> None:
    async with house(rules=NO_WAIT) as h, h.caller() as caller:
        h.parts.tts.broken = True
        audible = await ask(caller)
        assert house_says(caller) == ["Trouble with speaking."]
        assert caller.received.audible(audible)
        shown = [c["text"] for c in caller.received.of("caption") if c["who"] == "person"]
        assert shown == [s.text for s in h.talk.answer]
        h.parts.tts.broken = False
        await ask(caller)
        assert h.talk.record[-1][1] == [(s.text, s.text) for s in h.talk.answer]


async def test_two_soft_tones_when_not_even_that_is_left(house: Open) -> None:
    class Wordless(PlainTalk):
        said = 0

        def trouble(self, kind: str) -> Sentence:
            self.said += 1
            sentence = super().trouble(kind)
            return Sentence(
                f"{sentence.text} {self.said}", f"{self.said}", "en", sentence.provenance
            )

    async with house(talk=Wordless(), rules=NO_WAIT) as h, h.caller() as caller:
        h.parts.tts.broken = True
        audible = await ask(caller)
        heard = caller.received.audio(audible - 0.01, audible + 0.25).samples
        spectrum = np.abs(np.fft.rfft(heard * np.hanning(len(heard))))
        assert np.argmax(spectrum) * 48_000 / len(heard) == pytest.approx(523, abs=15)
        assert len(h.switchboard.calls) == 1


def test_the_two_tones_are_soft_and_short() -> None:
    tones = two_tones(24_000)
    assert np.abs(tones).max() <= 0.2
    assert len(tones) / 24_000 == pytest.approx(0.7, abs=0.05)


async def test_without_a_disclosure_the_person_is_never_heard(house: Open) -> None:
    parts = Parts()
    parts.tts.broken = True
    async with (
        house(parts=parts, rules=CallRules(opening_tries=1)) as h,
        h.caller(listening=False) as caller,
    ):
        await caller.until(lambda r: bool(r.of("ended")))
        assert caller.received.of("ended")[0]["reason"] == "error"
        assert caller.received.audible() == []
        assert parts.tts.voices == ["house"]
        await eventually(lambda: h.talk.record == [(None, [(DISCLOSURE, "")])])


async def test_a_disclosure_waits_for_an_engine_that_is_starting_again(house: Open) -> None:
    parts = Parts()
    parts.tts.broken = True
    async with house(parts=parts) as h, h.caller(listening=False) as caller:
        await caller.until_state("disclosing")
        await asyncio.sleep(0.3)
        h.parts.tts.broken = False
        await caller.until_state("listening")
        assert h.talk.record == [(None, [(DISCLOSURE, DISCLOSURE)])]


async def test_a_full_disk_does_not_end_the_call(house: Open) -> None:
    class Forgetful(PlainTalk):
        async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
            raise DiskFull("The disk is full.")

    async with house(talk=Forgetful()) as h, h.caller() as caller:
        await ask(caller)
        await ask(caller)
        assert len([c for c in caller.received.of("caption") if c["who"] == "caller"]) == 2


async def test_nothing_that_is_said_reaches_a_log(
    house: Open, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    written = io.StringIO()
    sink = logger.add(written, level="TRACE")
    caplog.set_level(logging.DEBUG)
    parts = Parts(stt=Hearing(["canary one"]))
    answer = [Sentence("canary two", "canary two", "en", s.provenance) for s in PlainTalk().answer]
    try:
        async with house(talk=PlainTalk(answer=answer), parts=parts) as h, h.caller() as caller:
            await ask(caller)
            h.talk.fails = ValueError("canary three")
            await ask(caller)
    finally:
        logger.remove(sink)
    everything = written.getvalue() + caplog.text + "".join(capfd.readouterr())
    assert "canary" not in everything
    assert "a=candidate" not in everything
    assert "ice-pwd" not in everything

"""Sound made beforehand: only while nobody calls, within its bound, and gone with the voice."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ofrenda.call.rendering import BUSY_PERCENT, FIRST, QUIET_S, REST_S, URGENT, Renderer
from ofrenda.call.speaking import HouseLines
from ofrenda.clock import ManualClock
from ofrenda.engines.protocols import Capabilities
from ofrenda.engines.scripted import ScriptedTextToSpeech
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import EngineUnavailable
from ofrenda.types import (
    CALM,
    Audio,
    Consent,
    Member,
    MemberId,
    Mood,
    Person,
    Role,
    Sentence,
    VoiceProfile,
)
from ofrenda.vault import KdfParameters, Life
from ofrenda.voice import RenderedSpeech, StockChoice, adopt, voice_in_use
from ofrenda.voice.likeness import LikenessReport

from .plain import HOUSE_VOICE, house, own

NOW = datetime(2026, 5, 3, 9, 30, tzinfo=UTC)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made, _code = Life.create(
        tmp_path / "lives",
        "ida",
        "copper lantern under seven pears",
        person=Person("Ida"),
        consent=Consent(NOW, "Mia", "daughter", "relatives", ("text", "voice"), "We agree."),
        keeper=Member(MemberId("m1"), "Mia", "daughter", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    with made:
        speak_with(made, "am_onyx")
        yield made


def speak_with(life: Life, name: str) -> None:
    profile = dataclasses.replace(stock_profile(name), id=f"stock-{name}")
    report = LikenessReport(
        engine="kokoro",
        mix={name: 1.0},
        language="en",
        similarity=0.7,
        floor=0.6,
        nearest=0.68,
        nearest_name=name,
        ceiling=0.9,
        normalised=0.333,
        speech_seconds=80.0,
        held_out_seconds=26.0,
        pitch_hz=110.0,
        chosen_pitch_hz=110.0,
        judge="test",
    )
    adopt(life, StockChoice(profile, report))


class Slow(ScriptedTextToSpeech):
    """Says each sentence after ``takes`` seconds; knows what it was asked for and what it ended."""

    def __init__(self) -> None:
        super().__init__()
        self.takes = 0.0
        self.said: list[str] = []
        self.stopped = 0
        self.broken = False
        self.offline = True

    @property
    def capabilities(self) -> Capabilities:
        return dataclasses.replace(super().capabilities, offline=self.offline)

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        self.said.append(text)
        if self.broken:
            raise EngineUnavailable("Broken.")
        try:
            await asyncio.sleep(self.takes)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        yield TONE


class Home:
    """A life whose sentences are made beforehand, and what a test turns on and off."""

    def __init__(self, life: Life, sentences: list[Sentence], most: int = 10**7) -> None:
        self.tts = Slow()
        self.kept = RenderedSpeech(life, most_bytes=most)
        self.clock = ManualClock(NOW)
        self.calls = 0
        self.load = 0.0
        self.lines = HouseLines()
        self.life = life
        self.asked = 0
        self.renderer = Renderer(
            life,
            self.tts,
            self.kept,
            self.foreseen,
            lambda: self.calls > 0,
            clock=self.clock,
            load=lambda: self.load,
            house=self.lines,
            house_says=lambda: [(house("The line is busy."), HOUSE_VOICE)],
        )

        self.sentences = sentences

    async def foreseen(self) -> AsyncGenerator[Sequence[Sentence], None]:
        for sentence in self.sentences:
            self.asked += 1
            yield [sentence]

    def has(self, sentence: Sentence) -> bool:
        voice = voice_of(self.life)
        return self.kept.has(sentence.spoken, sentence.language, sentence.mood, voice)


def voice_of(life: Life) -> VoiceProfile:
    voice = voice_in_use(life)
    assert voice is not None
    return voice


TONE = Audio(np.sin(np.arange(24_000) * 0.05).astype(np.float32) * 0.3, 24_000)
ONE, SECOND, THIRD = own("Good night."), own("I was in the garden."), own("Come in.")


async def test_what_is_foreseen_is_there_before_anybody_calls(life: Life) -> None:
    home = Home(life, [ONE, SECOND])
    await home.renderer.once()
    assert home.has(ONE)
    assert home.has(SECOND)
    assert home.lines.get(house("The line is busy."), HOUSE_VOICE.id)
    said = list(home.tts.said)
    await home.renderer.once()
    assert home.tts.said == said  # nothing is made twice
    assert home.renderer.made.sentences == 2


async def test_a_call_stops_it_inside_a_sentence_and_it_goes_on_long_after(life: Life) -> None:
    home = Home(life, [ONE])
    home.lines.put(house("The line is busy."), HOUSE_VOICE.id, [])
    home.lines.get = lambda *_: [Audio(np.zeros(1, np.float32), 24_000)]  # type: ignore[method-assign]
    home.tts.takes = 60.0
    work = asyncio.create_task(home.renderer.once())
    while not home.tts.said:  # noqa: ASYNC110 - the engine has no event
        await asyncio.sleep(0.01)
    began = asyncio.get_running_loop().time()
    home.calls = 1
    while not home.tts.stopped:  # noqa: ASYNC110 - the engine has no event
        await asyncio.sleep(0.01)
    assert asyncio.get_running_loop().time() - began < 0.5
    assert home.renderer.made.broken_off == 1
    assert not home.has(ONE)
    home.tts.takes = 0.0
    await asyncio.sleep(0.1)
    assert len(home.tts.said) == 1
    ended = home.clock.monotonic()
    home.calls = 0
    await asyncio.wait_for(work, 5.0)
    assert home.has(ONE)
    assert home.clock.monotonic() - ended >= QUIET_S - REST_S


async def test_what_calls_begin_with_comes_before_all_that_the_house_may_say(life: Life) -> None:
    sentences = [own(f"This is sentence {number}.") for number in range(FIRST + 5)]
    home = Home(life, sentences)
    lines = [house(f"This is line {number}.") for number in range(URGENT + 5)]
    home.renderer._house_says = lambda: [(one, HOUSE_VOICE) for one in lines]
    await home.renderer.once()
    assert home.tts.said == [
        *(one.spoken for one in lines[:URGENT]),
        *(one.spoken for one in sentences[:FIRST]),
        *(one.spoken for one in lines[URGENT:]),
        *(one.spoken for one in sentences[FIRST:]),
    ]


async def test_without_a_voice_the_house_is_ready_all_the_same(life: Life) -> None:
    home = Home(life, [ONE])
    lines = [house(f"This is line {number}.") for number in range(URGENT + 5)]
    home.renderer._house_says = lambda: [(one, HOUSE_VOICE) for one in lines]
    home.tts.offline = False
    await home.renderer.once()
    assert home.tts.said == [one.spoken for one in lines]


async def test_a_call_stops_the_looking_for_what_may_be_said(life: Life) -> None:
    home = Home(life, [ONE, SECOND, THIRD])
    home.lines.get = lambda *_: [Audio(np.zeros(1, np.float32), 24_000)]  # type: ignore[method-assign]
    for one in home.sentences:
        home.kept.put(one.spoken, one.language, one.mood, voice_of(life), [TONE])
    foreseen = home.foreseen

    async def rings_at_the_second() -> AsyncGenerator[Sequence[Sentence], None]:
        async for batch in foreseen():
            home.calls = int(home.asked == 2)
            yield batch

    home.renderer._foreseen = rings_at_the_second
    work = asyncio.create_task(home.renderer.once())
    await asyncio.sleep(0.2)
    assert home.asked == 2
    home.calls = 0
    await asyncio.wait_for(work, 5.0)
    assert home.asked == 3
    assert home.tts.said == []


async def test_it_is_known_which_of_it_was_ever_said(life: Life) -> None:
    home = Home(life, [ONE, SECOND])
    await home.renderer.once()
    assert home.kept.found == set()
    assert home.kept.get(ONE.spoken, ONE.language, ONE.mood, voice_of(life))
    assert not home.kept.get(THIRD.spoken, THIRD.language, THIRD.mood, voice_of(life))
    assert home.kept.found == {(ONE.spoken, ONE.language, ONE.mood)}
    assert home.kept.found < home.renderer.made.told


async def test_it_keeps_away_while_the_machine_has_something_else_to_do(life: Life) -> None:
    home = Home(life, [ONE])
    home.load = BUSY_PERCENT + 1
    work = asyncio.create_task(home.renderer.once())
    await asyncio.sleep(0.1)
    assert home.tts.said == []
    home.load = 0.0
    await asyncio.wait_for(work, 5.0)
    assert home.has(ONE)


async def test_it_never_fills_more_than_its_share(life: Life) -> None:
    many = [own(f"This is sentence {number}.") for number in range(30)]
    home = Home(life, many, most=200_000)
    await home.renderer.once()
    made = [one for one in many if home.has(one)]
    assert 0 < len(made) < 30
    assert made == many[: len(made)]  # the likeliest, and none of them put out by a later one
    with life.db.read() as db:
        (total,) = db.execute("SELECT sum(bytes) FROM rendered").fetchone()
    assert total < 0.8 * 200_000


async def test_it_goes_with_the_voice(life: Life) -> None:
    home = Home(life, [ONE, SECOND])
    await home.renderer.once()
    life.destroy_voice()
    assert life.voice_blobs.ids() == []
    said = len(home.tts.said)
    await home.renderer.once()
    assert len(home.tts.said) == said


async def test_a_new_voice_says_everything_anew(life: Life) -> None:
    home = Home(life, [ONE])
    await home.renderer.once()
    speak_with(life, "am_michael")
    assert not home.has(ONE)
    await home.renderer.once()
    assert home.has(ONE)


async def test_nothing_is_sent_to_a_server_that_nobody_asked_to_hear(life: Life) -> None:
    home = Home(life, [ONE])
    home.tts.offline = False
    await home.renderer.once()
    assert ONE.spoken not in home.tts.said


async def test_trouble_of_the_engine_is_no_end(life: Life) -> None:
    home = Home(life, [THIRD])
    home.tts.broken = True
    work = asyncio.create_task(home.renderer.run())
    try:
        async with asyncio.timeout(20):
            while len(home.tts.said) < 3:  # noqa: ASYNC110 - the engine has no event
                await asyncio.sleep(0.01)
            home.tts.broken = False
            while not home.has(THIRD):  # noqa: ASYNC110 - the database has no event
                await asyncio.sleep(0.01)
    finally:
        work.cancel()
        await asyncio.gather(work, return_exceptions=True)

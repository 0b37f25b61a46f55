"""A conversation with fixed words, and scripted engines that can be broken."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from ofrenda.engines.protocols import Engines
from ofrenda.engines.scripted import (
    ScriptedSpeechToText,
    ScriptedTextToSpeech,
    ScriptedTurnDetector,
    scripted_engines,
)
from ofrenda.errors import EngineUnavailable
from ofrenda.types import (
    CALM,
    Audio,
    Mood,
    Person,
    Provenance,
    Sentence,
    SourceRef,
    Transcript,
    VoiceProfile,
)

PERSON_VOICE = VoiceProfile("person", "scripted", "", ("en",))
HOUSE_VOICE = VoiceProfile("house", "scripted", "", ("en",))
PERSON_TONE, HOUSE_TONE = (120 + zlib.crc32(b"[]" + v) % 180 for v in (b"person", b"house"))
"""What the scripted engine speaks with, Hz."""
DISCLOSURE = "I am an AI."


def house(text: str) -> Sentence:
    return Sentence(text, text, "en", Provenance.HOUSE)


def own(text: str) -> Sentence:
    source = SourceRef("utterance", 1, None, text)
    return Sentence(text, text, "en", Provenance.OWN_WORDS, (source,))


@dataclass
class PlainTalk:
    """Answers every turn with the same sentences, and remembers what it was told was heard."""

    answer: list[Sentence] = field(
        default_factory=lambda: [own("Oh, it is you."), own("I was in the garden.")]
    )
    opening: list[Sentence] = field(default_factory=lambda: [house(DISCLOSURE)])
    delay: float = 0.0
    fails: Exception | None = None
    record: list[tuple[str | None, list[tuple[str, str]]]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    read_ahead: list[int] = field(default_factory=list)
    """How many turns were in the record whenever the prompt was read ahead."""
    ending: str | None = None
    stopped: int = 0
    lasting: tuple[str, ...] = ()
    """What may be answered only once."""
    voice: VoiceProfile = PERSON_VOICE
    neutral_voice: VoiceProfile = HOUSE_VOICE

    async def open(self) -> list[Sentence]:
        return self.opening

    async def reply(self, heard: Transcript) -> AsyncIterator[Sentence]:
        self.asked.append(heard.text)
        try:
            for sentence in self.answer:
                await asyncio.sleep(self.delay)
                if self.fails is not None:
                    raise self.fails
                yield sentence
        except (GeneratorExit, asyncio.CancelledError):
            self.stopped += 1
            raise

    async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
        text = heard.text if heard is not None else None
        self.record.append((text, [(s.text, part) for s, part in parts]))

    async def close(self, ending: str) -> None:
        self.ending = ending

    def acts(self, heard: Transcript) -> bool:
        return heard.text in self.lasting

    async def prefill(self) -> None:
        self.read_ahead.append(len(self.record))
        await asyncio.sleep(0)

    def trouble(self, kind: str) -> Sentence:
        return house(f"Trouble with {kind}.")


class Hearing(ScriptedSpeechToText):
    """Can be broken; remembers how long what it heard was. The last line is heard again."""

    broken = False

    def __init__(self, lines: Sequence[str] = ("What did you do on Sundays?",)) -> None:
        super().__init__(lines)
        self.heard: list[float] = []

    def hears(self, *lines: str) -> None:
        self._lines, self._next = lines, 0

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        check(self.broken)
        self.heard.append(audio.seconds)
        self._next = min(self._next, len(self._lines) - 1)
        return await super().transcribe(audio, languages=languages)


class Speech(ScriptedTextToSpeech):
    """Can be broken; speaks three words at a time; remembers whose voices it was asked for."""

    broken = False

    def __init__(self) -> None:
        super().__init__()
        self.voices: list[str] = []

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        self.voices.append(voice.id)
        words = text.split()
        for i in range(0, len(words), 3):
            check(self.broken)
            await asyncio.sleep(0.01)
            clause = " ".join(words[i : i + 3])
            async for audio in super().synthesize(clause, voice=voice, mood=mood):
                yield audio


class Turns(ScriptedTurnDetector):
    """Can be broken."""

    broken = False

    async def end_probability(self, audio: Audio) -> float:
        check(self.broken)
        return await super().end_probability(audio)


def check(broken: bool) -> None:
    if broken:
        raise EngineUnavailable("The engines are starting again.")


@dataclass
class Parts:
    """The three engines that a line itself uses, to be broken and mended by a test."""

    stt: Hearing = field(default_factory=Hearing)
    tts: Speech = field(default_factory=Speech)
    turn: Turns = field(default_factory=Turns)

    def engines(self) -> Engines:
        rest = scripted_engines()
        return Engines(self.stt, self.tts, rest.llm, rest.embed, self.turn)


class PlainLife:
    """All that a switchboard asks of a life."""

    def person(self) -> Person:
        return Person("Ida", ("en",))

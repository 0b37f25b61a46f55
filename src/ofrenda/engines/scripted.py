"""Engines without a model, for tests and for a demo that starts at once.

They do what the Protocols say, always the same for the same input, and their capabilities say
``scripted=True``, which the faces show whenever one is in use.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import Capabilities, EmbedRole, EngineKind, Engines, Prompt
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, Transcript, VoiceProfile

LINES = ("How are you?", "What did you do on Sundays?", "I miss you.")
"""What the scripted engine hears when nothing else is given."""
REPLY = "I am here. Tell me more."
"""What the scripted engine writes when nothing else is given."""
TTS_RATE = 24_000
DIMENSIONS = 384
SECONDS_PER_LETTER = 0.06
SECONDS_PER_HAN = 0.22
_SILENT = 1e-4


class _Scripted:
    """What the five share: nothing to load, nothing to give back."""

    def __init__(self, kind: EngineKind, *, rate: int | None = None, streams: bool = False) -> None:
        self._capabilities = Capabilities(
            name=f"scripted-{kind.value}",
            kind=kind,
            languages=("en", "zh"),
            streaming=streams,
            sample_rate=rate,
            models=(),
            licence="Apache-2.0",
            offline=True,
            scripted=True,
        )

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return self._capabilities

    async def warm(self) -> None:
        """Nothing to load."""

    async def close(self) -> None:
        """Nothing to give back."""


class ScriptedSpeechToText(_Scripted):
    """Hears ``lines``, one after the other and then again from the first; silence stays silence."""

    def __init__(self, lines: Sequence[str] = LINES) -> None:
        super().__init__(EngineKind.STT, rate=16_000)
        self._lines = tuple(lines)
        self._next = 0

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        """The next line; empty for sound without energy, or when there are no lines."""
        language = languages[0] if languages else "en"
        silent = not len(audio.samples) or float(np.abs(audio.samples).max()) < _SILENT
        if silent or not self._lines:
            return Transcript("", language, 0.0)
        line = self._lines[self._next % len(self._lines)]
        self._next += 1
        if any("\u4e00" <= char <= "\u9fff" for char in line):
            language = "zh"
        return Transcript(line, language, 1.0)


class ScriptedTextToSpeech(_Scripted):
    """Speaks every text as one tone: its length follows the text, its pitch the voice."""

    def __init__(self) -> None:
        super().__init__(EngineKind.TTS, rate=TTS_RATE, streams=True)

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """One tone at 24 kHz, 120 to 300 Hz, faded at both ends; nothing for an empty text."""
        han = sum("\u4e00" <= char <= "\u9fff" for char in text)
        seconds = han * SECONDS_PER_HAN + (len(text.strip()) - han) * SECONDS_PER_LETTER
        if seconds <= 0:
            return
        mix = repr(sorted(voice.parameters.items())) + voice.id
        pitch = 120 + zlib.crc32(mix.encode()) % 180
        time = np.arange(round(seconds * TTS_RATE)) / TTS_RATE
        fade = np.clip(np.minimum(time, seconds - time) / 0.01, 0, 1)
        tone = 0.2 * fade * np.sin(2 * np.pi * pitch * time)
        await asyncio.sleep(0)
        yield Audio(tone.astype(np.float32), TTS_RATE)


class ScriptedLanguageModel(_Scripted):
    """Writes what ``reply`` makes of a prompt, or the lines of a list one after the other and
    then again from the first; word by word."""

    def __init__(self, reply: Callable[[Prompt], str] | Sequence[str] = (REPLY,)) -> None:
        super().__init__(EngineKind.LLM, streams=True)
        self._reply = reply if callable(reply) else None
        self._lines = () if callable(reply) else tuple(reply)
        self._next = 0
        self.prompts: list[Prompt] = []
        """Every prompt it was given, for tests to read."""

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncIterator[str]:
        """The reply, a word at a time, at most ``max_tokens`` words."""
        self.prompts.append(prompt)
        for piece in self._words(prompt)[:max_tokens]:
            await asyncio.sleep(0)
            yield piece

    async def prefill(self, prompt: Prompt) -> None:
        """Nothing to read ahead."""

    def _words(self, prompt: Prompt) -> list[str]:
        if self._reply is not None:
            text = self._reply(prompt)
        elif self._lines:
            text = self._lines[self._next % len(self._lines)]
            self._next += 1
        else:
            text = ""
        words = text.split(" ")
        return [word if not i else f" {word}" for i, word in enumerate(words)] if text else []


class ScriptedEmbedder(_Scripted):
    """Places text by its letters: hashed runs of one to four characters, case and role ignored."""

    def __init__(self) -> None:
        super().__init__(EngineKind.EMBED)

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    async def embed(self, texts: Sequence[str], *, role: EmbedRole) -> NDArray[np.float32]:
        """Vectors ``[len(texts), 384]``, float32, of length 1."""
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for vector, text in zip(vectors, texts, strict=True):
            spaced = f" {text.lower().strip()} "
            for size in range(1, 5):
                for start in range(len(spaced) - size + 1):
                    code = zlib.crc32(spaced[start : start + size].encode("utf-8", "replace"))
                    vector[code % DIMENSIONS] += 1.0 if code & 0x8000_0000 else -1.0
            vector[0] += 1e-3  # an empty text still has a direction
            vector /= np.linalg.norm(vector)
        return vectors


class ScriptedTurnDetector(_Scripted):
    """Always as sure as it is told to be that the turn is over."""

    def __init__(self, probability: float = 1.0) -> None:
        super().__init__(EngineKind.TURN, rate=16_000)
        self.probability = probability

    async def end_probability(self, audio: Audio) -> float:
        """The given probability."""
        return self.probability


def scripted_engines(
    *,
    lines: Sequence[str] = LINES,
    reply: Callable[[Prompt], str] | Sequence[str] = (REPLY,),
    probability: float = 1.0,
) -> Engines:
    """One of each, in this process."""
    return Engines(
        stt=ScriptedSpeechToText(lines),
        tts=ScriptedTextToSpeech(),
        llm=ScriptedLanguageModel(reply),
        embed=ScriptedEmbedder(),
        turn=ScriptedTurnDetector(probability),
    )


def create_stt(settings: Settings) -> ScriptedSpeechToText:
    """The scripted hearing engine."""
    return ScriptedSpeechToText()


def create_tts(settings: Settings) -> ScriptedTextToSpeech:
    """The scripted speaking engine."""
    return ScriptedTextToSpeech()


def create_llm(settings: Settings) -> ScriptedLanguageModel:
    """The scripted writing engine."""
    return ScriptedLanguageModel()


def create_embed(settings: Settings) -> ScriptedEmbedder:
    """The scripted embedder."""
    return ScriptedEmbedder()


def create_turn(settings: Settings) -> ScriptedTurnDetector:
    """The scripted turn detector."""
    return ScriptedTurnDetector()

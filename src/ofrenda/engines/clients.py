"""The five engines as the house sees them, when they run in another process."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines import wire
from ofrenda.engines.protocols import Capabilities, EmbedRole, EngineKind, Engines, Prompt
from ofrenda.engines.wire import Payload
from ofrenda.errors import EngineUnavailable
from ofrenda.types import CALM, Audio, Mood, Transcript, VoiceProfile


class Line(Protocol):
    """The way to the engine process."""

    def stream(
        self, kind: EngineKind, verb: str, request: Payload
    ) -> AsyncGenerator[Payload, None]:
        """The answers to a request; raises the engine's errors, or :class:`EngineUnavailable`."""
        ...


class _Client:
    """What the five share. The engine belongs to its process: closing a client leaves it be."""

    def __init__(self, kind: EngineKind, line: Line) -> None:
        self._kind = kind
        self._line = line
        self._capabilities: Capabilities | None = None
        self._dimensions = 0

    @property
    def capabilities(self) -> Capabilities:
        """What the engine is; known once the process has been asked."""
        if self._capabilities is None:
            raise EngineUnavailable("The engines have not started yet. Try again in a moment.")
        return self._capabilities

    async def introduce(self) -> None:
        """Ask the process what the engine is."""
        answer = await self._one("capabilities", {})
        self._dimensions = answer.pop("dimensions") or 0
        self._capabilities = wire.capabilities_in(answer)

    async def warm(self) -> None:
        """Load the model and run it once."""
        await self._one("warm", {})

    async def close(self) -> None:
        """Nothing: the process gives the memory back when it ends."""

    async def _one(self, verb: str, request: Payload) -> Payload:
        answers = self._line.stream(self._kind, verb, request)
        try:
            async for payload in answers:
                return payload
        finally:
            await answers.aclose()
        raise EngineUnavailable("The engine gave no answer. Try again.")


class SpeechToTextClient(_Client):
    """A :class:`ofrenda.engines.protocols.SpeechToText`."""

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        """What was said."""
        request = {"audio": wire.audio_out(audio), "languages": list(languages)}
        return Transcript(**await self._one("transcribe", request))


class TextToSpeechClient(_Client):
    """A :class:`ofrenda.engines.protocols.TextToSpeech`."""

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncGenerator[Audio, None]:
        """Speak ``text``, clause by clause."""
        request = {
            "text": text,
            "voice": wire.voice_out(voice),
            "mood": wire.mood_out(mood),
            "language": language,
        }
        answers = self._line.stream(self._kind, "synthesize", request)
        try:
            async for payload in answers:
                yield wire.audio_in(payload)
        finally:
            await answers.aclose()


class LanguageModelClient(_Client):
    """A :class:`ofrenda.engines.protocols.LanguageModel`."""

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncGenerator[str, None]:
        """The reply's text in pieces as they come."""
        request = {
            "prompt": wire.prompt_out(prompt),
            "max_tokens": max_tokens,
            "temperature": temperature,
            "seed": seed,
        }
        answers = self._line.stream(self._kind, "generate", request)
        try:
            async for payload in answers:
                yield payload["text"]
        finally:
            await answers.aclose()

    async def prefill(self, prompt: Prompt) -> None:
        """Read the unchanging head of ``prompt`` into the cache."""
        await self._one("prefill", {"prompt": wire.prompt_out(prompt)})


class EmbedderClient(_Client):
    """A :class:`ofrenda.engines.protocols.Embedder`."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return self._dimensions

    async def embed(self, texts: Sequence[str], *, role: EmbedRole) -> NDArray[np.float32]:
        """Vectors ``[len(texts), dimensions]``, float32, of length 1."""
        request = {"texts": list(texts), "role": role.value}
        return wire.vectors_in(await self._one("embed", request))


class TurnDetectorClient(_Client):
    """A :class:`ofrenda.engines.protocols.TurnDetector`."""

    async def end_probability(self, audio: Audio) -> float:
        """Probability 0..1 that the speech in ``audio`` is complete."""
        answer = await self._one("end_probability", {"audio": wire.audio_out(audio)})
        return float(answer["probability"])


class Clients:
    """One client of each kind over one line."""

    def __init__(self, line: Line) -> None:
        self.stt = SpeechToTextClient(EngineKind.STT, line)
        self.tts = TextToSpeechClient(EngineKind.TTS, line)
        self.llm = LanguageModelClient(EngineKind.LLM, line)
        self.embed = EmbedderClient(EngineKind.EMBED, line)
        self.turn = TurnDetectorClient(EngineKind.TURN, line)

    def each(self) -> dict[EngineKind, _Client]:
        """All five, in the order in which they are made warm."""
        return {
            EngineKind.TURN: self.turn,
            EngineKind.EMBED: self.embed,
            EngineKind.STT: self.stt,
            EngineKind.TTS: self.tts,
            EngineKind.LLM: self.llm,
        }

    def engines(self) -> Engines:
        """The same as :class:`Engines`."""
        return Engines(self.stt, self.tts, self.llm, self.embed, self.turn)

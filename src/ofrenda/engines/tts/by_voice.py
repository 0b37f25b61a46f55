"""Each voice is spoken by the engine it was made for, whatever else the house speaks with.

So the person may speak through a server while the house says who it is in its own voice, made on
this machine; and a voice keeps sounding after somebody changes a setting.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import numpy as np
import soxr

from ofrenda.engines.protocols import Capabilities, TextToSpeech
from ofrenda.types import CALM, Audio, Mood, VoiceProfile

RATE = 24_000
"""Hz of everything that leaves here; what an engine gives at another rate is resampled."""


class ByVoice:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` made of several.

    ``first`` is the engine that the settings name; ``find`` makes another one by its name and
    raises ``EngineRefused`` where there is none."""

    def __init__(self, first: TextToSpeech, find: Callable[[str], TextToSpeech]) -> None:
        self._first = first
        self._find = find
        self._others: dict[str, TextToSpeech] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What the engine of the settings is."""
        return self._first.capabilities

    async def warm(self) -> None:
        """Make the engine of the settings ready; the others when they are first needed."""
        await self._first.warm()

    async def close(self) -> None:
        """Give all memory back."""
        others, self._others = list(self._others.values()), {}
        for engine in (self._first, *others):
            await engine.close()

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` with the engine of ``voice``, at the rate of :attr:`capabilities`."""
        engine = self._engine(voice)
        rate = self._first.capabilities.sample_rate or RATE
        clauses = engine.synthesize(text, voice=voice, mood=mood, language=language)
        stream: soxr.ResampleStream | None = None
        try:
            async for audio in clauses:
                if audio.sample_rate == rate:
                    yield audio
                    continue
                if stream is None:
                    stream = soxr.ResampleStream(audio.sample_rate, rate, 1, dtype="float32")
                samples = stream.resample_chunk(np.ascontiguousarray(audio.samples))
                if len(samples):
                    yield Audio(samples, rate)
            if stream is not None:
                rest = stream.resample_chunk(np.zeros(0, np.float32), last=True)
                if len(rest):
                    yield Audio(rest, rate)
        finally:
            closing = getattr(clauses, "aclose", None)
            if closing is not None:
                await closing()

    def _engine(self, voice: VoiceProfile) -> TextToSpeech:
        own = self._first.capabilities
        if own.scripted or voice.engine == own.name:
            return self._first
        if voice.engine not in self._others:
            self._others[voice.engine] = self._find(voice.engine)
        return self._others[voice.engine]

"""The mouth: sentences become sound, clause by clause."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol

import numpy as np
from pipecat.frames.frames import Frame, OutputAudioRawFrame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from ofrenda.call.exchange import Exchange
from ofrenda.call.frames import EndedFrame, SayFrame, StartedFrame
from ofrenda.call.playback import Reply, Spoken
from ofrenda.call.replying import close_iterator
from ofrenda.call.rules import CallRules
from ofrenda.engines.protocols import TextToSpeech
from ofrenda.errors import EngineError, EngineUnavailable, OfrendaError
from ofrenda.types import Audio, Mood, Provenance, Samples, Sentence, VoiceProfile

_SAID_AGAIN = (Provenance.OWN_WORDS, Provenance.IN_CHARACTER, Provenance.UNKNOWN)
"""What is likely to be said again word for word. What a model makes is not kept. Whatever was made
beforehand is found, whoever it is by."""

CHUNK_SECONDS = 0.04
"""The output transport writes this much at a time; all we push is a multiple of it, so that a
mark in the stream falls exactly between two sentences."""


TRY_AGAIN = 0.5
"""Seconds between two attempts to speak again."""


class HouseLines:
    """What the house has said before, kept as sound: its lines must be there at once, and still
    be there when the text-to-speech engine is not. Never holds a word of the person."""

    def __init__(self, *, limit: int = 96) -> None:
        self._lines: dict[tuple[str, str, str], list[Audio]] = {}
        self._limit = limit

    def get(self, sentence: Sentence, voice: str) -> list[Audio] | None:
        """The clauses of a line in a voice (its id), if it was ever said whole."""
        return self._lines.get((sentence.spoken, sentence.language, voice))

    def put(self, sentence: Sentence, voice: str, clauses: list[Audio]) -> None:
        """Keep a line; the oldest goes when there are too many (a line is 0.1 to 0.7 MB)."""
        if sentence.provenance is not Provenance.HOUSE:
            raise ValueError("only the lines of the house are kept")
        self._lines[(sentence.spoken, sentence.language, voice)] = clauses
        if len(self._lines) > self._limit:
            del self._lines[next(iter(self._lines))]


class KeptSpeech(Protocol):
    """Sentences of the person that are kept as sound; :class:`ofrenda.voice.RenderedSpeech`."""

    def get(self, spoken: str, language: str, mood: Mood, voice: VoiceProfile) -> list[Audio]:
        """The clauses of a sentence; nothing when it is not kept."""
        ...

    def put(
        self,
        spoken: str,
        language: str,
        mood: Mood,
        voice: VoiceProfile,
        clauses: Sequence[Audio],
    ) -> None:
        """Keep the clauses of a sentence."""
        ...


class Mouth(FrameProcessor):
    """Speaks each :class:`SayFrame`: the person's sentences in their voice, the house's in the
    neutral one.

    Where text to speech fails, the words are shown, and the house says so from what it has kept;
    where that is missing too, two soft tones are heard, never silence. An opening is tried again,
    and when it cannot be said at all, ``on_mute`` is called: without it the call may not go on.
    """

    def __init__(
        self,
        exchange: Exchange,
        tts: TextToSpeech,
        lines: HouseLines,
        *,
        rate: int,
        rules: CallRules,
        on_mute: Callable[[], None],
        kept: KeptSpeech | None = None,
    ) -> None:
        super().__init__(name="mouth")
        self._kept = kept
        self._exchange = exchange
        self._tts = tts
        self._lines = lines
        self._rate = rate
        self._chunk = round(CHUNK_SECONDS * rate)
        self._rules = rules
        self._on_mute = on_mute

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Speak a sentence; pass everything else on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, SayFrame):
            await self._say(frame.reply, frame.spoken)
        else:
            await self.push_frame(frame, direction)

    async def prepare(self, sentence: Sentence) -> None:
        """Have a line of the house ready, in case nothing can be synthesised later."""
        voice = self._exchange.talk.neutral_voice
        if self._lines.get(sentence, voice.id) is None:
            try:
                clauses = [audio async for audio in self.clauses(sentence)]
            except (OfrendaError, TimeoutError):
                return
            self._lines.put(sentence, voice.id, clauses)

    async def warm(self) -> None:
        """Speak once in the person's voice, unheard: one that was fitted to them takes seconds to
        be made ready. The house's own voice is warm from the disclosure."""
        talk = self._exchange.talk
        clauses = self._tts.synthesize("Mm.", voice=talk.voice)
        try:
            async with asyncio.timeout(self._rules.speaking_timeout):
                async for _ in clauses:
                    pass
        except (OfrendaError, TimeoutError):
            return
        finally:
            await close_iterator(clauses)

    async def _say(self, reply: Reply, spoken: Spoken) -> None:
        if reply.mute:
            self._exchange.show(reply, spoken)
            return
        tries = self._rules.opening_tries if reply.opening else 1
        for attempt in range(tries):
            try:
                await self._speak(reply, spoken, self._sound(reply, spoken.sentence))
                return
            except (OfrendaError, TimeoutError):
                if attempt + 1 < tries:
                    await asyncio.sleep(1.0 + attempt)
        if reply.opening:
            self._on_mute()
            return
        left = await self._go_on(reply, spoken)
        if left is None:
            return
        reply.mute = reply.trouble = True
        await self._apologise(reply, "speaking")
        self._exchange.show(reply, left)

    async def _go_on(self, reply: Reply, spoken: Spoken) -> Spoken | None:
        """Ask for a moment, and go on where the sentence broke off as soon as that can be done.

        Returns what could not be said; None when all of it was."""
        if reply.trouble or self._rules.engine_back <= 0.0:
            return spoken
        reply.trouble = True
        await self._apologise(reply, "engine")
        await self._exchange.not_too_far_ahead(reply, CHUNK_SECONDS)
        rest = spoken.rest()
        if rest is None:
            return None
        left = self._exchange.add(reply, rest) if spoken.started else spoken
        until = time.monotonic() + self._rules.engine_back
        while not left.started and time.monotonic() < until:
            try:
                await self._speak(reply, left, self.clauses(left.sentence))
            except (OfrendaError, TimeoutError):
                await asyncio.sleep(TRY_AGAIN)
            else:
                return None
        return left

    async def _apologise(self, reply: Reply, kind: str) -> None:
        """Say what the trouble is."""
        spoken = self._exchange.add(reply, self._exchange.talk.trouble(kind))
        try:
            await self._speak(reply, spoken, self.clauses(spoken.sentence))
        except (OfrendaError, TimeoutError):
            await self._speak(reply, spoken, _once(Audio(two_tones(self._rate), self._rate)))

    async def _speak(self, reply: Reply, spoken: Spoken, clauses: AsyncIterator[Audio]) -> None:
        begun = False
        held = np.zeros(0, np.float32)  # less than a chunk: the next piece goes on from it
        try:
            async for audio in clauses:
                if audio.sample_rate != self._rate:
                    raise EngineError("The speech engine gave sound at another rate than it said.")
                if reply.first_audio is None:
                    reply.first_audio = time.monotonic()
                if not begun:
                    begun = True
                    await self.push_frame(StartedFrame(reply, spoken))
                held = np.concatenate([held, audio.samples])
                whole = len(held) - len(held) % self._chunk
                spoken.seconds += await self._push(held[:whole])
                held = held[whole:]
                await self._exchange.not_too_far_ahead(reply, self._rules.ahead)
        finally:
            await close_iterator(clauses)
        if not begun:
            if reply.opening:
                raise EngineUnavailable("The speech engine gave no sound.")
            return
        spoken.seconds += await self._push(held)
        spoken.complete = True
        await self.push_frame(EndedFrame(reply, spoken))
        await self._push(np.zeros(int(self._rules.gap * self._rate), np.float32))

    def _sound(self, reply: Reply, sentence: Sentence) -> AsyncIterator[Audio]:
        """What is being made of a sentence already, or what will be."""
        made = reply.prepared.sound_of(sentence) if reply.prepared is not None else None
        return made if made is not None else self.clauses(sentence)

    async def clauses(self, sentence: Sentence) -> AsyncIterator[Audio]:
        """The clauses of a sentence, at our rate, each within its time."""
        house = sentence.provenance is Provenance.HOUSE
        talk = self._exchange.talk
        voice = talk.neutral_voice if house else talk.voice
        kept = self._lines.get(sentence, voice.id) if house else await self._found(sentence, voice)
        if kept:
            self._exchange.found.add(sentence.spoken)
            for audio in kept:
                yield audio
            return
        made: list[Audio] = []
        clauses = self._tts.synthesize(
            sentence.spoken, voice=voice, mood=sentence.mood, language=sentence.language
        )
        try:
            while True:
                async with asyncio.timeout(self._rules.speaking_timeout):
                    clause = await anext(clauses, None)
                if clause is None:
                    break
                made.append(clause)
                yield clause
        finally:
            await close_iterator(clauses)
        if house and made:
            self._lines.put(sentence, voice.id, made)
        elif made and self._kept is not None and sentence.provenance in _SAID_AGAIN:
            told = (sentence.spoken, sentence.language, sentence.mood, voice)
            await asyncio.to_thread(self._kept.put, *told, made)

    async def _found(self, sentence: Sentence, voice: VoiceProfile) -> list[Audio]:
        """A sentence of the person that is kept as sound, in this very voice and mood."""
        if self._kept is None:
            return []
        told = (sentence.spoken, sentence.language, sentence.mood, voice)
        return await asyncio.to_thread(self._kept.get, *told)

    async def _push(self, samples: Samples) -> float:
        """Push sound, filled up to whole chunks; returns its seconds."""
        samples = np.pad(samples, (0, -len(samples) % self._chunk))
        if len(samples):
            pcm = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
            await self.push_frame(OutputAudioRawFrame(pcm, self._rate, 1))
        return len(samples) / self._rate


async def _once(audio: Audio) -> AsyncIterator[Audio]:
    yield audio


def two_tones(rate: int) -> Samples:
    """The sign that something is wrong when nothing can be said: two soft falling tones,
    float32 at ``rate`` Hz, 0.7 s."""
    t = np.arange(int(0.3 * rate)) / rate
    fade = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.05)
    high, low = (0.2 * fade * np.sin(2 * np.pi * f * t) for f in (523.25, 392.0))
    pause = np.zeros(int(0.1 * rate))
    return np.concatenate([high, pause, low]).astype(np.float32)

"""The house's own voice on a telephone, before there is a call."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from typing import cast

import numpy as np
from pipecat.frames.frames import Frame, InterruptionFrame, OutputAudioRawFrame
from pipecat.serializers.base_serializer import FrameSerializer
from starlette.websockets import WebSocketDisconnect

from ofrenda.call.phone.companies import HEARING_RATE
from ofrenda.call.phone.socket import PhoneSocket
from ofrenda.call.replying import close_iterator
from ofrenda.call.speaking import HouseLines, two_tones
from ofrenda.engines.protocols import TextToSpeech
from ofrenda.errors import OfrendaError
from ofrenda.types import Audio, Sentence, VoiceProfile

PIECE_SECONDS = 0.2
"""Sound is sent in pieces of this length; the companies hold it until it is played."""
CLAUSE_SECONDS = 10.0
"""Longest that the engine may take for a clause."""


class HouseVoice:
    """Says sentences of the house in one voice; what was said before is kept in ``lines``."""

    def __init__(self, tts: TextToSpeech, lines: HouseLines, voice: VoiceProfile) -> None:
        self._tts = tts
        self._lines = lines
        self._voice = voice

    async def sound(self, sentence: Sentence) -> list[Audio]:
        """A sentence as sound: two falling tones where it cannot be said, never silence."""
        try:
            return [clause async for clause in self._clauses(sentence)]
        except (OfrendaError, TimeoutError):
            rate = self._tts.capabilities.sample_rate or HEARING_RATE
            return [Audio(two_tones(rate), rate)]

    async def _clauses(self, sentence: Sentence) -> AsyncIterator[Audio]:
        kept = self._lines.get(sentence, self._voice.id)
        for audio in kept or ():
            yield audio
        if kept:
            return
        made: list[Audio] = []
        clauses = self._tts.synthesize(
            sentence.spoken, voice=self._voice, mood=sentence.mood, language=sentence.language
        )
        try:
            while True:
                async with asyncio.timeout(CLAUSE_SECONDS):
                    clause = await anext(clauses, None)
                if clause is None:
                    break
                made.append(clause)
                yield clause
        finally:
            await close_iterator(clauses)
        if made:
            self._lines.put(sentence, self._voice.id, made)


class Saying:
    """What the house says on one stream, and how much of it has still to sound."""

    def __init__(self, socket: PhoneSocket, serializer: FrameSerializer, voice: HouseVoice) -> None:
        self._socket = socket
        self._serializer = serializer
        self._voice = voice
        self._until = 0.0

    @property
    def left(self) -> float:
        """Seconds that are still to sound."""
        return max(0.0, self._until - time.monotonic())

    async def say(self, sentence: Sentence) -> None:
        """Send a sentence in place of whatever sounds; returns before it has been heard."""
        await self.hush()
        for audio in await self._voice.sound(sentence):
            pcm = (np.clip(audio.samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
            step = int(PIECE_SECONDS * audio.sample_rate) * 2
            for start in range(0, len(pcm), step):
                piece = OutputAudioRawFrame(pcm[start : start + step], audio.sample_rate, 1)
                await self._send(piece)
            self._until = time.monotonic() + self.left + audio.seconds

    async def hush(self) -> None:
        """Let the company throw away what has not sounded yet."""
        if self.left:
            self._until = 0.0
            await self._send(InterruptionFrame())

    async def _send(self, frame: Frame) -> None:
        message = await self._serializer.serialize(frame)
        if message is not None:
            with contextlib.suppress(RuntimeError, OSError, WebSocketDisconnect):
                await self._socket.send_text(cast(str, message))

"""The ear: when the caller speaks, when they have finished, and what they said."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Sequence

import numpy as np
from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from ofrenda.call.activity import Change, VoiceActivity
from ofrenda.call.backchannel import is_nod, is_sound
from ofrenda.call.exchange import Exchange
from ofrenda.call.frames import HeardFrame, NodFrame, TroubleFrame
from ofrenda.call.patience import Patience
from ofrenda.call.playback import Heard
from ofrenda.call.rules import CallRules
from ofrenda.call.unfinished import words_of
from ofrenda.engines.protocols import SpeechToText, TurnDetector
from ofrenda.errors import EngineError, ModelError, OfrendaError
from ofrenda.types import Audio, Samples, Sentence, Transcript

RATE = 16_000
_BYTES_PER_SECOND = RATE * 2
PRE_ROLL = 0.5
"""Seconds before the detected start that belong to the turn: detection lags behind a soft
onset by the start time and a little more."""
TURN_WINDOW = 8.0
"""Seconds of the turn that the turn detector is given (Smart Turn's window)."""
SOON = 0.02
"""Seconds after which it is looked again whether a voice is beginning: one packet."""


class Ear(FrameProcessor):
    """Takes the caller's sound in; pushes :class:`HeardFrame` for each finished turn.

    At every pause the whole turn so far is transcribed while the turn detector judges whether it
    is finished, and the reply to it is begun (``speak`` makes the sound of a sentence); when the
    caller goes on, all is thrown away, so a sentence with pauses is transcribed as one. A reply
    that has not sounded yet when the caller goes on is withdrawn, and the turn continues. Deaf
    until :meth:`listen`.
    """

    def __init__(
        self,
        exchange: Exchange,
        stt: SpeechToText,
        turn: TurnDetector,
        *,
        languages: Sequence[str],
        rules: CallRules,
        patience: Patience,
        speak: Callable[[Sentence], AsyncIterator[Audio]],
    ) -> None:
        super().__init__(name="ear")
        self._speak = speak
        self._exchange = exchange
        self._stt = stt
        self._turn = turn
        self._languages = tuple(languages)
        self._rules = rules
        self._voice = VoiceActivity(rules, is_echo=exchange.echo.is_echo)
        self._sound = bytearray()
        self._deaf = True
        self._in_turn = False
        self._judging: asyncio.Task[None] | None = None
        self._reading: asyncio.Task[None] | None = None
        self._quiet = asyncio.Event()
        self._paused_at: float | None = None
        self._began = 0.0
        self._over_speech = False
        self._patience = patience
        self.last_voice = time.monotonic()
        self.last_sound = time.monotonic()

    def listen(self) -> None:
        """Begin to hear; what was said before is forgotten."""
        self._sound.clear()
        self._deaf = False
        self.last_voice = time.monotonic()

    async def forget(self) -> None:
        """What was being said is lost; deaf until :meth:`listen`."""
        self._deaf = True
        self._in_turn = False
        self._voice.forget()
        self._paused_at = None
        await self._stop_judging()

    @property
    def busy(self) -> bool:
        """Whether a turn of the caller is under way."""
        return self._in_turn

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Keep the caller's sound; pass everything else on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, InputAudioRawFrame):
            await self._hear(frame.audio)
            return
        if isinstance(frame, (EndFrame, CancelFrame)):
            await self._stop_judging()
            if self._reading is not None and not self._reading.done():
                await self.cancel_task(self._reading)
        await self.push_frame(frame, direction)

    async def silence(self) -> None:
        """No sound arrives any more: what is being said ends here."""
        if self._voice.stop(time.monotonic()):
            await self._paused()

    async def _hear(self, pcm: bytes) -> None:
        now = self.last_sound = time.monotonic()
        self._sound += pcm
        self._exchange.echo.heard(pcm)
        change = self._voice.hear(pcm, now, deaf=self._deaf)
        if self._deaf:
            self._keep(PRE_ROLL)
            return
        if self._voice.sounding:
            self.last_voice = now
        if change is Change.BEGAN:
            await self._voice_began()
        elif change is Change.WENT_ON:
            await self._stop_judging()
        elif change is Change.FALTERED:
            await self._falters()
        elif change is Change.PAUSED:
            await self._paused()
        if self._in_turn or self._exchange.taken_up(self._rules.go_on):
            self._keep(self._rules.max_turn)
        else:
            self._keep(PRE_ROLL)

    def _keep(self, seconds: float) -> None:
        excess = len(self._sound) - int(seconds * _BYTES_PER_SECOND)
        if excess > 0:
            del self._sound[: excess + excess % 2]

    async def _voice_began(self) -> None:
        await self._stop_judging()
        withdrawn = self._exchange.withdraw(self._rules.go_on)
        if self._paused_at is not None and (withdrawn or self._in_turn):
            pause = time.monotonic() - self._paused_at - self._rules.voice_start
            self._patience.went_on(pause, too_soon=withdrawn)
        self._paused_at = None
        if not self._in_turn:
            self._read_ahead()
            self._began = time.monotonic()
            self._over_speech = not withdrawn and self._exchange.current is not None
        if not withdrawn and not self._in_turn:
            self._keep(PRE_ROLL)
        self._in_turn = True
        if withdrawn or self._exchange.current is not None:
            await self.broadcast_frame(InterruptionFrame)

    def _read_ahead(self) -> None:
        """While the caller speaks: let the language model read what was said up to now."""
        if self._reading is None or self._reading.done():
            self._reading = self.create_task(self._prefill(), "read-ahead")

    async def _prefill(self) -> None:
        with contextlib.suppress(OfrendaError):
            await self._exchange.talk.prefill()

    async def _falters(self) -> None:
        """Silence since a moment ago: perhaps the end, and what was said is transcribed."""
        await self._stop_judging()
        fell = self._voice.fell
        self._quiet.clear()
        self._judging = self.create_task(
            self._judge(time.monotonic() if fell is None else fell), "judge"
        )

    async def _paused(self) -> None:
        """The silence has become a possible end."""
        if self._judging is None:
            await self._falters()
        self._paused_at = self._voice.fell
        self._quiet.set()

    async def _stop_judging(self) -> None:
        task, self._judging = self._judging, None
        if task is not None and not task.done():
            await self.cancel_task(task)
        await self._exchange.drop_prepared()

    async def _judge(self, fell: float) -> None:
        """Wait until the turn is over; then pass on what was said."""
        listening = asyncio.create_task(self._hear_out(self._turn_so_far()))
        try:
            await self._quiet.wait()
            window = self._turn_so_far()[-int(TURN_WINDOW * RATE) :]
            likely = await self._probability(Audio(window, RATE))
            judged = time.monotonic()
            transcript, hearing = await listening
            heard_at = time.monotonic()
            nod = self._over_speech and is_nod(transcript, fell - self._began)
            over = fell + (0.0 if nod else self._patience.wait(likely, words_of(transcript)))
            await asyncio.sleep(max(0.0, over - heard_at))
            while self._voice.starting:  # noqa: ASYNC110 - perhaps they go on just now
                await asyncio.sleep(SOON)
        except (EngineError, ModelError, TimeoutError):
            self._in_turn = False
            await self.push_frame(TroubleFrame("hearing"))
            return
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
        self._in_turn = False
        if not _has_words(transcript):
            self._patience.wordless()
            return
        if nod:
            await self._exchange.drop_prepared()
            await self.push_frame(NodFrame())
            return
        if is_sound(transcript):  # nobody asked anything
            self._patience.wordless()
            await self._exchange.drop_prepared()
            return
        self._patience.ended()
        decided = max(judged, over)
        heard = Heard(
            transcript,
            speech_end=fell,
            decided=decided,
            transcribed=max(decided, heard_at),
            hearing=hearing,
        )
        self._exchange.pending = heard
        await self.push_frame(HeardFrame(heard))

    def _turn_so_far(self) -> Samples:
        return np.frombuffer(bytes(self._sound), dtype=np.int16).astype(np.float32) / 32768.0

    async def _hear_out(self, samples: Samples) -> tuple[Transcript, float]:
        """What was said; the reply to it is begun as soon as that is known."""
        transcript, hearing = await self._transcribe(Audio(samples, RATE))
        if _has_words(transcript) and not is_sound(transcript):
            await self._exchange.prepare(transcript, self._speak)
        return transcript, hearing

    async def _transcribe(self, audio: Audio) -> tuple[Transcript, float]:
        began = time.monotonic()
        async with asyncio.timeout(self._rules.hearing_timeout):
            transcript = await self._stt.transcribe(audio, languages=self._languages)
        return transcript, time.monotonic() - began

    async def _probability(self, audio: Audio) -> float | None:
        """Probability that the turn is over; None where nobody can tell."""
        try:
            async with asyncio.timeout(self._rules.turn_timeout):
                return await self._turn.end_probability(audio)
        except (EngineError, ModelError, TimeoutError):
            return None


def _has_words(transcript: Transcript) -> bool:
    return any(c.isalnum() for c in transcript.text)

"""Behind the loudspeaker: what has really been played, and what that means."""

from __future__ import annotations

import time

from pipecat.frames.frames import (
    CancelFrame,
    EndFrame,
    Frame,
    InterruptionFrame,
    OutputAudioRawFrame,
)
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from ofrenda.call.exchange import Exchange
from ofrenda.call.frames import EndedFrame, ReplyEndFrame, StartedFrame
from ofrenda.call.playback import Reply, Spoken

LATE = 0.08
"""A chunk of sound this much later than the one before it ended is an underrun: the ear hears a
hole (the client's jitter buffer hides 40 to 80 ms)."""


class Playout(FrameProcessor):
    """Stands after the output transport, which lets a frame through when its sound has left.

    Counts the played seconds of each sentence, sends its caption as its sound begins, and settles
    a reply when it has been heard or is interrupted.
    """

    def __init__(self, exchange: Exchange) -> None:
        super().__init__(name="playout")
        self._exchange = exchange
        self._now: tuple[Reply, Spoken] | None = None
        self._last: float | None = None

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Follow the sound; pass everything on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, OutputAudioRawFrame):
            self._played(frame)
        elif isinstance(frame, StartedFrame):
            if not frame.reply.settled:
                self._now = (frame.reply, frame.spoken)
                self._last = None
                self._exchange.started(frame.reply, frame.spoken)
        elif isinstance(frame, EndedFrame):
            self._now = None
            self._exchange.ended(frame.spoken)
        elif isinstance(frame, ReplyEndFrame):
            await self._exchange.settle(frame.reply, interrupted=False)
        elif isinstance(frame, (InterruptionFrame, EndFrame, CancelFrame)):
            self._now = None
            if self._exchange.current is not None:
                await self._exchange.settle(self._exchange.current, interrupted=True)
        await self.push_frame(frame, direction)

    def _played(self, frame: OutputAudioRawFrame) -> None:
        now, seconds = time.monotonic(), len(frame.audio) / 2 / frame.sample_rate
        self._exchange.echo.played(frame.audio, frame.sample_rate)
        if self._now is None:
            return
        reply, spoken = self._now
        if self._last is not None and now - self._last > seconds + LATE:
            reply.underruns += 1
        self._last = now
        self._exchange.advance(reply, spoken, seconds)

"""Between the telephone's rate and ours, at once.

Pipecat's serializers resample with SoX at its highest quality, which holds sound back and lets it
go in lumps: 95 ms on the way in (8 to 16 kHz), 138 ms on the way out (24 to 8 kHz), counted in
samples over a second. FFmpeg's resampler holds 2 ms, and lets nothing above 4 kHz fold back (a
tone of 5 kHz leaves no sample).
"""

from __future__ import annotations

import av
import numpy as np
from pipecat.audio.resamplers.base_audio_resampler import BaseAudioResampler
from pipecat.serializers.base_serializer import FrameSerializer


class PhoneResampler(BaseAudioResampler):
    """Resamples a stream of 16-bit mono sound with FFmpeg, piece by piece."""

    def __init__(self) -> None:
        self._rates: tuple[int, int] | None = None
        self._stream: av.AudioResampler | None = None

    async def resample(self, audio: bytes, in_rate: int, out_rate: int) -> bytes:
        """The next piece of the stream, less 2 ms that come with the piece after it."""
        if in_rate == out_rate or not audio:
            return audio
        if self._stream is None or self._rates != (in_rate, out_rate):
            self._rates = (in_rate, out_rate)
            self._stream = av.AudioResampler(format="s16", layout="mono", rate=out_rate)
        samples = np.frombuffer(audio, dtype=np.int16)
        frame = av.AudioFrame.from_ndarray(samples[None, :], format="s16", layout="mono")
        frame.sample_rate = in_rate
        pieces = [piece.to_ndarray().tobytes() for piece in self._stream.resample(frame)]
        return b"".join(pieces)

    async def flush(self) -> bytes:
        """What is held back, 2 ms, is not worth waiting for."""
        await self.reset()
        return b""

    async def reset(self) -> None:
        """Forget what came before."""
        self._stream = None


def without_delay(serializer: FrameSerializer) -> FrameSerializer:
    """Let a serializer of Pipecat use :class:`PhoneResampler`. It has no setting for that."""
    for direction in ("_input_resampler", "_output_resampler"):
        if not hasattr(serializer, direction):
            raise RuntimeError("this Pipecat resamples telephone sound in another way")
        setattr(serializer, direction, PhoneResampler())
    return serializer

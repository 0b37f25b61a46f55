"""The person's own voice, come back through the caller's microphone, is not the caller speaking.

Browsers and telephones cancel echo, and not always: a loudspeaker turned up, a second device in the
room. What comes back is what was sent, later, softer, and coloured by the room, so its loudness in
each band of pitch rises and falls as that of what was sent did, some delay ago. A caller's own
speech does not.
"""

from __future__ import annotations

from collections import deque
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from ofrenda.types import Samples

RATE: Final = 16_000
HOP: Final = 256
"""Samples between two looks (16 ms)."""
_FRAME: Final = 512
_CHUNK: Final = 0.02
"""Seconds of sound that the microphone brings at a time."""
WINDOW: Final = 0.4
"""Seconds of the microphone that are compared: what a voice detector needs to be sure (0.12 s of
speech), and what came before it."""
MOST_DELAY: Final = 1.2
"""Seconds: jitter buffers, loudspeaker and room together take 0.1 to 0.5 s, a radio loudspeaker
0.3 s more."""
ALIKE: Final = 0.7
"""Correlation, at the best of all delays, from which it is an echo, before the delay is known.

Chosen on half of three voices' recorded prompts, through simulated rooms (0.15 to 0.6 s) and a
clipping loudspeaker, 20 stretches of 5 s a level: of 4400 to 4700 looks at -20 to -3 dB, 1 to 3
each were not taken for an echo, all in 1 stretch of 20; at -25 dB 28 of 3199, in 4. Not yet checked
on the other half, nor in a real room."""
SURE: Final = 0.75
"""Correlation that, twice in a row at the same delay, tells the delay of this call's echo."""
ALIKE_THEN: Final = 0.55
"""Correlation at the known delay from which it is an echo."""
ALIKE_CLEAR: Final = 0.85
"""The same where none came back of the first :data:`CLEAR` seconds played: the caller's device
cancels it, and nobody who speaks is to be held back."""
CLEAR: Final = 2.0
_HISTORY: Final = 4.0
_NOW: Final = 0.3
"""Seconds of the microphone that tell whether anything comes back, but for the last: there the
caller may be speaking."""
_QUIET: Final = 1e-3
_STANDS_OUT: Final = 2.0
"""Loudness (of full scale, and of the room when nobody speaks) from which something is heard."""
_LEAST: Final = 1e-4
_FORGET: Final = 1.003
"""The room is the quietest that was heard while nothing was played; it rises so much with each
chunk, by half in 3 s."""
_NOTHING: Final = 0.03
_SOMETHING: Final = 0.3
"""Shares of the time in which we were heard: under the one nothing came back, over the other
something did. As the figures above, chosen and not measured."""
LINGER: Final = 3
"""Looks in a row (20 ms each) that must not be an echo before it is the caller, where there is an
echo: in between, a syllable is lost in the room."""
_SAME: Final = 2
"""Hops by which two delays may differ and be the same."""
_BANDS: Final = 18
_FLOOR: Final = 1e-7
"""Power under which a band counts as silent: -70 dB."""

Floats = NDArray[np.float32]


def _bank() -> Floats:
    """Triangular bands, evenly spaced on the mel scale from 150 to 4000 Hz: what a telephone and a
    small loudspeaker carry."""
    mel = np.linspace(2595 * np.log10(1 + 150 / 700), 2595 * np.log10(1 + 4000 / 700), _BANDS + 2)
    hertz = 700 * (10 ** (mel / 2595) - 1)
    bins = np.fft.rfftfreq(_FRAME, 1 / RATE)
    rise = (bins[None] - hertz[:-2, None]) / (hertz[1:-1] - hertz[:-2])[:, None]
    fall = (hertz[2:, None] - bins[None]) / (hertz[2:] - hertz[1:-1])[:, None]
    return np.maximum(0.0, np.minimum(rise, fall)).astype(np.float32)


_BANK: Final = _bank()
_HANN: Final = np.hanning(_FRAME).astype(np.float32)


class _Bands:
    """Sound as loudness in bands, hop by hop: the last ``frames`` of them."""

    def __init__(self, frames: int) -> None:
        self.loudness = np.full((frames, _BANDS), np.log(_FLOOR), np.float32)
        self._rest: Samples = np.zeros(_FRAME - HOP, np.float32)

    def take(self, samples: Samples) -> None:
        self._rest = np.concatenate([self._rest, samples])
        count = (len(self._rest) - _FRAME) // HOP + 1
        if count <= 0:
            return
        frames = np.lib.stride_tricks.sliding_window_view(self._rest, _FRAME)[::HOP][:count]
        power = np.abs(np.fft.rfft(frames * _HANN, axis=1)) ** 2 / _FRAME
        new = np.log(power.astype(np.float32) @ _BANK.T + _FLOOR)
        self.loudness = np.concatenate([self.loudness, new])[-len(self.loudness) :]
        self._rest = self._rest[count * HOP :]


class EchoGuard:
    """Compares what the microphone brings with what left for the ear. One per call."""

    def __init__(self) -> None:
        self._window = round(WINDOW * RATE / HOP)
        lags = round(MOST_DELAY * RATE / HOP)
        self._heard = _Bands(self._window)
        self._played = _Bands(self._window + lags)
        self._since_played = MOST_DELAY + WINDOW
        self._to_play: list[Samples] = []
        self._resampler: soxr.ResampleStream | None = None
        self._rate = 0
        self._seconds_played = 0.0
        self._linger = 0
        self._maybe: int | None = None
        self._delay: int | None = None
        self._levels: deque[tuple[float, float]] = deque(maxlen=round(_HISTORY / _CHUNK))
        self._room = 0.0
        self._cancelled = False

    def played(self, pcm: bytes, rate: int) -> None:
        """16-bit mono sound that leaves for the ear now."""
        if self._resampler is None or rate != self._rate:
            self._resampler = soxr.ResampleStream(rate, RATE, 1, dtype="float32")
            self._rate = rate
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0
        self._to_play.append(self._resampler.resample_chunk(samples))
        self._since_played = 0.0
        self._seconds_played += len(samples) / rate

    def heard(self, pcm: bytes) -> None:
        """16-bit mono sound at 16 kHz from the microphone. It is the clock: what was played
        meanwhile is put beside it, silence where nothing was."""
        samples = np.frombuffer(pcm, "<i2").astype(np.float32) / 32768.0
        self._since_played += len(samples) / RATE
        if self._since_played > MOST_DELAY + WINDOW:
            self._to_play.clear()
            self._room = min(_level(samples), max(self._room, _LEAST) * _FORGET)
            return
        self._heard.take(samples)
        played = np.concatenate([np.zeros(0, np.float32), *self._to_play])
        now, later = played[: len(samples)], played[len(samples) :]
        self._played.take(np.pad(now, (0, len(samples) - len(now))))
        self._levels.append((_level(now), _level(samples)))
        # What is ahead of its time by more than a chunk or two only moves the delay.
        self._to_play = [later[-RATE:]] if len(later) else []

    def is_echo(self) -> bool:
        """Whether what was just heard is what was played. Learns the delay of the echo; ask
        whenever somebody seems to speak."""
        if self._since_played > MOST_DELAY + WINDOW or self._comes_back_not():
            return False
        alike = self._alike()
        best = int(alike.argmax())
        if alike[best] >= SURE:
            if self._maybe is not None and abs(best - self._maybe) <= _SAME:
                self._delay = best
            self._maybe = best
        if self._delay is None:
            clear = self._seconds_played > CLEAR
            return bool(alike[best] >= (ALIKE_CLEAR if clear else ALIKE))
        near = alike[max(0, self._delay - _SAME) : self._delay + _SAME + 1]
        echo = near.max() >= ALIKE_THEN or alike[best] >= ALIKE
        self._linger = LINGER if echo else max(0, self._linger - 1)
        return self._linger > 0

    def _comes_back_not(self) -> bool:
        """Whether the microphone stayed quiet while we were heard for :data:`CLEAR` seconds, more
        than the longest delay: there is no echo (a headset, a browser that cancels it), and what
        is heard now is somebody. The beginning of any speech is too much like the beginning of any
        other to be told apart at once, and would be held back for 0.2 s."""
        levels = np.array(self._levels, np.float32).reshape(-1, 2)[: -round(_NOW / _CHUNK)]
        ours = levels[levels[:, 0] > _QUIET]
        if len(ours) * _CHUNK >= CLEAR:
            share = float(np.mean(ours[:, 1] > max(_QUIET, _STANDS_OUT * self._room)))
            if share < _NOTHING:
                self._cancelled = True
            elif share > _SOMETHING:
                self._cancelled = False
        return self._cancelled

    def _alike(self) -> Floats:
        """How much what was just heard is like what was played each delay before, -1..1."""
        heard = _even(self._heard.loudness)
        pieces = np.lib.stride_tricks.sliding_window_view(
            self._played.loudness, self._window, axis=0
        ).transpose(0, 2, 1)
        even = pieces - pieces.mean(axis=1, keepdims=True)
        sizes = np.sqrt(np.einsum("lfb,lfb->l", even, even)) * np.linalg.norm(heard) + 1e-6
        alike: Floats = np.einsum("lfb,fb->l", even, heard) / sizes
        return alike


def _level(samples: Samples) -> float:
    return float(np.sqrt(np.mean(np.square(samples)))) if len(samples) else 0.0


def _even(loudness: Floats) -> Floats:
    """Each band around its own mean: what a room and a loudspeaker colour is taken out."""
    even: Floats = loudness - loudness.mean(axis=0)
    return even

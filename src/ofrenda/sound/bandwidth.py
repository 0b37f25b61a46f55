"""Up to which frequency a recording holds a voice: what tells a studio from a telephone."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Samples

_WINDOW: Final = 512
_FALL_DB: Final = 25.0
"""How far under the level at 1 to 3 kHz the spectrum counts as empty. From 2.6-3.3 kHz to 4.3-5.2
kHz wide-band prompts fall by 3 to 10 dB, those that went through a telephone by 34 dB and more, or
17 to 24 dB behind Opus at 6 kbit/s (measured for ``voice/quality.py``)."""


class Bandwidth:
    """Adds up the spectrum of a sound that comes piece by piece."""

    def __init__(self, sample_rate: int) -> None:
        self._rate = sample_rate
        self._power: NDArray[np.float64] = np.zeros(_WINDOW // 2 + 1)
        self._shape = np.hanning(_WINDOW)

    def add(self, samples: Samples) -> None:
        """Take in some more; a rest shorter than 32 ms at 16 kHz is left out."""
        whole = len(samples) // _WINDOW * _WINDOW
        if not whole:
            return
        frames = samples[:whole].reshape(-1, _WINDOW) * self._shape
        self._power += np.square(np.abs(np.fft.rfft(frames, axis=1))).sum(axis=0)

    def hertz(self, source_rate: int) -> int | None:
        """The highest frequency with voice in it; None for silence.

        At most half the ``source_rate``, and at most half the rate of the sound that was added:
        8000 at 16 kHz means "8 kHz or more".
        """
        step = self._rate / _WINDOW
        middle = self._power[round(1000 / step) : round(3000 / step)]
        if not len(middle) or middle.mean() <= 0:
            return None
        smooth = np.convolve(self._power, np.ones(5) / 5, "same")
        filled = np.flatnonzero(smooth >= middle.mean() * 10 ** (-_FALL_DB / 10))
        return int(min(filled[-1] * step, (source_rate or self._rate) / 2))

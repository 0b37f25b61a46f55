"""How high a voice is."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Audio

LOWEST: Final = 60.0
HIGHEST: Final = 420.0
"""Range of speaking voices in Hz, from a very low man to a child."""
_FRAME: Final = 0.048
"""Seconds per frame: almost three periods of the lowest voice."""
_STEP: Final = 0.020
_VOICED: Final = 0.6
"""Normalised autocorrelation of a voiced frame; breath and hiss stay under 0.4."""
_FIRST: Final = 0.9
"""The shortest period whose peak reaches this share of the best one wins: doubles of the period
reach nearly the same height, and taking one of them halves the pitch."""
_COMPRESSED: Final = 0.5
"""Power to which magnitudes are raised before the period is looked for, 2 being autocorrelation. A
telephone takes the fundamental away, and a formant on the second harmonic then halves the period;
compressed, all harmonics speak alike (Tolonen and Karjalainen 2000, who use 0.67). Two people, one
of them in two languages, 30 s each: medians of 193, 159 and 213 Hz, behind a telephone 204, 174 and
219 Hz, where the square gave 247, 188 and 231 Hz; chosen on these two."""
_NEAR: Final = 0.08
"""The period is then read off the autocorrelation itself, this share around."""


def pitch_track(audio: Audio) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Fundamental frequency in Hz of the voiced frames of 48 ms, one each 20 ms, in order.

    Voiced is what autocorrelation says, divided by that of the window (Boersma 1993); the period
    is the first high peak of the same with compressed magnitudes, refined by a parabola. Unvoiced
    frames and those under a tenth of the loud ones are left out.
    """
    rate = audio.sample_rate
    length, step = round(_FRAME * rate), round(_STEP * rate)
    if len(audio.samples) < length:
        return np.zeros(0, np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(audio.samples, length)[::step]
    frames = frames - frames.mean(axis=1, keepdims=True)
    rms = np.sqrt(np.mean(np.square(frames), axis=1))
    frames = frames[rms > 0.1 * np.quantile(rms, 0.95)]
    if not len(frames):
        return np.zeros(0, np.float32)
    window = np.hanning(length)
    size = 1 << (2 * length - 1).bit_length()
    shortest = int(rate / HIGHEST)
    longest = min(int(rate / LOWEST) + 1, length // 2)
    of_window = np.abs(np.fft.rfft(window, size))

    own = np.fft.irfft(of_window**2)[: longest + 2]
    own /= own[0]

    def correlated(magnitudes: NDArray[np.float64], power: float) -> NDArray[np.float64]:
        correlation = np.fft.irfft(magnitudes**power, axis=1)[:, : longest + 2]
        correlation /= np.maximum(correlation[:, :1], 1e-12)
        return correlation / own ** (power / 2)

    def peaks(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
        middle = correlation[:, shortest : longest + 1]
        peak = (middle > correlation[:, shortest - 1 : longest]) & (
            middle >= correlation[:, shortest + 1 : longest + 2]
        )
        return np.where(peak, middle, 0.0)

    found = []
    for start in range(0, len(frames), 512):
        magnitudes = np.abs(np.fft.rfft(frames[start : start + 512] * window, size, axis=1))
        plain = correlated(magnitudes, 2.0)
        voiced = peaks(plain).max(axis=1) >= _VOICED
        height = peaks(correlated(magnitudes[voiced], _COMPRESSED))
        best = height.max(axis=1)
        about = np.argmax(height >= _FIRST * best[:, None], axis=1) + shortest
        for row, lag in zip(plain[voiced], about.tolist(), strict=True):
            low = max(shortest, int(lag * (1 - _NEAR)))
            at = low + int(row[low : int(lag * (1 + _NEAR)) + 2].argmax())
            at = min(at, longest)
            left, top, right = row[at - 1 : at + 2]
            bend = left - 2 * top + right
            shift = 0.5 * (left - right) / bend if bend < 0 else 0.0
            found.append(rate / (at + min(0.5, max(-0.5, shift))))
    return np.array(found, np.float32)


def median_pitch(audio: Audio) -> float | None:
    """The middle of a voice's pitch in Hz; None when fewer than half a second is voiced."""
    track = pitch_track(audio)
    return float(np.median(track)) if len(track) * _STEP >= 0.5 else None

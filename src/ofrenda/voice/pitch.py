"""How high a voice is."""

from __future__ import annotations

from typing import Final

import numpy as np

from ofrenda.types import Audio

LOWEST: Final = 60.0
HIGHEST: Final = 420.0
"""Range of speaking voices in Hz, from a very low man to a child."""
_FRAME: Final = 0.048
"""Seconds per frame: almost three periods of the lowest voice."""
_STEP: Final = 0.020
_VOICED: Final = 0.6
"""Normalised autocorrelation of a voiced frame; breath and hiss stay under 0.4."""
_FIRST: Final = 0.85
"""The shortest period whose peak reaches this share of the best one wins: doubles of the period
reach nearly the same height, and taking one of them halves the pitch."""


def pitch_track(audio: Audio) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """Fundamental frequency in Hz of the voiced frames of 48 ms, one each 20 ms, in order.

    Autocorrelation divided by that of the window (Boersma 1993), its first high peak, refined by
    a parabola. Unvoiced frames and those under a tenth of the loud ones are left out.
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
    own = np.fft.irfft(np.abs(np.fft.rfft(window, size)) ** 2)[: length // 2 + 1]
    shortest = int(rate / HIGHEST)
    longest = min(int(rate / LOWEST) + 1, length // 2)
    found = []
    for start in range(0, len(frames), 512):
        spectrum = np.fft.rfft(frames[start : start + 512] * window, size, axis=1)
        correlation = np.fft.irfft(np.abs(spectrum) ** 2, axis=1)[:, : longest + 2]
        correlation /= np.maximum(correlation[:, :1], 1e-12)
        correlation *= own[0] / own[: longest + 2]
        middle = correlation[:, shortest : longest + 1]
        peaks = (middle > correlation[:, shortest - 1 : longest]) & (
            middle >= correlation[:, shortest + 1 : longest + 2]
        )
        height = np.where(peaks, middle, 0.0)
        best = height.max(axis=1)
        voiced = best >= _VOICED
        at = np.argmax(height >= _FIRST * best[:, None], axis=1) + shortest
        for row, lag in zip(np.flatnonzero(voiced), at[voiced], strict=True):
            left, top, right = correlation[row, lag - 1 : lag + 2]
            bend = left - 2 * top + right
            shift = 0.5 * (left - right) / bend if bend else 0.0
            found.append(rate / (lag + shift))
    return np.array(found, np.float32)


def median_pitch(audio: Audio) -> float | None:
    """The middle of a voice's pitch in Hz; None when fewer than half a second is voiced."""
    track = pitch_track(audio)
    return float(np.median(track)) if len(track) * _STEP >= 0.5 else None

"""What is measured of a recording for a fit: its energy, and features to align by."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

RATE: Final = 24_000
HALF_FRAME: Final = RATE // 80
"""Samples per 12.5 ms, the step of the model's pitch and energy."""


def energy(samples: Floats) -> Floats:
    """Loudness each 12.5 ms of sound at 24 kHz, as the model knows it up to a line: the logarithm
    of the length of a frame's mel powers (80 HTK bands, 2048-point spectra of 50 ms, as in the
    recipe of StyleTTS2)."""
    power = _spectra(samples, 2048, 1200, HALF_FRAME) ** 2
    mel = power @ _mel(80, 2048, 16_000.0, 0.0, 8000.0).T
    out: Floats = np.log(np.linalg.norm(mel + 1e-5, axis=1)).astype(np.float32)
    return out


def features(samples: Floats, top: float = 7000.0) -> Floats:
    """What two renderings of a sentence are aligned by, one row each 12.5 ms: 14 cepstra of 40
    mel bands under ``top`` Hz and how they change, each of unit spread. ``samples`` at 24 kHz."""
    power = _spectra(samples, 1024, 600, HALF_FRAME) ** 2
    mel = np.log(power @ _mel(40, 1024, float(RATE), 60.0, top).T + 1e-6)
    bands = np.arange(40)
    basis = np.cos(np.pi * np.outer(np.arange(14), bands + 0.5) / 40)
    cepstra = mel @ basis.T
    moved = np.gradient(cepstra, axis=0)
    rows = [(x - x.mean(0)) / (x.std(0) + 1e-5) for x in (cepstra, moved)]
    out: Floats = np.concatenate([rows[0], 0.7 * rows[1]], axis=1).astype(np.float32)
    return out


def mel_bands(count: int, size: int, rate: float, low: float, top: float) -> Floats:
    """Triangular filters ``[count, size // 2 + 1]`` on the HTK mel scale, each of unit sum."""
    filters = _mel(count, size, rate, low, top)
    out: Floats = filters / np.maximum(filters.sum(1, keepdims=True), 1e-6)
    return out


def _mel(count: int, size: int, rate: float, low: float, top: float) -> Floats:
    ends = 2595 * np.log10(1 + np.array([low, top]) / 700)
    mels = np.linspace(float(ends[0]), float(ends[1]), count + 2)
    corners = 700 * (10 ** (mels / 2595) - 1)
    bins = np.linspace(0, rate / 2, size // 2 + 1)
    left, middle, right = (corners[i : i + count, None] for i in range(3))
    rising = (bins - left) / (middle - left)
    falling = (right - bins) / (right - middle)
    filters: Floats = np.clip(np.minimum(rising, falling), 0, None).astype(np.float32)
    return filters


def _spectra(samples: Floats, size: int, window: int, hop: int) -> NDArray[Any]:
    """Magnitudes of centred frames ``[len // hop + 1, size // 2 + 1]``."""
    taper = np.zeros(size)
    start = (size - window) // 2
    taper[start : start + window] = np.hanning(window + 1)[:window]
    padded = np.pad(samples, size // 2, mode="reflect" if len(samples) > size else "constant")
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[::hop]
    return np.abs(np.fft.rfft(frames * taper, axis=1))

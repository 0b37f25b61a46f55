"""Speech-like sound without a recording: a buzzing source through gliding formants."""

from __future__ import annotations

import numpy as np

from ofrenda.types import Audio

RATE = 16_000
# Formants of seven vowels in Hz (Peterson & Barney 1952, men).
_VOWELS = (
    (730, 1090, 2440),
    (530, 1840, 2480),
    (270, 2290, 3010),
    (570, 840, 2410),
    (300, 870, 2240),
    (660, 1720, 2410),
    (440, 1020, 2240),
)
_SYLLABLE = 0.16


def babble(seconds: float, *, pitch: float = 130.0, level: float = 0.4, seed: int = 2) -> Audio:
    """Syllables that a voice detector takes for a voice from beginning to end."""
    random = np.random.default_rng(seed)
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    count = int(seconds / _SYLLABLE) + 3
    at = np.arange(count) * _SYLLABLE
    vowels = random.integers(len(_VOWELS), size=count)
    formants = [np.interp(t, at, [_VOWELS[v][k] for v in vowels]) for k in range(3)]
    melody = 1 + 0.1 * np.interp(t, at, random.standard_normal(count))
    f0 = pitch * (1.1 - 0.2 * t / seconds) * melody
    phase = 2 * np.pi * np.cumsum(f0) / RATE
    out = np.zeros(n)
    for harmonic in range(1, int(3800 / pitch)):
        f = harmonic * f0
        gain = sum(
            weight / (1 + ((f - centre) / width) ** 2)
            for centre, width, weight in zip(formants, (60, 90, 120), (1, 0.6, 0.3), strict=True)
        )
        out += gain / harmonic**0.5 * np.sin(harmonic * phase)
    swing = np.abs(np.sin(np.pi * t / _SYLLABLE))
    out *= 0.15 + 0.85 * swing**0.6
    out /= np.abs(out).max()
    hiss = np.diff(random.standard_normal(n + 1)) * 0.03 * (swing < 0.35)
    return Audio((level * (out + hiss)).astype(np.float32), RATE)

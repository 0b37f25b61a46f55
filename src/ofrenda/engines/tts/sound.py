"""What is done to the sound of a clause: silence cut, loudness evened, faults kept out."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Samples

_FRAME_S = 0.005
_QUIET_DB = -45.0
"""A frame this far below the loudest one is silence. In thirty sentences of ten stock voices the
loudest frame of the model's own silence lay at -49 dB."""
_FLOOR = 1e-4
"""Absolute level, -80 dBFS: nothing but silence is below."""
LEAD_S = 0.03
TAIL_S = 0.05
"""Margins in seconds that stay before and after speech, so that no breath or release is lost."""
_FADE_S = 0.004
"""Both ends are faded over this long, so that clauses join without a click."""

LEVEL_DB = -21.0
"""RMS of the speaking frames in dBFS that every clause is brought to. Stock voices come out at -14
to -22 (thirty sentences); this leaves their peaks room."""
_GATE_DB = -25.0
_MOST_GAIN_DB = 9.0
_PEAK = 0.891
"""-1 dBFS: room for the resampling and coding that come after."""


def finish(samples: Samples, sample_rate: int, *, gain_db: float = 0.0) -> Samples:
    """A clause ready to play: no DC, no broken numbers, trimmed, at the house's level.

    ``gain_db`` is added to the level (a soft mood is softer). Empty when there is no sound."""
    clean = np.nan_to_num(samples.astype(np.float32, copy=True), nan=0.0, posinf=0.0, neginf=0.0)
    if len(clean):
        clean -= np.float32(clean.mean())
    return _level(trim(clean, sample_rate), sample_rate, gain_db)


def trim(samples: Samples, sample_rate: int) -> Samples:
    """``samples`` without silence at the ends, but for a short margin; ends faded."""
    frame = max(1, int(_FRAME_S * sample_rate))
    levels = _frames(samples, frame)
    loudest = float(levels.max(initial=0.0))
    if loudest < _FLOOR:
        return np.zeros(0, np.float32)
    loud = np.flatnonzero(levels > max(_FLOOR, loudest * _ratio(_QUIET_DB)))
    start = max(0, int(loud[0]) * frame - int(LEAD_S * sample_rate))
    end = min(len(samples), (int(loud[-1]) + 1) * frame + int(TAIL_S * sample_rate))
    cut = samples[start:end].copy()
    fade = min(len(cut) // 2, int(_FADE_S * sample_rate))
    ramp = np.linspace(0, 1, fade, dtype=np.float32)
    cut[:fade] *= ramp
    cut[len(cut) - fade :] *= ramp[::-1]
    return cut


def silence(seconds: float, sample_rate: int) -> Samples:
    """Nothing, for a while."""
    return np.zeros(int(seconds * sample_rate), np.float32)


def _level(samples: Samples, sample_rate: int, gain_db: float) -> Samples:
    levels = _frames(samples, max(1, int(_FRAME_S * sample_rate)))
    if not len(levels):
        return samples
    speaking = levels[levels > levels.max() * _ratio(_GATE_DB)]
    active = 20 * np.log10(float(np.sqrt(np.mean(np.square(speaking)))))
    gain = float(np.clip(LEVEL_DB - active, -_MOST_GAIN_DB, _MOST_GAIN_DB)) + gain_db
    louder = samples * np.float32(_ratio(gain))
    peak = float(np.abs(louder).max())
    return louder * np.float32(_PEAK / peak) if peak > _PEAK else louder


def _frames(samples: Samples, frame: int) -> NDArray[np.float32]:
    """RMS of each whole or partial frame."""
    if not len(samples):
        return np.zeros(0, np.float32)
    padded = np.pad(samples, (0, -len(samples) % frame))
    squares = np.square(padded.reshape(-1, frame)).mean(axis=1, dtype=np.float64)
    levels: NDArray[np.float32] = np.sqrt(squares).astype(np.float32)
    return levels


def _ratio(decibel: float) -> float:
    return float(10 ** (decibel / 20))

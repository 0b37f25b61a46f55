"""What is done to the sound of a clause: silence cut, loudness evened, faults kept out."""

from __future__ import annotations

import math

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
_STREAM_QUIET_DB = -60.0
"""In a clause that comes in pieces, a frame below this level (dBFS) is silence: as far under the
loudest frame of a clause at the house's level as in one that is whole."""
_MOST_GAIN_DB = 9.0
_PEAK = 0.891
"""-1 dBFS: room for the resampling and coding that come after."""
_KNEE = 0.75
"""Above this (-2.5 dBFS) a clause that comes in pieces is bent towards :data:`_PEAK`."""


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


def active_level(samples: Samples, sample_rate: int) -> float:
    """RMS in dBFS of the speaking frames of ``samples``; minus infinity where nothing is heard."""
    levels = _frames(samples, max(1, int(_FRAME_S * sample_rate)))
    loudest = float(levels.max(initial=0.0))
    if loudest <= 0.0:
        return -math.inf
    speaking = levels[levels > loudest * _ratio(_GATE_DB)]
    return 20 * math.log10(float(np.sqrt(np.mean(np.square(speaking)))))


def gain_to_level(active: float) -> float:
    """dB that bring speech of an :func:`active_level` to the house's, within what is sensible."""
    return float(np.clip(LEVEL_DB - active, -_MOST_GAIN_DB, _MOST_GAIN_DB))


class Pieces:
    """What :func:`finish` does to a whole clause, done to one that comes in pieces and whose
    loudness is known: nothing is given out before speech is heard, and no silence that may turn out
    to be the end."""

    def __init__(self, sample_rate: int, gain_db: float) -> None:
        self._gain = np.float32(_ratio(gain_db))
        self._frame = max(1, int(_FRAME_S * sample_rate))
        self._lead, self._tail, self._fade = (
            int(seconds * sample_rate) for seconds in (LEAD_S, TAIL_S, _FADE_S)
        )
        self._held = np.zeros(0, np.float32)
        self._begun = False

    def push(self, samples: Samples) -> Samples:
        """What of the sound so far may be played now."""
        louder = np.nan_to_num(samples, nan=0.0, posinf=0.0, neginf=0.0) * self._gain
        held = np.concatenate([self._held, _bent(louder)])
        loud = np.flatnonzero(_frames(held, self._frame) > _ratio(_STREAM_QUIET_DB))
        start = end = 0
        if len(loud):
            first, last = int(loud[0]) * self._frame, (int(loud[-1]) + 1) * self._frame
            start = 0 if self._begun else max(0, first - self._lead)
            end = max(start, min(last, len(held) - self._fade))
        elif not self._begun:
            start = end = max(0, len(held) - self._lead)
        self._held, given = held[end:], held[start:end].copy()
        if len(given) and not self._begun:
            fade = min(len(given), self._fade)
            given[:fade] *= np.linspace(0, 1, fade, dtype=np.float32)
            self._begun = True
        return given

    def end(self) -> Samples:
        """What is left; nothing where no speech was heard."""
        if not self._begun:
            return np.zeros(0, np.float32)
        rest = self._held[: self._tail].copy()
        fade = min(len(rest), self._fade)
        rest[len(rest) - fade :] *= np.linspace(1, 0, fade, dtype=np.float32)
        return rest


def _bent(samples: Samples) -> Samples:
    size = np.abs(samples)
    if float(size.max(initial=0.0)) <= _KNEE:
        return samples
    room = _PEAK - _KNEE
    over = _KNEE + room * np.tanh((size - _KNEE) / room)
    bent: Samples = np.where(size > _KNEE, np.copysign(over, samples), samples).astype(np.float32)
    return bent


def _level(samples: Samples, sample_rate: int, gain_db: float) -> Samples:
    gain = gain_to_level(active_level(samples, sample_rate)) + gain_db
    louder = samples * np.float32(_ratio(gain))
    peak = float(np.abs(louder).max(initial=0.0))
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

"""Long sound cut where nobody speaks, into windows that speech recognition takes at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.types import Samples

LONGEST_S: Final = 28.0
"""Whisper hears 30 s at a time, and likes a little silence at the end."""
_SEEK_S: Final = 10.0
"""In the last so many seconds of a window the quietest place is sought."""
_QUIET_S: Final = 0.3
"""How long a pause between words is."""


@dataclass(frozen=True, slots=True)
class Window:
    """A stretch of sound that begins ``start`` seconds into the recording."""

    start: float
    samples: Samples


def windows(pieces: Iterable[Samples], sample_rate: int) -> Iterator[Window]:
    """The whole sound, nothing left out and nothing twice, in windows of at most 28 s."""
    longest = round(LONGEST_S * sample_rate)
    held = np.zeros(0, np.float32)
    place = 0
    for piece in pieces:
        held = np.concatenate((held, piece))
        while len(held) > longest:
            end = _quietest(held[:longest], sample_rate)
            yield Window(place / sample_rate, held[:end])
            place += end
            held = held[end:]
    if len(held):
        yield Window(place / sample_rate, held)


def _quietest(samples: Samples, sample_rate: int) -> int:
    """The middle of the quietest pause in the last seconds."""
    width = round(_QUIET_S * sample_rate)
    first = max(width, len(samples) - round(_SEEK_S * sample_rate))
    power = np.concatenate(([0.0], np.cumsum(np.square(samples[first:], dtype=np.float64))))
    inside = power[width:] - power[:-width]
    return first + int(np.argmin(inside)) + width // 2

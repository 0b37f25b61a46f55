"""How lively a sentence is, against the person's own middle.

Pitch, its movement, loudness and pace rise together in joy and fall together in sadness, in every
language studied (Juslin and Laukka, Psychological Bulletin 2003, tables 7 to 9). So much can be
measured; what somebody felt cannot. A label here means no more than: livelier, or more subdued,
than this person usually is, and its purpose is to give an engine sentences that differ. Anger and
joy are not told apart, nor are tenderness and sadness beyond how lively the melody is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.stt.doubt import units
from ofrenda.types import Audio, MoodName
from ofrenda.voice.loudness import measure_loudness
from ofrenda.voice.pitch import pitch_track

FEWEST: Final = 6
"""Segments without which there is no middle to compare with: then all are calm."""
CLEARLY: Final = 0.8
"""How far the mean of the four must lie from the middle, in spreads. Of normally distributed
sentences that vary together (correlation 0.5) one in six lies so far on either side."""
SOFTLY: Final = 0.5
_LEAST_SPREAD: Final = (0.7, 0.5, 1.5, 0.4)
"""Least spread taken for real: semitones of pitch, semitones of movement, LU, syllables a second.
Differences under it are not heard as a change of mood."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How a segment is spoken: ``pitch`` median in semitones above 55 Hz, ``movement`` the middle
    80 % of it in semitones, ``loudness`` in LUFS, ``pace`` in syllables a second."""

    pitch: float
    movement: float
    loudness: float
    pace: float


def manner_of(audio: Audio, text: str, speech_seconds: float) -> Manner | None:
    """Measure a segment (before its loudness is evened); None where too little is voiced."""
    track = pitch_track(audio)
    loud = measure_loudness(audio)
    if len(track) < 25 or loud is None or speech_seconds <= 0:
        return None
    semitones = 12 * np.log2(track / 55.0)
    low, middle, high = np.quantile(semitones, [0.1, 0.5, 0.9])
    return Manner(
        round(float(middle), 2),
        round(float(high - low), 2),
        round(loud[0], 1),
        round(units(text) / speech_seconds, 2),
    )


def moods(manners: Sequence[Manner | None], recordings: Sequence[int]) -> list[MoodName]:
    """A label for each segment. ``recordings`` names the recording of each: loudness is compared
    only within one, since every microphone has its own."""
    known = [i for i, manner in enumerate(manners) if manner is not None]
    labels = [MoodName.CALM] * len(manners)
    if len(known) < FEWEST:
        return labels
    figures = np.array(
        [[m.pitch, m.movement, m.loudness, m.pace] for m in manners if m is not None]
    )
    place = np.array([recordings[i] for i in known])
    for recording in set(place.tolist()):
        figures[place == recording, 2] -= np.median(figures[place == recording, 2])
    for i, row in zip(known, _in_spreads(figures), strict=True):
        labels[i] = _label(row)
    return labels


def _in_spreads(figures: NDArray[np.float64]) -> NDArray[np.float64]:
    """Distances from the middle, in robust spreads (1.48 times the median deviation)."""
    away = figures - np.median(figures, axis=0)
    spread = 1.4826 * np.median(np.abs(away), axis=0)
    scaled: NDArray[np.float64] = away / np.maximum(spread, _LEAST_SPREAD)
    return np.clip(scaled, -3.0, 3.0)


def _label(row: NDArray[np.float64]) -> MoodName:
    lively = float(row.mean())
    _, movement, loudness, pace = row
    if lively >= CLEARLY:
        return MoodName.GLAD
    if lively <= -CLEARLY:
        return MoodName.SAD
    if loudness <= -SOFTLY and movement >= SOFTLY and pace <= SOFTLY:
        return MoodName.WARM  # soft, but with a melody
    return MoodName.CALM

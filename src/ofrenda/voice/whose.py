"""Whose voice it is: which stretches of a recording are the person alone.

The keeper marks one sentence as the person's. Windows of 1.6 s are grouped by voice; the group
nearest to the mark is the person, the others are somebody else. Then each phrase between two pauses
is heard on its own, window by window, and a window counts by how much nearer it lies to the person
than to any other voice. One in which both speak lies in between and is left out, as is one that
straddles a change of turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Audio
from ofrenda.voice.speaker import (
    RATE,
    WINDOW_SECONDS,
    Embedding,
    Embeddings,
    centre,
    speaker_encoder,
)
from ofrenda.voice.speech import Span, cut
from ofrenda.voice.talkers import split_in_two

TWO_VOICES: Final = 0.10
TELEPHONE_TWO_VOICES: Final = 0.075
"""Distance (1 - cosine) between the two groups from which they are two people.

On half 0 of :mod:`ofrenda.measure.mixtures`, minutes in which a second person speaks 15 to 40 % of
the time: a woman and a man 0.23 to 0.41, two women 0.25 to 0.31 clean, 0.12 to 0.22 with noise at
15 dB, 0.08 to 0.20 by telephone. One person: 0.04 to 0.09, and up to 0.18 for the woman of the
Spanish prompts, who was recorded in more than one manner. In less than half a minute chance sets
the groups farther apart: 14 s of one woman by telephone are asked about. A needless question costs
the keeper one mark, a blend costs the voice: so the threshold lies low."""
MORE_VOICES: Final = 0.16
"""The same for a third voice and more: with a mark, taking one person for two only loses speech."""
NEARER: Final = 0.55
"""Share of the distance between the person and the nearest other voice that a window must be nearer
to the person by. Of 18 hard mixtures of half 0 (overlapping turns, telephone, two women), 4.9 s of
somebody else slipped in at 0.45, in two; 1.3 s at 0.55, in one, and 57 % of the person's speech
was kept (63 % at 0.45). Where people take turns nothing slipped in at 0.25 or above."""
LEAST_NEARER: Final = 0.05
LIKE: Final = 0.70
"""Likeness to the person's middle that a window needs at least. In six mixtures of half 0 the least
in each of 58 phrases of a woman was 0.77 or more; the man's phrases reached 0.70."""
_STEP: Final = 0.4
_FINE: Final = 0.2
"""Seconds between the windows that find the voices, and between those that judge a phrase."""
_MOST_WINDOWS: Final = 1500
_FEWEST: Final = 3.0
"""Seconds of speech that make a voice of its own: less is a laugh or a shout."""
_MOST_VOICES: Final = 5
_EDGE: Final = 1.2
"""Seconds given up next to a window that is not the person's: a window still counts as theirs when
a third of it is somebody else."""
_SHORTEST: Final = 0.5
"""A phrase under this many seconds is too short to say whose it is."""


@dataclass(frozen=True, slots=True)
class Voice:
    """One of the voices in a recording: its ``centre`` and how many ``seconds`` it speaks."""

    centre: Embedding
    seconds: float


@dataclass(frozen=True, slots=True)
class Theirs:
    """``spans`` in which the person speaks alone; ``others`` and ``unsure`` the seconds of speech
    that are surely somebody else's and that nobody can tell. ``nearer``: for each span, the least
    by which a window was nearer to the person than to another voice (1 where nobody else speaks).
    """

    spans: tuple[Span, ...]
    nearer: tuple[float, ...]
    others: float
    unsure: float


def voices(audio: Audio, speech: Sequence[Span], *, telephone: bool = False) -> list[Voice]:
    """The voices in a recording (16 kHz), those who speak most first.

    Unlike :func:`ofrenda.voice.talkers.two_voices` it looks phrase by phrase, so that hardly any
    window holds two people. About 1 s of work for a minute of speech.
    """
    step = max(_STEP, sum(span.seconds for span in speech) / _MOST_WINDOWS)
    phrases = [span for span in speech if span.seconds >= _SHORTEST] or list(speech)
    rows = [_windows(audio, phrase, step) for phrase in phrases]
    embeddings = np.concatenate(rows)
    weights = np.concatenate(
        [
            np.full(len(row), phrase.seconds / len(row))
            for row, phrase in zip(rows, phrases, strict=True)
        ]
    )
    groups = [np.arange(len(embeddings))]
    whole: list[NDArray[np.intp]] = []
    while groups:
        group = groups.pop()
        first = not whole and not groups
        apart = (TELEPHONE_TWO_VOICES if telephone else TWO_VOICES) if first else MORE_VOICES
        room = len(groups) + len(whole) < _MOST_VOICES - 1
        parts = _divided(embeddings, weights, group, apart) if room else None
        if parts is None:
            whole.append(group)
        else:
            groups.extend(parts)
    found = [Voice(centre(embeddings[group]), float(weights[group].sum())) for group in whole]
    return sorted(found, key=lambda voice: -voice.seconds)


def _divided(
    embeddings: Embeddings, weights: NDArray[np.float64], group: NDArray[np.intp], apart: float
) -> tuple[NDArray[np.intp], NDArray[np.intp]] | None:
    """A group in two, where it is two people."""
    second = split_in_two(embeddings[group]) if len(group) > 3 else None
    if second is None:
        return None
    one, other = group[~second], group[second]
    if min(float(weights[one].sum()), float(weights[other].sum())) < _FEWEST:
        return None
    if 1 - float(centre(embeddings[one]) @ centre(embeddings[other])) < apart:
        return None
    return one, other


def _windows(audio: Audio, phrase: Span, step: float) -> Embeddings:
    """Windows of one phrase; a short one is said over and over, for silence would be heard as part
    of the voice."""
    sound = cut(audio, [phrase]).samples
    least = round(WINDOW_SECONDS * RATE)
    if len(sound) < least:
        sound = np.tile(sound, -(-least // max(1, len(sound))))[:least]
    return speaker_encoder().windows(Audio(sound, RATE), step=step)


def stretches_of(
    audio: Audio,
    speech: Sequence[Span],
    person: Embedding,
    others: Sequence[Embedding] = (),
    *,
    nearer: float = NEARER,
    like: float = LIKE,
) -> Theirs:
    """Where in a recording (16 kHz) the person speaks alone.

    ``person`` is the middle of their voice in this recording, ``others`` those of everybody else
    heard in it. About 2 s of work for a minute of speech.
    """
    between = min((1 - float(person @ other) for other in others), default=0.0)
    needed = max(LEAST_NEARER, nearer * between) if others else 0.0
    spans: list[Span] = []
    margins: list[float] = []
    elsewhere = 0.0
    for phrase in speech:
        if phrase.seconds < _SHORTEST:
            continue
        margin, likeness = _margins(audio, phrase, person, others)
        good = (margin >= needed) & (likeness >= like)
        elsewhere += phrase.seconds * float(np.mean(margin < -needed))
        for piece in _pieces(audio, phrase, good):
            spans.append(piece)
            margins.append(float(margin[good].min()))
    total = sum(span.seconds for span in speech)
    theirs = sum(span.seconds for span in spans)
    return Theirs(tuple(spans), tuple(margins), elsewhere, max(0.0, total - theirs - elsewhere))


def _margins(
    audio: Audio, phrase: Span, person: Embedding, others: Sequence[Embedding]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """For each window of a phrase, one every 0.2 s: nearer by how much, and how near."""
    windows = _windows(audio, phrase, _FINE)
    likeness = windows @ person
    if not others:
        return np.ones_like(likeness), likeness
    return likeness - (windows @ np.stack(others).T).max(axis=1), likeness


def _pieces(audio: Audio, phrase: Span, good: NDArray[np.bool_]) -> list[Span]:
    """The parts of a phrase covered by good windows only, each cut where it is soft."""
    if good.all():
        return [phrase]
    found = []
    edges = np.flatnonzero(np.diff(np.concatenate([[False], good, [False]]).astype(int)))
    for first, end in zip(edges[::2], edges[1::2], strict=True):
        start = phrase.start + first * _FINE + (_EDGE if first else 0.0)
        stop = phrase.start + (end - 1) * _FINE + WINDOW_SECONDS - (_EDGE if end < len(good) else 0)
        if end == len(good):
            stop = phrase.end
        if first:
            start = _softest(audio, start, start + _EDGE)
        if end < len(good):
            stop = _softest(audio, stop - _EDGE, stop)
        if stop - start >= 1.0:
            found.append(Span(start, stop))
    return found


def _softest(audio: Audio, start: float, end: float) -> float:
    """Where between two moments it is softest: the closest thing to a pause."""
    rate, size = audio.sample_rate, audio.sample_rate // 50
    sound = audio.samples[max(0, round(start * rate)) : round(end * rate)]
    count = len(sound) // size
    if count < 3:
        return start
    power = np.square(sound[: count * size].reshape(count, size)).mean(axis=1)
    return start + (int(np.convolve(power, np.ones(3) / 3, mode="same").argmin()) + 0.5) * 0.02

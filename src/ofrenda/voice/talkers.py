"""Whether one person speaks in a recording, or more than one.

Windows of 1.6 s are embedded and split into the two groups that fit best (two-means on the
sphere). One voice splits into halves that look alike and take turns at random; two people give
groups that lie apart and hold for whole turns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Audio
from ofrenda.voice.speaker import Embedding, Embeddings, centre, speaker_encoder

TWO_VOICES: Final = 0.16
"""Distance (1 - cosine) between the two groups from which they are two people.

Chosen on every second prompt of four recorded sets (three people) and ten synthetic voices, clips
of 30 to 60 s, clean and made worse (Opus, telephone, noise at 15 dB, a room of 0.5 s): 90 clips of
one person gave at most 0.14 (the highest: one woman, half English, half Spanish), 87 clips of two
who spoke 15 to 50 % of the time gave 0.13 to 0.48; 4 of them stay under 0.16, all with noise or
echo. On the other prompts and voices: 0 of 91 clips of one person are taken for two, and 2 of 90 of
two for one, both with noise."""
_SWITCHES: Final = 0.3
"""Changes from group to group in a second above which the split is no taking of turns. Pairs who
took turns of 2 to 9 s gave at most 0.12; single voices up to 0.5."""
_SHORTEST_SHARE: Final = 3.0
"""Seconds that the smaller group needs: a laugh, a cough or a shout is no second person."""
_STEP: Final = 0.4
_MOST_WINDOWS: Final = 1500
"""Windows looked at: ten minutes of speech in steps of 0.4 s; longer speech in longer steps."""


@dataclass(frozen=True, slots=True)
class Split:
    """``score`` is the distance between the two groups, 0 where they are no two people;
    ``smaller`` the seconds of the smaller one."""

    score: float
    smaller: float


def two_voices(speech: Audio) -> Split:
    """How far the voices in ``speech`` (16 kHz, pauses cut) lie apart; compare the score with
    :data:`TWO_VOICES`. About 1 s of work for a minute of speech."""
    step = max(_STEP, speech.seconds / _MOST_WINDOWS)
    embeddings = speaker_encoder().windows(speech, step=step)
    second = split_in_two(embeddings)
    if second is None:
        return Split(0.0, 0.0)
    count = int(second.sum())
    smaller = min(count, len(second) - count) * step
    switches = int(np.count_nonzero(np.diff(second))) / (len(second) * step)
    if smaller < _SHORTEST_SHARE or switches > _SWITCHES:
        return Split(0.0, smaller)
    distance = 1.0 - float(centre(embeddings[~second]) @ centre(embeddings[second]))
    return Split(distance, smaller)


def split_in_two(embeddings: Embeddings) -> NDArray[np.bool_] | None:
    """Which rows belong to the second of the two groups that fit best; None: no split is found."""
    best: tuple[float, NDArray[np.bool_]] | None = None
    for one, other in _starts(embeddings):
        group: NDArray[np.bool_] | None = None
        for _ in range(30):
            now = embeddings @ other > embeddings @ one
            if now.all() or not now.any():
                group = None
                break
            if group is not None and np.array_equal(now, group):
                break
            group = now
            one, other = centre(embeddings[~now]), centre(embeddings[now])
        if group is None:
            continue
        # how closely the rows lie around their group's centre: the sum of their cosines
        close = float((embeddings[~group] @ one).sum() + (embeddings[group] @ other).sum())
        if best is None or close > best[0]:
            best = close, group
    return None if best is None else best[1]


def _starts(embeddings: Embeddings) -> list[tuple[Embedding, Embedding]]:
    """Three beginnings, since two-means finds only the nearest rest: the two rows farthest apart,
    the row farthest from the middle with the one farthest from it, and the two halves along the
    direction in which the rows differ most."""
    likeness = embeddings @ embeddings.T
    first, second = np.unravel_index(int(likeness.argmin()), likeness.shape)
    middle = embeddings.mean(axis=0)
    odd = int((embeddings @ middle).argmin())
    against = int(likeness[odd].argmin())
    starts = [
        (embeddings[first], embeddings[second]),
        (embeddings[odd], embeddings[against]),
    ]
    spread = embeddings - middle
    values, vectors = np.linalg.eigh(spread.T @ spread)
    along = spread @ vectors[:, int(values.argmax())]
    if (along > 0).any() and (along <= 0).any():
        starts.append((centre(embeddings[along > 0]), centre(embeddings[along <= 0])))
    return starts

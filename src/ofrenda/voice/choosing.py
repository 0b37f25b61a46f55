"""Which segments a voice is made from, and which are set aside to measure it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np

from ofrenda.voice.lab_store import CANDIDATE, HELD_OUT, REFERENCE, REJECTED, Segment

MOST: Final = 90.0
"""Seconds of a reference: what the fit was measured with; more takes longer and adds little."""
LEAST_USABLE: Final = 20.0
"""Seconds of usable segments under which there is no reference: one prompt of 10 s and something
to measure by."""
_SHARE: Final = 0.15
"""Part that is set aside."""
_ENOUGH: Final = 60.0
_LEAST_HELD_OUT: Final = 15.0
"""Of :data:`_ENOUGH` seconds or more at least this many are set aside: three sentences."""
_MOST_HELD_OUT: Final = 30.0
_SAME_WORDS: Final = 4
"""Words that, said alike in two recordings, are taken for the same moment sent twice."""
_NEW_SOUNDS: Final = 1.5
_NEW_MOOD: Final = 0.5
"""What a segment gains, in spreads of quality, when all its pairs of letters are new to the
reference, and when its mood is."""


def choose(segments: Sequence[Segment]) -> dict[int, tuple[str, str | None]]:
    """Role and reason of each segment that may be used or was refused as a double, by number.

    What was set aside stays so, and what a voice may have been made from is never set aside
    later; otherwise the same segments give the same choice.
    """
    usable = [one for one in segments if _may_be_used(one)]
    held_out = _set_aside(usable)
    words = {_words(one) for one in held_out} - {""}
    taken = {one.id for one in held_out}
    roles: dict[int, tuple[str, str | None]] = {one.id: (HELD_OUT, None) for one in held_out}
    rest = []
    for one in usable:
        if one.id in taken:
            continue
        spoken = _words(one)
        if spoken and spoken in words:
            roles[one.id] = (REJECTED, "twice")
            continue
        words.add(spoken)
        rest.append(one)
    chosen = {one.id for one in best_first(rest)}
    roles |= {one.id: (REFERENCE if one.id in chosen else CANDIDATE, None) for one in rest}
    return roles


def _may_be_used(segment: Segment) -> bool:
    """Whether nothing speaks against it but what is judged anew here, or was put right since."""
    if segment.role != REJECTED or segment.reason == "twice":
        return True
    return segment.reason == "unclear" and segment.by_keeper


def _words(segment: Segment) -> str:
    """What is said, to compare; empty where it is too short to tell one moment from another."""
    plain = "".join(char for char in segment.text.lower() if char.isalnum() or char == " ")
    enough = len(plain.split()) >= _SAME_WORDS or len(plain) >= 4 * _SAME_WORDS
    return " ".join(plain.split()) if enough else ""


def held_out_seconds(usable: float) -> float:
    """How many of ``usable`` seconds are to be set aside."""
    if usable < LEAST_USABLE:
        return 0.0
    wanted = usable * _SHARE
    if usable >= _ENOUGH:
        wanted = max(wanted, _LEAST_HELD_OUT)
    return min(wanted, _MOST_HELD_OUT)


def _set_aside(usable: Sequence[Segment]) -> list[Segment]:
    """Those that were, and as many new ones as are missing, spread over the recordings."""
    already = [one for one in usable if one.role == HELD_OUT]
    missing = held_out_seconds(_seconds(usable)) - _seconds(already)
    new = sorted(
        (one for one in usable if one.role == CANDIDATE),
        key=lambda one: (one.clip, one.span.start),
    )
    if missing <= 0 or not new:
        return already
    count = max(1, math.ceil(missing / (_seconds(new) / len(new))))
    found = list(already)
    for i in _evenly(len(new), min(count, len(new))):
        if missing <= 0:
            break
        found.append(new[i])
        missing -= new[i].span.seconds
    return found


def _evenly(count: int, wanted: int) -> list[int]:
    """``wanted`` of ``count`` places, spread; then all others, so that a sum can be made up."""
    first = [int((i + 0.5) * count / wanted) for i in range(wanted)]
    return [*first, *(i for i in range(count) if i not in set(first))]


def quality_of(segments: Sequence[Segment]) -> list[float]:
    """How good each segment is, in spreads from the middle of these: the overall mark, likeness to
    the person's voice, and certainty of the words, one spread each."""
    figures = np.array(
        [
            [
                one.scores["overall"],
                one.scores["similarity"],
                1.0 if one.by_keeper else one.scores["confidence"],
            ]
            for one in segments
        ]
    )
    spread = np.maximum(figures.std(axis=0), [0.1, 0.02, 0.05])
    return [float(row.sum()) for row in (figures - figures.mean(axis=0)) / spread]


def best_first(segments: Sequence[Segment]) -> list[Segment]:
    """Up to :data:`MOST` seconds: the best, then those that add most sounds and moods."""
    if not segments:
        return []
    quality = dict(zip((one.id for one in segments), quality_of(segments), strict=True))
    pairs = {one.id: _pairs(one.text) for one in segments}
    left = sorted(segments, key=lambda one: (one.clip, one.span.start))
    chosen: list[Segment] = []
    heard: set[str] = set()
    while left and _seconds(chosen) < MOST:
        moods = {one.mood for one in chosen}
        gains = [
            quality[one.id]
            + _NEW_SOUNDS * len(pairs[one.id] - heard) / max(1, len(pairs[one.id]))
            + _NEW_MOOD * (one.mood not in moods)
            for one in left
        ]
        best = left[int(np.argmax(gains))]
        left.remove(best)
        chosen.append(best)
        heard |= pairs[best.id]
    return chosen


def _pairs(text: str) -> set[str]:
    """Neighbouring letters (or characters), which stand in for neighbouring sounds."""
    plain = "".join(char for char in text.lower() if char.isalnum())
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _seconds(segments: Iterable[Segment]) -> float:
    return sum(one.span.seconds for one in segments)

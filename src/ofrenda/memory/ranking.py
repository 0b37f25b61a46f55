"""Which passages fit a question best: words, meaning, people, time and what was said around them.

Pure functions over a :class:`ofrenda.memory.shelf.Shelf`. The candidates of each list are joined
and weighed by one sum, whose parts are on scales that do not depend on the size of a life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.memory.postings import Scores, group_scores
from ofrenda.memory.shelf import Mask, Shelf
from ofrenda.memory.vectors import Floats

TAKEN: Final = 300
"""Candidates of each list."""

_WORDS_SCALE: Final = 10.0
"""A BM25 of about 10 is two or three rare words found."""


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each sign counts. ``words`` and its neighbours are BM25 / 10 of the passage, of what
    was said one and two before and after it in one sitting, and of the whole sitting; ``meaning``
    and its neighbours are cosines in standard deviations. ``speaker`` and ``time`` are added where
    the passage is by whom is asked about, or from when is asked about. ``facts``: words count at
    least so much of the BM25 / 10 of a fact that rests on the passage (chosen, not measured: what
    the passage itself says is worth more)."""

    words: float = 1.0
    before: float = 0.5
    before_2: float = 0.15
    after: float = 0.2
    after_2: float = 0.1
    sitting: float = 0.3
    meaning: float = 0.2
    meaning_before: float = 0.08
    meaning_after: float = 0.04
    meaning_sitting: float = 0.06
    cue: float = 0.0
    speaker: float = 0.2
    time: float = 0.6
    facts: float = 0.8


BALANCED: Final = Weights()
WORDS_ALONE: Final = Weights(**dict.fromkeys(Weights.__slots__, 0.0) | {"words": 1.0})
MEANING_ALONE: Final = Weights(**dict.fromkeys(Weights.__slots__, 0.0) | {"meaning": 1.0})


@dataclass(frozen=True, slots=True)
class Sought:
    """A question, read. ``terms``: search terms with weights; ``vectors``: the question as the
    embedder sees it, for passages (``text``) and for what they answered (``cue``), each may be
    missing; ``speaker`` and ``window``: passages by whom, from when is asked about; ``facts``: the
    BM25 of the best fact that rests on each passage, None where no fact fits."""

    terms: Mapping[str, float]
    vectors: Mapping[str, Floats]
    speaker: Mask | None = None
    window: Mask | None = None
    facts: Scores | None = None


@dataclass(frozen=True, slots=True)
class Ranked:
    """Places on the shelf, best first, with their scores."""

    places: NDArray[np.int64]
    scores: Floats


def rank(
    shelf: Shelf, sought: Sought, audible: Mask, wanted: Mask, weights: Weights, limit: int
) -> Ranked:
    """The best ``limit`` of the ``wanted`` passages. Only what is ``audible`` has any influence."""
    wanted = wanted & audible
    words = _WordScores.of(shelf, sought.terms, audible)
    spread = words.around(weights)
    if sought.facts is not None and weights.facts:
        # Lifted to what the fact scores, not by it: what is found by its own words gains nothing.
        spread = np.maximum(spread, np.float32(weights.facts / _WORDS_SCALE) * sought.facts)
    lists = [_best(spread, wanted)]
    near = {}
    for facet, vector in sought.vectors.items():
        vectors = shelf.vectors[facet]
        if len(vectors) and (facet == "text" or weights.cue or weights.meaning_before):
            near[facet] = found = vectors.near(vector, wanted)
            lists.append(found.places[_top(found.cosines, TAKEN)])
    if sought.window is not None and weights.time:
        lists.append(_best(np.where(sought.window, spread + 1e-3, 0.0), wanted))
    places = np.unique(np.concatenate(lists)) if lists else np.zeros(0, np.int64)
    if not len(places):
        return Ranked(places, np.zeros(0, np.float32))
    scores = spread[places].astype(np.float32)
    for facet, found in near.items():
        scores += _meaning(
            shelf,
            sought.vectors[facet],
            facet,
            found.middle,
            found.spread,
            places,
            audible,
            weights,
        )
    if sought.speaker is not None:
        scores += np.float32(weights.speaker) * sought.speaker[places]
    if sought.window is not None:
        scores += np.float32(weights.time) * sought.window[places]
    order = np.lexsort((places, -scores))[:limit]
    return Ranked(places[order], scores[order])


@dataclass(frozen=True, slots=True)
class _WordScores:
    """BM25 / 10 of each passage, of what is just before it, and of its sitting."""

    own: Scores
    before: Scores
    sitting: Scores
    joined: Mask
    """Whether the passage is in one sitting with the one before it."""

    @classmethod
    def of(cls, shelf: Shelf, terms: Mapping[str, float], audible: Mask) -> _WordScores:
        scale = np.float32(1 / _WORDS_SCALE)
        own = shelf.texts.score(terms, audible) * scale
        joined = _joined(shelf)
        before = np.where(
            shelf.has_cue, shelf.cues.score(terms, audible) * scale, _later(own, joined)
        )
        sittings = group_scores(shelf.texts, terms, audible, shelf.sitting, shelf.sittings) * scale
        return cls(own, before, sittings[shelf.sitting] if len(own) else own, joined)

    def around(self, weights: Weights) -> Scores:
        """The words' part of the score of every passage."""
        total = np.float32(weights.words) * self.own
        if weights.before:
            total += np.float32(weights.before) * self.before
        if weights.after or weights.after_2:
            after = _earlier(self.own, self.joined)
            total += np.float32(weights.after) * after
            total += np.float32(weights.after_2) * _earlier(after, self.joined)
        if weights.before_2:
            total += np.float32(weights.before_2) * _later(self.before, self.joined)
        if weights.sitting:
            total += np.float32(weights.sitting) * self.sitting
        return total


def _joined(shelf: Shelf) -> Mask:
    joined = np.zeros(len(shelf.ids), dtype=np.bool_)
    joined[1:] = shelf.sitting[1:] == shelf.sitting[:-1]
    return joined


def _later(values: Scores, joined: Mask) -> Scores:
    """At each passage, the value of the one before it in its sitting."""
    moved = np.zeros_like(values)
    moved[1:] = np.where(joined[1:], values[:-1], 0)
    return moved


def _earlier(values: Scores, joined: Mask) -> Scores:
    """At each passage, the value of the one after it in its sitting."""
    moved = np.zeros_like(values)
    moved[:-1] = np.where(joined[1:], values[1:], 0)
    return moved


def _best(scores: Scores, wanted: Mask) -> NDArray[np.int64]:
    some = np.flatnonzero((scores > 0) & wanted)
    return some[_top(scores[some], TAKEN)]


def _top(values: Floats, count: int) -> NDArray[np.int64]:
    if len(values) <= count:
        return np.arange(len(values))
    return np.argpartition(-values, count - 1)[:count]


def _meaning(
    shelf: Shelf,
    vector: Floats,
    facet: str,
    middle: float,
    spread: float,
    places: NDArray[np.int64],
    audible: Mask,
    weights: Weights,
) -> Floats:
    def signed(where: NDArray[np.int64]) -> Floats:
        cosines = shelf.vectors[facet].cosines(vector, where)
        return np.asarray(np.nan_to_num((cosines - middle) / spread), dtype=np.float32)

    if facet == "cue":
        return np.float32(weights.cue) * signed(places)
    own = signed(places)
    total = np.float32(weights.meaning) * own
    for step, weight in ((-1, weights.meaning_before), (1, weights.meaning_after)):
        if weight:
            beside = np.clip(places + step, 0, len(shelf.ids) - 1)
            same = (shelf.sitting[beside] == shelf.sitting[places]) & (beside != places)
            heard = np.flatnonzero(same & audible[beside])
            total[heard] += np.float32(weight) * signed(beside[heard])
    if weights.meaning_sitting:
        total += np.float32(weights.meaning_sitting) * _of_sitting(own, shelf.sitting[places])
    return total


def _of_sitting(values: Floats, sitting: NDArray[np.int32]) -> Floats:
    """The mean of the three best of each sitting, those that are no candidates counting as 0."""
    order = np.lexsort((-values, sitting))
    begins = np.flatnonzero(np.diff(sitting[order], prepend=-1))
    sizes = np.diff(np.append(begins, len(order)))
    nth = np.arange(len(order)) - np.repeat(begins, sizes)
    kept = np.where(nth < 3, np.maximum(values[order], 0), 0)
    means = np.add.reduceat(kept, begins) / 3 if len(begins) else kept
    found = np.empty_like(values)
    found[order] = np.repeat(means, sizes)
    return found

"""Full text in memory: which passages hold which words, and how well they fit a question (BM25)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.memory.words import STOP, is_han, term, words

K1: Final = 0.9
B: Final = 0.4
"""Saturation and length constants of BM25, as tuned for short passages by Anserini (Yang, Fang and
Lin, SIGIR 2017); messages are short, so that repetition and length say little."""

Scores = NDArray[np.float32]
Places = NDArray[np.int64]


@functools.lru_cache(maxsize=65536)
def search_term(word: str) -> str | None:
    """The one form under which ``word`` is filed; None for function words and single letters."""
    if word in STOP or (len(word) < 2 and not is_han(word) and not word.isdigit()):
        return None
    return term(word)


def query_terms(text: str) -> frozenset[str]:
    """What a question is looked up by."""
    return frozenset(
        found for word in words(text, fine=True) if (found := search_term(word)) is not None
    )


class Postings:
    """The words of ``count`` texts. Built once by :meth:`of`; never changed afterwards.

    About 5 bytes for each different word of each text. FTS5 inside SQLCipher joins and ranks every
    row that shares a word (0.3 s and more at a million rows); this adds a few arrays.
    """

    def __init__(
        self,
        count: int,
        vocabulary: Mapping[str, int],
        starts: NDArray[np.int64],
        places: NDArray[np.int32],
        times: NDArray[np.uint8],
        lengths: NDArray[np.uint16],
    ) -> None:
        self._count = count
        self._vocabulary = vocabulary
        self._starts = starts
        self._places = places
        self._times = times
        self._lengths = lengths
        held = lengths[lengths > 0]
        self._mean = float(held.mean()) if len(held) else 1.0

    @classmethod
    def of(
        cls,
        texts: Iterable[Sequence[str]],
        filed_as: Callable[[str], str | None] = search_term,
    ) -> Postings:
        """``texts``: the words of each text in order, as :func:`words.words` cuts them (fine).
        ``filed_as``: the term that a word is filed under, None for one that is not."""
        vocabulary: dict[str, int] = {}
        number_of: dict[str, int] = {}  # of each written form; -1 for what is not filed
        numbers: list[NDArray[np.int32]] = []
        lengths: list[int] = []
        for text in texts:
            found = []
            for word in text:
                number = number_of.get(word)
                if number is None:
                    filed = filed_as(word)
                    number = -1 if filed is None else vocabulary.setdefault(filed, len(vocabulary))
                    number_of[word] = number
                if number >= 0:
                    found.append(number)
            numbers.append(np.asarray(found, dtype=np.int32))
            lengths.append(min(len(found), 65535))
        sizes = np.asarray([len(one) for one in numbers], dtype=np.int64)
        flat = np.concatenate(numbers) if numbers else np.zeros(0, np.int32)
        del numbers
        owners = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
        # Sorted by word, then by text: each pair once, with how often it occurs.
        keys = flat.astype(np.int64) * max(len(sizes), 1) + owners
        pairs, times = np.unique(keys, return_counts=True)
        starts = np.searchsorted(
            pairs, np.arange(len(vocabulary) + 1, dtype=np.int64) * max(len(sizes), 1)
        )
        return cls(
            len(sizes),
            vocabulary,
            starts,
            (pairs % max(len(sizes), 1)).astype(np.int32),
            np.minimum(times, 255).astype(np.uint8),
            np.asarray(lengths, dtype=np.uint16),
        )

    def holding(self, one: str) -> tuple[NDArray[np.int32], NDArray[np.uint8]]:
        """The texts that hold the term ``one``, in order, and how often."""
        number = self._vocabulary.get(one)
        if number is None:
            return self._places[:0], self._times[:0]
        piece = slice(int(self._starts[number]), int(self._starts[number + 1]))
        return self._places[piece], self._times[piece]

    def score(self, terms: Mapping[str, float], allowed: NDArray[np.bool_]) -> Scores:
        """BM25 of every text for the weighted ``terms``; 0 for texts that are not ``allowed``.

        How rare a word is, is counted over the allowed texts alone: what may not be heard changes
        nothing, not even the order."""
        scores = np.zeros(self._count, dtype=np.float32)
        heard = int(np.count_nonzero(allowed))
        for one, weight in terms.items():
            places, times = self.holding(one)
            kept = allowed[places]
            if not kept.all():
                places, times = places[kept], times[kept]
            if not len(places):
                continue
            often = times.astype(np.float32)
            long = self._lengths[places].astype(np.float32) / np.float32(self._mean)
            rare = np.float32(weight * rarity(len(places), heard) * (K1 + 1))
            scores[places] += rare * often / (often + K1 * (1 - B + B * long))
        return scores


def rarity(holding: int, count: int) -> float:
    """Inverse document frequency as BM25 has it (never negative)."""
    return float(np.log(1.0 + (count - holding + 0.5) / (holding + 0.5)))


def group_scores(
    postings: Postings,
    terms: Mapping[str, float],
    allowed: NDArray[np.bool_],
    group: NDArray[np.int32],
    groups: int,
) -> Scores:
    """BM25 with all allowed texts of one ``group`` (a sitting of talk, an essay) taken as one."""
    scores = np.zeros(groups, dtype=np.float32)
    for one, weight in terms.items():
        places, times = postings.holding(one)
        heard = allowed[places]
        if not heard.any():
            continue
        of = group[places[heard]]
        often = np.bincount(of, weights=times[heard], minlength=groups).astype(np.float32)
        rare = rarity(int(np.count_nonzero(often)), groups)
        scores += np.float32(weight * rare * (K1 + 1)) * often / (often + np.float32(K1))
    return scores

"""How an English word sounds that no dictionary holds, from how it is spelled.

A joint n-gram model over (letter, sounds) pairs, learnt from misaki's US dictionary by
``scripts/train_spelling.py``, searched with a beam. Held out words of that dictionary: see the
script's ``--measure``.
"""

from __future__ import annotations

import functools
import gzip
import importlib.resources
import math
from collections.abc import Iterable

_BEAM = 24
"""Paths kept. Of 400 words, 12 gave for 92 % what 40 gave; 24 costs some 15 ms a word."""
_BACKOFF = math.log(0.4)
"""The price of a shorter context: stupid backoff, Brants et al. 2007."""
_LONGEST = 40
"""Letters read of one word; nobody's name is longer."""
_UNSEEN = -14.0

_VOWELS = "AIOQWYaiuæɑɐɔəɛɜɪʊʌᵻ"


class Spelling:
    """The learnt n-grams. ``lines``: ``count<TAB>pair pair ...``, as the script writes them."""

    def __init__(self, lines: Iterable[str]) -> None:
        self._counts: dict[str, int] = {}
        self._pairs: dict[str, list[str]] = {}
        for line in lines:
            count, gram = line.split("\t")
            self._counts[gram] = int(count)
            if " " not in gram and gram not in "^$":
                self._pairs.setdefault(gram[0], []).append(gram)
        self._total = sum(self._counts[g] for pairs in self._pairs.values() for g in pairs)
        self._order = max(gram.count(" ") + 1 for gram in self._counts)

    def say(self, word: str) -> str:
        """The sounds of ``word`` (letters a to z), with one main stress where it has a vowel."""
        beam: list[tuple[float, tuple[str, ...]]] = [(0.0, ("^",))]
        for letter in word.lower()[:_LONGEST]:
            grown = [
                (score + self._weigh(path, pair), (*path, pair))
                for score, path in beam
                for pair in self._pairs.get(letter, ())
            ]
            if grown:
                beam = sorted(grown, reverse=True)[:_BEAM]
        ended = [(score + self._weigh(path, "$"), path) for score, path in beam]
        sounds = "".join(pair[1:] for pair in max(ended)[1][1:])
        return _one_stress(sounds)

    def _weigh(self, path: tuple[str, ...], pair: str) -> float:
        """log P(pair | path) with backoff."""
        penalty = 0.0
        for start in range(max(0, len(path) - self._order + 1), len(path)):
            context = " ".join(path[start:])
            count = self._counts.get(f"{context} {pair}")
            if count:
                return penalty + math.log(count / self._counts[context])
            penalty += _BACKOFF
        count = self._counts.get(pair)
        return penalty + (math.log(count / self._total) if count else _UNSEEN)


@functools.cache
def spelling() -> Spelling:
    """The reader that ships; loaded once."""
    source = importlib.resources.files("ofrenda.engines.tts") / "data" / "spelling.txt.gz"
    return Spelling(gzip.decompress(source.read_bytes()).decode().splitlines())


def _one_stress(sounds: str) -> str:
    """Exactly one main stress: the first one stays, others become lesser; none: the first vowel."""
    head, mark, tail = sounds.partition("ˈ")
    if mark:
        return head + mark + tail.replace("ˈ", "ˌ")
    if "ˌ" in sounds:
        return sounds.replace("ˌ", "ˈ", 1)
    place = next((i for i, c in enumerate(sounds) if c in _VOWELS), None)
    return sounds if place is None else f"{sounds[:place]}ˈ{sounds[place:]}"

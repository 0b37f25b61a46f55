"""What is found, and how well it fits: the measures that the rooms above judge by."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.memory.nearness import Nearness
from ofrenda.memory.passages import Passage
from ofrenda.memory.shelf import FACETS
from ofrenda.memory.vectors import Floats
from ofrenda.memory.words import content_words, covered, kin_of, without_address


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and how well it fits.

    ``score``: only to compare hits of one search. ``cue_similarity`` and
    ``text_similarity``: raw cosines, None when not embedded. ``cue_match`` and ``text_match``: the
    same on a scale that does not depend on the model, 0 for unrelated everyday sentences and 1
    for the same sentence (0 when not embedded). ``cue_overlap``, ``text_overlap`` and
    ``both_overlap``: the weighted share, 0..1, of the content words asked for that the cue, the
    text, or the two together hold.
    """

    passage: Passage
    score: float
    cue_similarity: float | None
    text_similarity: float | None
    cue_match: float
    text_match: float
    cue_overlap: float
    text_overlap: float
    both_overlap: float
    cue_covered: float
    """The weighted share of the cue's own content words that the search holds: 1 when nothing was
    asked then that is not asked now, by the same person of the same person."""
    other_kin: bool
    """Whether the search speaks of a relative whom neither the cue nor the text names."""
    titled: frozenset[str] = frozenset()
    """The content words asked for that the title of what was written holds: what all of it is
    about, and so no mark of one sentence in it."""
    cued: frozenset[str] = frozenset()
    """The content words asked for that the cue holds, whoever may read it."""


@dataclass(frozen=True, slots=True)
class Fit:
    """Says of each passage found how it fits ``query``. ``near``: cosines by facet, in order."""

    query: str
    nearness: Nearness
    near: dict[str, Floats]
    wanted: dict[str, float]
    kin: frozenset[str]

    @classmethod
    def of(cls, query: str, nearness: Nearness, near: dict[str, Floats]) -> Fit:
        """Read ``query`` once for all that was found."""
        return cls(query, nearness, near, content_words(query), kin_of(without_address(query)))

    def hit(self, passage: Passage, cue: str, score: float, place: int) -> Hit:
        """``passage``, which stands at ``place`` of what was found, with how it fits."""
        wanted, kin = self.wanted, self.kin
        near = {facet: _known(self.near, facet, place) for facet in FACETS}
        both = f"{cue}\n{passage.text}"
        cued = frozenset(wanted.keys() & content_words(cue).keys())
        return Hit(
            passage=passage,
            score=score,
            cue_similarity=near["cue"],
            text_similarity=near["text"],
            cue_match=self.nearness.cue(near["cue"]),
            text_match=self.nearness.text(near["text"]),
            cue_overlap=covered(wanted, cue),
            text_overlap=covered(wanted, passage.text),
            both_overlap=covered(wanted, both),
            cue_covered=_cue_covered(cue, self.query),
            other_kin=bool(kin - kin_of(both)),
            titled=cued if passage.kind == "writing" else frozenset(),
            cued=cued,
        )


def _known(near: dict[str, Floats], facet: str, place: int) -> float | None:
    cosine = float(near[facet][place]) if facet in near else np.nan
    return None if np.isnan(cosine) else cosine


_CALLER: Final = re.compile(r"\b(?:i|i'\w+|me|my|mine)\b|我(?!们)", re.IGNORECASE)


def _cue_covered(cue: str, query: str) -> float:
    # "When I was born" is not "when you were born".
    if not cue or bool(_CALLER.search(cue)) != bool(_CALLER.search(query)):
        return 0.0
    return covered(content_words(cue), query)

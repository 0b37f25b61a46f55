"""Own lines that all of several people may hear: what voices are compared by."""

from __future__ import annotations

import random
from collections.abc import Collection, Sequence
from typing import Final

from ofrenda.dialogue.feeling import felt_then
from ofrenda.dialogue.fitness import addresses_another, general
from ofrenda.dialogue.foreseen import foreseen
from ofrenda.dialogue.lines import word_count
from ofrenda.memory.passages import own_words_heard
from ofrenda.persona import corrections
from ofrenda.persona.corrections import corrected
from ofrenda.types import Member, MoodName, Provenance, Sentence
from ofrenda.vault import Life

FEWEST_WORDS: Final = 6
MOST_WORDS: Final = 18
"""Three to seven seconds: long enough to know a voice by, short enough to keep both in mind."""
_HEAVY: Final = frozenset({MoodName.SAD, MoodName.TENDER, MoodName.CONCERNED})


def lines_for_all(
    life: Life,
    listeners: Sequence[Member],
    *,
    languages: Collection[str],
    most: int,
    without: Collection[str] = (),
    chance: random.Random | None = None,
) -> list[Sentence]:
    """Up to ``most`` sentences that the person wrote and each of ``listeners`` may hear, drawn at
    random from those that are not in ``without``; none where there are no such lines.

    Everyday ones that name nobody: nothing that tells a feeling of its hour, nothing that a call
    would say sadly or tenderly. A listening test is to ask about a voice, not to move."""
    names = {name for one in life.members() for name in (one.name, one.called) if name}
    fit: dict[str, Sentence] | None = None
    for listener in listeners:
        theirs = {one.spoken: one for one in foreseen(life, listener) if _plain(one, languages)}
        fit = theirs if fit is None else {key: one for key, one in fit.items() if key in theirs}
    lines = [
        one
        for key, one in sorted((fit or {}).items())
        if key not in without and not addresses_another(key, names)
    ]
    return (chance or random.SystemRandom()).sample(lines, min(most, len(lines)))


def may_still_hear(life: Life, listener: Member, text: str) -> bool:
    """Whether ``listener`` may hear just now a line of :func:`lines_for_all`: a rule of the keeper
    or a correction may have come since."""
    if corrected(text, corrections(life, listener)) is not None:
        return False
    return own_words_heard(life, listener, text)


def _plain(one: Sentence, languages: Collection[str]) -> bool:
    return (
        one.provenance is Provenance.OWN_WORDS
        and one.text == one.spoken  # so that it is found again in what was written
        and one.language in languages
        and one.mood.name not in _HEAVY
        and not felt_then(one.text)
        and FEWEST_WORDS <= word_count(one.spoken) <= MOST_WORDS
        and general(one.text)
    )

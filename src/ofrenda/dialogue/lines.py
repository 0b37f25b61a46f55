"""The person's own sentences, each with its place in the archive, and which can be said now."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ofrenda.dialogue.fitness import says_something, unfit_now
from ofrenda.dialogue.speech import mood_of, spoken
from ofrenda.memory import Part
from ofrenda.memory.script import han_count, language_of, sentence_spans
from ofrenda.types import Provenance, Sentence, SourceRef

MOST_SENTENCES: Final = 3
MOST_WORDS: Final = 40
"""Words (1.5 Han characters count as one) of one reply in own words: about 15 seconds of speech."""

EXCERPT: Final = 300
CUT_WORDS: Final = 4
"""Words that a piece cut from a longer message must have: shorter ones ("Eat first.") lean on what
was said around them."""

# What turns around or narrows what was said before it, so that the first half cannot stand alone.
_TURNS: Final = re.compile(
    r"^\W*(?:but|except|unless|though|although|however|only\s+if|no\s+i|no\s+we|not\s+that"
    r"|但|可是|不过|除非|只是)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Own:
    """One sentence of the person's, and the passage it stands in."""

    passage_id: int
    text: str
    source: SourceRef
    language: str

    def sentence(
        self, provenance: Provenance = Provenance.OWN_WORDS, language: str | None = None
    ) -> Sentence:
        """It, ready to be said."""
        return Sentence(
            text=self.text,
            spoken=spoken(self.text),
            language=language or self.language,
            provenance=provenance,
            sources=(self.source,),
            mood=mood_of(self.text),
        )


def sentences_of(passage_id: int, part: Part, language: str) -> list[Own]:
    """The sentences of ``part`` that can be spoken, each with its own place in the source."""
    found = []
    for start, end in sentence_spans(part.text):
        text = part.text[start:end]
        if not spoken(text):
            continue
        source = part.source
        if len(part.text) > EXCERPT:
            excerpt = part.text[start : start + EXCERPT]
            source = SourceRef(source.kind, source.id, source.said_at, excerpt)
        found.append(Own(passage_id, text, source, language_of(text, language)))
    return found


def word_count(text: str) -> float:
    """Length of ``text`` in words; 1.5 Han characters count as one."""
    return han_count(text) / 1.5 + sum(
        1 for word in text.split() if any(c.isascii() and c.isalnum() for c in word)
    )


def shortened(told: Sequence[Own]) -> list[Own]:
    """The first sentences of ``told``, as many as one reply holds."""
    chosen: list[Own] = []
    length = 0.0
    for own in told[:MOST_SENTENCES]:
        length += word_count(own.text)
        if chosen and length > MOST_WORDS:
            break
        chosen.append(own)
    return chosen


def up_to_unfit(told: Sequence[Own], called: str | None) -> list[Own]:
    """The sentences of a reply before the first that cannot be said any more, when they stand on
    their own: a promise at the end of an answer is left out, and the answer stays."""
    place = next((n for n, own in enumerate(told) if unfit_now(own.text)), len(told))
    kept = list(told[:place])
    if place == len(told):
        return kept
    rest = " ".join(own.text for own in kept)
    if called:
        rest = re.sub(rf"\b{re.escape(called)}\b", "", rest)
    stands = word_count(rest) >= CUT_WORDS and says_something(rest)
    return kept if stands and not _TURNS.search(told[place].text) else []

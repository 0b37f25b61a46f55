"""Questions that a voice from the past must not answer as if it were here.

Asked before any model and before recall. Patterns, not a model: the answer must be the same every
time. Each gives at most two sentences of the house, which claim no presence, feeling or afterlife.
"""

from __future__ import annotations

from typing import Final

from ofrenda.care.patterns import patterns
from ofrenda.care.words import house_sentences
from ofrenda.types import LANGUAGES, Person, Sentence

_PATTERNS: Final = {language: patterns("presence", language) for language in LANGUAGES}


def presence_topic(text: str) -> str | None:
    """Which question about being here ``text`` asks: ``reunion``, ``after``, ``feel``, ``real``,
    ``there``, or None. Both languages are tried, as callers mix them."""
    plain = text.replace("’", "'").strip()
    for topics in _PATTERNS.values():
        for topic, pattern in topics.items():
            if pattern.search(plain):
                return topic
    return None


def before_reply(text: str, person: Person, language: str) -> list[Sentence] | None:
    """What the house answers itself, before any model or memory is asked; None to go on.

    The seam for everything that comes before the person's words: questions about being here now,
    and the recognition of a caller in crisis.
    """
    topic = presence_topic(text)
    if topic is None:
        return None
    return house_sentences("presence", topic, person, language)

"""What may never be invented, not even gently: last words, forgiveness, blame, wills, and so on."""

from __future__ import annotations

from typing import Final

from ofrenda.care.patterns import patterns
from ofrenda.care.words import house_sentences
from ofrenda.types import Person, Sentence

_PATTERNS: Final = patterns("protected")


def protected_topic(text: str) -> str | None:
    """Which protected topic ``text`` touches, or None. Used on what callers ask, and on what a
    model wants to say."""
    plain = text.replace("’", "'")
    for topic, pattern in _PATTERNS.items():
        if pattern.search(plain):
            return topic
    return None


def decline(topic: str, person: Person, language: str) -> list[Sentence]:
    """The gentle answer of the house when nothing that was left speaks to ``topic``."""
    return house_sentences("protected", topic, person, language)

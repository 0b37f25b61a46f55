"""What may never be invented, not even gently: last words, forgiveness, blame, wills, and so on."""

from __future__ import annotations

import re
from typing import Final

from ofrenda.care.patterns import patterns, rules
from ofrenda.care.words import house_sentences
from ofrenda.types import Person, Sentence

_PATTERNS: Final = patterns("protected")
_SENTENCE: Final = re.compile(r"(?<=[.!?。！？])\s*")
_HAN: Final = re.compile(r"[\u3400-\u9fff]")


def names_protected(text: str) -> str | None:
    """Which protected topic ``text`` names outright, or None: for what was written or is about to
    be said, where a round-about reading would see too much."""
    plain = text.replace("’", "'")
    for topic, pattern in _PATTERNS.items():
        if pattern.search(plain):
            return topic
    return None


def protected_topic(text: str) -> str | None:
    """Which protected topic a caller's ``text`` touches, outright or round about, or None."""
    named = names_protected(text)
    if named is not None:
        return named
    plain = " ".join(text.replace("’", "'").split())
    found = rules("zh" if _HAN.search(plain) else "en")
    sentences = [one for one in _SENTENCE.split(plain) if one]
    # Two sentences at a time: "I lied to you. Do you mind?" is one question, a letter is many.
    for two in {" ".join(sentences[place : place + 2]): None for place in range(len(sentences))}:
        for topic, some in found.items():
            if any(rule.match(two) for rule in some):
                return topic
    return None


def decline(topic: str, person: Person, language: str) -> list[Sentence]:
    """The gentle answer of the house when nothing that was left speaks to ``topic``."""
    return house_sentences("protected", topic, person, language)

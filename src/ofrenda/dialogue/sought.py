"""Whether a passage speaks to everything that a question asks for, not only of what it is about.

"Who named the cat" and "where did the cat come from" are about the same cat, and an embedder holds
them for nearly the same question. What tells them apart is one word that the answer to the one
does not hold.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from ofrenda.dialogue.kinds import beyond
from ofrenda.dialogue.lexicon import sought_fields, sought_words
from ofrenda.dialogue.wanted import subject_of
from ofrenda.memory.words import (
    LIGHT_WEIGHT,
    STOP,
    content_words,
    holds_word,
    is_han,
    kin_of,
    stem,
    term,
    without_address,
    words,
)

_YEAR: Final = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_SECOND_HAND: Final = re.compile(r"\bsecond[\s-]hand\b", re.IGNORECASE)
# "Who thought of it first" is not answered by who thinks of it, nor "your first job" by another.
_AT_FIRST: Final = re.compile(r"\bfirst\W*$|\b(?:your|my|our|his|her)\s+first\s+\w+", re.IGNORECASE)
# "Took back" is not "took".
_BACK: Final = re.compile(
    r"\b(?:take|took|taken|give|gave|given|bring|brought|send|sent|come|came|go|went)\b[^?]*\bback\b",
    re.IGNORECASE,
)
_DURATION: Final = re.compile(r"\bhow\s+long\b", re.IGNORECASE)
# "What was he like" asks for anything.
_LIKENESS: Final = re.compile(
    r"\b(?:is|are|was|were|be)\b[^?]*\blike\b|\bwould\s+like\b", re.IGNORECASE
)
# What is counted: "how many people", 几个孩子.
_COUNTED: Final = re.compile(
    r"\bhow\s+many\s+(\w+)|几[个只条位棵]([\u4e00-\u9fff]{1,2})", re.IGNORECASE
)


def unmet(question: str, told: str, said_local: datetime | None = None) -> frozenset[str]:
    """The words of ``question`` that ``told`` (with what it replied to, and its title) neither
    holds nor says otherwise. A year is met by a passage of that year."""
    text = without_address(question).replace("’", "'")
    told = _SECOND_HAND.sub(" ", told.replace("’", "'"))
    have = content_words(told)
    # What the question itself names is met by nothing but itself.
    met = _met_by_fields(text, beyond(text, told))
    year = str(said_local.year) if said_local is not None else ""
    missing = set()
    for word in _demanded(text):
        # One Han character inside another word is another word.
        if word in met or word in have or _in_han(word, told, have):
            continue
        if word in _kin_words(text) and kin_of(text) <= kin_of(told):
            continue
        if _YEAR.fullmatch(word) and word == year:
            continue
        missing.add(word)
    # 爸爸 is how one addresses him, and no word of a subject; 你爸爸 asks about somebody.
    return frozenset(missing | (kin_of(text) - kin_of(told)))


def _in_han(word: str, told: str, have: Mapping[str, float]) -> bool:
    """Whether a Han word stands in ``told``, cut otherwise: a longer one anywhere, a single
    character only where a word begins with it, as in 带上 for 带."""
    if not is_han(word):
        return False
    if len(word) > 1:
        return holds_word(word, have, told)
    # 走 is also to die; a corridor (走廊) is no answer to that.
    return word != "走" and any(one.startswith(word) for one in _tokens(told))


@functools.lru_cache(maxsize=1024)
def _tokens(told: str) -> tuple[str, ...]:
    return tuple(words(told))


def met_beside(question: str, told: str) -> bool:
    """Whether ``told`` meets one of the words of ``question`` that say what is asked of its
    subject; True where it asks with none."""
    asked = _demanded(without_address(question).replace("’", "'")) - subject_of(question)
    return not asked or bool(asked - unmet(question, told))


@functools.lru_cache(maxsize=512)
def _demanded(question: str) -> frozenset[str]:
    """The words that an answer to ``question`` must meet, in their canonical form."""
    free = sought_words("free")
    found = {
        word
        for word, weight in content_words(question).items()
        if weight > LIGHT_WEIGHT
        and word not in free
        # 是从, 过不去: function words that the segmenter joined.
        and not (is_han(word) and all(character in STOP for character in word))
    }
    for match in _COUNTED.finditer(question):
        found.update(content_words(match.group(1) or match.group(2)))
    if _BACK.search(question):
        found.add("back")
    if _AT_FIRST.search(question):
        found.add("first")
    lasting = _DURATION.search(question) is not None
    plain = _LIKENESS.sub(" ", question)
    for word in words(plain):
        if (word in sought_words("verbs") or term(word) in sought_words("verbs")) and not (
            lasting and stem(word) == "tak"
        ):
            found.update(content_words(word).keys() or {stem(word)})
    return frozenset(found)


@functools.lru_cache(maxsize=512)
def _kin_words(question: str) -> frozenset[str]:
    return frozenset(
        root for word in words(question) if kin_of(word) for root in content_words(word)
    )


def _met_by_fields(question: str, told: str) -> frozenset[str]:
    return frozenset(
        word for holds, met in _fields_asked(question) if holds.search(told) for word in met
    )


@functools.lru_cache(maxsize=512)
def _fields_asked(question: str) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    """What may be said for which words of ``question``."""
    found = []
    for asks, holds in sought_fields():
        met: set[str] = set()
        for phrase in asks.findall(question):
            met.update(content_words(phrase))
            met.update(stem(word) for word in words(phrase) if not is_han(word))
            # A segmenter may have put the phrase into a longer word; but 收音机 is not 收.
            met.update(
                word
                for word in content_words(question)
                if is_han(word)
                and (word in phrase or (phrase in word and (len(phrase) > 1 or len(word) < 3)))
            )
        if met:
            found.append((holds, frozenset(met)))
    return tuple(found)


def weight_of(missing: frozenset[str], wanted: Mapping[str, float]) -> float:
    """The share of what is wanted that is missing, 0..1."""
    total = sum(wanted.values())
    return sum(wanted.get(word, 0.0) for word in missing) / total if total else 0.0

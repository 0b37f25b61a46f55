"""``lexicon.toml``: the patterns and words that the rooms of the dialogue go by."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any

from ofrenda.memory.words import content_words, stem


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads((resources.files("ofrenda.dialogue") / "lexicon.toml").read_text("utf-8"))


@functools.cache
def patterns(section: str) -> Mapping[str, re.Pattern[str]]:
    """The patterns of ``section``, in order."""
    return {
        name: re.compile(pattern, re.IGNORECASE | re.VERBOSE)
        for name, pattern in _table()[section].items()
    }


@functools.cache
def plain_words() -> frozenset[str]:
    """Words of both languages that claim nothing; English ones by their stem."""
    english = _table()["plain"]["en"]["words"].split()
    return frozenset([*(stem(word) for word in english), *_table()["plain"]["zh"]["words"].split()])


@functools.cache
def number_words() -> frozenset[str]:
    """English words that give a number, a date or a day."""
    return frozenset(_table()["numbers"]["en"].split())


@functools.cache
def sought_words(name: str) -> frozenset[str]:
    """``free`` or ``verbs`` of what is sought, in their canonical form."""
    found = _table()["sought"][name].split()
    return frozenset(one for word in found for one in (word, stem(word), *content_words(word)))


@functools.cache
def kind_patterns() -> Mapping[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """For each kind of answer: what asks for it, and what holds one. Capitals count in the
    second."""
    return {
        name: (
            re.compile(table["asks"], re.IGNORECASE | re.VERBOSE),
            re.compile(table["holds"], re.VERBOSE),
        )
        for name, table in _table()["kind"].items()
    }


@functools.cache
def person_words() -> frozenset[str]:
    """English words for what somebody is: a trade, a relative, an age."""
    return frozenset(_table()["people"]["en"].split())


@functools.cache
def count_words() -> frozenset[str]:
    """English words that say how many."""
    return frozenset(_table()["numbers"]["counts"].split())


@functools.cache
def markers() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """The small words that turn a question into another: what asks with one, what says it."""
    return tuple(
        (
            re.compile(table["asks"], re.IGNORECASE | re.VERBOSE),
            re.compile(table["holds"], re.IGNORECASE | re.VERBOSE),
        )
        for table in _table()["marker"].values()
    )


@functools.cache
def deeds() -> frozenset[str]:
    """What one person does to another, in its canonical form."""
    return frozenset(
        one for word in _table()["deeds"]["words"].split() for one in (word, stem(word))
    )


@functools.cache
def predicates() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """What plain verb or measure a question may ask with, and what an answer says for it."""
    return _pairs("predicate")


@functools.cache
def sought_fields() -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    """What a question may say, and what an answer may say for it."""
    return _pairs("sought")


def _pairs(section: str) -> tuple[tuple[re.Pattern[str], re.Pattern[str]], ...]:
    table = _table()[section]
    return tuple(
        (re.compile(asks, re.IGNORECASE), re.compile(holds, re.IGNORECASE))
        for language in ("en", "zh")
        for asks, holds in table[language]
    )

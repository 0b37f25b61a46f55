"""The tables of what must be known before anything is said, compiled once."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final

_CONCEPT: Final = re.compile(r"<([a-z_]+)>")
_GAP: Final = " ... "
_JOIN: Final = re.compile(r"\s*&\s*")


@functools.cache
def patterns(*path: str) -> Mapping[str, re.Pattern[str]]:
    """The patterns of ``patterns.toml`` under ``path`` by topic, in the order in which they are to
    be tried."""
    table = _table("patterns.toml")
    for part in path:
        table = table[part]
    return {
        topic: re.compile(pattern, re.IGNORECASE | re.VERBOSE) for topic, pattern in table.items()
    }


@functools.cache
def rules(language: str) -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """The rules of ``protected.toml`` for ``language`` ("en" or "zh") by topic, in the order in
    which they are to be tried; each matches at the beginning of a text that it is true of."""
    table = _table("protected.toml")[language]
    concepts: dict[str, str] = table["concepts"]
    return {
        topic: tuple(_rule(rule, concepts, whole_words=language == "en") for rule in rules)
        for topic, rules in table["topics"].items()
    }


def _rule(rule: str, concepts: Mapping[str, str], *, whole_words: bool) -> re.Pattern[str]:
    looks = []
    for part in _JOIN.split(rule):
        sign, wanted = ("!", part[1:]) if part.startswith("!") else ("=", part)
        pattern = _spelled_out(wanted, concepts)
        if whole_words:
            pattern = rf"\b(?:{pattern})(?!\w)".replace(_GAP, r"(?!\w).{0,40}?(?:(?<!\w)|(?!\w))")
        looks.append(rf"(?{sign}.*?{pattern})")
    return re.compile("".join(looks), re.IGNORECASE | re.DOTALL)


def _spelled_out(pattern: str, concepts: Mapping[str, str]) -> str:
    while _CONCEPT.search(pattern):
        pattern = _CONCEPT.sub(lambda found: f"(?:{concepts[found.group(1)]})", pattern)
    return pattern


@functools.cache
def _table(name: str) -> dict[str, Any]:
    return tomllib.loads((resources.files("ofrenda.care") / name).read_text("utf-8"))

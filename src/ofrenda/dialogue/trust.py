"""How far a language model is let: what is small or was never taught to converse says little."""

from __future__ import annotations

import enum
import functools
import re
from pathlib import Path
from typing import Final

from ofrenda.dialogue.asked import Asked
from ofrenda.dialogue.lines import word_count
from ofrenda.engines.protocols import Capabilities
from ofrenda.memory.script import han_count, language_of
from ofrenda.memory.words import words
from ofrenda.settings import Settings

_SIZE: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(m|b)(?![a-z])", re.IGNORECASE)
SMALL_BELOW: Final = 3.0
"""Billions of parameters under which a model's small talk was judged unfit as company (Gemma 270M,
Qwen2.5 0.5B and 1.5B: who is who confused, memories invented, off the subject)."""

PATIENCE: Final = 4.0
"""Seconds in which a capable model's next sentence must have come and passed, before a plain line
is said."""

LONGEST: Final = 34
"""Words of one sentence of a model's: more is no talk."""

CAPABLE_BYTES: Final = 1_800_000_000
"""Size of a file that names no size from which it counts as capable: 3 billion parameters at the
usual 4 to 5 bits are 1.9 to 2.1 GB; half of that at 8 bits is 1.6 GB."""


class Trust(enum.StrEnum):
    """What is expected of a model."""

    SMALL = "small"
    CAPABLE = "capable"


def trust_of(capabilities: Capabilities, settings: Settings | None = None) -> Trust:
    """By the size in the model's name; for a file outside the catalog, by its name or else its
    size on disk. What tells no size is taken for capable only where it runs on a server."""
    for name in capabilities.models:
        if (named := _named(name)) is not None:
            return named
    if capabilities.scripted or not capabilities.offline:
        return Trust.CAPABLE
    if capabilities.models:
        return Trust.SMALL
    return _trust_of_file(Path((settings or Settings()).llm_model))


def _named(name: str) -> Trust | None:
    size = _SIZE.search(name.replace("_", "-").replace("-", " "))
    if size is None:
        return None
    billions = float(size.group(1)) / (1000.0 if size.group(2).lower() == "m" else 1.0)
    return Trust.SMALL if billions < SMALL_BELOW else Trust.CAPABLE


@functools.cache
def _trust_of_file(path: Path) -> Trust:
    named = _named(path.stem)
    if named is not None:
        return named
    try:
        return Trust.CAPABLE if path.stat().st_size >= CAPABLE_BYTES else Trust.SMALL
    except OSError:
        return Trust.SMALL


def may_speak(trust: Trust, asked: Asked) -> bool:
    """Whether the model is asked at all: never on a protected topic, and a small one never. Of
    what Gemma 270M writes next to nothing passes, real lines and plain words do better, and both
    the waiting and the processor it takes are the voice's."""
    return trust is Trust.CAPABLE and asked.topic is None


_SPEAKER: Final = re.compile(
    r"^\s*[\w\u4e00-\u9fff .'-]{1,24}[:：]|[\[\]{}<>|\\#=]|\d{3,}|https?://"
)
_REPEATED: Final = re.compile(r"\b(\w+)(?:\W+\1\b){2,}|([\u4e00-\u9fff]{1,4})\2{3,}", re.IGNORECASE)


def coherent(sentence: str, asked: Asked) -> bool:
    """Whether ``sentence`` reads like one thing said back to the caller: in their language, of
    speakable length, no echo, no speaker's name, no babble."""
    if _SPEAKER.search(sentence) or _REPEATED.search(sentence):
        return False
    if word_count(sentence) > LONGEST or word_count(sentence) < 1:
        return False
    if language_of(sentence, asked.language) != asked.language:
        return False
    if asked.language == "en" and han_count(sentence):
        return False
    mine = set(words(sentence))
    return not (len(mine) >= 3 and len(mine & set(words(asked.text))) >= 0.8 * len(mine))

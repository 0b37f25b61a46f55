"""How far a language model is let: what is small or was never taught to converse says little."""

from __future__ import annotations

import enum
import re
from typing import Final

from ofrenda.dialogue.asked import Asked, Doing
from ofrenda.dialogue.own_words import word_count
from ofrenda.engines.protocols import Capabilities
from ofrenda.memory.script import han_count, language_of
from ofrenda.memory.words import content_words, words

_SIZE: Final = re.compile(r"(?<![\w.])(\d+(?:\.\d+)?)\s*(m|b)(?![a-z])", re.IGNORECASE)
SMALL_BELOW: Final = 3.0
"""Billions of parameters under which a model's small talk was judged unfit as company (Gemma 270M,
Qwen2.5 0.5B and 1.5B: who is who confused, memories invented, off the subject)."""

PATIENCE: Final = {"small": 0.8, "capable": 4.0}
"""Seconds in which a first sentence must have come and passed, before a plain line is said. Of
what Gemma 270M writes next to nothing passes: waiting longer for it only makes the life slow."""


class Trust(enum.StrEnum):
    """What is expected of a model."""

    SMALL = "small"
    CAPABLE = "capable"


def trust_of(capabilities: Capabilities) -> Trust:
    """By the size in the model's name; one whose name tells no size is taken for capable only
    where it runs on a server."""
    for name in capabilities.models:
        size = _SIZE.search(name.replace("_", "-").replace("-", " "))
        if size is not None:
            billions = float(size.group(1)) / (1000.0 if size.group(2).lower() == "m" else 1.0)
            return Trust.SMALL if billions < SMALL_BELOW else Trust.CAPABLE
    return Trust.SMALL if capabilities.offline and not capabilities.scripted else Trust.CAPABLE


def may_speak(trust: Trust, asked: Asked) -> bool:
    """Whether the model is asked at all. On a protected topic none is; a small one neither where
    a fact or counsel is wanted, nor for ceremonies that real lines and plain words do better."""
    if asked.topic is not None:
        return False
    return trust is Trust.CAPABLE or asked.doing in (Doing.TELLING, Doing.DISTRESS)


_SPEAKER: Final = re.compile(
    r"^\s*[\w\u4e00-\u9fff .'-]{1,24}[:：]|[\[\]{}<>|\\#=]|\d{3,}|https?://"
)
_REPEATED: Final = re.compile(r"\b(\w+)(?:\W+\1\b){2,}|([\u4e00-\u9fff]{1,4})\2{3,}", re.IGNORECASE)


def coherent(sentence: str, asked: Asked, trust: Trust) -> bool:
    """Whether ``sentence`` reads like one thing said back to the caller: in their language, of
    speakable length, no echo, no speaker's name, no babble."""
    longest = 14 if trust is Trust.SMALL else 34
    if _SPEAKER.search(sentence) or _REPEATED.search(sentence):
        return False
    if word_count(sentence) > longest or word_count(sentence) < 1:
        return False
    if language_of(sentence, asked.language) != asked.language:
        return False
    if asked.language == "en" and han_count(sentence):
        return False
    mine = set(words(sentence))
    if len(mine) >= 3 and len(mine & set(words(asked.text))) >= 0.8 * len(mine):
        return False
    # A small model's sentence without a single content word ("So it was.") is babble more often
    # than not; "And then?" is better had from the plain lines.
    return trust is Trust.CAPABLE or bool(content_words(sentence))

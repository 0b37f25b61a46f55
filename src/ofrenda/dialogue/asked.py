"""What the caller is doing: greeting, asking, telling. Rules, so that it costs no time."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass

from ofrenda.care import protected_topic
from ofrenda.dialogue.lexicon import patterns
from ofrenda.memory.words import content_words
from ofrenda.persona import Habit


class Doing(enum.StrEnum):
    """The kinds of turns that are answered differently."""

    GREETING = "greeting"
    HOW_ARE_YOU = "how_are_you"
    GOODBYE = "goodbye"
    GOODNIGHT = "goodnight"
    LOVE = "love"
    MISSING = "missing"
    THANKS = "thanks"
    DISTRESS = "distress"
    ADVICE = "advice"
    QUESTION = "question"
    TELLING = "telling"


SMALL_TALK = {
    Doing.GREETING: Habit.GREETING,
    Doing.HOW_ARE_YOU: Habit.GREETING,
    Doing.GOODBYE: Habit.GOODBYE,
    Doing.GOODNIGHT: Habit.GOODNIGHT,
    Doing.LOVE: Habit.LOVE,
    Doing.MISSING: Habit.MISSING,
    Doing.THANKS: Habit.THANKS,
    Doing.DISTRESS: Habit.COMFORT,
}
"""Which of the person's habits answers which kind of turn."""

_CEREMONY = {
    Doing.GREETING,
    Doing.HOW_ARE_YOU,
    Doing.GOODBYE,
    Doing.GOODNIGHT,
    Doing.LOVE,
    Doing.MISSING,
    Doing.THANKS,
}
# "Why did you two fight" asks; "I had a fight" tells.
_ASKS = re.compile(
    r"\b(?:you|your|u)\b|你|^\W*(?:who|what|when|where|which|how\s+(?:many|much|old|long))\b|谁|哪",
    re.IGNORECASE,
)
_MOST_BESIDE = 2.0
"""Content words (weighted) that a greeting or thanks may hold beside itself and still be one;
"Hi dad, where did you grow up" is a question."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One turn of the caller. ``topic``: the protected topic it touches, if any. ``wanted``: its
    content words with their weights."""

    text: str
    language: str
    doing: Doing
    topic: str | None
    wanted: dict[str, float]

    @property
    def factual(self) -> bool:
        """Whether a true answer needs a source."""
        return self.doing is Doing.QUESTION


_ASKS_LOVE = re.compile(
    r"\b(?:do|did|will)\s+you\s+(?:\w+\s+)?love\s+(?:me|us)\b|你(?:还|真的?|到底|一直)?爱(?:不爱)?(?:我|我们)",
    re.I,
)


def asks_for_love(text: str) -> bool:
    """Whether ``text`` asks whether the caller is loved; thanks would be no answer."""
    return _ASKS_LOVE.search(text) is not None


def understand(text: str, language: str) -> Asked:
    """What ``text`` does. The most demanding reading wins: what might be a question of fact is
    one, as a friendly phrase in its place would be an invention."""
    wanted = content_words(text)
    found = [name for name, pattern in patterns("asked").items() if pattern.search(text)]
    doing = Doing.TELLING
    for name in found:
        one = Doing(name)
        if one in _CEREMONY and "question" in found and not _only(one, text, wanted):
            continue
        if one is Doing.DISTRESS and "question" in found and _ASKS.search(text):
            continue
        doing = one
        break
    return Asked(text, language, doing, protected_topic(text), wanted)


def _only(doing: Doing, text: str, wanted: dict[str, float]) -> bool:
    rest = patterns("asked")[doing.value].sub(" ", text)
    return sum(content_words(rest).values()) < _MOST_BESIDE and not (
        patterns("asked")["question"].search(rest) and sum(content_words(rest).values()) >= 1.0
    )

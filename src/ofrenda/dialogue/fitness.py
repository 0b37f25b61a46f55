"""Which of the person's lines can still be said: true now, about what was asked, to this caller."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from ofrenda.dialogue.lexicon import patterns
from ofrenda.memory.words import content_words, words

_LOST: Final = re.compile(
    r"^\W*(?:(?:and|but|so|because|then|or)\b\W*)?(?:it|its|it's|that|that's|this|these|those|they|them|he|she"
    r"|him|her|his|there|one|ones|same|which|who)\b|^\W*(?:那|这|它|他|她|他们|她们|这个|那个|这样|那样|所以|但是|而且|因为)",
    re.IGNORECASE,
)
_SOMEBODY: Final = re.compile(r"\b(?:he|she|they|him|her|them|his|their)\b|[他她]", re.IGNORECASE)
_NAME: Final = re.compile(r"(?<![.!?。！？…\n]\s)(?<!^)(?<![.!?。！？…\n\"“'(])\b[A-Z][a-z]+\b")
_FIRST_PAST: Final = re.compile(
    r"\b(?:i|we|my|our)\b.*\b(?:was|were|had|did|went|saw|met|got|took|made|\w{3,}ed)\b|我(?:们)?.*(?:了|过)",
    re.IGNORECASE,
)


def unfit_now(text: str) -> bool:
    """Whether ``text`` was true only for its hour, or would now be a promise, a plea or a plan:
    "I'm at the station", "see you on Sunday", "wait for me"."""
    plain = text.replace("’", "'")
    found = patterns("unfit")
    return bool(found["en"].search(plain) or found["zh"].search(plain))


def claims_presence(text: str) -> bool:
    """Whether ``text`` says that the speaker is here, sees, hears, watches or waits."""
    return bool(patterns("unfit")["presence"].search(text.replace("’", "'")))


def referent_lost(text: str) -> bool:
    """Whether ``text`` begins with a word that points at something said before it."""
    return bool(_LOST.search(text))


def says_something(text: str) -> bool:
    """Whether ``text`` has content: not "ok", "yes", a laugh or an emoji."""
    return bool(content_words(text))


def general(text: str, called: str | None = None) -> bool:
    """Whether ``text`` could be said at many moments: no name but the listener's own (``called``),
    no number, nothing that happened, nothing it points back at."""
    if called:
        text = re.sub(rf"\b{re.escape(called)}\b", "", text)
    return not (
        any(character.isdigit() for character in text)
        or _NAME.search(text)
        or _FIRST_PAST.search(text)
        or referent_lost(text)
    )


def general_throughout(lines: Sequence[str], called: str | None = None) -> bool:
    """Whether all of ``lines``, said one after the other, could be said at many moments. What
    follows the first may point back at it, but at nobody."""
    return all(
        general(line, called)
        or (place > 0 and not _SOMEBODY.search(line) and general(_LOST.sub("", line), called))
        for place, line in enumerate(lines)
    )


def addresses_another(text: str, others: Iterable[str]) -> bool:
    """Whether ``text`` names somebody of ``others`` (the other members, as the person called
    them): what was said to one is not said to another."""
    spoken = set(words(text))
    for name in others:
        parts = words(name)
        if parts and all(part in spoken for part in parts):
            return True
    return False

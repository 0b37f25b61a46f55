"""What a question wants to hear of: what the person did, held to, felt, or who somebody is."""

from __future__ import annotations

import functools
import re
from collections.abc import Sequence
from typing import Final

from ofrenda.dialogue.lexicon import patterns
from ofrenda.memory.words import (
    HALF_WEIGHT,
    STOP,
    content_words,
    is_han,
    stem,
    without_address,
    words,
)

_YOU: Final = re.compile(r"\b(?:you|u)\s+((?:(?:really|ever|first|then|also|not)\s+)*)([a-z']+)")


def _deeds(question: str) -> set[str]:
    return {
        stem(match.group(2))
        for match in _YOU.finditer(question.casefold())
        if match.group(2) not in STOP
    }


def deed_named(question: str, text: str) -> bool:
    """Whether what ``question`` says that the person did is named in ``text`` at all: how the
    regatta was is not what was bought there. Words that nearly every question holds need not be."""
    deeds = {one for one in _deeds(question) if content_words(one).get(one, 0.0) > HALF_WEIGHT}
    return not deeds or bool(deeds & content_words(text).keys())


def same_deed(question: str, answer: str) -> bool:
    """Whether ``answer`` says of the person what ``question`` asks of them: "what did you find"
    and "I found", "where were you born" and "I was born"."""
    deeds = _deeds(question)
    if not deeds:
        return False
    spoken = words(answer)
    for place, word in enumerate(spoken):
        near = {stem(one) for one in spoken[place + 1 : place + 5] if not is_han(one)}
        if word in ("i", "we", "i've", "we've", "i'd", "we'd", "i'm") and deeds & near:
            return True
    return False


_LEADS: Final = re.compile(
    r"\b(i|i'\w+|my|we|we'\w+|our|he|she|they|his|her|their)\b", re.IGNORECASE
)


def deed_of_another(question: str, sentences: Sequence[str]) -> bool:
    """Whether what ``question`` asks of the person ("where did you grow up") is said in
    ``sentences`` only of somebody else: "she is grown now"."""
    deeds = _deeds(question)
    said = [one for one in sentences if deeds & content_words(one).keys()]
    leading = [found.group(1).casefold() if (found := _LEADS.search(one)) else "" for one in said]
    return bool(said) and all(
        one in ("he", "she", "they", "his", "her", "their") for one in leading
    )


_POINTING: Final = re.compile(r"\b(?:it|that|this|them|those|these)\b|它|那个|这个", re.IGNORECASE)


def points_back(question: str) -> bool:
    """Whether ``question`` is about something that only the talk before it names: "how do you make
    it"."""
    return _POINTING.search(question) is not None and not heavy(question)


def heavy(text: str) -> frozenset[str]:
    """The content words of ``text`` that say what it is about."""
    return frozenset(word for word, weight in content_words(text).items() if weight > HALF_WEIGHT)


_OF_CALLER: Final = re.compile(
    r"\b(?:did|was|were|am|have|had|do)\s+i\b|我(?!们).*(?:吗|什么|怎么)", re.IGNORECASE
)
_TO_CALLER: Final = re.compile(r"\b(?:you|your|you're|yours)\b|你", re.IGNORECASE)


def about_caller(question: str) -> bool:
    """Whether ``question`` asks what the caller was or did."""
    return _OF_CALLER.search(question) is not None


def speaks_to_caller(answer: str) -> bool:
    """Whether ``answer`` speaks of whom it is said to."""
    return _TO_CALLER.search(answer) is not None


def clashes(told: str, answer: str) -> bool:
    """Whether ``answer`` rejoices at what is bad news or mourns what is good: meanings as near as
    "Mum is ill" and "Mum is better" lie side by side for an embedder."""
    feelings = patterns("feeling")
    bad, good = feelings["bad"], feelings["good"]
    return bool(
        (bad.search(told) and feelings["rejoicing"].search(answer))
        or (good.search(told) and not bad.search(told) and feelings["mourning"].search(answer))
    )


_REFLECTIVE: Final = re.compile(
    r"\b(?:learn\w*|learnt|believe|taught|teach|lesson|rule|advice|wisdom|secret|matters?)\b"
    r"|学到|学会了什么|相信|道理|教(?:了|给|会)?你",
    re.IGNORECASE,
)
_LASTING: Final = re.compile(
    r"\byou\s+(?:don't|can't|never|always|take|have\s+to|must|only)\b|\bif\s+you\b|\b(?:never|always)\b"
    r"|\bthis\s+works\b|\bi\s+(?:have\s+)?(?:believe|found\s+since|learn\w*)\b"
    r"|总是|永远|从来|人要|做人|不要",
    re.IGNORECASE,
)


def reflective(question: str) -> bool:
    """Whether ``question`` asks what the person learnt, believed or held to."""
    return _REFLECTIVE.search(question) is not None


def lasting(sentence: str) -> bool:
    """Whether ``sentence`` says what is so at all times, not what happened once."""
    return _LASTING.search(sentence) is not None


_WHO_IS: Final = re.compile(r"^\W*[Ww]ho(?:'s|\s+is|\s+was)\s+((?:[A-Z][\w.]*\s*)+)")


def introduces(question: str, sentence: str) -> bool:
    """Whether ``question`` asks who somebody is and ``sentence`` says it: "my first skipper, Mrs
    Ansell, had a rule"."""
    found = _WHO_IS.search(question)
    if found is None:
        return False
    name = re.escape(found.group(1).strip())
    return bool(
        re.search(rf"\b(?:[Mm]y|[Oo]ur|[Tt]he|[Aa]n?)\b[^,.]*,\s*{name}\b", sentence)
        or re.search(rf"\b{name}(?:\s+(?:is|was)|\s*,)\s+(?:my|our|the|an?)\b", sentence)
    )


_DETERMINED: Final = re.compile(
    r"\b(?:the|an?|my|your|our|that|this|his|her|their)\s+"
    r"((?:(?!(?:the|an?|my|your|our|of|in|at|on)\b)[\w'-]+\s+){0,2}[\w'-]+)",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=512)
def subject_of(question: str) -> frozenset[str]:
    """The words of ``question`` for what it is about: in English the last that follows "the" or
    "your", else the last that carries a subject; in Chinese the first, and names that the
    segmenter left in single characters."""
    text = without_address(question)
    weighty = heavy(text)
    spoken = words(text)
    if any(is_han(word) for word in weighty):
        carrying = [word if word in weighty else "" for word in spoken]
        single = [len(word) == 1 for word in carrying]
        beside = [
            word
            for place, word in enumerate(carrying)
            if single[place]
            and any(single[max(0, place - 1) : place] + single[place + 1 : place + 2])
        ]
        return frozenset([*(word for word in carrying if word)][:1] + beside)
    phrases = [found.group(1) for found in _DETERMINED.finditer(text)]
    if not phrases:
        last_word = [root for word in spoken for root in content_words(word) if root in weighty]
        return frozenset(last_word[-1:])
    last: list[str] = []
    for word in words(phrases[-1]):
        carried = content_words(word).keys() & weighty
        if not carried and last:
            break
        last += carried
    return frozenset(last)

"""What kind of answer a question wants: a time, a place, a number, what the person did."""

from __future__ import annotations

import re
from typing import Final

from ofrenda.dialogue.lexicon import patterns
from ofrenda.memory.words import HALF_WEIGHT, STOP, content_words, is_han, stem, words

# The question, and what an answer to it holds. What asks for a time is not answered by a sentence
# without one, however many words the two share.
_KINDS: Final = tuple(
    (re.compile(asks, re.IGNORECASE), re.compile(answers, flags))
    for asks, answers, flags in (
        (
            r"\b(?:when\s+(?:did|was|were|is|are|do|does)|what\s+year|which\s+year"
            r"|what\s+date|how\s+long)\b|什么时候|哪(?:一)?年|几号|多久",
            r"\d|\b(?:year|month|day|week|ago|since|young|child|school|twenty|thirty|forty|fifty"
            r"|teen\w*|page|minute|hour|when|morning|afternoon|evening|night|winter|summer|spring|autumn|wedding|christmas|easter)s?\b|\b(?:after|before|during)\s+(?:the|my|our|your|we|i)\b|\bon\s+(?:my|our|your)\s+\w+|年|月|日|天|岁|时候|小时|[一二三四五六七八九十]",
            re.IGNORECASE,
        ),
        (
            r"\bhow\s+old\b|几岁|多大",
            r"\b(?:was|am|is|were|be|turn\w*|at|aged?)\s+(?:only\s+|about\s+|just\s+|nearly\s+)?(?:\d{1,3}\b"
            r"|(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen|twenty|thirty|forty|fifty"
            r"|sixty|seventy|eighty|ninety)\b(?!\s+(?:second|minute|hour|day|week|month|pound|mile|o'clock)s?\b))|\byears?\s+old\b|\bbirthday\b|\b(?:born|made|built)\s+in\s+\d{4}"
            r"|\bwhen\s+i\s+was\b|岁|年生|那年",
            re.IGNORECASE,
        ),
        (
            r"\bhow\s+(?:much|many|wide|far|tall|deep)\b|多少|几个|几只",
            r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|\w+teen"
            r"|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|hundred|thousand|million|half"
            r"|dozen|both|none|pair|couple|(?:gave|paid)\b.*\bfor)\b|[一二两三四五六七八九十百千万半]",
            re.IGNORECASE,
        ),
        (
            r"^\W*where\b|\bwhere\s+(?:did|was|were|is|are|do)\b|哪里|哪儿|在哪",
            r"\b(?:in(?!\s+\d)|at|on|under|by|near|behind|beside|inside|outside|from|to|here|there|where)\b"
            r"|在|里|边|上|下",
            re.IGNORECASE,
        ),
        (
            r"^\W*who\b|\bwho\s+(?:did|was|were|is|are)\b|(?<!是)谁",
            r"\b(?!(?:The|A|An|And|But|For|It|Its|In|On|At|So|To|They|That|This|There|When|What|Where|As|If|All|Between|Never"
            r"|Whatever|You|Your|Because|With|From|Of|Or|Slowly|Just|Then|Now|Yes|No|Oh|Well|Not|Only|Everything|Nothing|First|Second|Third|Once|Every)\b)"
            r"[A-Z][a-z]+|\bI\s+(?:did|was|do|am|made|have)\b|\b(?:nobody|everybody|somebody|(?:grand|god)?(?:father|mother)|brother"
            r"|sister|wife|husband|friend|uncle|aunt|man|woman|firm|boy|girl|cook|teacher|doctor)\b"
            r"|\b(?:from|by|to|with|and)\s+(?:an?|the|my|our|your|two|three)\s+\w+|[我他她你爸妈爷奶叔姨]",
            0,
        ),
    )
)
_YOU: Final = re.compile(r"\b(?:you|u)\s+((?:(?:really|ever|first|then|also|not)\s+)*)([a-z']+)")


def wants_kind(question: str) -> bool:
    """Whether ``question`` asks for a time, a place, a number or somebody."""
    return any(asks.search(question) for asks, _ in _KINDS)


def kinds_of(question: str) -> frozenset[int]:
    """Which of a time, an age, a number, a place and somebody ``question`` asks for."""
    return frozenset(place for place, (asks, _) in enumerate(_KINDS) if asks.search(question))


def kind_held(question: str, answer: str) -> bool:
    """Whether ``answer`` holds a time, a place, a number or somebody where ``question`` asks for
    one."""
    return all(
        answers.search(answer) is not None for asks, answers in _KINDS if asks.search(question)
    )


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


def heavy(text: str) -> frozenset[str]:
    """The content words of ``text`` that say what it is about."""
    return frozenset(word for word, weight in content_words(text).items() if weight > HALF_WEIGHT)


_OF_CALLER: Final = re.compile(
    r"\b(?:did|was|were|am|have|had|do)\s+i\b|我.*(?:吗|什么|怎么)", re.IGNORECASE
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

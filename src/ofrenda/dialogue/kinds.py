"""What kind of answer a question wants (a time, an age, a price, a place, somebody), and whether
a text holds one that the question does not hold itself.

The kinds are those of the coarse and numeric classes of Li and Roth (Learning question classifiers,
COLING 2002) that can be told by their form, in English and Chinese. What asks for one of them is
answered by nothing that lacks it, however many words the two share; and what the question already
names is no answer to it: "who was with you in Lisbon" is not answered by Lisbon.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Final

from ofrenda.dialogue.lexicon import count_words, kind_patterns, person_words
from ofrenda.memory.words import content_words, is_han, stem, term, words

_COUNTED: Final = re.compile(
    r"\bhow\s+many\s+(?:\w+\s+of\s+)?(\w+)|(?:几|多少)(?:个|只|条|位|棵|名|口)?([\u4e00-\u9fff]{1,2})",
    re.IGNORECASE,
)
_MEASURED: Final = re.compile(
    r"第?几([\u4e00-\u9fff])|多少([天年次遍回岁层里斤页桌分度人]|小时|钟头)"
)
_HAN_NUMBER: Final = r"[\d一二两三四五六七八九十百千万半〇零几]"
_NOW: Final = re.compile(
    r"\b(?:now|nowadays|today|these\s+days|still)\b|现在|如今|眼下|还在", re.IGNORECASE
)
_PRESENT: Final = re.compile(
    r"\b(?:is|are|am|isn't|aren't|i'm|it's|he's|she's|they're|have|has|stands?|lives?|keeps?|hangs?|sits?|lies?"
    r"|still|now|nowadays|today|these\s+days|every|always|goes|go)\b|现在|如今|还|一直|总|天天|年年|次次|住在|放在|搁在|收在|种在",
    re.IGNORECASE,
)
# "Who was Rosa" asks for anything that tells who she was.
_WHO_IS: Final = re.compile(
    r"^\W*[Ww]ho(?:'s|\s+is|\s+was|\s+were)\s+(?:(?:the|old|young|big|little)\s+)?(?:[A-Z][\w.'-]*\s*)+"
    r"(?:to\s+(?:you|us|me))?\W*$"
)
_FROM_WHOM: Final = re.compile(r"\bfrom\W*$|\bfrom\s+who", re.IGNORECASE)
_FROM: Final = re.compile(r"\bfrom\s+(?:the|an?|my|our|your|two|some|[A-Z])", re.IGNORECASE)
_IN_UNITS: Final = frozenset({"duration", "count"})
_BLANK: Final = "□"


@dataclass(frozen=True, slots=True)
class Kind:
    """``asks`` finds it in a question, ``holds`` in an answer."""

    name: str
    asks: re.Pattern[str]
    holds: re.Pattern[str]


@functools.cache
def _kinds() -> tuple[Kind, ...]:
    return tuple(Kind(name, *both) for name, both in kind_patterns().items())


@functools.lru_cache(maxsize=512)
def kinds_of(question: str) -> frozenset[str]:
    """The kinds of answer that ``question`` asks for; none where anything may answer."""
    found = {kind.name for kind in _kinds() if kind.asks.search(question)}
    if found & {"age", "duration", "money"}:
        found -= {"count", "time"}
    if _WHO_IS.search(question):
        found.discard("person")
    return frozenset(found)


def wants_kind(question: str) -> bool:
    """Whether ``question`` asks for something that can be told by its form."""
    return bool(kinds_of(question))


def asks_of_now(question: str) -> bool:
    """Whether ``question`` asks how something is now."""
    return _NOW.search(question) is not None


@functools.lru_cache(maxsize=4096)
def kind_held(question: str, answer: str) -> bool:
    """Whether ``answer`` holds all that ``question`` asks for by its form, beyond what stands in
    the question itself; and speaks of now where the question does."""
    asked = kinds_of(question)
    new = beyond(question, answer)
    if "person" in asked and _FROM_WHOM.search(question) and _FROM.search(new):
        # One may buy from a shop, and hear from a newspaper.
        asked -= {"person"}
    for kind in _kinds():
        # "How many nights" names the unit that the answer must have.
        if kind.name in asked and not _holds(kind, answer if kind.name in _IN_UNITS else new):
            return False
    if "count" in asked and not _counted(question, answer):
        return False
    if any(not _measured(match, answer) for match in _MEASURED.finditer(question)):
        return False
    return not (_NOW.search(question) and not _PRESENT.search(answer))


def _holds(kind: Kind, text: str) -> bool:
    if kind.name == "person":
        return kind.holds.search(text) is not None or names_person(text)
    return kind.holds.search(text) is not None


def names_person(text: str) -> bool:
    """Whether an English ``text`` speaks of somebody by what they are: "a widow", "the porter"."""
    people = person_words()
    return any(
        word in people
        or (word.endswith("s") and word[:-1] in people)
        or word.endswith(("man", "woman", "men", "women", "smith", "keeper", "monger", "wright"))
        for word in map(_bare, words(text))
        if not is_han(word)
    )


def _bare(word: str) -> str:
    return word[:-2] if word.endswith("'s") else word


def beyond(question: str, answer: str) -> str:
    """``answer`` with a blank for each word that carries the subject of ``question``."""
    known = {word for word, weight in content_words(question).items() if weight > 0.25}
    told = re.sub(
        r"[^\W_]+(?:['’][^\W\d_]+)*",
        lambda found: _BLANK if _is_known(found.group(), known) else found.group(),
        answer,
    )
    for word in known:
        if is_han(word) and len(word) > 1:
            told = told.replace(word, _BLANK)
    return told


def _is_known(word: str, known: set[str]) -> bool:
    lower = word.replace("’", "'").casefold()
    return not is_han(lower[:1]) and (term(lower) in known or stem(lower) in known)


def _counted(question: str, answer: str) -> bool:
    """Whether a number stands near what ``question`` counts, where it names it."""
    for match in _COUNTED.finditer(question):
        noun = match.group(1)
        if noun is None:
            continue
        spoken = words(answer.replace("’", "'"))
        root = term(noun.casefold())
        places = [n for n, word in enumerate(spoken) if term(word) == root]
        if places and not any(
            _number(word) for n in places for word in spoken[max(0, n - 4) : n + 3]
        ):
            return False
    return True


def _number(word: str) -> bool:
    return word.isdigit() or word in count_words()


def _measured(match: re.Match[str], answer: str) -> bool:
    """第几名 wants a number and 名, 几遍 a number and 遍."""
    unit = match.group(1) or match.group(2)
    if match.group(1) is not None and unit in "个年月点号时天岁样乎":
        return True
    return re.search(rf"{_HAN_NUMBER}\s*个?{unit}", answer) is not None

"""What a model may say: a sentence passes only when it claims nothing, or a source supports it.

Deny by default. Whatever words a model finds for an invented memory, they are words that neither
the plain vocabulary nor a passage holds.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.care.protected import names_protected
from ofrenda.dialogue.asked import Asked, Doing
from ofrenda.dialogue.fitness import claims_presence, unfit_now
from ofrenda.dialogue.lexicon import number_words, patterns, plain_words
from ofrenda.dialogue.lines import Own, sentences_of
from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.errors import EngineError
from ofrenda.memory import Hit
from ofrenda.memory.script import language_of
from ofrenda.memory.words import STOP, is_han, stem, words

SUPPORT: Final = 0.45
"""How near (0 unrelated, 1 the same) a sentence must be to the words that support it, beside
holding no word that they do not (chosen, not measured: the words decide, this only confirms)."""

_NEGATION: Final = re.compile(
    r"\b(?:not|no|never|nothing|nobody|none|without|hardly|\w+n't|cannot|cant|dont|didnt|wont)\b|不|没|无|别|未",
    re.IGNORECASE,
)
_FIRST: Final = re.compile(
    r"\b(?:i|i'\w+|me|my|mine|myself|we|we'\w+|us|our|ours)\b|我|咱|俺", re.IGNORECASE
)
_SECOND: Final = re.compile(r"\b(?:you|you'\w+|your|yours|u)\b|你|您", re.IGNORECASE)
_THIRD: Final = re.compile(
    r"\b(?:he|she|they|him|her|them|his|hers|their|theirs)\b|他|她|它", re.IGNORECASE
)
_SECOND_CLAIM: Final = re.compile(
    r"\byou\s+(?:were|was|had|did|used|always|never|once|have|are\s+(?:my|the|not)|can\s+have|may\s+have|will\s+(?:get|have|see|find))\b"
    r"|\byou(?:'ve|'d)\b|\byour\b|你(?:以前|从前|小时候|总|一直|从来|曾|当时|那时|有过?|是我)|你.*(?:了|过)",
    re.IGNORECASE,
)
_PAST: Final = re.compile(
    r"\b(?:was|wasn't|were|weren't|had|hadn't|did|didn't|used\s+to)\b|\b(?:here|up\s+there)\b"
    r"|过(?!去|得|头|节|年|一会|一阵)|那时|当时|以前|这里|这边|这儿",
    re.IGNORECASE,
)
# First-person openings that claim neither a past nor a presence.
_HARMLESS_FIRST: Final = re.compile(
    r"^\W*(?:i\s+(?:hope|see|understand|guess|suppose|think\s+so|don't\s+know|can't\s+say)|i'm\s+(?:glad|sorry)\s+to\s+hear"
    r"|tell\s+me|let\s+me\s+think|我(?:希望|明白|懂|知道了|不知道|说不上来)|跟我说|告诉我)",
    re.IGNORECASE,
)
_AGREEMENT: Final = re.compile(
    r"^\W*(?:yes|yeah|yep|no|nope|of\s+course|sure|certainly|indeed|exactly|right|true|correct|absolutely|definitely"
    r"|i\s+do|i\s+did|i\s+am|i\s+was|是|是的|对|对的|没错|当然|不是|没有|有|会的|好的|嗯)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Support:
    """The person's own sentence that a model's sentence says anew."""

    own: Own
    to_member: str | None


def harmful(sentence: str) -> bool:
    """Whether no source could make a model's ``sentence`` right: it touches a protected topic,
    promises, pleads, plans, or claims to be here."""
    return names_protected(sentence) is not None or unfit_now(sentence) or claims_presence(sentence)


def claim_words(sentence: str, allowed: frozenset[str] = frozenset()) -> set[str]:
    """The words of ``sentence`` that say something about a life: all but function words, plain
    words and those ``allowed``. Numbers always do."""
    plain = plain_words()
    found = set()
    for word in words(sentence.replace("’", "'")):
        root = word if is_han(word) else stem(word)
        numeric = any(character.isdigit() for character in word) or word in number_words()
        if numeric or not (
            word in STOP or word in plain or root in plain or root in allowed or word in allowed
        ):
            found.add(root)
    return found


def claims_nothing(sentence: str, asked: Asked, called: str | None) -> bool:
    """Whether ``sentence`` may be said as the person without a source: it is made of plain words
    and of what the caller just said, speaks of nobody's past, and agrees to nothing."""
    if harmful(sentence) or asked.factual or asked.topic is not None:
        return False
    plain = sentence.replace("’", "'")
    if _AGREEMENT.search(plain) and asked.doing not in (Doing.GREETING, Doing.HOW_ARE_YOU):
        return False
    question = plain.rstrip().endswith(("?", "？"))
    if _FIRST.search(plain) and not _HARMLESS_FIRST.search(plain):
        return False
    if not question and not any(one.search(plain) for one in patterns("opening").values()):
        return False
    if not question and _PAST.search(plain):
        return False
    if _THIRD.search(plain) or (_SECOND_CLAIM.search(plain) and not question):
        return False
    name = frozenset(
        one
        for word in words(called or "")
        for one in (word, stem(word) if not is_han(word) else word)
    )
    heard = frozenset(
        word if is_han(word) else stem(word) for word in words(asked.text.replace("’", "'"))
    )
    # What the caller said may be asked about, not asserted.
    return not claim_words(sentence, name | heard if question else name)


def candidates_for_support(sentence: str, hits: Sequence[Hit], listener: str) -> list[Support]:
    """The person's own sentences that hold every word that ``sentence`` tells with, with the same
    negation and the same people in it."""
    if not claim_words(sentence) or harmful(sentence):
        return []
    told = _told(sentence)
    language = language_of(sentence)
    found = []
    for hit in hits:
        if not hit.passage.own or hit.passage.language != language:
            continue
        for part in hit.passage.parts:
            for own in sentences_of(hit.passage.id, part, language):
                if _supports(own.text, sentence, told) and not (
                    _SECOND.search(sentence) and hit.passage.to_member != listener
                ):
                    found.append(Support(own, hit.passage.to_member))
    return found


@dataclass(frozen=True, slots=True)
class Quoted:
    """Quoted words and the sentences that they stand in. ``mine``: said by whoever says the
    sentence that they are to support; else to them, by somebody else."""

    words: str
    sentences: str
    mine: bool


def quotes_support(sentence: str, quotes: Sequence[Quoted]) -> bool:
    """Whether ``quotes``, in the order they were said, together say what ``sentence`` says: they
    hold every word that it tells with, and their sentences agree in negation and in who did it.

    What somebody else said counts only where it was agreed to afterwards, and a question that was
    not agreed to says nothing."""
    if not claim_words(sentence) or harmful(sentence):
        return False
    agreed = max((n for n, one in enumerate(quotes) if one.mine and _agrees(one)), default=-1)
    asked = [n for n, one in enumerate(quotes) if _asks(one.sentences)]
    if not any(one.mine for one in quotes) or any(n > agreed for n in asked):
        return False
    if any(n > agreed for n, one in enumerate(quotes) if not one.mine):
        return False
    have = set().union(*(_roots(one.words) for one in quotes))
    if not _told(sentence) <= have:
        return False
    if any(map(_negates, quotes)) != bool(_NEGATION.search(sentence)):
        return False
    people = [_people_in(one) for one in quotes]
    if not _people_in(Quoted(sentence, sentence, mine=True)).keys() <= set().union(*people):
        return False
    leading = {min(found, key=lambda who: found[who]) if found else None for found in people}
    return _leading_person(sentence) in leading


def _agrees(quote: Quoted) -> bool:
    return bool(_AGREEMENT.search(quote.sentences)) and not _negates(quote)


def _negates(quote: Quoted) -> bool:
    return bool(_NEGATION.search(quote.sentences))


def _asks(sentences: str) -> bool:
    return sentences.rstrip().endswith(("?", "？", "吗", "呢"))


def _people_in(quote: Quoted) -> dict[str, int]:
    """First, second and third person where they stand in the words; somebody else's "you" is the
    speaker's "I"."""
    first, second = (_FIRST, _SECOND) if quote.mine else (_SECOND, _FIRST)
    return {
        name: match.start()
        for name, pattern in (("first", first), ("second", second), ("third", _THIRD))
        if (match := pattern.search(quote.words))
    }


def _told(sentence: str) -> set[str]:
    # Once it tells of a life, its plain words count as well: "evening" for "morning" is a lie.
    return {
        word if is_han(word) else stem(word)
        for word in words(sentence.replace("’", "'"))
        if word not in STOP
    }


def _roots(text: str) -> set[str]:
    return {word if is_han(word) else stem(word) for word in words(text.replace("’", "'"))}


def _supports(own: str, sentence: str, told: set[str]) -> bool:
    if not told <= _roots(own):
        return False
    if bool(_NEGATION.search(own)) != bool(_NEGATION.search(sentence)):
        return False
    for person in (_FIRST, _SECOND, _THIRD):
        if person.search(sentence) and not person.search(own):
            return False
    # "She taught me" is not "I taught her".
    return _leading_person(own) == _leading_person(sentence)


def _leading_person(text: str) -> str | None:
    places = {
        name: match.start()
        for name, pattern in (("first", _FIRST), ("second", _SECOND), ("third", _THIRD))
        if (match := pattern.search(text))
    }
    return min(places, key=lambda name: places[name]) if places else None


async def nearest_support(
    sentence: str, candidates: Sequence[Support], embed: Embedder, floor: float
) -> Support | None:
    """The support that means what ``sentence`` means, or None. ``floor`` is the cosine of
    unrelated sentences (queries). Without an embedder nothing is near enough."""
    if not candidates:
        return None
    try:
        vectors = np.asarray(
            await embed.embed(
                [sentence, *(one.own.text for one in candidates)], role=EmbedRole.QUERY
            )
        )
    except EngineError:
        return None
    near = (vectors[1:] @ vectors[0] - floor) / max(1e-6, 1.0 - floor)
    best = int(np.argmax(near))
    return candidates[best] if float(near[best]) >= SUPPORT else None

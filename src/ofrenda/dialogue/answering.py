"""Whether words that were found answer the question that was asked: all of it, of the right people,
with the kind of thing it asks for."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from ofrenda.dialogue.asked import Asked, understand
from ofrenda.dialogue.bars import ACROSS, FEW_HOLD, HELD, SAME_QUESTION
from ofrenda.dialogue.kinds import asks_of_now, kind_held, kinds_of, wants_kind
from ofrenda.dialogue.lines import Own, sentences_of
from ofrenda.dialogue.markers import asks_otherwise
from ofrenda.dialogue.sought import met_beside, unmet
from ofrenda.dialogue.wanted import about_caller, heavy, speaks_to_caller
from ofrenda.memory import Hit
from ofrenda.memory.words import content_words, kin_of, without_address

# A capital letter inside a sentence; "I", and the days of the week, are no names.
_NAME: Final = re.compile(
    r"(?<=[a-z,] )(?!(?:I|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:days?)?\b)[A-Z][a-z]+"
)
_NAMED_HERE: Final = re.compile(r"[《「“\"\d]|[老小阿][\u4e00-\u9fff](?![\u4e00-\u9fff]?候)")


def common_words(asked: Asked, hits: Sequence[Hit]) -> frozenset[str]:
    """The words asked for that many different passages hold: sharing one of them says little."""
    held: dict[str, set[str]] = {word: set() for word in heavy(asked.text)}
    for hit in hits:
        for word in held.keys() & content_words(hit.passage.text).keys():
            held[word].add(hit.passage.text)
    return frozenset(word for word, texts in held.items() if len(texts) > FEW_HOLD)


def speaks_to(asked: Asked, hit: Hit, sentence: str) -> bool:
    """Whether ``sentence``, said with the words of ``hit``, answers what is asked: all that is
    asked for is spoken of there, with every name, and the sentence itself holds the time, the
    place, the person or the number."""
    told = [
        own
        for part in hit.passage.parts
        for own in sentences_of(hit.passage.id, part, hit.passage.language)
    ]
    return (
        not missing_from(asked, hit, told)
        and names_held(asked, hit, told)
        and kind_held(asked.text, sentence)
        and not asks_otherwise(asked.text, sentence, hit.passage.cue or "")
        and not hit.other_kin
        and (not about_caller(asked.text) or speaks_to_caller(sentence))
    )


def another_question(asked: Asked, hit: Hit, lines: Sequence[Own]) -> bool:
    """Whether ``lines``, though they hold the words that are asked for, answer something else."""
    text = " ".join(own.text for own in lines)
    cue = hit.passage.cue or ""
    if hit.cue_match >= SAME_QUESTION:
        return False
    return asks_otherwise(asked.text, text, cue) or not _kept_together(asked, cue, lines)


def _kept_together(asked: Asked, cue: str, lines: Sequence[Own]) -> bool:
    """Whether one sentence holds both what is asked for by its form and what is asked of it: a
    name in the one and "paid" in the other is nobody who paid. What the cue asked need not be
    said again."""
    return (
        not wants_kind(asked.text)
        or (cue != "" and met_beside(asked.text, cue))
        or any(
            kind_held(asked.text, one.text) and met_beside(asked.text, one.text) for one in lines
        )
    )


def missing_from(asked: Asked, hit: Hit, told: Sequence[Own]) -> frozenset[str]:
    """What is asked for and neither stood in what was replied to, nor in the title, nor in it."""
    pieces = [hit.passage.cue or "", *hit.titled, *hit.cued, *(own.text for own in told)]
    return unmet(asked.text, " \n".join(pieces), hit.passage.said_local)


def kind_answered(asked: Asked, hit: Hit, told: list[Own]) -> bool:
    """Whether it holds such an answer (a time, a number, a place), or answered nearly the same
    question: an answer may leave out what its question held."""
    if kind_held(asked.text, " ".join(own.text for own in told)):
        return True
    return (
        kinds_of(asked.text) <= kinds_of(hit.passage.cue or "")
        and hit.cue_covered >= HELD
        and not asks_of_now(asked.text)
    )


def names_held(asked: Asked, hit: Hit, told: list[Own]) -> bool:
    """Whether every name in the question is in the words that were found: what he did when one
    child was born is no answer about another."""
    found = f"{hit.passage.cue or ''} {' '.join(own.text for own in told)}".casefold()
    return hit.both_overlap >= 0.99 or all(
        name.casefold() in found for name in _NAME.findall(without_address(asked.text))
    )


def same_across(asked: Asked, hit: Hit) -> bool:
    """Whether ``hit`` answered the same question in the other language. Words cannot be compared,
    so meaning decides, where both ask for the same kind of answer, of the same relatives, and no
    name stands in either that the other may lack."""
    cue = hit.passage.cue
    return (
        cue is not None
        and hit.cue_match >= ACROSS
        and understand(cue, hit.passage.language).factual
        and kinds_of(asked.text) == kinds_of(cue)
        and kin_of(without_address(asked.text)) == kin_of(without_address(cue))
        and not (_NAME.search(cue) or _NAMED_HERE.search(f"{asked.text} {cue}"))
    )

"""What may be offered where nothing answers: the person's own words about what was asked after.

It is never given as the answer: the life says first that it does not remember. Only what is surely
about the same subject is offered, as a true line about something else would be no kindness.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final

from ofrenda.dialogue import everyday
from ofrenda.dialogue.answering import common_words, names_held
from ofrenda.dialogue.asked import Asked
from ofrenda.dialogue.bars import RARE_MATCH
from ofrenda.dialogue.lines import Own, sentences_of
from ofrenda.dialogue.own_words import sayable, window_of
from ofrenda.dialogue.wanted import heavy, points_back
from ofrenda.memory import Hit
from ofrenda.memory.words import content_words, holds_word, is_han, without_address, words
from ofrenda.persona import Manner
from ofrenda.types import Sentence

LEAST_HELD: Final = 0.34
"""Share of the heavy words asked for that what is offered must hold: one in three, where a question
says one thing of its subject and asks another (chosen on the families ``wide_fit``)."""

_DETERMINED: Final = re.compile(
    r"\b(?:the|an?|my|your|our|that|this|his|her|their)\s+"
    r"((?:(?!(?:the|an?|my|your|our|of|in|at|on)\b)[\w'-]+\s+){0,2}[\w'-]+)",
    re.IGNORECASE,
)


def offered(
    asked: Asked,
    hits: Sequence[Hit],
    manner: Manner,
    *,
    already: Collection[str],
    others: Collection[str],
) -> list[Sentence]:
    """What the person did say or write about the subject of ``asked``, after a sentence that says
    that it is only that; empty where nothing is surely about it, for whatever is no question of
    fact, and on a protected topic."""
    if not asked.factual or asked.topic is not None or points_back(asked.text):
        return []
    best: tuple[float, Hit, list[Own]] | None = None
    common = common_words(asked, hits)
    for hit in hits:
        passage = hit.passage
        if not passage.own or passage.language != asked.language or hit.other_kin:
            continue
        told = [
            own
            for part in passage.parts
            for own in sentences_of(passage.id, part, passage.language)
        ]
        lines = window_of(asked, hit, told, manner.called)
        if not lines or not _about(asked, hit, told, common):
            continue
        fit = hit.both_overlap + hit.cue_match + hit.text_match
        if (best is None or fit > best[0]) and sayable(
            asked, hit, lines, already=already, others=others
        ):
            best = fit, hit, lines
    if best is None:
        return []
    _, hit, lines = best
    key = "wrote_near" if hit.passage.kind == "writing" else "said_near"
    frame = everyday.plain(key, manner, asked.language, already=already)
    return [frame, *(own.sentence() for own in lines)]


def _about(asked: Asked, hit: Hit, told: list[Own], common: frozenset[str]) -> bool:
    """Whether what was found is about the subject of the question: it holds every name, the last
    thing that the question speaks of, and a word that few passages hold."""
    text = "\n".join([hit.passage.cue or "", *hit.titled, *hit.cued, *(own.text for own in told)])
    have = content_words(text)
    asked_for = heavy(asked.text)
    held = frozenset(word for word in asked_for if holds_word(word, have, text))
    return (
        bool(held)
        and len(held) >= LEAST_HELD * len(asked_for)
        and (bool(held - common) or hit.text_match >= RARE_MATCH)
        and (len(held) > 1 or max(hit.text_match, hit.cue_match) >= RARE_MATCH)
        and names_held(asked, hit, told)
        and all(holds_word(word, have, text) for word in _subject(asked.text))
    )


def _subject(question: str) -> frozenset[str]:
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

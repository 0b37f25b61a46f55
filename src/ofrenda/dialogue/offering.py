"""What may be offered where nothing answers: the person's own words about what was asked after.

It is never given as the answer: the life says first that it does not remember. Only what is surely
about the same subject is offered, as a true line about something else would be no kindness.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from ofrenda.dialogue import everyday
from ofrenda.dialogue.answering import common_words, names_held
from ofrenda.dialogue.asked import Asked
from ofrenda.dialogue.bars import RARE_MATCH
from ofrenda.dialogue.lines import Own, sentences_of
from ofrenda.dialogue.own_words import sayable, window_of
from ofrenda.dialogue.wanted import heavy, points_back, subject_of
from ofrenda.memory import Hit
from ofrenda.memory.words import content_words, holds_word
from ofrenda.persona import Manner
from ofrenda.types import Sentence

LEAST_HELD: Final = 0.34
"""Share of the heavy words asked for that what is offered must hold: one in three, where a question
says one thing of its subject and asks another (chosen on the families ``wide_fit``)."""


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
        and all(holds_word(word, have, text) for word in subject_of(asked.text))
    )

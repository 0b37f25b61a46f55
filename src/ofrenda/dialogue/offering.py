"""What may be offered where nothing answers: the person's own words about what was asked after.

It is never given as the answer: the life says first that it does not remember. Only what is surely
about the same subject is offered, as a true line about something else would be no kindness. It is
surely so by its words, or where recall puts it far before all else that the person said.
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
from ofrenda.dialogue.own_words import ceremonial, sayable, window_of
from ofrenda.dialogue.wanted import heavy, points_back, subject_of
from ofrenda.memory import Hit
from ofrenda.memory.words import content_words, holds_word, without_address
from ofrenda.persona import Manner
from ofrenda.types import Sentence

LEAST_HELD: Final = 0.34
"""Share of the heavy words asked for that what is offered must hold: one in three, where a question
says one thing of its subject and asks another (chosen on the families ``wide_fit``)."""

LEAD: Final = 0.3
"""How far recall must rank a passage before the next to be about the subject whatever its words
(see :class:`ofrenda.memory.ranking.Weights`: about one rare word found there and not here)."""
NEARER: Final = 0.05
"""... and how much nearer in meaning to the question than every other it must be, on the scale of
:class:`ofrenda.memory.nearness.Nearness`."""
LIKE: Final = 0.5
"""Or how near in meaning to the question what it replied to must be ..."""
LIKER: Final = 0.2
"""... and by how much nearer than every other.

The first two were chosen on the families ``tuning`` and ``wide_fit`` alone: on their questions, on
300 more that name the subject and put the rest in other words (94 in 100 are offered the right
passage, where the words alone offer 67), and on the same with the right passage taken out of what
was found (5 in 100 are then offered another, 8 in 100 of the families' own questions). What
concerns the cue was added after a look at the invented family of tests/dialogue."""
AHEAD: Final = 3.0
"""More than the words can weigh: where recall is sure, what it found is offered."""

# People as Chinese calls them: the segmenter need not know them for names.
_CALLED: Final = re.compile(
    r"[老小阿](?![时是家人师板实婆公虎孩学心说伙去来了的])[\u4e00-\u9fff]"
    r"|[\u4e00-\u9fff](?:老师|师傅|大夫|医生|阿姨|太太|先生)"
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
    ahead = _far_ahead(asked, hits)
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
        if not lines or (passage.kind != "writing" and ceremonial(lines)):
            continue
        if not (
            (hit is ahead and _names_held(asked, hit, told)) or _about(asked, hit, told, common)
        ):
            continue
        fit = AHEAD * (hit is ahead) + hit.both_overlap + hit.cue_match + hit.text_match
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


def _far_ahead(asked: Asked, hits: Sequence[Hit]) -> Hit | None:
    """The passage that is about the subject though it may say so in other words: recall ranks it
    far before every other, and none is as near in meaning; or it replied to nearly that question,
    and no other did."""
    own = [hit for hit in hits if hit.passage.own and hit.passage.language == asked.language]
    if not own:
        return None
    first = own[0]
    others = [hit for hit in own[1:] if not _same(first, hit)]
    lead = first.score - max((hit.score for hit in others), default=0.0)
    nearer = first.text_match - max((hit.text_match for hit in others), default=0.0)
    liker = first.cue_match - max((hit.cue_match for hit in others), default=0.0)
    like = first.cue_match >= LIKE and liker >= LIKER
    return first if like or (lead >= LEAD and nearer >= NEARER) else None


def _same(first: Hit, other: Hit) -> bool:
    """Whether both are the same words, or pieces of one text."""
    sources = {(part.source.kind, part.source.id) for part in first.passage.parts}
    return first.passage.text == other.passage.text or any(
        (part.source.kind, part.source.id) in sources for part in other.passage.parts
    )


def _names_held(asked: Asked, hit: Hit, told: list[Own]) -> bool:
    found = f"{hit.passage.cue or ''} {' '.join(own.text for own in told)}"
    return names_held(asked, hit, told) and all(
        name in found for name in _CALLED.findall(without_address(asked.text))
    )


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

"""What is likely to be said in the next calls, so that it can be made into sound beforehand.

Only what the life says word for word can be foreseen: its everyday lines, that it does not know,
and the person's own sentences. What a model will make cannot, and is not tried.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from ofrenda.dialogue import everyday
from ofrenda.dialogue.conversation import as_corrected, manner_with, names_of_others
from ofrenda.dialogue.feeling import set_in_its_time
from ofrenda.dialogue.fitness import says_something, unfit_now
from ofrenda.dialogue.lines import sentences_of
from ofrenda.dialogue.speech import moods_for
from ofrenda.memory import Passage, own_passages
from ofrenda.orders import planted
from ofrenda.persona import Correction, Habit, Manner, corrections
from ofrenda.types import LANGUAGES, Member, Sentence
from ofrenda.vault import Life

MOST_PASSAGES = 2_000
"""Passages of each kind that are looked at, newest first."""
_KINDS = ("reply", "writing", "statement")
"""What answers most often comes first: a reply was an answer once already."""


def foreseen(life: Life, listener: Member) -> list[Sentence]:
    """What may be said to ``listener`` word for word, each with the mood it is said in, likeliest
    first and without repetition.

    Everyday lines in every mood that they are said in; the first sentence of each passage, as a
    reply begins with it; then the rest of the passages."""
    held = corrections(life, listener)
    manner = manner_with(life, listener)
    others = names_of_others(life, listener)
    everyday_lines = [*_plain(life, manner), *_habitual(manner, others)]
    passages = _passages(life, listener)
    ordered = [
        *_moods(everyday_lines, held, first=True),
        *_moods((one[0] for one in passages), held, first=True),
        *_moods(everyday_lines, held, first=False),
        *_moods((later for one in passages for later in one[1:]), held, first=True),
    ]
    return list({(one.spoken, one.language, one.mood): one for one in ordered}.values())


def beginnings(life: Life, listener: Member) -> list[Sentence]:
    """Of what may be said to ``listener``, the first sentence of each passage."""
    first = (one[0] for one in _passages(life, listener))
    return list(_moods(first, corrections(life, listener), first=True))


def _passages(life: Life, listener: Member) -> list[list[Sentence]]:
    """What of each passage can be said, where anything can."""
    told = (
        _sentences(passage)
        for kind in _KINDS
        for passage in own_passages(life, listener, kinds=(kind,), limit=MOST_PASSAGES)
    )
    return [one for one in told if one]


def _plain(life: Life, manner: Manner) -> Iterator[Sentence]:
    """The lines that claim nothing, and those that say that something is not known."""
    languages = [one for one in life.person().languages if one in LANGUAGES] or ["en"]
    for language in languages:
        for key in (*Habit, "again", "advice", "said_near", "wrote_near"):
            yield from everyday.all_plain(key, manner, language)


def _habitual(manner: Manner, others: Sequence[str]) -> Iterator[Sentence]:
    for habit in Habit:
        yield from everyday.all_everyday(habit, manner, others=others)


def _sentences(passage: Passage) -> list[Sentence]:
    """What of a passage can be said: its sentences up to the first that cannot."""
    said: list[Sentence] = []
    for part in passage.parts:
        for own in sentences_of(passage.id, part, passage.language):
            unfit = passage.kind != "writing" and unfit_now(own.text)
            if unfit or planted(own.text) or (not said and not says_something(own.text)):
                return said
            said.append(own.sentence())
    return said


def _moods(
    sentences: Iterable[Sentence], held: list[Correction], *, first: bool
) -> Iterator[Sentence]:
    """Each sentence as it is said: set right, set in its time, and in its likeliest mood, or in
    its other moods where not ``first``."""
    for sentence in sentences:
        kept = as_corrected(sentence, held)
        if kept is None:
            continue
        framed = set_in_its_time(kept)
        if framed is not None and first:
            yield framed
        moods = moods_for(kept)
        for mood in moods[:1] if first else moods[1:]:
            yield replace(kept, mood=mood)

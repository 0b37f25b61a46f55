"""Greetings, goodbyes, comfort, "I don't remember": the person's lines for everyday turns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from ofrenda.care.protected import names_protected
from ofrenda.dialogue.asked import Asked, Doing, understand
from ofrenda.dialogue.fitness import addresses_another, general, unfit_now
from ofrenda.dialogue.lexicon import plain_words
from ofrenda.dialogue.lines import CUT_WORDS, word_count
from ofrenda.dialogue.speech import mood_of, spoken
from ofrenda.dialogue.wanted import heavy
from ofrenda.memory.script import sentences
from ofrenda.memory.words import content_words
from ofrenda.persona import Habit, Line, Manner, habits_of
from ofrenda.types import Provenance, Sentence

LONGEST = 14
"""Words of an everyday line; longer ones are about something of their day."""
_TIMES: Final = frozenset({"ago", "long", "before", "很久", "早就"})


def everyday(
    habit: Habit,
    manner: Manner,
    asked: Asked,
    *,
    already: Collection[str],
    others: Collection[str],
) -> Sentence | None:
    """A real line of the person's with that habit which could be said at any moment; the one that
    shares most with what was said, newest first. None when there is none left."""
    best: tuple[float, Sentence] | None = None
    for line in manner.lines[habit]:
        for text in _pieces(line.text, habit):
            if not _fits(text, habit, line, asked, already, others, manner.called):
                continue
            score = _nearness(text, asked) + (0.5 if line.to_listener else 0.0)
            if best is None or score > best[0]:
                best = score, _said(text, line, habit)
    return best[1] if best is not None else None


def all_everyday(habit: Habit, manner: Manner, *, others: Collection[str]) -> list[Sentence]:
    """Every real line with that habit that could be said, whatever the moment is."""
    return [
        _said(text, line, habit)
        for line in manner.lines[habit]
        for text in _pieces(line.text, habit)
        if _fits(text, habit, line, understand("", line.language), (), others, manner.called)
    ]


def _pieces(text: str, habit: Habit) -> list[str]:
    # "Good night." stands on its own wherever it was said. Comfort cut out of its moment ("Eat
    # first.") is an order from nowhere: it is said as a whole, or with enough of it to be heard.
    cut = sentences(text)
    if habit is not Habit.COMFORT or len(cut) < 2:
        return cut
    return [text, *(one for one in cut if word_count(one) >= CUT_WORDS)]


def _fits(
    text: str,
    habit: Habit,
    line: Line,
    asked: Asked,
    already: Collection[str],
    others: Collection[str],
    called: str | None,
) -> bool:
    return (
        text not in already
        and habit in habits_of(text)
        and line.language == asked.language
        and 1 <= word_count(text) <= LONGEST
        and bool(spoken(text))
        and not unfit_now(text)
        and names_protected(text) is None
        and general(text, called)
        and not addresses_another(text, others)
        # A question back is fine after a greeting; as comfort or goodbye it asks about its own day.
        and (habit is Habit.GREETING or habit is Habit.LISTENING or not text.endswith(("?", "？")))
        and not (habit is Habit.UNKNOWN and _about_something(text))
        and not (habit in (Habit.COMFORT, Habit.GREETING) and _elsewhere(text, asked))
    )


def _about_something(text: str) -> bool:
    # "I don't know where the keys are" is about keys; "no idea lah, so long ago" is about anything.
    return bool(heavy(text) - plain_words() - _TIMES)


def _elsewhere(text: str, asked: Asked) -> bool:
    # "Bosses look smaller after soup" comforts after a day at work, and nobody after a funeral;
    # "Good morning from an empty kitchen" greets from a place.
    subject = heavy(text) - plain_words()
    return bool(subject) and len(subject - heavy(asked.text)) > 1


def _nearness(text: str, asked: Asked) -> float:
    said = content_words(text)
    shared = sum(weight for word, weight in asked.wanted.items() if word in said)
    return shared / (1.0 + sum(asked.wanted.values()))


def _said(text: str, line: Line, habit: Habit) -> Sentence:
    # "I don't remember", in the person's own words, is still the life saying that it does not know.
    provenance = Provenance.UNKNOWN if habit is Habit.UNKNOWN else Provenance.OWN_WORDS
    return Sentence(
        text=text,
        spoken=spoken(text),
        language=line.language,
        provenance=provenance,
        sources=(line.source,),
        mood=mood_of(text),
    )


def plain(key: Habit | str, manner: Manner, language: str, *, already: Collection[str]) -> Sentence:
    """A sentence that claims nothing, in turn, so that none comes twice in a row."""
    lines: Sequence[str] = manner.plain(key, language)
    text = next((line for line in lines if line not in already), None)
    if text is None:
        # All used in this call: begin again with the one that was said longest ago.
        text = lines[len(already) % len(lines)]
    return _claims_nothing(text, key, language)


def all_plain(key: Habit | str, manner: Manner, language: str) -> list[Sentence]:
    """Every sentence that :func:`plain` can give."""
    return [_claims_nothing(text, key, language) for text in manner.plain(key, language)]


def _claims_nothing(text: str, key: Habit | str, language: str) -> Sentence:
    unknown = key in (Habit.UNKNOWN, "advice", "said_near", "wrote_near")
    return Sentence(
        text=text,
        spoken=text,
        language=language,
        provenance=Provenance.UNKNOWN if unknown else Provenance.IN_CHARACTER,
        mood=mood_of(text),
    )


def not_known(asked: Asked, manner: Manner, *, already: Collection[str]) -> Sentence:
    """That the answer is not known: to a question of fact as not remembered, in the person's own
    manner where they had one; to a wish for counsel as having none."""
    if asked.doing is Doing.ADVICE:
        return plain("advice", manner, asked.language, already=already)
    own = everyday(Habit.UNKNOWN, manner, asked, already=already, others=())
    return own or plain(Habit.UNKNOWN, manner, asked.language, already=already)

"""Own words first: a line the person really wrote, when it answers what was said."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ofrenda.dialogue.asked import Asked, Doing
from ofrenda.dialogue.fitness import (
    addresses_another,
    general,
    referent_lost,
    says_something,
    unfit_now,
)
from ofrenda.dialogue.speech import mood_of, spoken
from ofrenda.memory import Hit, Part
from ofrenda.memory.script import han_count, language_of, sentence_spans
from ofrenda.memory.words import covered, without_address
from ofrenda.persona import Habit, habits_of
from ofrenda.types import Provenance, Sentence, SourceRef

MOST_SENTENCES: Final = 3
MOST_WORDS: Final = 40
"""Words (1.5 Han characters count as one) of one reply in own words: about 15 seconds of speech."""

EXCERPT: Final = 300

# A capital letter inside a sentence; "I", and the days of the week, are no names.
_NAME: Final = re.compile(
    r"(?<=[a-z,] )(?!(?:I|Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)(?:days?)?\b)[A-Z][a-z]+"
)
_WHEN: Final = re.compile(
    r"\b(?:when\s+(?:did|was|were|is|are|do|does)|what\s+year|which\s+year|how\s+old"
    r"|what\s+date|how\s+long)\b|什么时候|哪(?:一)?年|几岁|几号|多久|多大",
    re.IGNORECASE,
)
_TIME: Final = re.compile(
    r"\d|\b(?:year|month|day|week|ago|since|young|child|school|twenty|thirty|forty|fifty|teen\w*)s?\b"
    r"|年|月|日|天|岁|时候|小时|[一二三四五六七八九十]",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bars:
    """How well a line must fit. ``match`` is meaning on Recall's scale (0 unrelated, 1 the same),
    ``share`` the weighted share of the content words asked for."""

    match: float
    share: float


# Chosen on the tuning half of the invented family archive of tests/dialogue with the embedded
# embedder, and mended once after the second half was seen; tests/dialogue/test_own_words.py prints
# both, and a third set written later. A question is answered by the reply to a like question.
# Questions one word away from one that was answered ("learn to drive" for "learn to swim") lie at
# a match of 0.49 to 0.64 with a share of up to 0.67, and at 0.79 with 0.5 (another relative): the
# bars pass above them.
QUESTION_CUE: Final = (Bars(0.40, 0.85), Bars(0.60, 0.72), Bars(0.82, 0.38))
# Where all that was asked then is asked now, what more is asked now is mostly how it is put ("at
# what age did you marry", "how old were you when you got married").
QUESTION_CUE_HELD: Final = (Bars(0.45, 0.45),)
# ... or by sentences that speak of nearly all that is asked: one word in three missing is what a
# question about something else looks like.
QUESTION_TEXT: Final = (Bars(0.0, 0.78),)
VERBATIM: Final = (Bars(0.0, 0.99),)
"""On a protected topic."""
SPREAD: Final = 0.1
"""What the share is lowered by where a written passage holds it only as a whole."""
_CEREMONIES: Final = frozenset(
    {Habit.GREETING, Habit.GOODBYE, Habit.GOODNIGHT, Habit.LOVE, Habit.MISSING, Habit.THANKS}
)
FEWEST_SHARED: Final = 2
"""Content words that a sentence found by its text alone must share with the question."""
# Something told is answered by what the person replied at a like moment, more loosely when the
# line would do at many moments.
TELLING_CUE: Final = (Bars(0.55, 0.25), Bars(0.65, 0.0))
TELLING_CUE_GENERAL: Final = (Bars(0.45, 0.25), Bars(0.52, 0.0))


@dataclass(frozen=True, slots=True)
class Own:
    """One sentence of the person's, and the passage it stands in."""

    passage_id: int
    text: str
    source: SourceRef
    language: str

    def sentence(
        self, provenance: Provenance = Provenance.OWN_WORDS, language: str | None = None
    ) -> Sentence:
        """It, ready to be said."""
        return Sentence(
            text=self.text,
            spoken=spoken(self.text),
            language=language or self.language,
            provenance=provenance,
            sources=(self.source,),
            mood=mood_of(self.text),
        )


def answer(
    asked: Asked,
    hits: Sequence[Hit],
    *,
    already: Collection[str],
    others: Collection[str],
    called: str | None = None,
) -> list[Own]:
    """The person's own answer, one to three whole sentences of one passage; empty when none fits.

    ``already``: sentences spoken in this call, not to be repeated. ``others``: names of the other
    members, whose lines are not said to this one; ``called``: this listener's. On a protected
    topic only a passage that speaks to all that was asked is an answer.
    """
    best: tuple[float, list[Own]] | None = None
    for hit in hits:
        if not hit.passage.own or hit.passage.language != asked.language:
            continue
        told = [
            own
            for part in hit.passage.parts
            for own in sentences_of(hit.passage.id, part, asked.language)
        ]
        for fit, lines in _fits(asked, hit, told, called):
            if (best is None or fit > best[0]) and _sayable(
                asked, hit, lines, already=already, others=others
            ):
                best = fit, lines
    return best[1] if best is not None else []


def _fits(
    asked: Asked, hit: Hit, told: list[Own], called: str | None
) -> Iterator[tuple[float, list[Own]]]:
    """How well pieces of ``hit`` answer, and which: as the reply to a like moment, or because they
    speak of what was asked."""
    if not told:
        return
    questioning = asked.doing in (Doing.QUESTION, Doing.ADVICE) or asked.topic is not None
    reply = hit.passage.kind == "reply" and asked.topic is None and not hit.other_kin
    if questioning:
        like = QUESTION_CUE + (QUESTION_CUE_HELD if hit.cue_covered >= 0.95 else ())
        if reply and _over(like, hit.cue_match, hit.both_overlap) and _names_held(asked, hit, told):
            yield 0.5 + hit.cue_match + 0.6 * hit.both_overlap, _shortened(told)
        # Everything that a protected question asks for stands in the words themselves, or nothing
        # is said.
        bars = VERBATIM if asked.topic is not None else QUESTION_TEXT
        start, share = _where(asked, told)
        if hit.passage.kind == "writing":
            share = max(share, hit.text_overlap - SPREAD)
        whole = _shortened(told)
        # A short passage is said whole: its first sentence often holds the very answer.
        window = whole if len(whole) == len(told) else _shortened(told[start:])
        if (
            _over(bars, hit.text_match, share)
            and _shared(asked, window) >= FEWEST_SHARED
            and _tells_when(asked, window)
            and not (hit.passage.kind != "writing" and _ceremonial(window))
        ):
            yield hit.text_match + share, window
    elif reply:
        loose = general(hit.passage.text, called)
        if _over(TELLING_CUE_GENERAL if loose else TELLING_CUE, hit.cue_match, hit.cue_overlap):
            yield hit.cue_match + 0.6 * hit.both_overlap, _shortened(told)


def _names_held(asked: Asked, hit: Hit, told: list[Own]) -> bool:
    """Whether every name in the question is in the words that were found: what he did when one
    child was born is no answer about another."""
    found = f"{hit.passage.cue or ''} {' '.join(own.text for own in told)}".casefold()
    return hit.both_overlap >= 0.99 or all(
        name.casefold() in found for name in _NAME.findall(without_address(asked.text))
    )


def _over(bars: Sequence[Bars], match: float, share: float) -> bool:
    return any(match >= bar.match and share >= bar.share for bar in bars)


def _where(asked: Asked, told: list[Own]) -> tuple[int, float]:
    """The sentence to begin with, and the share of what was asked that it and the next hold. One
    that points back begins with the sentence before it."""
    shares = [
        covered(asked.wanted, " ".join(own.text for own in told[place : place + 2]))
        for place in range(len(told))
    ]
    alone = [covered(asked.wanted, own.text) for own in told]
    start = max(range(len(told)), key=lambda place: (shares[place], alone[place]))
    share = shares[start]
    if start > 0 and referent_lost(told[start].text):
        start -= 1
    return start, share


def _shared(asked: Asked, lines: list[Own]) -> float:
    have = " ".join(own.text for own in lines)
    return sum(asked.wanted.values()) * covered(asked.wanted, have)


def _tells_when(asked: Asked, lines: list[Own]) -> bool:
    return not _WHEN.search(asked.text) or bool(_TIME.search(" ".join(own.text for own in lines)))


def _ceremonial(lines: list[Own]) -> bool:
    # "Night night, sweet dreams" shares words with a question about dreams, and answers nothing.
    return all(habits_of(own.text) & _CEREMONIES for own in lines)


def _shortened(told: list[Own]) -> list[Own]:
    chosen: list[Own] = []
    length = 0.0
    for own in told[:MOST_SENTENCES]:
        length += word_count(own.text)
        if chosen and length > MOST_WORDS:
            break
        chosen.append(own)
    return chosen


def _sayable(
    asked: Asked,
    hit: Hit,
    lines: list[Own],
    *,
    already: Collection[str],
    others: Collection[str],
) -> bool:
    """Whether all of ``lines`` can be said now: a piece left out could turn the sense around."""
    passage = hit.passage
    written = passage.kind == "writing"
    return (
        all(
            own.text not in already
            and (written or not unfit_now(own.text))
            and (passage.to_member is not None or not addresses_another(own.text, others))
            for own in lines
        )
        and any(says_something(own.text) for own in lines)
        # "No idea, so long ago" is an answer to its own question, and found again by everyday.
        and not (
            asked.factual and Habit.UNKNOWN in habits_of(lines[0].text) and hit.cue_match < 0.8
        )
    )


def sentences_of(passage_id: int, part: Part, language: str) -> list[Own]:
    """The sentences of ``part`` that can be spoken, each with its own place in the source."""
    found = []
    for start, end in sentence_spans(part.text):
        text = part.text[start:end]
        if not spoken(text):
            continue
        source = part.source
        if len(part.text) > EXCERPT:
            excerpt = part.text[start : start + EXCERPT]
            source = SourceRef(source.kind, source.id, source.said_at, excerpt)
        found.append(Own(passage_id, text, source, language_of(text, language)))
    return found


def word_count(text: str) -> float:
    """Length of ``text`` in words; 1.5 Han characters count as one."""
    return han_count(text) / 1.5 + sum(
        1 for word in text.split() if any(c.isascii() and c.isalnum() for c in word)
    )

"""Own words first: a line the person really wrote, when it answers what was said."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final

from ofrenda.dialogue.answering import (
    another_question,
    common_words,
    kind_answered,
    missing_from,
    names_held,
    same_across,
)
from ofrenda.dialogue.asked import Asked, Doing, understand
from ofrenda.dialogue.bars import (
    ANSWERS,
    DEED,
    FEWEST_SHARED,
    HELD,
    LASTING,
    OTHER_LANGUAGE,
    QUESTION_CUE,
    QUESTION_CUE_HELD,
    QUESTION_TEXT,
    QUESTION_WRITING,
    RARE_MATCH,
    SAME_QUESTION,
    SPREAD,
    TELLING_CUE,
    TELLING_CUE_ALIKE,
    TELLING_CUE_GENERAL,
    TITLE_WORD,
    TITLED,
    VERBATIM,
    WRITTEN,
    Bars,
)
from ofrenda.dialogue.fitness import (
    addresses_another,
    general_throughout,
    referent_lost,
    says_something,
    unfit_now,
)
from ofrenda.dialogue.kinds import kind_held, wants_kind
from ofrenda.dialogue.lexicon import number_words
from ofrenda.dialogue.lines import Own, sentences_of, shortened, up_to_unfit
from ofrenda.dialogue.sought import unmet, weight_of
from ofrenda.dialogue.touched import out_of_place, told_another
from ofrenda.dialogue.wanted import (
    about_caller,
    clashes,
    deed_named,
    deed_of_another,
    heavy,
    introduces,
    lasting,
    points_back,
    reflective,
    same_deed,
    speaks_to_caller,
)
from ofrenda.memory import Hit
from ofrenda.memory.words import covered
from ofrenda.orders import planted
from ofrenda.persona import Habit, habits_of

_CEREMONIES: Final = frozenset(
    {Habit.GREETING, Habit.GOODBYE, Habit.GOODNIGHT, Habit.LOVE, Habit.MISSING, Habit.THANKS}
)


def answer(
    asked: Asked,
    hits: Sequence[Hit],
    *,
    already: Collection[str],
    others: Collection[str],
    called: str | None = None,
    languages: Collection[str] = (),
) -> list[Own]:
    """The person's own answer, one to three whole sentences of one passage; empty when none fits.

    ``already``: sentences spoken in this call, not to be repeated. ``others``: names of the other
    members, whose lines are not said to this one; ``called``: this listener's. ``languages``: what
    the person wrote to this listener in, for families that mix. On a protected topic only a
    passage that speaks to all that was asked is an answer.
    """
    if asked.factual and points_back(asked.text):
        return []
    best: tuple[float, list[Own]] | None = None
    common = common_words(asked, hits)
    for hit in hits:
        behind = 0.0 if hit.passage.language == asked.language else OTHER_LANGUAGE
        if not hit.passage.own or (behind and hit.passage.language not in languages):
            continue
        told = [
            own
            for part in hit.passage.parts
            for own in sentences_of(hit.passage.id, part, hit.passage.language)
        ]
        for fit, lines in _fits(asked, hit, told, called, common):
            if (best is None or fit - behind > best[0]) and sayable(
                asked, hit, lines, already=already, others=others
            ):
                best = fit - behind, lines
    return best[1] if best is not None else []


def _fits(
    asked: Asked, hit: Hit, told: list[Own], called: str | None, common: frozenset[str]
) -> Iterator[tuple[float, list[Own]]]:
    """How well pieces of ``hit`` answer, and which: as the reply to a like moment, or because they
    speak of what was asked."""
    if not told:
        return
    questioning = asked.doing in (Doing.QUESTION, Doing.ADVICE) or asked.topic is not None
    reply = hit.passage.kind == "reply" and asked.topic is None and not hit.other_kin
    now = told if hit.passage.kind == "writing" else up_to_unfit(told, called)
    if not now:
        return
    if questioning and hit.passage.language != asked.language:
        if reply and same_across(asked, hit):
            yield 0.5 + hit.cue_match, shortened(now)
    elif questioning:
        held = hit.cue_covered >= HELD and deed_named(
            asked.text, f"{hit.passage.cue or ''} {hit.passage.text}"
        )
        like: tuple[Bars, ...] = QUESTION_CUE + (QUESTION_CUE_HELD if held else ())
        missing = missing_from(asked, hit, now)
        if (
            reply
            and (not missing or hit.cue_match >= SAME_QUESTION)
            and kind_answered(asked, hit, now)
            and not another_question(asked, hit, shortened(now))
            and _over(
                like, hit.cue_match, max(hit.both_overlap, 1 - weight_of(missing, asked.wanted))
            )
            and names_held(asked, hit, now)
        ):
            yield 0.5 + hit.cue_match + 0.6 * hit.both_overlap, shortened(now)
        yield from _by_text(asked, hit, now, common)
    elif reply and (hit.passage.language == asked.language or asked.doing is Doing.DISTRESS):
        lines = shortened(now)
        loose = general_throughout([own.text for own in lines], called)
        bars: tuple[Bars, ...] = TELLING_CUE_GENERAL if loose else TELLING_CUE
        if loose and asked.doing is Doing.DISTRESS and _of_a_bad_moment(hit):
            bars += TELLING_CUE_ALIKE.get(asked.language, ())
        if _over(bars, hit.cue_match, hit.cue_overlap) and not any(
            clashes(asked.text, own.text) for own in lines
        ):
            yield hit.cue_match + 0.6 * hit.both_overlap, lines


def _of_a_bad_moment(hit: Hit) -> bool:
    cue = hit.passage.cue
    return cue is not None and understand(cue, hit.passage.language).doing is Doing.DISTRESS


def _by_text(
    asked: Asked, hit: Hit, told: list[Own], common: frozenset[str]
) -> Iterator[tuple[float, list[Own]]]:
    # Everything that a protected question asks for stands in the words themselves, or nothing
    # is said.
    writing = hit.passage.kind == "writing"
    bars = VERBATIM if asked.topic is not None else QUESTION_WRITING if writing else QUESTION_TEXT
    start, best, share = _where(asked, told, hit)
    if writing:
        share = max(share, hit.both_overlap - SPREAD)
    missing = missing_from(asked, hit, told)
    if missing and asked.topic is None:
        return
    if asked.topic is None:
        share = max(share, 1 - weight_of(missing, asked.wanted))
    window = _window(told, start, best)
    text = " ".join(own.text for own in window)
    deed = same_deed(asked.text, text) or introduces(asked.text, text)
    shared = sum(asked.wanted.values()) * (
        hit.both_overlap if asked.topic is None else covered(asked.wanted, text)
    )
    rare = hit.text_match >= RARE_MATCH and bool(heavy(asked.text) - common)
    # An essay on the clock answers what is asked of the clock, however often clocks are named.
    titled = writing and hit.text_match >= RARE_MATCH and hit.cue_overlap >= TITLED
    one = asked.topic is None and bool(heavy(asked.text) - number_words())
    enough = shared >= FEWEST_SHARED or (shared >= 1.0 and one and (deed or rare or titled))
    wise = reflective(asked.text) and any(lasting(own.text) for own in window)
    if (
        enough
        and (
            _over(bars, hit.text_match, share)
            or (titled and asked.topic is None and share >= TITLED)
        )
        and (asked.topic is None or _over(bars, hit.text_match, covered(asked.wanted, text)))
        and kind_held(asked.text, text)
        and (asked.topic is not None or not another_question(asked, hit, window))
        and names_held(asked, hit, told)
        and (not about_caller(asked.text) or speaks_to_caller(text))
        and (writing or not ceremonial(window))
        and not deed_of_another(asked.text, [own.text for own in window])
    ):
        more = DEED * deed + WRITTEN * writing + LASTING * wise
        yield hit.text_match + share + more, window


def window_of(asked: Asked, hit: Hit, told: list[Own], called: str | None) -> list[Own]:
    """The sentences of ``told`` that are nearest to what is asked, among those that can be said;
    empty where none can."""
    now = told if hit.passage.kind == "writing" else up_to_unfit(told, called)
    if not now:
        return []
    start, best, _ = _where(asked, now, hit)
    return _window(now, start, best)


def _window(told: list[Own], start: int, best: Own) -> list[Own]:
    whole = shortened(told)
    # A short passage is said whole: its first sentence often holds the very answer.
    window = whole if len(whole) == len(told) else shortened(told[start:])
    return window if best in window else shortened(told[told.index(best) :])


def _over(bars: Sequence[Bars], match: float, share: float) -> bool:
    return any(match >= bar.match and share >= bar.share for bar in bars)


def _where(asked: Asked, told: list[Own], hit: Hit) -> tuple[int, Own, float]:
    """Where to begin, the sentence that answers best, and the share of what was asked that it and
    the next hold. One that points back begins with the sentence before it."""
    titled = hit.titled  # what all of it is about
    about = " ".join([hit.passage.cue or "", *titled, *hit.cued])
    pairs = [" ".join(own.text for own in told[place : place + 2]) for place in range(len(told))]
    mark = {
        word: TITLE_WORD * weight if word in titled else weight
        for word, weight in asked.wanted.items()
    }
    deep = reflective(asked.text)

    def weight(place: int) -> tuple[float, float]:
        text = told[place].text
        met = sum(
            1
            - weight_of(unmet(asked.text, f"{about} \n{one}", hit.passage.said_local), asked.wanted)
            for one in (text, pairs[place])
        )
        answers = (
            same_deed(asked.text, text)
            or (deep and lasting(text))
            or introduces(asked.text, text)
            or (wants_kind(asked.text) and kind_held(asked.text, text))
        )
        return met + covered(mark, pairs[place]) + ANSWERS * answers, covered(mark, text)

    start = max(range(len(told)), key=weight)
    best = told[start]
    share = max(covered(asked.wanted, pair) for pair in pairs)
    while deep and start > 0 and lasting(told[start].text) and lasting(told[start - 1].text):
        start -= 1
    if start > 0 and referent_lost(told[start].text):
        start -= 1
    return start, best, share


def ceremonial(lines: list[Own]) -> bool:
    """Whether ``lines`` only greet, thank or wish well: "Night night, sweet dreams" shares words
    with a question about dreams, and says nothing of them."""
    return all(habits_of(own.text) & _CEREMONIES for own in lines)


def sayable(
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
            and not planted(own.text)
            and (written or not unfit_now(own.text))
            and (
                written or passage.to_member is not None or not addresses_another(own.text, others)
            )
            for own in lines
        )
        and any(says_something(own.text) for own in lines)
        and not out_of_place(asked, [own.text for own in lines])
        and not (written and passage.to_another and told_another(asked, [o.text for o in lines]))
        # "No idea, so long ago" is an answer to its own question, and found again by everyday.
        and not (
            asked.factual and Habit.UNKNOWN in habits_of(lines[0].text) and hit.cue_match < 0.8
        )
    )

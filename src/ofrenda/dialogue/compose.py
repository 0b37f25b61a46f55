"""From what was heard to what is said: care, own words, a guarded model, honest not-knowing with
what was said near it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Collection, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from ofrenda.care import before_reply, decline
from ofrenda.dialogue import everyday, prompt
from ofrenda.dialogue.answering import speaks_to
from ofrenda.dialogue.asked import SMALL_TALK, Asked, Doing, asks_for_love
from ofrenda.dialogue.chat import Answers, reply_alike
from ofrenda.dialogue.grounding import candidates_for_support, claims_nothing, nearest_support
from ofrenda.dialogue.offering import offered
from ofrenda.dialogue.own_words import answer
from ofrenda.dialogue.pieces import complete_sentences
from ofrenda.dialogue.recollect import told_before
from ofrenda.dialogue.speech import mood_of, spoken
from ofrenda.dialogue.touched import understand_meaning
from ofrenda.dialogue.trust import PATIENCE, coherent, may_speak, trust_of
from ofrenda.engines.protocols import Engines, Message
from ofrenda.errors import EngineError
from ofrenda.memory import Hit, Recall
from ofrenda.memory.told import Told
from ofrenda.persona import Habit, Manner
from ofrenda.types import Member, Person, Provenance, Sentence

MOST_BY_MODEL: Final = 3
"""Sentences of one reply that a model may make: talk, not an essay."""

SEARCHED: Final = 24
"""Passages weighed for one reply."""


@dataclass(frozen=True, slots=True)
class Setting:
    """All that a reply is made from: who, to whom, with what."""

    person: Person
    listener: Member
    manner: Manner
    others: tuple[str, ...]
    """Names of the other members: lines that address them are not for this one."""
    recall: Recall
    engines: Engines
    today: date | None = None
    told: tuple[Told, ...] = ()
    """What this listener told the life in earlier calls and letters, newest first."""
    answers: Answers | None = None
    """How the person answered this listener; None where that is not to be used."""


async def compose(
    setting: Setting,
    text: str,
    language: str,
    history: Sequence[Message],
    already: Collection[str],
) -> AsyncGenerator[Sentence, None]:
    """The reply to ``text``, at least one sentence, each as soon as it may be said."""
    house = before_reply(text, setting.person, language)
    if house is not None:
        for sentence in house:
            yield sentence
        return
    asked = await understand_meaning(text, language, setting.engines.embed)
    if setting.today is not None:
        before = told_before(asked, setting.told, setting.today, zone=setting.person.timezone)
        if before:
            for sentence in before:
                yield sentence
            return
    hits = await setting.recall.search(text, setting.listener, limit=SEARCHED, own=True)
    own = answer(
        asked,
        hits,
        already=already,
        others=setting.others,
        called=setting.manner.called,
        languages=setting.manner.languages,
    )
    if asked.topic is not None:
        for sentence in [one.sentence() for one in own] or decline(
            asked.topic, setting.person, language
        ):
            yield sentence
        return
    if asked.doing in SMALL_TALK and asked.doing is not Doing.DISTRESS:
        yield _ceremony(setting, asked, already)
        return
    if own:
        for one in own:
            yield one.sentence()
        return
    if setting.answers is not None:
        alike = await reply_alike(
            setting.answers,
            asked,
            hits,
            history,
            person=setting.person,
            already=already,
            others=setting.others,
            called=setting.manner.called,
        )
        for one in alike:
            yield one.sentence()
        if alike:
            return
    habit = Habit.COMFORT if asked.doing is Doing.DISTRESS else Habit.LISTENING
    if may_speak(trust_of(setting.engines.llm.capabilities), asked):
        said = 0
        async for sentence in _by_model(setting, asked, hits, history):
            said += 1
            yield sentence
        if said:
            return
    if asked.factual or asked.doing is Doing.ADVICE:
        yield everyday.not_known(asked, setting.manner, already=already)
        for sentence in offered(
            asked, hits, setting.manner, already=already, others=setting.others
        ):
            yield sentence
    else:
        yield _everyday(setting, habit, asked, already) or everyday.plain(
            habit, setting.manner, language, already=already
        )


def _ceremony(setting: Setting, asked: Asked, already: Collection[str]) -> Sentence:
    habit = SMALL_TALK[asked.doing]
    habits = [habit, Habit.LOVE] if habit is Habit.MISSING else [habit]
    languages = [asked.language]
    if Habit.LOVE in habits:
        # Nobody but the person can say this: better in the language they said it in than not.
        languages += [one for one in setting.manner.languages if one != asked.language]
    for language in languages:
        for one in habits:
            line = _everyday(setting, one, replace(asked, language=language), already)
            if line is not None:
                return line
    key = "loved" if habit is Habit.LOVE and asks_for_love(asked.text) else habit
    return everyday.plain(key, setting.manner, asked.language, already=already)


def _everyday(
    setting: Setting, habit: Habit, asked: Asked, already: Collection[str]
) -> Sentence | None:
    return everyday.everyday(habit, setting.manner, asked, already=already, others=setting.others)


async def _by_model(
    setting: Setting,
    asked: Asked,
    hits: Sequence[Hit],
    history: Sequence[Message],
) -> AsyncGenerator[Sentence, None]:
    """What the model says and may say. It ends quietly when the model fails or dawdles: there is
    always something honest to say instead."""
    request = prompt.build(
        setting.person,
        setting.listener,
        setting.manner,
        history,
        said=asked.text,
        hits=hits,
        today=setting.today,
    )
    loop = asyncio.get_running_loop()
    passed = 0
    stream = complete_sentences(setting.engines.llm.generate(request, max_tokens=72))
    try:
        async with aclosing(stream), asyncio.timeout(PATIENCE) as patience:
            async for text in stream:
                sentence = await checked(setting, asked, hits, text)
                if sentence is None:
                    continue
                passed += 1
                yield sentence
                if passed >= MOST_BY_MODEL:
                    return
                patience.reschedule(loop.time() + PATIENCE)
    except (EngineError, TimeoutError):
        return


async def checked(
    setting: Setting, asked: Asked, hits: Sequence[Hit], text: str, *, answering: bool = True
) -> Sentence | None:
    """``text`` of a model's as it may be said: supported by one of the person's own sentences, or
    claiming nothing; None when it is neither.

    With ``answering`` what supports it must also speak to all that is asked: a true line about
    something else would be taken for the answer."""
    if not spoken(text) or not coherent(text, asked):
        return None
    embed = setting.engines.embed
    nearness = setting.recall.nearness
    if answering and asked.factual:
        hits = [hit for hit in hits if speaks_to(asked, hit, text)]
    supports = candidates_for_support(text, hits, str(setting.listener.id))
    support = await nearest_support(text, supports, embed, nearness.cue_floor)
    if support is not None:
        return Sentence(
            text=text,
            spoken=spoken(text),
            language=asked.language,
            provenance=Provenance.REMEMBERED,
            sources=(support.own.source,),
            mood=mood_of(text),
        )
    if not claims_nothing(text, asked, setting.manner.called):
        return None
    return Sentence(
        text=text,
        spoken=spoken(text),
        language=asked.language,
        provenance=Provenance.IN_CHARACTER,
        mood=mood_of(text),
    )

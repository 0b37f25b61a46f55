"""Talk that asks for no fact, answered with what the person really replied at moments like it."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from ofrenda.dialogue.asked import Asked, Doing, understand
from ofrenda.dialogue.fitness import (
    addresses_another,
    general_throughout,
    says_something,
    unfit_now,
)
from ofrenda.dialogue.lines import Own, sentences_of, shortened, up_to_unfit
from ofrenda.dialogue.touched import out_of_place
from ofrenda.dialogue.wanted import clashes
from ofrenda.engines.protocols import Embedder, Message
from ofrenda.errors import EngineError
from ofrenda.memory import Hit, Passage, own_passages
from ofrenda.memory.answers import learn_answers, rank_replies
from ofrenda.memory.fitting import Fitting, Heard
from ofrenda.orders import planted
from ofrenda.persona import Habit, habits_of
from ofrenda.types import Member, Person
from ofrenda.vault import Life

ALIKE: Final = {"en": 0.3, "zh": 0.42}
"""How near (0 unrelated, 1 the same) what was said must be to what the line once replied to.
Unrelated short Chinese sentences reach 0.38."""
LEARNT_FROM: Final = 300
"""Exchanges that are learnt from in a call: well under a second beside what is being said."""
RIVALS: Final = 60
"""Other replies of theirs that a line is weighed against."""
AMONG_BEST: Final = 0.85
"""The share of those that it must fit better than: what fits no better than most fits by chance."""
_REMEMBERED: Final = 4
"""Messages of the talk that say what the moment is."""
_TALK: Final = frozenset({Doing.TELLING, Doing.DISTRESS})


@dataclass(slots=True)
class Answers:
    """How the person answered one listener: learnt when a call begins, or at the first need."""

    life: Life
    listener: Member
    embed: Embedder
    _learnt: Fitting | None = None
    _rivals: list[Passage] = field(default_factory=list)
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def learn(self) -> Fitting:
        """What there is to learn; up to a second of work the first time."""
        async with self._lock:
            if self._learnt is None:
                self._learnt = await asyncio.to_thread(
                    learn_answers, self.life, self.listener, self.embed, most=LEARNT_FROM
                )
                self._rivals = await asyncio.to_thread(self._others)
            return self._learnt

    async def shares(self, before: Sequence[Heard], candidates: Sequence[Passage]) -> list[float]:
        """For each of ``candidates`` the share, 0..1, of the person's other replies that it fits
        ``before`` better than. Raises EngineError."""
        fitting = await self.learn()
        mine = {one.id for one in candidates}
        rivals = [one for one in self._rivals if one.id not in mine]
        scores = await rank_replies(fitting, self.life, self.embed, before, [*candidates, *rivals])
        others = scores[len(candidates) :]
        if not others:
            return [0.0] * len(candidates)
        return [
            sum(score > other for other in others) / len(others)
            for score in scores[: len(candidates)]
        ]

    def _others(self) -> list[Passage]:
        replies = [one for one in own_passages(self.life, self.listener) if one.cue]
        step = max(1, len(replies) // RIVALS)
        return replies[::step][:RIVALS]


async def reply_alike(
    answers: Answers,
    asked: Asked,
    hits: Sequence[Hit],
    history: Sequence[Message],
    *,
    person: Person,
    already: Collection[str],
    others: Collection[str],
    called: str | None,
) -> list[Own]:
    """What the person replied when something like this was said, where it could be said at many
    moments and fits this one better than most of what they ever replied; else empty."""
    if asked.doing not in _TALK or asked.topic is not None:
        return []
    fitting: list[tuple[Hit, list[Own]]] = []
    for hit in hits:
        lines = _lines(asked, hit, called)
        clash = any(clashes(asked.text, own.text) for own in lines)
        strange = out_of_place(asked, [own.text for own in lines])
        if lines and not clash and not strange and _sayable(lines, already, others):
            fitting.append((hit, lines))
    if not fitting:
        return []
    name = called or "you"
    before = [
        Heard(name if one.role == "user" else person.name, one.text)
        for one in history[-_REMEMBERED:]
    ]
    before.append(Heard(name, asked.text))
    try:
        shares = await answers.shares(before, [hit.passage for hit, _ in fitting])
    except EngineError:
        return []
    share, place = max((share, -place) for place, share in enumerate(shares))
    return fitting[-place][1] if share >= AMONG_BEST else []


def _lines(asked: Asked, hit: Hit, called: str | None) -> list[Own]:
    passage = hit.passage
    if (
        passage.kind != "reply"
        or passage.cue is None
        or passage.language != asked.language
        or hit.cue_match < ALIKE[asked.language]
        or hit.other_kin
        # The answer to a question is none to news, nor comfort an answer to a good day.
        or understand(passage.cue, passage.language).doing is not asked.doing
    ):
        return []
    told = [
        own for part in passage.parts for own in sentences_of(passage.id, part, passage.language)
    ]
    lines = shortened(up_to_unfit(told, called))
    if not lines or not general_throughout([own.text for own in lines], called):
        return []
    return lines


def _sayable(lines: Sequence[Own], already: Collection[str], others: Collection[str]) -> bool:
    return any(says_something(own.text) for own in lines) and not any(
        own.text in already
        or planted(own.text)
        or unfit_now(own.text)
        or addresses_another(own.text, others)
        or Habit.UNKNOWN in habits_of(own.text)
        for own in lines
    )

"""What is likely to be said in the next calls to any who may call, the likeliest first.

Rehearsing tells what replies begin with (:mod:`ofrenda.dialogue.rehearsing`); what it did not come
upon follows. Of the 98 questions about the demo's family that are answered in own words, most of
them questions of fact, 37 answers begin with one of the first 180 sentences given here, and 6 with
one of the first 180 that differ by kind alone (:func:`ofrenda.dialogue.foreseen.foreseen`). Of the
8 of the call bench it is 7 among the first 90, which take three minutes to make, and none. Counted
once with a throwaway script; ``ofrenda bench call --ahead`` prints ``own_words_kept_share``.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Final

from ofrenda.clock import Clock
from ofrenda.dialogue.foreseen import beginnings, foreseen
from ofrenda.dialogue.rehearsing import Rehearsal
from ofrenda.engines.protocols import Embedder
from ofrenda.memory import Recall, calls_made
from ofrenda.memory.shelf import revision_of
from ofrenda.persona import corrections
from ofrenda.types import Member, MemberId, Sentence
from ofrenda.vault import Life

MOST_TURNS: Final = 5
"""New sentences for who calls most, to one for who never called: nobody is left to the end."""


class Foresight:
    """Knows what was rehearsed, so that it is rehearsed again only after a change."""

    def __init__(
        self, life: Life, embed: Embedder, may_call: Callable[[Member], bool], *, clock: Clock
    ) -> None:
        self._life = life
        self._embed = embed
        self._may_call = may_call
        self._clock = clock
        self._state: object = None
        self._rehearsals: dict[MemberId, Rehearsal] = {}

    async def batches(self) -> AsyncGenerator[Sequence[Sentence], None]:
        """A few sentences at a time, as they are found; none twice. Finding one takes about 0.05 s
        of work the first time. Raises EngineError and VaultError."""
        members = [
            one for one in await asyncio.to_thread(self._life.members) if self._may_call(one)
        ]
        state = await asyncio.to_thread(self._as_it_is, members)
        if state != self._state:
            self._rehearsals.clear()
            self._state = state
        recall = await Recall.load(self._life, self._embed)
        calls = await asyncio.to_thread(calls_made, self._life)
        rows = {
            member.id: (self._of(member, recall), min(MOST_TURNS, 1 + calls.get(member.id, 0)))
            for member in members
        }
        given: set[object] = set()
        try:
            while rows:
                batch: list[Sentence] = []
                for member_id, (sentences, turns) in list(rows.items()):
                    left = turns
                    while left:
                        one = await anext(sentences, None)
                        if one is None:
                            del rows[member_id]
                            break
                        told = (one.spoken, one.language, one.mood)
                        if told not in given:
                            given.add(told)
                            batch.append(one)
                            left -= 1
                if batch:
                    yield batch
        finally:
            for sentences, _ in rows.values():
                await sentences.aclose()

    async def _of(self, listener: Member, recall: Recall) -> AsyncGenerator[Sentence, None]:
        rehearsal = self._rehearsals.setdefault(
            listener.id, Rehearsal(self._life, listener, self._embed, clock=self._clock)
        )
        async with aclosing(rehearsal.beginnings(recall)) as sentences:
            async for sentence in sentences:
                yield sentence
        for rest in (beginnings, foreseen):
            for sentence in await asyncio.to_thread(rest, self._life, listener):
                yield sentence

    def _as_it_is(self, members: Sequence[Member]) -> object:
        """What a rehearsal depends on."""
        held = [tuple(corrections(self._life, member)) for member in members]
        return revision_of(self._life), tuple(members), held

"""A reply begun before it is certain that the caller has finished.

At a pause the words are known sooner than whether the pause is the end. What would be answered is
worked out in between, the first sentence as sound too, and used only if the turn ends with the
very words it was made for. Nothing of it is heard, shown or remembered before that.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass

from ofrenda.errors import OfrendaError
from ofrenda.types import Audio, Sentence, Transcript

CLAUSES_AHEAD = 3
"""Clauses of the first sentence that are made and not yet wanted: 4 to 12 s of speech, enough to
play while the rest is made, and little to throw away."""


@dataclass(slots=True)
class SpeculationCount:
    """How often a reply was begun early, and how often it was the one that was given; seconds of
    speech made early, and of those the ones thrown away."""

    begun: int = 0
    used: int = 0
    made_s: float = 0.0
    wasted_s: float = 0.0

    @property
    def hit_rate(self) -> float | None:
        """Share of the early replies that were given; None before the first."""
        return self.used / self.begun if self.begun else None


class Prepared:
    """The reply to ``heard``, under way since it was made; to be used once or dropped.

    ``reply`` and ``speak`` give the sentences of a reply and the clauses of a sentence. What goes
    wrong while it is being prepared is raised where it is used.
    """

    def __init__(
        self,
        heard: Transcript,
        reply: Callable[[Transcript], AsyncIterator[Sentence]],
        speak: Callable[[Sentence], AsyncIterator[Audio]],
    ) -> None:
        self.heard = heard
        self._sentences = reply(heard)
        self._speak = speak
        self.made_s = 0.0
        """Seconds of speech made so far."""
        self._first: Sentence | None = None
        self._clauses: asyncio.Queue[Audio | OfrendaError | TimeoutError | None] = asyncio.Queue(
            CLAUSES_AHEAD
        )
        self._thinking = asyncio.create_task(self._think(), name="speculate")
        self._speaking = asyncio.create_task(self._voice(), name="speculate-sound")

    def answers(self, heard: Transcript) -> bool:
        """Whether this is the reply to what was finally heard: the same words, in the same
        language. Marks and capitals do not count."""
        return self.heard.language == heard.language and _words(self.heard) == _words(heard)

    async def sentences(self) -> AsyncGenerator[Sentence, None]:
        """The reply, sentence by sentence: what is ready at once, the rest as it comes."""
        try:
            first = await asyncio.shield(self._thinking)
            if first is None:
                return
            yield first
            async for sentence in self._sentences:
                yield sentence
        finally:
            await self.drop_words()

    def sound_of(self, sentence: Sentence) -> AsyncGenerator[Audio, None] | None:
        """The clauses of ``sentence`` where they are being made already; None otherwise."""
        return self._made() if sentence is self._first else None

    async def drop(self) -> None:
        """Stop all work on it."""
        await self._end(self._speaking)
        await self.drop_words()

    async def drop_words(self) -> None:
        """Stop the work on the words; the sound of the first sentence may still be wanted."""
        await self._end(self._thinking)
        if isinstance(self._sentences, AsyncGenerator):
            await self._sentences.aclose()

    async def _think(self) -> Sentence | None:
        self._first = await anext(self._sentences, None)
        return self._first

    async def _voice(self) -> None:
        try:
            sentence = await asyncio.shield(self._thinking)
        except (OfrendaError, TimeoutError):
            return  # raised where the words are used
        if sentence is None:
            return
        clauses = self._speak(sentence)
        try:
            async for clause in clauses:
                self.made_s += clause.seconds
                await self._clauses.put(clause)
            await self._clauses.put(None)
        except (OfrendaError, TimeoutError) as error:
            await self._clauses.put(error)
        finally:
            if isinstance(clauses, AsyncGenerator):
                await clauses.aclose()

    async def _made(self) -> AsyncGenerator[Audio, None]:
        try:
            while (clause := await self._clauses.get()) is not None:
                if isinstance(clause, BaseException):
                    raise clause
                yield clause
        finally:
            await self._end(self._speaking)

    @staticmethod
    async def _end(task: asyncio.Task[Sentence | None] | asyncio.Task[None]) -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _words(heard: Transcript) -> str:
    return "".join(c for c in heard.text.casefold() if c.isalnum())

"""Finding what the person said: by words, meaning, people, time and by way of facts, among what
this listener may hear."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.clock import Clock, SystemClock
from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.errors import EngineError, VaultError
from ofrenda.memory.fact_recall import FactRecall
from ofrenda.memory.hits import Fit, Hit
from ofrenda.memory.index import model_key
from ofrenda.memory.nearness import Nearness, measure_nearness
from ofrenda.memory.passages import Passage, fetch
from ofrenda.memory.people import Named, named_in
from ofrenda.memory.postings import query_terms
from ofrenda.memory.ranking import BALANCED, Sought, Weights, rank
from ofrenda.memory.shelf import FACETS, Mask, Shelf, read_shelf, revision_of
from ofrenda.memory.vectors import Floats
from ofrenda.memory.when import window_of
from ofrenda.memory.words import words
from ofrenda.types import Member, Person
from ofrenda.vault import Life

READ_AT_ONCE: Final = 4_000
"""Passages up to which a change is read at once (0.1 s); more are read beside the call."""


class Recall:
    """The memory of one life, ready to be searched. Safe to share between calls.

    It notices when passages, labels or vectors have changed, goes on with what it has, and reads
    them again beside the calls; what may no longer be heard is never handed out meanwhile, as each
    passage is fetched through the rule.
    """

    def __init__(
        self,
        life: Life,
        embed: Embedder,
        shelf: Shelf,
        nearness: Nearness,
        clock: Clock,
    ) -> None:
        self._life = life
        self._embed = embed
        self._shelf = shelf
        self._nearness = nearness
        self._clock = clock
        self._facts = FactRecall(life)
        self._model = model_key(embed)
        self._lock = threading.Lock()
        self._reading = False
        self._masks: dict[tuple[str, str], tuple[Shelf, Mask]] = {}

    @classmethod
    async def load(cls, life: Life, embed: Embedder, clock: Clock | None = None) -> Recall:
        """Read words and vectors of ``embed``'s model into memory (see
        :func:`ofrenda.memory.shelf.read_shelf`). An embedder that fails leaves the rest alone.
        ``clock`` says what "last summer" counts from."""
        shelf = await asyncio.to_thread(read_shelf, life, model_key(embed))
        nearness = await measure_nearness(embed)
        if "zh" in life.person().languages:
            # Segmenting Chinese needs its dictionary (a second): now, not at the first question.
            await asyncio.to_thread(words, "你好")
        recall = cls(life, embed, shelf, nearness, clock or SystemClock())
        await asyncio.to_thread(recall._facts.prepare, shelf)
        return recall

    @property
    def nearness(self) -> Nearness:
        """How cosines of this embedder read."""
        return self._nearness

    async def refresh(self) -> None:
        """Read again what has changed since it was last read."""
        await asyncio.to_thread(self._read_again)

    async def search(
        self,
        query: str,
        listener: Member,
        *,
        limit: int = 12,
        own: bool = False,
        weights: Weights = BALANCED,
    ) -> list[Hit]:
        """The passages that fit ``query`` best, best first, among those ``listener`` may hear;
        with ``own`` only among what the person said or wrote."""
        person, members = await asyncio.to_thread(self._people)
        named = named_in(query, listener, person, members)
        texts = list(dict.fromkeys((query, named.plain)))
        try:
            vectors = list(np.asarray(await self._embed.embed(texts, role=EmbedRole.QUERY)))
        except EngineError:
            # Words alone still find what shares them; the caller is answered either way.
            vectors = []
        return await asyncio.to_thread(
            self._search, query, named, person, vectors, listener, limit, own, weights
        )

    def _people(self) -> tuple[Person, Sequence[Member]]:
        return self._life.person(), self._life.members()

    def _search(
        self,
        query: str,
        named: Named,
        person: Person,
        vectors: Sequence[Floats],
        listener: Member,
        limit: int,
        own: bool,
        weights: Weights,
    ) -> list[Hit]:
        shelf = self._current()
        audible = self._audible(shelf, listener)
        wanted = shelf.said_by("person") if own else audible
        sought = self._sought(shelf, named, vectors, person, listener)
        ranked = rank(shelf, sought, audible, wanted, weights, limit + limit // 2)
        best = [int(number) for number in shelf.ids[ranked.places]]
        passages = fetch(self._life, listener, best)
        cues = self._cues(best)
        # "Milk it is" was answered fifty times to "milk please": one of them says it all.
        told: dict[tuple[str, str], tuple[Passage, int]] = {}
        for place, number in enumerate(best):
            if number in passages:
                key = (cues.get(number, ""), passages[number].text)
                told.setdefault(key, (passages[number], place))
        reader = Fit.of(query, self._nearness, self._near(shelf, vectors, ranked.places))
        return [
            reader.hit(passage, cue, float(ranked.scores[place]), place)
            for (cue, _), (passage, place) in list(told.items())[:limit]
        ]

    def _sought(
        self,
        shelf: Shelf,
        named: Named,
        vectors: Sequence[Floats],
        person: Person,
        listener: Member,
    ) -> Sought:
        terms = dict.fromkeys(query_terms(named.plain), 1.0)
        for alias, weight in named.aliases.items():
            terms.setdefault(alias, weight)
        # Whoever is asked about: where all who speak are named, nobody is preferred.
        preferred: Mask | None = None
        if len(named.speakers) == 1:
            preferred = shelf.said_by(next(iter(named.speakers)))
        window = window_of(named.plain, self._clock.now().date(), person.born)
        return Sought(
            terms=terms,
            vectors=dict.fromkeys(FACETS, vectors[-1]) if len(vectors) else {},
            speaker=preferred,
            window=None if window is None else shelf.between(window.first, window.last),
            facts=self._facts.lift(shelf, listener, terms, window),
        )

    def _near(
        self, shelf: Shelf, vectors: Sequence[Floats], places: NDArray[np.int64]
    ) -> dict[str, Floats]:
        if not len(vectors):
            return {}
        return {facet: shelf.vectors[facet].cosines(vectors[0], places) for facet in FACETS}

    def _current(self) -> Shelf:
        if revision_of(self._life) != self._shelf.revision:
            with self._lock:
                begin, self._reading = not self._reading, True
            if begin and len(self._shelf.ids) <= READ_AT_ONCE:
                self._read_again()
            elif begin:
                threading.Thread(target=self._read_again, daemon=True).start()
        return self._shelf

    def _read_again(self) -> None:
        try:
            shelf = read_shelf(self._life, self._model)
            self._facts.prepare(shelf)
            with self._lock:
                self._shelf = shelf
                self._masks.clear()
        except Exception:
            # A life that fell asleep meanwhile closed the database under the reading.
            if self._awake():
                raise
        finally:
            with self._lock:
                self._reading = False

    def _awake(self) -> bool:
        try:
            revision_of(self._life)
        except VaultError:
            return False
        return True

    def _audible(self, shelf: Shelf, listener: Member) -> Mask:
        key = (str(listener.id), str(listener.role))
        with self._lock:
            known = self._masks.get(key)
        if known is not None and known[0] is shelf:
            return known[1]
        mask = shelf.audible(self._life, listener)
        with self._lock:
            self._masks[key] = (shelf, mask)
        return mask

    def _cues(self, ids: list[int]) -> dict[int, str]:
        # For measuring overlap only; a cue leaves this room solely through `Passage.cue`. What was
        # written answers to its title: an essay on the station clock says "clock" and means that.
        with self._life.db.read() as connection:
            rows = connection.execute(
                "SELECT p.id, COALESCE(p.cue, d.title) AS cue FROM passage AS p"
                " LEFT JOIN document AS d ON d.id = p.document"
                " WHERE p.id IN (SELECT value FROM json_each(?))",
                (json.dumps(ids),),
            ).fetchall()
        return {int(row["id"]): str(row["cue"] or "") for row in rows}

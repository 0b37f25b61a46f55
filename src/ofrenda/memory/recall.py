"""Finding what the person said, by meaning and by words, among what this listener may hear."""

from __future__ import annotations

import asyncio
import json
import re
import threading
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.errors import EngineError
from ofrenda.memory.audience import heard_by, listening
from ofrenda.memory.index import FACETS, model_key
from ofrenda.memory.nearness import Nearness, measure_nearness
from ofrenda.memory.passages import Passage, fetch
from ofrenda.memory.words import (
    content_words,
    covered,
    kin_of,
    match_expression,
    without_address,
    words,
)
from ofrenda.types import Member
from ofrenda.vault import Life

RANKED: Final = 40
"""Candidates taken from each of the four rankings before they are fused."""

RRF: Final = 60.0
"""The constant of reciprocal rank fusion (Cormack, Clarke and Büttcher, SIGIR 2009)."""

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that was found, and how well it fits.

    ``score``: fused rank, only to compare hits of one search. ``cue_similarity`` and
    ``text_similarity``: raw cosines, None when not embedded. ``cue_match`` and ``text_match``: the
    same on a scale that does not depend on the model, 0 for unrelated everyday sentences and 1
    for the same sentence (0 when not embedded). ``cue_overlap``, ``text_overlap`` and
    ``both_overlap``: the weighted share, 0..1, of the content words asked for that the cue, the
    text, or the two together hold.
    """

    passage: Passage
    score: float
    cue_similarity: float | None
    text_similarity: float | None
    cue_match: float
    text_match: float
    cue_overlap: float
    text_overlap: float
    both_overlap: float
    cue_covered: float
    """The weighted share of the cue's own content words that the search holds: 1 when nothing was
    asked then that is not asked now, by the same person of the same person."""
    other_kin: bool
    """Whether the search speaks of a relative whom neither the cue nor the text names."""
    titled: frozenset[str] = frozenset()
    """The content words asked for that the title of what was written holds: what all of it is
    about, and so no mark of one sentence in it."""
    cued: frozenset[str] = frozenset()
    """The content words asked for that the cue holds, whoever may read it."""


class Recall:
    """The memory of one life, ready to be searched. Safe to share between calls."""

    def __init__(
        self,
        life: Life,
        embed: Embedder,
        ids: NDArray[np.int64],
        vectors: dict[str, Vectors],
        present: dict[str, NDArray[np.bool_]],
        nearness: Nearness,
    ) -> None:
        self._life = life
        self._embed = embed
        self._ids = ids
        self._vectors = vectors
        self._present = present
        self._nearness = nearness
        self._place = {int(number): place for place, number in enumerate(ids)}
        self._lock = threading.Lock()
        self._masks: dict[tuple[str, str, bool], NDArray[np.bool_]] = {}

    @classmethod
    async def load(cls, life: Life, embed: Embedder) -> Recall:
        """Read the vectors of ``embed``'s model into memory (float32, about 3 MB per thousand
        passages of 384 dimensions). An embedder that fails leaves full text alone."""
        ids, vectors, present = await asyncio.to_thread(_read_vectors, life, model_key(embed))
        nearness = await measure_nearness(embed)
        if "zh" in life.person().languages:
            # Segmenting Chinese needs its dictionary (a second): now, not at the first question.
            await asyncio.to_thread(words, "你好")
        return cls(life, embed, ids, vectors, present, nearness)

    @property
    def nearness(self) -> Nearness:
        """How cosines of this embedder read."""
        return self._nearness

    async def search(
        self, query: str, listener: Member, *, limit: int = 12, own: bool = False
    ) -> list[Hit]:
        """The passages that fit ``query`` best, best first, among those ``listener`` may hear;
        with ``own`` only among what the person said or wrote."""
        vector: Vectors | None = None
        try:
            vector = np.asarray(await self._embed.embed([query], role=EmbedRole.QUERY))[0]
        except EngineError:
            # Full text alone still finds what shares words; the caller is answered either way.
            vector = None
        return await asyncio.to_thread(self._search, query, vector, listener, limit, own)

    def _search(
        self, query: str, vector: Vectors | None, listener: Member, limit: int, own: bool
    ) -> list[Hit]:
        cosines: dict[str, Vectors] = {}
        rankings: list[list[int]] = []
        if vector is not None and len(self._ids):
            audible = self._mask(listener, own)
            for facet in FACETS:
                if not len(self._vectors[facet]):
                    continue
                cosines[facet] = self._vectors[facet] @ vector
                rankings.append(self._nearest(cosines[facet], audible & self._present[facet]))
        for facet in FACETS:
            rankings.append(self._worded(query, facet, listener, own))
        fused: dict[int, float] = {}
        for ranking in rankings:
            for rank, number in enumerate(ranking):
                fused[number] = fused.get(number, 0.0) + 1.0 / (RRF + rank)
        best = sorted(fused, key=lambda number: (-fused[number], number))[: limit + limit // 2]
        passages = fetch(self._life, listener, best)
        cues = self._cues(best)
        wanted, kin = content_words(query), kin_of(without_address(query))
        # "Milk it is" was answered fifty times to "milk please": one of them says it all.
        told: dict[tuple[str, str], Passage] = {}
        for number in best:
            if number in passages:
                told.setdefault((cues.get(number, ""), passages[number].text), passages[number])
        return [
            self._hit(passage, cue, fused[passage.id], cosines, query, wanted, kin)
            for (cue, _), passage in list(told.items())[:limit]
        ]

    def _hit(
        self,
        passage: Passage,
        cue: str,
        score: float,
        cosines: dict[str, Vectors],
        query: str,
        wanted: dict[str, float],
        kin: frozenset[str],
    ) -> Hit:
        place = self._place.get(passage.id)
        near: dict[str, float | None] = {}
        for facet in FACETS:
            known = facet in cosines and place is not None and self._present[facet][place]
            near[facet] = float(cosines[facet][place]) if known else None
        return Hit(
            passage=passage,
            score=score,
            cue_similarity=near["cue"],
            text_similarity=near["text"],
            cue_match=self._nearness.cue(near["cue"]),
            text_match=self._nearness.text(near["text"]),
            cue_overlap=covered(wanted, cue),
            text_overlap=covered(wanted, passage.text),
            both_overlap=covered(wanted, f"{cue}\n{passage.text}"),
            cue_covered=_cue_covered(cue, query),
            other_kin=bool(kin - kin_of(f"{cue}\n{passage.text}")),
            titled=frozenset(wanted.keys() & content_words(cue).keys())
            if passage.kind == "writing"
            else frozenset(),
            cued=frozenset(wanted.keys() & content_words(cue).keys()),
        )

    def _nearest(self, cosines: Vectors, allowed: NDArray[np.bool_]) -> list[int]:
        # What may not be heard is out before anything is ranked.
        places = np.flatnonzero(allowed)
        if not len(places):
            return []
        values = cosines[places]
        count = min(RANKED, len(places))
        top = np.argpartition(-values, count - 1)[:count]
        top = top[np.argsort(-values[top], kind="stable")]
        return [int(self._ids[places[place]]) for place in top]

    def _worded(self, query: str, facet: str, listener: Member, own: bool) -> list[int]:
        expression = match_expression(query, facet)
        if expression is None:
            return []
        with self._life.db.read() as connection:
            rows = connection.execute(
                heard_by(
                    "SELECT f.rowid AS id FROM passage_fts AS f"
                    " JOIN passage AS p ON p.id = f.rowid"
                    " WHERE passage_fts MATCH :words AND AUDIBLE(p)"
                    " AND (NOT :own OR p.said_by = 'person')"
                    " ORDER BY f.rank LIMIT :ranked"
                ),
                {**listening(listener), "words": expression, "own": own, "ranked": RANKED},
            ).fetchall()
        return [int(row["id"]) for row in rows]

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

    def _mask(self, listener: Member, own: bool) -> NDArray[np.bool_]:
        # Kept per listener and role. A label changed meanwhile takes effect at once all the same:
        # every passage is fetched through the same rule before it is handed out.
        key = (str(listener.id), str(listener.role), own)
        with self._lock:
            mask = self._masks.get(key)
        if mask is None:
            with self._life.db.read() as connection:
                allowed = [
                    int(row["id"])
                    for row in connection.execute(
                        heard_by(
                            "SELECT p.id AS id FROM passage AS p"
                            " WHERE AUDIBLE(p) AND (NOT :own OR p.said_by = 'person')"
                        ),
                        {**listening(listener), "own": own},
                    )
                ]
            mask = np.isin(self._ids, np.asarray(allowed, dtype=np.int64))
            with self._lock:
                self._masks[key] = mask
        return mask


_CALLER: Final = re.compile(r"\b(?:i|i'\w+|me|my|mine)\b|我(?!们)", re.IGNORECASE)


def _cue_covered(cue: str, query: str) -> float:
    # "When I was born" is not "when you were born".
    if not cue or bool(_CALLER.search(cue)) != bool(_CALLER.search(query)):
        return 0.0
    return covered(content_words(cue), query)


def _read_vectors(
    life: Life, model: str
) -> tuple[NDArray[np.int64], dict[str, Vectors], dict[str, NDArray[np.bool_]]]:
    rows: dict[str, list[Any]] = {facet: [] for facet in FACETS}
    with life.db.read() as connection:
        for facet in FACETS:
            rows[facet] = connection.execute(
                "SELECT passage, vector FROM embedding WHERE model = ? AND facet = ?",
                (model, facet),
            ).fetchall()
    ids = np.asarray(
        sorted({int(row["passage"]) for facet in FACETS for row in rows[facet]}), dtype=np.int64
    )
    vectors: dict[str, Vectors] = {}
    present: dict[str, NDArray[np.bool_]] = {}
    for facet in FACETS:
        present[facet] = np.zeros(len(ids), dtype=np.bool_)
        if not rows[facet]:
            vectors[facet] = np.zeros((0, 0), dtype=np.float32)
            continue
        joined = b"".join(row["vector"] for row in rows[facet])
        stored = np.frombuffer(joined, dtype="<f2").reshape(len(rows[facet]), -1)
        places = np.searchsorted(ids, [int(row["passage"]) for row in rows[facet]])
        vectors[facet] = np.zeros((len(ids), stored.shape[1]), dtype=np.float32)
        vectors[facet][places] = stored
        present[facet][places] = True
    return ids, vectors, present

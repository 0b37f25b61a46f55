"""Vectors of passages, made in the background: a life is found by words until they are there.

What the person said comes first, then what others said to them. Each batch is committed, so
stopping at any time costs at most one; starting again goes on with what is missing.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.memory.pages import Progress
from ofrenda.vault import Life

FACETS: Final = ("cue", "text")

BATCH: Final = 64
"""Texts embedded between two commits: what an interruption can cost, about a second of work."""

_REMEMBERED: Final = 8_192
"""Vectors kept at hand: "ok" and "good night" come thousands of times (13 MB of 384 numbers)."""

_OWN: Final = (True, False)
"""In this order: a reply is looked for among the person's own words."""

Vector = NDArray[np.float16]
Pending = tuple[int, str, str]
"""Passage, facet, text."""


@dataclass(frozen=True, slots=True)
class EmbeddingState:
    """How far the vectors of one model are: ``done`` of ``total`` texts."""

    done: int
    total: int

    @property
    def pending(self) -> int:
        """Texts without a vector."""
        return self.total - self.done

    @property
    def share(self) -> float:
        """The share that is done, 0..1."""
        return self.done / self.total if self.total else 1.0


def model_key(embed: Embedder) -> str:
    """What tells vectors of one model from those of another: the sha256 that the catalog pins,
    or the engine's own name where it loads no file of the catalog."""
    from ofrenda.weights import catalog

    known = catalog()
    pinned = [
        one.sha256
        for name in embed.capabilities.models
        if name in known
        for one in known[name].files
    ]
    return pinned[0] if pinned else f"{embed.capabilities.name}/{embed.dimensions}"


def embedding_state(life: Life, embed: Embedder) -> EmbeddingState:
    """How far the vectors of this embedder's model are."""
    with life.db.read() as db:
        total = db.execute("SELECT count(*) + count(cue) FROM passage").fetchone()[0]
        done = db.execute(
            "SELECT count(*) FROM embedding WHERE model = ?", (model_key(embed),)
        ).fetchone()[0]
    return EmbeddingState(int(done), int(total))


async def embed_pending(
    life: Life,
    embed: Embedder,
    *,
    progress: Progress | None = None,
    batch: int = BATCH,
    most: int | None = None,
) -> int:
    """Make the vectors that are missing, at most about ``most``; returns how many were made.

    Raises VaultError, EngineError; what was made before stays.
    """
    state = await asyncio.to_thread(embedding_state, life, embed)
    wanted = state.pending if most is None else min(most, state.pending)
    done = 0
    async for made in embedding(life, embed, batch=batch):
        done += made
        if progress is not None:
            progress(min(1.0, done / max(1, wanted)))
        if most is not None and done >= most:
            break
    return done


async def embedding(
    life: Life, embed: Embedder, *, batch: int = BATCH
) -> AsyncGenerator[int, None]:
    """Make the missing vectors batch by batch; yields how many were stored, after each commit.

    Whoever walks it decides the pace: nothing is computed between two steps.
    """
    model = model_key(embed)
    known = _Known(embed)
    for own in _OWN:
        after = -1
        while some := await asyncio.to_thread(_pending, life, model, own, after, batch):
            vectors = await known.vectors(some)
            yield await asyncio.to_thread(_store, life, model, some, vectors)
            after = some[-1][0]


class _Known:
    """Embeds texts, and remembers those that were just embedded: chats repeat themselves."""

    def __init__(self, embed: Embedder) -> None:
        self._embed = embed
        self._held: OrderedDict[tuple[str, str], Vector] = OrderedDict()

    async def vectors(self, some: list[Pending]) -> list[Vector]:
        """The vector of each, in order."""
        found = {(facet, text): self._held.get((facet, text)) for _, facet, text in some}
        for facet in FACETS:
            texts = [text for (which, text), one in found.items() if which == facet and one is None]
            if not texts:
                continue
            # A cue is compared with what the caller says, like with like: both are embedded as
            # queries. A text is what is sought, and is embedded as a passage.
            role = EmbedRole.QUERY if facet == "cue" else EmbedRole.PASSAGE
            made = np.asarray(await self._embed.embed(texts, role=role)).astype("<f2")
            for text, vector in zip(texts, made, strict=True):
                found[facet, text] = vector
        for key, vector in found.items():
            if vector is not None:
                self._held[key] = vector
                self._held.move_to_end(key)
        while len(self._held) > _REMEMBERED:
            self._held.popitem(last=False)
        return [vector for _, facet, text in some if (vector := found[facet, text]) is not None]


def _pending(life: Life, model: str, own: bool, after: int, batch: int) -> list[Pending]:
    """The next passages without a vector, by id; whole passages, about ``batch`` texts."""
    some: list[Pending] = []
    with life.db.read() as db:
        rows = db.execute(
            "SELECT p.id, p.text, p.cue,"
            " EXISTS (SELECT 1 FROM embedding AS e"
            "   WHERE e.passage = p.id AND e.facet = 'text' AND e.model = ?1) AS has_text,"
            " p.cue IS NULL OR EXISTS (SELECT 1 FROM embedding AS e"
            "   WHERE e.passage = p.id AND e.facet = 'cue' AND e.model = ?1) AS has_cue"
            " FROM passage AS p WHERE p.id > ?2 AND (p.said_by = 'person') = ?3"
            " AND NOT (has_text AND has_cue) ORDER BY p.id LIMIT ?4",
            (model, after, int(own), batch),
        )
        for number, text, cue, has_text, has_cue in rows:
            if not has_cue:
                some.append((int(number), "cue", str(cue)))
            if not has_text:
                some.append((int(number), "text", str(text)))
            if len(some) >= batch:
                break
    return some


def _store(life: Life, model: str, some: list[Pending], vectors: list[Vector]) -> int:
    """Store vectors, but for passages that went or changed their words meanwhile."""
    with life.db.write() as db:
        rows = [
            (number, facet, model, bytearray(vector.tobytes()), text)
            for (number, facet, text), vector in zip(some, vectors, strict=True)
        ]
        db.executemany(
            "INSERT OR REPLACE INTO embedding (passage, facet, model, vector)"
            " SELECT ?1, ?2, ?3, ?4 FROM passage"
            " WHERE id = ?1 AND CASE ?2 WHEN 'cue' THEN cue ELSE text END = ?5",
            rows,
        )
    return len(some)

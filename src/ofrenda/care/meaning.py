"""Questions about what must not be invented, known by their meaning where no word gives it away."""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

FILE: Final = "protected_meaning.npz"
"""Weights over the vectors of one embedder, learnt by ``scripts/train_protected.py``."""


@dataclass(frozen=True, slots=True)
class Weights:
    """``model``: the key of the embedder whose vectors these weigh, after ``mean`` is taken off
    and their length made 1. ``weight`` ``[1 + topics, dimensions + 1]`` (the last column is added):
    first the score of "protected", then one for each of ``topics``. ``bar``: the score from which a
    text is taken to be protected."""

    model: str
    topics: tuple[str, ...]
    mean: NDArray[np.float32]
    weight: NDArray[np.float32]
    bar: float

    def scores(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores ``[texts, 1 + topics]`` of texts at ``vectors`` ``[texts, dimensions]``."""
        return np.asarray(placed(vectors, self.mean) @ self.weight.T, np.float32)

    def topics_of(self, vectors: NDArray[np.float32]) -> list[str | None]:
        """The protected topic of each of ``vectors``, or None."""
        scores = self.scores(vectors)
        return [
            self.topics[int(one[1:].argmax())] if one[0] >= self.bar else None for one in scores
        ]


def placed(vectors: NDArray[np.float32], mean: NDArray[np.float32]) -> NDArray[np.float32]:
    """``vectors`` seen from ``mean``, of length 1, with a last column of ones."""
    seen = vectors - mean
    seen = seen / np.maximum(np.linalg.norm(seen, axis=1, keepdims=True), 1e-9)
    return np.hstack([seen, np.ones((len(seen), 1))]).astype(np.float32)


@functools.cache
def learnt() -> Weights:
    """The weights that ship."""
    with (
        (resources.files("ofrenda.care") / FILE).open("rb") as file,
        np.load(file, allow_pickle=False) as held,
    ):
        return Weights(
            str(held["model"]),
            tuple(str(one) for one in held["topics"]),
            held["mean"],
            held["weight"],
            float(held["bar"]),
        )


def protected_meaning(vector: NDArray[np.float32], model: str) -> str | None:
    """The protected topic of the text that the embedder ``model`` placed (as a query) at
    ``vector`` ``[dimensions]``, or None; always None for an embedder for which nothing was
    learnt."""
    weights = learnt()
    if model != weights.model:
        return None
    return weights.topics_of(vector[None, :])[0]

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

OPEN: Final = "control"
"""The class of what touches no protected topic."""


@dataclass(frozen=True, slots=True)
class Weights:
    """``model``: the key of the embedder whose vectors these weigh. ``topics``: the classes, the
    open one last; ``weight`` ``[classes, dimensions]`` and ``bias`` ``[classes]``: their logits.
    ``bar``: log odds of "protected" from which a text is taken to be."""

    model: str
    topics: tuple[str, ...]
    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    bar: float

    def log_odds(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Log odds ``[texts]`` that texts of ``vectors`` ``[texts, dimensions]`` are protected."""
        logits = vectors @ self.weight.T + self.bias
        protected, open_ = logits[:, :-1], logits[:, -1]
        most = protected.max(axis=1)
        total = most + np.log(np.exp(protected - most[:, None]).sum(axis=1))
        return np.asarray(total - open_, np.float32)

    def topics_of(self, vectors: NDArray[np.float32]) -> list[str | None]:
        """The protected topic of each of ``vectors``, or None."""
        likeliest = (vectors @ self.weight.T + self.bias)[:, :-1].argmax(axis=1)
        odds = self.log_odds(vectors)
        return [
            self.topics[topic] if one >= self.bar else None
            for topic, one in zip(likeliest, odds, strict=True)
        ]


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
            held["weight"],
            held["bias"],
            float(held["bar"]),
        )


def protected_meaning(vector: NDArray[np.float32], model: str) -> str | None:
    """The protected topic of the text that the embedder ``model`` placed (as a query) at
    ``vector`` ``[dimensions]``, or None; always None for an embedder that nothing was learnt for."""
    weights = learnt()
    if model != weights.model:
        return None
    return weights.topics_of(vector[None, :])[0]

"""The reading model: how likely something that was written answers a question.

It reads the question, what was replied to and the text together, as the embedder, which sees one
text at a time, cannot. It is the embedder's own network with low-rank changes
(:mod:`.reading_graph`), so that it needs no weights but those and 2 MB of its own.
"""

from __future__ import annotations

import functools
import importlib.resources
import io
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.embed.e5_file import E5File
from ofrenda.engines.embed.reading_graph import INPUTS, reading_graph
from ofrenda.engines.worker import Worker
from ofrenda.settings import Settings
from ofrenda.weights import resolve

MODEL: Final = "e5-small-q4"
LONGEST, QUESTION, CUE = 112, 40, 32
"""Tokens of an input at most, and of its first two parts (as in ``scripts/train_reader.py``)."""
_UNSEEN: Final = -1e9

Message = tuple[str, str]
"""What was replied to ("" for nothing), or a title; and what was written."""


def learnt() -> Mapping[str, NDArray[np.float16]]:
    """What training changed in the base model: part of this package."""
    data = importlib.resources.files(__package__) / "reader.npz"
    return dict(np.load(io.BytesIO(data.read_bytes())))


class Reader:
    """The reading model on one thread; loaded on first use or by :meth:`warm`."""

    def __init__(
        self, settings: Settings, changes: Mapping[str, NDArray[np.float16]] | None = None
    ) -> None:
        """``changes``: what was learnt; what the package holds when None."""
        self._settings = settings
        self._changes = changes
        self._worker = Worker("Reading")
        self._model: tuple[E5File, Any] | None = None

    async def warm(self) -> None:
        """Load the model and run it once."""
        await self.read("warm", [("", "warm")])

    async def read(self, question: str, messages: Sequence[Message]) -> list[float]:
        """How likely each of ``messages`` answers ``question``, 0..1."""
        if not messages:
            return []
        return await self._worker.run(functools.partial(self.read_now, question, messages))

    async def close(self) -> None:
        """Give the model's memory back."""
        await self._worker.close(self._release)

    def _release(self) -> None:
        self._model = None

    def read_now(self, question: str, messages: Sequence[Message]) -> list[float]:
        """The same as :meth:`read`, on this thread."""
        file, session = self._loaded()
        inputs = inputs_of(file, question, messages)
        (logits,) = session.run(None, dict(zip(INPUTS, inputs, strict=True)))
        return [float(one) for one in 1 / (1 + np.exp(-logits[:, 0]))]

    def _loaded(self) -> tuple[E5File, Any]:
        if self._model is None:
            file = E5File(resolve(MODEL, self._settings).only)
            changes = learnt() if self._changes is None else self._changes
            self._model = file, _session(reading_graph(file, changes))
        return self._model


def inputs_of(
    file: E5File, question: str, messages: Sequence[Message]
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32]]:
    """The :data:`~.reading_graph.INPUTS` for ``question`` with each of ``messages``."""
    asked = file.tokens(question)[:QUESTION]
    rows = []
    for cue, text in messages:
        row = [file.begin, *asked, file.end, *(file.tokens(cue)[:CUE] if cue else []), file.end]
        rows.append([*row, *file.tokens(text)[: LONGEST - len(row) - 1], file.end])
    long = max(map(len, rows))
    ids = np.array([row + [file.pad] * (long - len(row)) for row in rows])
    lengths = np.array([len(row) for row in rows])
    width = file.shape.width
    places = file.tensor("emb.pos", width)[:long] + file.tensor("emb.type", width)[0]
    seen = np.arange(long) < lengths[:, None]
    unseen = np.where(seen, 0.0, _UNSEEN).astype(np.float32)[:, None, None]
    unseen = np.broadcast_to(unseen, (len(rows), 1, long, long))
    share = (seen / lengths[:, None]).astype(np.float32)[..., None]
    return file.embeddings(ids) + places, np.ascontiguousarray(unseen), share


def _session(model: bytes) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])

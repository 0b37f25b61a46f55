"""Write the shape of the speech model with a decoder in floats, for fitted voices to be put into.

    python scripts/pack_float_decoder.py kokoro-v1.0.int8.onnx

The 8-bit decoder rounds what it computes to 256 steps per layer, and a fitted voice loses by it.
This script (needs ``onnx``) turns the decoder's 8-bit convolutions and style layers into float ones
and its written-out instance normalisations into single nodes. What comes out has no weights: the
engine adds them from the base model and the voice when it loads. Text encoder, language model and
prosody predictor stay as they are.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import onnx
from onnx import helper

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
from ofrenda.engines.tts.kokoro_weights import module
from ofrenda.engines.tts.onnx_file import Node

OUT = Path(__file__).parent.parent / "src/ofrenda/engines/tts/data/float_decoder.onnx.gz"
FIRST_LETTER = 12
"""Symbols with smaller numbers are the blank and marks of punctuation."""
BLANK_FRAMES = 5.0
"""0.125 s, as much silence as is put around the clips of a fit (``voice/fit/sentences.py``)."""
KEPT = 64
"""Tensors of at most so many numbers stay in the file: shapes, axes and constants, no weights."""


class Graph:
    """A model's graph with its joints at hand."""

    def __init__(self, graph: Any) -> None:
        self.graph = graph
        self.nodes = list(graph.node)
        self.index()

    def index(self) -> None:
        self.maker = {name: node for node in self.nodes for name in node.output}
        self.users: dict[str, list[Any]] = {}
        for node in self.nodes:
            for name in node.input:
                self.users.setdefault(name, []).append(node)

    def only_user(self, name: str, operation: str) -> Any:
        (user,) = self.users[name]
        assert user.op_type == operation, (name, user.op_type)
        return user


def key_of(node: Any) -> str:
    return module(Node(node.name, node.op_type, tuple(node.input), tuple(node.output)))


def float_layers(graph: Graph) -> dict[int, Any]:
    """A float node for each 8-bit convolution or style layer of the decoder, by the id of the last
    node of the chain that it stands for."""
    made = {}
    for node in graph.nodes:
        if node.op_type not in ("ConvInteger", "MatMulInteger"):
            continue
        key = key_of(node)
        if not key.startswith("decoder."):
            continue
        (next_node,) = graph.users[node.output[0]]
        names = [f"{key}.weight"]
        if node.op_type == "ConvInteger" and next_node.op_type == "Add":
            names.append(f"{key}.bias")
            (next_node,) = graph.users[next_node.output[0]]
        assert next_node.op_type == "Cast"
        last = graph.only_user(next_node.output[0], "Mul")
        entering = graph.maker[node.input[0]].input[0]
        if node.op_type == "ConvInteger":
            new = helper.make_node("Conv", [entering, *names], [last.output[0]])
            new.attribute.extend(node.attribute)
        else:
            last = graph.only_user(last.output[0], "Add")
            names.append(f"{key}.bias")
            new = helper.make_node("Gemm", [entering, *names], [last.output[0]], transB=1)
        made[id(last)] = new
    return made


def norms(graph: Graph) -> dict[int, list[Any]]:
    """One normalisation for each that is written out, by the id of its last node."""
    made = {}
    for first in graph.nodes:
        if first.op_type != "ReduceMean" or not first.name.startswith("/decoder/"):
            continue
        subtract = [n for n in graph.users[first.output[0]] if n.op_type == "Sub"]
        if not subtract or graph.maker.get(subtract[0].input[0]) is first:
            continue
        divide = next((n for n in graph.users[subtract[0].output[0]] if n.op_type == "Div"), None)
        if divide is None:
            continue
        for scaled in graph.users[divide.output[0]]:  # layers after the same sum share it
            shifted = graph.only_user(scaled.output[0], "Add")
            scale = next(i for i in scaled.input if i != divide.output[0])
            shift = next(i for i in shifted.input if i != scaled.output[0])
            out = shifted.output[0]
            made[id(shifted)] = [
                helper.make_node("Reshape", [scale, "flat"], [f"{out}_scale"]),
                helper.make_node("Reshape", [shift, "flat"], [f"{out}_shift"]),
                helper.make_node(
                    "InstanceNormalization",
                    [first.input[0], f"{out}_scale", f"{out}_shift"],
                    [out],
                    epsilon=1e-5,
                ),
            ]
    return made


def rebuild(path: Path) -> Any:
    model = onnx.load(path)
    graph = Graph(model.graph)
    layers = float_layers(graph)
    graph.nodes = [layers.get(id(node), node) for node in graph.nodes]
    graph.index()
    joined = norms(graph)
    graph.nodes = [new for node in graph.nodes for new in joined.get(id(node), [node])]
    cap_silence(graph)
    print(f"{len(layers)} layers in floats, {len(joined)} normalisations joined")
    needed = {output.name for output in model.graph.output}
    alive = []
    for node in reversed(graph.nodes):
        if needed & set(node.output):
            alive.append(node)
            needed |= set(node.input)
    tensors = {t.name: t for t in model.graph.initializer if t.name in needed}
    del model.graph.node[:], model.graph.initializer[:], model.graph.value_info[:]
    model.graph.initializer.extend(constants())
    for tensor in tensors.values():
        weight = tensor.name.startswith(("decoder.", "encoder."))
        if not weight and onnx.numpy_helper.to_array(tensor).size <= KEPT:
            model.graph.initializer.append(tensor)
    held = {t.name for t in model.graph.initializer}
    shorten(alive, held | set(tensors) | {i.name for i in model.graph.input})
    model.graph.node.extend(reversed(alive))
    return model


def cap_silence(graph: Graph) -> None:
    """0.4 s of silence before a clause and 0.55 s after it are made and cut off again: let blanks
    and the last mark be no longer than :data:`BLANK_FRAMES`. What is not made takes no time."""
    clip = next(node for node in graph.nodes if node.name == "/encoder/Clip")
    lengths = clip.output[0]
    clip.output[0] = f"{lengths}_free"
    at = next(i for i, node in enumerate(graph.nodes) if node is clip) + 1
    graph.nodes[at:at] = [
        helper.make_node("Equal", ["tokens", "blank"], ["is_blank"]),
        # the last mark of a clause, too, is mostly silence: a mark that a blank follows
        helper.make_node("Pad", ["tokens", "shifted", "blank"], ["following"]),
        helper.make_node("Equal", ["following", "blank"], ["is_last"]),
        helper.make_node("Less", ["tokens", "first_letter"], ["is_mark"]),
        helper.make_node("And", ["is_last", "is_mark"], ["is_end"]),
        helper.make_node("Or", ["is_blank", "is_end"], ["is_silent"]),
        helper.make_node("Where", ["is_silent", "blank_frames", "any_frames"], ["most_frames"]),
        helper.make_node("Min", [f"{lengths}_free", "most_frames"], [lengths]),
    ]


def constants() -> list[Any]:
    return [
        helper.make_tensor("flat", onnx.TensorProto.INT64, [1], [-1]),
        helper.make_tensor("blank", onnx.TensorProto.INT64, [], [0]),
        helper.make_tensor("shifted", onnx.TensorProto.INT64, [4], [0, -1, 0, 1]),
        helper.make_tensor("first_letter", onnx.TensorProto.INT64, [1], [FIRST_LETTER]),
        helper.make_tensor("blank_frames", onnx.TensorProto.FLOAT, [1], [BLANK_FRAMES]),
        helper.make_tensor("any_frames", onnx.TensorProto.FLOAT, [1], [1e6]),
    ]


def shorten(nodes: list[Any], kept: set[str]) -> None:
    """Inner names are long paths that nothing reads: give them numbers."""
    numbers: dict[str, str] = {"audio": "audio"}
    made = {name for node in nodes for name in node.output}
    for node in nodes:
        node.name = ""
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name in made and name not in kept:
                    names[i] = numbers.setdefault(name, f"v{len(numbers)}")


if __name__ == "__main__":
    made = rebuild(Path(sys.argv[1]))
    OUT.write_bytes(gzip.compress(made.SerializeToString(), 9, mtime=0))
    print(len(made.graph.node), "nodes,", OUT.stat().st_size, "bytes")

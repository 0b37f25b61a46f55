"""Write the shape of the speech model with a decoder in floats, for fitted voices to be put into.

    python scripts/pack_float_decoder.py kokoro-v1.0.int8.onnx

The 8-bit decoder rounds what it computes to 256 steps per layer, and a fitted voice loses by it.
This script (needs ``onnx``) turns the decoder's 8-bit convolutions and style layers into float ones
and its written-out instance normalisations into single nodes; those of the generator become the
constants of a fitted voice. The model is cut in two where the generator begins, so that sound can
be made in pieces. What comes out has no weights: the engine adds them from the base model and the
voice when it loads. Text encoder, language model and prosody predictor stay as they are.
"""

from __future__ import annotations

import gzip
import sys
from pathlib import Path
from typing import Any

import onnx
from onnx import helper, numpy_helper

sys.path.insert(0, str(Path(__file__).parent.parent / "src"))
from ofrenda.engines.tts.fitted_model import folded_into
from ofrenda.engines.tts.kokoro_weights import module
from ofrenda.engines.tts.onnx_file import Node

OUT = Path(__file__).parent.parent / "src/ofrenda/engines/tts/data"
GENERATOR = "decoder.generator."
CUT = {
    "/decoder/decoder/decode.3/Div_4_output_0": "shape",
    "/decoder/decoder/generator/Concat_3_output_0": "source",
}
"""What the generator is given, by its names in the base model and in ours."""
FIRST_LETTER = 12
"""Symbols with smaller numbers are the blank and marks of punctuation."""
BLANK_FRAMES = 5.0
"""0.125 s, as much silence as is put around the clips of a fit (``voice/fit/sentences.py``)."""
FLOAT = onnx.TensorProto.FLOAT
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
            key, entering, out = key_of(scaled), first.input[0], shifted.output[0]
            if not key.startswith(GENERATOR):
                scale = next(i for i in scaled.input if i != divide.output[0])
                shift = next(i for i in shifted.input if i != scaled.output[0])
                made[id(shifted)] = [
                    helper.make_node("Reshape", [scale, "flat"], [f"{out}_scale"]),
                    helper.make_node("Reshape", [shift, "flat"], [f"{out}_shift"]),
                    helper.make_node(
                        "InstanceNormalization",
                        [entering, f"{out}_scale", f"{out}_shift"],
                        [out],
                        epsilon=1e-5,
                    ),
                ]
            elif folded_into(key):
                made[id(shifted)] = [helper.make_node("Identity", [entering], [out])]
            else:
                made[id(shifted)] = [
                    helper.make_node("Mul", [entering, f"{key}.factor"], [f"{out}_scaled"]),
                    helper.make_node("Add", [f"{out}_scaled", f"{key}.shift"], [out]),
                ]
    return made


def rebuild(path: Path) -> dict[str, Any]:
    """The model that ends where the generator begins, and the generator, by their files."""
    model = onnx.load(path)
    graph = Graph(model.graph)
    layers = float_layers(graph)
    graph.nodes = [layers.get(id(node), node) for node in graph.nodes]
    graph.index()
    joined = norms(graph)
    graph.nodes = [new for node in graph.nodes for new in joined.get(id(node), [node])]
    cap_silence(graph)
    for node in graph.nodes:
        for names in (node.input, node.output):
            names[:] = [CUT.get(name, name) for name in names]
    print(f"{len(layers)} layers in floats, {len(joined)} normalisations joined")
    given = [helper.make_tensor_value_info(name, FLOAT, None) for name in CUT.values()]
    tensors = {t.name: t for t in model.graph.initializer}
    return {
        "float_speech": part(graph, tensors, model, list(model.graph.input), given),
        "float_sound": part(graph, tensors, model, given, list(model.graph.output)),
    }


def part(
    graph: Graph, tensors: dict[str, Any], whole: Any, inputs: list[Any], outputs: list[Any]
) -> Any:
    """The nodes between ``inputs`` and ``outputs`` as a model."""
    given, needed = {i.name for i in inputs}, {o.name for o in outputs}
    alive = []
    for node in reversed(graph.nodes):
        if needed & set(node.output) - given:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            alive.append(copy)
            needed |= set(node.input)
    held = constants()
    for name in sorted(needed & tensors.keys()):
        weight = name.startswith(("decoder.", "encoder."))
        if not weight and numpy_helper.to_array(tensors[name]).size <= KEPT:
            held.append(tensors[name])
    shorten(alive, {t.name for t in held} | tensors.keys() | given | {o.name for o in outputs})
    made = helper.make_graph(alive[::-1], "speech", inputs, outputs, held)
    return helper.make_model(
        made, ir_version=whole.ir_version, opset_imports=list(whole.opset_import)
    )


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
    numbers: dict[str, str] = {}
    made = {name for node in nodes for name in node.output}
    for node in nodes:
        node.name = ""
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name in made and name not in kept:
                    names[i] = numbers.setdefault(name, f"v{len(numbers)}")


if __name__ == "__main__":
    for name, model in rebuild(Path(sys.argv[1])).items():
        out = OUT / f"{name}.onnx.gz"
        out.write_bytes(gzip.compress(model.SerializeToString(), 9, mtime=0))
        print(name, len(model.graph.node), "nodes,", out.stat().st_size, "bytes")

"""The weights of the speech model by the names of its parts, read out of the int8 file.

The file (:data:`ofrenda.engines.tts.stock.BASE_MODEL_SHA256`) holds most weights as 8-bit numbers
with a scale and a zero point, under names that the export made up. Here they get the names of the
network they came from (StyleTTS2's iSTFTNet decoder and prosody predictor, as in kokoro 0.9.4):
``decoder.encode.conv1.weight``, ``predictor.F0.0.norm1.fc.bias``.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.tts.onnx_file import Node, OnnxFile

Weights = Mapping[str, NDArray[np.float32]]

_QUANTIZED: Final = "_quantized"
_FLOATS: Final[Mapping[str, str]] = {
    "decoder.generator.ups.0": "/decoder/decoder/generator/Mul_output_0",
    "decoder.generator.ups.1": "/decoder/decoder/generator/Mul_1_output_0",
    "decoder.generator.conv_post": "/decoder/decoder/generator/Mul_2_output_0",
    "decoder.decode.3.pool": "/decoder/decoder/decode.3/Mul_output_0",
    "predictor.F0.1.pool": "/encoder/F0.1/Mul_output_0",
    "predictor.N.1.pool": "/encoder/N.1/Mul_output_0",
}
"""Convolutions that stayed float in the file."""
_RECIPROCAL: Final = re.compile(
    r"/decoder/decoder/(generator/(?:noise_res|resblocks)\.\d)/Reciprocal(?:_(\d))?_output_0"
)


@dataclass(frozen=True, slots=True)
class Quantized:
    """An 8-bit weight ``values`` with its ``scale`` and ``zero``, broadcast to its shape, and the
    name of each of the first two in the file."""

    name: str
    scale_name: str
    values: NDArray[np.uint8]
    scale: NDArray[np.float32]
    zero: NDArray[np.float32]

    def dense(self) -> NDArray[np.float32]:
        """As floats, in the shape of ``values``."""
        dense: NDArray[np.float32] = (self.values.astype(np.float32) - self.zero) * self.scale
        return dense


def quantized_convolutions(file: OnnxFile) -> dict[str, Quantized]:
    """The 8-bit convolutions by module (``decoder.encode.conv1``)."""
    return {
        module(node): _quantized(file, node.inputs[1], node.inputs[3], axis=0)
        for node in file.nodes
        if node.operation == "ConvInteger"
    }


def float_name(key: str) -> str | None:
    """The name in the file of a weight that is float there; None when it is none of those.

    ``key``: ``decoder.generator.ups.0.weight``, ``decoder.encode.conv1.bias``."""
    owner, _, last = key.rpartition(".")
    if last == "weight":
        return _FLOATS.get(owner)
    if key.startswith("decoder."):
        return f"decoder.{key}"
    return f"encoder.{key}"


def reciprocal_names(file: OnnxFile) -> dict[str, str]:
    """Where the file holds ``1 / alpha`` ready-made: from the key of the alpha to the tensor."""
    found = {}
    for name in file.tensors:
        if match := _RECIPROCAL.fullmatch(name):
            order = int(match[2] or 0)  # alpha1.0, alpha2.0, alpha1.1, alpha2.1, ...
            block = match[1].replace("/", ".")
            found[f"decoder.{block}.alpha{1 + order % 2}.{order // 2}"] = name
    return found


def dense_weights(file: OnnxFile) -> dict[str, NDArray[np.float32]]:
    """Every weight of the decoder and the prosody predictor as floats, in PyTorch's shapes."""
    found: dict[str, NDArray[np.float32]] = {}
    for key, conv in quantized_convolutions(file).items():
        found[f"{key}.weight"] = conv.dense()
    for node in file.nodes:
        if node.operation == "MatMulInteger" and node.inputs[1] in file.tensors:
            weight = _quantized(file, node.inputs[1], node.inputs[3], axis=-1)
            found[f"{module(node)}.weight"] = np.ascontiguousarray(weight.dense().T)
        elif node.operation == "DynamicQuantizeLSTM":
            found |= _lstm(file, node)
    for owner, name in _FLOATS.items():
        found[f"{owner}.weight"] = file.tensors[name]
    source = next(
        node for node in file.nodes if node.name.endswith("generator/m_source/l_linear/MatMul")
    )
    found["decoder.generator.m_source.l_linear.weight"] = file.tensors[source.inputs[1]].T
    for name, tensor in file.tensors.items():
        if tensor.dtype == np.float32 and (loose := _loose_key(name)):
            found.setdefault(loose, tensor)
    wanted = ("decoder.", "predictor.")
    return {key: value for key, value in found.items() if key.startswith(wanted)}


@functools.cache
def _parts(name: str) -> str:
    """``/decoder/decoder/asr_res/asr_res.0/Conv_quant`` -> ``decoder.asr_res.0``."""
    parts = name.strip("/").split("/")[:-1]
    if parts[:2] == ["decoder", "decoder"] or parts[:1] == ["encoder"]:
        parts = parts[1:]
    if parts and re.match(r"((F0|N)\.\d|F0_proj|N_proj|shared|lstm|duration_proj)$", parts[0]):
        parts.insert(0, "predictor")
    kept = [
        part
        for i, part in enumerate(parts)
        if i + 1 == len(parts) or not parts[i + 1].startswith(f"{part}.")
    ]
    return ".".join(kept)


def module(node: Node) -> str:
    """The part of the network that a node belongs to, by its dotted name."""
    return _parts(node.name)


def _loose_key(name: str) -> str | None:
    for start, put in (("encoder.", ""), ("decoder.decoder.", "decoder.")):
        if name.startswith(start):
            return put + name.removeprefix(start)
    return None


def _quantized(file: OnnxFile, name: str, zero: str, *, axis: int) -> Quantized:
    values = file.tensors[name]
    scale_name = name.removesuffix(_QUANTIZED) + "_scale"
    shape = [1] * values.ndim
    shape[axis] = -1
    scale = file.tensors[scale_name].astype(np.float32).reshape(shape)
    zeros = file.tensors[zero].astype(np.float32).reshape(shape)
    return Quantized(name, scale_name, values, scale, zeros)


def _lstm(file: OnnxFile, node: Node) -> dict[str, NDArray[np.float32]]:
    """An LSTM in ONNX's order (directions, inputs, gates i o f c) in PyTorch's (gates i f c o)."""
    found = {}
    owner = module(node)
    bias = file.tensors[node.inputs[3]]
    for kind, at, scale_at in (("ih", 1, 8), ("hh", 2, 10)):
        values = file.tensors[node.inputs[at]].astype(np.float32)
        scale, zero = (file.tensors[node.inputs[scale_at + i]].astype(np.float32) for i in (0, 1))
        shape = (values.shape[0], 1, -1) if scale.size > 1 else (1, 1, 1)
        dense = (values - zero.reshape(shape)) * scale.reshape(shape)
        half = bias.shape[1] // 2
        biases = bias[:, :half] if kind == "ih" else bias[:, half:]
        for direction, suffix in enumerate(("", "_reverse")):
            found[f"{owner}.weight_{kind}_l0{suffix}"] = _gates(dense[direction].T)
            found[f"{owner}.bias_{kind}_l0{suffix}"] = _gates(biases[direction])
    return found


def _gates(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    enter, out, forget, cell = np.split(rows, 4)
    return np.concatenate([enter, forget, cell, out])

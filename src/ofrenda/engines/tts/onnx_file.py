"""A small reader of ONNX files: which tensors a model holds, and how its nodes are joined.

A fitted voice is a change to some tensors of the base model. To make it, they must be read by
name; the ``onnx`` package would do it with 20 MB that nothing else here needs. Read is the wire
format of Protocol Buffers (https://protobuf.dev/programming-guides/encoding/) with the field
numbers of ``onnx.proto`` (ONNX 1.16): ``ModelProto.graph`` is 7; ``GraphProto.node`` 1,
``initializer`` 5, ``input`` 11, ``output`` 12; ``NodeProto.input`` 1, ``output`` 2, ``name`` 3,
``op_type`` 4; ``TensorProto.dims`` 1, ``data_type`` 2, ``name`` 8, ``raw_data`` 9.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ofrenda.errors import ModelCorrupt

_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 10: np.float16}
"""ONNX data types that our models use, as numpy types."""
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5

_UNREADABLE = "The speech model cannot be read. Fetch it anew with 'ofrenda models get'."

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One step of a model: what it does, what goes in and what comes out, by name."""

    name: str
    operation: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OnnxFile:
    """The ``tensors`` (read-only views into the file's bytes) and ``nodes`` of a model."""

    tensors: dict[str, Array]
    nodes: tuple[Node, ...]


def read_onnx(path: Path) -> OnnxFile:
    """Read the file at ``path``; its tensors stay mapped from disk until they are let go.

    Raises :class:`~ofrenda.errors.ModelCorrupt` for what is not an ONNX file with its weights
    inside."""
    try:
        return parse_onnx(np.memmap(path, np.uint8, "r"))
    except OSError as error:
        raise ModelCorrupt(_UNREADABLE) from error


def parse_onnx(data: Any) -> OnnxFile:
    """The model in ``data`` (bytes or a view of bytes); tensors are views into it.

    Raises :class:`~ofrenda.errors.ModelCorrupt`."""
    tensors: dict[str, Array] = {}
    nodes = []
    try:
        for field, graph in _fields(memoryview(data)):
            if field != 7:
                continue
            for number, part in _fields(graph):
                if number == 1:
                    nodes.append(_node(part))
                elif number == 5:
                    name, array = _tensor(part)
                    tensors[name] = array
    except (ValueError, IndexError, TypeError, OverflowError) as error:
        raise ModelCorrupt(_UNREADABLE) from error
    return OnnxFile(tensors, tuple(nodes))


def with_tensors(model: bytes, tensors: Mapping[str, Array]) -> bytes:
    """The model with ``tensors`` added to those it holds, by name.

    Protocol Buffers join a message that comes twice: a second graph that has nothing but tensors
    adds them to the first."""
    kinds = {np.dtype(kind): number for number, kind in _TYPES.items()}
    parts = []
    for name, array in tensors.items():
        dims = b"".join(_write(1 << 3 | _VARINT) + _write(size) for size in array.shape)
        kind = _write(2 << 3 | _VARINT) + _write(kinds[array.dtype])
        head = dims + kind + _message(8, name.encode())
        raw = np.ascontiguousarray(array).tobytes()
        size = len(head) + len(_write(9 << 3 | _BYTES)) + len(_write(len(raw))) + len(raw)
        parts += [_write(5 << 3 | _BYTES), _write(size), head]
        parts += [_write(9 << 3 | _BYTES), _write(len(raw)), raw]
    total = sum(map(len, parts))
    return b"".join([model, _write(7 << 3 | _BYTES), _write(total), *parts])


def with_outputs(model: bytes, names: list[str]) -> bytes:
    """The model with inner float values named ``names`` given out as well."""
    # ValueInfoProto: name 1, type 2; TypeProto.tensor_type 1; Tensor.elem_type 1 = FLOAT (1)
    kind = _message(2, _message(1, b"\x08\x01"))
    outputs = b"".join(_message(12, _message(1, name.encode()) + kind) for name in names)
    return model + _message(7, outputs)


def with_steps(model: bytes, nodes: Sequence[Node], inputs: Sequence[str]) -> bytes:
    """The model with ``nodes`` added, and with more float ``inputs``. The order of nodes is of no
    matter to the runtime: it sorts them."""
    kind = _message(2, _message(1, b"\x08\x01"))
    parts = [
        _message(
            1,
            b"".join(_message(1, name.encode()) for name in node.inputs)
            + b"".join(_message(2, name.encode()) for name in node.outputs)
            + _message(3, node.name.encode())
            + _message(4, node.operation.encode()),
        )
        for node in nodes
    ]
    parts += [_message(11, _message(1, name.encode()) + kind) for name in inputs]
    return model + _message(7, b"".join(parts))


def rewired(model: Any, old: str, new: str, added: bytes) -> bytes:
    """The model in which the node that gives out ``old`` gives out ``new``, a name of the same
    length, while who reads ``old`` still does; with ``added`` behind it, such as
    ``with_steps(b"", ...)``. ``model`` is bytes or a file mapped into memory; the result is the
    only copy that is made. ValueError where not exactly one node gives out ``old``."""
    if len(old) != len(new):
        raise ValueError("a name of another length would move what follows it")
    told, instead = (_message(2, name.encode()) for name in (old, new))
    at = model.find(told)
    if at < 0 or model.find(told, at + 1) >= 0:
        raise ValueError("there is no such output, or more than one")
    with memoryview(model) as view:
        return b"".join([view[:at], instead, view[at + len(told) :], added])


def _node(data: Any) -> Node:
    texts: dict[int, list[str]] = {1: [], 2: [], 3: [], 4: []}
    for number, part in _fields(data):
        if number in texts:
            texts[number].append(bytes(part).decode())
    return Node("".join(texts[3][:1]), "".join(texts[4][:1]), tuple(texts[1]), tuple(texts[2]))


def _tensor(data: Any) -> tuple[str, Array]:
    shape: list[int] = []
    kind, name, raw = 0, "", memoryview(b"")
    loose: list[Any] = []
    for number, part in _fields(data):
        if number == 1:
            shape += [part] if isinstance(part, int) else list(_varints(part))
        elif number == 2:
            kind = part
        elif number == 8:
            name = bytes(part).decode()
        elif number == 9:
            raw = part
        elif number == 4:
            loose += np.frombuffer(part, np.float32).tolist()
        elif number in (5, 7):
            loose += [part] if isinstance(part, int) else list(_varints(part))
    if kind not in _TYPES:
        return name, np.zeros(0)
    if not len(raw):  # small tensors; whole numbers come as two's complement of 64 bits
        plain = np.array(loose) if kind == 1 else np.array(loose, np.uint64).astype(np.int64)
        return name, plain.astype(_TYPES[kind]).reshape(shape)
    return name, np.frombuffer(raw, _TYPES[kind]).reshape(shape)


def _fields(data: Any) -> Iterator[tuple[int, Any]]:
    """Each field of a message: its number, and an int or a view of its bytes."""
    at, end = 0, len(data)
    while at < end:
        key, at = _varint(data, at)
        kind = key & 7
        if kind == _VARINT:
            value, at = _varint(data, at)
            yield key >> 3, value
        elif kind == _BYTES:
            size, at = _varint(data, at)
            if at + size > end:
                raise ValueError("cut short")
            yield key >> 3, data[at : at + size]
            at += size
        elif kind in (_FIXED64, _FIXED32):
            size = 8 if kind == _FIXED64 else 4
            yield key >> 3, data[at : at + size]
            at += size
        else:
            raise ValueError("not a message")


def _varints(data: Any) -> Iterator[int]:
    at = 0
    while at < len(data):
        value, at = _varint(data, at)
        yield value


def _varint(data: Any, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if byte < 0x80:
            return value, at
        shift += 7


def _message(number: int, body: bytes) -> bytes:
    return _write(number << 3 | _BYTES) + _write(len(body)) + body


def _write(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)

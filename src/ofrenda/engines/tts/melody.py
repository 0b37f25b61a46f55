"""A handle on the speech model's melody: its pitch can be moved and its range widened.

The model first draws the curve of pitch (in Hz, one value each 12.5 ms; under 10 Hz is unvoiced)
and then speaks along it. Between the two a few steps are put in: how far each voiced value is from
their mean is multiplied by ``span``, and all by ``pitch``. Nothing is resampled or stretched, so
that the sound stays the model's own; at 1 and 1 nothing changes.
"""

from __future__ import annotations

import mmap
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.tts.onnx_file import (
    Node,
    parse_onnx,
    rewired,
    with_steps,
    with_tensors,
)
from ofrenda.errors import ModelCorrupt

INPUTS: Final = ("pitch", "span")
_WEIGHT: Final = "encoder.predictor.F0_proj.weight_quantized"
"""What the curve is made with: its last step before it is used."""
_VOICED_HZ: Final = 10.0
"""The model's own border between voiced and unvoiced (iSTFTNet's source, as in kokoro 0.9.4)."""
_LEAST_HZ: Final = 50.0


def read_with_melody(path: Path) -> bytes:
    """As :func:`with_melody`, of the model at ``path``. Raises OSError."""
    with path.open("rb") as file:
        return with_melody(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def with_melody(model: bytes | mmap.mmap) -> bytes:
    """The speech model with the inputs ``pitch`` and ``span``, float32 ``[1]`` each.

    Raises :class:`~ofrenda.errors.ModelCorrupt` for a model that has no such curve."""
    curve = _curve(model)
    drawn = "~" + curve[1:]
    steps = [
        ("Greater", (drawn, "m.voiced_hz"), "m.voiced"),
        ("Where", ("m.voiced", drawn, "m.zero"), "m.heard"),
        ("Where", ("m.voiced", "m.one", "m.zero"), "m.ones"),
        ("ReduceSum", ("m.heard",), "m.sum"),
        ("ReduceSum", ("m.ones",), "m.count"),
        ("Max", ("m.count", "m.one"), "m.some"),
        ("Div", ("m.sum", "m.some"), "m.mean"),
        ("Sub", (drawn, "m.mean"), "m.away"),
        ("Mul", ("m.away", "span"), "m.wider"),
        ("Add", ("m.wider", "m.mean"), "m.back"),
        ("Mul", ("m.back", "pitch"), "m.higher"),
        ("Max", ("m.higher", "m.least_hz"), "m.held"),
        ("Where", ("m.voiced", "m.held", drawn), curve),
    ]
    nodes = [Node(f"melody.{i}", what, told, (out,)) for i, (what, told, out) in enumerate(steps)]
    numbers = {"m.zero": 0.0, "m.one": 1.0, "m.voiced_hz": _VOICED_HZ, "m.least_hz": _LEAST_HZ}
    tensors = {name: np.array([value], np.float32) for name, value in numbers.items()}
    added = with_tensors(with_steps(b"", nodes, INPUTS), tensors)
    return rewired(model, curve, drawn, added)


def feeds(pitch: float, span: float) -> dict[str, NDArray[np.float32]]:
    """What :func:`with_melody` wants to be fed."""
    return {"pitch": np.array([pitch], np.float32), "span": np.array([span], np.float32)}


def _curve(model: bytes | mmap.mmap) -> str:
    """The name of the curve of pitch: what is squeezed out of the projection to one channel."""
    nodes = parse_onnx(model).nodes
    reached = {name for node in nodes if _WEIGHT in node.inputs for name in node.outputs}
    for _ in range(8):
        for node in nodes:
            if reached.isdisjoint(node.inputs):
                continue
            if node.operation == "Squeeze":
                return node.outputs[0]
            reached.update(node.outputs)
    raise ModelCorrupt("The speech model cannot be read. Fetch it anew with 'ofrenda models get'.")

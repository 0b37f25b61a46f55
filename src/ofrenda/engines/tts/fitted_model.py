"""The speech model with a fitted voice in it, made in memory and never written to a disk."""

from __future__ import annotations

import gzip
import importlib.resources
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.tts.fitted import FittedVoice
from ofrenda.engines.tts.kokoro_weights import dense_weights, float_name, reciprocal_names
from ofrenda.engines.tts.melody import INPUTS, with_melody
from ofrenda.engines.tts.onnx_file import Array, OnnxFile, parse_onnx, read_onnx, with_tensors
from ofrenda.errors import EngineRefused

Floats = NDArray[np.float32]


def fitted_model(base: Path, voice: FittedVoice) -> bytes:
    """An ONNX model (about 230 MB) that speaks as ``voice``: the base model at ``base`` with its
    decoder in floats (``scripts/pack_float_decoder.py``), the voice's changes in it and a handle on
    its melody (:mod:`.melody`).

    Raises :class:`~ofrenda.errors.EngineRefused` for a voice that does not fit the model, and
    :class:`~ofrenda.errors.ModelCorrupt`."""
    source = importlib.resources.files(__package__) / "data" / "float_decoder.onnx.gz"
    shape = with_melody(gzip.decompress(source.read_bytes()))
    file = read_onnx(base)
    return with_tensors(shape, _missing(parse_onnx(shape), file, _changed(file, voice)))


def _missing(shape: OnnxFile, file: OnnxFile, weights: Mapping[str, Floats]) -> dict[str, Array]:
    """The tensors that the model without weights asks for, by the names it has for them."""
    by_name: dict[str, Array] = dict(weights)
    for key, value in weights.items():
        if name := float_name(key):
            by_name[name] = value
    for key, name in reciprocal_names(file).items():
        by_name[name] = 1 / weights[key]
    made = {name for node in shape.nodes for name in node.outputs} | shape.tensors.keys()
    wanted = {name for node in shape.nodes for name in node.inputs if name} - made
    wanted -= {"tokens", "style", "speed", *INPUTS}
    return {
        name: by_name[name] if name in by_name else file.tensors[name] for name in sorted(wanted)
    }


def _changed(file: OnnxFile, voice: FittedVoice) -> dict[str, Floats]:
    """The base model's weights with the voice's changes."""
    weights = dense_weights(file)
    try:
        for name, offset in voice.offsets.items():
            weights[name] = (weights[name] + offset.reshape(weights[name].shape)).astype(np.float32)
        for name, (down, up) in voice.changes.items():
            key = f"{name}.weight"
            change = up.reshape(-1, len(down)) @ down.reshape(len(down), -1)
            weights[key] = weights[key] + change.reshape(weights[key].shape).astype(np.float32)
    except (KeyError, ValueError) as error:
        raise EngineRefused(
            "The fitted voice of this life does not fit the speech model. "
            "Fit it again with 'ofrenda voice'."
        ) from error
    return weights

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


def fitted_models(base: Path, voice: FittedVoice) -> tuple[bytes, bytes]:
    """Two ONNX models (about 230 MB) that speak as ``voice``: the base model at ``base`` with its
    decoder in floats (``scripts/pack_float_decoder.py``), the voice's changes in it and a handle on
    its melody (:mod:`.melody`). The first goes from symbols to ``shape`` ``[1, 512, 2 n]`` and
    ``source`` ``[1, 22, 120 n + 1]`` for ``n`` frames of 25 ms; the second is the generator, which
    makes sound (24 kHz) of both, or of any stretch of them.

    Raises :class:`~ofrenda.errors.EngineRefused` for a voice that does not fit the model, and
    :class:`~ofrenda.errors.ModelCorrupt`."""
    folder = importlib.resources.files(__package__) / "data"
    speech, sound = (
        gzip.decompress((folder / f"float_{name}.onnx.gz").read_bytes())
        for name in ("speech", "sound")
    )
    file = read_onnx(base)
    weights = _changed(file, voice)
    speech = with_melody(speech)
    first, second = (
        with_tensors(shape, _missing(parse_onnx(shape), file, weights)) for shape in (speech, sound)
    )
    return first, second


def folded_into(norm: str) -> str | None:
    """The convolution whose output a normalisation of the generator takes alone, and whose weights
    can therefore take up its factor and shift."""
    return norm.replace("adain2", "convs1") if ".adain2." in norm else None


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
    wanted -= {"tokens", "style", "speed", "shape", "source", *INPUTS}
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
        _hold(weights, voice)
    except (KeyError, ValueError) as error:
        raise EngineRefused(
            "The fitted voice of this life does not fit the speech model. "
            "Fit it again with 'ofrenda voice'."
        ) from error
    return weights


def _hold(weights: dict[str, Floats], voice: FittedVoice) -> None:
    """Put the generator's normalisations, which the voice holds still, in ``weights``: as
    ``NAME.factor`` and ``NAME.shift`` ``[channels, 1]``, or in the convolution before them."""
    for name, (mean, spread) in voice.norms.items():
        both = weights[f"{name}.fc.weight"] @ voice.style + weights[f"{name}.fc.bias"]
        scale, shift = np.split(both, 2)
        factor = (1 + scale) / spread
        shift = shift - mean * factor
        conv = folded_into(name)
        if conv:
            weights[f"{conv}.weight"] = weights[f"{conv}.weight"] * factor[:, None, None]
            weights[f"{conv}.bias"] = weights[f"{conv}.bias"] * factor + shift
        else:
            weights[f"{name}.factor"], weights[f"{name}.shift"] = factor[:, None], shift[:, None]

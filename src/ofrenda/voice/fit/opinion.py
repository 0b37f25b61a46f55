"""How natural speech sounds, as DistillMOS guesses that listeners would say."""

from __future__ import annotations

import functools
import importlib.util
import sys
import types
from typing import Any

import numpy as np

from ofrenda.types import Audio


def opinion(audio: Audio) -> float | None:
    """A mean opinion score, 1 (bad) to 5, of speech at 16 kHz; None without ``distillmos``.

    DistillMOS 0.9.1 (Microsoft, MIT; Stahl and Gamper 2025)."""
    model = _model()
    if model is None:
        return None
    import torch

    level = np.sqrt(np.mean(np.square(audio.samples))) + 1e-9
    samples = (audio.samples * (10 ** (-27 / 20) / level)).astype(np.float32)
    with torch.no_grad():
        return float(model(torch.tensor(samples)[None]).item())


@functools.cache
def _model() -> Any:
    if importlib.util.find_spec("distillmos") is None:
        return None
    if importlib.util.find_spec("torchaudio") is None and "torchaudio" not in sys.modules:
        # It is asked for by name alone: resampling and cepstra, neither of which is used here.
        stand_in = types.ModuleType("torchaudio")
        stand_in.transforms = types.ModuleType("torchaudio.transforms")  # type: ignore[attr-defined]
        stand_in.transforms.Resample = stand_in.transforms.MFCC = object
        sys.modules["torchaudio"] = stand_in
        sys.modules["torchaudio.transforms"] = stand_in.transforms
    import distillmos

    model = distillmos.ConvTransformerSQAModel()
    model.eval()
    return model

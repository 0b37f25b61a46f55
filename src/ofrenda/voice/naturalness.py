"""How good speech sounds, as listeners would judge it: DNSMOS P.835.

The model (Reddy, Gopal, Cutler 2022, Microsoft, MIT) was trained on listeners' marks from 1 (bad)
to 5 (excellent) of noisy and cleaned speech. It is carried by the package ``speechmos``, whose own
code is not used: it needs libraries that the house does without.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from ofrenda.settings import Settings
from ofrenda.types import Audio

MODEL: Final = "dnsmos-p835"
RATE: Final = 16_000
_WINDOW: Final = 144_160
"""Samples the model hears at once (9.01 s); shorter sound is repeated to fill it."""
_CURVES: Final = (
    (-0.08397278, 1.22083953, 0.0052439),
    (-0.13166888, 1.60915514, -0.39604546),
    (-0.06766283, 1.11546468, 0.04602535),
)
"""From what the model gives to marks (signal, background, overall): the parabolas published with
it."""


@dataclass(frozen=True, slots=True)
class Naturalness:
    """Marks from 1 to 5: of the ``signal`` (the voice), of the ``background`` (how little it
    disturbs) and ``overall``."""

    signal: float
    background: float
    overall: float


@lru_cache(maxsize=1)
def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(model), sess_options=options, providers=["CPUExecutionProvider"]
    )


def naturalness(audio: Audio, *, settings: Settings | None = None) -> Naturalness:
    """The mean marks of ``audio`` (16 kHz), heard 9 s at a time, each second anew.

    About 0.1 s of work for 9 s. ValueError at another rate and for no sound at all.
    """
    from ofrenda.weights import resolve

    if audio.sample_rate != RATE or not len(audio.samples):
        raise ValueError(f"naturalness is judged of sound at {RATE} Hz")
    session = _session(resolve(MODEL, settings or Settings()).only)
    samples = audio.samples
    while len(samples) < _WINDOW:  # doubled, as the marks were published: not cut to length
        samples = np.concatenate([samples, samples])
    hops = int(len(samples) / RATE - _WINDOW / RATE) + 1
    windows = [samples[hop * RATE : hop * RATE + _WINDOW] for hop in range(hops)]
    raw = np.concatenate([session.run(None, {"input_1": one[None]})[0] for one in windows])
    marks = np.stack([np.polyval(curve, raw[:, i]) for i, curve in enumerate(_CURVES)])
    signal, background, overall = (float(mark) for mark in marks.mean(axis=1))
    return Naturalness(round(signal, 2), round(background, 2), round(overall, 2))

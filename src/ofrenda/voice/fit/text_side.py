"""The text side of the speech model, run in the ONNX file itself.

What a fit never changes (the language model and the text encoder) is computed by the very file that
will speak, 8-bit rounding and all, so that a fit learns from what it will be given.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.tts.onnx_file import with_outputs
from ofrenda.engines.tts.session import session

_LANGUAGE: Final = "/encoder/bert_encoder/Add_output_0"
_SOUNDS: Final = "/encoder/text_encoder/Transpose_2_output_0"
_DURATIONS: Final = "/encoder/Clip_output_0"
_PITCH: Final = "/encoder/F0_proj/Conv_output_0"
_ENERGY: Final = "/encoder/N_proj/Conv_output_0"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One sentence as the model says it, with what lies between.

    ``sound`` ``[samples]`` at 24 kHz; ``frames`` of 25 ms per symbol ``[n]``; ``pitch`` in Hz and
    ``energy`` ``[2 frames]``; ``language`` features ``[n, 512]``, ``sounds`` ``[512, n]``."""

    sound: Floats
    frames: NDArray[np.int64]
    pitch: Floats
    energy: Floats
    language: Floats
    sounds: Floats


class TextSide:
    """The base model with its inner values laid open. Holds about 200 MB; one thread."""

    def __init__(self, model: Path, threads: int = 1) -> None:
        names = [_DURATIONS, _PITCH, _ENERGY, _LANGUAGE, _SOUNDS]
        self._session: Any = session(with_outputs(model.read_bytes(), names), threads)
        self._names = ["audio", *names]

    def speak(self, tokens: list[int], style: Floats) -> Spoken:
        """Say ``tokens`` (blanks at the ends not included) in ``style`` ``[256]``."""
        inputs = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style[None].astype(np.float32),
            "speed": np.ones(1, np.float32),
        }
        sound, frames, pitch, energy, language, sounds = self._session.run(self._names, inputs)
        return Spoken(
            sound.ravel(), frames.ravel().astype(np.int64), pitch.ravel(), energy.ravel(),
            language.reshape(-1, 512), sounds.reshape(512, -1),
        )  # fmt: skip

"""The speaker encoder of :mod:`ofrenda.voice.speaker`, in PyTorch, for a gradient to pass through.

It takes part in the fit and so may not judge it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812

from ofrenda.engines.tts.onnx_file import read_onnx
from ofrenda.voice.speaker import mel_bands

Tensor = Any
_SIZE: Final = 600
"""25 ms at 24 kHz: the encoder's bins of 40 Hz, of which it uses those under 8 kHz."""
_HOP: Final = 240
_BINS: Final = 201
_LEVEL: Final = 10 ** (-30 / 20)
WINDOW: Final = 160


class Ear:
    """Embeds sound at 24 kHz. Holds 6 MB."""

    def __init__(self) -> None:
        with resources.as_file(
            resources.files("ofrenda.voice").joinpath("models/speaker_encoder.onnx")
        ) as path:
            tensors = read_onnx(Path(path)).tensors
            self._layers = [
                [torch.tensor(_pytorch(tensors[f"{part}_{i}_half"][0])) for part in _PARTS]
                for i in range(3)
            ]
            self._linear = torch.tensor(tensors["linear_half"].astype(np.float32))
            self._shift = torch.tensor(tensors["shift_half"].astype(np.float32))
        # the bands of the original, made for 400 points at 16 kHz: the same bins
        self._bands = torch.tensor(np.ascontiguousarray(mel_bands().T))
        self._taper = torch.hann_window(_SIZE)

    def mel(self, sound: Tensor) -> Tensor:
        """Mel powers ``[frames, 40]``, one each 10 ms, of sound ``[n]`` that is brought to the
        encoder's level."""
        level = sound * (_LEVEL / (sound.detach().square().mean().sqrt() + 1e-6))
        spectrum = torch.stft(level, _SIZE, _HOP, _SIZE, self._taper, return_complex=True)
        # a spectrum of 1.5 times as many samples is 1.5 times as large
        power = spectrum[:_BINS].abs().square() / 1.5**2
        return power.T @ self._bands

    def embed(self, mel: Tensor) -> Tensor:
        """The voice in mel powers ``[frames, 40]``: ``[256]``, of length 1."""
        x = mel[None]
        start = torch.zeros(1, 1, 256)
        for bias, ih, hh in self._layers:
            flat = [ih, hh, bias[:1024], bias[1024:]]
            x = torch.lstm(x, (start, start), flat, True, 1, 0.0, True, False, True)[0]
        raw = torch.relu(F.linear(x[0, -1], self._linear, self._shift))
        return raw / (raw.norm() + 1e-6)


_PARTS: Final = ("bias", "input", "recurrent")


def _pytorch(rows: Any) -> Any:
    """Gates in ONNX's order (i o f c) to PyTorch's (i f c o), as float32."""
    halves = np.split(rows.astype(np.float32), len(rows) // 1024)
    ordered = []
    for half in halves:
        enter, out, forget, cell = np.split(half, 4)
        ordered.append(np.concatenate([enter, forget, cell, out]))
    return np.concatenate(ordered)

"""How far a rendering is from the recording, by spectra at three resolutions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch

from ofrenda.voice.fit.network import RATE
from ofrenda.voice.fit.sounds import Floats, mel_bands

Tensor = Any
_SIZES: Final = ((512, 40), (1024, 80), (2048, 100))
"""Points of each spectrum at 24 kHz (21, 43 and 85 ms) and its mel bands."""
_FINE: Final = 0.3
"""Weight of the spectrum itself, bin by bin, beside that of its mel bands."""
_FLOOR: Final = 5e-4
"""Amplitude under which nothing is compared: 38 dB under the model's speech. With 26 dB, twice the
noise below and nothing above 7 kHz compared, the same 210 steps came to 0.466 instead of 0.517 of
the judge's cosine (one speaker, one run each)."""
_NOISE_SHARE: Final = 0.1
"""The quietest tenth of the frames is taken for the room."""


@dataclass(frozen=True, slots=True)
class Resolution:
    """One spectrum: ``bands`` ``[mels, bins]``, and the floors per mel band and per bin."""

    size: int
    bands: Tensor
    taper: Tensor
    mel_floor: Tensor
    floor: Tensor
    bins: slice


def resolutions(
    sounds: Sequence[Floats], low: float = 50.0, top: float = 7900.0
) -> list[Resolution]:
    """Spectra to compare recordings like ``sounds`` by, between ``low`` and ``top`` Hz: outside of
    what the channel let through there is nothing to learn.

    The noise of the room sets the floors: what it hides is not compared, and so not learnt."""
    whole = torch.tensor(np.concatenate(sounds))
    made = []
    for size, count in _SIZES:
        bands = torch.tensor(mel_bands(count, size, RATE, low, top))
        bands = bands[bands.sum(1) > 0.5]
        taper = torch.hann_window(size)
        spectrum = _magnitudes(whole, size, taper)
        loud = spectrum.square().sum(0)
        quiet = spectrum[:, loud <= torch.quantile(loud, _NOISE_SHARE)]
        least = _FLOOR * float(taper.square().sum().sqrt())
        bins = slice(int(np.ceil(low * size / RATE)), int(top * size / RATE) + 1)
        made.append(
            Resolution(
                size,
                bands,
                taper,
                (bands @ quiet).mean(1, keepdim=True).clamp(min=least),
                quiet[bins].mean(1, keepdim=True).clamp(min=least),
                bins,
            )
        )
    return made


def distance(made: Tensor, wanted: Tensor, by: Sequence[Resolution]) -> Tensor:
    """Mean absolute difference of logarithmic spectra of two sounds ``[n]`` at 24 kHz."""
    total = torch.zeros(())
    for one in by:
        a = _magnitudes(made, one.size, one.taper)
        b = _magnitudes(wanted, one.size, one.taper)
        mels = [torch.log(one.bands @ x + one.mel_floor) for x in (a, b)]
        fine = [torch.log(x[one.bins] + one.floor) for x in (a, b)]
        total = total + (mels[0] - mels[1]).abs().mean()
        total = total + _FINE * (fine[0] - fine[1]).abs().mean()
    return total / len(by)


def _magnitudes(sound: Tensor, size: int, taper: Tensor) -> Tensor:
    spectrum = torch.stft(sound, size, size // 4, size, taper, return_complex=True)
    return torch.sqrt(spectrum.real.square() + spectrum.imag.square() + 1e-9)

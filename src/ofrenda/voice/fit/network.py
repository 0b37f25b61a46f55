"""The speech model's decoder and prosody predictor in PyTorch, as functions of their weights.

Written after StyleTTS2 (Li et al. 2023, MIT) and kokoro 0.9.4 (Apache-2.0), whose package is not
used because it asks for a GPL phonemizer and for transformers. Only what a fit changes is here; the
text side runs in the ONNX file itself (:mod:`.text_side`), exactly as it will when speaking.

Every function takes ``weights`` (name -> tensor) and looks its own up by name. One utterance at a
time: tensors are ``[1, channels, frames]``; a frame is 25 ms before the decoder, 12.5 ms for pitch
and energy.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import torch
import torch.nn.functional as F  # noqa: N812

Tensor = Any
Weights = Mapping[str, Tensor]
Norms = dict[str, tuple[Tensor, Tensor]]
"""Mean and spread ``[1, channels, 1]`` that a normalisation of the generator subtracts and divides
by. The model was trained with those of each whole utterance; with one pair for all of them the
generator says a stretch as it says the whole, and is nearer to a person (docs/voice-fitting.md)."""

RATE: Final = 24_000
SAMPLES_PER_FRAME: Final = 600
_HARMONICS: Final = 9
_UP: Final = 300
_FFT: Final = 20
_HOP: Final = 5
_VOICED_HZ: Final = 10.0
_KERNELS: Final = (3, 7, 11)


def conv(
    weights: Weights, name: str, x: Tensor, *, stride: int = 1, dilation: int = 1, padding: int = 0
) -> Tensor:
    """A convolution, with its low-rank change where one is being learnt.

    ``NAME.down`` ``[rank, in, kernel]`` and ``NAME.up`` ``[out, rank, 1]`` add ``up * down`` to the
    weight; computed beside it, so that no gradient of the whole weight is ever needed. In bfloat16,
    where a processor has it, a step takes seven tenths of the time, and the voice comes less near
    (docs/voice-fitting.md)."""
    how = {"stride": stride, "dilation": dilation, "padding": padding}
    y = F.conv1d(x, weights[f"{name}.weight"], weights.get(f"{name}.bias"), **how)
    down = weights.get(f"{name}.down")
    if down is not None:
        y = y + F.conv1d(F.conv1d(x, down, None, **how), weights[f"{name}.up"])
    return y


def _up(weights: Weights, name: str, x: Tensor, rate: int, kernel: int) -> Tensor:
    weight = weights[f"{name}.weight"]
    return F.conv_transpose1d(
        x, weight, weights[f"{name}.bias"], stride=rate, padding=(kernel - rate) // 2
    )


def _adain(
    weights: Weights, name: str, x: Tensor, style: Tensor, norms: Norms | None = None
) -> Tensor:
    scale, shift = _style(weights, name, style)
    if norms is None:
        return (1 + scale) * F.instance_norm(x) + shift
    if name not in norms:
        mean = x.mean(-1, keepdim=True)
        norms[name] = mean, ((x - mean).square().mean(-1, keepdim=True) + 1e-5).sqrt()
    mean, spread = norms[name]
    factor = (1 + scale) / spread
    return torch.addcmul(shift - mean * factor, x, factor)


def _style(weights: Weights, name: str, style: Tensor) -> tuple[Tensor, Tensor]:
    both = F.linear(style, weights[f"{name}.fc.weight"], weights[f"{name}.fc.bias"])
    scale, shift = both.unsqueeze(-1).chunk(2, dim=1)
    return scale, shift


def _block(weights: Weights, name: str, x: Tensor, style: Tensor) -> Tensor:
    """A residual block of decoder or predictor; doubles the frames where it has a ``pool``."""
    rest = x
    y = F.leaky_relu(_adain(weights, f"{name}.norm1", x, style), 0.2)
    pool = weights.get(f"{name}.pool.weight")
    if pool is not None:
        y = F.conv_transpose1d(
            y, pool, weights[f"{name}.pool.bias"], stride=2, padding=1, output_padding=1,
            groups=y.shape[1],
        )  # fmt: skip
        rest = torch.repeat_interleave(rest, 2, dim=-1)
    y = conv(weights, f"{name}.conv1", y, padding=1)
    y = F.leaky_relu(_adain(weights, f"{name}.norm2", y, style), 0.2)
    y = conv(weights, f"{name}.conv2", y, padding=1)
    if f"{name}.conv1x1.weight" in weights:
        rest = conv(weights, f"{name}.conv1x1", rest)
    return (y + rest) * math.sqrt(0.5)


def _snake(x: Tensor, alpha: Tensor) -> Tensor:
    return x + torch.sin(alpha * x).square() / alpha


def _res(
    weights: Weights, name: str, x: Tensor, style: Tensor, kernel: int, norms: Norms
) -> Tensor:
    for i, dilation in enumerate((1, 3, 5)):
        y = _adain(weights, f"{name}.adain1.{i}", x, style, norms)
        y = _snake(y, weights[f"{name}.alpha1.{i}"])
        y = conv(
            weights, f"{name}.convs1.{i}", y, dilation=dilation,
            padding=dilation * (kernel - 1) // 2,
        )  # fmt: skip
        y = _adain(weights, f"{name}.adain2.{i}", y, style, norms)
        y = _snake(y, weights[f"{name}.alpha2.{i}"])
        x = x + conv(weights, f"{name}.convs2.{i}", y, padding=(kernel - 1) // 2)
    return x


def excitation(weights: Weights, pitch: Tensor) -> Tensor:
    """The harmonics of ``pitch`` ``[1, half_frames]`` as magnitude and phase ``[1, 22, 60 n + 1]``.

    Without the noise of the original: the exported model has none either."""
    with torch.no_grad():
        hertz = torch.repeat_interleave(pitch.unsqueeze(1), _UP, dim=-1)
        tones = hertz * torch.arange(1, _HARMONICS + 1, dtype=hertz.dtype)[None, :, None]
        turns = (tones / RATE) % 1
        slow = F.interpolate(turns, scale_factor=1 / _UP, mode="linear")
        phase = torch.cumsum(slow, dim=-1) * (2 * math.pi * _UP)
        phase = F.interpolate(phase, scale_factor=float(_UP), mode="linear")
        sines = torch.sin(phase) * 0.1 * (hertz > _VOICED_HZ)
        owner = "decoder.generator.m_source.l_linear"
        wave = F.linear(sines.transpose(1, 2), weights[f"{owner}.weight"], weights[f"{owner}.bias"])
        spectrum = torch.stft(
            torch.tanh(wave)[:, :, 0], _FFT, _HOP, _FFT, torch.hann_window(_FFT),
            return_complex=True,
        )  # fmt: skip
        return torch.cat([spectrum.abs(), spectrum.angle()], dim=1)


def decode(weights: Weights, text: Tensor, pitch: Tensor, energy: Tensor, style: Tensor) -> Tensor:
    """From aligned text features ``[1, 512, n]``, pitch and energy ``[1, 2 n]`` and the voice's
    style ``[1, 128]`` to what the generator shapes into sound: ``[1, 512, 2 n]``."""
    own = {"stride": 2, "padding": 1}
    tone = conv(weights, "decoder.F0_conv", pitch.unsqueeze(1), **own)
    loud = conv(weights, "decoder.N_conv", energy.unsqueeze(1), **own)
    x = _block(weights, "decoder.encode", torch.cat([text, tone, loud], 1), style)
    rest = conv(weights, "decoder.asr_res.0", text)
    for i in range(4):
        x = _block(weights, f"decoder.decode.{i}", torch.cat([x, rest, tone, loud], 1), style)
    return x


def generate(weights: Weights, x: Tensor, style: Tensor, source: Tensor, norms: Norms) -> Tensor:
    """Sound at 24 kHz, ``[300 m]``, from ``x`` ``[1, 512, m]`` and the :func:`excitation`
    ``[1, 22, 60 m + 1]``. Of ``norms``, those that are missing are taken from what is seen, and put
    there."""
    owner = "decoder.generator"
    for stage, (rate, kernel, width) in enumerate(((10, 20, 7), (6, 12, 11))):
        x = F.leaky_relu(x, 0.1)
        first = {"stride": 6, "padding": 3} if stage == 0 else {}
        extra = conv(weights, f"{owner}.noise_convs.{stage}", source, **first)
        extra = _res(weights, f"{owner}.noise_res.{stage}", extra, style, width, norms)
        x = _up(weights, f"{owner}.ups.{stage}", x, rate, kernel)
        if stage == 1:
            x = F.pad(x, (1, 0), mode="reflect")
        x = x + extra
        rows = [
            _res(weights, f"{owner}.resblocks.{3 * stage + j}", x, style, k, norms)
            for j, k in enumerate(_KERNELS)
        ]
        x = (rows[0] + rows[1] + rows[2]) / 3
    x = conv(weights, f"{owner}.conv_post", F.leaky_relu(x), padding=3)
    half = _FFT // 2 + 1
    spectrum = torch.polar(torch.exp(x[:, :half]), torch.sin(x[:, half:]))
    return torch.istft(spectrum, _FFT, _HOP, _FFT, torch.hann_window(_FFT))[0]


def _lstm(weights: Weights, name: str, x: Tensor) -> Tensor:
    """Both directions over ``[1, n, in]``."""
    flat = [
        weights[f"{name}.{part}_l0{suffix}"]
        for suffix in ("", "_reverse")
        for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    ]
    start = torch.zeros(2, 1, flat[1].shape[1])
    return torch.lstm(x.contiguous(), (start, start), flat, True, 1, 0.0, True, True, True)[0]


def durations(weights: Weights, text: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """How long each of ``n`` symbols lasts, in frames ``[n]``, and what pitch and energy are
    read from, ``[1, n, 640]``. ``text`` are the language features ``[1, n, 512]``, ``style`` the
    prosody's ``[1, 128]``."""
    spread = style[:, None].expand(-1, text.shape[1], -1)
    x = torch.cat([text, spread], -1)
    for i in (0, 2, 4):
        x = _lstm(weights, f"predictor.text_encoder.lstms.{i}", x)
        scale, shift = _style(weights, f"predictor.text_encoder.lstms.{i + 1}", style)
        x = (1 + scale.transpose(1, 2)) * F.layer_norm(x, (512,)) + shift.transpose(1, 2)
        x = torch.cat([x, spread], -1)
    y = _lstm(weights, "predictor.lstm", x)
    owner = "predictor.duration_proj.linear_layer"
    y = F.linear(y, weights[f"{owner}.weight"], weights[f"{owner}.bias"])
    return torch.sigmoid(y).sum(-1)[0], x


def contours(weights: Weights, aligned: Tensor, style: Tensor) -> tuple[Tensor, Tensor]:
    """Pitch in Hz and energy, each ``[1, 2 frames]``, from the features of :func:`durations`
    repeated to frames ``[1, frames, 640]``."""
    shared = _lstm(weights, "predictor.shared", aligned).transpose(1, 2)
    rows = []
    for kind in ("F0", "N"):
        x = shared
        for i in range(3):
            x = _block(weights, f"predictor.{kind}.{i}", x, style)
        rows.append(conv(weights, f"predictor.{kind}_proj", x)[:, 0])
    return rows[0], rows[1]

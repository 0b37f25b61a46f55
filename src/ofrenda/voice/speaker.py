"""Who speaks: a point in a space where nearness is likeness of voice.

The encoder is GE2E (Wan et al., "Generalized end-to-end loss for speaker verification", 2018) as
trained and published in Resemblyzer 0.1.4 (Resemble AI, Apache-2.0): 40 mel bands at 16 kHz,
windows of 1.6 s, three LSTM layers of 256, one linear layer with rectification, length 1.
``scripts/pack_speaker_encoder.py`` made the file. Against the original in PyTorch the embeddings of
492 windows of 60 recordings agree to a cosine of at least 0.99999.

This encoder chooses a voice. A likeness that is to be published needs another one as its judge:
whatever is chosen by an encoder looks good to that encoder.
"""

from __future__ import annotations

from functools import cache, cached_property
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Audio, Samples

RATE: Final = 16_000
WINDOW_FRAMES: Final = 160
"""Length of a window in frames of 10 ms: what the encoder was trained on (1.6 s)."""
WINDOW_SECONDS: Final = WINDOW_FRAMES / 100
_HOP: Final = RATE // 100
_FFT: Final = 400
_BANDS: Final = 40
_LEVEL_DBFS: Final = -30.0
"""Loudness that quiet clips are raised to, as in training."""

Embedding = NDArray[np.float32]
"""Shape ``[256]``, no component negative, of length 1."""
Embeddings = NDArray[np.float32]
"""Shape ``[n, 256]``, rows as in :data:`Embedding`."""


def mel_bands() -> NDArray[np.float32]:
    """Triangular filters ``[40, 201]`` on Slaney's mel scale, each of unit area.

    Slaney, "Auditory Toolbox", 1998: linear below 1 kHz, 27 steps per factor 6.4 above.
    """

    def to_hz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(mel < 15, mel * 200 / 3, 1000 * 6.4 ** ((mel - 15) / 27))

    top = 15 + 27 * np.log(RATE / 2 / 1000) / np.log(6.4)
    corners = to_hz(np.linspace(0, top, _BANDS + 2))
    bins = np.linspace(0, RATE / 2, _FFT // 2 + 1)
    low, mid, high = (corners[i : i + _BANDS, None] for i in range(3))
    rising = (bins - low) / (mid - low)
    falling = (high - bins) / (high - mid)
    filters = np.clip(np.minimum(rising, falling), 0, None) * 2 / (high - low)
    return filters.astype(np.float32)


class SpeakerEncoder:
    """Embeds voices on one thread. Holds 6 MB of weights; may be shared between threads."""

    def __init__(self) -> None:
        import onnxruntime

        model = resources.files("ofrenda.voice").joinpath("models/speaker_encoder.onnx")
        options = onnxruntime.SessionOptions()
        # background work: it must not take the cores that a call needs
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        self._session: Any = onnxruntime.InferenceSession(
            model.read_bytes(), sess_options=options, providers=["CPUExecutionProvider"]
        )

    @cached_property
    def _filters(self) -> NDArray[np.float32]:
        return np.ascontiguousarray(mel_bands().T)

    @cached_property
    def _taper(self) -> NDArray[np.float32]:
        return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(_FFT) / _FFT)).astype(np.float32)

    def _mel(self, samples: Samples) -> NDArray[np.float32]:
        """Power in mel bands ``[frames, 40]``, one frame each 10 ms, centred; not a logarithm."""
        padded = np.pad(samples, _FFT // 2)
        frames = np.lib.stride_tricks.sliding_window_view(padded, _FFT)[::_HOP]
        power = np.abs(np.fft.rfft(frames * self._taper, axis=1)) ** 2
        mel: NDArray[np.float32] = power.astype(np.float32) @ self._filters
        return mel

    def _forward(self, windows: NDArray[np.float32]) -> Embeddings:
        """Windows ``[n, 160, 40]`` to embeddings ``[n, 256]``."""
        (raw,) = self._session.run(["voice"], {"windows": windows})
        return _unit(raw)

    def windows(self, audio: Audio, *, step: float = 0.8) -> Embeddings:
        """Embed each window of 1.6 s, one every ``step`` seconds; at least one row.

        ``audio`` is speech at 16 kHz, pauses cut; sound shorter than a window is padded with
        silence. ValueError at another rate.
        """
        if audio.sample_rate != RATE:
            raise ValueError(f"the encoder hears {RATE} Hz, not {audio.sample_rate} Hz")
        samples = _level(audio.samples)
        mel = self._mel(samples)
        if len(mel) < WINDOW_FRAMES:
            mel = np.pad(mel, ((0, WINDOW_FRAMES - len(mel)), (0, 0)))
        hop = max(1, round(step * 100))
        views = np.lib.stride_tricks.sliding_window_view(mel, WINDOW_FRAMES, axis=0)[::hop]
        cut = np.ascontiguousarray(views.swapaxes(1, 2))
        # in slices: 64 windows keep the working memory near 60 MB for clips of any length
        return np.concatenate([self._forward(cut[i : i + 64]) for i in range(0, len(cut), 64)])

    def embed(self, audio: Audio) -> Embedding:
        """One embedding for all of ``audio``: the mean of its windows, of length 1."""
        return centre(self.windows(audio))


@cache
def speaker_encoder() -> SpeakerEncoder:
    """The encoder, loaded once per process."""
    return SpeakerEncoder()


def centre(embeddings: Embeddings) -> Embedding:
    """The mean direction of ``embeddings``."""
    mean: Embedding = embeddings.mean(axis=0)
    return _unit(mean)


def _unit(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: NDArray[np.float32] = vectors / np.maximum(length, np.float32(1e-9))
    return scaled


def _level(samples: Samples) -> Samples:
    """Raise quiet sound to the loudness of training; loud sound stays."""
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) if len(samples) else 0.0
    wanted = float(10 ** (_LEVEL_DBFS / 20))
    if rms == 0.0 or rms >= wanted:
        return samples
    return samples * np.float32(wanted / rms)

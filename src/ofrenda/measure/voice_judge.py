"""Who judges a likeness: a speaker encoder that no fit and no choice ever sees.

WeSpeaker's ResNet34, trained on VoxCeleb, as published in pyannote/speaker-diarization-community-1
(CC BY 4.0), carried inside the library of moonshine-voice 0.1.0 (MIT; the extra ``measure``). It is
read out of that file for measuring and is no part of Ofrenda.
"""

from __future__ import annotations

import functools
import hashlib
import importlib.util
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.tts.session import session
from ofrenda.errors import EngineRefused
from ofrenda.types import Audio

NAME: Final = "ResNet34 (WeSpeaker, of pyannote community-1), no part of any fit"
_START, _SIZE = 12_463_296, 13_061_248
_SHA256: Final = "ec06be1bd195e7269e0c250dfc17757051e7ff2d2b73cf7c2374b09f7e76c09a"
_LEVEL: Final = 10 ** (-27 / 20)

Embedding = NDArray[np.float32]


def embed(audio: Audio) -> Embedding:
    """Who speaks in ``audio`` (16 kHz, silence cut): float32 ``[256]`` of length 1.

    Raises :class:`~ofrenda.errors.EngineRefused` without the extra ``measure``."""
    frames = _bank(audio)
    feeds = {"fbank": frames[None], "weights": np.ones((1, len(frames)), np.float32)}
    raw: Embedding = _model().run(None, feeds)[0][0]
    return raw / np.float32(np.linalg.norm(raw))


def trimmed(audio: Audio) -> Audio:
    """Without what is 35 dB under the loudest at both ends."""
    size = audio.sample_rate // 40
    samples = audio.samples
    rows = np.pad(samples, (0, -len(samples) % size)).reshape(-1, size)
    levels = np.sqrt(np.mean(np.square(rows), axis=1))
    loud = np.flatnonzero(levels > levels.max() * 10 ** (-35 / 20))
    if not len(loud):
        return audio
    return Audio(samples[loud[0] * size : (loud[-1] + 1) * size], audio.sample_rate)


def _bank(audio: Audio) -> NDArray[np.float32]:
    """80 logarithmic mel powers each 10 ms as Kaldi makes them, less their mean."""
    import kaldi_native_fbank as kaldi

    options = kaldi.FbankOptions()
    options.frame_opts.dither = 0
    options.frame_opts.samp_freq = audio.sample_rate
    options.frame_opts.window_type = "hamming"
    options.mel_opts.num_bins = 80
    bank = kaldi.OnlineFbank(options)
    level = _LEVEL / (float(np.sqrt(np.mean(np.square(audio.samples)))) + 1e-9)
    bank.accept_waveform(audio.sample_rate, (audio.samples * level * 32768).tolist())
    bank.input_finished()
    rows = np.stack([bank.get_frame(i) for i in range(bank.num_frames_ready)])
    found: NDArray[np.float32] = (rows - rows.mean(0)).astype(np.float32)
    return found


@functools.cache
def _model() -> Any:
    found = importlib.util.find_spec("moonshine_voice")
    if (
        found is None
        or found.origin is None
        or importlib.util.find_spec("kaldi_native_fbank") is None
    ):
        raise EngineRefused(
            "A likeness is judged by an encoder that is installed apart: "
            "pip install 'ofrenda[measure]'"
        )
    with (Path(found.origin).parent / "libmoonshine.so").open("rb") as file:
        file.seek(_START)
        data = file.read(_SIZE)
    if hashlib.sha256(data).hexdigest() != _SHA256:
        raise EngineRefused(
            "The encoder that judges is of another version. pip install 'moonshine-voice==0.1.0'"
        )
    return session(data, 1)

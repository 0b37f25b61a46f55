"""Makes the demo's 90-second voice note: a stock voice, read aloud and degraded. Synthetic."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from importlib import resources

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.types import Samples

_MIX = {"bm_george": 0.6, "am_michael": 0.4}
"""Two stock voices mixed, so that choosing a voice for the clip has something to find."""
_RATE = 16_000
_BIT_RATE = 16_000
_NOISE_DB = -32.0
"""Level of the room's noise under the voice, in dB: a quiet kitchen on a telephone."""
_PAUSE_S = 0.45


async def make_clip(tts: TextToSpeech, progress: Callable[[float], None] | None = None) -> bytes:
    """Speak the demo's text into an Opus voice note (16 kHz, 16 kbit/s, ogg).

    The file's metadata says that it is synthetic; ``progress`` hears the share done, 0..1.
    """
    import soxr

    text = (resources.files("ofrenda.demo") / "texts" / "clip.txt").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line.strip()]
    voice = replace(
        stock_profile("bm_george"), id="demo-clip", languages=("en",), parameters={"mix": _MIX}
    )
    pause = np.zeros(int(_PAUSE_S * _RATE), np.float32)
    parts: list[Samples] = [pause]
    for done, line in enumerate(lines, start=1):
        async for audio in tts.synthesize(line, voice=voice, language="en"):
            parts.append(soxr.resample(audio.samples, audio.sample_rate, _RATE))
        parts.append(pause)
        if progress:
            progress(done / len(lines))
    clip = _in_a_room(np.concatenate(parts))
    return _opus(clip)


def _in_a_room(samples: Samples) -> Samples:
    """Add soft low noise, as a telephone in a kitchen would; seeded, so always the same."""
    noise = np.random.default_rng(1911).standard_normal(len(samples)).astype(np.float32)
    kernel = np.hanning(33).astype(np.float32)
    soft = np.convolve(noise, kernel / kernel.sum(), mode="same")
    level = float(np.sqrt(np.mean(samples**2))) * 10 ** (_NOISE_DB / 20)
    room = soft * (level / float(np.sqrt(np.mean(soft**2))))
    return np.clip(samples + room, -1.0, 1.0).astype(np.float32)


def _opus(samples: Samples) -> bytes:
    import av

    out = io.BytesIO()
    with av.open(out, "w", format="ogg") as container:
        container.metadata["title"] = "Synthetic voice note of a fictional person"
        container.metadata["comment"] = "Made by a text-to-speech model from stock voices"
        stream = container.add_stream("libopus", rate=_RATE, layout="mono")
        stream.bit_rate = _BIT_RATE
        pcm = (samples * 32767).astype(np.int16)
        for start in range(0, len(pcm), _RATE):
            frame = av.AudioFrame.from_ndarray(
                pcm[None, start : start + _RATE], format="s16", layout="mono"
            )
            frame.sample_rate = _RATE
            frame.pts = start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return out.getvalue()

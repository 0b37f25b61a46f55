"""Recordings to hand in, made here or taken from Debian's prompts."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest

from ofrenda.engines.tts.kokoro import create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.settings import Settings
from ofrenda.types import Samples
from ofrenda.voice import decode
from ofrenda.voice.sample import SENTENCES, speak

RATE = 16_000
_PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
_NOT_SPEECH = ("beep", "tone", "silence", "monkeys")


def wave(samples: Samples) -> bytes:
    """A WAV file."""
    return _written("wav", "pcm_s16le", samples)


def _written(container: str, codec: str, samples: Samples) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(pcm[None], "s16", "mono")
        frame.sample_rate = RATE
        output.mux([*stream.encode(frame), *stream.encode(None)])
    return file.getvalue()


def film_without_sound() -> bytes:
    """Two seconds of black video, mp4."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        stream = output.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 64
        stream.pix_fmt = "yuv420p"
        for _ in range(20):
            output.mux(stream.encode(av.VideoFrame(64, 64, "yuv420p")))
        output.mux(stream.encode(None))
    return file.getvalue()


def chords(seconds: float) -> Samples:
    """Three-part chords on plucked strings, one each second."""
    time = np.arange(round(seconds * RATE)) / RATE
    second = time % 1.0
    sound = np.zeros_like(time)
    for beat, root in zip(
        range(round(seconds) + 1), [130.8, 174.6, 196.0, 130.8] * 99, strict=False
    ):
        here = (time >= beat) & (time < beat + 1)
        for step in (1.0, 5 / 4, 3 / 2):
            for partial in range(1, 7):
                tone = np.sin(2 * np.pi * root * step * partial * time) / partial
                sound += here * tone * np.exp(-3.0 * second * partial**0.5)
    return (0.5 * sound / np.abs(sound).max()).astype(np.float32)


def prompts() -> list[Samples]:
    """Real prompts of one woman, four to eight seconds each; skips where they are not installed."""
    if not _PROMPTS.is_dir():
        pytest.skip("asterisk-core-sounds-en-g722 is not installed")
    found = []
    for file in sorted(_PROMPTS.glob("*.g722")):
        if 4 <= file.stat().st_size / 8000 < 8 and not any(w in file.name for w in _NOT_SPEECH):
            found.append(_as_loud(decode(file.read_bytes(), name=file.name).samples))
    return found


async def sentences(voice: str, count: int, cache: Path) -> list[Samples]:
    """That many sentences by a stock voice."""
    tts = create(Settings(cache=cache))
    try:
        return [
            _as_loud((await speak(tts, text, stock_profile(voice), "en")).samples)
            for text in SENTENCES["en"][:count]
        ]
    finally:
        await tts.close()


def _as_loud(samples: Samples) -> Samples:
    """At one mean level."""
    return samples * np.float32(0.06 / np.sqrt(np.mean(np.square(samples))))

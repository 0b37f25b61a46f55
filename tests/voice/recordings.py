"""Sounds that the tests are made of."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np

from ofrenda.types import Audio, Samples
from ofrenda.voice import decode

RATE = 16_000
PROMPTS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
# Beeps, silence, and a recording of monkeys.
NOT_SPEECH = ("beep", "tone", "silence", "monkeys")


def prompts(folder: Path, *, shortest: float = 2.0) -> list[Samples]:
    """Every prompt of a folder that lasts long enough, silence at its ends cut."""
    found = []
    for file in sorted(folder.glob("*.g722")):
        if any(word in file.name for word in NOT_SPEECH) or file.stat().st_size < 8000 * shortest:
            continue
        samples = decode(file.read_bytes(), name=file.name).samples
        heard = np.flatnonzero(np.abs(samples) > 0.01)
        found.append(samples[max(0, heard[0] - 800) : heard[-1] + 1600])
    return found


def prompt_reel(folder: Path, seconds: float, *, skip: int = 0) -> Audio:
    """Prompts one after the other with short pauses, cut to length; ``skip`` leaves some out."""
    pause = np.zeros(RATE // 4, np.float32)
    pieces = [part for prompt in prompts(folder)[skip:] for part in (prompt, pause)]
    return Audio(np.concatenate(pieces)[: round(seconds * RATE)], RATE)


def louder(samples: Samples, rms: float) -> Samples:
    """The same at another mean level."""
    return samples * np.float32(rms / np.sqrt(np.mean(np.square(samples))))


def vowels(seconds: float, pitch: float, *, level: float = 0.2) -> Audio:
    """A buzz of that pitch, no speech but voiced: for measuring pitch."""
    time = np.arange(round(seconds * RATE)) / RATE
    wave = sum(
        np.sin(2 * np.pi * pitch * k * time) / k for k in range(1, 20) if pitch * k < RATE / 2
    )
    return Audio((level * np.asarray(wave) / 2).astype(np.float32), RATE)


def music(seconds: float, seed: int) -> Audio:
    """Chords, a melody with vibrato, and a drum on every beat."""
    dice = np.random.default_rng(seed)
    total = round(seconds * RATE)
    out = np.zeros(total)
    beat = round(60 / dice.uniform(80, 140) * RATE)
    scale = dice.uniform(110, 220) * 2 ** (np.array([0, 2, 4, 5, 7, 9, 11, 12, 14, 16]) / 12)
    time = np.arange(beat) / RATE
    fade = np.minimum(1, time / 0.03) * np.minimum(1, (time[-1] - time) / 0.05)
    for start in range(0, total - beat, beat):
        note = scale[dice.integers(3, 10)] * (1 + 0.012 * np.sin(2 * np.pi * 5.5 * time))
        phase = 2 * np.pi * np.cumsum(note) / RATE
        out[start : start + beat] += 0.5 * fade * sum(np.sin(k * phase) / k for k in range(1, 9))
        for step in (0, 2, 4):
            chord = 2 * np.pi * scale[step] * time
            out[start : start + beat] += 0.2 * (np.sin(chord) + 0.5 * np.sin(2 * chord))
        out[start : start + 2000] += dice.standard_normal(2000) * np.exp(-np.arange(2000) / 300)
    return Audio((0.6 * out / np.abs(out).max()).astype(np.float32), RATE)


def encode(
    audio: Audio,
    codec: str,
    container: str,
    *,
    rate: int = RATE,
    layout: str = "mono",
    bit_rate: int | None = None,
) -> bytes:
    """``audio`` as a file, in memory."""
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = output.add_stream(codec, rate=rate)
        stream.layout = layout
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        resampler = av.AudioResampler(format=stream.format.name, layout=layout, rate=rate)
        whole = av.AudioFrame.from_ndarray(
            (np.clip(audio.samples, -1, 1) * 32767).astype(np.int16)[None], "s16", "mono"
        )
        whole.sample_rate = audio.sample_rate
        fifo = av.AudioFifo()
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            frame.pts = None
            fifo.write(frame)
        size = stream.codec_context.frame_size or 1024
        while (frame := fifo.read(size, partial=True)) is not None:
            frame.pts = None
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
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

"""What happens to a voice before a family has it: codecs, telephones, kitchens, somebody else."""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import soxr

from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip, Samples
from ofrenda.voice import decode
from ofrenda.voice.identity import Found, Verdict
from ofrenda.voice.lab import quieter
from ofrenda.voice.quality import measure_quality
from ofrenda.voice.sample import by_telephone
from ofrenda.voice.segment_sound import LEAD, SOURCE_RATE, at_rate, prepare
from ofrenda.voice.speaker import RATE, centre, speaker_encoder
from ofrenda.voice.speech import find_speech
from ofrenda.voice.whose import Voice

CONDITIONS: Final = ("clean", "opus", "telephone", "kitchen", "second_talker")
"""``opus``: a voice note at 16 kbit/s; ``telephone``: 300 to 3300 Hz, 8 kHz, mu-law; ``kitchen``:
steady and clattering noise 15 dB under the voice; ``second_talker``: somebody else 15 dB under."""


def degraded(
    clips: tuple[ReferenceClip, ...], condition: str, other: Audio, seed: int
) -> list[ReferenceClip]:
    """The clips as a family might have them. ``other``: speech of somebody else at 16 kHz."""
    dice = np.random.default_rng(seed)
    return [
        ReferenceClip(
            Audio(_DEGRADE[condition](clip.audio.samples, other.samples, dice), 16_000),
            clip.text,
            clip.language,
        )
        for clip in clips
    ]


def as_the_lab_keeps(clips: Sequence[ReferenceClip], settings: Settings) -> list[ReferenceClip]:
    """What the voice lab makes of the clips (16 kHz): without their noise, each of them where that
    helps. About 1 s of work for a second."""
    whole = Audio(np.concatenate([clip.audio.samples for clip in clips]), RATE)
    speech = find_speech(whole, settings=settings)
    quiet = quieter(whole, measure_quality(whole, speech).snr, settings)
    person = centre(speaker_encoder().windows(quiet))
    found = Found(Verdict.THEIRS, Voice(person, whole.seconds))
    sounds = [at_rate(clip.audio, SOURCE_RATE).samples for clip in clips]
    lead = round(LEAD * SOURCE_RATE)
    kept = []
    for i, clip in enumerate(clips):
        before = sounds[i - 1][-lead:]  # the same room: what the cleaner would have heard before
        sound = Audio(np.concatenate([before, sounds[i]]), SOURCE_RATE)
        heard = prepare(sound, len(before) / SOURCE_RATE, found, settings)
        kept.append(ReferenceClip(heard.used, clip.text, clip.language))
    return kept


def _clean(own: Samples, _other: Samples, _dice: np.random.Generator) -> Samples:
    return own


def _opus(own: Samples, _other: Samples, _dice: np.random.Generator) -> Samples:
    return _through(own, "libopus", "ogg", 16_000)


def _telephone(own: Samples, _other: Samples, _dice: np.random.Generator) -> Samples:
    narrow = by_telephone(Audio(own, 16_000)).samples[::2].astype(np.float64)
    peak = np.abs(narrow).max() + 1e-9
    law = np.sign(narrow) * np.log1p(255 * np.abs(narrow) / peak) / np.log(256)
    steps = np.round(law * 127) / 127
    back = np.sign(steps) * np.expm1(np.abs(steps) * np.log(256)) / 255 * peak
    heard: Samples = np.asarray(soxr.resample(back, 8000, 16_000), np.float32)[: len(own)]
    return heard


def _kitchen(own: Samples, _other: Samples, dice: np.random.Generator) -> Samples:
    spectrum = np.fft.rfft(dice.normal(size=len(own)))
    hertz = np.fft.rfftfreq(len(own), 1 / 16_000)
    steady = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 40)), len(own))
    steady /= steady.std()
    time = np.arange(4000) / 16_000
    for start in dice.integers(0, max(1, len(own) - 4000), max(1, len(own) // 16_000)):
        ring = np.sin(2 * np.pi * dice.uniform(1500, 5000) * time) * np.exp(-time * 30)
        steady[start : start + 4000] += 4 * ring[: len(steady) - start]
    return _under(own, steady)


def _second_talker(own: Samples, other: Samples, dice: np.random.Generator) -> Samples:
    start = int(dice.integers(0, max(1, len(other) - len(own))))
    return _under(own, np.resize(other[start : start + len(own)], len(own)))


def _under(own: Samples, noise: Any, decibel: float = 15.0) -> Samples:
    level = np.sqrt(np.mean(own**2)) / (np.sqrt(np.mean(noise**2)) + 1e-9)
    mixed: Samples = np.asarray(own + noise * level * 10 ** (-decibel / 20), np.float32)
    return mixed


def _through(own: Samples, codec: str, container: str, bit_rate: int) -> Samples:
    """Encoded and decoded again."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream: Any = output.add_stream(codec, rate=16_000, layout="mono")
        stream.bit_rate = bit_rate
        whole = (np.clip(own, -1, 1) * 32767).astype(np.int16)
        for start in range(0, len(whole), 320):
            piece = np.pad(whole[start : start + 320], (0, max(0, start + 320 - len(whole))))
            frame = av.AudioFrame.from_ndarray(piece[None], "s16", "mono")
            frame.sample_rate, frame.pts = 16_000, start
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    heard = decode(file.getvalue()).samples
    whole_again: Samples = np.pad(heard, (0, max(0, len(own) - len(heard))))[: len(own)]
    return whole_again


_DEGRADE: Final = {
    "clean": _clean,
    "opus": _opus,
    "telephone": _telephone,
    "kitchen": _kitchen,
    "second_talker": _second_talker,
}

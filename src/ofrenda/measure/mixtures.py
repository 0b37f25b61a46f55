"""Conversations of two people whose every word is known to be whose: recorded prompts, mixed.

Debian's asterisk-core-sounds hold some hundred prompts each of a woman (English and Spanish), a man
(Italian) and another woman (Russian). Every second prompt of a set is one half: thresholds are
chosen on half 0 and figures published of half 1.
"""

from __future__ import annotations

import io
import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Audio, Samples
from ofrenda.voice import decode

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

RATE: Final = 16_000
SETS: Final = {
    "en": "en_US_f_Allison",
    "es": "es_MX_f_Allison",
    "it": "it_IT_m_Carlo",
    "ru": "ru_RU_f_IvrvoiceRU",
}
CONDITIONS: Final = ("clean", "noise15", "telephone", "opus16")
_NOT_SPEECH: Final = ("beep", "tone", "silence", "monkeys")
_LEVEL: Final = 0.06
_LONGEST: Final = 9.0


@dataclass(frozen=True, slots=True)
class Mixture:
    """``audio`` as it would be handed in; ``theirs`` and ``others``: whether the person, and
    whether somebody else, speaks in each hundredth of a second."""

    audio: Audio
    theirs: NDArray[np.bool_]
    others: NDArray[np.bool_]


def prompts(folder: Path, half: int, *, shortest: float = 1.6) -> list[Samples]:
    """One half of a set, silence at the ends cut, all equally loud."""
    found = []
    for file in sorted(folder.glob("*.g722")):
        known = any(word in file.name for word in _NOT_SPEECH)
        if known or file.stat().st_size < 8000 * shortest:  # 64 kbit/s
            continue
        samples = decode(file.read_bytes(), name=file.name).samples
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        if not len(loud) or loud[-1] - loud[0] > _LONGEST * RATE:
            continue
        samples = samples[max(0, loud[0] - 800) : loud[-1] + 1600]
        found.append(samples * np.float32(_LEVEL / np.sqrt(np.mean(np.square(samples)))))
    return found[half::2]


def mix(
    theirs: Sequence[Samples],
    others: Sequence[Samples],
    condition: str,
    seed: int,
    *,
    seconds: float = 75.0,
    overlapping: bool = False,
) -> Mixture:
    """A conversation: turns of 2 to 9 s, the person speaks six tenths of the time.

    ``overlapping``: at every second change of turns both speak for 0.5 to 2 s. ``others`` empty:
    the person speaks alone.
    """
    dice = np.random.default_rng(seed)
    total = round(seconds * RATE)
    tracks = {True: np.zeros(total + 20 * RATE, np.float32)}
    tracks[False] = np.zeros_like(tracks[True])
    waiting: dict[bool, list[int]] = {True: [], False: []}
    at, person = RATE // 2, True
    while at < total:
        source = theirs if person else others
        turn = dice.uniform(2, 9) if person else dice.uniform(1.5, 9) * 2 / 3
        said = 0.0
        while source and said < turn and at < total:
            if not waiting[person]:
                waiting[person] = list(dice.permutation(len(source)))
            samples = source[waiting[person].pop()]
            tracks[person][at : at + len(samples)] += samples
            said += len(samples) / RATE
            at += len(samples) + round(dice.uniform(0.15, 0.6) * RATE)
        if overlapping and dice.random() < 0.5:
            at = max(0, at - round(dice.uniform(0.5, 2.0) * RATE))
        person = not person if others else True
    own, other = tracks[True][:total], tracks[False][:total]
    heard = degraded(Audio(own + other, RATE), condition, seed)
    return Mixture(heard, _active(own), _active(other))


def degraded(audio: Audio, condition: str, seed: int) -> Audio:
    """``audio`` (16 kHz) as one of :data:`CONDITIONS`, same length."""
    if condition == "noise15":
        noise = np.random.default_rng(seed).standard_normal(len(audio.samples))
        spectrum = np.fft.rfft(noise)
        hertz = np.fft.rfftfreq(len(audio.samples), 1 / RATE)
        pink = np.fft.irfft(spectrum / np.sqrt(np.maximum(hertz, 50)), len(audio.samples))
        pink *= _LEVEL / 10**0.75 / np.sqrt(np.mean(np.square(pink)))
        return Audio((audio.samples + pink).astype(np.float32), RATE)
    if condition == "telephone":
        spectrum = np.fft.rfft(audio.samples)
        hertz = np.fft.rfftfreq(len(audio.samples), 1 / RATE)
        spectrum[(hertz < 300) | (hertz > 3400)] = 0
        narrow = np.fft.irfft(spectrum, len(audio.samples)).astype(np.float32)
        return _through(Audio(narrow, RATE), "pcm_alaw", "wav", 8000)
    if condition == "opus16":
        return _through(audio, "libopus", "ogg", RATE, bit_rate=16_000)
    return audio


def _through(
    audio: Audio, codec: str, container: str, rate: int, *, bit_rate: int | None = None
) -> Audio:
    """What is left of ``audio`` after a codec, same length."""
    import av

    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        stream = cast("AudioStream", output.add_stream(codec, rate=rate, layout="mono"))
        if bit_rate is not None:
            stream.bit_rate = bit_rate
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        fifo = av.AudioFifo()
        whole = av.AudioFrame.from_ndarray(audio.samples[None], "flt", "mono")
        whole.sample_rate = audio.sample_rate
        for frame in [*resampler.resample(whole), *resampler.resample(None)]:
            frame.pts = None
            fifo.write(frame)
        while (
            part := fifo.read(stream.codec_context.frame_size or 1024, partial=True)
        ) is not None:
            part.pts = None
            output.mux(stream.encode(part))
        output.mux(stream.encode(None))
    heard = decode(file.getvalue()).samples[: len(audio.samples)]
    return Audio(np.pad(heard, (0, len(audio.samples) - len(heard))), RATE)


def _active(track: Samples) -> NDArray[np.bool_]:
    """Where a track speaks, a hundredth of a second each; pauses up to 0.3 s belong to it."""
    size = RATE // 100
    count = len(track) // size
    power = np.square(track[: count * size].reshape(count, size)).mean(axis=1)
    active: NDArray[np.bool_] = power > max(1e-9, float(power.max()) * 10**-3.5)
    places = np.flatnonzero(active)
    for one, other in itertools.pairwise(places):
        if other - one <= 30:
            active[one:other] = True
    return active

"""A person's clips made ready for a fit: words as sounds, sounds in time, pitch and energy."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from ofrenda.types import ReferenceClip
from ofrenda.voice.fit import sounds
from ofrenda.voice.fit.alignment import symbol_frames
from ofrenda.voice.fit.melody import pitch_contour
from ofrenda.voice.fit.sounds import Floats
from ofrenda.voice.fit.text_side import TextSide

_PAD: Final = 0.125
"""Seconds of near silence put before and after a clip: the model begins and ends in
silence, of this length in the model that speaks with a fitted voice."""
_QUIET: Final = 1e-4
_WORST: Final = 0.8
_OVER_MIDDLE: Final = 0.12
"""A clip whose alignment costs more than this, or this much more than the middle of all clips, does
not say what its transcript says, or cannot be heard. Five prompts each of an English and an Italian
speaker, as they are and through a telephone, in a kitchen and as a voice note: with their own text
0.43 to 0.73, within 0.10 of the middle of their five; with their neighbour's 0.67 to 0.92."""

Tokens = list[int]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One clip with what the model needs to say it as the person did.

    ``tokens`` without the blanks at the ends; ``sound`` ``[600 n]`` at 24 kHz, as loud as the
    model speaks; ``frames`` per symbol, blanks included, that sum to ``n``; ``pitch`` in Hz (0:
    unvoiced) and ``energy`` ``[2 n]``; ``language`` ``[symbols, 512]`` and ``sounds``
    ``[512, symbols]`` from the text side; ``cost`` of the alignment."""

    tokens: tuple[int, ...]
    sound: Floats
    frames: NDArray[np.int64]
    pitch: Floats
    energy: Floats
    language: Floats
    sounds: Floats
    cost: float


def prepare(
    clips: Sequence[ReferenceClip],
    tokens: Sequence[Tokens],
    text_side: TextSide,
    style: Callable[[int], Floats],
    progress: Callable[[float], None] = lambda _share: None,
) -> list[Sentence]:
    """Align each clip with its tokens, read by the voice of ``style`` (row for a length)."""
    made: list[Sentence] = []
    measured, predicted, gaps = [], [], []
    for i, (clip, symbols) in enumerate(zip(clips, tokens, strict=True)):
        progress(i / len(clips))
        sound = _padded(clip, i)
        total = len(sound) // sounds.HALF_FRAME // 2
        if not symbols or total < len(symbols) + 2:
            continue
        spoken = text_side.speak(symbols, style(len(symbols)))
        frames, cost = symbol_frames(
            sounds.features(spoken.sound), sounds.features(sound), spoken.frames, total
        )
        if cost > _WORST:
            continue
        own = sounds.energy(spoken.sound)[: len(spoken.energy)]
        heard = own > own.max() - 9
        measured.append(own[heard])
        predicted.append(spoken.energy[: len(own)][heard])
        gaps.append(np.quantile(own, 0.8) - np.quantile(sounds.energy(sound), 0.8))
        made.append(
            Sentence(
                tuple(symbols),
                sound,
                frames,
                np.zeros(0, np.float32),
                np.zeros(0, np.float32),
                spoken.language,
                spoken.sounds,
                cost,
            )
        )
    if not made:
        return []
    most = float(np.median([one.cost for one in made])) + _OVER_MIDDLE
    right = [i for i, one in enumerate(made) if one.cost <= most]
    made, gaps = [made[i] for i in right], [gaps[i] for i in right]
    slope, offset = np.polyfit(np.concatenate(measured), np.concatenate(predicted), 1)
    gain = float(np.exp(np.median(gaps) / 2))  # energy is the logarithm of a power
    progress(1.0)
    return [_measured(one, gain, float(slope), float(offset)) for one in made]


def realign(
    sentences: Sequence[Sentence], speak: Callable[[Tokens], tuple[Floats, NDArray[np.int64]]]
) -> list[Sentence]:
    """The same sentences, laid anew under a voice that is nearer to the person's: ``speak`` gives
    its sound at 24 kHz and frames per symbol. An alignment that costs more than before is not
    taken."""
    better = []
    for one in sentences:
        sound, frames = speak(list(one.tokens))
        moved, cost = symbol_frames(
            sounds.features(sound), sounds.features(one.sound),
            frames, int(one.frames.sum()),
        )  # fmt: skip
        kept = cost < one.cost
        better.append(replace(one, frames=moved, cost=cost) if kept else one)
    return better


def _padded(clip: ReferenceClip, seed: int) -> Floats:
    audio = clip.audio
    sound = np.asarray(soxr.resample(audio.samples, audio.sample_rate, sounds.RATE), np.float32)
    sound = sound * np.float32(0.06 / (np.sqrt(np.mean(sound**2)) + 1e-9))
    ends = np.random.default_rng(seed).normal(0, _QUIET, (2, int(_PAD * sounds.RATE)))
    whole = np.concatenate([ends[0], sound, ends[1]]).astype(np.float32)
    return np.pad(whole, (0, -len(whole) % (2 * sounds.HALF_FRAME)))


def _measured(one: Sentence, gain: float, slope: float, offset: float) -> Sentence:
    sound = one.sound * np.float32(gain)
    half = 2 * int(one.frames.sum())
    hertz = pitch_contour(sound, sounds.RATE)
    hertz = np.pad(hertz, (0, max(0, half - len(hertz))))[:half]
    loud = (slope * sounds.energy(sound)[:half] + offset).astype(np.float32)
    return replace(one, sound=sound, pitch=hertz, energy=loud)


def pack_sentences(sentences: Sequence[Sentence]) -> bytes:
    """Sentences as bytes (a numpy archive)."""
    arrays = {
        f"{i}/{field.name}": np.asarray(getattr(one, field.name))
        for i, one in enumerate(sentences)
        for field in fields(Sentence)
    }
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpack_sentences(data: bytes) -> list[Sentence]:
    """The sentences of :func:`pack_sentences`."""
    with np.load(io.BytesIO(data), allow_pickle=False) as stored:
        count = len({name.split("/")[0] for name in stored.files})
        rows = [
            {field.name: stored[f"{i}/{field.name}"] for field in fields(Sentence)}
            for i in range(count)
        ]
    return [
        Sentence(**row | {"tokens": tuple(row["tokens"].tolist()), "cost": float(row["cost"])})
        for row in rows
    ]

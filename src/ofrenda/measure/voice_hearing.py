"""Have a voice say what a person said, and judge it: likeness, words, melody, speed."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import soxr
from numpy.typing import NDArray

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.engines.tts.stock import stock_profile, stock_voices
from ofrenda.measure.voice_judge import Embedding, embed, trimmed
from ofrenda.types import Audio, ReferenceClip, Samples, VoiceProfile
from ofrenda.voice.fit.gates import mistakes, units_of
from ofrenda.voice.fit.opinion import opinion
from ofrenda.voice.pitch import HIGHEST, LOWEST, pitch_track

RATE: Final = 16_000
_FIRST_LOOK: Final = 2
"""Held-out texts that every stock voice says in the search for the nearest one; the best three say
all of them."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What was found in a voice that said some texts.

    ``similarity`` to the person (cosine by the judge, the mean of the texts); ``word_errors`` in
    percent (syllables for Mandarin); ``natural`` DistillMOS, 1 to 5, None where it is not
    installed; ``rtf`` seconds of work per second of sound; ``first_ms`` to the first sound of each
    text; ``pitch_hz`` the middle and ``pitch_spread`` the standard deviation in semitones,
    ``pitch_shares`` how much of the voiced time lies in each semitone from
    :data:`~ofrenda.voice.pitch.LOWEST` up; ``pace`` words (syllables) a second, ``paces`` that of
    each text; ``voice`` its mean embedding."""

    similarity: float
    word_errors: float
    natural: float | None
    rtf: float
    first_ms: list[float]
    pitch_hz: float | None
    pitch_spread: float | None
    pitch_shares: list[float]
    pace: float
    paces: list[float]
    voice: Embedding


def voice_of(clips: Sequence[ReferenceClip]) -> Embedding:
    """The person's voice in ``clips`` taken together, by the judge."""
    return embed(Audio(np.concatenate([at_rate(clip.audio).samples for clip in clips]), RATE))


async def hear(
    clips: Sequence[ReferenceClip],
    reference: Embedding,
    profile: VoiceProfile,
    tts: TextToSpeech,
    stt: SpeechToText,
) -> Heard:
    """Have ``profile`` say what ``clips`` say, and judge it."""
    await say(tts, clips[0], profile)  # loads it
    said, firsts, busy = [], [], 0.0
    for clip in clips:
        first: list[float] = []
        began = time.perf_counter()
        said.append(await say(tts, clip, profile, first))
        busy += time.perf_counter() - began
        firsts += first
    return await _judged(clips, said, reference, stt, busy, firsts)


async def hear_themselves(
    clips: Sequence[ReferenceClip], reference: Embedding, stt: SpeechToText
) -> Heard:
    """The person's own recordings, judged as a voice is: the ceiling."""
    return await _judged(clips, [at_rate(clip.audio) for clip in clips], reference, stt, 0.0, [])


async def nearest_stock(
    clips: Sequence[ReferenceClip],
    reference: Embedding,
    tts: TextToSpeech,
    stt: SpeechToText,
    *,
    without: str | None = None,
    voices: int = 36,
) -> tuple[str, Heard]:
    """The stock voice that is nearest by the judge itself: a generous floor."""
    few = clips[:_FIRST_LOOK]
    scores = []
    for name in [name for name in stock_voices() if name != without][:voices]:
        rows = [await say(tts, clip, stock_profile(name)) for clip in few]
        scores.append((float(np.mean([embed(one) @ reference for one in rows])), name))
    best = [
        (name, await hear(clips, reference, stock_profile(name), tts, stt))
        for _, name in sorted(scores, reverse=True)[:3]
    ]
    return max(best, key=lambda pair: pair[1].similarity)


async def say(
    tts: TextToSpeech, clip: ReferenceClip, profile: VoiceProfile, first: list[float] | None = None
) -> Audio:
    """What ``clip`` says in another voice, at 16 kHz, trimmed; ``first`` gets the milliseconds to
    the first sound."""
    began = time.perf_counter()
    parts: list[Samples] = []
    rate = RATE
    async for part in tts.synthesize(clip.text, voice=profile, language=clip.language):
        if not parts and first is not None:
            first.append(1000 * (time.perf_counter() - began))
        parts.append(part.samples)
        rate = part.sample_rate
    return trimmed(at_rate(Audio(np.concatenate(parts), rate)))


def at_rate(audio: Audio) -> Audio:
    """``audio`` at 16 kHz."""
    if audio.sample_rate == RATE:
        return audio
    heard = soxr.resample(audio.samples, audio.sample_rate, RATE)
    return Audio(np.asarray(heard, np.float32), RATE)


def pitch_shares(track: NDArray[np.float32]) -> list[float]:
    """The share of a pitch track (Hz) in each semitone from the lowest that is looked for to the
    highest; empty for none."""
    if not len(track):
        return []
    bins = math.ceil(12 * math.log2(HIGHEST / LOWEST))
    counts, _ = np.histogram(12 * np.log2(track / LOWEST), bins, (0, bins))
    return [float(share) for share in counts / len(track)]


async def _judged(
    clips: Sequence[ReferenceClip],
    said: Sequence[Audio],
    reference: Embedding,
    stt: SpeechToText,
    busy: float,
    firsts: list[float],
) -> Heard:
    rows, natural, wrong, words, pitches, paces = [], [], 0, 0, [], []
    for clip, audio in zip(clips, said, strict=True):
        rows.append(await asyncio.to_thread(embed, audio))
        natural.append(await asyncio.to_thread(opinion, audio))
        heard = await stt.transcribe(audio, languages=(clip.language,))
        wanted = units_of(clip.text, clip.language)
        wrong += mistakes(wanted, units_of(heard.text, clip.language))
        words += len(wanted)
        paces.append(len(wanted) / audio.seconds)
        pitches.append(await asyncio.to_thread(pitch_track, audio))
    mean = np.mean(rows, axis=0)
    melody = np.concatenate(pitches)
    seconds = sum(audio.seconds for audio in said)
    scores = [score for score in natural if score is not None]
    return Heard(
        similarity=float(np.mean([row @ reference for row in rows])),
        word_errors=100 * wrong / max(1, words),
        natural=float(np.mean(scores)) if scores else None,
        rtf=busy / seconds,
        first_ms=firsts,
        pitch_hz=float(np.median(melody)) if len(melody) else None,
        pitch_spread=float(np.std(12 * np.log2(melody))) if len(melody) else None,
        pitch_shares=pitch_shares(melody),
        pace=words / seconds,
        paces=paces,
        voice=mean / np.linalg.norm(mean),
    )

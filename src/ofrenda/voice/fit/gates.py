"""Whether a fitted voice may be used: it must be nearer, no less clear, and natural."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.types import Audio, ReferenceClip, VoiceProfile
from ofrenda.voice.fit.opinion import opinion
from ofrenda.voice.sample import speak
from ofrenda.voice.speaker import centre, speaker_encoder

MOST_WORD_ERRORS: Final = 3.0
"""Percentage points of word errors that a fitted voice may have above the stock voice's."""
NO_NEARER: Final = "It came no nearer to the person than the simpler voice."
LEAST_NATURAL: Final = 3.9
"""DistillMOS, 1 to 5; recordings of speakers have 3.4 to 4.2, stock voices 4.3 to 4.6. The same for
everybody: poor recordings are no reason to sound poor (docs/voice-fitting.md)."""


@dataclass(frozen=True, slots=True)
class Trial:
    """How a voice did: ``similarity`` to the person by the encoder that took part in the fit (so
    for telling tiers apart only, never to be published), ``word_errors`` in percent, and
    ``natural`` (DistillMOS, None where it is not installed)."""

    similarity: float
    word_errors: float
    natural: float | None


async def try_voice(
    profile: VoiceProfile,
    clips: Sequence[ReferenceClip],
    tts: TextToSpeech,
    stt: SpeechToText,
) -> Trial:
    """Have ``profile`` say what ``clips`` say, and listen."""
    encoder = speaker_encoder()
    own = await asyncio.to_thread(
        lambda: centre(np.concatenate([encoder.windows(_sixteen(one.audio)) for one in clips]))
    )
    near, wrong, said, natural = [], 0, 0, []
    for clip in clips:
        audio = await speak(tts, clip.text, profile, clip.language)
        near.append(float(await asyncio.to_thread(encoder.embed, audio) @ own))
        heard = await stt.transcribe(audio, languages=(clip.language,))
        words = units_of(clip.text, clip.language)
        wrong += mistakes(words, units_of(heard.text, clip.language))
        said += len(words)
        natural.append(await asyncio.to_thread(opinion, audio))
    scores = [score for score in natural if score is not None]
    return Trial(
        float(np.mean(near)),
        100 * wrong / max(1, said),
        float(np.mean(scores)) if scores else None,
    )


def refusal(trial: Trial, below: Trial, stock: Trial) -> str | None:
    """Why a voice is not taken, in a plain sentence; None when it may be.

    Against the ``stock`` mix itself nearness is not asked: this encoder chose that mix, as the best
    of hundreds by its own measure, and so is no judge between the two."""
    if below is not stock and trial.similarity <= below.similarity:
        return NO_NEARER
    if trial.word_errors > stock.word_errors + MOST_WORD_ERRORS:
        return "Its words were harder to understand than a stock voice's."
    if trial.natural is not None and trial.natural < LEAST_NATURAL:
        return "It sounded less natural than it may."
    return None


def units_of(text: str, language: str) -> list[str]:
    """What errors are counted in: words; for Mandarin syllables without their tones, since a
    recogniser that hears well still writes another character of the same sound."""
    kept = "".join(c.lower() for c in text if c.isalnum() or c.isspace())
    if language == "zh":
        from pypinyin import lazy_pinyin

        syllables: list[str] = lazy_pinyin("".join(kept.split()))
        return syllables
    return kept.split()


def mistakes(said: Sequence[str], heard: Sequence[str]) -> int:
    """Words to change, add or leave out to make one of the other (Levenshtein 1966)."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


def _sixteen(audio: Audio) -> Audio:
    import soxr

    if audio.sample_rate == 16_000:
        return audio
    heard = soxr.resample(audio.samples, audio.sample_rate, 16_000)
    return Audio(np.asarray(heard, np.float32), 16_000)

"""Measuring sound by its words: real hearing, real speaking, and how much two texts share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import numpy as np
import soxr

from ofrenda.engines.protocols import EngineKind, SpeechToText, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.settings import Settings
from ofrenda.types import Audio, VoiceProfile

HEARING_RATE = 16_000


@asynccontextmanager
async def ears(settings: Settings) -> AsyncIterator[SpeechToText]:
    """The real speech-to-text engine, apart from the house's."""
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    try:
        yield stt
    finally:
        await stt.close()


async def heard_in(stt: SpeechToText, audio: Audio) -> str:
    """What is said in ``audio``, at any rate."""
    samples = soxr.resample(audio.samples, audio.sample_rate, HEARING_RATE)
    found = await stt.transcribe(Audio(samples, HEARING_RATE), languages=("en",))
    return found.text


async def said_by(tts: TextToSpeech, text: str, voice: VoiceProfile, rate: int) -> Audio:
    """``text`` as ``voice`` says it, at ``rate`` and at a speaking level."""
    parts = [audio async for audio in tts.synthesize(text, voice=voice, language="en")]
    samples = np.concatenate([part.samples for part in parts])
    return Audio(
        soxr.resample(samples / np.abs(samples).max() / 2, parts[0].sample_rate, rate), rate
    )


def words(text: str) -> list[str]:
    """The words of a text, without case and marks: "A.I." is "ai", "don't" is "dont"."""
    return re.findall(r"[a-z0-9]+", re.sub(r"(?<=\w)[.'’](?=\w|\s|$)", "", text.lower()))


def share_of_words(wanted: str, found: str) -> float:
    """How many of the words of ``wanted`` are in ``found``, each as often as it occurs; 0..1."""
    here = Counter(words(wanted))
    return (here & Counter(words(found))).total() / max(1, here.total())


def word_errors(wanted: Sequence[str], found: Sequence[str]) -> int:
    """The fewest words to put in, leave out or exchange to get one from the other."""
    row = list(range(len(found) + 1))
    for i, one in enumerate(wanted, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(found, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (one != other))
    return row[-1]


def energy(audio: Audio) -> float:
    """Root mean square level, 0..1; speech at an ordinary level has about 0.1."""
    return float(np.sqrt(np.mean(np.square(audio.samples)))) if len(audio.samples) else 0.0

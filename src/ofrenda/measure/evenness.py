"""Whether all clauses of a voice are equally loud."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.measure.result import percentile
from ofrenda.types import Sentence, VoiceProfile
from ofrenda.voice.loudness import measure_loudness

AT_LEAST = 0.8
"""Seconds of a clause under which the meter says more of the words than of the level."""


async def loudness_spread(
    tts: TextToSpeech, voice: VoiceProfile, sentences: Sequence[Sentence]
) -> dict[str, float | int | None]:
    """How far the clauses of ``sentences`` lie from their median, in LU. All are spoken calmly: a
    mood is meant to be louder or softer."""
    levels: list[float] = []
    for sentence in sentences:
        spoken = tts.synthesize(sentence.spoken, voice=voice, language=sentence.language)
        async for clause in spoken:
            measured = measure_loudness(clause) if clause.seconds >= AT_LEAST else None
            if measured is not None:
                levels.append(measured[0])
    off = [abs(level - float(np.median(levels))) for level in levels]
    return {
        "loudness_clauses": len(levels),
        "loudness_off_p50_lu": percentile(off, 50),
        "loudness_off_p95_lu": percentile(off, 95),
    }

"""``ofrenda bench moods``: whether a mood is spoken as it was asked for, and stays the same voice.

Every mood reads the same plain sentences at full intensity. Each reading is held against the calm
one of the same sentence by the same voice: pace, pitch, range of the melody and loudness, as
measured in the sound, beside what :mod:`ofrenda.engines.tts.delivery` asked for.
"""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.engines.tts.delivery import Delivery, delivery
from ofrenda.engines.tts.stock import stock_profile, stock_voices
from ofrenda.errors import EngineRefused
from ofrenda.measure.result import BenchResult
from ofrenda.measure.voice_hearing import at_rate
from ofrenda.measure.voice_judge import Embedding, embed, trimmed
from ofrenda.types import CALM, Audio, Mood, MoodName, VoiceProfile
from ofrenda.voice.fit.gates import mistakes, units_of
from ofrenda.voice.fit.opinion import opinion
from ofrenda.voice.pitch import pitch_track

Row = dict[str, Any]
VOICES: Final = ("am_michael", "af_heart", "zm_yunxi", "zf_xiaoxiao")
"""A man and a woman in each language."""
_LOUD_DB: Final = -25.0
"""Frames this far under the loudest are pauses and do not count for loudness."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One sentence as it was spoken: ``seconds`` of sound, its ``melody`` in semitones (any zero),
    ``level`` in dBFS of what is not pause, who it sounds like (None without the judge), words
    ``wrong`` of ``words``, and how ``natural`` it sounds (None where that is not installed)."""

    seconds: float
    melody: NDArray[np.float64]
    level: float
    voice: Embedding | None
    wrong: int
    words: int
    natural: float | None


def sentences() -> dict[str, list[str]]:
    """What is read, by language."""
    file = resources.files("ofrenda.measure") / "data" / "moods.toml"
    found: dict[str, list[str]] = tomllib.loads(file.read_text("utf-8"))
    return found


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: a voice under a ``name``, in one ``language``."""

    name: str
    profile: VoiceProfile
    language: str


def stock_readers(names: Sequence[str] = VOICES) -> list[Reader]:
    """Stock voices, each in its own language."""
    known = stock_voices()
    return [Reader(name, stock_profile(name), known[name].language) for name in names]


def readers_of(profile: VoiceProfile, languages: Sequence[str]) -> list[Reader]:
    """A life's voice in those of its ``languages`` in which there are sentences to read."""
    known = sentences()
    return [Reader(one, profile, one) for one in languages if one in known]


async def bench_moods(
    tts: TextToSpeech,
    stt: SpeechToText,
    *,
    readers: Sequence[Reader] | None = None,
    most: int = 99,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> BenchResult:
    """Have each reader (stock voices by default) read up to ``most`` sentences in every mood, and
    compare with calm."""
    readers = stock_readers() if readers is None else readers
    rows: list[Row] = []
    for i, reader in enumerate(readers):
        language = reader.language
        texts = sentences()[language][:most]
        read: dict[MoodName, list[Reading]] = {}
        for j, mood in enumerate(MoodName):
            progress(f"{reader.name}, {mood}", (i + j / len(MoodName)) / len(readers))
            read[mood] = [
                await _read(text, reader.profile, Mood(mood, 1.0), language, tts, stt)
                for text in texts
            ]
        calm = read[MoodName.CALM]
        rows += [
            {"voice": reader.name, "language": language, "mood": mood.value,
             "sentences": len(texts)}
            | row_of(delivery(Mood(mood, 1.0)), readings, calm)
            for mood, readings in read.items()
        ]  # fmt: skip
    return BenchResult("moods", figures(rows), rows)


def row_of(asked: Delivery, readings: Sequence[Reading], calm: Sequence[Reading]) -> Row:
    """What was ``asked`` for and what was measured, against ``calm`` readings of the same
    sentences: ``speed`` and ``span`` as ratios, ``semitones`` and ``gain_db`` as differences."""
    pairs = list(zip(readings, calm, strict=True))
    measured = Delivery(
        sum(one.seconds for one in calm) / sum(one.seconds for one in readings),
        float(np.mean([np.median(one.melody) - np.median(was.melody) for one, was in pairs])),
        float(np.median([_range(one.melody) / _range(was.melody) for one, was in pairs])),
        float(np.mean([one.level - was.level for one, was in pairs])),
    )
    natural = [one.natural for one in readings if one.natural is not None]
    return {
        "asked": _plain(asked),
        "measured": _plain(measured),
        "similarity": _similarity(readings, calm),
        "wer": round(100 * sum(r.wrong for r in readings) / sum(r.words for r in readings), 2),
        "distillmos": round(float(np.mean(natural)), 3) if natural else None,
    }


def figures(rows: Sequence[Row]) -> dict[str, float | None]:
    """The figures of all rows: how far what was measured is from what was asked, whether glad and
    sad lie on their sides, and what becomes of likeness and words."""
    moved = [row for row in rows if row["mood"] != CALM.name]
    calm = [row for row in rows if row["mood"] == CALM.name]
    found: dict[str, float | None] = {
        f"{what}_off": _mean([abs(row["measured"][what] - row["asked"][what]) for row in moved])
        for what in ("speed", "semitones", "span", "gain_db")
    }
    for what in ("speed", "semitones", "span", "gain_db"):
        for source in ("asked", "measured"):
            apart = [
                glad[source][what] - sad[source][what]
                for glad in rows
                for sad in rows
                if (glad["mood"], sad["mood"]) == (MoodName.GLAD, MoodName.SAD)
                and glad["voice"] == sad["voice"]
            ]
            found[f"glad_sad_{what}_{source}"] = _mean(apart)
    sides = [_right_side(row, what) for row in moved for what in ("speed", "semitones", "span")]
    known = [one for one in sides if one is not None]
    found["right_side"] = _mean([float(one) for one in known])
    for key in ("similarity", "wer", "distillmos"):
        found[f"{key}_calm"] = _mean([row[key] for row in calm])
        found[f"{key}_moods"] = _mean([row[key] for row in moved])
    return found


_FELT: Final = {"speed": (1.0, 0.05), "semitones": (0.0, 0.5), "span": (1.0, 0.1)}
"""The middle, and from how far away a change was meant to be heard."""


def _right_side(row: Row, what: str) -> bool | None:
    middle, least = _FELT[what]
    asked, measured = row["asked"][what] - middle, row["measured"][what] - middle
    return None if abs(asked) < least else asked * measured > 0


def _similarity(readings: Sequence[Reading], calm: Sequence[Reading]) -> float | None:
    """Mean cosine of each reading to the calm readings of the other sentences."""
    known = [was.voice for was in calm if was.voice is not None]
    if len(known) < len(calm) or len(calm) < 2:
        return None
    near = []
    for i, one in enumerate(readings):
        others = np.mean([voice for j, voice in enumerate(known) if j != i], axis=0)
        if one.voice is not None:
            near.append(float(one.voice @ others / np.linalg.norm(others)))
    return round(float(np.mean(near)), 4)


async def _read(
    text: str,
    profile: VoiceProfile,
    mood: Mood,
    language: str,
    tts: TextToSpeech,
    stt: SpeechToText,
) -> Reading:
    pieces = [
        piece async for piece in tts.synthesize(text, voice=profile, mood=mood, language=language)
    ]
    whole = Audio(np.concatenate([piece.samples for piece in pieces]), pieces[0].sample_rate)
    audio = trimmed(at_rate(whole))
    heard = await stt.transcribe(audio, languages=(language,))
    words = units_of(text, language)
    track = await asyncio.to_thread(pitch_track, audio)
    return Reading(
        audio.seconds,
        12 * np.log2(track.astype(np.float64)),
        _level(audio),
        await asyncio.to_thread(_voice, audio),
        mistakes(words, units_of(heard.text, language)),
        len(words),
        await asyncio.to_thread(opinion, audio),
    )


def _voice(audio: Audio) -> Embedding | None:
    try:
        return embed(audio)
    except EngineRefused:
        return None


def _level(audio: Audio) -> float:
    size = audio.sample_rate // 50
    rows = audio.samples[: len(audio.samples) // size * size].reshape(-1, size)
    power = np.mean(np.square(rows.astype(np.float64)), axis=1)
    loud = power[power > power.max() * 10 ** (_LOUD_DB / 10)]
    return float(10 * np.log10(loud.mean()))


def _range(melody: NDArray[np.float64]) -> float:
    """The middle 80 % of a melody, in semitones."""
    low, high = np.quantile(melody, [0.1, 0.9])
    return max(0.1, float(high - low))


def _plain(one: Delivery) -> Mapping[str, float]:
    return {
        "speed": round(one.speed, 3), "semitones": round(one.semitones, 2),
        "span": round(one.span, 3), "gain_db": round(one.gain_db, 2),
    }  # fmt: skip


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 3) if known else None

"""The sound of one segment: as it came, with noise taken away, and what both are worth."""

from __future__ import annotations

import dataclasses
import io
import wave
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ofrenda.engines.stt.doubt import doubtful
from ofrenda.settings import Settings
from ofrenda.types import Audio, Transcript
from ofrenda.voice import cleaning
from ofrenda.voice.feeling import manner_of
from ofrenda.voice.identity import Found
from ofrenda.voice.lab_store import Draft
from ofrenda.voice.naturalness import Naturalness, naturalness
from ofrenda.voice.quality import CLIPPED_CREST_DB, CLIPPED_FLAT, measure_quality
from ofrenda.voice.speaker import RATE as SPEAKER_RATE
from ofrenda.voice.speaker import Embedding, speaker_encoder
from ofrenda.voice.speech import Span

SOURCE_RATE: Final = cleaning.RATE
LEAD: Final = cleaning.LEAD
KEPT_RATE: Final = 24_000
"""Samples per second of what is kept; see :data:`ofrenda.voice.reference.RATE`."""
BETTER: Final = 0.10
"""Gain in the overall mark from which the cleaned sound is used. A choice, not measured."""
LESS_LIKE: Final = 0.03
"""Loss of likeness from which it is not used after all: what was taken away was voice."""
TOO_NOISY: Final = 2.0
"""Overall mark (1 to 5) under which a segment is not used even when cleaned. A choice, not
measured."""
UNLIKE: Final = 0.70
"""Likeness to the middle of the person's voice in the same recording under which a segment is not
used: a shout, a laugh, a voice put on, or somebody else after all."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """``raw`` and ``clean`` at :data:`KEPT_RATE`, and whether the clean one is used. ``scores`` as
    in :class:`ofrenda.voice.lab_store.Segment`."""

    raw: Audio
    clean: Audio
    cleaned: bool
    scores: dict[str, Any]

    @property
    def used(self) -> Audio:
        """The sound that is used."""
        return self.clean if self.cleaned else self.raw


def prepare(sound: Audio, lead: float, found: Found, settings: Settings) -> Prepared:
    """Clean and judge a segment. ``sound`` at :data:`SOURCE_RATE` begins ``lead`` seconds early.

    About 0.5 s of work for a second.
    """
    first = round(lead * sound.sample_rate)
    cleaned = cleaning.clean(sound, settings=settings)
    raw = Audio(sound.samples[first:], sound.sample_rate)
    clean = Audio(cleaned.samples[first:], sound.sample_rate)
    person = found.person.centre if found.person is not None else None
    before, was_like = _heard(raw, person, settings)
    after, is_like = _heard(clean, person, settings)
    better = after.overall - before.overall >= BETTER and is_like > was_like - LESS_LIKE
    marks, like = (after, is_like) if better else (before, was_like)
    quality = measure_quality(at_rate(raw, SPEAKER_RATE), [Span(0.0, raw.seconds)])
    others = [voice.centre for voice in found.others]
    scores: dict[str, Any] = {
        **dataclasses.asdict(marks),
        "overall_raw": before.overall,
        "overall_clean": after.overall,
        "similarity": round(like, 3),
        "nearer": _nearer(clean if better else raw, person, others),
        "crest": quality.crest,
        "flat": quality.flat,
        "telephone": quality.telephone,
    }
    return Prepared(at_rate(raw, KEPT_RATE), at_rate(clean, KEPT_RATE), better, scores)


def _heard(audio: Audio, person: Embedding | None, settings: Settings) -> tuple[Naturalness, float]:
    heard = at_rate(audio, SPEAKER_RATE)
    like = 1.0 if person is None else float(speaker_encoder().embed(heard) @ person)
    return naturalness(heard, settings=settings), like


def _nearer(audio: Audio, person: Embedding | None, others: list[Embedding]) -> float | None:
    if person is None or not others:
        return None
    voice = speaker_encoder().embed(at_rate(audio, SPEAKER_RATE))
    return round(float(voice @ person) - max(float(voice @ other) for other in others), 3)


def judged(span: Span, heard: Prepared, said: Transcript) -> Draft:
    """A segment as it is kept, with the reason where it cannot be used: ``overloaded``, ``noisy``,
    ``unlike`` or ``unclear``."""
    scores = dict(heard.scores)
    scores["confidence"] = round(said.confidence, 3)
    manner = manner_of(heard.used, said.text, span.seconds)
    scores["manner"] = None if manner is None else dataclasses.asdict(manner)
    return Draft(
        span=span,
        reason=_reason(scores, said, span.seconds),
        scores=scores,
        raw=to_wav(heard.raw),
        clean=to_wav(heard.clean),
        cleaned=heard.cleaned,
        text=said.text,
        language=said.language,
        confidence=said.confidence,
    )


def _reason(scores: dict[str, Any], said: Transcript, seconds: float) -> str | None:
    if scores["crest"] < CLIPPED_CREST_DB or scores["flat"] > CLIPPED_FLAT:
        return "overloaded"
    if scores["overall"] < TOO_NOISY:
        return "noisy"
    if scores["similarity"] < UNLIKE:
        return "unlike"
    # a segment is speech but for the quiet at its ends
    if doubtful(said.text, said.confidence, max(0.5, seconds - 0.4)) is not None:
        return "unclear"
    return None


def cleaned_at(audio: Audio, settings: Settings) -> Audio:
    """``audio`` with noise taken away, at the rate it has."""
    cleaned = cleaning.clean(at_rate(audio, SOURCE_RATE), settings=settings)
    return at_rate(cleaned, audio.sample_rate)


def at_rate(audio: Audio, rate: int) -> Audio:
    """The same at ``rate`` samples per second."""
    if audio.sample_rate == rate:
        return audio
    import soxr

    samples = soxr.resample(audio.samples, audio.sample_rate, rate)
    return Audio(np.asarray(samples, np.float32), rate)


def to_wav(audio: Audio) -> bytes:
    """A WAV file in memory, mono, 16 bit."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(audio.sample_rate)
        out.writeframes((np.clip(audio.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def from_wav(data: bytes) -> Audio:
    """What :func:`to_wav` wrote."""
    with wave.open(io.BytesIO(data), "rb") as file:
        pcm = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return Audio((pcm / 32767).astype(np.float32), file.getframerate())

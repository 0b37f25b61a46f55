"""The reference: the clips a voice is made from, and the clips it is measured by.

Every voice engine learns from ``clips`` and none from ``held_out``, which is what likeness is
measured on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip
from ofrenda.vault import Life
from ofrenda.voice import lab_store
from ofrenda.voice.checks import Progress
from ofrenda.voice.choosing import best_first, choose
from ofrenda.voice.feeling import Manner, moods
from ofrenda.voice.lab import Hearing, run_lab
from ofrenda.voice.lab_report import LabReport, lab_report, refuse_unfit
from ofrenda.voice.lab_store import HELD_OUT, REFERENCE, REJECTED, Segment
from ofrenda.voice.loudness import level_to
from ofrenda.voice.segment_sound import KEPT_RATE, from_wav, to_wav

RATE: Final = KEPT_RATE
"""Samples per second of the clips in a reference: what the embedded engine speaks at. Holds sound
up to 12 kHz; of speech only the hiss of s and f goes higher."""
LOUDNESS: Final = -24.0
"""Loudness of each clip in LUFS (ITU-R BS.1770-4); peaks stay under -1 dBFS."""


@dataclass(frozen=True, slots=True)
class Reference:
    """``clips`` to make a voice from (best first), ``held_out`` to measure it by, no sound in both.

    Mono at :data:`RATE`, loudness :data:`LOUDNESS`. ``id`` changes when any clip or its text does:
    a voice fitted from one reference says which.
    """

    id: str
    clips: tuple[ReferenceClip, ...]
    held_out: tuple[ReferenceClip, ...]
    report: LabReport

    @property
    def language(self) -> str:
        """The language most of it is spoken in (ISO 639-1)."""
        return max(self.report.languages, key=lambda one: self.report.languages[one], default="en")


def build_reference(
    life: Life,
    *,
    settings: Settings | None = None,
    hearing: Hearing | None = None,
    progress: Progress | None = None,
) -> Reference:
    """The reference of a life, from all its recordings; those not heard yet are heard now.

    Runs in the calling thread, which must not run an event loop (``asyncio.to_thread`` is for
    that); quick when nothing is new. Raises :class:`ofrenda.errors.ClipRejected` where no voice
    should be made: ``no_clips``, ``two_voices`` (mark a sentence first) and ``too_short``;
    ``ConsentMissing``; the engine's errors.
    """
    run_lab(life, settings=settings, hearing=hearing, progress=progress)
    arrange(life)
    report = lab_report(life)
    refuse_unfit(report)
    found = lab_store.segments(life)
    best = {
        one.id: i for i, one in enumerate(best_first([s for s in found if s.role == REFERENCE]))
    }
    chosen = sorted((one for one in found if one.id in best), key=lambda one: best[one.id])
    aside = [one for one in found if one.role == HELD_OUT]
    clips = tuple(_clip(life, one) for one in chosen)
    held_out = tuple(_clip(life, one) for one in aside)
    return Reference(_digest(clips, held_out), clips, held_out, report)


def arrange(life: Life) -> None:
    """Give every segment its mood and its role, from what is known of them all."""
    found = [one for one in lab_store.segments(life) if one.role != REJECTED]
    manners = [_manner(one) for one in found]
    labels = moods(manners, [one.clip for one in found])
    lab_store.set_roles(life, {}, {s.id: mood for s, mood in zip(found, labels, strict=True)})
    lab_store.set_roles(life, choose(lab_store.segments(life)), {})


def _manner(segment: Segment) -> Manner | None:
    told = segment.scores.get("manner")
    return None if told is None else Manner(**told)


def _clip(life: Life, segment: Segment) -> ReferenceClip:
    return ReferenceClip(
        audio=final_sound(life, segment),
        text=segment.text,
        language=segment.language,
        mood=segment.mood,
    )


def final_sound(life: Life, segment: Segment) -> Audio:
    """A segment as engines get it: raw or cleaned, whichever is better, at :data:`LOUDNESS`."""
    if segment.sound is None:
        raise BadInput("This segment is not used, and its sound was not kept.")
    return level_to(from_wav(life.voice_blobs.get(segment.sound)), LOUDNESS)


def listen(life: Life, number: int, stage: str = "final") -> bytes:
    """A segment as a WAV file in memory, to be played: ``raw`` (as it came), ``clean`` (noise taken
    away) or ``final`` (as engines get it). ``BadInput`` where there is no such segment or stage.
    """
    segment = lab_store.segment(life, number)
    if stage == "final":
        return to_wav(final_sound(life, segment))
    blob = {"raw": segment.raw, "clean": segment.clean}.get(stage)
    if blob is None:
        raise BadInput("Choose what to hear of a segment: raw, clean or final.")
    return life.voice_blobs.get(blob)


def _digest(clips: Sequence[ReferenceClip], held_out: Sequence[ReferenceClip]) -> str:
    digest = hashlib.sha256()
    for part in (clips, held_out):
        digest.update(b"|")
        for clip in part:
            pcm = np.round(clip.audio.samples * 32767).astype("<i2").tobytes()
            digest.update(hashlib.sha256(pcm).digest())
            digest.update(f"{clip.language}\n{clip.text}\n".encode())
    return digest.hexdigest()[:16]

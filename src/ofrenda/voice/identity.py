"""Which of the voices in a recording is the person's, or what to ask the keeper."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.types import Audio
from ofrenda.voice.speaker import Embedding, centre, speaker_encoder
from ofrenda.voice.speech import Span, cut
from ofrenda.voice.whose import Voice

SAME: Final = 0.88
"""Likeness of two recordings' voices from which they are taken for one person without a mark.

Middles of the same woman's voice in one session agree to 0.92, and 0.81 between her English and
her Spanish session; the stock voice nearest to her reaches 0.86."""
ANOTHER: Final = 0.70
"""Likeness under which it is surely somebody else: other women 0.61 to 0.73, a man 0.58."""
_CLEARLY: Final = 0.05
"""How much nearer one voice of a recording must lie than the next to be chosen."""


class Verdict(enum.StrEnum):
    """What is known about the voices in a recording."""

    THEIRS = "theirs"
    TWO_VOICES = "two_voices"
    """Several people speak, and nobody has said which is the person."""
    UNSURE = "unsure"
    """It may be the person in another room or on another telephone, or somebody like them."""
    SOMEBODY_ELSE = "somebody_else"
    MARK_UNHEARD = "mark_unheard"
    """Where the keeper marked, there is hardly any speech."""


@dataclass(frozen=True, slots=True)
class Found:
    """The verdict and, where it is ``THEIRS``, the person's voice and the others'."""

    verdict: Verdict
    person: Voice | None = None
    others: tuple[Voice, ...] = ()


def find_person(
    audio: Audio,
    speech: Sequence[Span],
    voices: Sequence[Voice],
    *,
    marks: Sequence[Span] = (),
    known: Sequence[Embedding] = (),
    marked: bool = False,
) -> Found:
    """Find the person among the ``voices`` of a recording (16 kHz).

    ``marks``: where in it, by the keeper's word, the person speaks alone. ``known``: the person's
    voice in other recordings. ``marked``: the keeper has marked a sentence somewhere, so that a
    voice unlike the person's is somebody else and no longer a question.
    """
    if marks:
        inside = [
            Span(max(mark.start, span.start), min(mark.end, span.end))
            for mark in marks
            for span in speech
            if min(mark.end, span.end) > max(mark.start, span.start)
        ]
        if sum(span.seconds for span in inside) < 0.8:
            return Found(Verdict.MARK_UNHEARD)
        known = [speaker_encoder().embed(cut(audio, inside))]
    elif not known:
        if len(voices) > 1:
            return Found(Verdict.TWO_VOICES)
        return Found(Verdict.THEIRS, voices[0])
    likeness = [_likeness(voice, known) for voice in voices]
    order = sorted(range(len(voices)), key=lambda i: -likeness[i])
    best = order[0]
    own = [i for i in order if likeness[i] >= SAME and likeness[best] - likeness[i] < _CLEARLY]
    person = _one_voice([voices[i] for i in own] or [voices[best]])
    others = tuple(voices[i] for i in order if i not in own and i != best)
    clear = not others or likeness[best] - max(_likeness(one, known) for one in others) >= _CLEARLY
    if clear and (marks or likeness[best] >= SAME) and (marked or not others):
        return Found(Verdict.THEIRS, person, others)
    if not marked:
        return Found(Verdict.TWO_VOICES)
    return Found(Verdict.SOMEBODY_ELSE if likeness[best] < ANOTHER else Verdict.UNSURE)


def _likeness(voice: Voice, known: Sequence[Embedding]) -> float:
    return max(float(voice.centre @ one) for one in known)


def _one_voice(parts: Sequence[Voice]) -> Voice:
    """One voice of several parts: people change theirs in the course of a recording."""
    middle = np.stack([part.centre * part.seconds for part in parts])
    return Voice(centre(middle.astype(np.float32)), sum(part.seconds for part in parts))

"""How near a voice comes to the person's, between a floor and a ceiling."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from ofrenda.types import Audio
from ofrenda.voice.speaker import RATE, Embedding, Embeddings
from ofrenda.voice.speech import Span, cut

_BLOCK_SECONDS: Final = 4.0
"""Length of a piece that is compared: about a spoken sentence, as are the synthetic ones."""
_FEWEST_BLOCKS: Final = 6


@dataclass(frozen=True, slots=True)
class LikenessReport:
    """What was chosen, and how near it comes to speech of the person that played no part in it.

    Similarities are cosines between sentence-long pieces and the held-out part of the clip:
    ``similarity`` of the chosen voice, ``floor`` the mean over all stock voices, ``nearest`` the
    best single stock voice (``nearest_name``), ``ceiling`` the person's own other sentences.
    ``normalised`` is ``(similarity - floor) / (ceiling - floor)``; None where the ceiling does not
    stand clear of the floor. Pitches are medians in Hz. ``judge`` names the encoder: here the one
    that also chose, so the figures flatter; ``warnings`` are plain sentences.
    """

    engine: str
    mix: Mapping[str, float]
    language: str
    similarity: float
    floor: float
    nearest: float
    nearest_name: str
    ceiling: float
    normalised: float | None
    speech_seconds: float
    held_out_seconds: float
    pitch_hz: float | None
    chosen_pitch_hz: float | None
    judge: str
    warnings: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and the database."""
        return {
            **{field.name: getattr(self, field.name) for field in dataclasses.fields(self)},
            "mix": dict(self.mix),
            "warnings": list(self.warnings),
        }


@dataclass(frozen=True, slots=True)
class Division:
    """A clip's speech in two: ``choosing`` in pieces of about four seconds, and ``held_out``."""

    choosing: tuple[Audio, ...]
    held_out: Audio

    @property
    def seconds(self) -> float:
        """All of it."""
        return sum(piece.seconds for piece in self.choosing) + self.held_out.seconds


def divide(audio: Audio, speech: Sequence[Span]) -> Division:
    """Set every third piece of the speech aside, so that early and late, loud and soft, are in
    both parts. ``audio`` at 16 kHz; at least three seconds of speech, else ValueError."""
    spoken = cut(audio, speech)
    if spoken.seconds < 3.0:
        raise ValueError("too little speech to divide")
    count = max(_FEWEST_BLOCKS, round(spoken.seconds / _BLOCK_SECONDS))
    pieces = [Audio(part, RATE) for part in np.array_split(spoken.samples, count)]
    held_out = np.concatenate([piece.samples for piece in pieces[2::3]])
    choosing = [piece for i, piece in enumerate(pieces) if i % 3 != 2]
    return Division(tuple(choosing), Audio(held_out, RATE))


def mean_similarity(pieces: Embeddings, reference: Embedding) -> float:
    """Mean cosine between each of ``pieces`` and ``reference``."""
    return float((pieces @ reference).mean())


def normalise(similarity: float, floor: float, ceiling: float) -> float | None:
    """Where ``similarity`` lies between the two; None when they are less than 0.02 apart."""
    return None if ceiling - floor < 0.02 else (similarity - floor) / (ceiling - floor)

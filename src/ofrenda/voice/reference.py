"""The reference: the clips a voice is made from, and the clips it is measured by.

Every voice engine learns from ``clips`` and none from ``held_out``, which is what likeness is
measured on.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from ofrenda.types import MoodName, ReferenceClip

RATE = 24_000
"""Samples per second of the clips in a reference: what the embedded engine speaks at. Holds sound
up to 12 kHz; of speech only the hiss of s and f goes higher."""
LOUDNESS = -24.0
"""Loudness of each clip in LUFS (ITU-R BS.1770-4); peaks stay under -1 dBFS."""


@dataclass(frozen=True, slots=True)
class LabReport:
    """What was found in the recordings of a life.

    Seconds, each part of the one before: ``seconds`` of sound in ``sources`` recordings,
    ``speech`` where somebody speaks, ``theirs`` where it is the person alone, ``usable`` in clips
    that are good enough, of which ``reference`` and ``held_out`` were chosen. ``moods`` and
    ``languages`` say how many seconds of the reference are in each; ``left_out`` why the rest of
    the person's speech is not usable, by reason. ``advice``: keys of ``[advice]`` in the wording,
    what would help most first (:func:`ofrenda.voice.telling.report_lines`).
    """

    sources: int = 0
    seconds: float = 0.0
    speech: float = 0.0
    theirs: float = 0.0
    usable: float = 0.0
    reference: float = 0.0
    held_out: float = 0.0
    moods: dict[MoodName, float] = field(default_factory=dict)
    languages: dict[str, float] = field(default_factory=dict)
    left_out: dict[str, float] = field(default_factory=dict)
    advice: tuple[str, ...] = ()


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

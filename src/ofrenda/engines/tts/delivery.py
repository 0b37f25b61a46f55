"""How a mood sounds: faster or slower, higher or lower, livelier or flatter, louder or softer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ofrenda.types import Mood, MoodName

_UNDERDONE: Final = 1.25
"""The model rounds each sound to whole frames of 25 ms and shortens none to nothing, so it does
less than it is told: at 0.87 and 1.06 it spoke at 0.90 and 1.04 (am_michael) and at 0.88 and 1.06
(zf_xiaoxiao), which is an exponent of 1.39 and 1.08 to make up for; this lies between."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """``speed`` (1 is the voice's own), ``semitones`` its pitch is raised by, ``span`` the range of
    its melody (1 is its own), ``gain_db``."""

    speed: float = 1.0
    semitones: float = 0.0
    span: float = 1.0
    gain_db: float = 0.0

    @property
    def fed_speed(self) -> float:
        """What the model is told so that it speaks at ``speed``."""
        return float(self.speed**_UNDERDONE)

    @property
    def pitch(self) -> float:
        """The ratio by which frequency is raised."""
        return float(2 ** (self.semitones / 12))


MOODS: Final[dict[MoodName, Delivery]] = {
    MoodName.CALM: Delivery(),
    MoodName.WARM: Delivery(0.97, -0.3, 1.05, 0.0),
    MoodName.GLAD: Delivery(1.06, 1.5, 1.25, 1.0),
    MoodName.PLAYFUL: Delivery(1.07, 1.0, 1.3, 0.5),
    MoodName.TENDER: Delivery(0.9, -0.5, 0.9, -2.0),
    MoodName.SAD: Delivery(0.87, -1.0, 0.75, -2.5),
    MoodName.CONCERNED: Delivery(0.94, -0.3, 0.9, -0.5),
}
"""At full intensity. Joy raises pitch, its range, pace and loudness, and sadness and tenderness
lower them, in every language studied (Juslin and Laukka, Psychological Bulletin 2003, tables 7 to
9). The sizes are a choice, small enough that it is still the same voice: what becomes of likeness
and of words is measured by ``ofrenda bench moods``."""
_PACE: Final = 0.2
"""How much faster or slower full pace is."""
_SLOWEST, _FASTEST = 0.75, 1.3


def delivery(mood: Mood) -> Delivery:
    """How to speak in ``mood``, its intensity and pace taken in."""
    full = MOODS[mood.name]
    strength = min(1.0, max(0.0, mood.intensity))
    pace = 1 + _PACE * min(1.0, max(-1.0, mood.pace))
    speed = (1 + (full.speed - 1) * strength) * pace
    return Delivery(
        min(_FASTEST, max(_SLOWEST, speed)),
        full.semitones * strength,
        1 + (full.span - 1) * strength,
        full.gain_db * strength,
    )

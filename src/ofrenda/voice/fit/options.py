"""How far to fit a voice, and where a fit stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

FURTHER: Final = "further"
"""The stage after the highest tier: more of the same, at a pace that suits the voice."""


@dataclass(frozen=True, slots=True)
class FitOptions:
    """How long and how far. ``tier`` is the highest to climb to; ``steps`` per stage; ``band`` in
    Hz is what the recordings' channel let through; ``check`` and ``save`` in steps."""

    tier: str = "full"
    steps: Mapping[str, int] = field(
        default_factory=lambda: {"style": 40, "bias": 60, "full": 260, FURTHER: 200}
    )
    prosody_steps: int = 100
    band: tuple[float, float] = (50.0, 7900.0)
    check: int = 50
    save: int = 25
    seed: int = 1


@dataclass(frozen=True, slots=True)
class FitProgress:
    """Where a fit stands: the ``stage`` (``listening``, ``prosody``, a tier or :data:`FURTHER`),
    the ``share`` of all work done, and the seconds left at the pace measured so far (None before
    there is one)."""

    stage: str
    share: float
    seconds_left: float | None


Tell = Callable[[FitProgress], None]


class FitStopped(Exception):
    """The fit was told to stop; what it had is kept."""

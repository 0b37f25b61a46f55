"""What a decoder may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` bytes of address space, ``cpu`` seconds of computing for one file, ``silence``
    seconds without any sign of life after which the child is killed.

    Ten minutes of AAC, Opus and AMR took 4.3, 5.3 and 4.7 s of computing on one busy core, so four
    hours take about 130 s; 600 leave room for a slower one.
    """

    memory: int = 2 << 30
    cpu: int = 600
    silence: float = 60.0

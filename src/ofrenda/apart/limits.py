"""What a decoder may use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """``memory`` bytes of address space, ``cpu`` seconds of computing for one file, ``silence``
    seconds without any sign of life after which the child is killed.

    Four hours of AAC take 40 s of computing on one slow core (measured: 350 times faster than
    they last), so 300 s leave room for any file of four hours.
    """

    memory: int = 2 << 30
    cpu: int = 300
    silence: float = 60.0

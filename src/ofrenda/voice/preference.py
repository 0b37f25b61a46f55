"""What a family's answers say of several voices, and whether it can be told at all.

Plain counting with exact binomial intervals (Clopper and Pearson, Biometrika 1934). "No
difference" counts for neither side, as in a sign test. A voice is called the nearest only where it
was preferred to each of the others that were heard, each time so clearly that chance would do it in
at most one of twenty families, all comparisons taken together (Bonferroni): of two voices that
takes six answers of six.

Answers of one listener are counted as if each were another's; the smallest families have no more.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

PERSON: Final = "person"
"""Stands in place of a voice for a recording of the person."""
_LEVEL: Final = 0.95


@dataclass(frozen=True, slots=True)
class Answer:
    """``one`` and ``other`` were heard; ``nearer`` is which was more like the person, None where no
    difference was heard."""

    listener: str
    one: str
    other: str
    nearer: str | None


@dataclass(frozen=True, slots=True)
class Standing:
    """How a voice did against the other voices: ``wins``, ``losses``, ``same`` (no difference), the
    ``share`` of wins in what was decided, and between what it lies (95 %)."""

    voice: str
    wins: int
    losses: int
    same: int
    share: float | None
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Tally:
    """All that was answered. ``standings``: the best first. ``nearest``: the voice that is clearly
    preferred; None: too few answers to tell, or no difference. ``person``: how often a recording of
    the person was told from a voice, taken for less like them, or no difference was heard."""

    standings: tuple[Standing, ...]
    nearest: str | None
    answers: int
    listeners: int
    person: tuple[int, int, int]

    def to_json(self) -> dict[str, Any]:
        """Plain values; nobody's single answer is in them."""
        return {
            "standings": [
                {
                    "voice": one.voice, "wins": one.wins, "losses": one.losses, "same": one.same,
                    "share": None if one.share is None else round(one.share, 3),
                    "low": round(one.low, 3), "high": round(one.high, 3),
                }
                for one in self.standings
            ],
            "nearest": self.nearest,
            "answers": self.answers,
            "listeners": self.listeners,
            "person": dict(zip(("known", "taken", "same"), self.person, strict=True)),
        }  # fmt: skip


def tally(answers: Sequence[Answer], voices: Sequence[str]) -> Tally:
    """Count what was answered about ``voices``; answers about any other are left out."""
    among = [one for one in answers if {one.one, one.other} <= {*voices, PERSON}]
    between = [one for one in among if PERSON not in (one.one, one.other)]
    standings = sorted((_standing(voice, between) for voice in voices), key=_rank)
    with_person = [one for one in among if one not in between]
    known = sum(one.nearer == PERSON for one in with_person)
    same = sum(one.nearer is None for one in with_person)
    heard = [one.voice for one in standings if one.wins + one.losses + one.same]
    return Tally(
        tuple(standings),
        _nearest(heard, between),
        len(among),
        len({one.listener for one in among}),
        (known, len(with_person) - known - same, same),
    )


def interval(wins: int, decided: int, level: float = _LEVEL) -> tuple[float, float]:
    """Between which shares the true one lies (Clopper and Pearson); 0 and 1 where nothing was
    decided."""
    if decided == 0:
        return 0.0, 1.0
    tail = (1 - level) / 2
    low = 0.0 if wins == 0 else _solve(lambda p: 1 - _at_most(wins - 1, decided, p) - tail)
    high = 1.0 if wins == decided else _solve(lambda p: tail - _at_most(wins, decided, p))
    return low, high


def _standing(voice: str, answers: Sequence[Answer]) -> Standing:
    mine = [one for one in answers if voice in (one.one, one.other)]
    wins = sum(one.nearer == voice for one in mine)
    same = sum(one.nearer is None for one in mine)
    decided = len(mine) - same
    return Standing(
        voice, wins, decided - wins, same, wins / decided if decided else None,
        *interval(wins, decided),
    )  # fmt: skip


def _rank(one: Standing) -> tuple[float, int]:
    return (-1.0 if one.share is None else one.share) * -1, -one.wins


def _nearest(ranked: Sequence[str], answers: Sequence[Answer]) -> str | None:
    if len(ranked) < 2:
        return None
    best, others = ranked[0], ranked[1:]
    level = 1 - (1 - _LEVEL) / len(others)
    for other in others:
        both = [one for one in answers if {one.one, one.other} == {best, other} and one.nearer]
        low, _ = interval(sum(one.nearer == best for one in both), len(both), level)
        if low <= 0.5:
            return None
    return best


def _at_most(wins: int, decided: int, p: float) -> float:
    """Probability of ``wins`` or fewer of ``decided`` when each has probability ``p``."""
    return sum(math.comb(decided, k) * p**k * (1 - p) ** (decided - k) for k in range(wins + 1))


def _solve(rises: Any) -> float:
    """Where a function that rises from below zero to above it on 0..1 is zero."""
    low, high = 0.0, 1.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if rises(middle) < 0 else (low, middle)
    return (low + high) / 2

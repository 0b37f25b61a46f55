"""How long to wait for this caller: learned from their own pauses, within bounds.

People differ in how long they pause inside a sentence, and grief makes pauses longer. What is
learned: the pauses after which the caller went on. Being cut off is worse than waiting, so the wait
follows the long ones; it never exceeds the bounds, so that one very long pause does not make the
line feel dead.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

PAUSES = 12
"""Pauses that are remembered; older ones are forgotten, so that a caller may calm down."""
SURE = 0.85
"""A turn detector this sure is believed at once, whoever calls."""
_SHARE = 0.8
"""The pause that this share of theirs does not exceed is waited for."""
_MARGIN = 1.15


class Patience:
    """The pauses of one caller.

    ``least`` and ``most`` bound the silence in seconds after which a turn is over although the
    detector thinks it is not; ``first`` is that silence before anything was learned. ``hold``
    bounds what is waited beyond a hesitant "it is over"."""

    def __init__(self, *, least: float, first: float, most: float, hold: float) -> None:
        self._least = least
        self._first = first
        self._most = most
        self._hold = hold
        self._pauses: deque[float] = deque(maxlen=PAUSES)

    def went_on(self, pause: float) -> None:
        """The caller went on after a pause of so many seconds."""
        self._pauses.append(pause)

    @property
    def silence(self) -> float:
        """Seconds of silence that end a turn which sounds unfinished."""
        if not self._pauses:
            return self._first
        return min(self._most, max(self._least, _MARGIN * _long_one(self._pauses)))

    def hold(self, probability: float) -> float:
        """Seconds of silence to let pass although the turn is over with this ``probability``: none
        for who never pauses, or where it is sure; for others as long as most of their pauses."""
        if not self._pauses or probability >= SURE:
            return 0.0
        return min(self._hold, _long_one(self._pauses))


def _long_one(pauses: Iterable[float]) -> float:
    ordered = sorted(pauses)
    return ordered[min(len(ordered) - 1, int(_SHARE * len(ordered)))]

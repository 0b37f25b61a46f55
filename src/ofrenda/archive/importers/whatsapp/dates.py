"""Which number is the day: decided once for a file, or asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from ofrenda.archive.importers.whatsapp.grammar import DAY_UNKNOWN

Numbers = NDArray[np.int64]
Days = NDArray[np.int64]
"""Days since 1970-01-01; :data:`NEVER` where the numbers are no date."""

NEVER = np.iinfo(np.int64).min // 2

ORDERS: dict[str, tuple[int, int, int]] = {"dmy": (2, 1, 0), "mdy": (2, 0, 1), "ymd": (0, 1, 2)}
"""Order -> where year, month and day stand."""

MEANING = {
    "dmy": "day, month, year (3/6 is the third of June)",
    "mdy": "month, day, year (3/6 is the sixth of March)",
    "ymd": "year, month, day",
}

_EARLIEST = 2009
"""WhatsApp began in 2009: an older date is a misreading, or another calendar."""

_STRAY = 50
"""One line in so many may contradict all others (a pasted line); more, and nobody can decide."""


@dataclass(frozen=True, slots=True)
class Decision:
    """``order`` is None where the file leaves it open between ``choices``."""

    order: str | None
    choices: tuple[str, ...]


def to_days(numbers: Numbers, order: str, today: date) -> Days:
    """Read ``numbers`` (``[n, 3]``) in ``order``.

    Two-digit years are 20xx; years of the Buddhist era (Thailand, 543 ahead) are brought back.
    What is no date, before 2009 or after tomorrow is :data:`NEVER`.
    """
    year_at, month_at, day_at = ORDERS[order]
    year, month, day = numbers[:, year_at].copy(), numbers[:, month_at], numbers[:, day_at]
    year[year < 100] += 2000
    year[(year >= 2540) & (year < 2640)] -= 543
    usable = (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31) & (year < 9999)
    usable &= year >= _EARLIEST
    months = np.where(usable, (year - 1970) * 12 + month - 1, 0)
    first = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    following = (months + 1).astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    days = first + day - 1
    latest = (today - date(1970, 1, 1)).days + 1
    usable &= (days < following) & (days <= latest)
    return np.where(usable, days, NEVER)


def decide_order(
    numbers: Numbers,
    seconds: NDArray[np.int64],
    *,
    east: bool,
    today: date,
    answer: str | None,
    counts: NDArray[np.int64] | None = None,
) -> Decision:
    """The order of a file's dates.

    ``numbers`` ``[n, 3]`` and ``seconds`` ``[n]`` since midnight, in file order; ``counts`` how
    many lines each stands for (one, where left out). First by value
    (an order that makes dates impossible is out), then by time running forward: an order that
    jumps back more than a day is worse. When both leave it open, the keeper's ``answer``.
    """
    counts = np.ones(len(numbers), np.int64) if counts is None else counts
    candidates = _candidates(numbers, counts, east=east)
    if len(candidates) == 1:
        return Decision(candidates[0], candidates)
    days = {order: to_days(numbers, order, today) for order in candidates}
    hopeless = np.logical_and.reduce([days[order] == NEVER for order in candidates])
    impossible = {
        order: int(counts[(days[order] == NEVER) & ~hopeless].sum()) for order in candidates
    }
    fewest = min(impossible.values())
    possible = [order for order in candidates if impossible[order] == fewest]
    if fewest * _STRAY > counts.sum() and answer not in candidates:
        return Decision(None, tuple(candidates))
    if len(possible) > 1 and len({days[order].tobytes() for order in possible}) == 1:
        return Decision(possible[0], tuple(candidates))  # 3/3: both orders say the same
    if len(possible) > 1:
        jumps = {order: _jumps(days[order], seconds) for order in possible}
        best, second = sorted(possible, key=lambda order: jumps[order])[:2]
        # Three jumps more than four times as many: a few pasted or late lines cannot turn that.
        if jumps[best] == 0 < jumps[second] or jumps[second] >= 4 * jumps[best] + 3:
            possible = [order for order in possible if jumps[order] == jumps[best]]
    elif _thin(possible[0], candidates, impossible, days, seconds):
        possible = list(candidates)
    if len(possible) == 1:
        return Decision(possible[0], tuple(candidates))
    return Decision(answer if answer in possible else None, tuple(possible))


def _thin(
    chosen: str,
    candidates: Sequence[str],
    impossible: dict[str, int],
    days: dict[str, Days],
    seconds: NDArray[np.int64],
) -> bool:
    """Whether one or two odd lines alone speak for ``chosen``, and time itself against it."""
    return any(
        impossible[other] - impossible[chosen] < 3
        and _jumps(days[other], seconds) < _jumps(days[chosen], seconds)
        for other in candidates
        if other != chosen
    )


def _candidates(numbers: Numbers, counts: NDArray[np.int64], *, east: bool) -> tuple[str, ...]:
    first, last = numbers[:, 0], numbers[:, 2]
    if np.average(first > 31, weights=counts) > 0.5:
        return ("ymd",)
    if east and not (last > 31).any():
        return ("ymd", "dmy", "mdy")
    return ("dmy", "mdy")


def _jumps(days: Days, seconds: NDArray[np.int64]) -> int:
    """How often time runs back by more than a day."""
    valid = (days != NEVER) & (seconds != DAY_UNKNOWN)
    moments = days[valid] * 86_400 + seconds[valid]
    return int((np.diff(moments) < -86_400).sum())

"""From what formats count (seconds, milliseconds, since 1970 or 2001) to a moment in time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

APPLE_EPOCH = 978_307_200
"""Seconds from 1970 to 2001, where Apple begins to count."""

_EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)
_LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment as :class:`ofrenda.types.Utterance` holds it. ``local`` is the wall clock; where
    the format only counts from an epoch it is the clock of UTC, the same for every export."""

    local: str
    utc: datetime | None


def since_epoch(seconds: float | None) -> Instant | None:
    """The moment ``seconds`` after 1970 (UTC), to whole seconds; None where that is no date."""
    if seconds is None or not abs(seconds) < 10_000_000_000:
        return None
    return aware(_UNIX + timedelta(seconds=int(seconds // 1)))


def aware(moment: datetime) -> Instant | None:
    """A moment with a zone: its own wall clock, and UTC. None where it cannot be right."""
    try:
        utc = moment.astimezone(UTC)
    except (OverflowError, ValueError):
        return None
    if not _EARLIEST < utc < _LATEST:
        return None
    local = moment.replace(tzinfo=None, microsecond=0)
    return Instant(local.isoformat(), utc.replace(microsecond=0))


def naive(moment: datetime) -> Instant | None:
    """A wall clock whose zone nobody knows."""
    if not _EARLIEST.replace(tzinfo=None) < moment < _LATEST.replace(tzinfo=None):
        return None
    return Instant(moment.replace(microsecond=0).isoformat(), None)


def past(instant: Instant | None, today: date) -> Instant | None:
    """None for what is dated after ``today``, with a day of grace for the other side of the
    world."""
    if instant is None or date.fromisoformat(instant.local[:10]) > today + timedelta(days=1):
        return None
    return instant


def whole(value: object) -> int | None:
    """An integer written as a number or as digits; None for anything else."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if abs(value) < 10**20 else None
    if isinstance(value, str) and len(value) <= 20:
        digits = value[1:] if value.startswith("-") else value
        if digits.isascii() and digits.isdigit():
            return int(value)
    return None

"""Wall clocks as exports write them, and which of many lines are out of the order of time."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone

from ofrenda.archive.instants import Instant, aware, naive

TOLERANCE = 61 * 60
"""Seconds that a line may be behind: late delivery, and the hour that summer time repeats."""


def out_of_time(moments: Sequence[int], tolerance: int = TOLERANCE) -> set[int]:
    """The places of ``moments`` (seconds) that do not fit the order of the others.

    The longest run of rising moments is taken for true; what is further than ``tolerance`` before
    or after its neighbours in it is out of time: pasted from elsewhere, or damaged.
    """
    behind = latest = 0
    for moment in moments:
        if moment < latest - tolerance:
            behind += 1
        latest = max(latest, moment)
    if not behind:
        return set()
    steady = _longest_rising(moments)
    off: set[int] = set()
    before = None
    for place, moment in enumerate(moments):
        if steady[place]:
            before = moment
        elif before is not None and moment < before - tolerance:
            off.add(place)
    after = None
    for place in range(len(moments) - 1, -1, -1):
        if steady[place]:
            after = moments[place]
        elif after is not None and moments[place] > after + tolerance:
            off.add(place)
    return off


def _longest_rising(moments: Sequence[int]) -> list[bool]:
    """Patience sorting: which elements make the longest non-falling subsequence."""
    tops: list[int] = []
    places: list[int] = []
    previous = [-1] * len(moments)
    for place, moment in enumerate(moments):
        pile = bisect_right(tops, moment)
        if pile:
            previous[place] = places[pile - 1]
        if pile == len(tops):
            tops.append(moment)
            places.append(place)
        else:
            tops[pile], places[pile] = moment, place
    member = [False] * len(moments)
    place = places[-1] if places else -1
    while place >= 0:
        member[place] = True
        place = previous[place]
    return member


_WALL = re.compile(
    r"(?P<year>\d{4})[-/.](?P<month>\d{1,2})[-/.](?P<day>\d{1,2})[ T]{1,2}"
    r"(?:(?P<before>上午|下午|凌晨|早上|中午|晚上|午前|午後|오전|오후) ?)?"
    r"(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?:[.,]\d{1,9})?)?"
    r"(?: ?(?P<after>[AaPp]\.?[Mm]\.?))?(?P<zone> ?(?:Z|[+-]\d{2}:?\d{2}))?"
)
_AM = frozenset({"上午", "凌晨", "早上", "午前", "오전", "am", "a.m", "a.m."})
_PM = frozenset({"下午", "晚上", "午後", "오후", "pm", "p.m", "p.m."})
_QUARTER = 15 * 60
_EPOCH_DAY = datetime(1970, 1, 1).toordinal()


def hour_of(hour: int, half: str | None) -> int | None:
    """The hour of 24; None where the half of the day does not allow it. 12 AM is 0, 12 PM is 12;
    "12 in the evening" (晚上) can be midnight, and is not guessed."""
    if half is None:
        return hour if hour < 24 else None
    half = half.casefold()
    if half == "中午":
        return hour + 12 if hour in (1, 2) else hour if 11 <= hour <= 12 else None
    if half == "晚上" and hour == 12:
        return None
    if half in _PM:
        return hour + 12 if hour < 12 else hour if hour < 24 else None
    if half in _AM:
        return 0 if hour == 12 else hour if hour < 12 else None
    return None


def wall(text: str) -> tuple[Instant | None, str]:
    """A date and time, year first, as one text; and how precise it is (``s`` or ``min``).

    None where it is none or cannot be right. UTC only where the text states a zone.
    """
    match = _WALL.fullmatch(text.strip())
    if match is None:
        return None, "s"
    precision = "min" if match["second"] is None else "s"
    hour = hour_of(int(match["hour"]), match["before"] or match["after"])
    if hour is None or (match["before"] and match["after"]):
        return None, precision
    zone = (match["zone"] or "").strip()
    try:
        year, month, day, minute = (int(match[part]) for part in ("year", "month", "day", "minute"))
        moment = datetime(year, month, day, hour, minute, int(match["second"] or 0))
        if not zone:
            return naive(moment), precision
        offset = timedelta(0)
        if zone != "Z":
            digits = zone[1:].replace(":", "")
            offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
            offset = -offset if zone[0] == "-" else offset
        return aware(moment.replace(tzinfo=timezone(offset))), precision
    except ValueError:
        return None, precision


def agreed(local: Instant | None, epoch: Instant | None) -> Instant | None:
    """One moment that a format gives twice, as a wall clock and counted from an epoch.

    None where the two cannot be the same moment in any zone: then one of them is damaged.
    """
    if local is None or local.utc is not None or epoch is None or epoch.utc is None:
        return local if epoch is None else epoch if local is None else local
    seconds = seconds_of(local) - int(epoch.utc.timestamp())
    if not -12 * 3600 <= seconds <= 14 * 3600 or seconds % _QUARTER:
        return None
    return Instant(local.local, epoch.utc)


def seconds_of(at: Instant) -> int:
    """The wall clock in seconds, for comparing."""
    local = datetime.fromisoformat(at.local)
    seconds = (local.hour * 60 + local.minute) * 60 + local.second
    return (local.toordinal() - _EPOCH_DAY) * 86_400 + seconds

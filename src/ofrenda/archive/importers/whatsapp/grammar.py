"""The head of a line: date, time, and where the rest begins. All dialects in one grammar.

Three forms: ``[DATE, TIME] rest`` (iOS), ``DATE, TIME - rest`` (Android), ``DATE TIME: rest`` (old
iOS). Dates are read as three numbers; which is the day is decided for the file as a whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

MARKS = dict.fromkeys(
    [0x200E, 0x200F, 0x061C, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
"""Direction marks and BOM: dropped for matching only; stored text keeps its own."""

_MARK = re.compile(f"[{''.join(map(chr, MARKS))}]")

_SP = "[ \u00a0\u202f\u2009\t]"
_AM = ("am", "a.m", "上午", "凌晨", "清晨", "早上", "午前", "오전", "ص", "ق.ظ", "π.μ", "öö", "sa")
_PM = ("pm", "p.m", "下午", "傍晚", "晚上", "夜晚", "午後", "오후", "م", "ب.ظ", "μ.μ", "ös", "ch")
_NOON = ("中午",)
_HALF = (
    rf"[AaPp]\.?{_SP}?[Mm]\.?|上午|凌晨|清晨|早上|中午|下午|傍晚|晚上|夜晚|午前|午後|오전|오후|ص|م"
    rf"|[قب]\.ظ\.?|[πμΠΜ]\.?μ\.?|Ö[ÖS]|SA|CH"
)
_DATE = (
    rf"(?:\d{{4}}|\d{{1,2}})(?:[./\-年]|년){_SP}?\d{{1,2}}(?:[./\-月]|월){_SP}?"
    rf"(?:\d{{4}}|\d{{1,2}})(?:[.日]|일)?"
)
_CLOCK = (
    rf"(?:(?P<before>{_HALF}){_SP}?)?"
    rf"(?P<hour>\d{{1,2}})(?:[:.]|{_SP}?h{_SP}?)(?P<minute>\d{{2}})(?:[:.](?P<second>\d{{2}}))?"
    rf"(?:{_SP}?(?P<after>{_HALF}))?(?:{_SP}ч\.?)?"
)
_UNNAMED_CLOCK = re.sub(r"\?P<\w+>", "", _CLOCK)
_GAP = rf"(?:{_SP}г\.?)?[,،]?{_SP}{{1,2}}(?:(?:klo|kl\.|às|um|at|à|a las){_SP})?"
_HEADER = re.compile(
    rf"(?P<open>\[{_SP}?)?(?P<date>{_DATE})(?P<gap>{_GAP})(?P<clock>{_CLOCK})"
    rf"(?P<close>{_SP}?\]{_SP}?|{_SP}[-–]{_SP}|:{_SP})"
)
_NUMBERS = re.compile(r"\d+")
_SPACES = re.compile(_SP)

PASTED = re.compile(
    rf"(?:\[{_SP}?(?:{_DATE}|\d{{1,2}}[./]\d{{1,2}}\.?)[,،]?{_SP}+{_UNNAMED_CLOCK}{_SP}?\]{_SP}?"
    rf"|(?<!\d){_DATE}{_GAP}{_UNNAMED_CLOCK}(?:{_SP}[-–]{_SP}|:{_SP}))[^\n:]{{1,200}}:(?:{_SP}|\n|$)"
)
"""Where a message begins inside another: somebody copied it there (phones copy without the year),
or the end of a line was lost."""

DAY_UNKNOWN = -1

_LONGEST = 120
"""Characters of a line in which its head is looked for, marks and all."""


class Header(NamedTuple):
    """A line that begins like a message. ``numbers`` are the date's three as written; ``second``
    counts from midnight, or is :data:`DAY_UNKNOWN` where the time cannot be right; ``shape`` is
    how it is written, equal for all lines of one export; ``end`` is where the rest begins."""

    numbers: tuple[int, int, int]
    second: int
    shape: Shape
    end: int


@dataclass(frozen=True, slots=True)
class Shape:
    """How a header is written, its digits left out."""

    bracket: bool
    date: str
    gap: str
    half_before: bool
    half_after: bool
    seconds: bool
    close: str
    east: bool
    """Day halves or separators of Chinese, Japanese or Korean, where a short year comes first."""


class Grammar:
    """Reads headers, remembering the dates and times it has worked out (they repeat)."""

    def __init__(self) -> None:
        self._dates: dict[str, tuple[tuple[int, int, int], str]] = {}
        self._clocks: dict[str, tuple[int, bool, bool, bool, bool]] = {}
        self._shapes: dict[tuple[object, ...], Shape] = {}
        self._before = "\0"
        self._header: Header | None = None

    def header(self, line: str) -> Header | None:
        """The header of ``line``, or None when it has none."""
        if line.startswith(self._before):
            return self._header  # messages of one minute
        first = line[:1]
        if first != "[" and not first.isdigit() and ord(first or "a") not in MARKS:
            return None
        bare = line
        if not line.isascii() and _MARK.search(line, 0, _LONGEST) is not None:
            bare = line[:_LONGEST].translate(MARKS)
        match = _HEADER.match(bare)
        if match is None:
            return None
        opened, date, gap, clock, close = match.group("open", "date", "gap", "clock", "close")
        if (opened is not None) != ("]" in close):
            return None
        if (known := self._dates.get(date)) is None:
            known = self._dates[date] = _date(date)
        numbers, date_shape = known
        if (timed := self._clocks.get(clock)) is None:
            timed = self._clocks[clock] = _time(match)
        second, before, after, with_seconds, east = timed
        if close[0] == ":" and not with_seconds:
            return None
        key = (opened is None, date_shape, gap, before, after, with_seconds, close, east)
        if (shape := self._shapes.get(key)) is None:
            shape = self._shapes[key] = Shape(
                bracket=opened is not None,
                date=date_shape,
                gap=_SPACES.sub(" ", gap).strip(),
                half_before=before,
                half_after=after,
                seconds=with_seconds,
                close=close.strip(),
                east=east or "年" in date_shape or "년" in date_shape or "9. 9. 9" in date_shape,
            )
        end = match.end()
        if bare is not line:
            return Header(numbers, second, shape, place_in(line, end))
        header = Header(numbers, second, shape, end)
        if line[end - 1].isspace():  # else it would go on where the next line has a space
            self._before, self._header = line[:end], header
        return header


def unmarked(text: str) -> str:
    """``text`` without direction marks; the same object where it holds none."""
    if text.isascii() or _MARK.search(text) is None:
        return text
    return text.translate(MARKS)


def place_in(line: str, bare_end: int) -> int:
    """Where ``bare_end`` characters without marks end in ``line``. Marks after it stay in the
    rest: there they mean something."""
    seen = 0
    for place, character in enumerate(line):
        if seen == bare_end:
            return place
        seen += ord(character) not in MARKS
    return len(line)


def _date(date: str) -> tuple[tuple[int, int, int], str]:
    first, second, third = (int(number) for number in _NUMBERS.findall(date))
    shape = _NUMBERS.sub("9", _SPACES.sub(" ", date))
    years = "".join("y" if len(number) == 4 else "." for number in _NUMBERS.findall(date))
    return (first, second, third), shape + years


def _time(match: re.Match[str]) -> tuple[int, bool, bool, bool, bool]:
    hour, minute = int(match["hour"]), int(match["minute"])
    seconds = match["second"]
    second = int(seconds) if seconds else 0
    half = match["before"] or match["after"]
    east = half is not None and half[0] >= "\u2e80"
    if half is not None:
        hour = _hour(hour, "".join(half.split()).casefold().rstrip("."))
    valid = 0 <= hour < 24 and minute < 60 and second < 60
    return (
        (hour * 60 + minute) * 60 + second if valid else DAY_UNKNOWN,
        match["before"] is not None,
        match["after"] is not None,
        seconds is not None,
        east,
    )


def _hour(hour: int, half: str) -> int:
    """The hour of 24. 12 AM is 0, 12 PM is 12; noon covers 11 to 13. An hour that the half of
    the day does not allow is -1: "12 in the evening" can be midnight, and is not guessed."""
    if half in _NOON:
        return hour + 12 if hour in (1, 2) else hour
    if half in ("晚上", "夜晚") and hour == 12:
        return -1
    if half in _PM:
        return hour + 12 if hour < 12 else hour
    if half in _AM:
        return 0 if hour == 12 else hour if hour < 12 else -1
    return -1

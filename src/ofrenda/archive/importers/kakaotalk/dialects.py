"""How KakaoTalk writes its lines, on each kind of device and in Korean and English."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime

from ofrenda.archive.blocks import resembles
from ofrenda.archive.clockwork import hour_of
from ofrenda.archive.instants import Instant, naive

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august"),
    *("september", "october", "november", "december"),
)
_MONTH = "|".join(month.capitalize() for month in _MONTHS)
_CLOCK = (
    r"(?:(?P<before>오전|오후) )?(?P<hour>\d{1,2}):(?P<minute>\d{2})(?: (?P<after>[AaPp][Mm]))?"
)
_KOREAN = r"(?P<year>\d{4})년 (?P<month>\d{1,2})월 (?P<day>\d{1,2})일"
_DOTTED = r"(?P<year>\d{4})\. (?P<month>\d{1,2})\. (?P<day>\d{1,2})\."
_ENGLISH = rf"(?P<name_of_month>{_MONTH}) (?P<day>\d{{1,2}}), (?P<year>\d{{4}})"

_BRACKETS = re.compile(rf"\[(?P<name>[^\n]{{1,100}}?)\] \[{_CLOCK}\](?: (?P<body>.*)|$)", re.DOTALL)
_INLINE = tuple(
    re.compile(rf"{day}(?: at|,)? {_CLOCK}, (?P<rest>.*)", re.DOTALL)
    for day in (_KOREAN, _DOTTED, _ENGLISH)
)
_RULE = re.compile(r"-{5,} ?(?P<day>[^\n-]{6,60}?) ?-{5,}")
_DAYS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"{_KOREAN}(?: (?P<week>[월화수목금토일])요일)?",
        rf"(?:(?P<week>[A-Z][a-z]+), )?{_ENGLISH}",
        rf"{_DOTTED}(?: (?P<week>[월화수목금토일])요일)?",
    )
)
_ONLY_TIME = re.compile(
    rf"(?:{_KOREAN}|\d{{4}}\. \d{{1,2}}\. \d{{1,2}}\.)(?: (?:오전|오후) \d{{1,2}}:\d{{2}}| .요일)?"
)
_WEEK = ("월monday", "화tuesday", "수wednesday", "목thursday", "금friday", "토saturday", "일sunday")
_NOTICE = re.compile(
    r"[^\n]{1,80}(?:님이|님을) ?[^\n]{0,60}"
    r"(?:들어왔습니다|나갔습니다|초대했습니다|내보냈습니다|되었습니다)\.?"
    r"|[^\n]{1,80} (?:joined|left) this chatroom\.?|[^\n]{1,80} invited [^\n]{1,80}\.?"
)

_SHAPES = tuple(
    tuple(
        shape.format(month=month, day=day, hour=hour, half=half)
        for month in months
        for day in ("0", "00")
        for hour in ("0", "00")
        for half in halves
    )
    for shape, months, halves in (
        ("0000년 {month}월 {day}일 {half} {hour}:00,", ("0", "00"), ("오전", "오후")),
        ("0000. {month}. {day}. {half} {hour}:00,", ("0", "00"), ("오전", "오후")),
        ("{month} {day}, 0000 at {hour}:00 {half},", _MONTH.split("|"), ("AM", "PM")),
    )
)
"""Heads with their digits written as 0, one tuple for each dialect of phones."""

_INSIDE = (
    re.compile(
        r"\d{1,4}(?:년|\.) \d{1,2}(?:월|\.) \d{1,2}(?:일|\.) (?:오전|오후) \d{1,2}:\d{2}, "
        rf"|(?:(?:{_MONTH}) |\b)\d{{1,2}}, \d{{4}} at \d{{1,2}}:\d{{2}} [AP]M, "
    ),
    re.compile(r"\[[^\[\]\n]{1,100}\] \[(?:(?:오전|오후) )?\d{1,2}:\d{2}(?: [AP]M)?\]"),
)
"""A head in the middle of a line, of phones and of computers."""

BRACKETS = -1
"""The dialect of computers: the day on a line of its own."""


@dataclass(frozen=True, slots=True)
class Head:
    """A line that begins a message. ``rest`` is what follows the time; in the dialect of
    computers ``name`` is apart."""

    hour: int | None
    minute: int
    day: date | None
    name: str | None
    rest: str


def head(line: str, dialect: int) -> Head | None:
    """The head that ``line`` is in ``dialect``."""
    pattern = _BRACKETS if dialect == BRACKETS else _INLINE[dialect]
    match = pattern.fullmatch(line)
    if match is None:
        return None
    minute = int(match["minute"])
    hour = hour_of(int(match["hour"]), match["before"] or match["after"])
    hour = hour if minute < 60 else None
    if dialect == BRACKETS:
        return Head(hour, minute, None, match["name"], match["body"] or "")
    return Head(hour, minute, _date(match), None, match["rest"])


def dialects() -> range:
    """Every dialect."""
    return range(BRACKETS, len(_INLINE))


def day_of(line: str) -> tuple[bool, date | None]:
    """Whether a line is a rule with a day, and which; None where the day of the week is another."""
    match = _RULE.fullmatch(line.strip())
    if match is None:
        return False, None
    for pattern in _DAYS:
        if found := pattern.fullmatch(match["day"].strip()):
            day = _date(found)
            week = (found["week"] or "").casefold()
            told = [at for at, names in enumerate(_WEEK) if week and week in names]
            return True, None if day is None or (told and day.weekday() not in told) else day
    return True, None


def is_separator(line: str) -> bool:
    """A line of phones with nothing but a day, or a day and a time."""
    return _ONLY_TIME.fullmatch(line) is not None


def is_notice(line: str) -> bool:
    """KakaoTalk's own words."""
    return _NOTICE.fullmatch(line) is not None


def moment(head: Head, day: date | None) -> Instant | None:
    """The wall clock of a head; ``day`` is that of the last rule."""
    used = head.day or day
    if used is None or head.hour is None:
        return None
    return naive(datetime(used.year, used.month, used.day, head.hour, head.minute))


def inside(text: str, dialect: int) -> int | None:
    """Where another message begins inside ``text``: pasted there, or the end of a line was lost."""
    found = _INSIDE[dialect == BRACKETS].search(text)
    return None if found is None else found.start()


def near(line: str, dialect: int, names: re.Pattern[str]) -> bool:
    """Whether ``line`` would be a head but for a damaged letter or two; ``names`` finds those of
    the people in the file as heads write them."""
    begin = line[:140]
    digits = sum(character.isdigit() for character in begin[:40])
    if dialect == BRACKETS:
        timed = re.match(r".{1,102}\[.{0,3}\S{0,3} ?\d?.\d?.\d{1,2}.{0,3}\]", begin)
        halved = re.match(r".{0,2}\[?.{1,100}\].{0,2}(?:오전 |오후 )?\d{1,2}:\d{2}", begin)
        return digits >= 2 and any((names.match(begin), timed, halved))
    if digits >= 6 and names.search(begin) is not None:
        return True
    return resembles(begin, _SHAPES[dialect])


def _date(match: re.Match[str]) -> date | None:
    groups = match.groupdict()
    month = groups.get("month")
    number = int(month) if month else _MONTHS.index(match["name_of_month"].casefold()) + 1
    try:
        return date(int(match["year"]), number, int(match["day"]))
    except ValueError:
        return None

"""What time a question speaks of: "last summer", "2019年春节", "上个月", "when I was ten"."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

_MONTHS: Final = {
    name.casefold(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
} | {"sept": 9}
_DAYS: Final = {name.casefold(): place for place, name in enumerate(calendar.day_name)}
_SEASONS: Final = {
    "spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 2),
    "春天": (3, 5), "夏天": (6, 8), "秋天": (9, 11), "冬天": (12, 2),
    "春": (3, 5), "夏": (6, 8), "秋": (9, 11), "冬": (12, 2),
}  # fmt: skip
"""First and last month, in the north, where the embedded languages are mostly spoken."""
_FEASTS: Final = {
    "christmas": ((12, 20), (12, 31)), "new year": ((12, 30), (1, 3)), "easter": ((3, 20), (4, 27)),
    "chinese new year": ((1, 15), (2, 25)), "spring festival": ((1, 15), (2, 25)),
    "春节": ((1, 15), (2, 25)), "过年": ((1, 15), (2, 25)), "除夕": ((1, 15), (2, 22)),
    "新年": ((12, 30), (2, 25)), "元旦": ((12, 30), (1, 3)), "中秋": ((9, 5), (10, 10)),
    "国庆": ((9, 29), (10, 8)), "圣诞": ((12, 20), (12, 31)), "清明": ((4, 1), (4, 8)),
    "端午": ((5, 25), (6, 28)), "元宵": ((2, 1), (3, 10)), "暑假": ((7, 1), (8, 31)),
    "寒假": ((1, 5), (2, 28)),
}  # fmt: skip
"""Widest range of days, so that a moving feast is inside in every year."""
_COUNTED: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen"
    " fifteen sixteen seventeen eighteen nineteen twenty"
)
_NUMBERS: Final = {word: number for number, word in enumerate(_COUNTED.split())} | {
    "a": 1,
    "an": 1,
    "couple of": 2,
    "few": 3,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
}
_HAN_DIGITS: Final = {one: place for place, one in enumerate("零一二三四五六七八九")} | {
    "两": 2, "〇": 0,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Window:
    """From ``first`` to ``last`` day, both inside."""

    first: date
    last: date


def window_of(text: str, today: date, born: date | None = None) -> Window | None:
    """The time that ``text`` speaks of, or None. ``today`` is what "last month" counts from;
    ``born`` whose ten years "when you were ten" are. The narrowest time that is named counts."""
    plain = text.casefold().replace("’", "'")
    found = [window for window in _windows(plain, today, born) if window is not None]
    return min(found, key=lambda one: one.last - one.first) if found else None


def _windows(text: str, today: date, born: date | None) -> Iterator[Window | None]:
    for pattern, read in _READERS:
        for match in pattern.finditer(text):
            try:
                yield read(match, today, born)
            except (ValueError, OverflowError):
                continue  # the 31st of June, the year 0: no time that was


def _number(text: str) -> int:
    text = text.strip()
    if text.isdigit():
        return int(text)
    if text in _NUMBERS:
        return _NUMBERS[text]
    tens, ten, ones = text.partition("十")
    if ten:
        return 10 * (_HAN_DIGITS[tens] if tens else 1) + (_HAN_DIGITS[ones] if ones else 0)
    if text and all(one in _HAN_DIGITS for one in text):
        return int("".join(str(_HAN_DIGITS[one]) for one in text))
    raise ValueError(text)


def _year(number: int) -> Window:
    return Window(date(number, 1, 1), date(number, 12, 31))


def _decade(number: int) -> Window:
    first = (number if number > 100 else 1900 + number) // 10 * 10
    return Window(date(first, 1, 1), date(first + 9, 12, 31))


def _months(year: int, first: int, last: int) -> Window:
    end = year + (1 if last < first else 0)
    return Window(date(year, first, 1), date(end, last, calendar.monthrange(end, last)[1]))


def _between(year: int, days: tuple[tuple[int, int], tuple[int, int]]) -> Window:
    (month, day), (last_month, last_day) = days
    if (last_month, last_day) < (month, day):
        return Window(date(year - 1, month, day), date(year, last_month, last_day))
    return Window(date(year, month, day), date(year, last_month, last_day))


def _latest(make: Callable[[int], Window], today: date) -> Window:
    """The last one of something yearly that has begun."""
    this = make(today.year)
    return this if this.first <= today else make(today.year - 1)


def _back(amount: int, unit: str, today: date) -> Window:
    if unit in ("day", "天"):
        day = today - timedelta(days=amount)
        return Window(day - timedelta(days=1), day + timedelta(days=1))
    if unit in ("week", "周", "星期", "礼拜"):
        day = today - timedelta(weeks=amount)
        return Window(day - timedelta(days=5), day + timedelta(days=5))
    if unit in ("month", "月"):
        place = today.year * 12 + today.month - 1 - amount
        return _months(place // 12, place % 12 + 1, place % 12 + 1)
    return _year(today.year - amount)


def _aged(age: int, born: date | None) -> Window | None:
    if born is None or not 0 < age < 120:
        return None
    return Window(date(born.year + age, 1, 1), date(born.year + age + 1, 12, 31))


def _season(name: str, year: int) -> Window:
    return _months(year, *_SEASONS[name])


def _any(table: object) -> str:
    return "|".join(sorted(map(re.escape, table), key=len, reverse=True))  # type: ignore[call-overload]


_N: Final = rf"(?:\d+|{_any(_NUMBERS)})"
_H: Final = r"(?:\d+|[零〇一二两三四五六七八九十]+)"
_Y: Final = r"((?:1[89]|20)\d\d)"
_M: Final = _any(_MONTHS)
_EN_SEASON: Final = "spring|summer|autumn|fall|winter"
_ZH_YEARS: Final = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}

_Reader = Callable[[re.Match[str], date, date | None], Window | None]
_READERS: Final[tuple[tuple[re.Pattern[str], _Reader], ...]] = tuple(
    (re.compile(pattern), read)
    for pattern, read in (
        # years, months, days by their numbers
        (rf"\b{_Y}\b(?!年)", lambda m, t, b: _year(int(m[1]))),
        (rf"{_Y}\s*年", lambda m, t, b: _year(int(m[1]))),
        (r"\bthe\s+((?:1[89]|20)\d0)s\b", lambda m, t, b: _decade(int(m[1]))),
        (rf"({_H})年代", lambda m, t, b: _decade(_number(m[1]))),
        (rf"\b({_M})\.?,?\s+(?:of\s+)?{_Y}\b", lambda m, t, b: _months(
            int(m[2]), _MONTHS[m[1]], _MONTHS[m[1]])),
        (rf"{_Y}\s*年\s*({_H})\s*月", lambda m, t, b: _months(
            int(m[1]), _number(m[2]), _number(m[2]))),
        (rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_M})\.?,?\s+{_Y}\b", lambda m, t, b: _day(
            int(m[3]), _MONTHS[m[2]], int(m[1]))),
        (rf"\b({_M})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?,?\s+{_Y}\b", lambda m, t, b: _day(
            int(m[3]), _MONTHS[m[1]], int(m[2]))),
        (rf"{_Y}\s*年\s*({_H})\s*月\s*({_H})\s*[日号]", lambda m, t, b: _day(
            int(m[1]), _number(m[2]), _number(m[3]))),
        (rf"\b(?:in|last|this|during)\s+({_M})\b(?!\.?,?\s+\d)", lambda m, t, b: _latest(
            lambda y: _months(y, _MONTHS[m[1]], _MONTHS[m[1]]), t)),
        (rf"\b(\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?({_M})\b(?!\.?,?\s+\d)",
         lambda m, t, b: _latest(lambda y: _day(y, _MONTHS[m[2]], int(m[1])), t)),
        (rf"\b({_M})\.?\s+(\d{{1,2}})(?:st|nd|rd|th)?\b(?!,?\s+\d{{4}})",
         lambda m, t, b: _latest(lambda y: _day(y, _MONTHS[m[1]], int(m[2])), t)),
        (rf"(?<![年\d])({_H})\s*月\s*({_H})\s*[日号]", lambda m, t, b: _latest(
            lambda y: _day(y, _number(m[1]), _number(m[2])), t)),
        (rf"(?<![年个\d零〇一二两三四五六七八九十])({_H})\s*月份", lambda m, t, b: _latest(
            lambda y: _months(y, _number(m[1]), _number(m[1])), t)),
        # seasons and feasts
        (rf"\b({_EN_SEASON})\s+(?:of\s+)?{_Y}\b", lambda m, t, b: _season(m[1], int(m[2]))),
        (rf"{_Y}\s*年\s*的?\s*([春夏秋冬])(?!节)", lambda m, t, b: _season(m[2], int(m[1]))),
        (rf"\b(?:last|this|that|in\s+the)\s+({_EN_SEASON})\b(?!\s+(?:of\s+)?\d)",
         lambda m, t, b: _latest(lambda y: _season(m[1], y), t)),
        (r"(今年|去年|前年)\s*的?\s*([春夏秋冬])(?!节)", lambda m, t, b: _season(
            m[2], t.year - _ZH_YEARS[m[1]])),
        (rf"\b({_any(k for k in _FEASTS if k.isascii())})(?:'s)?(?:\s+(?:day|eve))?\s+"
         rf"(?:of\s+|in\s+)?{_Y}\b", lambda m, t, b: _between(int(m[2]), _FEASTS[m[1]])),
        (rf"\blast\s+({_any(k for k in _FEASTS if k.isascii())})\b", lambda m, t, b: _latest(
            lambda y: _between(y, _FEASTS[m[1]]), t)),
        (rf"{_Y}\s*年\s*的?\s*({_any(k for k in _FEASTS if not k.isascii())})",
         lambda m, t, b: _between(int(m[1]), _FEASTS[m[2]])),
        (rf"(今年|去年|前年)\s*的?\s*({_any(k for k in _FEASTS if not k.isascii())})",
         lambda m, t, b: _between(t.year - _ZH_YEARS[m[1]], _FEASTS[m[2]])),
        # counted from today
        (r"\byesterday\b|昨天", lambda m, t, b: _past(t, 1)),
        (r"前天", lambda m, t, b: _past(t, 2)),
        (r"\blast\s+week\b|上(?:个)?(?:周|星期|礼拜)(?![一二三四五六日天])",
         lambda m, t, b: _week(t, 1)),
        (r"\blast\s+month\b|上个月", lambda m, t, b: _back(1, "month", t)),
        (r"\blast\s+year\b|去年(?!\s*的?\s*[春夏秋冬])", lambda m, t, b: _year(t.year - 1)),
        (r"\bthis\s+year\b|今年(?!\s*的?\s*[春夏秋冬])", lambda m, t, b: _year(t.year)),
        (r"(?<!大)前年(?!\s*的?\s*[春夏秋冬])", lambda m, t, b: _year(t.year - 2)),
        (rf"\blast\s+({_any(_DAYS)})\b", lambda m, t, b: _weekday(t, _DAYS[m[1]])),
        (rf"\b({_N})\s+(day|week|month|year)s?\s+ago\b", lambda m, t, b: _back(
            _number(m[1]), m[2], t)),
        (rf"({_H})\s*(?:个)?(天|周|星期|礼拜|月|年)(?:之|以)?前", lambda m, t, b: _back(
            _number(m[1]), m[2], t)),
        # by the person's age
        (rf"\b(?:when\s+(?:you|he|she)\s+w(?:as|ere)|at\s+(?:the\s+)?age(?:\s+of)?)\s+({_N})\b",
         lambda m, t, b: _aged(_number(m[1]), b)),
        (rf"(?:[你您他她]|爸爸?|妈妈?).{{0,2}}?({_H})\s*岁",
         lambda m, t, b: _aged(_number(m[1]), b)),
    )
)  # fmt: skip


def _day(year: int, month: int, day: int) -> Window:
    # A day either side: what happened on the day is told the day after.
    middle = date(year, month, day)
    return Window(middle - timedelta(days=1), middle + timedelta(days=2))


def _past(today: date, days: int) -> Window:
    day = today - timedelta(days=days)
    return Window(day, day)


def _week(today: date, back: int) -> Window:
    monday = today - timedelta(days=today.weekday() + 7 * back)
    return Window(monday, monday + timedelta(days=6))


def _weekday(today: date, day: int) -> Window:
    last = today - timedelta(days=(today.weekday() - day - 1) % 7 + 1)
    return Window(last, last)

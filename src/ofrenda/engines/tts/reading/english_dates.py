"""English dates and times of day as words."""

from __future__ import annotations

import re

from ofrenda.engines.tts.reading import english_numbers as say
from ofrenda.engines.tts.reading.english_words import MONTH_NAMES, MONTHS

_WRITTEN = [*MONTHS, *(name.capitalize() for name in MONTHS), *(name.upper() for name in MONTHS)]
_NAMES = "|".join(
    sorted(
        (name for name in _WRITTEN if name not in {"may", "mar", "march"}), key=len, reverse=True
    )
)
"""Months as they are written; "may" and "march" in small letters are verbs."""
_ISO = re.compile(r"\b(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:T[\d:.]+Z?)?(?![\d-])")
_SLASHED = re.compile(r"(?<![\d/.-])(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2})(?![\d/-]|\.\d)")
_SHORT = re.compile(
    r"(?i)(?<=\b)(on|by|until|till|since|from|before|after) (\d{1,2})/(\d{1,2})(?![/\d])"
)
_MONTH_DAY = re.compile(
    rf"\b(?P<month>{_NAMES})\b\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?![\w:%]|[.,/-]\d)"
    r"(?:,? (?P<year>\d{4})\b)?"
)
_DAY_MONTH = re.compile(
    rf"\b(?P<the>[Tt]he )?(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_NAMES})\b"
    r"(?:\.(?= ?\d))?(?:,? (?P<year>\d{4})\b)?"
)
_MONTH_YEAR = re.compile(rf"\b(?P<month>{_NAMES})\b\.?,? (?P<year>(?:1[1-9]|20)\d\d)\b")
_MONTH_ALONE = re.compile(r"\b(Jan|Feb|Aug|Sept?|Oct|Nov|Dec)\b(?:\.(?!\s*$)|(?!\.))")
_CLOCK = re.compile(
    r"(?<![\d:.,$£€¥])(?P<h>[01]?\d|2[0-4])(?P<sep>[:.h])(?P<m>[0-5]\d)(?::(?P<s>[0-5]\d))?"
    r"(?![\d:%]|\.\d)(?: ?(?P<half>[AaPp]\.?[Mm])\b)?"
)
_HOUR = re.compile(r"(?<![\d:.,])(?P<h>1[0-2]|0?[1-9]) ?(?P<half>[AaPp][Mm])\b")


def read_dates(text: str, *, day_first: bool) -> str:
    """``text`` with each date as words; what is no possible date is left as it is."""
    text = _ISO.sub(lambda m: _said(m[0], m[2], m[3], m[1], day_first), text)
    text = _SLASHED.sub(lambda m: _slashed(m[0], m[1], m[3], m[4], day_first), text)
    text = _SHORT.sub(
        lambda m: f"{m[1]} {_slashed(m[2] + '/' + m[3], m[2], m[3], None, day_first)}", text
    )
    text = _MONTH_DAY.sub(
        lambda m: _said(m[0], MONTHS[m["month"].lower()], m["day"], m["year"], False), text
    )
    text = _DAY_MONTH.sub(
        lambda m: _said(m[0], MONTHS[m["month"].lower()], m["day"], m["year"], True), text
    )
    text = _MONTH_YEAR.sub(
        lambda m: f"{MONTH_NAMES[MONTHS[m['month'].lower()] - 1]} {say.year(m['year'])}", text
    )
    return _MONTH_ALONE.sub(lambda m: MONTH_NAMES[MONTHS[m[1].lower()] - 1], text)


def read_times(text: str) -> str:
    """``text`` with each time of day as words: ``9:05`` -> ``nine oh five``."""
    text = _CLOCK.sub(_clock, text)
    return _HOUR.sub(lambda m: f"{say.cardinal(m['h'])} {m['half'].upper()}", text)


def _clock(m: re.Match[str]) -> str:
    hour, minute, half = int(m["h"]), int(m["m"]), m["half"]
    if m["sep"] != ":" and not half:
        return m[0]
    tail = f" {half.replace('.', '').upper()}" if half else ""
    if m["s"]:
        tail = f" and {say.cardinal(m['s'])} seconds{tail}"
    if hour in {0, 24} and minute == 0 and not tail:
        return "midnight"
    said = say.cardinal(hour)
    if minute == 0:
        if half:
            return said + tail
        return f"{said} hundred hours{tail}" if hour > 12 or hour == 0 else f"{said} o'clock{tail}"
    oh = "oh " if minute < 10 else ""
    return f"{said} {oh}{say.cardinal(minute)}{tail}"


def _slashed(whole: str, first: str, second: str, year: str | None, day_first: bool) -> str:
    """Day or month first by the locale, unless only the other order is a date."""
    month, day = (second, first) if day_first else (first, second)
    if int(month) > 12:
        month, day = day, month
    return _said(whole, month, day, year, day_first)


def _said(whole: str, month: str | int, day: str, year: str | None, day_first: bool) -> str:
    number = int(month)
    if not (1 <= number <= 12 and 1 <= int(day) <= 31):
        return whole
    name = MONTH_NAMES[number - 1]
    said = f"the {say.ordinal(day)} of {name}" if day_first else f"{name} {say.ordinal(day)}"
    return f"{said}, {say.year(_full(year))}" if year else said


def _full(year: str) -> str:
    """Two digits become the year within living memory that they most likely mean."""
    if len(year) != 2:
        return year
    return f"20{year}" if int(year) < 40 else f"19{year}"

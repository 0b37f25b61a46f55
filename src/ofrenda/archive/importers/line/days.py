"""What LINE writes around the messages: the title, the day they were saved, a line for each day."""

from __future__ import annotations

import re
from datetime import date

_HALF = "上午|下午|凌晨|早上|中午|晚上|午前|午後|오전|오후"
TIME = (
    rf"(?:(?P<before>{_HALF}) ?)?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})"
    r"(?: ?(?P<after>[AaPp]\.?[Mm]\.?))?"
)
"""The clock of a message, 24 hours or 12 with the half of the day before or behind."""

_WEEKDAY = r"[(（]?(?P<week>[^\W\d_]{1,12})?\.?[)）]?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[/.\-](?P<month>\d{{1,2}})[/.\-](?P<day>\d{{1,2}})\.? ?{_WEEKDAY}"
)
_YEAR_LAST = re.compile(
    r"(?P<week>[^\W\d_]{2,12})\.?, ?(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>\d{4})"
)
_TITLES = tuple(
    (re.compile(pattern), group)
    for pattern, group in (
        (r"Chat history with (?P<name>.+)", False),
        (r"Chat history in (?P<name>.+)", True),
        (r"(?P<name>.+?)とのトーク履歴", False),
        (r"(?P<name>.+?)のトーク履歴", True),
        (r"[与與](?P<name>.+?)的聊天[记記][录錄]", False),
        (r"(?P<name>.+?)的聊天[记記][录錄]", True),
        (r"ประวัติการแชทกับ ?(?P<name>.+)", False),
        (r"(?P<name>.+?)님과의 (?:대화|채팅 기록)", False),
    )
)
_SAVED = re.compile(
    r"(?:Saved on|保存日時|保存日期|儲存日期|儲存時間|저장한 날짜|บันทึกเมื่อ|บันทึกวันที่)\s?[:：]"
)
_WEEK = ("mon一月월", "tue二火화", "wed三水수", "thu四木목", "fri五金금", "sat六土토", "sun日天일")


def title_of(line: str) -> tuple[str, bool] | None:
    """The name of the chat and whether it is a group, where the line is a title."""
    line = line.strip().removeprefix("[LINE]").strip()
    for pattern, group in _TITLES:
        if found := pattern.fullmatch(line):
            return found["name"].strip(), group
    return None


def is_saved(line: str) -> bool:
    """Whether the line says when the chat was saved."""
    return _SAVED.match(line) is not None


def is_day(line: str) -> bool:
    """Whether the line is written like a day."""
    return _YEAR_FIRST.fullmatch(line) is not None or _YEAR_LAST.fullmatch(line) is not None


def is_year_last(line: str) -> bool:
    """Whether the line is a day whose first two numbers have an order that must be known."""
    return _YEAR_LAST.fullmatch(line) is not None


def day_of(line: str, order: str | None) -> date | None:
    """The day that a line names; None where it names none or the day of the week is another.

    ``order`` is ``dmy`` or ``mdy``, for days with the year last.
    """
    if found := _YEAR_FIRST.fullmatch(line):
        numbers = (int(found["year"]), int(found["month"]), int(found["day"]))
    elif (found := _YEAR_LAST.fullmatch(line)) and order is not None:
        one, two = int(found["one"]), int(found["two"])
        numbers = (int(found["year"]), *((two, one) if order == "dmy" else (one, two)))
    else:
        return None
    try:
        day = date(*numbers)
    except ValueError:
        return None
    week = (found["week"] or "").casefold().removeprefix("周").removeprefix("週")
    week = week.removeprefix("星期").removesuffix("曜日").removesuffix("요일")
    told = [at for at, names in enumerate(_WEEK) if week and (week[:3] in names)]
    return None if told and day.weekday() not in told else day

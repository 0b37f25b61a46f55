from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from ofrenda.measure.exports.dialects import DIALECTS, Dialect
from ofrenda.types import Utterance

from .reading_chats import read_chat


def chat(dialect: Dialect, moments: list[datetime]) -> str:
    return "".join(
        f"{dialect.head(at)}{'Mum' if n % 2 else 'Sam'}: line {n}\n" for n, at in enumerate(moments)
    )


def stamps(dialect: Dialect, moments: list[datetime]) -> list[str]:
    return [
        (at if dialect.seconds else at.replace(second=0)).isoformat(timespec="seconds")
        for at in moments
    ]


ALL_DAY = [
    datetime(2018, 6, 13, 0, 5, 1),
    datetime(2018, 6, 13, 9, 25, 15),
    datetime(2018, 6, 13, 12, 0, 59),
    datetime(2018, 6, 13, 13, 30, 7),
    datetime(2018, 6, 14, 21, 25, 15),
    datetime(2019, 1, 2, 23, 59, 59),
]


@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda dialect: dialect.name)
def test_every_dialect_is_read_to_the_minute_or_second(dialect: Dialect) -> None:
    reading, records = read_chat(chat(dialect, ALL_DAY))
    assert not reading.questions
    told = [record for record in records if isinstance(record, Utterance)]
    assert [record.ts_local for record in told] == stamps(dialect, ALL_DAY)
    assert [record.text for record in told] == [f"line {n}" for n in range(len(ALL_DAY))]
    assert {record.ts_precision for record in told} == {"s" if dialect.seconds else "min"}


OPEN = [
    dialect
    for dialect in DIALECTS
    if not dialect.name.startswith(("ios ymd", "android ymd"))
    and not any(
        part in dialect.name
        for part in ("chinese", "japanese", "korean", "persian", "french canada")
    )
]
"""Dialects that do not begin with the year."""


@pytest.mark.parametrize("dialect", OPEN, ids=lambda dialect: dialect.name)
def test_dates_that_can_be_read_both_ways_are_asked_about_and_nothing_is_read(
    dialect: Dialect,
) -> None:
    moments = [datetime(2018, 6, 3, 9, 0), datetime(2018, 6, 4, 9, 0), datetime(2018, 7, 5, 9, 0)]
    reading, records = read_chat(chat(dialect, moments))
    assert [question.key for question in reading.questions] == ["date_order"]
    assert reading.waiting == 3
    assert records == []


@pytest.mark.parametrize("dialect", OPEN, ids=lambda dialect: dialect.name)
def test_the_keepers_answer_settles_the_order(dialect: Dialect) -> None:
    moments = [datetime(2018, 6, 3, 9, 0), datetime(2018, 6, 4, 9, 0)]
    order = {"03": "dmy", "3": "dmy", "06": "mdy", "6": "mdy", "18": "ymd"}
    shown = dialect.head(moments[0]).translate(
        {zero + n: str(n) for zero in (0x660, 0x966) for n in range(10)}
    )
    first = shown.lstrip("\u200e[").replace("-", "/").replace(".", "/").split("/")[0]
    first = "".join(c for c in first if c.isdigit())
    _, records = read_chat(chat(dialect, moments), answers={"date_order": order[first]})
    assert [r.ts_local for r in records if isinstance(r, Utterance)] == stamps(dialect, moments)


@pytest.mark.parametrize("order", ["dmy", "mdy"])
def test_running_time_decides_what_numbers_alone_leave_open(order: str) -> None:
    first = datetime(2019, 1, 5, 8)
    moments = [at for n in range(400) if (at := first + timedelta(days=n, minutes=n)).day <= 12]
    form = "%d/%m/%Y" if order == "dmy" else "%m/%d/%Y"
    text = "".join(f"{at.strftime(form)}, {at:%H:%M} - Mum: x\n" for at in moments)
    reading, records = read_chat(text)
    assert not reading.questions
    assert [r.ts_local for r in records if isinstance(r, Utterance)] == [
        at.isoformat(timespec="seconds") for at in moments
    ]


def test_one_pasted_line_does_not_turn_the_dates_of_a_whole_file() -> None:
    text = (
        "01/02/2019, 10:00 - Mum: second of January\n"
        "02/03/2019, 10:00 - Sam: third of February\n"
        "31/12/2018, 10:00 - Sam: pasted from a phone that writes the day first\n"
        "02/11/2019, 10:00 - Mum: eleventh of February\n"
        "03/02/2019, 10:00 - Mum: second of March\n"
    )
    reading, records = read_chat(text)
    assert reading.questions
    assert records == []


def test_an_hour_that_cannot_be_is_left_out_and_reported() -> None:
    _, records = read_chat(
        "2018/6/13 下午9:25 - Mum: fine\n"
        "2018/6/13 晚上12:10 - Mum: midnight or noon?\n"
        "2018/6/14 上午9:25 - Mum: fine\n"
    )
    assert [getattr(record, "reason", "read") for record in records] == [
        "read",
        "unclear_date",
        "read",
    ]


def test_a_date_after_today_is_left_out_and_reported() -> None:
    _, records = read_chat(
        "13/06/2018, 21:25 - Mum: fine\n"
        "13/06/2031, 21:25 - Mum: from the future\n"
        "14/06/2018, 21:25 - Mum: fine\n"
    )
    assert [getattr(record, "reason", "read") for record in records] == [
        "read",
        "unclear_date",
        "read",
    ]


def test_a_phone_that_changed_its_language_once_is_followed() -> None:
    first = datetime(2018, 5, 20, 8)
    android = [first + timedelta(days=n) for n in range(20)]
    ios = [first + timedelta(days=30 + n) for n in range(20)]
    text = "".join(f"{at:%d/%m/%Y, %H:%M} - Mum: old\n" for at in android)
    text += "".join(f"[{at:%m/%d/%y}, {at:%H:%M:%S}] Mum: new\n" for at in ios)
    reading, records = read_chat(text)
    assert not reading.questions
    assert [r.ts_local for r in records if isinstance(r, Utterance)] == [
        at.isoformat(timespec="seconds") for at in [*android, *ios]
    ]

"""Hostile files of the eastern formats: bounded, refused in plain words, or reported."""

from __future__ import annotations

import json
import time
from datetime import date

import pytest

from ofrenda.archive.importer import Skipped
from ofrenda.archive.importers import wechat
from ofrenda.archive.jsonstream import BadJson, values
from ofrenda.archive.tabular import rows
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, Utterance

from .eastern import FULL, GOLDENS, IMPORTERS, Golden, entry_of, read


def of_weflow(messages: str) -> Golden:
    return Golden(
        "wechat", "x.json", f'{{"weflow":{{}},"session":{{}},"messages":{messages}}}', [], []
    )


def message(**more: object) -> dict[str, object]:
    return {
        **{"createTime": 1704067200, "formattedTime": "2024-01-01 08:00:00", "type": "文本消息"},
        **{"content": "hello", "isSend": 0, "senderUsername": "wxid_a", **more},
    }


def test_bottomless_nesting_ends_in_a_reported_record() -> None:
    deep = json.dumps([message()])[:-1] + ", " + "[" * 10_000 + "]" * 10_000 + "]"
    _, records = read(of_weflow(deep))
    assert [type(record) for record in records] == [Utterance, Skipped]


def test_a_file_of_nothing_but_brackets_is_refused() -> None:
    golden = of_weflow("[" * 100_000)
    with pytest.raises(ArchiveError):
        read(golden)


def test_an_endless_string_is_not_held() -> None:
    entry = entry_of("x.json", b'{"messages": ["' + b"a" * (40 * 2**20) + b'"]}')
    with pytest.raises(BadJson):
        list(values(entry, {"messages.item"}))


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"senderUsername": "", "isSend": None}, "unclear_sender"),
        ({"senderUsername": "a\0b"}, "unclear_sender"),
        ({"content": "x\0y"}, "damaged"),
        ({"content": ["x"]}, "damaged"),
        ({"createTime": 10**30}, "unclear_date"),
        ({"createTime": 1704067201 + 86_400}, "unclear_date"),
        ({"formattedTime": "2024-13-01 08:00:00"}, "unclear_date"),
        ({"content": "x" * (2**20 + 1)}, "too_long"),
    ],
)
def test_a_strange_message_is_left_out_and_reported(more: dict[str, object], reason: str) -> None:
    _, records = read(of_weflow(json.dumps([message(), message(**more), message()])))
    assert [getattr(record, "reason", None) for record in records] == [None, reason, None]


def test_a_letter_that_is_none_is_no_message() -> None:
    text = json.dumps([message(content="?")]).replace('"?"', '"\\ud83d"')
    _, records = read(of_weflow(text))
    for record in records:
        assert isinstance(record, Skipped) or (record.text or "").isprintable()


def test_a_table_pasted_into_a_message_stays_there() -> None:
    forged = "9,3,1,0,0,1541343079,,never said,2018-11-04 22:51:19,a,a,wxid_mum"
    text = f'{FULL}\n1,3,1,0,0,1541343078,,"look:\n{forged}\nend",2018-11-04 22:51:18,b,b,wxid_b\n'
    _, records = read(Golden("wechat", "b_utf8.csv", text, [], []))
    assert [(r.sender_key, r.text) for r in records if isinstance(r, Utterance)] == [
        ("wxid_b", f"look:\n{forged}\nend")
    ]


def test_a_lost_quotation_mark_costs_one_row() -> None:
    lines = ["a,b", '1,"x', *[f"{n},sound" for n in range(2, 50)]]
    found = list(rows(lines, lambda line: line[:1].isdigit()))
    assert [row.reason for row in found] == ["damaged", *[None] * 48]


def test_a_hundred_thousand_lost_quotation_marks_take_seconds() -> None:
    lines = ["a,b", *['1,"x'] * 100_000]
    began = time.perf_counter()
    assert sum(1 for _ in rows(lines, lambda line: line[:1].isdigit())) == 100_000
    assert time.perf_counter() - began < 5


def test_a_number_that_two_phones_share_never_joins_their_owners() -> None:
    one, other = (
        Golden("wechat", "妈妈.txt", f"2024-01-01 08:00:00 '我'\n{words}\n\n", [], [])
        for words in ("from one phone", "from another")
    )
    keys = {read(golden)[1][0].sender_key for golden in (one, other)}  # type: ignore[union-attr]
    assert len(keys) == 2


def test_a_chat_without_years_waits_for_the_year() -> None:
    golden = GOLDENS["chatlog, text without years"]
    entry = entry_of(golden.name, golden.data)
    from ofrenda.archive.container import Container
    from ofrenda.archive.importer import Circumstances

    reading = wechat.IMPORTER.read(
        entry, Container("x", {entry.name: entry}), Circumstances({}, date(2026, 6, 1))
    )
    assert [question.key for question in reading.questions] == ["year"]
    assert reading.waiting == 3
    assert list(reading.records) == []


def test_days_that_can_be_months_wait_for_an_answer() -> None:
    text = "Chat history with Mum\nSaved on: 1/2/2026\n\nXyz, 05/04/2026\n22:31\tMum\thi\n"
    reading, _ = read(Golden("line", "x.txt", text, [], []))
    assert [question.key for question in reading.questions] == ["date_order"]


def test_a_day_whose_weekday_is_another_dates_nothing() -> None:
    text = (
        "[LINE] Chat history with Mum\nSaved on: 2024/02/01 10:00\n\n2024/01/15(Sun)\n"
        "22:31\tMum\thi\n2024/01/16(Tue)\n22:31\tMum\tho\n"
    )
    _, records = read(Golden("line", "x.txt", text, [], []))
    assert [getattr(record, "reason", None) for record in records] == ["unclear_date", None]


def test_formulas_are_only_text() -> None:
    _, records = read(GOLDENS["pywxdump, saved again by excel"])
    assert "=1+1是多少" in {r.text for r in records if isinstance(r, Utterance)}


def test_recalled_words_are_not_kept() -> None:
    _, records = read(GOLDENS["qq, exporter 5"])
    deleted = [r for r in records if isinstance(r, Utterance) and r.kind is Kind.DELETED]
    assert [record.text for record in deleted] == [None]


@pytest.mark.parametrize("name", ["weflow, objects", "qq, exporter 5", "chatlab, object"])
@pytest.mark.parametrize("shift", range(3))
def test_a_head_that_ends_within_a_letter_is_recognised(name: str, shift: int) -> None:
    golden = GOLDENS[name]
    export = json.loads(golden.data)
    export["messages"] = [{**export["messages"][0], "x" * (shift + 1): "好" * 40_000}]
    data = json.dumps(export, ensure_ascii=False).encode()
    importer = IMPORTERS[golden.format]
    assert importer.recognise(entry_of(golden.name, data), data[: 64 * 1024]) >= 0.9
    assert len(read(golden, data)[1]) == 1

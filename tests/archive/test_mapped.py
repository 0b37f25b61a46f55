"""Tables from anywhere: proposed, confirmed by the keeper, remembered by their columns."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add, extent
from ofrenda.archive.columns import moments, parse, propose, shape
from ofrenda.archive.importers.mapped import IMPORTER
from ofrenda.errors import ArchiveError
from ofrenda.vault import Life

from .everything import TABLE
from .exports import read_export, said

Write = Callable[..., Path]
KEY = f"columns-{shape(['Sent at', 'Who', 'Message'])}"
ROWS = [
    ("2019-05-03T21:25:15", "Ada Fenwick", "text", "The table itself is laid for six"),
    ("2019-05-03T21:26:00", "Tom Fenwick", "text", "I will bring the good chairs"),
    ("2019-05-04T08:00:30", "Ada Fenwick", "text", "Then bring the dog as well"),
]


@pytest.mark.parametrize(
    ("header", "rows", "proposed"),
    [
        ("when,who,words", ["2019-05-03 21:25,Ada,good night", "2019-05-03 21:26,Tom,sleep well"],
         "time:1,sender:2,text:3"),
        ("内容,昵称,时间", ["今晚回来吃饭吗,妈妈,2019年5月3日 21:25", "回,小林,2019年5月3日 21:26"],
         "time:3,sender:2,text:1"),
        ("id,created_at,text", ["1,1556918715,went to the sea", "2,1556918999,came back wet"],
         "time:2,text:3"),
        ("a,b,c,d", ["1,03/05/2019,Ada,we ate bread and soup",
                     "2,04/05/2019,Tom,it was late by then",
                     "3,05/05/2019,Ada,nobody else was there"], "time:2,sender:3,text:4"),
        ("Chat,Date,From,Message",
         ["Family,2019-05-03 21:25,Ada,hello all", "Work,2019-05-03 21:26,Ada,hi"],
         "time:2,sender:3,text:4,chat:1"),
    ],
)  # fmt: skip
def test_the_meaning_of_columns_is_proposed_from_what_stands_in_them(
    header: str, rows: list[str], proposed: str
) -> None:
    found = propose(header.split(","), [row.split(",") for row in rows])
    assert found is not None
    assert found.written() == proposed


@pytest.mark.parametrize(
    ("header", "rows"),
    [
        ("name,amount", ["bread,3.20", "milk,1.10"]),
        ("a,b", ["1,2", "3,4"]),
        ("date,amount", ["2019-05-03,3.20", "2019-05-04,4.10"]),
    ],
)
def test_what_holds_no_words_or_no_times_is_no_chat(header: str, rows: list[str]) -> None:
    assert propose(header.split(","), [row.split(",") for row in rows]) is None


def test_nothing_is_stored_before_the_keeper_has_said_what_the_columns_are(
    life: Life, write: Write
) -> None:
    path = write("old phone.csv", TABLE)
    (report,) = add(life, path)
    (question,) = report.questions
    assert question.key == KEY
    assert question.table is not None
    assert question.table.header == ("Sent at", "Who", "Message")
    assert question.table.rows[0][2] == "The table itself is laid for six"
    assert question.table.proposed == "time:1,sender:2,text:3"
    assert (extent(life).sources, report.skipped) == (0, {"awaiting_answer": 3})
    (report,) = add(life, path, answers={question.key: question.table.proposed})
    assert (report.format, report.accepted) == ("table", 3)
    # The next table of this form is read without asking.
    more = TABLE.splitlines()[0] + "\n2020-01-01 10:00:00;Ada Fenwick;A good new year\n"
    more += "2020-01-01 10:05:00;Tom Fenwick;And to you, my love\n"
    (report,) = add(life, write("new phone.csv", more))
    assert (report.questions, report.accepted) == ((), 2)


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        ("time:3,sender:2,text:1", "Column 3 does not hold times"),
        ("time:1,sender:2", "has 3 columns"),
        ("time:1,sender:2,text:9", "has 3 columns"),
        ("time:1,text:1", "has 3 columns"),
        ("anything", "has 3 columns"),
    ],
)
def test_a_mapping_that_cannot_be_right_is_refused_in_one_line(
    life: Life, write: Write, answer: str, hint: str
) -> None:
    with pytest.raises(ArchiveError, match=hint):
        add(life, write("old phone.csv", TABLE), answers={KEY: answer})
    assert extent(life).sources == 0


def test_a_column_without_words_is_not_what_was_written() -> None:
    table = "n,Sent at,Who,Message\n" + "".join(
        f"{n},2019-05-0{n} 10:00,Ada,words of hers {n}\n" for n in range(1, 6)
    )
    key = f"columns-{shape(['n', 'Sent at', 'Who', 'Message'])}"
    with pytest.raises(ArchiveError, match="Column 1 holds hardly any words"):
        read_export(IMPORTER, table, name="x.csv", answers={key: "time:2,sender:3,text:1"})


def test_a_table_that_nobody_wrote_is_left_out_and_told(life: Life, write: Write) -> None:
    (report,) = add(life, write("old phone.csv", TABLE), answers={KEY: "leave"})
    assert (report.accepted, report.skipped) == (0, {"not_own": 3})
    assert extent(life).utterances == 0


@pytest.mark.parametrize(
    "content",
    [
        TABLE,
        TABLE.replace(";", ","),
        TABLE.replace(";", "\t"),
        json.dumps(
            [dict(zip(("Sent at", "Who", "Message"), line.split(";"), strict=True))
             for line in TABLE.splitlines()[1:]]
        ),
        "\n".join(
            json.dumps(dict(zip(("Sent at", "Who", "Message"), line.split(";"), strict=True)))
            for line in TABLE.splitlines()[1:]
        ),
    ],
    ids=["semicolon", "comma", "tab", "json", "json lines"],
)  # fmt: skip
def test_every_layout_is_read_the_same(content: str) -> None:
    assert IMPORTER.recognise(*_head(content)) > 0
    _, records = read_export(
        IMPORTER, content, name="x.csv", answers={KEY: "time:1,sender:2,text:3"}
    )
    assert [said(record) for record in records] == ROWS


def _head(content: str):  # type: ignore[no-untyped-def]
    from .reading_chats import entry_of

    data = content.encode()
    return entry_of("x.csv", data), data


def test_dates_in_an_unclear_order_are_asked_for_and_one_clear_date_decides() -> None:
    header = "Sent at,Who,Message\n"
    unclear = header + "03/05/2019 10:00,Ada,one more\n04/05/2019 10:00,Tom,and another\n"
    mapping = {KEY: "time:1,sender:2,text:3"}
    reading, records = read_export(IMPORTER, unclear, name="x.csv", answers=mapping)
    assert (records, [one.key for one in reading.questions]) == ([], ["date_order"])
    _, records = read_export(
        IMPORTER, unclear, name="x.csv", answers=mapping | {"date_order": "mdy"}
    )
    assert [said(record)[0] for record in records] == ["2019-03-05T10:00:00", "2019-04-05T10:00:00"]
    clear = unclear + "25/05/2019 10:00,Ada,that settles it\n"
    _, records = read_export(IMPORTER, clear, name="x.csv", answers=mapping)
    assert said(records[0])[0] == "2019-05-03T10:00:00"


def test_a_reposted_chain_is_nobodys_own_words() -> None:
    table = (
        "时间,昵称,正文内容\n"
        "2019-05-03 21:25,妈妈,今天的面包真好 //@小林:看看这个 //@路人:转发\n"
        "2019-05-03 21:26,妈妈,//@小林:只是转发\n"
    )
    key = f"columns-{shape(['时间', '昵称', '正文内容'])}"
    _, records = read_export(IMPORTER, table, name="x.csv", answers={key: "time:1,sender:2,text:3"})
    assert [said(record)[3:] for record in records] == [
        ("今天的面包真好", ("quoted", "//@小林:看看这个 //@路人:转发")),
        (None, "forwarded", ("quoted", "//@小林:只是转发")),
    ]


@pytest.mark.parametrize("cell", ["=cmd()", "31/31/2019", "2019-13-40", "nonsense", "", "7"])
def test_a_cell_that_is_no_time_is_none(cell: str) -> None:
    assert moments(cell) == {}


def test_mappings_are_read_strictly() -> None:
    rng = random.Random(3)
    for _ in range(2_000):
        text = "".join(rng.choice("time:text,sender123chat ") for _ in range(rng.randrange(30)))
        found = parse(text, 3)
        assert found is None or 0 <= found.time < 3

"""Whatever the names and the words: nobody's words in another's mouth, no wrong time."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ofrenda.archive.importer import Skipped
from ofrenda.archive.telling import bare
from ofrenda.types import Kind, Utterance

from .eastern import FULL, Golden, read

EXAMPLES = int(os.environ.get("OFRENDA_EXAMPLES", "50"))
SYMBOLS = (
    ":-[](),./ ~+<>\"'“”0123456789 \u200e\u200f\u202a\u2066\u200d❤🙂👩‍👧مرحب妈あ엄「」『』【】#=@"
)
TRICKS = [
    *(": ", " : ", " - ", "12:30 - ok?", '"', '""', '"x", ', "2016-04-29", "\u2028", "\x0b"),
    *("妈妈: 不", "[图片] 好", "> 别", "引用:", "=SUM(1)", "{", "}", "\\n", "9:25 PM", "\\", "''"),
]
words = st.lists(
    st.one_of(
        st.text(st.sampled_from(SYMBOLS), min_size=1, max_size=8),
        st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=8),
        st.sampled_from(TRICKS),
        st.just("\n"),
    ),
    min_size=1,
    max_size=6,
).map("".join)
NAMES = [
    *(
        "妈妈",
        "小林",
        "Dr: House",
        "Bob - home",
        "[Zed]",
        "Lee :)",
        "אמא",
        "👩‍👧 Ruth",
        "3:15 club",
    ),
    *("O'Hara", "阿强 (上班)", "R2-D2 [x]: y", "12:30", "엄마", "a, b"),
]
names = st.one_of(
    st.sampled_from(NAMES),
    st.text(st.characters(categories=("L", "So")), min_size=1, max_size=12),
).filter(lambda name: bare(name) not in ("", "我", "系统消息", "系统", "SYSTEM", "system"))


@dataclass(frozen=True)
class Said:
    at: datetime
    sender: str
    body: str


@st.composite
def chats(draw: st.DrawFn) -> list[Said]:
    people = draw(st.lists(names, min_size=1, max_size=4, unique_by=bare))
    at = draw(st.datetimes(datetime(2012, 1, 1), datetime(2024, 12, 31))).replace(microsecond=0)
    said = []
    for _ in range(draw(st.integers(1, 12))):
        at += timedelta(minutes=draw(st.sampled_from([0, 0, 1, 7, 600, 3000, 50_000])))
        said.append(Said(at, draw(st.sampled_from(people)), draw(words)))
    return said


def table(columns: list[str], rows: list[list[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return out.getvalue()


def seconds(at: datetime) -> int:
    return int((at - timedelta(hours=8)).replace(tzinfo=UTC).timestamp())


def memotrace_text(said: list[Said]) -> tuple[str, str, str]:
    return "wechat", "x.txt", "".join(f"{s.at} {s.sender}\n{s.body}\n\n" for s in said)


def memotrace_table(said: list[Said]) -> tuple[str, str, str]:
    rows: list[list[object]] = [
        [n, 3, 1, 0, 0, seconds(s.at), "", s.body, s.at, s.sender, s.sender, s.sender]
        for n, s in enumerate(said)
    ]
    return "wechat", "妈妈_utf8.csv", table(FULL.split(","), rows)


def weflow(said: list[Said]) -> tuple[str, str, str]:
    messages = [
        {
            **{"createTime": seconds(s.at), "formattedTime": str(s.at), "type": "文本消息"},
            **{"content": s.body, "isSend": 0, "senderUsername": s.sender},
        }
        for s in said
    ]
    export = {"weflow": {}, "session": {"type": "群聊"}, "messages": messages}
    return "wechat", "x.json", json.dumps(export, ensure_ascii=False)


def chatlab(said: list[Said]) -> tuple[str, str, str]:
    lines = [{"_type": "header", "chatlab": {}, "meta": {"name": "x", "type": "group"}}]
    lines += [
        {
            **{"_type": "message", "sender": s.sender, "timestamp": seconds(s.at), "type": 0},
            **{"content": s.body, "ofrenda": {"local": str(s.at), "kind": "text"}},
        }
        for s in said
    ]
    return "chatlab", "x.jsonl", "".join(json.dumps(one) + "\n" for one in lines)


def qq(said: list[Said]) -> tuple[str, str, str]:
    rule = "=" * 64
    head = (
        f"消息记录（此消息记录为文本格式，不支持重新导入）\n\n{rule}\n消息分组:我\n{rule}\n"
        f"消息对象:x\n{rule}\n\n"
    )
    return "qq", "x.txt", head + "".join(f"{s.at} {s.sender}\n{s.body}\n\n" for s in said)


def line(said: list[Said]) -> tuple[str, str, str]:
    out = ["[LINE] Chat history in x", "Saved on: 2025/01/01 10:00", ""]
    day = None
    for s in said:
        if s.at.date() != day:
            day = s.at.date()
            out += ["", f"{day:%Y/%m/%d}({day:%a})"]
        body = '"' + s.body.replace('"', '""') + '"' if "\n" in s.body else s.body
        out.append(f"{s.at:%H:%M}\t{s.sender}\t{body}")
    return "line", "x.txt", "\n".join(out) + "\n"


def kakaotalk(said: list[Said]) -> tuple[str, str, str]:
    out = ["x 님과 카카오톡 대화", "저장한 날짜 : 2025-01-01 10:00:00", ""]
    day = None
    for s in said:
        if s.at.date() != day:
            day = s.at.date()
            week = "월화수목금토일"[day.weekday()]
            rule = "-" * 15
            out.append(f"{rule} {day.year}년 {day.month}월 {day.day}일 {week}요일 {rule}")
        half, hour = ("오전", s.at.hour) if s.at.hour < 12 else ("오후", s.at.hour - 12)
        out.append(f"[{s.sender}] [{half} {hour or 12}:{s.at:%M}] {s.body}")
    return "kakaotalk", "x.txt", "\n".join(out) + "\n"


EXACT = (memotrace_table, weflow, chatlab)
"""Forms in which nothing that people write can look like the form itself."""


@pytest.mark.parametrize(
    "render", [memotrace_text, memotrace_table, weflow, chatlab, qq, line, kakaotalk]
)
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(said=chats())
def test_no_line_is_misattributed_and_no_time_is_wrong(
    render: Callable[[list[Said]], tuple[str, str, str]], said: list[Said]
) -> None:
    form, name, content = render(said)
    _, records = read(Golden(form, name, content, [], []))
    written = [s for s in said if bare(s.sender)]
    minutes = form in ("line", "kakaotalk")
    told: dict[tuple[str, str], list[str]] = {}
    for one in written:
        at = one.at.replace(second=0) if minutes else one.at
        told.setdefault((bare(one.sender), at.isoformat()), []).append(one.body)
    texts = 0
    for record in records:
        if isinstance(record, Skipped) or record.sender_key is None:
            continue
        assert isinstance(record, Utterance)
        bodies = told.get((record.sender_key, record.ts_local or ""))
        assert bodies is not None, record
        texts += 1
        for part in (record.text, record.quoted_text):
            assert part is None or any(part.strip("\n") in body for body in bodies), record
        if render is weflow and record.quoted_text is None and record.kind is Kind.TEXT:
            assert (record.text or "") in [body.strip("\r\n") for body in bodies]
        if render is chatlab:
            assert record.text in bodies
    if render in EXACT:
        assert texts + sum(isinstance(r, Skipped) for r in records) >= len(written)
    assert len(records) >= 1

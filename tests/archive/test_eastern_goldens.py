"""Files of WeChat, QQ, LINE, KakaoTalk, Weibo and ChatLab: read exactly, recognised by one."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from ofrenda.archive.importers import importers
from ofrenda.types import Utterance

from .eastern import GOLDENS, IMPORTERS, Golden, entry_of, read, short
from .goldens import GOLDENS as WHATSAPP

every = pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())


def plain(value: object) -> object:
    """The owner of a phone whom a file does not name, without what tells files apart."""
    if isinstance(value, str):
        return re.sub(r"我@[0-9a-f]{8}", "我@1", value)
    return tuple(map(plain, value)) if isinstance(value, tuple) else value


@every
def test_an_export_is_read_exactly(golden: Golden) -> None:
    reading, records = read(golden)
    assert not reading.questions
    assert [plain(short(record)) for record in records] == golden.expected
    chats = dict.fromkeys(
        (plain(record.conversation_key), record.is_group)
        for record in records
        if isinstance(record, Utterance)
    )
    assert list(chats) == golden.chats


@every
def test_times_are_utc_only_where_the_zone_is_known(golden: Golden) -> None:
    for record in read(golden)[1]:
        if not isinstance(record, Utterance) or golden.format == "chatlab":
            continue
        assert record.ts_local is not None
        if golden.offset is None:
            assert record.ts_utc is None
        else:
            assert record.ts_utc is not None
            local = datetime.fromisoformat(record.ts_local).replace(tzinfo=UTC)
            assert (local - record.ts_utc).total_seconds() == golden.offset * 3600


@every
def test_a_file_is_recognised_by_its_own_importer_alone(golden: Golden) -> None:
    head = golden.data[: 64 * 1024]
    entry = entry_of(golden.name, golden.data)
    scores = {one.name: one.recognise(entry, head) for one in importers()}
    best = max(scores, key=lambda name: scores[name])
    assert best == golden.format, scores
    others = max(score for name, score in scores.items() if name != golden.format)
    assert others < scores[golden.format] - 0.1, scores


@pytest.mark.parametrize("golden", WHATSAPP.values(), ids=WHATSAPP.keys())
def test_exports_of_whatsapp_are_left_alone(golden: object) -> None:
    data = golden.content.encode()  # type: ignore[attr-defined]
    entry = entry_of(golden.name, data)  # type: ignore[attr-defined]
    assert {one.recognise(entry, data) for one in IMPORTERS.values()} == {0.0}


def test_where_one_digit_says_who_wrote_the_keeper_is_told() -> None:
    for golden in GOLDENS.values():
        warned = any("single digit" in line for line in read(golden)[0].warnings)
        assert warned == golden.one_bit, golden.name


@every
def test_reading_twice_is_the_same(golden: Golden) -> None:
    assert [short(one) for one in read(golden)[1]] == [short(one) for one in read(golden)[1]]

from __future__ import annotations

import pytest

from ofrenda.types import Utterance

from .goldens import GOLDENS, Golden
from .reading_chats import read_chat, short


@pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())
def test_an_export_is_read_exactly(golden: Golden) -> None:
    reading, records = read_chat(
        golden.content,
        name=golden.name,
        container=golden.container,
        beside=golden.beside,
        answers=golden.answers,
    )
    assert not reading.questions
    assert [short(record) for record in records] == golden.expected
    for record in records:
        if isinstance(record, Utterance):
            assert (record.conversation_key, record.is_group) == (golden.key, golden.is_group)

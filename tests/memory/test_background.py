"""Vectors are made when nobody calls, and what is made stays."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from memory.rows import Rows, new_life
from ofrenda.clock import ManualClock
from ofrenda.engines.protocols import EmbedRole
from ofrenda.engines.scripted import ScriptedEmbedder
from ofrenda.errors import EngineUnavailable
from ofrenda.memory import keep_remembering
from ofrenda.memory.embedding import embed_pending, embedding_state
from ofrenda.memory.index import index
from ofrenda.types import Member, MemberId, Role
from ofrenda.vault import Life

NOON = datetime(2018, 3, 1, 12, 0)
SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Leo")


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with new_life(tmp_path) as opened:
        opened.add_member(SON)
        rows = Rows(opened)
        him, leo = rows.identity("T", "person"), rows.identity("L", "member", "m-son")
        chat = rows.conversation("leo")
        for n in range(60):
            at = NOON + timedelta(days=n)
            rows.exchange(chat, leo, f"Question {n}?", him, f"Answer {n}.", at)
        yield opened


class Watched(ScriptedEmbedder):
    """Counts what it is asked, and fails where it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.failures = 0
        self.on_ask = lambda: None

    async def embed(self, texts: Sequence[str], *, role: EmbedRole) -> NDArray[np.float32]:
        self.on_ask()
        if self.failures:
            self.failures -= 1
            raise EngineUnavailable("down")
        self.asked += texts
        return await super().embed(texts, role=role)


async def remembered(life: Life, embed: Watched, busy: object = lambda: False) -> None:
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    async with asyncio.timeout(30):
        await keep_remembering(life, embed, busy, clock=clock, once=True)  # type: ignore[arg-type]


async def test_nothing_is_computed_while_a_call_is_on(life: Life) -> None:
    embed = Watched()
    on_call = False
    waited = 0

    def ring() -> None:
        nonlocal on_call
        assert not on_call, "a text was embedded during a call"
        on_call = len(embed.asked) > 20 and waited < 50

    def busy() -> bool:
        nonlocal waited, on_call
        waited += on_call
        on_call = on_call and waited % 50 != 0
        return on_call

    embed.on_ask = ring
    await remembered(life, embed, busy)
    assert waited >= 50
    assert embedding_state(life, embed).pending == 0


async def test_the_persons_own_words_come_first(life: Life) -> None:
    embed = Watched()
    index(life)
    await embed_pending(life, embed, batch=8, most=60)
    with life.db.read() as db:
        heard = db.execute(
            "SELECT count(*) FROM embedding AS e JOIN passage AS p ON p.id = e.passage"
            " WHERE p.said_by <> 'person'"
        ).fetchone()[0]
    assert heard == 0
    state = embedding_state(life, embed)
    assert 60 <= state.done < 60 + 16
    assert state.total == 180


async def test_it_goes_on_where_it_was_and_asks_nothing_twice(life: Life) -> None:
    index(life)
    first = Watched()
    await embed_pending(life, first, most=50)
    second = Watched()
    await embed_pending(life, second)
    assert embedding_state(life, second).pending == 0
    assert len(first.asked) + len(second.asked) == 180


async def test_an_engine_that_fails_is_tried_again(life: Life) -> None:
    embed = Watched()
    embed.failures = 3
    await remembered(life, embed)
    assert embedding_state(life, embed).pending == 0


async def test_the_same_words_are_computed_once(life: Life) -> None:
    with life.db.write() as db:
        db.execute("UPDATE utterance SET text = 'ok' WHERE text LIKE 'Answer%'")
    index(life)
    embed = Watched()
    assert await embed_pending(life, embed) == 180
    assert embed.asked.count("ok") == 1

"""The open house finds the words in recordings, and never while somebody calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ofrenda.clock import ManualClock
from ofrenda.engines.protocols import Engines
from ofrenda.engines.scripted import scripted_engines
from ofrenda.house.overhearing import listen_meanwhile
from ofrenda.vault import Life
from tests.archive.conftest import make_life
from tests.archive.keepsakes import Ear, name_the_person, note, take, whatsapp

PTT = "00000002-AUDIO-2018-06-13-21-25-00.opus"


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with make_life(tmp_path / "lives") as made:
        yield made


async def test_recordings_are_listened_to_between_calls_and_remembered(
    life: Life, tmp_path: Path
) -> None:
    take(life, tmp_path, "chat.zip", whatsapp("Sam: hi", f"Ada: {PTT}", **{PTT: note(3.0)}))
    name_the_person(life, "Ada")
    ear, calls = Ear(), [1]
    clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
    scripted = scripted_engines()
    engines = Engines(ear, scripted.tts, scripted.llm, scripted.embed, scripted.turn)
    task = asyncio.create_task(listen_meanwhile(life, engines, lambda: bool(calls), clock=clock))
    try:
        begun = clock.monotonic()
        async with asyncio.timeout(60):
            while clock.monotonic() - begun < 300:  # noqa: ASYNC110 - time is made to pass
                await asyncio.sleep(0.001)
            assert ear.given == [], "a call is under way"
            calls.clear()
            while not remembered(life):  # noqa: ASYNC110 - the database has no event
                await asyncio.sleep(0.05)
        assert remembered(life) == ["I heard 3 seconds"]
        assert not task.done()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def remembered(life: Life) -> list[str]:
    with life.db.read() as db:
        rows = db.execute("SELECT text FROM passage WHERE said_by = 'person'").fetchall()
    return [row[0] for row in rows]

"""The demo's fictional Henry Lau is asked two hundred questions that were written down.

The floors were set before anything was measured. ``fresh`` is never tuned on; the failures of
``held_out`` were read once.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from dialogue.demo_life import (
    MEMBERS,
    Score,
    build,
    by_chance,
    by_words_alone,
    private_lines,
    reply_to,
    rows,
    score,
)
from dialogue.inventions import ENGLISH
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import Engines, Prompt
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall
from ofrenda.settings import Settings
from ofrenda.types import Provenance
from ofrenda.vault import Life

pytestmark = pytest.mark.models

PARTS = ("tuning", "held_out", "fresh")
ANSWERED = 0.75
"""Share of held-out questions that must be answered with the right words."""
WRONG = 0.03
"""Share of unanswerable ones that may be answered in own words."""


@dataclass(frozen=True, slots=True)
class House:
    """The life, its memory and its engines, with a model that writes nothing."""

    life: Life
    recall: Recall
    engines: Engines


@pytest.fixture(scope="module")
def henry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The demo's life with the embedded embedder."""
    engines = replace(scripted_engines(reply=("",)), embed=create(Settings()))

    async def begun() -> tuple[Life, Recall]:
        life = await build(tmp_path_factory.mktemp("henry"), engines.embed)
        return life, await Recall.load(life, engines.embed)

    life, recall = asyncio.run(begun())
    yield House(life, recall, engines)
    life.close()


async def _table(henry: House, *, answerable: bool) -> dict[str, Score]:
    table = {}
    for part in PARTS:
        some = rows(part, answerable=answerable)
        table[part] = await score(henry.life, henry.recall, henry.engines, some)
        table[f"{part}, best by words"] = await by_words_alone(henry.recall, some)
        table[f"{part}, by chance"] = by_chance(henry.life, some)
    return table


def _show(title: str, table: dict[str, Score], capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{title}")
        for name, one in table.items():
            print(f"  {name:24} {one}")


@pytest.mark.xfail(
    raises=AssertionError, reason="half are answered: the floor is yet to be reached", strict=True
)
async def test_held_out_questions_are_answered_in_his_words(
    henry: House, capsys: pytest.CaptureFixture[str]
) -> None:
    table = await _table(henry, answerable=True)
    _show("answerable", table, capsys)
    for part in ("held_out", "fresh"):
        assert table[part].right / table[part].count >= ANSWERED, part


async def test_what_nothing_answers_is_not_answered(
    henry: House, capsys: pytest.CaptureFixture[str]
) -> None:
    table = await _table(henry, answerable=False)
    _show("unanswerable", table, capsys)
    for part in PARTS:
        assert table[part].wrong / table[part].count <= WRONG, part


async def test_nobody_hears_what_was_said_to_another_alone(henry: House) -> None:
    asked = {
        row.ask
        for part in PARTS
        for answerable in (True, False)
        for row in rows(part, answerable=answerable)
    }
    # Also the very words: whoever knows a secret must not be told it again by asking for it.
    secrets = {who: private_lines(henry.life, member) for who, member in MEMBERS.items()}
    assert all(secrets.values())
    for who, member in MEMBERS.items():
        for ask in sorted(asked) + sorted(secrets[who])[::6]:
            for one in await reply_to(henry.life, henry.recall, henry.engines, member, ask):
                assert one.text not in secrets[who], (who, ask)


async def test_a_model_that_invents_is_not_heard_and_own_words_are_verbatim(henry: House) -> None:
    lines = itertools.cycle(ENGLISH)

    def inventing(_: Prompt) -> str:
        return f"{next(lines)} {next(lines)}"

    engines = replace(scripted_engines(reply=inventing), embed=henry.engines.embed)
    for part in PARTS:
        for row in [*rows(part, answerable=True), *rows(part, answerable=False)]:
            for one in await reply_to(henry.life, henry.recall, engines, row.who, row.ask):
                assert one.text not in ENGLISH
                assert one.provenance is not Provenance.OWN_WORDS or _stands(henry.life, one.text)


def _stands(life: Life, text: str) -> bool:
    with life.db.read() as db:
        return any(
            db.execute(
                f"SELECT 1 FROM {table} WHERE instr(text, ?) LIMIT 1",
                (text,),
            ).fetchone()
            for table in ("utterance", "document")
        )

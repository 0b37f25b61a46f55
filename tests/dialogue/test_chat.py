"""Talk without a question is answered by what was really replied at moments like it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from memory.rows import KEEPER, PERSON, Rows, new_life

from ofrenda.clock import ManualClock
from ofrenda.dialogue import Conversation
from ofrenda.dialogue.asked import asks_for_love
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import rebuild
from ofrenda.types import Provenance, Sentence, Transcript
from ofrenda.vault import Life

NOW = datetime.fromisoformat("2024-05-01T10:00:00+00:00")

TALK = (
    ("The garden looks lovely this week", "Water it early, before the sun does."),
    ("I burnt the cake again", "Scrape it and call it toast."),
    ("The neighbours are noisy tonight", "Sing louder than they do."),
    ("My shoes are soaked", "Newspaper inside, by the stove overnight."),
    ("What time is the ferry", "Half past nine."),
    ("Where are the keys", "On the hook."),
)


async def _life(home: Path, talk: tuple[tuple[str, str], ...], times: int) -> Life:
    life = new_life(home, person=PERSON)
    rows = Rows(life)
    him, her = rows.identity("T", "person"), rows.identity("A", "member", str(KEEPER.id))
    chat = rows.conversation("ana")
    at = datetime(2018, 5, 1, 9)
    for _ in range(times):
        for cue, reply in talk:
            rows.exchange(chat, her, cue, him, reply, at)
            at += timedelta(days=2)
    await rebuild(life, scripted_engines().embed)
    return life


async def _said(life: Life, text: str) -> list[Sentence]:
    engines = scripted_engines(reply=("",))
    conversation = Conversation(life, KEEPER, engines, clock=ManualClock(NOW))
    await conversation.open()
    heard = Transcript(text, Conversation.language_of(text), 1.0)
    return [one async for one in conversation.reply(heard)]


async def test_a_like_moment_is_answered_as_it_was_then(tmp_path: Path) -> None:
    with await _life(tmp_path, TALK, 6) as life:
        (one,) = await _said(life, "I burnt the cake badly, again, today")
    assert one.text == "Scrape it and call it toast."
    assert one.provenance is Provenance.OWN_WORDS


async def test_talk_unlike_any_gets_no_borrowed_line(tmp_path: Path) -> None:
    with await _life(tmp_path, TALK, 6) as life:
        spoken = await _said(life, "Quarterly invoices exceed projections")
    assert {one.provenance for one in spoken} == {Provenance.IN_CHARACTER}


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("Do you love me?", True),
        ("你爱我吗？", True),
        ("你还爱我吗", True),
        ("I love you", False),
        ("我爱你", False),
        ("Do you love the sea?", False),
    ],
)
def test_who_asks_whether_they_are_loved(text: str, asks: bool) -> None:
    assert asks_for_love(text) is asks


async def test_love_is_answered_in_the_language_it_was_written_in(tmp_path: Path) -> None:
    talk = (*TALK, ("Night dad, love you", "Love you too, Nita"))
    with await _life(tmp_path, talk, 6) as life:
        (one,) = await _said(life, "你爱我吗？")
    assert one.text == "Love you too, Nita"


async def test_love_that_was_never_written_is_not_thanked_for(tmp_path: Path) -> None:
    with await _life(tmp_path, TALK, 2) as life:
        (one,) = await _said(life, "你爱我吗？")
    assert "谢谢" not in one.text
    assert one.provenance is Provenance.IN_CHARACTER

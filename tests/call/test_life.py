"""A call to a real life: the conversation, its record and its voice, over real WebRTC."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from memory.rows import KEEPER, PERSON, Rows, new_life

from ofrenda.call import CallRules, Switchboard
from ofrenda.call.rendering import Renderer
from ofrenda.clock import ManualClock, SystemClock
from ofrenda.dialogue.foresight import Foresight
from ofrenda.engines.scripted import scripted_engines
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import ClipRejected
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller
from ofrenda.memory import rebuild
from ofrenda.types import Audio
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech
from ofrenda.voice.store import pack_profile

from .conftest import eventually

pytestmark = pytest.mark.realtime

CUE = "What did you cook on Sundays?"
REPLY = "On Sundays I cooked the lamb, slowly, with rosemary from the garden."


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with new_life(tmp_path) as made:
        rows = Rows(made)
        chat = rows.conversation("Ana")
        them, her = rows.identity("Tomas", "person"), rows.identity("Ana", "member", KEEPER.id)
        rows.exchange(chat, her, CUE, them, REPLY, datetime(2019, 5, 3, 19, 0))
        yield made


def give_voice(life: Life) -> None:
    blob = life.voice_blobs.put(pack_profile(stock_profile("am_michael")))
    with life.db.write() as db:
        db.execute(
            "INSERT INTO voice_profile (id, engine, made_utc, blob, report, in_use, consent)"
            " VALUES ('v', 'kokoro', '2024-01-01T00:00:00Z', ?, '{}', 1, ?)",
            (blob, life.require_consent("voice")),
        )


def spoken(life: Life) -> list[tuple[str | None, str, str, str]]:
    with life.db.read() as db:
        rows = db.execute(
            "SELECT turn.caller_said, spoken.text, spoken.heard, spoken.provenance FROM spoken"
            " JOIN turn ON turn.id = spoken.turn ORDER BY turn.ordinal, spoken.ordinal"
        ).fetchall()
    return [(row[0], row[1], row[2], row[3]) for row in rows]


async def answered(switchboard: Switchboard) -> Caller:
    """The keeper, whose call has been answered."""
    caller = Caller()
    await caller.call(lambda offer: switchboard.answer(offer, KEEPER))
    await caller.until_state("listening", within=30)
    return caller


async def test_the_persons_own_words_are_spoken_shown_with_their_date_and_kept(life: Life) -> None:
    give_voice(life)
    engines = scripted_engines(lines=[CUE])
    await rebuild(life, engines.embed)
    async with Switchboard(life, engines, clock=SystemClock(), max_calls=1) as switchboard:
        caller = await answered(switchboard)
        disclosed = caller.received.of("caption")
        assert all(c["who"] == "house" for c in disclosed)
        assert PERSON.name in disclosed[0]["text"]
        said = await caller.say(babble(1.2))
        await caller.until_audible(said.ended)
        await caller.until(lambda r: r.at_rest(0.3))
        answer = caller.received.of("caption")[len(disclosed) + 1]
        assert answer["text"] in REPLY
        assert answer["provenance"] == "own_words"
        assert answer["source"]["said_at"] == "2019-05-03"
        await caller.hang_up()
        await eventually(lambda: not switchboard.calls)
    record = spoken(life)
    assert all(whole == heard for _, whole, heard, _ in record)
    assert [caller_said for caller_said, *_ in record][-1] == CUE
    with life.db.read() as db:
        call = db.execute("SELECT channel, ending FROM call").fetchone()
    assert tuple(call) == ("browser", "caller")


async def test_an_interrupted_answer_is_kept_as_far_as_it_was_heard(life: Life) -> None:
    give_voice(life)
    engines = scripted_engines(lines=[CUE])
    await rebuild(life, engines.embed)
    async with Switchboard(life, engines, clock=SystemClock(), max_calls=1) as switchboard:
        caller = await answered(switchboard)
        said = await caller.say(babble(1.2))
        await caller.until_audible(said.ended)
        await asyncio.sleep(1.0)
        await caller.say(babble(0.8))
        await caller.until(lambda r: bool(r.of("cut")))
        await caller.hang_up()
    cut = next(row for row in spoken(life) if row[3] == "own_words")
    assert 0 < len(cut[2]) < len(cut[1])
    assert cut[1].startswith(cut[2])


async def test_what_was_made_before_the_call_is_what_is_heard(life: Life) -> None:
    give_voice(life)
    engines = scripted_engines(lines=[CUE])
    await rebuild(life, engines.embed)
    kept = RenderedSpeech(life)
    async with Switchboard(
        life, engines, clock=SystemClock(), max_calls=1, kept=kept
    ) as switchboard:
        clock = ManualClock(datetime(2026, 1, 1, tzinfo=UTC))
        renderer = Renderer(
            life,
            engines.tts,
            kept,
            Foresight(life, engines.embed, lambda _: True, clock=clock).batches,
            lambda: bool(switchboard.calls),
            clock=clock,
            house=switchboard.house_lines,
            house_says=switchboard.house_says,
            load=lambda: 0.0,
        )
        await renderer.once()
        assert renderer.made.sentences > 20
        caller = await answered(switchboard)
        with pytest.MonkeyPatch.context() as broken:

            async def fails(*_: object, **__: object) -> AsyncIterator[Audio]:
                raise AssertionError("nothing had to be made")
                yield

            broken.setattr(engines.tts, "synthesize", fails)
            said = await caller.say(babble(1.2))
            await caller.until_audible(said.ended)
            await caller.until(lambda r: r.at_rest(0.3))
        (turn,) = switchboard.metrics
        assert turn.first_provenance == "own_words"
        assert turn.first_kept
        second = Caller()
        await second.call(lambda offer: switchboard.answer(offer, KEEPER))
        await second.until(lambda r: bool(r.of("ended")))
        assert second.received.of("ended")[0]["reason"] == "busy"
        await second.vanish()
        await caller.hang_up()


async def test_a_life_without_a_voice_does_not_answer(life: Life) -> None:
    async with Switchboard(
        life, scripted_engines(), clock=SystemClock(), max_calls=1, rules=CallRules()
    ) as switchboard:
        with pytest.raises(ClipRejected):
            await Caller().call(lambda offer: switchboard.answer(offer, KEEPER))
        assert switchboard.calls == {}


async def test_nothing_of_a_call_is_written_in_clear(life: Life) -> None:
    give_voice(life)
    canary = "zanzibar ferry canary"
    engines = scripted_engines(lines=[canary])
    await rebuild(life, engines.embed)
    async with Switchboard(life, engines, clock=SystemClock(), max_calls=1) as switchboard:
        caller = await answered(switchboard)
        said = await caller.say(babble(1.2))
        await caller.until_audible(said.ended)
        await caller.hang_up()
    assert canary in json.dumps(spoken(life))
    for path in life.folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert canary.encode() not in content
            assert REPLY.encode() not in content

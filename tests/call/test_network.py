"""Networks as they are: packets lost, late, out of order, and gone for a while."""

from __future__ import annotations

import asyncio
import random
import time
from types import SimpleNamespace

import pytest

from ofrenda.call import CallRules
from ofrenda.call.jitter import CALM, MOST, AudioJitterBuffer
from ofrenda.errors import CallError
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller
from ofrenda.measure.weather import Weather
from ofrenda.types import Member, MemberId, Role

from .conftest import MIA, House, Open, eventually
from .plain import PlainTalk, own


def packet(number: int) -> SimpleNamespace:
    number &= 0xFFFF
    return SimpleNamespace(
        sequence_number=number, timestamp=960 * number, _data=number.to_bytes(2, "big")
    )


def numbers(buffer: AudioJitterBuffer, arriving: list[int]) -> list[int]:
    """The frames given for packets that arrive in that order."""
    given = (buffer.add(packet(number))[1] for number in arriving)
    return [int.from_bytes(frame.data, "big") for frame in given if frame is not None]


def test_in_order_each_packet_is_given_after_the_prefetch() -> None:
    assert numbers(AudioJitterBuffer(2), list(range(65530, 65560))) == [
        number & 0xFFFF for number in range(65530, 65558)
    ]


def test_with_nothing_held_back_each_packet_is_given_as_it_comes() -> None:
    buffer = AudioJitterBuffer(0)
    assert numbers(buffer, [0, 1, 2, 4, 5, 7]) == [0, 1, 2, 4, 5, 7]  # 3 and 6 are lost
    assert (buffer.depth, buffer.late) == (0, 0)
    assert numbers(buffer, [9, 8, 10, 12, 11, 13, 14]) == [9, 10, 11, 12]  # 8 came too late
    assert (buffer.depth, buffer.late) == (2, 1)
    assert numbers(buffer, list(range(15, 15 + 2 * CALM)))[-1] == 14 + 2 * CALM
    assert buffer.depth == 0


def test_packets_that_overtake_each_other_are_put_in_order() -> None:
    buffer = AudioJitterBuffer(2)
    assert numbers(buffer, [0, 2, 1, 3, 5, 4, 6, 7, 8]) == [0, 1, 2, 3, 4, 5, 6]
    assert buffer.late == 0


def test_a_lost_packet_costs_no_more_than_itself() -> None:
    buffer = AudioJitterBuffer(2)
    came = [number for number in range(200) if number % 20 != 7]
    given = numbers(buffer, came)
    assert given == came[: len(given)]
    assert buffer.depth == 2
    assert len(came) - len(given) <= 3  # no backlog has grown


def test_a_late_network_is_given_time_and_a_calm_one_gets_it_back() -> None:
    buffer, shuffled = AudioJitterBuffer(2), random.Random(4)
    due = sorted(range(400), key=lambda number: number * 0.02 + shuffled.uniform(0.0, 0.2))
    given = numbers(buffer, due)
    assert given == sorted(given)
    assert len(given) > 360
    assert 6 <= buffer.depth <= MOST
    given = numbers(buffer, list(range(400, 400 + CALM * MOST)))
    assert buffer.depth == 2
    assert given[-1] == 400 + CALM * MOST - 3


def test_a_stream_that_begins_anew_is_taken_up() -> None:
    buffer = AudioJitterBuffer(1)
    assert numbers(buffer, [10, 11, 12, 5000, 5001, 5002]) == [10, 11, 5000, 5001]


async def ask(caller: Caller) -> float:
    said = await caller.say(babble(1.3))
    audible = await caller.until_audible(said.ended)
    await caller.until_state("listening", after=audible)
    return audible - said.ended


@pytest.mark.realtime
@pytest.mark.parametrize(("loss", "jitter"), [(0.05, 0.0), (0.1, 0.0), (0.0, 0.2), (0.1, 0.2)])
async def test_a_bad_network_is_survived_and_reported(
    house: Open, loss: float, jitter: float
) -> None:
    rules = CallRules(resume_within=2.0)  # the goodbye may be lost, too
    async with house(rules=rules) as h:
        caller = Caller(prefetch=2, weather=Weather(loss=loss, jitter=jitter))
        await caller.call(lambda offer: h.switchboard.answer(offer, MIA))
        try:
            await caller.until_state("listening")
            for turn in range(3):
                assert await ask(caller) < 3.0
                assert len(h.switchboard.metrics) == turn + 1
        finally:
            await caller.hang_up()
        await eventually(lambda: not h.switchboard.calls)
        (quality,) = h.switchboard.quality
        assert quality.lost_share == pytest.approx(loss, abs=0.04)
        assert quality.lost_to_caller == pytest.approx(loss, abs=0.05)
        assert quality.received > 300
        assert (quality.jitter > 20.0) is (jitter > 0.0)


async def dropped(h: House, caller: Caller) -> str:
    (call_id,) = h.switchboard.calls
    await caller.lose_network()
    return call_id


@pytest.mark.realtime
async def test_after_a_drop_the_same_call_goes_on_where_it_was_lost(house: Open) -> None:
    words = [own(f"This is sentence number {n} of a long story, as long as it is.") for n in "123"]
    rules = CallRules(ping_deadline=1.5, resume_within=20.0)
    async with house(talk=PlainTalk(answer=words), rules=rules) as h, h.caller() as caller:
        said = await caller.say(babble(1.0))
        await caller.until_audible(said.ended)
        await asyncio.sleep(1.5)
        call_id = await dropped(h, caller)
        await asyncio.sleep(3.0)
        assert list(h.switchboard.calls) == [call_id]
        _, parts = h.talk.record[-1]
        heard = "".join(part for _, part in parts)
        assert words[0].text.startswith(heard[:10])
        assert len(heard) < len(words[0].text) + 20  # what went into the void was not heard
        back = time.monotonic()
        again = await caller.call_again(lambda o: h.switchboard.resume(call_id, o, MIA))
        assert again == call_id
        await caller.until_audible(back)
        await caller.until_state("listening", after=time.monotonic() + 0.5, within=30)
        assert h.talk.record[-1][1][-1] == (words[2].text, words[2].text)
        assert await ask(caller) < 3.0
        assert h.talk.ending is None


@pytest.mark.realtime
async def test_a_drop_during_the_disclosure_has_it_said_again(house: Open) -> None:
    from .plain import house as line

    long = line("I am a computer, and I am not the person whose voice you are going to hear.")
    rules = CallRules(ping_deadline=1.0)
    async with (
        house(talk=PlainTalk(opening=[long]), rules=rules) as h,
        h.caller(listening=False) as caller,
    ):
        await caller.until_state("disclosing")
        await asyncio.sleep(0.5)
        call_id = await dropped(h, caller)
        await asyncio.sleep(2.0)
        await caller.call_again(lambda o: h.switchboard.resume(call_id, o, MIA))
        await caller.until(lambda _: (None, [(long.text, long.text)]) in h.talk.record, within=20)
        assert await ask(caller) < 3.0


@pytest.mark.realtime
async def test_a_drop_that_heals_by_itself_needs_no_new_connection(house: Open) -> None:
    rules = CallRules(ping_deadline=1.5, resume_within=20.0)
    async with house(rules=rules) as h, h.caller() as caller:
        await dropped(h, caller)
        await asyncio.sleep(3.0)
        caller.weather().down = False
        await asyncio.sleep(2.5)
        assert await ask(caller) < 3.0
        assert len(h.switchboard.calls) == 1


@pytest.mark.realtime
async def test_only_who_called_comes_back_and_only_while_the_call_waits(house: Open) -> None:
    rules = CallRules(ping_deadline=1.0, resume_within=1.5)
    other = Member(MemberId("m2"), "Ben", "son", Role.FAMILY)
    async with house(rules=rules) as h, h.caller() as caller:
        call_id = await dropped(h, caller)
        await asyncio.sleep(1.6)
        with pytest.raises(CallError):
            await caller.call_again(lambda o: h.switchboard.resume(call_id, o, other))
        await eventually(lambda: not h.switchboard.calls)
        assert h.talk.ending == "lost"
        with pytest.raises(CallError):
            await Caller().call(lambda o: h.switchboard.resume(call_id, o, MIA))


@pytest.mark.realtime
async def test_a_call_whose_caller_is_gone_gives_its_place_to_who_rings(house: Open) -> None:
    rules = CallRules(ping_deadline=1.0, resume_within=60.0, give_way=1.5)
    async with house(rules=rules, max_calls=1) as h, h.caller() as caller:
        first = await dropped(h, caller)
        await asyncio.sleep(2.0)
        async with h.caller():
            (second,) = h.switchboard.calls
            assert second != first

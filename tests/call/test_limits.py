"""Who may call, for how long, and that nothing of a call is left."""

from __future__ import annotations

import asyncio
import gc
import time

import pytest
from aiortc import RTCPeerConnection

from ofrenda.call import CallRules, Offer
from ofrenda.errors import CallError, LineBusy
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller, Microphone

from .conftest import MIA, Footprint, House, Open, eventually

pytestmark = pytest.mark.realtime


async def offer() -> Offer:
    """A good offer of a page that never follows it up."""
    peer = RTCPeerConnection()
    peer.createDataChannel("ofrenda")
    microphone = Microphone()
    peer.addTrack(microphone)
    await peer.setLocalDescription(await peer.createOffer())
    made = Offer(peer.localDescription.sdp, "offer")
    await peer.close()
    microphone.stop()
    return made


async def settled(before: Footprint) -> None:
    """Wait until this process holds no more than before."""

    def none_left() -> bool:
        gc.collect()
        now = Footprint.now()
        return (
            now.tasks <= before.tasks
            and now.threads <= before.threads
            and now.sockets <= before.sockets
        )

    try:
        await eventually(none_left)
    except TimeoutError:
        assert Footprint.now() == before


async def a_whole_call(h: House) -> None:
    async with h.caller() as caller:
        said = await caller.say(babble(0.9))
        await caller.until_audible(said.ended)


async def test_one_call_too_many_hears_that_the_line_is_busy_and_a_place_becomes_free(
    house: Open,
) -> None:
    async with house(max_calls=1) as h:
        async with h.caller():
            with pytest.raises(LineBusy):
                await h.ring()
            assert len(h.switchboard.calls) == 1
        await eventually(lambda: not h.switchboard.calls)
        async with h.caller():
            assert list(h.switchboard.calls.values()) == [MIA.id]


@pytest.mark.parametrize(
    "bad",
    [
        Offer("v=0\r\n" + "a=x\r\n" * 10_000, "offer"),
        Offer("", "offer"),
        Offer("m=audio nonsense", "offer"),
        Offer("v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n", "offer"),
        Offer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 111\r\n", "offer"),
        Offer("v=0", "answer"),
    ],
)
async def test_an_offer_that_makes_no_sense_is_refused_and_takes_no_place(
    house: Open, bad: Offer
) -> None:
    before = Footprint.now()
    async with house() as h:
        with pytest.raises(CallError):
            await h.switchboard.answer(bad, MIA, language=None)
        assert h.switchboard.calls == {}
    await settled(before)


async def test_offers_that_are_never_followed_up_give_their_places_back(house: Open) -> None:
    good = await offer()
    before = Footprint.now()
    async with house(max_calls=5, rules=CallRules(connect_deadline=1.0)) as h:
        for _ in range(5):
            await h.switchboard.answer(good, MIA, language=None)
        with pytest.raises(LineBusy):
            await h.switchboard.answer(good, MIA, language=None)
        await eventually(lambda: not h.switchboard.calls)
        assert h.talk.record == []
        assert h.talk.ending is None  # a call that never was is not in the record
        await settled(before)


async def test_the_caller_hangs_up_and_nothing_is_left(house: Open) -> None:
    async with house() as h:
        await a_whole_call(h)
        await eventually(lambda: not h.switchboard.calls)
        before = Footprint.now()
        caller = await h.ring()
        await caller.until_state("listening")
        await caller.hang_up()
        await eventually(lambda: not h.switchboard.calls)
        assert h.talk.ending == "caller"
        await settled(before)


async def test_the_house_hangs_up_in_mid_sentence_and_nothing_is_left(house: Open) -> None:
    async with house() as h:
        await a_whole_call(h)
        await eventually(lambda: not h.switchboard.calls)
        h.talk.record.clear()
        before = Footprint.now()
        async with h.caller() as caller:
            said = await caller.say(babble(0.9))
            await caller.until_audible(said.ended)
            (call_id,) = h.switchboard.calls
            await h.switchboard.hang_up(call_id)
            assert h.switchboard.calls == {}
            assert h.talk.ending == "house"
            await caller.until(lambda r: bool(r.of("ended")))
            assert caller.received.of("ended") == [{"type": "ended", "reason": "house"}]
            assert caller.received.messages[-1][1]["type"] == "ended"
        heard = h.talk.record[-1][1]
        assert heard[0][0] != heard[0][1]  # the sentence that was cut is not kept as heard
        await settled(before)


async def test_a_page_that_closes_without_a_word_ends_the_call(house: Open) -> None:
    async with house() as h:
        async with h.caller():
            pass
        await eventually(lambda: not h.switchboard.calls)
        assert h.talk.ending == "caller"


async def test_a_caller_who_gives_no_sign_of_life_is_lost(house: Open) -> None:
    async with (
        house(rules=CallRules(ping_deadline=1.0, resume_within=0.5)) as h,
        h.caller() as caller,
    ):
        gone = time.monotonic()
        await caller.stop_pings()
        await eventually(lambda: not h.switchboard.calls)
        assert time.monotonic() - gone < 4.0
        assert h.talk.ending == "lost"


async def test_closing_ends_all_calls_and_takes_no_more(house: Open) -> None:
    before = Footprint.now()
    async with house() as h, h.caller(), h.caller() as second:
        assert len(h.switchboard.calls) == 2
        await h.switchboard.close()
        assert h.switchboard.calls == {}
        await second.until(lambda r: bool(r.of("ended")))
        with pytest.raises(CallError):
            await h.ring()
    await settled(before)


async def test_closing_right_after_an_answer_leaves_nothing(house: Open) -> None:
    good = await offer()
    before = Footprint.now()
    async with house() as h:
        await h.switchboard.answer(good, MIA, language=None)
        await h.switchboard.close()
        assert h.switchboard.calls == {}
    await settled(before)


async def test_a_call_is_not_endless(house: Open) -> None:
    async with house(rules=CallRules(max_length=3.0)) as h, h.caller() as caller:
        await caller.until(lambda r: bool(r.of("ended")))
        await eventually(lambda: h.talk.ending == "house")


async def test_a_silent_caller_is_asked_once_and_let_go_much_later(house: Open) -> None:
    rules = CallRules(still_there=1.0, silent_end=1.5)
    async with house(rules=rules) as h, h.caller() as caller:
        await caller.until(lambda r: bool(r.of("ended")))
        asked = [c["text"] for c in caller.received.of("caption")][1:]
        assert asked == ["Trouble with still_there.", "Trouble with goodbye."]
        await eventually(lambda: h.talk.ending == "house")


async def test_a_caller_who_speaks_after_the_question_stays(house: Open) -> None:
    rules = CallRules(still_there=1.0, silent_end=2.0)
    async with house(rules=rules) as h, h.caller() as caller:
        await caller.until(lambda r: len(r.of("caption")) == 2)
        await caller.until_state("listening", after=time.monotonic())
        for _ in range(2):
            said = await caller.say(babble(0.9))
            await caller.until_audible(said.ended)
            await caller.until_state("listening", after=time.monotonic())
            await asyncio.sleep(0.5)
        assert len(h.switchboard.calls) == 1


async def test_ten_calls_one_after_another_leave_no_more_than_the_first(house: Open) -> None:
    async with house() as h:
        for _ in range(2):
            await a_whole_call(h)
        await eventually(lambda: not h.switchboard.calls)
        before = Footprint.now()
        for _ in range(8):
            await a_whole_call(h)
        await eventually(lambda: not h.switchboard.calls)
        await settled(before)


async def test_a_caller_that_cannot_connect_leaves_nothing(house: Open) -> None:
    before = Footprint.now()
    async with house(max_calls=1) as h, h.caller():
        with pytest.raises(LineBusy):
            await Caller().call(lambda o: h.switchboard.answer(o, MIA, language=None))
    await settled(before)

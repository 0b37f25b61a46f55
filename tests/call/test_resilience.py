"""Engines that die or hang, callers who find the line busy, and offers that lead nowhere."""

from __future__ import annotations

import asyncio
import gc
import os
import shutil
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiortc import RTCPeerConnection

from ofrenda.call import CallRules, Offer, Switchboard
from ofrenda.call.media import end_for_good
from ofrenda.clock import SystemClock
from ofrenda.engines import process as engine_process
from ofrenda.engines.process import EngineProcess
from ofrenda.engines.protocols import EngineKind
from ofrenda.errors import LineBusy
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import Caller, Microphone
from ofrenda.settings import Settings
from ofrenda.types import Audio

from .conftest import MIA, Footprint, House, Open, eventually
from .plain import HOUSE_VOICE, Parts, PlainLife, PlainTalk, Speech, own
from .plain import house as line

pytestmark = pytest.mark.realtime

STORY = [own(f"This is sentence number {n}, and it takes a while to say it.") for n in "1234"]


async def ask(caller: Caller) -> float:
    said = await caller.say(babble(0.9))
    return await caller.until_audible(said.ended, within=30)


def captions(caller: Caller, who: str) -> list[str]:
    return [str(c["text"]) for c in caller.received.of("caption") if c["who"] == who]


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="o"))  # short: a socket's path may not be long
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    kinds: dict[str, Any] = {kind.value: f"scripted-{kind.value}" for kind in EngineKind}
    yield Settings(cache=tmp_path / "cache", home=tmp_path / "home", **kinds)
    shutil.rmtree(folder)


async def a_call(engines: EngineProcess, talk: PlainTalk, rules: CallRules) -> AsyncIterator[Any]:
    switchboard = Switchboard(
        PlainLife(),
        engines.engines,
        clock=SystemClock(),
        max_calls=1,
        rules=rules,
        talk=lambda _member, _language: talk,
    )
    caller = Caller()
    await caller.call(lambda offer: switchboard.answer(offer, MIA))
    try:
        await caller.until_state("listening", within=30)
        yield caller
    finally:
        await caller.vanish()
        await switchboard.close()


@pytest.mark.server
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGSTOP])
async def test_an_engine_process_that_dies_or_hangs_in_mid_sentence_is_told_and_waited_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, how: signal.Signals
) -> None:
    monkeypatch.setattr(engine_process, "_STUCK_S", 1.0)
    monkeypatch.setattr(engine_process, "_BACKOFF_S", (4.0,))  # down when the next sentence is due
    rules = CallRules(ahead=0.5, speaking_timeout=2.0, engine_back=30.0)
    engines, talk = EngineProcess(settings), PlainTalk(answer=STORY)
    await engines.start()
    try:
        async for caller in a_call(engines, talk, rules):
            await ask(caller)
            await asyncio.sleep(0.5)
            assert engines.pid is not None
            os.kill(engines.pid, how)
            await caller.until_state("listening", after=time.monotonic(), within=60)
            said = captions(caller, "house")[1:]
            assert said == ["Trouble with engine."]
            _, parts = talk.record[-1]
            own_words = [(text, part) for text, part in parts if "Trouble" not in text]
            assert own_words[-1] == (STORY[3].text, STORY[3].text)  # it went on to the end
            assert engines.restarts >= 1
            await ask(caller)
            await caller.until_state("listening", after=time.monotonic(), within=30)
            assert talk.record[-1][1] == [(one.text, one.text) for one in STORY]
    finally:
        await engines.stop()


class Stuck(Speech):
    """Never makes another clause once it is stuck."""

    stuck = False

    async def synthesize(self, text: str, **more: Any) -> AsyncIterator[Audio]:  # type: ignore[override]
        if self.stuck:
            await asyncio.Event().wait()
        async for audio in super().synthesize(text, **more):
            yield audio


async def test_speech_that_is_stuck_is_given_up_and_the_words_are_shown(house: Open) -> None:
    parts = Parts(tts=Stuck())
    rules = CallRules(speaking_timeout=0.5, engine_back=1.0)
    async with house(parts=parts, rules=rules) as h, h.caller() as caller:
        await asyncio.sleep(1.0)  # the apologies are made ready
        parts.tts.stuck = True  # type: ignore[attr-defined]
        await ask(caller)
        await caller.until_state("listening", after=time.monotonic(), within=30)
        assert captions(caller, "house")[1:] == ["Trouble with engine.", "Trouble with speaking."]
        assert captions(caller, "person") == [one.text for one in h.talk.answer]
        parts.tts.stuck = False  # type: ignore[attr-defined]
        await ask(caller)
        await caller.until_state("listening", after=time.monotonic(), within=30)
        assert h.talk.record[-1][1] == [(one.text, one.text) for one in h.talk.answer]


async def test_a_stuck_ear_is_given_up(house: Open) -> None:
    async with house(rules=CallRules(hearing_timeout=0.5)) as h, h.caller() as caller:
        transcribe = h.parts.stt.transcribe

        async def never(*_: Any, **__: Any) -> Any:
            await asyncio.Event().wait()

        h.parts.stt.transcribe = never  # type: ignore[method-assign]
        await ask(caller)
        assert captions(caller, "house")[1:] == ["Trouble with hearing."]
        h.parts.stt.transcribe = transcribe  # type: ignore[method-assign]
        await caller.until_state("listening", after=time.monotonic())
        await ask(caller)
        assert captions(caller, "caller") == ["What did you do on Sundays?"]


async def test_who_calls_a_busy_line_is_told_so_by_the_house(house: Open) -> None:
    async with house(max_calls=1) as h:
        busy = line("Trouble with busy.")
        sound = [audio async for audio in h.parts.tts.synthesize(busy.spoken, voice=HOUSE_VOICE)]
        h.switchboard.house_lines.put(busy, HOUSE_VOICE.id, sound)
        async with h.caller():
            before = Footprint.now()
            h.parts.tts.voices.clear()
            second = await h.ring()
            await second.until(lambda r: bool(r.of("ended")))
            assert second.received.of("ended") == [{"type": "ended", "reason": "busy"}]
            assert captions(second, "house") == ["Trouble with busy."]
            assert second.received.audible()
            assert len(h.switchboard.calls) == 1
            assert h.parts.tts.voices == []  # the call under way is not disturbed
            await second.vanish()
            await eventually(lambda: Footprint.now().tasks <= before.tasks)
        assert [heard for heard, _ in h.talk.record] == [None]  # only the disclosure


async def test_only_a_few_are_told_at_a_time(house: Open) -> None:
    async with house(max_calls=1, rules=CallRules(told_busy=1)) as h:
        busy = line("Trouble with busy.")
        sound = [audio async for audio in h.parts.tts.synthesize(busy.spoken, voice=HOUSE_VOICE)]
        h.switchboard.house_lines.put(busy, HOUSE_VOICE.id, sound)
        async with h.caller():
            second = await h.ring()
            with pytest.raises(LineBusy):
                await h.ring()
            await second.vanish()


async def half_made(h: House, *, answered: bool) -> None:
    """An offer whose page is closed before, or after, it has read the answer."""
    peer, microphone = RTCPeerConnection(), Microphone()
    peer.createDataChannel("ofrenda")
    peer.addTrack(microphone)
    await peer.setLocalDescription(await peer.createOffer())
    end_for_good(peer)  # what is counted is what the house leaves behind, not this page
    local = Offer(peer.localDescription.sdp, "offer")
    try:
        answer = await h.switchboard.answer(local, MIA)
        if answered:
            from aiortc import RTCSessionDescription

            await peer.setRemoteDescription(RTCSessionDescription(answer.sdp, answer.type))
            await asyncio.sleep(0.02)
    finally:
        await peer.close()
        microphone.stop()


async def test_fifty_dropped_or_half_made_offers_leave_nothing(house: Open) -> None:
    me = psutil.Process(os.getpid())

    async def ten(h: House, answered: bool) -> None:
        for _ in range(10):
            await half_made(h, answered=answered)
        await eventually(lambda: not h.switchboard.calls, within=30)
        gc.collect()

    async with house(max_calls=10, rules=CallRules(connect_deadline=1.0)) as h:
        await ten(h, False)
        await ten(h, True)
        await asyncio.sleep(0.5)
        gc.collect()
        before, files, memory = Footprint.now(), me.num_fds(), me.memory_info().rss
        for round_ in range(5):
            await ten(h, round_ % 2 == 1)
        await eventually(lambda: Footprint.now().tasks <= before.tasks)
        gc.collect()
        after = Footprint.now()
        assert after.tasks <= before.tasks
        assert after.sockets <= before.sockets
        assert after.threads <= before.threads
        assert me.num_fds() <= files
        # 25 offers took 530 MB before they were bounded: 21 MB each.
        assert me.memory_info().rss - memory < 50 * 0.2e6
        assert h.talk.ending is None

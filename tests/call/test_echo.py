"""The bot's own voice in the caller's microphone does not interrupt it; the caller still does."""

from __future__ import annotations

import asyncio
import time

import numpy as np
import pytest
import soxr

from ofrenda.call.echo import RATE, EchoGuard
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import FRAME, Caller
from ofrenda.types import Samples

from .conftest import Open
from .plain import PlainTalk, Speech, own


def voice(seconds: float, *, pace: float, seed: int) -> Samples:
    """Babble at a pace of its own (1: 6 syllables a second); two people never keep time."""
    made = babble(seconds * pace, pitch=110, level=0.3, seed=seed)
    return soxr.resample(made.samples, made.sample_rate * pace, RATE)


PERSON = voice(6.0, pace=1.0, seed=3)
OTHER = voice(6.0, pace=1.37, seed=8)


def room(samples: Samples, delay: float, gain_db: float, *, seed: int = 1) -> Samples:
    """``samples`` out of a loudspeaker, through a room that rings for 0.3 s, into a microphone."""
    random = np.random.default_rng(seed)
    n = int(0.3 * RATE)
    ringing = random.standard_normal(n) * np.exp(-6.9 * np.arange(n) / n)
    ringing *= 0.7 / np.sqrt((ringing**2).sum())
    ringing[0] = 1.0
    late = np.concatenate([np.zeros(int(delay * RATE)), samples])[: len(samples)]
    wet = np.convolve(late, ringing)[: len(samples)] * 10 ** (gain_db / 20)
    return (wet + random.standard_normal(len(wet)) * 3e-4).astype(np.float32)


def looks(played: Samples, heard: Samples, since: float) -> list[bool]:
    """What the guard says every 20 ms from ``since`` on, where there is something to hear."""
    guard, said = EchoGuard(), []
    for start in range(0, len(heard) - 320, 320):
        for take, sound in ((guard.heard, heard), (lambda p: guard.played(p, RATE), played)):
            take((np.clip(sound[start : start + 320], -1, 1) * 32767).astype("<i2").tobytes())
        if start >= since * RATE and np.abs(heard[start : start + 320]).max() > 0.003:
            said.append(guard.is_echo())
    return said


@pytest.mark.parametrize("gain_db", [-30, -20, -10, -3, 0])
@pytest.mark.parametrize("delay", [0.06, 0.3, 0.9])
def test_what_was_played_is_known_again(gain_db: float, delay: float) -> None:
    said = looks(PERSON, room(PERSON, delay, gain_db), since=delay + 0.5)
    assert len(said) > 100
    assert np.mean(said) > 0.97


def test_a_caller_is_not_taken_for_an_echo() -> None:
    assert np.mean(looks(PERSON, OTHER, since=0.5)) < 0.05


@pytest.mark.parametrize("gain_db", [-30, -20, -10])
def test_a_caller_is_heard_over_an_echo(gain_db: float) -> None:
    speaks = np.where(np.arange(len(OTHER)) > 2.0 * RATE, OTHER, 0.0)
    both = (speaks + room(PERSON, 0.2, gain_db)).astype(np.float32)
    assert not all(looks(PERSON, both, since=2.1)[:20])  # within 0.4 s


def test_without_anything_played_nothing_is_an_echo() -> None:
    assert not any(looks(np.zeros_like(OTHER), OTHER, since=0.0))


def test_who_wears_a_headset_is_not_held_back() -> None:
    """The beginning of what they say is like the beginning of any phrase of ours."""
    time_ = np.arange(len(PERSON)) / RATE
    phrases = np.where(time_ % 0.9 > 0.4, PERSON, 0.0).astype(np.float32)
    for begins in (4.6, 4.8, 5.0):
        speaks = np.where(time_[: len(OTHER)] > begins, OTHER, 0.0).astype(np.float32)
        assert not any(looks(phrases, speaks, since=begins))


def test_a_loudspeaker_that_is_turned_on_in_a_call_is_noticed() -> None:
    said = voice(12.0, pace=1.0, seed=3)
    back = room(said, 0.2, -10)
    heard = np.where(np.arange(len(back)) > 4.0 * RATE, back, 0.0).astype(np.float32)
    assert np.mean(looks(said, heard, since=6.5)) > 0.97


class Talking(Speech):
    """Speaks like a voice rather than a tone, so that it can interrupt."""

    async def synthesize(self, text, **_):  # type: ignore[no-untyped-def, override]
        from ofrenda.types import Audio

        await asyncio.sleep(0)
        made = babble(0.06 * len(text), pitch=110, level=0.3, seed=len(text))
        yield Audio(soxr.resample(made.samples, made.sample_rate, 24_000), 24_000)


async def feed_back(caller: Caller, gain_db: float, until: asyncio.Event) -> None:
    """What arrives at the caller goes into its microphone, as from a loudspeaker beside it."""
    taken = len(caller.received.sound)
    while not until.is_set():
        await asyncio.sleep(0.005)
        new = [pcm for _, pcm in caller.received.sound[taken:]]
        if not new:
            continue
        taken += len(new)
        sound = (np.concatenate(new) * 10 ** (gain_db / 20)).astype(np.int16)
        queue = caller.microphone.queued
        caller.microphone.replace(np.concatenate([queue[-4 * FRAME :], sound]))


@pytest.mark.realtime
@pytest.mark.parametrize("gain_db", [-24, -12, -3])
async def test_the_person_does_not_interrupt_themselves(house: Open, gain_db: float) -> None:
    from .plain import Parts

    long = [own("First I went down to the harbour, and then I looked at all of the boats there.")]
    parts = Parts(tts=Talking())
    async with house(talk=PlainTalk(answer=long), parts=parts) as h, h.caller() as caller:
        said = await caller.say(babble(1.0, pitch=220, seed=5))
        await caller.until_audible(said.ended)
        done = asyncio.Event()
        echo = asyncio.create_task(feed_back(caller, gain_db, done))
        await caller.until_state("listening", after=time.monotonic())
        await asyncio.sleep(1.0)
        done.set()
        await echo
        assert caller.received.of("cut") == []
        assert [heard for heard, _ in h.talk.record if heard] == ["What did you do on Sundays?"]
        assert h.talk.record[-1][1] == [(long[0].text, long[0].text)]


@pytest.mark.realtime
async def test_the_caller_still_interrupts_over_an_echo(house: Open) -> None:
    from .plain import Parts

    long = [own("First I went down to the harbour, and then I looked at all of the boats there.")]
    parts = Parts(tts=Talking())
    async with house(talk=PlainTalk(answer=long), parts=parts) as h, h.caller() as caller:
        said = await caller.say(babble(1.0, pitch=220, seed=5))
        await caller.until_audible(said.ended)
        await asyncio.sleep(1.0)
        await caller.say(babble(1.0, pitch=240, level=0.5, seed=9))
        await caller.until(lambda r: bool(r.of("cut")))

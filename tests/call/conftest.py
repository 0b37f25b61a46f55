from __future__ import annotations

import asyncio
import importlib
import os
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import psutil
import pytest

from ofrenda.call import CallRules, Switchboard
from ofrenda.call.media import keep_media_quiet
from ofrenda.clock import SystemClock
from ofrenda.measure.caller import Caller
from ofrenda.types import Member, MemberId, Role

from .plain import Parts, PlainLife, PlainTalk

keep_media_quiet()
silero = importlib.import_module("ofrenda.call.silero")
silero.SharedSilero(silero.VADParams())  # the model of the process, with its thread

MIA = Member(MemberId("m1"), "Mia", "daughter", Role.FAMILY)


@dataclass
class House:
    """A switchboard with the parts that a test looks into."""

    switchboard: Switchboard
    talk: PlainTalk
    parts: Parts

    async def ring(self) -> Caller:
        caller = Caller()
        await caller.call(lambda offer: self.switchboard.answer(offer, MIA))
        return caller

    @asynccontextmanager
    async def caller(self, *, listening: bool = True) -> AsyncIterator[Caller]:
        caller = await self.ring()
        try:
            if listening:
                await caller.until_state("listening")
            yield caller
        finally:
            await caller.vanish()


Open = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture
def house() -> Open:
    @asynccontextmanager
    async def opened(
        talk: PlainTalk | None = None,
        parts: Parts | None = None,
        rules: CallRules | None = None,
        max_calls: int = 2,
    ) -> AsyncIterator[House]:
        talk, parts = talk or PlainTalk(), parts or Parts()
        switchboard = Switchboard(
            PlainLife(),
            parts.engines(),
            clock=SystemClock(),
            max_calls=max_calls,
            rules=rules or CallRules(),
            talk=lambda _member, _language: talk,
        )
        try:
            yield House(switchboard, talk, parts)
        finally:
            await switchboard.close()

    return opened


@dataclass(frozen=True)
class Footprint:
    """What this process holds that a call could leave behind. The event loop's own pool of
    threads, which is bounded and ends with the loop, does not count."""

    tasks: int
    threads: int
    sockets: int

    @classmethod
    def now(cls) -> Footprint:
        me = psutil.Process(os.getpid())
        pool = [t for t in threading.enumerate() if t.name.startswith("asyncio_")]
        threads = me.num_threads() - len(pool)
        return cls(len(asyncio.all_tasks()), threads, len(me.net_connections("all")))


async def eventually(condition: Callable[[], bool], within: float = 10.0) -> None:
    """Wait until something holds. Raises TimeoutError."""
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.02)

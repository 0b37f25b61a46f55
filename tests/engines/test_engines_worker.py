from __future__ import annotations

import asyncio
import os
import threading

import pytest

from ofrenda.engines.worker import Emit, Worker
from ofrenda.errors import EngineUnavailable, ModelMissing


async def test_one_worker_computes_one_thing_at_a_time_off_the_event_loop() -> None:
    worker = Worker("Testing")
    threads = await asyncio.gather(*(worker.run(threading.get_ident) for _ in range(5)))
    assert len(set(threads)) == 1
    assert threads[0] != threading.get_ident()
    await worker.close(lambda: None)


async def test_a_stream_that_nobody_wants_any_more_is_told_to_stop() -> None:
    worker = Worker("Testing")
    stopped = threading.Event()

    def count(emit: Emit[int]) -> None:
        for number in range(1_000_000):
            if emit(number):
                stopped.set()
                return

    pieces = worker.stream(count)
    assert await anext(pieces) == 0
    await pieces.aclose()
    assert await asyncio.to_thread(stopped.wait, 5)
    await worker.close(lambda: None)


async def test_what_is_cancelled_before_its_turn_never_runs() -> None:
    worker = Worker("Testing")
    gate, ran = threading.Event(), threading.Event()
    first = asyncio.create_task(worker.run(lambda: gate.wait(5)))
    second = asyncio.create_task(worker.run(ran.set))
    await asyncio.sleep(0.05)
    second.cancel()
    await asyncio.gather(second, return_exceptions=True)
    gate.set()
    await first
    await worker.close(lambda: None)
    assert not ran.is_set()


async def test_what_a_library_says_about_an_error_is_not_passed_on() -> None:
    worker = Worker("Testing")

    def fail() -> None:
        raise ValueError("the caller said: my secret")

    with pytest.raises(EngineUnavailable) as error:
        await worker.run(fail)
    assert "secret" not in error.value.message
    assert error.value.__suppress_context__
    assert "ofrenda doctor" in error.value.message
    await worker.close(lambda: None)


async def test_errors_of_the_house_are_passed_on_as_they_are() -> None:
    worker = Worker("Testing")

    def fail(_: Emit[int]) -> None:
        raise ModelMissing("get it")

    with pytest.raises(ModelMissing, match="get it"):
        await anext(worker.stream(fail))
    await worker.close(lambda: None)


async def test_a_nicer_worker_lets_others_compute_first() -> None:
    worker = Worker("Testing", niceness=3)

    def nice() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    assert await worker.run(nice) == min(19, nice() + 3)
    await worker.close(lambda: None)

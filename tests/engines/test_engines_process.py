from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from ofrenda.engines import scripted
from ofrenda.engines.clients import Clients
from ofrenda.engines.process import EngineProcess, engine_process
from ofrenda.engines.protocols import EmbedRole, EngineKind, Message, Prompt
from ofrenda.engines.service import start_service
from ofrenda.errors import EngineRefused, EngineUnavailable, ModelMissing
from ofrenda.settings import Settings
from ofrenda.types import Audio, VoiceProfile

SOUND = Audio(np.full(16_000, 0.1, np.float32), 16_000)
PROMPT = Prompt("", (Message("user", "Hi"),), "A", "B")
VOICE = VoiceProfile("v", "scripted-tts", "", ("en",))


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    folder = Path(tempfile.mkdtemp(prefix="o"))  # short: a socket's path may not be long
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    kinds: dict[str, Any] = {kind.value: f"scripted-{kind.value}" for kind in EngineKind}
    yield Settings(cache=tmp_path / "cache", home=tmp_path / "home", **kinds)
    shutil.rmtree(folder)


def sockets() -> list[Path]:
    return list(Path(tempfile.gettempdir()).glob("ofrenda-*"))


async def eventually_up(process: EngineProcess, old: int | None, within: float = 30) -> None:
    end = time.monotonic() + within
    while process.pid in (None, old):
        assert time.monotonic() < end
        await asyncio.sleep(0.02)


async def test_the_engines_work_in_a_process_of_their_own(settings: Settings) -> None:
    seen: list[tuple[EngineKind, int, int]] = []
    async with engine_process(settings, lambda *step: seen.append(step)) as engines:
        assert engines.stt.capabilities.scripted
        assert (await engines.stt.transcribe(SOUND, languages=("en",))).text == scripted.LINES[0]
        pieces = [piece async for piece in engines.llm.generate(PROMPT)]
        assert "".join(pieces) == scripted.REPLY
        assert len(pieces) > 1
        await engines.llm.prefill(PROMPT)
        vectors = await engines.embed.embed(["a", "b"], role=EmbedRole.QUERY)
        assert vectors.shape == (2, engines.embed.dimensions)
        spoken = [audio async for audio in engines.tts.synthesize("Hello.", voice=VOICE)]
        assert spoken[0].sample_rate == 24_000
        assert spoken[0].seconds > 0.2
        assert await engines.turn.end_probability(SOUND) == 1.0
    assert {kind for kind, _, _ in seen} == set(EngineKind)
    assert seen[-1][1:] == (5, 5)
    assert not sockets()


async def test_the_socket_lies_where_only_this_user_can_go(settings: Settings) -> None:
    async with engine_process(settings):
        (folder,) = sockets()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


async def test_ending_leaves_no_process_and_no_socket(settings: Settings) -> None:
    process = EngineProcess(settings)
    await process.start()
    pid = process.pid
    assert pid is not None
    assert process.memory_bytes() > 10_000_000
    await process.stop()
    assert not psutil.pid_exists(pid)  # a zombie would still exist
    assert not sockets()
    assert process.memory_bytes() == 0


async def test_a_killed_process_is_told_in_the_stream_and_started_again(
    settings: Settings,
) -> None:
    process = EngineProcess(settings)
    await process.start()
    engines, old = process.engines, process.pid
    assert old is not None
    os.kill(old, signal.SIGSTOP)  # so that the call is certainly under way
    call = asyncio.create_task(engines.stt.transcribe(SOUND))
    await asyncio.sleep(0.1)
    os.kill(old, signal.SIGKILL)
    with pytest.raises(EngineUnavailable) as error:
        await call
    assert error.value.retryable
    await eventually_up(process, old)
    assert (await engines.stt.transcribe(SOUND)).text == scripted.LINES[0]
    assert process.restarts == 1
    assert not psutil.pid_exists(old)
    assert len(sockets()) == 1
    await process.stop()
    assert not sockets()


async def test_while_it_is_down_calls_fail_at_once_instead_of_waiting(settings: Settings) -> None:
    process = EngineProcess(settings)
    await process.start()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGKILL)
    start, told = time.monotonic(), 0
    while time.monotonic() - start < 0.1:
        try:
            await process.engines.turn.end_probability(SOUND)
        except EngineUnavailable:
            told += 1
        await asyncio.sleep(0.005)
    assert told > 5
    assert time.monotonic() - start < 1
    await process.stop()


async def test_an_engine_that_cannot_be_made_is_told_at_the_start(settings: Settings) -> None:
    broken = settings.model_copy(update={"llm": "parrot"})
    with pytest.raises(EngineRefused, match="parrot"):
        async with engine_process(broken):
            pass
    assert not sockets()


async def test_a_missing_model_is_told_at_the_start_with_what_to_do(settings: Settings) -> None:
    broken = settings.model_copy(update={"llm": "llama", "llm_model": "qwen3-4b"})
    with pytest.raises(ModelMissing, match="ofrenda models get qwen3-4b"):
        async with engine_process(broken):
            pass


_PARENT = """
import asyncio, sys
from ofrenda.engines.process import EngineProcess
from ofrenda.engines.protocols import EngineKind
from ofrenda.settings import Settings
async def main():
    process = EngineProcess(Settings(**{k.value: f"scripted-{k.value}" for k in EngineKind}))
    await process.start()
    print(process.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


def test_it_ends_and_tidies_up_when_its_parent_is_killed(settings: Settings) -> None:
    environment = os.environ | {"TMPDIR": tempfile.gettempdir()}
    parent = subprocess.Popen(
        [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, text=True, env=environment
    )
    assert parent.stdout is not None
    child = psutil.Process(int(parent.stdout.readline()))
    assert len(sockets()) == 1
    parent.kill()
    parent.wait()
    parent.stdout.close()
    gone, _ = psutil.wait_procs([child], timeout=10)
    assert gone
    assert not sockets()


async def test_the_process_knows_no_passphrase_and_can_leave_no_core(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFRENDA_PASSPHRASE", "correct horse")
    process = EngineProcess(settings)
    await process.start()
    child = psutil.Process(process.pid)
    with contextlib.suppress(psutil.AccessDenied):  # not even we may look, and that is as well
        assert "OFRENDA_PASSPHRASE" not in child.environ()
    assert child.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert "correct horse" not in " ".join(child.cmdline())
    await process.stop()


class SlowLanguageModel(scripted.ScriptedLanguageModel):
    """Writes for ever, and notes when it is stopped."""

    def __init__(self) -> None:
        super().__init__()
        self.stopped = asyncio.Event()

    async def generate(self, prompt: Prompt, **_: Any) -> AsyncIterator[str]:
        try:
            while True:
                yield "on "
                await asyncio.sleep(0.01)
        finally:
            self.stopped.set()


class Faulty(scripted.ScriptedSpeechToText):
    async def transcribe(self, audio: Audio, **_: Any) -> Any:
        raise LookupError("the caller said: my secret")


async def test_calls_under_way_when_the_house_closes_are_told_and_not_cancelled(
    settings: Settings,
) -> None:
    process = EngineProcess(settings)
    await process.start()
    assert process.pid is not None
    os.kill(process.pid, signal.SIGSTOP)
    call = asyncio.create_task(process.engines.stt.transcribe(SOUND))
    await asyncio.sleep(0.1)
    os.kill(process.pid, signal.SIGCONT)
    await process.stop()
    with contextlib.suppress(EngineUnavailable):
        await call
    assert not call.cancelled()


@contextlib.asynccontextmanager
async def in_this_process(
    settings: Settings, **engines: Any
) -> AsyncIterator[tuple[Clients, EngineProcess]]:
    """The real service and the real clients, without a process between them."""
    import grpc.aio

    ready = scripted.scripted_engines()
    found = {kind: engines.get(kind.value, getattr(ready, kind.value)) for kind in EngineKind}
    socket = Path(tempfile.mkdtemp()) / "s"
    line = EngineProcess(settings)
    server = await start_service(found, socket, line._secret)
    line._channel = grpc.aio.insecure_channel(f"unix:{socket}")
    try:
        yield Clients(line), line
    finally:
        await line.stop()
        await server.stop(None)


async def test_leaving_a_stream_stops_the_work_on_the_other_side(settings: Settings) -> None:
    llm = SlowLanguageModel()
    async with in_this_process(settings, llm=llm) as (clients, _):
        pieces = clients.llm.generate(PROMPT)
        assert await anext(pieces) == "on "
        await pieces.aclose()
        await asyncio.wait_for(llm.stopped.wait(), 5)


async def test_cancelling_a_task_stops_the_work_on_the_other_side(settings: Settings) -> None:
    llm = SlowLanguageModel()
    async with in_this_process(settings, llm=llm) as (clients, _):

        async def listen() -> None:
            async for _piece in clients.llm.generate(PROMPT):
                pass

        task = asyncio.create_task(listen())
        await asyncio.sleep(0.1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(llm.stopped.wait(), 5)


async def test_who_does_not_know_the_secret_is_turned_away(settings: Settings) -> None:
    async with in_this_process(settings) as (clients, line):
        line._secret = "guess"
        with pytest.raises(EngineUnavailable):
            await clients.stt.transcribe(SOUND)


async def test_an_unforeseen_error_is_told_without_its_words(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    async with in_this_process(settings, stt=Faulty()) as (clients, _):
        with pytest.raises(EngineUnavailable) as error:
            await clients.stt.transcribe(SOUND)
    assert "secret" not in error.value.message

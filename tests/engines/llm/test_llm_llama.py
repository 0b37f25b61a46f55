from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import psutil
import pytest

from ofrenda.engines.llm import llama
from ofrenda.engines.llm.llama import Llama, create
from ofrenda.engines.protocols import Message, Prompt
from ofrenda.errors import EngineRefused, ModelCorrupt, ModelMissing
from ofrenda.settings import Settings

EXCHANGES = (
    Message("user", "Hi Dad, how are you?"),
    Message("assistant", "I am well, my girl. Have you eaten?"),
    Message("user", "How is the garden?"),
)
PROMPT = Prompt("Mei calls her father.", EXCHANGES, "Mei", "Dad", ("He grows beans.",))


async def said(llm: Llama, prompt: Prompt = PROMPT, **more: int) -> str:
    return "".join([piece async for piece in llm.generate(prompt, **more)])


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(cache=tmp_path_factory.mktemp("cache"), models=None)


@pytest.fixture
async def llm(settings: Settings) -> AsyncIterator[Llama]:
    engine = create(settings)
    yield engine
    await engine.close()


async def test_a_model_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="OFRENDA_LLM_MODEL"):
        await said(create(Settings(llm_model=str(tmp_path / "none.gguf"))))


async def test_a_file_that_is_no_model_is_told(tmp_path: Path) -> None:
    path = tmp_path / "letter.gguf"
    path.write_text("Dear all")
    with pytest.raises(ModelCorrupt, match=r"letter\.gguf"):
        await said(create(Settings(llm_model=str(path))))


@pytest.mark.models
async def test_a_base_model_continues_the_transcript_with_one_line(llm: Llama) -> None:
    reply = await said(llm, seed=5)
    assert reply.strip()
    assert "\n" not in reply
    assert "Mei:" not in reply
    assert llm.capabilities.licence == "LicenseRef-Gemma"


@pytest.mark.models
async def test_the_same_seed_gives_the_same_reply(llm: Llama) -> None:
    first = await said(llm, seed=11)
    assert [await said(llm, seed=11) for _ in range(2)] == [first, first]


@pytest.mark.models
async def test_the_head_that_was_read_ahead_is_not_read_again(llm: Llama) -> None:
    long = Prompt("Once. " * 300, EXCHANGES, "Mei", "Dad")
    await llm.warm()
    start = time.perf_counter()
    await llm.prefill(long)
    cold = time.perf_counter() - start
    start = time.perf_counter()
    await said(llm, long, max_tokens=1)
    assert time.perf_counter() - start < cold / 2


@pytest.mark.models
async def test_cancelling_stops_the_model_even_while_it_reads(llm: Llama) -> None:
    await llm.warm()
    long = Prompt("Far away. " * 1000, EXCHANGES, "Mei", "Dad")
    task = asyncio.create_task(said(llm, long))
    await asyncio.sleep(0.3)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(2)
    before = psutil.Process().cpu_times()
    await asyncio.sleep(0.5)
    after = psutil.Process().cpu_times()
    assert after.user - before.user < 0.2  # nothing computes any more


@pytest.mark.models
async def test_what_does_not_fit_is_left_out_oldest_first_or_refused(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(llama, "CONTEXT", 512)  # to read less
    llm = create(settings)
    many = tuple(
        Message("user" if i % 2 == 0 else "assistant", "It rained a little. " * 10)
        for i in range(101)
    )
    assert await said(llm, Prompt("Brief.", many, "Mei", "Dad"), max_tokens=4)
    with pytest.raises(EngineRefused, match="shorter parts"):
        await said(llm, Prompt("Word. " * 900, EXCHANGES, "Mei", "Dad"))
    await llm.close()


@pytest.mark.models
async def test_two_calls_can_write_at_once(llm: Llama) -> None:
    other = Prompt("Tom calls his aunt.", (Message("user", "Hello?"),), "Tom", "Ann")
    alone = await said(llm, seed=3, max_tokens=12)
    both = await asyncio.gather(
        said(llm, seed=3, max_tokens=12), said(llm, other, seed=3, max_tokens=12)
    )
    assert alone
    assert all(isinstance(reply, str) for reply in both)


_TALK = """
import asyncio, json, sys
import psutil
from pathlib import Path
from ofrenda.engines.llm import llama
from ofrenda.engines.llm.llama import create
from ofrenda.engines.protocols import Message, Prompt
from ofrenda.settings import Settings
async def main():
    llm = create(Settings(cache=Path(sys.argv[1])))
    for text in ("CANARY-7f3a sings", "CANARY-7f3a " * 9000):
        try:
            async for _ in llm.generate(Prompt("CANARY-7f3a", (Message("user", text),), "A", "B")):
                pass
        except Exception as error:
            pass
    listening = [c.laddr for c in psutil.Process().net_connections("all") if c.laddr]
    Path(sys.argv[2]).write_text(json.dumps([str(where) for where in listening]))
    await llm.close()
asyncio.run(main())
"""


@pytest.mark.models
def test_nothing_of_a_prompt_is_printed_and_nobody_else_can_reach_the_model(
    settings: Settings, tmp_path: Path
) -> None:
    told = tmp_path / "listening.json"
    out = subprocess.run(
        [sys.executable, "-c", _TALK, str(settings.cache), str(told)],
        capture_output=True,
        timeout=110,
        check=True,
        env=os.environ | {"TMPDIR": str(tmp_path)[:60]},
    )
    assert b"CANARY" not in out.stdout + out.stderr
    listening = json.loads(told.read_text())
    assert all(where.endswith("llama.sock") for where in listening)  # no TCP port
    assert not any(Path(where).exists() for where in listening)  # and no name to reach it by

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from ofrenda.engines.llm.openai_compatible import OpenAiCompatible, create
from ofrenda.engines.protocols import Message, Prompt
from ofrenda.errors import EngineRefused, EngineTimeout, EngineUnavailable
from ofrenda.settings import Settings

PROMPT = Prompt("Be kind.", (Message("user", "the caller's secret"),), "Mei", "Dad", ("A note.",))


@dataclass
class Server:
    """A server on this machine that speaks the real protocol as the test wants it to."""

    port: int = 0
    status: int = 200
    headers: str = ""
    pieces: tuple[str, ...] = ("Ah, ", "my girl.")
    delay_s: float = 0.0
    finish: bool = True
    body: str | None = None
    requests: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    answering: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.answering.add(asyncio.current_task())  # type: ignore[arg-type]
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = [line.split(": ", 1) for line in head.splitlines()[1:] if line]
        length = int({name.lower(): value for name, value in lines}["content-length"])
        self.heads.append(head)
        self.requests.append(json.loads(await reader.readexactly(length)))
        await asyncio.sleep(self.delay_s)
        writer.write(f"HTTP/1.1 {self.status} X\r\nConnection: close\r\n{self.headers}".encode())
        if self.body is not None or self.status != 200:
            body = (self.body or json.dumps({"error": {"message": "you said: secret"}})).encode()
            writer.write(b"Content-Type: application/json\r\n")
            writer.write(f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
            return
        writer.write(b"Content-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in self.pieces:
            self._event(writer, {"delta": {"content": piece}, "finish_reason": None})
            await writer.drain()
            await asyncio.sleep(0)
        if self.finish:
            self._event(writer, {"delta": {}, "finish_reason": "stop"})
            self._chunk(writer, b"data: [DONE]\n\n")
            writer.write(b"0\r\n\r\n")
        await writer.drain()

    def _event(self, writer: asyncio.StreamWriter, choice: dict[str, Any]) -> None:
        event = {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "m"}
        data = json.dumps(event | {"choices": [{"index": 0, **choice}]})
        self._chunk(writer, f"data: {data}\n\n".encode())

    def _chunk(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


@contextlib.asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    it = Server()
    listening = await asyncio.start_server(it.answer, "127.0.0.1", 0)
    it.port = listening.sockets[0].getsockname()[1]
    yield it
    listening.close()
    for task in it.answering:
        task.cancel()
    await asyncio.gather(*it.answering, return_exceptions=True)
    await listening.wait_closed()


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    async with serving() as it:
        yield it


def engine(server: Server, first_token_s: float = 5.0, **more: Any) -> OpenAiCompatible:
    settings = Settings(llm="openai", llm_url=server.url, llm_model="m", **more)
    return OpenAiCompatible(settings, url=server.url, first_token_s=first_token_s)


async def said(llm: OpenAiCompatible, **more: Any) -> list[str]:
    try:
        return [piece async for piece in llm.generate(PROMPT, **more)]
    finally:
        await llm.close()


async def test_a_reply_is_streamed(server: Server) -> None:
    assert await said(engine(server), max_tokens=7, seed=3) == ["Ah, ", "my girl."]
    (request,) = server.requests
    assert request["stream"] is True
    assert request["model"] == "m"
    assert (request["max_tokens"], request["seed"]) == (7, 3)
    assert [message["role"] for message in request["messages"]] == ["system", "user"]
    assert "A note." in request["messages"][0]["content"]


async def test_the_reply_ends_where_the_model_begins_to_speak_for_the_caller(
    server: Server,
) -> None:
    server.pieces = ("Yes.\nM", "ei: and then", " more")
    assert "".join(await said(engine(server))) == "Yes."


async def test_warm_and_prefill_send_nothing(server: Server) -> None:
    llm = engine(server)
    await llm.warm()
    await llm.prefill(PROMPT)
    await llm.close()
    assert not server.heads


async def test_the_key_goes_to_the_server_in_its_header(server: Server) -> None:
    await said(engine(server, llm_key="k-123"))
    assert "Bearer k-123" in server.heads[0]


@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (401, EngineRefused, "OFRENDA_LLM_KEY"),
        (403, EngineRefused, "OFRENDA_LLM_KEY"),
        (404, EngineRefused, "OFRENDA_LLM_MODEL"),
        (400, EngineRefused, "OFRENDA_LLM_URL"),
        (429, EngineUnavailable, "Try again later"),
        (500, EngineUnavailable, "Try again later"),
        (503, EngineUnavailable, "Try again later"),
    ],
)
async def test_each_refusal_says_what_to_do_and_quotes_nothing(
    server: Server, status: int, kind: type[Exception], hint: str
) -> None:
    server.status = status
    with pytest.raises(kind, match=hint) as error:
        await said(engine(server))
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)
    assert len(server.requests) == 1  # no retries that keep a caller waiting


async def test_a_reply_that_breaks_off_gives_what_came_and_then_says_so(server: Server) -> None:
    server.finish = False
    llm = engine(server)
    pieces = llm.generate(PROMPT)
    assert [await anext(pieces), await anext(pieces)] == ["Ah, ", "my girl."]
    with pytest.raises(EngineUnavailable):
        await anext(pieces)
    await llm.close()


async def test_a_first_word_that_does_not_come_is_a_timeout(server: Server) -> None:
    server.delay_s = 3.0
    with pytest.raises(EngineTimeout, match="too long"):
        await said(engine(server, first_token_s=0.2))


async def test_an_answer_that_is_none_is_told(server: Server) -> None:
    server.body = "<html>hello</html>"
    with pytest.raises(EngineUnavailable):
        await said(engine(server))


async def test_a_redirect_is_not_followed(server: Server) -> None:
    async with serving() as elsewhere:
        server.status = 307
        server.headers = f"Location: {elsewhere.url}/chat/completions\r\n"
        with pytest.raises(EngineRefused):
            await said(engine(server))
        assert not elsewhere.heads


async def test_a_server_that_is_not_there_is_told() -> None:
    llm = create(Settings(llm_url="http://127.0.0.1:9/v1"))
    with pytest.raises(EngineUnavailable, match="OFRENDA_LLM_URL"):
        await said(llm)


async def test_cancelling_ends_the_request(server: Server) -> None:
    server.pieces = ("on ",) * 1_000_000
    llm = engine(server)
    pieces = llm.generate(PROMPT)
    assert await anext(pieces) == "on "
    await pieces.aclose()  # type: ignore[attr-defined]
    await llm.close()


@pytest.mark.parametrize(
    ("url", "hint"),
    [
        (None, "OFRENDA_LLM_URL"),
        ("localhost:11434", "looks like"),
        ("https://api.example.com/v1", "OFRENDA_OFFLINE=0"),
        ("http://192.168.1.5:8000/v1", "OFRENDA_OFFLINE=0"),
    ],
)
def test_an_address_that_may_not_be_used_is_refused_before_anything_is_sent(
    url: str | None, hint: str
) -> None:
    with pytest.raises(EngineRefused, match=hint):
        create(Settings(llm_url=url, offline=True))


@pytest.mark.parametrize(
    ("url", "offline"),
    [
        ("http://localhost:11434/v1", True),
        ("http://127.0.0.1:1/v1", True),
        ("http://[::1]:1/v1", True),
        ("https://api.example.com/v1", False),
        ("http://localhost.example.com/v1", False),
    ],
)
def test_only_this_machine_itself_counts_as_offline(url: str, offline: bool) -> None:
    assert create(Settings(llm_url=url, offline=False)).capabilities.offline is offline

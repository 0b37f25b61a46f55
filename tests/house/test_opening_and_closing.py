"""The port is taken early, and the house closes in order."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket

import httpx
import pytest
from chromium import opened
from conftest import MEI
from scripted_line import QuietLine
from test_placing_calls import SDP

from ofrenda.clock import SystemClock
from ofrenda.errors import BadInput, NotInvited, PortInUse
from ofrenda.house import House, listen, serve
from ofrenda.measure.browser_call import free_port
from ofrenda.settings import Settings
from ofrenda.vault import Life


@pytest.fixture
def real(life: Life, line: QuietLine, settings: Settings) -> House:
    here = settings.model_copy(update={"port": free_port()})
    return House(life, line, here, clock=SystemClock())


def test_a_taken_port_is_named_with_what_to_do() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse) as refused:
            listen(Settings(host="127.0.0.1", port=port))
    assert str(port) in refused.value.message
    assert "OFRENDA_PORT=" in refused.value.message
    assert "\n" not in refused.value.message


@pytest.mark.parametrize("host", ["192.0.2.1", "no.such.name.invalid"])
def test_an_address_that_is_not_ours_is_explained(host: str) -> None:
    with pytest.raises(BadInput, match="OFRENDA_HOST"):
        listen(Settings(host=host, port=free_port()))


def test_a_port_just_left_can_be_taken_again() -> None:
    settings = Settings(host="127.0.0.1", port=free_port())
    for _ in range(2):
        with listen(settings) as sock, socket.create_connection(sock.getsockname()):
            pass


async def test_the_house_answers_over_a_real_socket_and_leaves_nothing_open(real: House) -> None:
    async with opened(real), httpx.AsyncClient(base_url=real.address) as client:
        answer = await client.get("/healthz")
        assert answer.status_code == 204
        assert answer.content == b""
        assert "server" not in answer.headers
    assert real.line.closed  # type: ignore[attr-defined]
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", real.settings.port)) != 0


@pytest.mark.parametrize("which", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_the_calls_and_then_the_server(
    real: House, which: signal.Signals
) -> None:
    before = signal.getsignal(which)
    async with asyncio.timeout(10):
        await serve(real, ready=lambda _: signal.raise_signal(which))
    assert real.line.closed  # type: ignore[attr-defined]
    assert signal.getsignal(which) == before


async def test_trouble_when_opening_reaches_the_caller_as_it_is(real: House) -> None:
    def nobody(_: House) -> None:
        raise NotInvited("Nobody of that name is on the list.")

    with pytest.raises(NotInvited):
        await serve(real, ready=nobody)
    assert real.line.closed  # type: ignore[attr-defined]


async def test_a_line_that_hangs_does_not_keep_the_house_open(
    real: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hanging(QuietLine):
        async def close(self) -> None:
            await asyncio.Event().wait()

    monkeypatch.setattr("ofrenda.house.server.HANG_UP_SECONDS", 0.1)
    real.line = Hanging()
    async with asyncio.timeout(10), opened(real):
        pass


async def test_no_log_line_holds_a_token_a_path_or_what_failed(
    real: House, line: QuietLine, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="uvicorn")
    line.error = RuntimeError("mimi, come home")
    here = real.address.rstrip("/")
    token = real.link_for(MEI).partition("#")[2]
    async with (
        opened(real),
        httpx.AsyncClient(base_url=here, headers={"Origin": here}) as client,
    ):
        await client.post("/api/session", json={"token": token})
        slip = (await client.post("/api/call-token", json={})).json()["token"]
        offer = {"token": slip, "sdp": SDP, "type": "offer"}
        assert (await client.post("/api/offer", json=offer)).status_code == 500
    for word in (token, slip, "mimi", "/api/", "Traceback"):
        assert word not in caplog.text
    assert "unexpected error: RuntimeError at" in caplog.text

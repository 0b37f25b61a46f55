"""From the Call button to the line, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import httpx
import pytest
from conftest import IDA, MEI, PIXEL, let_in
from scripted_line import QuietLine

from ofrenda.clock import ManualClock
from ofrenda.errors import (
    CallError,
    DiskFull,
    EngineUnavailable,
    LifeDamaged,
    LineBusy,
    ModelMissing,
    OfrendaError,
)
from ofrenda.house import House
from ofrenda.vault import Life

Browsers = Callable[[], httpx.AsyncClient]

SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"


async def call_token(client: httpx.AsyncClient) -> str:
    answer = await client.post("/api/call-token", json={})
    assert answer.status_code == 200
    return str(answer.json()["token"])


async def place(client: httpx.AsyncClient, token: str, **more: object) -> httpx.Response:
    offer = {"token": token, "sdp": SDP, "type": "offer", "language": "en", **more}
    return await client.post("/api/offer", json=offer)


async def test_the_page_is_told_whom_it_calls(mei: httpx.AsyncClient) -> None:
    says = (await mei.get("/api/life")).json()
    assert says["person"] == {
        "name": "Henrik Lindqvist",
        "initial": "H",
        "photo": None,
        "languages": ["en", "zh"],
    }
    assert says["listener"] == {"name": "Mei Lindqvist", "keeps": True, "listens": False}
    for language in ("en", "zh"):
        assert "Henrik Lindqvist" in " ".join(says["disclosure"][language])
    assert "AI" in " ".join(says["disclosure"]["en"])


async def test_the_photo_comes_out_of_the_vault_and_stays_out_of_caches(
    mei: httpx.AsyncClient, life: Life
) -> None:
    assert (await mei.get("/api/photo")).status_code == 404
    life.set_person(replace(life.person(), photo=life.blobs.put(PIXEL)))
    assert (await mei.get("/api/life")).json()["person"]["photo"] == "/api/photo"
    photo = await mei.get("/api/photo")
    assert photo.content == PIXEL
    assert photo.headers["content-type"] == "image/png"
    assert photo.headers["cache-control"] == "no-store"
    assert photo.headers["cross-origin-resource-policy"] == "same-origin"


@pytest.mark.parametrize("data", [b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html>", b"GIF"])
async def test_what_is_no_plain_picture_is_not_served(
    mei: httpx.AsyncClient, life: Life, data: bytes
) -> None:
    life.set_person(replace(life.person(), photo=life.blobs.put(data)))
    assert (await mei.get("/api/photo")).status_code == 404


async def test_an_offer_is_put_through_for_who_is_calling(
    mei: httpx.AsyncClient, line: QuietLine
) -> None:
    answer = await place(mei, await call_token(mei), language="zh")
    assert answer.json() == {"sdp": "v=0\r\n", "type": "answer", "call_id": "call-1"}
    [(offer, member, language)] = line.placed
    assert (offer.sdp, offer.type, member, language) == (SDP, "offer", MEI, "zh")


async def test_an_unknown_language_is_left_to_the_person(
    mei: httpx.AsyncClient, line: QuietLine
) -> None:
    await place(mei, await call_token(mei), language="tlh")
    assert line.placed[0][2] is None


async def test_a_call_goes_on_over_a_new_connection_for_who_called(
    mei: httpx.AsyncClient, browser: Browsers, house: House, line: QuietLine
) -> None:
    first = (await place(mei, await call_token(mei))).json()["call_id"]
    again = await place(mei, await call_token(mei), resumes=first)
    assert again.json()["call_id"] == first
    assert line.resumed == [(first, MEI)]
    assert len(line.placed) == 1
    assert line.hung_up == []
    ida = await let_in(browser(), house, IDA)
    other_device = await let_in(browser(), house, MEI)
    for somebody in (ida, other_device):
        assert (await place(somebody, await call_token(somebody), resumes=first)).status_code == 400
    assert len(line.resumed) == 1


async def test_a_call_token_is_good_for_one_call(mei: httpx.AsyncClient, line: QuietLine) -> None:
    token = await call_token(mei)
    assert (await place(mei, token)).status_code == 200
    again = await place(mei, token)
    assert again.status_code == 403
    assert again.json()["error"] == "call_token"
    assert len(line.placed) == 1


async def test_a_call_token_runs_out_after_a_minute(
    mei: httpx.AsyncClient, clock: ManualClock
) -> None:
    late, in_time = await call_token(mei), await call_token(mei)
    clock.advance(59)
    assert (await place(mei, in_time)).status_code == 200
    clock.advance(1)
    assert (await place(mei, late)).status_code == 403


async def test_a_call_token_is_good_in_its_own_session_only(
    mei: httpx.AsyncClient, browser: Browsers, house: House, line: QuietLine
) -> None:
    ida = await let_in(browser(), house, IDA)
    other_device = await let_in(browser(), house, MEI)
    token = await call_token(mei)
    assert (await place(ida, token)).status_code == 403
    assert (await place(other_device, token)).status_code == 403
    assert line.placed == []
    assert (await place(mei, token)).status_code == 200


async def test_a_link_is_no_call_token(mei: httpx.AsyncClient, house: House) -> None:
    assert (await place(mei, house.link_for(MEI).partition("#")[2])).status_code == 403


async def test_hanging_up_ends_the_call_and_twice_is_fine(
    mei: httpx.AsyncClient, line: QuietLine
) -> None:
    call_id = (await place(mei, await call_token(mei))).json()["call_id"]
    for _ in range(2):
        answer = await mei.post("/api/hang-up", json={"call_id": call_id})
        assert answer.status_code == 204
        assert answer.content == b""
    assert line.hung_up == [call_id]


async def test_nobody_hangs_up_on_somebody_else(
    mei: httpx.AsyncClient, browser: Browsers, house: House, line: QuietLine
) -> None:
    call_id = (await place(mei, await call_token(mei))).json()["call_id"]
    ida = await let_in(browser(), house, IDA)
    assert (await ida.post("/api/hang-up", json={"call_id": call_id})).status_code == 204
    assert line.hung_up == []
    assert call_id in line.calls


async def test_a_reloaded_page_does_not_find_its_own_line_busy(
    mei: httpx.AsyncClient, line: QuietLine
) -> None:
    first = (await place(mei, await call_token(mei))).json()["call_id"]
    second = (await place(mei, await call_token(mei))).json()["call_id"]
    assert line.hung_up == [first]
    assert list(line.calls) == [second]


@pytest.mark.parametrize(
    ("error", "status", "word", "retryable"),
    [
        (LineBusy("Busy."), 503, "line_busy", True),
        (CallError("Not understood."), 400, "call_error", False),
        (EngineUnavailable("Starting."), 503, "engine_unavailable", True),
        (ModelMissing("Missing."), 503, "model_missing", False),
        (LifeDamaged("Damaged."), 503, "life_damaged", False),
        (DiskFull("Full."), 507, "disk_full", True),
        (OfrendaError("Some."), 500, "ofrenda_error", False),
    ],
)
async def test_an_error_of_the_house_reaches_the_page_in_plain_words(
    mei: httpx.AsyncClient,
    line: QuietLine,
    error: OfrendaError,
    status: int,
    word: str,
    retryable: bool,
) -> None:
    line.error = error
    answer = await place(mei, await call_token(mei))
    assert answer.status_code == status
    assert answer.json() == {"error": word, "message": error.message, "retryable": retryable}


async def test_an_unexpected_error_tells_nothing_of_what_happened(
    mei: httpx.AsyncClient, line: QuietLine, caplog: pytest.LogCaptureFixture
) -> None:
    line.error = RuntimeError("mimi, come home")
    answer = await place(mei, await call_token(mei))
    assert answer.status_code == 500
    assert answer.json()["error"] == "unexpected"
    assert "mimi" not in answer.text
    assert "mimi" not in caplog.text
    assert answer.headers["content-security-policy"].startswith("default-src 'self'")


async def test_offers_have_a_pace(mei: httpx.AsyncClient, clock: ManualClock) -> None:
    statuses = [(await place(mei, "x")).status_code for _ in range(8)]
    assert statuses == [403] * 6 + [429] * 2
    clock.advance(5)
    assert (await place(mei, await call_token(mei))).status_code == 200

"""A link lets its member in, for a day, and nobody else."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import httpx
import pytest
from conftest import IDA, KIM, LEO, MEI, ORIGIN, let_in, token_of

from ofrenda.clock import ManualClock
from ofrenda.errors import NotInvited
from ofrenda.house import House
from ofrenda.house.tokens import issue, read
from ofrenda.types import MemberId
from ofrenda.vault import Life

Browsers = Callable[[], httpx.AsyncClient]


def test_a_link_keeps_its_token_behind_the_hash(house: House) -> None:
    before, hash_, token = house.link_for(MEI).partition("#")
    assert before == f"{ORIGIN}/"
    assert hash_ == "#"
    assert token


def test_a_link_names_nobody(house: House) -> None:
    written = token_of(house.link_for(MEI)).partition(".")[0]
    says = base64.urlsafe_b64decode(written + "==").decode()
    assert MEI.name not in says
    assert "Henrik" not in says


@pytest.mark.parametrize("member", [KIM, LEO])
def test_no_link_is_made_for_who_may_not_call(house: House, member: object) -> None:
    with pytest.raises(NotInvited):
        house.link_for(member)  # type: ignore[arg-type]


def test_a_link_is_made_for_everybody_who_may_call(house: House) -> None:
    assert [member for member, _ in house.links()] == [MEI, IDA]


async def test_a_link_opens_a_session_with_a_strict_cookie(
    stranger: httpx.AsyncClient, house: House
) -> None:
    answer = await stranger.post("/api/session", json={"token": token_of(house.link_for(MEI))})
    assert answer.json() == {"listener": "Mei Lindqvist"}
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    assert "max-age=43200" in cookie
    assert (await stranger.get("/api/life")).status_code == 200


async def test_the_cookie_is_random_and_says_nothing(browser: Browsers, house: House) -> None:
    cookies = set()
    for _ in range(3):
        client = await let_in(browser(), house, MEI)
        value = client.cookies[house.cookie_name]
        assert len(base64.urlsafe_b64decode(value + "=")) == 32
        cookies.add(value)
    assert len(cookies) == 3


async def test_a_link_runs_out_after_twelve_hours(
    stranger: httpx.AsyncClient, house: House, clock: ManualClock
) -> None:
    token = token_of(house.link_for(MEI))
    clock.advance(12 * 3600 - 1)
    assert (await stranger.post("/api/session", json={"token": token})).status_code == 200
    clock.advance(1)
    refused = await stranger.post("/api/session", json={"token": token})
    assert refused.status_code == 401
    assert refused.json()["error"] == "no_session"


async def test_a_session_runs_out_after_twelve_hours(
    mei: httpx.AsyncClient, clock: ManualClock
) -> None:
    clock.advance(12 * 3600 - 1)
    assert (await mei.get("/api/life")).status_code == 200
    clock.advance(1)
    assert (await mei.get("/api/life")).status_code == 401


async def test_forged_and_spoilt_links_all_look_the_same(
    browser: Browsers, house: House, clock: ManualClock
) -> None:
    good = token_of(house.link_for(MEI))
    written, _, signature = good.partition(".")
    says = json.loads(base64.urlsafe_b64decode(written + "=="))
    says["to"] = IDA.id
    other = base64.urlsafe_b64encode(json.dumps(says).encode()).rstrip(b"=").decode()
    elsewhere = issue(
        b"x" * 32, purpose="link", subject=MEI.id, now=clock.now(), lifetime=timedelta(hours=1)
    )
    tokens = ["", ".", "a", good[:-2], good[1:], f"{other}.{signature}", elsewhere, "ü.ü"]
    tokens += [f"{written}.", f".{signature}", f"{written}.{signature}.x", good + "!"]
    seen = set()
    for token in tokens:
        clock.advance(10)
        answer = await browser().post("/api/session", json={"token": token})
        seen.add((answer.status_code, answer.text))
        assert "set-cookie" not in answer.headers
    assert len(seen) == 1
    assert seen.pop()[0] == 401


def test_any_changed_character_spoils_a_token(clock: ManualClock) -> None:
    secret = b"s" * 32
    token = issue(secret, purpose="link", subject="m", now=clock.now(), lifetime=timedelta(hours=1))
    assert read(secret, token, purpose="link", now=clock.now()) is not None
    for at in range(len(token)):
        for other in "AQ.-":
            spoilt = token[:at] + other + token[at + 1 :]
            # The last character of a base64 text may hold unused bits.
            if spoilt != token and at not in {len(token) - 1, token.index(".") - 1}:
                assert read(secret, spoilt, purpose="link", now=clock.now()) is None


async def test_a_call_token_is_no_link(mei: httpx.AsyncClient, browser: Browsers) -> None:
    token = (await mei.post("/api/call-token", json={})).json()["token"]
    assert (await browser().post("/api/session", json={"token": token})).status_code == 401


@pytest.mark.parametrize("cookie", ["", "x", "A" * 43, "ü", "a" * 4000])
async def test_a_wrong_cookie_is_nobody(
    stranger: httpx.AsyncClient, house: House, cookie: str
) -> None:
    header = f"{house.cookie_name}={cookie}".encode()
    answer = await stranger.get("/api/life", headers=[(b"cookie", header)])
    assert answer.status_code == 401
    assert answer.json()["error"] == "no_session"


async def test_a_member_taken_off_the_list_is_out_at_once(
    mei: httpx.AsyncClient, browser: Browsers, house: House, life: Life
) -> None:
    ida = await let_in(browser(), house, IDA)
    assert (await ida.get("/api/life")).status_code == 200
    with life.db.write() as db:
        db.execute("DELETE FROM member WHERE id = ?", (IDA.id,))
    assert (await ida.get("/api/life")).status_code == 401
    assert (await mei.get("/api/life")).status_code == 200


async def test_a_member_whose_role_was_taken_cannot_call(
    browser: Browsers, house: House, life: Life
) -> None:
    ida = await let_in(browser(), house, IDA)
    with life.db.write() as db:
        db.execute("UPDATE member SET role = 'listener' WHERE id = ?", (IDA.id,))
    refused = await ida.post("/api/call-token", json={})
    assert refused.status_code == 403
    assert refused.json()["error"] == "not_allowed"


async def test_the_link_of_a_removed_member_opens_nothing(
    stranger: httpx.AsyncClient, house: House
) -> None:
    gone = replace(IDA, id=MemberId("m-gone"))
    answer = await stranger.post("/api/session", json={"token": token_of(house.link_for(gone))})
    assert answer.status_code == 401


async def test_a_restart_makes_old_links_and_sessions_void(
    house: House, life: Life, line: object, clock: ManualClock
) -> None:
    again = House(life, line, house.settings, clock=clock)  # type: ignore[arg-type]
    token = token_of(house.link_for(MEI))
    with pytest.raises(Exception, match="no_session"):
        await again.welcome(token, "127.0.0.1")


async def test_links_cannot_be_tried_in_bulk(
    stranger: httpx.AsyncClient, clock: ManualClock
) -> None:
    answers = [
        (await stranger.post("/api/session", json={"token": "x"})).status_code for _ in range(12)
    ]
    assert answers == [401] * 10 + [429] * 2
    clock.advance(6)
    assert (await stranger.post("/api/session", json={"token": "x"})).status_code == 401

"""What every request passes and every answer wears."""

from __future__ import annotations

import re
from collections.abc import Callable

import httpx
import pytest
from conftest import ORIGIN, token_of
from scripted_line import QuietLine
from test_placing_calls import SDP, call_token, place

from ofrenda.house import House, create_app
from ofrenda.house.access import MAY, Action, can
from ofrenda.house.doors import MAX_BODY, MAX_SDP, doors
from ofrenda.house.page import PAGES, WEB, parts
from ofrenda.settings import Settings
from ofrenda.types import Role

Browsers = Callable[[], httpx.AsyncClient]

PUBLIC = {("GET", "/healthz"), ("POST", "/api/session")}


def routes(house: House) -> set[tuple[str, str]]:
    """Every route the app really has, as the framework knows them."""
    return {
        (method, route.path)
        for route in create_app(house).routes
        for method in route.methods  # type: ignore[attr-defined]
    }


def test_every_route_of_the_app_is_a_declared_door(house: House) -> None:
    assert routes(house) == {(door.method, door.path) for door in doors()}


async def test_whatever_is_not_declared_public_needs_a_session(
    house: House, stranger: httpx.AsyncClient
) -> None:
    for method, path in sorted(routes(house)):
        if (method, path) in PUBLIC or path in parts():
            continue
        answer = await stranger.request(method, path, json={} if method == "POST" else None)
        assert (path, answer.status_code) == (path, 401)
        assert answer.json()["error"] == "no_session"


async def test_only_what_is_public_opens_without_a_session(
    house: House, stranger: httpx.AsyncClient
) -> None:
    opened = {
        (method, path)
        for method, path in routes(house)
        if (await stranger.request(method, path, json={})).status_code < 400
    }
    assert opened == {("GET", "/healthz"), *(("GET", path) for path in parts())}


def test_who_is_not_in_the_table_may_do_nothing() -> None:
    allowed = {(role, action) for role in Role for action in Action if can(role, action)}
    assert allowed == {
        (role, action)
        for role in (Role.KEEPER, Role.FAMILY)
        for action in (Action.SEE, Action.CALL, Action.LISTEN)
    } | {(Role.KEEPER, Action.KEEP)}
    assert Action.KNOCK not in MAY


@pytest.mark.parametrize(
    "path",
    ["/docs", "/redoc", "/openapi.json", "/api", "/api/calls/call-1", "/index.html", "/js/",
     "/web/index.html", "/keep.html", "/keep/", "/api/keep/", "/api/keep/files/1",
     "/../house.py", "/js/..%2f..%2fhouse.py", "/favicon.ico"],
)  # fmt: skip
async def test_nothing_else_is_there(mei: httpx.AsyncClient, path: str) -> None:
    answer = await mei.get(path)
    assert answer.status_code == 404
    assert set(answer.json()) == {"error", "message", "retryable"}


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "POST", "OPTIONS"])
async def test_other_methods_do_nothing(mei: httpx.AsyncClient, method: str) -> None:
    assert (await mei.request(method, "/api/life")).status_code == 405


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:80", "", "localhost:1"])
async def test_another_host_name_is_refused(mei: httpx.AsyncClient, host: str) -> None:
    for path in ("/", "/healthz", "/api/life", "/api/photo"):
        answer = await mei.get(path, headers={"Host": host})
        assert answer.status_code == 421
        assert answer.json()["error"] == "wrong_host"


async def test_two_host_headers_are_refused(mei: httpx.AsyncClient) -> None:
    twice = [("Host", "127.0.0.1:8737"), ("Host", "evil.example")]
    assert (await mei.get("/healthz", headers=twice)).status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8737", "localhost:8737", "LOCALHOST:8737"])
async def test_this_computers_own_names_are_fine(mei: httpx.AsyncClient, host: str) -> None:
    assert (await mei.get("/healthz", headers={"Host": host})).status_code == 204


def test_listening_everywhere_does_not_widen_the_names(house: House) -> None:
    open_house = House(
        house.life, house.line, Settings(host="0.0.0.0", port=8737), clock=house.clock
    )
    assert open_house.hosts == house.hosts
    assert open_house.address == f"{ORIGIN}/"


STRANGE_ORIGINS: list[dict[str, str]] = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:9999"},
    {"Origin": "http://localhost:8737"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
]


@pytest.mark.parametrize("headers", STRANGE_ORIGINS, ids=str)
async def test_no_other_page_can_change_anything(
    mei: httpx.AsyncClient, line: QuietLine, headers: dict[str, str]
) -> None:
    token = await call_token(mei)
    for path, body in (
        ("/api/offer", {"token": token, "sdp": SDP, "type": "offer"}),
        ("/api/call-token", {}),
        ("/api/session", {"token": "x"}),
        ("/api/hang-up", {"call_id": "call-1"}),
    ):
        answer = await mei.post(path, json=body, headers=headers)
        assert answer.status_code == 403
        assert answer.json()["error"] == "wrong_origin"
    assert line.placed == []


async def test_a_post_without_an_origin_is_refused(browser: Browsers, house: House) -> None:
    client = browser()
    del client.headers["Origin"]
    token = token_of(house.link_for(house.life.members()[0]))
    answer = await client.post("/api/session", json={"token": token})
    assert answer.json()["error"] == "wrong_origin"


async def test_another_page_cannot_load_anything_of_a_life(mei: httpx.AsyncClient) -> None:
    for site in ("cross-site", "same-site"):
        for path in ("/api/life", "/api/photo"):
            assert (await mei.get(path, headers={"Sec-Fetch-Site": site})).status_code == 403
        # A link on another page may lead here; the page itself is empty.
        assert (await mei.get("/", headers={"Sec-Fetch-Site": site})).status_code == 200


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/"), ("GET", "/js/main.js"), ("GET", "/api/life"), ("GET", "/api/photo"),
     ("GET", "/nothing"), ("POST", "/api/session"), ("POST", "/api/life"), ("GET", "/healthz")],
)  # fmt: skip
async def test_every_answer_wears_the_headers(
    mei: httpx.AsyncClient, method: str, path: str
) -> None:
    headers = (await mei.request(method, path)).headers
    policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert headers["permissions-policy"].startswith("microphone=(self)")
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in headers


BAD_BODIES: list[tuple[bytes, str]] = [
    (b"", "bad_request"),
    (b"{", "bad_request"),
    (b"[]", "bad_request"),
    (b"null", "bad_request"),
    (b"\xff\xfe", "bad_request"),
    (b'{"token": 1, "sdp": "v=0", "type": "offer"}', "bad_request"),
    (b'{"token": "x", "type": "offer"}', "bad_request"),
    (b'{"token": "x", "sdp": "v=0 m=audio", "type": "answer"}', "bad_request"),
    (b'{"token": "x", "sdp": "v=0 m=audio", "type": "offer", "pc_id": "1"}', "bad_request"),
    (b'{"token": "x", "sdp": "hello", "type": "offer"}', "bad_request"),
    (b'{"token": "x", "sdp": "v=0 m=video", "type": "offer"}', "bad_request"),
    (b"[" * 30_000, "bad_request"),
    (b'{"token": "' + b"x" * 2000 + b'", "sdp": "v=0 m=audio", "type": "offer"}', "bad_request"),
    (b" " * (MAX_BODY + 1), "too_large"),
]


@pytest.mark.parametrize(("body", "word"), BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_a_bad_body_is_refused_without_being_repeated(
    mei: httpx.AsyncClient, line: QuietLine, body: bytes, word: str
) -> None:
    headers = {"Content-Type": "application/json"}
    answer = await mei.post("/api/offer", content=body, headers=headers)
    assert answer.json()["error"] == word
    assert answer.status_code == {"bad_request": 400, "too_large": 413}[word]
    assert len(answer.content) < 300
    assert line.placed == []


async def test_the_longest_description_fits_and_one_more_does_not(
    mei: httpx.AsyncClient,
) -> None:
    longest = SDP + "x" * (MAX_SDP - len(SDP))
    assert (await place(mei, await call_token(mei), sdp=longest)).status_code == 200
    refused = await place(mei, await call_token(mei), sdp=longest + "x")
    assert refused.status_code == 413


async def test_a_body_without_an_end_is_cut_off(mei: httpx.AsyncClient) -> None:
    async def endless():  # type: ignore[no-untyped-def]
        while True:
            yield b" " * 4096

    headers = {"Content-Type": "application/json"}
    answer = await mei.post("/api/offer", content=endless(), headers=headers)
    assert answer.status_code == 413


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_only_json_is_read(mei: httpx.AsyncClient, kind: str) -> None:
    answer = await mei.post("/api/call-token", content=b"{}", headers={"Content-Type": kind})
    assert answer.status_code == 415


def test_every_file_of_the_page_is_served() -> None:
    there = {f"/{file.relative_to(WEB).as_posix()}" for file in WEB.rglob("*") if file.is_file()}
    assert there - set(PAGES.values()) == set(parts()) - set(PAGES)


def test_no_file_of_the_page_leads_anywhere_else() -> None:
    # An XML namespace is a name, not an address that anything fetches.
    names = {"http://www.w3.org/2000/svg"}
    # What a reader is told to type, on this computer.
    told = {"http://127.0.0.1", "http://localhost"}
    for path, part in parts().items():
        text = part.content.decode()
        found = set(
            re.findall(r"(?:https?|wss?)://[^\s\"'<>)）]*|(?<![:\w/])//\w[\w.]*\.\w+", text)
        )
        assert found - names - told == set(), path


def test_nothing_is_inline_that_the_policy_forbids() -> None:
    for path in PAGES:
        page = parts()[path].content.decode()
        assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\son\w+=|\sstyle=|javascript:", page)
    for path, part in parts().items():
        if path.endswith(".js"):
            text = part.content.decode()
            assert not re.search(
                r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text
            )


def words_of(language: str) -> dict[str, str]:
    text = (WEB / "i18n" / f"{language}.js").read_text("utf-8")
    return dict(re.findall(r'^  (\w+): "(.*)",$', text, flags=re.MULTILINE))


BOOKS = sorted(path.stem.removesuffix("en") for path in (WEB / "i18n").glob("*en.js"))


@pytest.mark.parametrize("book", BOOKS)
def test_both_languages_say_the_same_things(book: str) -> None:
    en, zh = words_of(f"{book}en"), words_of(f"{book}zh")
    assert len(en) > 20
    assert list(en) == list(zh)
    for key in en:
        assert en[key].strip()
        assert zh[key].strip()
        if not key.startswith("own_words"):
            assert set(re.findall(r"\{\w+\}", en[key])) == set(re.findall(r"\{\w+\}", zh[key])), key


@pytest.mark.parametrize("book", BOOKS)
def test_the_words_fit_any_gender(book: str) -> None:
    english = " ".join(words_of(f"{book}en").values())
    assert not re.search(r"\b(he|she|his|her|him|hers)\b", english, re.I)
    # In the plural it is anybody.
    assert not re.search("(?<!其)[他她](?!们)", " ".join(words_of(f"{book}zh").values()))

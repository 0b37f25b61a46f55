"""A small life, a house around it, and a browser's way of asking."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from scripted_line import QuietLine

from ofrenda.clock import ManualClock
from ofrenda.house import House, create_app
from ofrenda.settings import Settings
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import KdfParameters, Life

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PORT = 8737
ORIGIN = f"http://127.0.0.1:{PORT}"

# A 1x1 PNG.
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c63f8ffff3f0005fe02fea7358c170000000049454e44ae426082"
)

MEI = Member(MemberId("m-mei"), "Mei Lindqvist", "wife", Role.KEEPER, called="Mimi")
IDA = Member(MemberId("m-ida"), "Ida Lindqvist", "daughter", Role.FAMILY)
KIM = Member(MemberId("m-kim"), "Kim", "grandchild", Role.CHILD)
LEO = Member(MemberId("m-leo"), "Leo", "neighbour", Role.LISTENER)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made, _ = Life.create(
        tmp_path / "home",
        "papa",
        "four quiet lanterns by the ferry",
        person=Person("Henrik Lindqvist", ("en", "zh")),
        consent=Consent(NOW, MEI.name, "wife", "relatives", ("text", "voice"), "I agree."),
        keeper=MEI,
        # The cheapest that Argon2 takes: keys are the vault's tests' concern.
        kdf=KdfParameters(memory_kib=8, passes=1, lanes=1),
    )
    for member in (IDA, KIM, LEO):
        made.add_member(member)
    with made:
        yield made


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", port=PORT, host="127.0.0.1")


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def line() -> QuietLine:
    return QuietLine()


@pytest.fixture
def house(life: Life, line: QuietLine, settings: Settings, clock: ManualClock) -> House:
    return House(life, line, settings, clock=clock)


@pytest.fixture
async def browser(house: House) -> AsyncIterator[Callable[[], httpx.AsyncClient]]:
    """Makes browsers: each has its own cookies and asks as the page of the house does."""
    app = create_app(house)
    async with AsyncExitStack() as open_browsers:

        def make() -> httpx.AsyncClient:
            client = httpx.AsyncClient(
                transport=httpx.ASGITransport(app=app, raise_app_exceptions=False),
                base_url=ORIGIN,
                headers={"Origin": ORIGIN, "Sec-Fetch-Site": "same-origin"},
            )
            open_browsers.push_async_callback(client.aclose)
            return client

        yield make


@pytest.fixture
def stranger(browser: Callable[[], httpx.AsyncClient]) -> httpx.AsyncClient:
    """A browser without a session."""
    return browser()


@pytest.fixture
async def mei(browser: Callable[[], httpx.AsyncClient], house: House) -> httpx.AsyncClient:
    """The keeper's browser, let in."""
    return await let_in(browser(), house, MEI)


async def let_in(client: httpx.AsyncClient, house: House, member: Member) -> httpx.AsyncClient:
    """Hand in a member's link."""
    answer = await client.post("/api/session", json={"token": token_of(house.link_for(member))})
    assert answer.status_code == 200
    return client


def token_of(link: str) -> str:
    """What is behind the ``#``."""
    return link.partition("#")[2]

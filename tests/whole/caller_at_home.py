"""A member of the family at the page of a running house, played by a program."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from subprocess import Popen

import httpx

from ofrenda.call import Answer, Offer
from ofrenda.measure.caller import Caller

_LINK = re.compile(r"(http://127\.0\.0\.1:\d+)/#(\S+)")


async def link_in(log: Path, house: Popen[bytes], within: float = 60.0) -> tuple[str, str]:
    """Address and token of the first link that a starting house prints into ``log``."""
    end = time.monotonic() + within
    while (found := _LINK.search(_printed(log))) is None:
        if house.poll() is not None or time.monotonic() > end:
            raise AssertionError(f"the house did not open: {_printed(log.with_suffix('.err'))}")
        await asyncio.sleep(0.1)
    return found[1], found[2]


@asynccontextmanager
async def calling(address: str, token: str) -> AsyncIterator[Caller]:
    """Open the link, press Call, and be connected; the connection is closed at the end."""
    caller = Caller()
    async with httpx.AsyncClient(
        base_url=address, headers={"Origin": address, "Sec-Fetch-Site": "same-origin"}
    ) as page:
        (await page.post("/api/session", json={"token": token})).raise_for_status()

        async def signal(offer: Offer) -> Answer:
            slip = (await page.post("/api/call-token", json={})).raise_for_status().json()
            answer = await page.post(
                "/api/offer",
                json={
                    "token": slip["token"],
                    "sdp": offer.sdp,
                    "type": offer.type,
                    "language": "en",
                },
                timeout=30.0,
            )
            body = answer.raise_for_status().json()
            return Answer(body["sdp"], body["type"], body["call_id"])

        await caller.call(signal)
        try:
            yield caller
        finally:
            await caller.vanish()


def _printed(log: Path) -> str:
    return log.read_text()

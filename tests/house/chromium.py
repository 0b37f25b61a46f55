"""Real Chromium against a real house on a free port, with a microphone that plays a file."""

from __future__ import annotations

import asyncio
import math
import struct
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Page, async_playwright

from ofrenda.house import House, listen, serve
from ofrenda.measure.browser_call import CHROMIUM, QUIET


def write_tone(path: Path, seconds: float = 2.0) -> Path:
    """A WAV file for the microphone: 300 Hz, 48 kHz, mono."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        count = int(48_000 * seconds)
        wave_ = (int(9000 * math.sin(2 * math.pi * 300 * i / 48_000)) for i in range(count))
        file.writeframes(b"".join(struct.pack("<h", sample) for sample in wave_))
    return path


@asynccontextmanager
async def opened(house: House) -> AsyncIterator[House]:
    """The house, open on its port until the block is left."""
    stop, ready = asyncio.Event(), asyncio.Event()
    sock = listen(house.settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(house, sock=sock, ready=lambda _: ready.set(), stop=stop))
        await ready.wait()
        try:
            yield house
        finally:
            stop.set()


@asynccontextmanager
async def chromium(
    *, microphone: Path | None = None, denied: bool = False
) -> AsyncIterator[Browser]:
    """Chromium with a new, empty profile. Without ``microphone`` there is none."""
    flags = list(QUIET)
    if microphone is not None:
        flags += [
            "--use-fake-device-for-media-stream",
            f"--use-file-for-fake-audio-capture={microphone}",
        ]
    if not denied:
        flags.append("--use-fake-ui-for-media-stream")
    async with async_playwright() as player:
        browser = await player.chromium.launch(executable_path=CHROMIUM, headless=True, args=flags)
        try:
            yield browser
        finally:
            await browser.close()


class Watch:
    """What a page complained of, and where it tried to go."""

    def __init__(self, context: BrowserContext) -> None:
        self.complaints: list[str] = []
        self.elsewhere: list[str] = []
        self.requests: list[str] = []
        context.on("request", lambda request: self._asked(request.url))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))
        context.on(
            "console",
            lambda message: (
                self.complaints.append(message.text)
                if message.type in {"error", "warning"}
                else None
            ),
        )

    def besides(self, refused: set[int]) -> list[str]:
        """Complaints, without those about answers of an expected status."""
        known = [f"the server responded with a status of {status} " for status in refused]
        return [each for each in self.complaints if not any(one in each for one in known)]

    def _asked(self, url: str) -> None:
        self.requests.append(url)
        parts = urlsplit(url)
        if parts.scheme not in {"data", "blob"} and parts.hostname != "127.0.0.1":
            self.elsewhere.append(url)


async def state(page: Page, *wanted: str, within: float = 10.0) -> None:
    """Wait until the phone is in one of these states."""
    await page.wait_for_function(
        "wanted => wanted.includes(document.body.dataset.state)",
        arg=list(wanted),
        timeout=within * 1000,
    )

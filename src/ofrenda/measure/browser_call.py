"""How soon the person falls silent when the caller speaks in, measured inside real Chromium.

The page of a real house is opened and calls; its microphone plays a file, over and over: a
question, and some time into the answer an interruption. What the microphone gives and what the
loudspeaker is given are watched side by side in the page, on one clock. Engines and words cost
nothing.
"""

from __future__ import annotations

import asyncio
import socket
import tempfile
import wave
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Final

import numpy as np

from ofrenda.clock import SystemClock
from ofrenda.errors import CallError, EngineUnavailable
from ofrenda.house import House, listen, serve
from ofrenda.measure.babble import babble
from ofrenda.measure.caller import AUDIBLE
from ofrenda.measure.lines import floor_switchboard
from ofrenda.measure.result import BenchResult, percentile
from ofrenda.settings import Settings
from ofrenda.types import Audio, Member, Samples
from ofrenda.vault import Life

CHROMIUM: Final = Path("/usr/bin/chromium")
BLOCK: Final = 0.005
"""Seconds that one level stands for."""
RATE: Final = 48_000
GAP: Final = 0.3
"""Silence that ends a stretch of sound: longer than the gaps between sentences."""
UNDER_WAY: Final = 1.0
"""Seconds that an answer must have sounded: who speaks sooner had not finished asking."""
ASKED, INTERRUPTED, LENGTH = 1.0, 4.6, 12.0
"""Seconds into the file of the question (1.3 s) and the interruption (1.0 s), and its length: the
answer comes 0.6 s after the question and takes 3.5 s, and so does the one to the interruption."""
QUIET: Final = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # No name but this computer's is ever looked up.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)
"""A browser that shows nothing and speaks to nobody."""
_FLAGS: Final = (
    *QUIET,
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
)


async def bench_browser(
    life: Life, settings: Settings, *, interruptions: int = 12, member: Member | None = None
) -> BenchResult:
    """Interrupt ``interruptions`` answers in Chromium; fewer where the machine is too busy for
    every second one to come in time. Raises EngineUnavailable where there is no Chromium or no
    Playwright, CallError when the call does not come about."""
    caller = member or life.members()[0]
    settings = settings.model_copy(update={"host": "127.0.0.1", "port": free_port()})
    switchboard = floor_switchboard(life, 1)
    house = House(life, switchboard, settings, clock=SystemClock())
    async with _open(house), _chromium() as browser:
        context = await browser.new_context(bypass_csp=True)
        script = resources.files("ofrenda.measure").joinpath("data/levels.js").read_text("utf-8")
        await context.add_init_script(script)
        page = await context.new_page()
        await page.goto(house.link_for(caller))
        await page.locator("#call").click()
        try:
            async with asyncio.timeout(30.0):
                while not switchboard.calls:  # noqa: ASYNC110 - the page has no event for us
                    await asyncio.sleep(0.1)
        except TimeoutError as error:
            raise CallError("The page in Chromium did not call. Run: ofrenda doctor") from error
        found: list[float] = []
        for _ in range(2 * interruptions + 2):
            await asyncio.sleep(LENGTH)
            found = interruptions_in(await page.evaluate("window.ofrendaLevels"))[:interruptions]
            if len(found) == interruptions:
                break
    return BenchResult(
        bench="call",
        metrics={
            "browser_barge_ins": len(found),
            "browser_barge_in_p50_ms": percentile(found, 50),
            "browser_barge_in_p95_ms": percentile(found, 95),
        },
        rows=[{"part": "browser", "barge_in": round(one, 1)} for one in found],
    )


def interruptions_in(levels: Sequence[Sequence[float]]) -> list[float]:
    """Times to silence in ms: ``levels`` are the peaks (0..1) of microphone and loudspeaker in
    each :data:`BLOCK`. An interruption is where the microphone begins while the loudspeaker has
    been sounding for :data:`UNDER_WAY`."""
    peaks = np.asarray(levels, np.float32).reshape(-1, 2)
    spoken, sounded = (_stretches(peaks[:, place] > AUDIBLE) for place in (0, 1))
    return [
        1000 * (end - began)
        for began, _ in spoken
        for start, end in sounded
        if start + UNDER_WAY < began < end and end < len(peaks) * BLOCK - GAP
    ]


def _stretches(active: np.ndarray[Any, Any]) -> list[tuple[float, float]]:
    """Start and end in seconds of each stretch; gaps up to :data:`GAP` belong to it."""
    found: list[list[int]] = []
    for place in np.flatnonzero(active):
        if found and place - found[-1][1] <= GAP / BLOCK:
            found[-1][1] = int(place)
        else:
            found.append([int(place), int(place)])
    return [(start * BLOCK, (end + 1) * BLOCK) for start, end in found]


def microphone_file(path: Path) -> Path:
    """What the caller says, over and over, as a WAV file at 48 kHz."""
    import soxr

    sound: Samples = np.zeros(round(LENGTH * RATE), np.float32)
    for at, said in ((ASKED, babble(1.3)), (INTERRUPTED, babble(1.0, seed=3))):
        _put(sound, at, Audio(soxr.resample(said.samples, said.sample_rate, RATE), RATE))
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((sound * 32767).astype("<i2").tobytes())
    return path


def _put(sound: Samples, at: float, said: Audio) -> None:
    start = round(at * RATE)
    sound[start : start + len(said.samples)] = said.samples


def free_port() -> int:
    """A port of this computer that nobody listens on just now."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@asynccontextmanager
async def _open(house: House) -> AsyncIterator[None]:
    stop, ready = asyncio.Event(), asyncio.Event()
    sock = listen(house.settings)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(serve(house, sock=sock, ready=lambda _: ready.set(), stop=stop))
        await ready.wait()
        try:
            yield
        finally:
            stop.set()


@asynccontextmanager
async def _chromium() -> AsyncIterator[Any]:
    try:
        from playwright.async_api import async_playwright
    except ModuleNotFoundError as error:
        raise EngineUnavailable(
            "This bench drives a browser and needs Playwright: pip install 'ofrenda[dev]'"
        ) from error
    if not CHROMIUM.exists():
        raise EngineUnavailable("This bench needs Chromium: sudo apt-get install chromium")
    with tempfile.TemporaryDirectory() as folder:
        file = microphone_file(Path(folder) / "microphone.wav")
        flags = [*_FLAGS, f"--use-file-for-fake-audio-capture={file}"]
        async with async_playwright() as player:
            browser = await player.chromium.launch(
                executable_path=CHROMIUM, headless=True, args=flags
            )
            try:
                yield browser
            finally:
                await browser.close()

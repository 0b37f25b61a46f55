"""The page and the real switchboard: the disclosure is heard in real Chromium."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Watch, chromium, opened, state, write_tone
from conftest import MEI
from playwright.async_api import expect

from ofrenda.call import Switchboard
from ofrenda.care import disclosure, trouble
from ofrenda.clock import SystemClock
from ofrenda.engines.scripted import scripted_engines
from ofrenda.house import House
from ofrenda.measure.browser_call import free_port
from ofrenda.settings import Settings
from ofrenda.types import Person, Sentence, Transcript, VoiceProfile
from ofrenda.vault import Life

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium ({CHROMIUM})"),
]


class OnlyDisclosure:
    """A conversation that says what it is and then listens."""

    voice = VoiceProfile("person", "scripted-tts", "", ("en",), {"mix": {"a": 1.0}})
    neutral_voice = VoiceProfile("house", "scripted-tts", "", ("en",), {"mix": {"b": 1.0}})

    def __init__(self, person: Person) -> None:
        self.person = person
        self.ending: str | None = None

    async def open(self) -> list[Sentence]:
        return disclosure(self.person, "en")

    async def reply(self, heard: Transcript) -> AsyncIterator[Sentence]:
        for sentence in disclosure(self.person, "en"):
            yield sentence

    async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
        pass

    async def close(self, ending: str) -> None:
        self.ending = ending

    def acts(self, heard: Transcript) -> bool:
        return False

    async def prefill(self) -> None:
        pass

    def trouble(self, kind: str) -> Sentence:
        return trouble(kind, self.person, "en")


async def test_the_disclosure_is_seen_and_heard_and_hanging_up_ends_everything(
    life: Life, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "home", port=free_port(), host="127.0.0.1")
    talk = OnlyDisclosure(life.person())
    switchboard = Switchboard(
        life, scripted_engines(), clock=SystemClock(), max_calls=1, talk=lambda *_: talk
    )
    house = House(life, switchboard, settings, clock=SystemClock())
    microphone = write_tone(tmp_path / "microphone.wav")
    async with opened(house), chromium(microphone=microphone) as browser:
        context = await browser.new_context(locale="en-GB")
        watch = Watch(context)
        page = await context.new_page()
        await page.goto(house.link_for(MEI))
        await page.get_by_role("button", name="Call Henrik Lindqvist").click()
        await state(page, "disclosing", within=20)
        await page.keyboard.press("c")
        log = page.get_by_role("log", name="Captions")
        await expect(log).to_contain_text("This is an AI")
        level = "document.getElementById('portrait').style.getPropertyValue('--level')"
        await page.wait_for_function(f"() => Number({level}) > 0.1", timeout=10_000)
        await state(page, "listening", "thinking", "speaking", within=30)
        assert len(switchboard.calls) == 1
        await page.get_by_role("button", name="Hang up").click()
        await state(page, "ended")
        for _ in range(200):
            if not switchboard.calls:
                break
            await asyncio.sleep(0.05)
        assert switchboard.calls == {}
        assert talk.ending == "caller"
        assert watch.complaints == []
        assert watch.elsewhere == []

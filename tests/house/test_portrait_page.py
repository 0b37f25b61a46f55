"""The portrait in real Chromium: read by relation, opened to its sources, and set right."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from chromium import CHROMIUM, Watch, chromium, opened
from conftest import IDA, MEI
from family_chats import write_chats
from playwright.async_api import Page, expect
from scripted_line import QuietLine

from ofrenda.clock import SystemClock
from ofrenda.house import House
from ofrenda.measure.browser_call import free_port
from ofrenda.persona.corrections import corrections
from ofrenda.settings import Settings
from ofrenda.vault import Life

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium ({CHROMIUM})"),
]

AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")


@pytest.fixture
async def page(life: Life, tmp_path: Path) -> AsyncIterator[Page]:
    """Mei's phone at the portrait. What the page did wrong fails the test."""
    write_chats(life, tmp_path / "exports")
    settings = Settings(
        home=tmp_path / "home", cache=tmp_path / "cache", port=free_port(), host="127.0.0.1"
    )
    house = House(life, QuietLine(), settings, clock=SystemClock())
    async with opened(house), chromium() as browser:
        context = await browser.new_context(viewport={"width": 390, "height": 844}, locale="en-GB")
        watch = Watch(context)
        page = await context.new_page()
        await page.goto(house.keep_link_for(MEI))
        await page.get_by_role("link", name="Portrait").click()
        await page.locator(".amend").wait_for()
        yield page
        await context.close()
        assert watch.complaints == []
        assert watch.elsewhere == []


async def choose(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name).click()
    await expect(page.locator(".chip[aria-pressed=true]")).to_contain_text(name)
    await expect(page.locator("[aria-busy]")).to_have_count(0)


async def test_the_portrait_is_read_opened_and_set_right(page: Page, life: Life) -> None:
    await choose(page, MEI.name)
    await expect(page.locator(".told-words")).to_contain_text("between 20:00 and 23:00: 100%")
    await expect(page.locator(".told-words")).to_contain_text("“Mimi”")
    await expect(page.locator(".plot-leaf")).to_have_count(1)
    await expect(page.locator(".plot-split .plot-share")).to_have_text("33%")
    # By keyboard to where a name stands.
    name = page.locator(".came", has_text="Mimi").first
    await name.locator("summary").press("Enter")
    await expect(name.locator(".words")).to_have_text("Mimi, the kettle is on")
    await expect(name).to_contain_text(f"13 January 2015 · chat with {MEI.name}")

    await choose(page, "Kim")
    await expect(page.locator(".few")).to_contain_text("Messages to Kim: 2.")
    assert await page.locator(".plots, .told-words").count() == 0
    await choose(page, "Leo")
    await expect(page.locator(".empty")).to_have_text("There are no private messages to Leo here.")

    send = page.get_by_role("button", name="Hold to this")
    await send.click()
    await expect(page.locator("#trouble")).to_have_text("Write the sentence that was wrong.")
    evil = "<img src=x onerror=alert(1)> No worries!"
    await page.get_by_label("would never say").fill(evil)
    await page.get_by_label("but would say it like this").fill("Slowly does it.")
    # Looking at somebody else's portrait loses nothing that is half written.
    await choose(page, "Kim")
    await expect(page.get_by_label("would never say")).to_have_value(evil)
    assert await page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"
    await send.click()
    card = page.locator(".amended")
    await expect(card.locator(".words")).to_have_text([evil, "Slowly does it."])
    await expect(page.locator("#trouble")).to_be_hidden()
    (held,) = corrections(life, IDA)
    assert (held.said, held.instead, held.by) == (evil, "Slowly does it.", MEI.name)
    await card.get_by_role("button", name="Take it back").click()
    await expect(page.locator("#announce")).to_have_text("Taken back.")
    await page.get_by_text("Taken back (1)").click()
    await expect(page.locator("details .amended .words").first).to_have_text(evil)
    assert corrections(life, IDA) == []


async def test_it_is_sound_in_both_languages_and_lights(page: Page) -> None:
    for language in ("中文", "English"):
        await page.get_by_role("button", name=language, exact=True).click()
        await page.locator(".amend").wait_for()
        for who in (MEI.name, "Kim"):
            await choose(page, who)
            for scheme in ("light", "dark"):
                await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
                assert await page.evaluate(CONTRAST) == [], (who, language, scheme)
            audit = await page.evaluate(f"({AUDIT})()")
            fine = {"headings": 1, "live": True, "language": audit["language"]}
            # What is further down on a long page is outside the screen, and may be.
            wrong = {
                key: value
                for key, value in audit.items()
                if value and key != "outside" and fine.get(key) != value
            }
            assert wrong == {}, (who, language)
            text = await page.locator("main").inner_text()
            if language == "中文":
                for line in ("Messages to", "Half of", "Take it back", "chat with", "Hold to"):
                    assert line not in text

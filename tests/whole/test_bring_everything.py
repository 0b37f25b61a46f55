"""As a new keeper would: one of everything is dropped on the page, and the screen says the rest."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from archive.conftest import make_life
from archive.everything import Everything, expected_rows, fill, stored_rows
from house.chromium import CHROMIUM, Watch, chromium, opened
from house.scripted_line import QuietLine
from playwright.async_api import Page, expect

from ofrenda.clock import SystemClock
from ofrenda.house import House
from ofrenda.measure.browser_call import free_port
from ofrenda.settings import Settings
from ofrenda.vault import Life

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium ({CHROMIUM})"),
]

SHOTS = os.environ.get("OFRENDA_SHOTS")
"""A folder for pictures of each screen, for looking at."""

DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with make_life(tmp_path / "home") as made:
        yield made


@pytest.fixture
def house(life: Life, tmp_path: Path) -> House:
    settings = Settings(
        home=tmp_path / "home",
        cache=tmp_path / "cache",
        port=free_port(),
        host="127.0.0.1",
        embed="scripted-embed",
    )
    return House(life, QuietLine(), settings, clock=SystemClock())


@pytest.fixture
async def page(house: House) -> AsyncIterator[Page]:
    async with opened(house), chromium() as browser:
        context = await browser.new_context(viewport=DESKTOP, locale="en-GB")
        watch = Watch(context)
        page = await context.new_page()
        await page.goto(house.keep_link_for(house.life.members()[0]))
        await page.get_by_role("heading", level=1).filter(has_text="Ada").wait_for()
        yield page
        await context.close()
        assert watch.complaints == []
        assert watch.elsewhere == []


async def shot(page: Page, name: str) -> None:
    """Pictures in both languages and widths, when they are asked for."""
    if SHOTS is None:
        return
    for width, size in (("desktop", DESKTOP), ("phone", PHONE)):
        await page.set_viewport_size(size)
        for language in ("中文", "English"):
            await page.get_by_role("button", name=language, exact=True).click()
            await page.wait_for_timeout(500)
            path = Path(SHOTS) / f"{name}-{width}-{'zh' if language == '中文' else 'en'}.png"
            await page.screenshot(path=path, full_page=width == "desktop")
    await page.set_viewport_size(DESKTOP)


async def settled(page: Page) -> None:
    """Wait until nothing is under way."""
    await page.wait_for_function(
        "() => document.querySelectorAll('.progress:not([hidden])').length === 0", timeout=90_000
    )


async def answer_what_is_asked(page: Page, made: Everything) -> int:
    """Answer the questions on the screen, as the screen words them."""
    answered = await page.locator(".question").count()
    for card in await page.locator(".question").all():
        name = await card.locator(".file-name").first.inner_text()
        if await card.locator("table").count():
            await card.get_by_role("button", name="This is right").click()
        else:
            said = made.answers[name.split("/", 1)[1]]
            words = {
                "dmy": "Day, month, year",
                "mdy": "Month, day, year",
                "leave": "Leave them out",
            }
            (choice,) = (words.get(each, each) for each in said.values())
            if await card.locator("select").count():
                await card.locator("select").select_option(choice)
            else:
                await card.get_by_role("button", name=choice, exact=True).click()
    await page.get_by_role("button", name="Go on with these answers").click()
    await expect(page.locator(".question")).to_have_count(0, timeout=90_000)
    await settled(page)
    return answered


async def test_one_of_everything_ends_in_a_correct_archive(
    page: Page, house: House, tmp_path: Path
) -> None:
    made = fill(tmp_path / "everything")
    expected, writings = expected_rows(made)
    await shot(page, "1-empty")
    await page.locator("#pick-folder").set_input_files(made.top)
    await expect(page.locator(".question").first).to_be_visible(timeout=90_000)
    await settled(page)
    await shot(page, "2-questions")
    assert await answer_what_is_asked(page, made) == 5
    await shot(page, "3-read")
    # Every message is there once, said by whom its file says, and nothing else is.
    stored, written = stored_rows(house.life)
    assert (stored - expected, expected - stored) == ({}, {})
    assert written == writings
    with house.life.db.read() as db:
        remembered = db.execute("SELECT key FROM answer").fetchall()
    assert [row["key"].startswith("columns-") for row in remembered] == [True]
    # Nothing that was handed in is left waiting.
    assert [path for path in (tmp_path / "cache").rglob("*") if path.is_file()] == []

    await page.get_by_role("navigation").get_by_text("Who is who").click()
    await page.locator(".sender").first.wait_for()
    await shot(page, "4-people")
    await page.get_by_role("navigation").get_by_text("Files").click()
    await page.locator(".report").first.wait_for()
    await shot(page, "5-files")
    await page.get_by_role("navigation").get_by_text("Set aside").click()
    await page.locator(".about-list").wait_for()
    await shot(page, "6-aside")

"""The voice and its listening test in real Chromium: by keyboard, in both languages, on a phone."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from chromium import CHROMIUM, Watch, chromium, opened
from conftest import IDA, MEI
from playwright.async_api import Page, expect
from scripted_line import QuietLine
from test_voice_doors import Made, held_out

from ofrenda.clock import SystemClock
from ofrenda.engines.scripted import ScriptedTextToSpeech
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.house import House
from ofrenda.measure.browser_call import free_port
from ofrenda.settings import Settings
from ofrenda.vault import Life
from ofrenda.voice import kept, listening
from ofrenda.voice.listening import Line, Trial, keep_answer
from ofrenda.voice.listening_sound import lay_out
from ofrenda.voice.store import keep_voice, voices

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.browser,
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium ({CHROMIUM})"),
]

PHONE = {"width": 390, "height": 844}
AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")
SHORT = [Line("plain", "Mind.", "en"), Line("plain", "Salt.", "en")]


def a_row(norm: float, middle: float, pace: float, **more: Any) -> dict[str, Any]:
    """As ``ofrenda measure voice`` finds them; a hill of pitch around ``middle`` Hz."""
    rng = np.random.default_rng(round(middle))
    place = 12 * np.log2(middle / 60)
    shares = np.exp(-0.5 * ((np.arange(34) + 0.5 - place) / 3) ** 2)
    return {
        "similarity": 0.3 + 0.55 * norm, "norm": norm, "word_errors": 4.2, "natural": 4.1,
        "pitch_hz": middle, "pitch_spread": 3.1, "pace": pace, "rtf": 0.29, "first_ms": 231.4,
        "pitch_shares": (shares / shares.sum()).round(4).tolist(),
        "paces": (pace + 0.5 * rng.standard_normal(14)).round(2).tolist(),
    } | more  # fmt: skip


def measure(life: Life) -> None:
    rows = [
        {"kind": "floor", "voice": "floor: am_onyx", **a_row(0.0, 104, 2.9)},
        {"kind": "voice", "id": "fitted-full", "voice": "full", **a_row(0.61, 118, 2.7)},
        {"kind": "voice", "id": "fitted-style", "voice": "style", **a_row(0.42, 112, 3.0)},
        {"kind": "voice", "id": "other", "voice": "other", "error": "The service is away."},
        {"kind": "person", "voice": "the person", **a_row(1.0, 121, 2.6, word_errors=3.1)},
    ]
    judge = "ResNet34 (WeSpeaker), no part of any fit"
    report = {"judge": judge, "clips": 14, "seconds": 61.0, "reference": "5e1f0c", "rows": rows}
    kept.keep_measurement(life, report)


@pytest.fixture
def kept_house(life: Life, tmp_path: Path) -> House:
    for tier in ("preview", "style", "full"):
        profile = replace(stock_profile("am_onyx"), id=f"fitted-{tier}")
        keep_voice(life, Made(profile, tier), in_use=tier == "full")
    settings = Settings(
        home=tmp_path / "home", cache=tmp_path / "cache", port=free_port(), host="127.0.0.1",
        embed="scripted-embed", tts="scripted-tts",
    )  # fmt: skip
    return House(life, QuietLine(), settings, clock=SystemClock(), tts=ScriptedTextToSpeech())


@pytest.fixture
async def page(kept_house: House) -> AsyncIterator[Page]:
    """A phone that is let in by neither link yet. What a page did wrong fails the test."""
    async with opened(kept_house), chromium() as browser:
        context = await browser.new_context(viewport=PHONE, locale="en-GB")
        watch = Watch(context)
        yield await context.new_page()
        await context.close()
        assert watch.complaints == []
        assert watch.elsewhere == []


async def laid_out(life: Life, recordings: list[int] | None = None) -> None:
    await lay_out(life, voices(life), SHORT, recordings or [], ScriptedTextToSpeech())


async def keep_page(page: Page, house: House) -> None:
    await page.goto(house.keep_link_for(MEI))
    await page.locator(".drop").wait_for()
    await page.evaluate("location.hash = '#/voice'")
    await page.locator(".now").wait_for()


async def listen_page(page: Page, house: House) -> None:
    await page.goto(house.link_for(IDA).replace(house.address, f"{house.address}listen"))
    await page.locator("#go").wait_for()


async def sound_in_all_ways(page: Page, what: str) -> None:
    """Contrast, structure and names, in both languages and both lights."""
    for language in ("中文", "English"):
        await page.get_by_role("button", name=language, exact=True).click()
        await page.wait_for_timeout(200)
        for scheme in ("light", "dark"):
            await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            assert await page.evaluate(CONTRAST) == [], (what, language, scheme)
        audit: dict[str, Any] = await page.evaluate(f"({AUDIT})()")
        known = {"headings": 1, "live": True}
        known |= {"language": audit["language"], "outside": audit["outside"]}
        found = {key: value for key, value in audit.items() if value and known.get(key) != value}
        assert found == {}, (what, language)
        wide = await page.evaluate("document.documentElement.scrollWidth > innerWidth")
        assert not wide, (what, language)


async def test_the_keeper_s_page_is_sound_with_and_without_figures(
    kept_house: House, page: Page
) -> None:
    await keep_page(page, kept_house)
    await expect(page.locator("#room")).to_contain_text("ofrenda measure voice papa")
    await sound_in_all_ways(page, "unmeasured")
    measure(kept_house.life)
    held_out(kept_house.life)
    await page.reload()
    await expect(page.locator(".plot")).to_have_count(6)
    await sound_in_all_ways(page, "measured")
    full = page.locator(".voice", has_text="Fitted in full")
    await expect(full).to_contain_text("61 %")
    await expect(full).to_contain_text("4.2 % (3.1 %)")
    await expect(full).to_contain_text("middle 118 Hz, in the recordings 121 Hz")
    await page.get_by_role("button", name="Choose what to compare").click()
    await expect(page.locator(".pick")).not_to_have_count(0)
    await sound_in_all_ways(page, "choosing")


async def test_a_test_is_laid_out_taken_and_its_result_used(kept_house: House, page: Page) -> None:
    life = kept_house.life
    await keep_page(page, kept_house)
    await page.get_by_role("button", name="Choose what to compare").click()
    await page.get_by_label("Mix of stock voices").uncheck()
    make = page.get_by_role("button", name="Make it ready")
    await expect(make).to_be_enabled()
    await page.get_by_label("Fitted, first step").uncheck()
    await expect(make).to_be_disabled()
    await page.get_by_label("Fitted, first step").check()
    await make.click()
    await expect(page.get_by_role("link", name="Take the test yourself")).to_be_visible()
    assert set(listening.ready(life)) == {"fitted-full", "fitted-style"}
    # Six answers of six.
    line = Line("plain", "Mind.", "en")
    for _ in range(6):
        with life.db.write() as db:
            number = db.execute(
                "INSERT INTO listening_line (kind, text, language) VALUES ('plain', 'x', 'en')"
            ).lastrowid
        trial = Trial(replace(line, id=int(number)), "fitted-style", "fitted-full")
        keep_answer(life, IDA.id, trial, "left")
    await page.reload()
    await expect(page.locator(".verdict")).to_have_text(
        "“Fitted, first step” was clearly found nearest."
    )
    page.on("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name="Use “Fitted, first step”").click()
    await expect(page.locator(".in-use")).to_contain_text("Fitted, first step")
    assert kept.kept_voices(life)[0].id == "fitted-style"
    # And back.
    full = page.locator(".voice", has_text="Fitted in full")
    await full.get_by_role("button", name="Use this voice").click()
    await expect(page.locator(".in-use")).to_contain_text("Fitted in full")
    assert kept.kept_voices(life)[0].id == "fitted-full"


async def test_a_member_hears_both_and_answers_by_keyboard_alone(
    kept_house: House, page: Page
) -> None:
    life = kept_house.life
    await laid_out(life)
    await page.goto(kept_house.link_for(IDA))
    await page.get_by_role("link", name="Compare voices").click()
    begin = page.get_by_role("button", name="Begin")
    await begin.focus()
    await page.keyboard.press("Enter")
    # Both are played one after the other without another press; only then can be chosen.
    await expect(page.locator(".choose").first).to_be_disabled()
    await expect(page.locator(".choose").first).to_be_enabled(timeout=10_000)
    await expect(page.locator("#place")).to_have_text("1 of 6")
    for word in ("fitted", "full", "stock"):
        assert word not in (await page.content()).lower()
    await page.get_by_role("group").get_by_role("button", name="No difference").focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#place")).to_have_text("2 of 6")
    assert [one.nearer for one in listening.answers(life)] == [None]
    # Stopped and taken up again, on another day.
    await page.get_by_role("link", name="Stop for now").click()
    await page.get_by_role("link", name="Compare voices").click()
    await page.get_by_role("button", name="Go on").click()
    await expect(page.locator("#place")).to_have_text("2 of 6")
    for nth in range(2, 7):
        await expect(page.locator("#place")).to_have_text(f"{nth} of 6")
        await expect(page.locator(".choose").first).to_be_enabled(timeout=10_000)
        await page.locator(".choose").first.click()
    await expect(page.locator("#title")).to_have_text("Thank you")
    assert len(listening.answers(life)) == 6
    assert len({one.nearer for one in listening.answers(life)} - {None}) >= 2


async def test_the_listening_page_is_sound_in_every_state(kept_house: House, page: Page) -> None:
    await laid_out(kept_house.life)
    await listen_page(page, kept_house)
    await sound_in_all_ways(page, "before")
    await page.get_by_role("button", name="Begin").click()
    await expect(page.locator(".choose").first).to_be_enabled(timeout=10_000)
    await sound_in_all_ways(page, "pair")
    listening.clear(kept_house.life)
    await page.reload()
    await expect(page.locator("#about-what")).to_contain_text("nothing to listen to")
    await expect(page.get_by_role("link", name="Back")).to_be_visible()
    await sound_in_all_ways(page, "nothing")


async def test_somebody_without_a_link_sees_nothing(kept_house: House) -> None:
    async with opened(kept_house), chromium() as browser:
        page = await browser.new_page(locale="en-GB", viewport=PHONE)
        await page.goto(f"{kept_house.address}listen")
        await expect(page.locator("#title")).to_have_text("This link does not open the door")
        assert "Henrik" not in await page.locator("body").inner_text()

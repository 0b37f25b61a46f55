"""The page in real Chromium, with a far end that the test plays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from chromium import CHROMIUM, Watch, chromium, opened, state, write_tone
from conftest import MEI, PIXEL
from playwright.async_api import Page, expect
from scripted_line import Other, ScriptedLine

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

PHONE = {"width": 390, "height": 844}

OWN_WORDS = {
    "type": "caption",
    "id": 2,
    "who": "person",
    "text": "Bring a coat, the ferry is always colder than you think.",
    "language": "en",
    "provenance": "own_words",
    "source": {
        "kind": "utterance",
        "said_at": "2019-05-03",
        "excerpt": "Bring a coat, the ferry is always colder than you think.",
    },
}
REMEMBERED = {
    "type": "caption",
    "id": 3,
    "who": "person",
    "text": "We took the early one to Tallinn, you slept the whole way.",
    "language": "en",
    "provenance": "remembered",
    "source": {
        "kind": "document",
        "said_at": "2017-08-14",
        "excerpt": "The early ferry, Mei asleep.",
    },
}
UNKNOWN = {
    "type": "caption",
    "id": 4,
    "who": "person",
    "text": "I don't remember that.",
    "language": "en",
    "provenance": "unknown",
    "source": None,
}


@pytest.fixture
def line() -> ScriptedLine:
    return ScriptedLine()


@pytest.fixture
def house_for_browsers(life: Life, line: ScriptedLine, tmp_path: Path) -> House:
    settings = Settings(home=tmp_path / "home", port=free_port(), host="127.0.0.1")
    return House(life, line, settings, clock=SystemClock())


@pytest.fixture
async def at_the_door(house_for_browsers: House) -> AsyncIterator[House]:
    async with opened(house_for_browsers) as house:
        yield house


@pytest.fixture
def microphone(tmp_path: Path) -> Path:
    return write_tone(tmp_path / "microphone.wav")


@pytest.fixture
def refused() -> set[int]:
    """Statuses that the test expects; Chromium writes each into the console by itself."""
    return set()


@pytest.fixture
async def page(at_the_door: House, microphone: Path, refused: set[int]) -> AsyncIterator[Page]:
    """Mei's phone, at the screen with the Call button. What the page did wrong fails the test."""
    async with chromium(microphone=microphone) as browser:
        context = await browser.new_context(viewport=PHONE, locale="en-GB")
        watch = Watch(context)
        page = await context.new_page()
        await page.goto(at_the_door.link_for(MEI))
        await state(page, "idle")
        yield page
        await context.close()
        assert watch.besides(refused) == []
        assert watch.elsewhere == []


async def ring(page: Page, line: ScriptedLine) -> Other:
    """Press Call; the far end, once the line is up."""
    await page.get_by_role("button", name="Call Henrik Lindqvist").click()
    await asyncio.wait_for(line.called.wait(), 10)
    other = line.placed[-1]
    await asyncio.wait_for(other.open.wait(), 10)
    return other


async def talk(page: Page, line: ScriptedLine) -> Other:
    """A call past the disclosure."""
    other = await ring(page, line)
    other.state("disclosing")
    other.state("listening")
    await state(page, "listening")
    return other


async def test_a_link_leads_to_the_call_screen_and_leaves_the_address_bar(
    page: Page, at_the_door: House
) -> None:
    assert page.url == at_the_door.address
    await expect(page.get_by_role("heading", name="Henrik Lindqvist")).to_be_visible()
    await expect(
        page.get_by_text("AI made from Henrik Lindqvist’s words and voice")
    ).to_be_visible()
    await expect(page.get_by_text("It is not Henrik Lindqvist.")).to_be_visible()
    await expect(page.get_by_text("Hello, Mei Lindqvist.")).to_be_visible()
    assert await page.title() == "Call Henrik Lindqvist"
    await page.reload()
    await state(page, "idle")


async def test_the_cookie_is_out_of_reach_of_scripts(page: Page) -> None:
    assert await page.evaluate("document.cookie") == ""
    assert await page.evaluate("Object.keys(localStorage)") == []


@pytest.mark.parametrize("fragment", ["", "#spoilt.token"])
async def test_without_a_good_link_there_is_only_a_closed_door(
    at_the_door: House, fragment: str
) -> None:
    async with chromium() as browser:
        page = await browser.new_page(locale="en-GB")
        await page.goto(at_the_door.address + fragment)
        await state(page, "closed")
        await expect(page.get_by_text("ask the keeper for a new link")).to_be_visible()
        assert page.url == at_the_door.address
        assert "Henrik" not in await page.content()
        await expect(page.locator("#controls button:visible")).to_have_count(0)


async def test_a_whole_call(page: Page, line: ScriptedLine) -> None:
    other = await ring(page, line)
    assert other.member == MEI
    assert other.language == "en"
    await state(page, "ringing")
    await expect(page.get_by_text("Ringing…", exact=True).first).to_be_visible()
    other.state("disclosing")
    await state(page, "disclosing")
    await expect(page.locator("#status")).to_have_text("A neutral voice is speaking")
    other.state("listening")
    await state(page, "listening")
    other.state("thinking")
    await state(page, "thinking")
    other.state("speaking")
    await state(page, "speaking")
    await expect(page.get_by_role("timer")).to_have_text("0:02", timeout=5000)
    assert sum(text == "ping" for text in other.heard) >= 2
    assert other.frames > 50  # the microphone arrives: 20 ms each
    await page.get_by_role("button", name="Hang up").click()
    await state(page, "ended")
    await asyncio.wait_for(other.over.wait(), 5)
    assert line.calls == {}
    assert json.dumps({"type": "hang_up"}, separators=(",", ":")) in other.heard
    await expect(page.locator("#timer")).to_have_text("2 s")
    await expect(page.get_by_role("button", name="Call again")).to_be_focused()


async def test_the_ring_moves_with_the_voice(page: Page, line: ScriptedLine) -> None:
    other = await talk(page, line)
    level = "document.getElementById('portrait').style.getPropertyValue('--level')"
    await page.wait_for_function(f"() => Number({level}) < 0.02")
    other.state("speaking")
    await page.wait_for_function(f"() => Number({level}) > 0.2", timeout=5000)


async def test_an_interrupted_voice_falls_silent_at_once_and_the_next_answer_is_whole(
    page: Page, line: ScriptedLine
) -> None:
    other = await talk(page, line)
    other.state("speaking")
    await page.evaluate(
        """() => {
          const context = new AudioContext();
          const analyser = new AnalyserNode(context, { fftSize: 512 });
          context.createMediaStreamSource(document.getElementById("voice").srcObject).connect(analyser);
          const sound = new Float32Array(512);
          window.sounds = () => {
            analyser.getFloatTimeDomainData(sound);
            return sound.some((one) => Math.abs(one) > 0.01);
          };
        }"""
    )
    await page.wait_for_function("() => sounds()")
    # The far end goes on sounding, as what the browser still holds back would.
    other.tell(type="cut", id=2)
    await page.wait_for_function("() => !sounds()", polling=5, timeout=1000)
    await page.wait_for_function("() => sounds()", polling=5, timeout=2000)
    other.tell(type="withdrawn", ids=[2])
    await page.wait_for_function("() => !sounds()", polling=5, timeout=1000)
    began = await page.evaluate("performance.now()")
    other.tell(type="cut", id=3)
    other.state("speaking")
    await page.wait_for_function("() => sounds()", polling=5, timeout=1000)
    assert await page.evaluate("performance.now()") - began < 240


async def test_mute_really_silences_the_microphone(page: Page, line: ScriptedLine) -> None:
    await page.evaluate(
        """() => {
          const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
          navigator.mediaDevices.getUserMedia = async (wanted) => {
            window.wanted = wanted;
            return (window.mic = await real(wanted));
          };
        }"""
    )
    await talk(page, line)
    assert await page.evaluate("wanted.audio") == {
        "echoCancellation": True,
        "noiseSuppression": True,
        "autoGainControl": True,
    }
    button = page.get_by_role("button", name="Mute")
    for pressed in ("true", "false"):
        await button.click()
        await expect(button).to_have_attribute("aria-pressed", pressed)
        assert await page.evaluate("mic.getAudioTracks()[0].enabled") is (pressed == "false")
    await page.keyboard.press("m")
    await expect(button).to_have_attribute("aria-pressed", "true")
    await expect(page.locator("#status")).to_have_text("You are muted")
    await page.get_by_role("button", name="Hang up").click()
    await state(page, "ended")
    assert await page.evaluate("mic.getTracks().every((track) => track.readyState === 'ended')")


async def test_captions_say_where_each_sentence_comes_from(page: Page, line: ScriptedLine) -> None:
    other = await talk(page, line)
    log = page.get_by_role("log", name="Captions")
    await expect(log).to_be_hidden()
    await page.keyboard.press("c")
    await expect(log).to_be_visible()
    for caption in (OWN_WORDS, REMEMBERED, UNKNOWN):
        other.tell(**caption)
    await expect(log.get_by_text(OWN_WORDS["text"])).to_be_visible()
    await expect(log.get_by_text("I don't remember that.")).to_be_visible()
    await expect(log.get_by_text("Not in what was left behind")).to_be_visible()
    await log.get_by_role("button", name="Henrik Lindqvist’s own words, 3 May 2019").click()
    source = page.get_by_role("dialog", name="Henrik Lindqvist’s own words")
    await expect(source.locator("blockquote")).to_have_text(OWN_WORDS["source"]["excerpt"])
    await expect(source.get_by_text("From a message, 3 May 2019")).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(source).to_be_hidden()
    await log.get_by_role("button", name="From memory of something written, 14 August 2017").click()
    await expect(page.locator("blockquote")).to_have_text("The early ferry, Mei asleep.")
    await page.get_by_role("button", name="Close").click()
    other.tell(type="cut", id=4)
    await expect(log.locator("[data-id='4']")).to_contain_text("(interrupted)")
    other.tell(type="withdrawn", ids=[4])
    await expect(log.locator("[data-id='4']")).to_have_count(0)
    await expect(log.get_by_text(OWN_WORDS["text"])).to_be_visible()


async def test_what_is_said_is_shown_as_text_and_never_runs(page: Page, line: ScriptedLine) -> None:
    other = await talk(page, line)
    await page.keyboard.press("c")
    nasty = (
        "<img src=x onerror=\"document.title='gotcha'\"><script>document.title='gotcha'</script>"
    )
    source = {"kind": "utterance", "said_at": None, "excerpt": nasty}
    other.tell(**{**OWN_WORDS, "text": nasty, "source": source})
    other.tell(type="caption", id=9, who="caller", text=nasty, language="en",
               provenance="caller", source=None)  # fmt: skip
    await expect(page.locator(".line-text").first).to_have_text(nasty)
    await page.get_by_role("button", name="own words").click()
    await expect(page.locator("blockquote")).to_have_text(nasty)
    assert await page.title() == "Call Henrik Lindqvist"
    assert await page.locator(".lines img, .lines script, blockquote *").count() == 0


async def test_the_language_changes_at_once_and_is_remembered(
    page: Page, line: ScriptedLine
) -> None:
    other = await talk(page, line)
    await page.keyboard.press("c")
    other.tell(**OWN_WORDS)
    await page.get_by_role("button", name="中文").click()
    await expect(page.get_by_role("button", name="原话，2019年5月3日")).to_be_visible()
    await expect(page.get_by_role("button", name="挂断")).to_be_visible()
    await expect(page.locator("html")).to_have_attribute("lang", "zh-Hans")
    await expect(page.locator("#label")).to_contain_text("AI")
    await page.get_by_role("button", name="挂断").click()
    await state(page, "ended")
    await page.reload()
    await state(page, "idle")
    await expect(page.get_by_role("button", name="呼叫Henrik Lindqvist")).to_be_visible()
    assert await page.evaluate("({...localStorage})") == {"ofrenda.language": "zh"}


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("house", "The house ended the call"),
        ("lost", "The line was lost"),
        ("error", "The line had a fault"),
    ],
)
async def test_the_other_end_can_end_the_call(
    page: Page, line: ScriptedLine, reason: str, words: str
) -> None:
    other = await talk(page, line)
    other.tell(type="state", state="ended")
    other.tell(type="ended", reason=reason)
    await state(page, "ended")
    await expect(page.locator("#status")).to_have_text(words)


async def test_a_line_that_breaks_is_noticed(
    page: Page, line: ScriptedLine, refused: set[int]
) -> None:
    refused.add(400)  # the page asks whether the call can go on, and it cannot
    other = await talk(page, line)
    await other.peer.close()
    await state(page, "ended")
    await expect(page.locator("#status")).to_have_text("The line was lost")


async def test_closing_the_page_ends_the_call(page: Page, line: ScriptedLine) -> None:
    other = await talk(page, line)
    await page.goto("about:blank")
    await asyncio.wait_for(other.over.wait(), 5)
    assert line.calls == {}


async def test_hanging_up_before_an_answer_leads_back(page: Page, line: ScriptedLine) -> None:
    other = await ring(page, line)
    await page.get_by_role("button", name="Hang up").click()
    await state(page, "idle")
    await asyncio.wait_for(other.over.wait(), 5)


async def test_everything_works_by_keyboard(page: Page, line: ScriptedLine) -> None:
    stops = []
    for _ in range(4):
        await page.keyboard.press("Tab")
        stops.append(
            await page.evaluate(
                "document.activeElement.dataset.language ?? document.activeElement.id"
            )
        )
    assert stops == ["keep", "en", "zh", "call"]
    outline = "getComputedStyle(document.activeElement).outlineStyle"
    assert await page.evaluate(outline) == "solid"
    await page.keyboard.press("Enter")
    await asyncio.wait_for(line.called.wait(), 10)
    other = line.placed[-1]
    await asyncio.wait_for(other.open.wait(), 10)
    await expect(page.get_by_role("button", name="Hang up")).to_be_focused()
    other.state("disclosing")
    other.state("listening")
    await state(page, "listening")
    await expect(page.get_by_role("button", name="Hang up")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await expect(page.get_by_role("button", name="Mute")).to_be_focused()
    await page.keyboard.press("Space")
    await expect(page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Captions")).to_be_focused()
    await page.keyboard.press("Shift+Tab")
    await page.keyboard.press("Enter")
    await state(page, "ended")


FOCUSED = "document.activeElement.dataset.language ?? document.activeElement.id"
AUDIT = (Path(__file__).parent / "audit.js").read_text("utf-8")
CONTRAST = (Path(__file__).parent / "contrast.js").read_text("utf-8")


def found_wrong(audit: dict[str, Any]) -> dict[str, Any]:
    good = {"headings": 1, "live": True, "language": "en"}
    return {key: value for key, value in audit.items() if value and good.get(key) != value}


@pytest.mark.parametrize("colours", ["light", "dark"])
async def test_every_screen_is_labelled_legible_and_fits_a_small_phone(
    page: Page, line: ScriptedLine, colours: Any
) -> None:
    await page.emulate_media(color_scheme=colours)
    await page.set_viewport_size({"width": 360, "height": 640})

    async def check() -> None:
        await page.wait_for_timeout(250)  # colours of a pressed button fade for 150 ms
        assert found_wrong(await page.evaluate(AUDIT)) == {}
        assert await page.evaluate(CONTRAST) == []

    await check()
    other = await ring(page, line)
    await state(page, "ringing")
    await check()
    other.state("listening")
    await state(page, "listening")
    await page.keyboard.press("c")
    await page.keyboard.press("m")
    for caption in (OWN_WORDS, REMEMBERED):
        other.tell(**caption)
    await page.get_by_role("button", name="own words").wait_for()
    await check()
    await page.get_by_role("button", name="own words").click()
    assert await page.evaluate(CONTRAST) == []
    await page.keyboard.press("Escape")
    await page.get_by_role("button", name="Hang up").click()
    await state(page, "ended")
    await check()


async def test_a_long_name_fits(page: Page, life: Life) -> None:
    life.set_person(replace(life.person(), name="Maximiliane Theodora von Hohenstein-Waldenburg"))
    await page.set_viewport_size({"width": 320, "height": 568})
    await page.reload()
    await state(page, "idle")
    wrong = found_wrong(await page.evaluate(AUDIT))
    # So long a name may take a scroll down to the button, and nothing worse.
    assert wrong.pop("outside", []) in ([], ["call"])
    assert wrong == {}


async def test_less_motion_means_no_motion(page: Page, line: ScriptedLine) -> None:
    await page.emulate_media(reduced_motion="reduce")
    await ring(page, line)
    await state(page, "ringing")
    running = "document.getAnimations().filter((each) => each.playState === 'running').length"
    assert await page.evaluate(running) == 0


async def test_the_photo_is_shown_when_there_is_one(page: Page, life: Life) -> None:
    life.set_person(replace(life.person(), photo=life.blobs.put(PIXEL)))
    await page.reload()
    await expect(page.locator("#photo")).to_be_visible()


async def test_a_busy_line_says_so_and_can_be_tried_again(
    page: Page, line: ScriptedLine, refused: set[int]
) -> None:
    refused.add(503)
    line.busy = True
    await page.get_by_role("button", name="Call Henrik Lindqvist").click()
    await state(page, "trouble")
    await expect(page.locator("#status")).to_have_text("The line is busy")
    line.busy = False
    await page.get_by_role("button", name="Try again").click()
    await asyncio.wait_for(line.called.wait(), 10)


async def test_a_link_that_ran_out_meanwhile_closes_the_door(
    page: Page, life: Life, refused: set[int]
) -> None:
    refused.add(401)
    with life.db.write() as db:
        db.execute("UPDATE member SET id = 'm-other' WHERE id = ?", (MEI.id,))
    await page.get_by_role("button", name="Call Henrik Lindqvist").click()
    await state(page, "closed")
    assert "Henrik" not in await page.locator("body").inner_text()


async def test_a_refused_microphone_is_explained(at_the_door: House, microphone: Path) -> None:
    async with chromium(microphone=microphone, denied=True) as browser:
        page = await browser.new_page(locale="en-GB", viewport=PHONE)
        await page.goto(at_the_door.link_for(MEI))
        await page.get_by_role("button", name="Call Henrik Lindqvist").click()
        await state(page, "trouble")
        await expect(page.locator("#status")).to_have_text("No microphone yet")
        await expect(page.locator("#note")).to_contain_text("set Microphone to Allow")
        await expect(page.get_by_role("button", name="Try again")).to_be_focused()


async def test_a_missing_microphone_is_explained(at_the_door: House) -> None:
    async with chromium() as browser:
        page = await browser.new_page(locale="en-GB", viewport=PHONE)
        await page.goto(at_the_door.link_for(MEI))
        await page.get_by_role("button", name="Call Henrik Lindqvist").click()
        await state(page, "trouble")
        await expect(page.locator("#status")).to_have_text("No microphone found")


async def test_an_address_without_a_microphone_is_explained(
    at_the_door: House, microphone: Path
) -> None:
    async with chromium(microphone=microphone) as browser:
        context = await browser.new_context(locale="en-GB", viewport=PHONE)
        # What a browser shows a page that came over plain http from another computer.
        await context.add_init_script(
            "Object.defineProperty(window, 'isSecureContext', { value: false })"
        )
        page = await context.new_page()
        await page.goto(at_the_door.link_for(MEI))
        await page.get_by_role("button", name="Call Henrik Lindqvist").click()
        await state(page, "trouble")
        await expect(page.locator("#note")).to_contain_text("https")


async def test_sound_that_the_browser_holds_back_can_be_tapped_on(
    page: Page, line: ScriptedLine
) -> None:
    await page.evaluate(
        """() => {
          const voice = document.getElementById("voice");
          voice.play = () => Promise.reject(new DOMException("blocked", "NotAllowedError"));
        }"""
    )
    await talk(page, line)
    tap = page.get_by_role("button", name="Tap to hear")
    await expect(tap).to_be_visible()
    await page.evaluate("delete document.getElementById('voice').play")
    await tap.click()
    await expect(tap).to_be_hidden()
    assert await page.evaluate("!document.getElementById('voice').paused")


async def test_a_house_that_is_gone_is_explained(
    house_for_browsers: House, microphone: Path
) -> None:
    async with chromium(microphone=microphone) as browser:
        page = await browser.new_page(locale="en-GB", viewport=PHONE)
        async with opened(house_for_browsers) as house:
            await page.goto(house.link_for(MEI))
            await state(page, "idle")
        await page.get_by_role("button", name="Call Henrik Lindqvist").click()
        await state(page, "trouble")
        await expect(page.locator("#status")).to_have_text("The house does not answer")

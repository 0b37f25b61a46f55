"""A real call: real Chromium, a spoken question, the real engines, the demo's fictional man."""

from __future__ import annotations

import asyncio
import base64
import os
import wave
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest
from house.chromium import CHROMIUM, Watch, chromium, state
from playwright.async_api import BrowserContext, Page, Route, TimeoutError

from ofrenda.archive import add, decide, identities
from ofrenda.care import consent_statement
from ofrenda.demo import CAST, PERSON, write_family
from ofrenda.engines.protocols import Embedder, EngineKind, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.memory import rebuild
from ofrenda.types import Audio, Consent, MemberId
from ofrenda.vault import Life
from ofrenda.voice import StockChoice, adopt
from ofrenda.voice.likeness import LikenessReport

from .household import PASSPHRASE, Household
from .listening import HEARING_RATE, ears, energy, heard_in, said_by, share_of_words, words
from .open_house import (
    Known,
    eventually,
    files_of,
    in_clear,
    open_house,
    real_settings,
)

pytestmark = [
    pytest.mark.realtime,
    pytest.mark.browser,
    pytest.mark.models,
    pytest.mark.server,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not CHROMIUM.exists(), reason=f"needs Chromium ({CHROMIUM})"),
]

HERE = Path(__file__).parent
SHOT = os.environ.get("OFRENDA_TEST_SHOT")
"""Where a picture of the page in the call is put, for whoever wants to see it."""
RATE = 48_000
LEAD, PAUSE = 2.5, 1.6
"""Seconds of silence before the first and between the other phrases of the microphone."""

QUESTION = "What do you want for your birthday?"
ANSWER = "Nothing that needs dusting. A walk to Tolley Point with you and a flask"
SAID_ON = "7 October 2018"
SECOND = "Do you remember how we met?"
INTERRUPTION = "Wait, wait, I wanted to ask you something else."
SAID = (QUESTION, SECOND, INTERRUPTION)
SLOW = 120.0
"""Seconds for what takes two on a free machine."""


@dataclass(frozen=True)
class HenryAtHome:
    """The computer with the life on it, every line that went in, the sound for the microphone,
    and which files were there before."""

    computer: Household
    lines: list[str]
    microphone: Path
    known: Known


@pytest.fixture(scope="session")
def henry(computer: Household) -> HenryAtHome:
    known = files_of(computer)
    return asyncio.run(_build(computer, known))


async def _build(computer: Household, known: Known) -> HenryAtHome:
    settings = real_settings(computer)
    keeper, *others = CAST
    scope = ("text", "voice")
    consent = Consent(
        at=datetime.now(UTC),
        given_by=keeper.name,
        relation=keeper.relation,
        ground="relatives",
        scope=scope,
        statement=consent_statement("relatives", PERSON, keeper.relation, scope),
    )
    life, _ = Life.create(
        settings.home, "henry", PASSPHRASE, person=PERSON, consent=consent, keeper=keeper
    )
    with life:
        for member in others:
            life.add_member(member)
        family = write_family(computer.desk / "family")
        for path in (*family.exports, family.essays):
            add(life, path)
        for sender in identities(life):
            who = family.senders.get(sender.name)
            if sender.holder is None and who is not None:
                holder = "person" if who == "person" else "member"
                decide(life, sender.id, holder, None if who == "person" else MemberId(who))
        embed = cast(Embedder, create(EngineKind.EMBED, settings))
        await rebuild(life, embed)
        await embed.close()
        _give_voice(life)
        with life.db.read() as db:
            lines = [row[0] for row in db.execute("SELECT text FROM utterance WHERE text <> ''")]
            lines += [
                part
                for row in db.execute("SELECT text FROM document")
                for part in row[0].splitlines()
            ]
    assert len(lines) > 500
    microphone = await _microphone(computer)
    return HenryAtHome(computer, lines, microphone, known)


def _give_voice(life: Life) -> None:
    """A stock voice; choosing one from a clip is what the call with human speech does."""
    mix = {"bm_george": 0.6, "am_michael": 0.4}
    voice = replace(
        stock_profile("bm_george"), id="henry", languages=("en", "zh"), parameters={"mix": mix}
    )
    report = LikenessReport(
        engine="kokoro",
        mix=mix,
        language="en",
        similarity=0.7,
        floor=0.5,
        nearest=0.7,
        nearest_name="bm_george",
        ceiling=0.9,
        normalised=0.5,
        speech_seconds=60.0,
        held_out_seconds=20.0,
        pitch_hz=None,
        chosen_pitch_hz=None,
        judge="nobody",
    )
    adopt(life, StockChoice(voice, report))


async def _microphone(computer: Household) -> Path:
    """What the caller says, for Chromium's fake microphone, which plays it over and over."""
    tts = cast(TextToSpeech, create(EngineKind.TTS, real_settings(computer)))
    voice = stock_profile("af_bella")
    spoken = [np.zeros(int((LEAD - PAUSE) * RATE), np.float32)]
    for text in SAID:
        spoken += [
            np.zeros(int(PAUSE * RATE), np.float32),
            (await said_by(tts, text, voice, RATE)).samples,
        ]
    await tts.close()
    path = computer.desk / "microphone.wav"
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.concatenate(spoken) * 32767).astype("<i2").tobytes())
    return path


class Phone:
    """The page as the caller uses it, with a recorder beside it."""

    def __init__(self, page: Page) -> None:
        self.page = page

    async def until(self, condition: str, *given: Any, within: float = SLOW) -> None:
        """Wait until the recorder says so."""
        try:
            await self.page.wait_for_function(
                f"given => {condition}", arg=list(given), timeout=within * 1000, polling=50
            )
        except TimeoutError as late:
            seen = await self.page.evaluate(
                "({ phrases: ears.phrases, samples: ears.samples, marks: ears.marks })"
            )
            raise AssertionError(f"never came: {condition}, given {given}; {seen}") from late

    async def before_phrase(self, number: int) -> None:
        """Wait for the silence before a phrase; the first that the microphone plays is 0."""
        await self.until(
            "ears.phrases % given[0] === given[1] && ears.quiet('micLoud') > 0.5"
            " && ears.quiet('micLoud') < 1.2",
            len(SAID),
            number,
        )

    async def after_phrase(self, number: int) -> int:
        """Wait until a phrase is over; returns where it ended, in samples."""
        await self.until(
            "ears.phrases % given[0] === given[1] && ears.quiet('micLoud') > 0.4",
            len(SAID),
            (number + 1) % len(SAID),
        )
        return int(await self.page.evaluate("ears.samples - ears.quiet('micLoud') * ears.RATE"))

    async def mute(self, muted: bool) -> None:
        await self.page.keyboard.press("m")
        await self.page.locator(f"#mute[aria-pressed={str(muted).lower()}]").wait_for()

    async def now(self) -> int:
        return int(await self.page.evaluate("ears.samples"))

    async def marks(self, kind: str, since: int = 0) -> list[dict[str, Any]]:
        """What the page showed from a moment on, in order."""
        marks = await self.page.evaluate("ears.marks")
        return [mark for mark in marks if mark["kind"] == kind and mark["at"] >= since]

    async def sound(self, which: str, since: int, until: int) -> Audio:
        """What was recorded of the microphone (``mic``) or the line (``line``)."""
        pcm = base64.b64decode(
            await self.page.evaluate("given => ears.take(...given)", [which, since, until])
        )
        samples = np.frombuffer(pcm, "<i2") / 32768
        return Audio(samples.astype(np.float32), HEARING_RATE)

    async def at_rest(self, since: int) -> int:
        """Wait until the line has spoken and listens again, in silence; returns when."""
        await self.until(
            "document.body.dataset.state === 'listening' && ears.quiet('lineLoud') > 0.8"
            " && ears.marks.some(m => m.at > given[0] && m.name === 'speaking')",
            since,
        )
        return await self.now()


async def _recorder(context: BrowserContext, address: str) -> None:
    """Set the recorder beside the page. Its worklet comes from a blob, which is added to what the
    page may load; all else that the house forbids stays forbidden."""
    await context.add_init_script(path=HERE / "recorder.js")

    async def page(route: Route) -> None:
        response = await route.fetch()
        policy = f"{response.headers['content-security-policy']}; script-src 'self' blob:"
        headers = response.headers | {"content-security-policy": policy}
        await route.fulfill(response=response, headers=headers)

    await context.route(f"{address}/", page)


@pytest.mark.parametrize("code", ["utf-8", "utf-16"])
def test_the_search_finds_a_line_that_was_left_lying(household: Household, code: str) -> None:
    (household.user / "old").write_text(ANSWER)
    known = files_of(household)
    assert in_clear(household, [ANSWER], known) == []
    left = household.temporary / "note"
    left.write_bytes(b"..." + f"He said: {ANSWER}!".encode(code))
    assert in_clear(household, ["another line", ANSWER], known) == [left]


async def test_a_spoken_question_is_answered_aloud_in_his_own_words(henry: HenryAtHome) -> None:
    async with open_house(henry.computer, "henry") as house:
        async with chromium(microphone=henry.microphone) as browser:
            context = await browser.new_context(
                locale="en-GB", viewport={"width": 390, "height": 844}
            )
            await _recorder(context, house.address)
            watch = Watch(context)
            page = await context.new_page()
            phone = Phone(page)
            await page.goto(house.link)
            await page.get_by_role("button", name="Call Henry Lau").click()
            await state(page, "ringing", "disclosing", within=SLOW)
            await phone.mute(True)
            await page.keyboard.press("c")
            await _disclosure(phone, henry)
            await _question(phone, henry)
            await _barge_in(phone)
            assert house.calls_sockets() != []
            assert in_clear(henry.computer, [*henry.lines, *SAID], henry.known) == []
            await page.get_by_role("button", name="Hang up").click()
            await state(page, "ended", within=SLOW)
            await eventually(lambda: house.calls_sockets() == [], within=SLOW)
            assert (
                await page.evaluate("ears.copy.stop(); document.getElementById('voice').srcObject")
                is None
            )
            assert watch.complaints == []
            assert watch.elsewhere == []
            assert watch.requests
        await house.close()
    assert in_clear(henry.computer, [*henry.lines, *SAID], henry.known) == []


async def _disclosure(phone: Phone, henry: HenryAtHome) -> None:
    """It is heard, whole, before anything else."""
    await phone.until("document.body.dataset.state === 'listening'")
    await phone.until("ears.quiet('lineLoud') > 0.5")
    end = await phone.now()
    shown = await phone.marks("line")
    assert [line["who"] for line in shown] == ["house", "house"]
    audio = await phone.sound("line", 0, end)
    async with ears(real_settings(henry.computer)) as stt:
        heard = await heard_in(stt, audio)
    print("disclosure:", heard)
    assert "ai" in words(heard)
    assert share_of_words(" ".join(line["text"] for line in shown), heard) >= 0.7


async def _question(phone: Phone, henry: HenryAtHome) -> None:
    """It is understood, and the answer that comes back is the one on the screen."""
    await phone.before_phrase(0)
    asked_at = await phone.now()
    await phone.mute(False)
    asked_until = await phone.after_phrase(0)
    await phone.mute(True)
    await phone.until("ears.sounded('lineLoud', given[0]) > 1.5", asked_until)
    if SHOT:
        await phone.page.screenshot(path=SHOT)
    end = await phone.at_rest(asked_until)
    lines = await phone.marks("line", since=asked_at)
    (caller,) = [line for line in lines if line["who"] == "caller"]
    answer = [line for line in lines if line["who"] == "person"]
    assert share_of_words(QUESTION, caller["text"]) >= 0.7, caller["text"]
    assert {line["provenance"] for line in answer} == {"own_words"}, lines
    assert SAID_ON in answer[0]["origin"]
    shown = " ".join(line["text"] for line in answer)
    assert words(shown) == words(ANSWER)
    reply = await phone.sound("line", answer[0]["at"], end)
    assert energy(reply) > 0.02
    async with ears(real_settings(henry.computer)) as stt:
        heard = await heard_in(stt, reply)
    print("question:", caller["text"], "| answer:", heard)
    assert share_of_words(shown, heard) >= 0.5
    first = await phone.page.evaluate(
        "given => ears.lineLoud.indexOf(true, Math.ceil(given / 320)) * 320", asked_until
    )
    print(f"end of question to first sound: {(first - asked_until) / HEARING_RATE:.2f} s")


async def _barge_in(phone: Phone) -> None:
    """Whoever speaks into the answer is listened to at once."""
    await phone.before_phrase(1)
    await phone.mute(False)
    asked_until = await phone.after_phrase(1)
    await phone.mute(True)
    # Into the middle of the long sentence: between two nothing would be cut.
    await phone.until(
        "ears.marks.some(m => m.who === 'person' && m.text.length > 60 && m.at > given[0]"
        " && ears.sounded('lineLoud', m.at) > 0.4)",
        asked_until,
    )
    spoke_into = await phone.now()
    await phone.mute(False)
    await phone.until(
        "ears.marks.some(m => m.kind === 'line' && m.cut && m.at > given[0])", spoke_into
    )
    await phone.until("ears.quiet('lineLoud') > 0.6")
    (unmuted,) = [m["at"] for m in await phone.marks("muted", spoke_into) if not m["on"]]
    cut = [line for line in await phone.marks("line", spoke_into) if line["cut"]]
    assert [line["who"] for line in cut] == ["person"]
    assert "interrupted" in cut[0]["text"]
    end = await phone.now()
    voice = unmuted / HEARING_RATE + _loud(await phone.sound("mic", unmuted, end))
    line = asked_until / HEARING_RATE + _loud(await phone.sound("line", asked_until, end))
    began = voice[0]
    print(f"barge-in to silence: {line[-1] - began:.2f} s, into: {cut[0]['text']}")
    # A machine that is busy with other things leaves holes in what it says.
    assert began - line[line < began][-1] < 2.0, "the answer sounded when the caller began to speak"
    assert line[-1] - began < 1.0, "and was silent within a second"


def _loud(audio: Audio) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Seconds at which there is something to hear, in steps of 10 ms."""
    step = audio.sample_rate // 100
    blocks = audio.samples[: len(audio.samples) // step * step].reshape(-1, step)
    return np.flatnonzero(np.abs(blocks).max(axis=1) > 0.01) / 100

"""Calls by telephone, from the company's request to the last trace, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import httpx
import pytest
from argon2 import PasswordHasher
from conftest import IDA, KIM, MEI

from ofrenda.call import Switchboard
from ofrenda.call.media import keep_media_quiet
from ofrenda.measure.browser_call import free_port

keep_media_quiet()

from phone_company import TOKEN, Company, Phone, TellingSpeech  # noqa: E402
from websockets.asyncio.client import connect  # noqa: E402
from websockets.exceptions import ConnectionClosed, InvalidStatus  # noqa: E402

from ofrenda.call.phone import CompanyName, PhoneBook  # noqa: E402
from ofrenda.call.phone.door import DoorRules  # noqa: E402
from ofrenda.care import at_the_door, disclosure  # noqa: E402
from ofrenda.clock import SystemClock  # noqa: E402
from ofrenda.engines.protocols import Engines  # noqa: E402
from ofrenda.engines.scripted import ScriptedSpeechToText, scripted_engines  # noqa: E402
from ofrenda.engines.tts.stock import neutral_profile, stock_profile  # noqa: E402
from ofrenda.house import listen_for_phone  # noqa: E402
from ofrenda.house.phone import Porter, open_phone  # noqa: E402
from ofrenda.measure.babble import babble  # noqa: E402
from ofrenda.settings import Settings  # noqa: E402
from ofrenda.types import Audio, Transcript  # noqa: E402
from ofrenda.vault import Life  # noqa: E402
from ofrenda.voice.store import pack_profile  # noqa: E402

pytestmark = pytest.mark.realtime

MEI_NUMBER, IDA_NUMBER, STRANGER = "+12125550123", "+442079460018", "+493012345678"
MEI_PIN, IDA_PIN = "619022", "740358"
PERSON_VOICE = stock_profile("am_michael")
HOUSE_VOICE = neutral_profile(PERSON_VOICE, "en")
QUICK = DoorRules(slower=0.1, patience=1.5, tail=0.2)


def door(kind: str) -> str:
    return at_the_door(kind, "en").spoken


class Hearing(ScriptedSpeechToText):
    """Counts what it heard."""

    heard = 0

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        self.heard += 1
        return await super().transcribe(audio, languages=languages)


@dataclass
class Open:
    """A house whose telephone door is open, and the company that knocks."""

    company: Company
    porter: Porter
    switchboard: Switchboard
    speech: TellingSpeech
    stt: Hearing
    life: Life

    def heard(self, phone: Phone, since: float = 0.0) -> list[str]:
        return [text for text, _ in phone.heard(self.speech, since)]

    @asynccontextmanager
    async def let_in(self, number: str = MEI_NUMBER, pin: str = MEI_PIN) -> AsyncIterator[Phone]:
        """A member's phone, once the house has said what every call begins with."""
        async with self.company.call(number) as phone:
            await phone.until_heard(self.speech, door("enter"))
            await phone.key(pin)
            await phone.until_heard(self.speech, self.disclosed[-1])
            await phone.until_quiet()
            await asyncio.sleep(0.2)
            yield phone

    @property
    def disclosed(self) -> list[str]:
        return [one.spoken for one in disclosure(self.life.person(), "en")]

    def calls(self) -> list[tuple[str, str, str | None]]:
        with self.life.db.read() as db:
            rows = db.execute("SELECT member, channel, ending FROM call ORDER BY started_utc")
            return [tuple(row) for row in rows.fetchall()]


Opening = Callable[..., AbstractAsyncContextManager[Open]]


@pytest.fixture(autouse=True)
def _quick_pins(monkeypatch: pytest.MonkeyPatch) -> None:
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("ofrenda.call.phone.pins._HASHER", quick)


@pytest.fixture
def kept(life: Life) -> Life:
    """A life with a voice, whose wife and daughter may call by phone. A grandchild may not, in
    spite of a number and digits."""
    blob = life.voice_blobs.put(pack_profile(PERSON_VOICE))
    with life.db.write() as db:
        db.execute(
            "INSERT INTO voice_profile (id, engine, made_utc, blob, report, in_use, consent)"
            " VALUES ('v', 'kokoro', '2024-01-01T00:00:00Z', ?, '{}', 1, ?)",
            (blob, life.require_consent("voice")),
        )
    book = PhoneBook(life, SystemClock())
    for member, number, pin in (
        (MEI, MEI_NUMBER, MEI_PIN),
        (IDA, IDA_NUMBER, IDA_PIN),
        (KIM, "+33142278186", "887216"),
    ):
        book.allow(member.id, number)
        book.set_pin(member.id, pin)
    return life


@pytest.fixture
def phone_house(kept: Life) -> Opening:
    @asynccontextmanager
    async def opened(
        name: CompanyName = CompanyName.TWILIO,
        *,
        lines: tuple[str, ...] = ("What did you cook on Sundays?",),
        max_calls: int = 2,
        rules: DoorRules = QUICK,
    ) -> AsyncIterator[Open]:
        settings = Settings(phone_port=free_port())
        company = Company(name, settings.phone_port)
        speech, stt, rest = TellingSpeech(PERSON_VOICE.id), Hearing(lines), scripted_engines()
        engines = Engines(stt, speech, rest.llm, rest.embed, rest.turn)
        clock = SystemClock()
        switchboard = Switchboard(kept, engines, clock=clock, max_calls=max_calls)
        porter = Porter(kept, switchboard, engines, company.account, clock=clock, rules=rules)
        async with open_phone(porter, listen_for_phone(settings)):
            try:
                yield Open(company, porter, switchboard, speech, stt, kept)
            finally:
                await switchboard.close()

    return opened


async def eventually(condition: Callable[[], bool], within: float = 10.0) -> None:
    end = time.monotonic() + within
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("name", list(CompanyName))
async def test_a_member_calls_is_known_and_talks(phone_house: Opening, name: CompanyName) -> None:
    async with phone_house(name) as h:
        async with h.let_in() as phone:
            assert h.heard(phone) == [door("enter"), *h.disclosed]
            assert {voice for _, voice in phone.heard(h.speech)} == {HOUSE_VOICE.id}
            asked = time.monotonic()
            await phone.say(babble(1.2))
            said = time.monotonic()
            await eventually(lambda: phone.sounds_at(time.monotonic()))
            assert time.monotonic() - said < 4.0
            assert {voice for _, voice in phone.heard(h.speech, asked)} <= {PERSON_VOICE.id}
        await eventually(lambda: not h.switchboard.calls)
        assert h.calls() == [(MEI.id, "phone", "caller")]
        with h.life.db.read() as db:
            told = {row[0] for row in db.execute("SELECT caller_said FROM turn")}
        assert told == {None, "What did you cook on Sundays?"}  # and no word of the digits


@pytest.mark.parametrize("name", list(CompanyName))
async def test_speaking_in_between_clears_what_the_company_still_holds(
    phone_house: Opening, name: CompanyName
) -> None:
    async with phone_house(name) as h, h.let_in() as phone:
        before = len(phone.of("clear", "clearAudio"))
        await phone.say(babble(1.0))
        await eventually(lambda: phone.sounds_at(time.monotonic()))
        began = await phone.say(babble(0.8))
        cleared = phone.of("clear", "clearAudio")[before:]
        assert cleared
        assert cleared[0] - began < 0.8
        assert not phone.sounds_at(cleared[0] + 0.1)


async def test_digits_can_be_said(phone_house: Opening) -> None:
    async with phone_house(lines=("Six, one, nine", "oh double two.", "Hello?")) as h:
        async with h.company.call(MEI_NUMBER) as phone:
            await phone.until_heard(h.speech, door("enter"))
            await phone.until_quiet()
            for count in (1, 2):
                await phone.say(babble(0.9))
                await eventually(lambda wanted=count: h.stt.heard == wanted)
            await phone.until_heard(h.speech, h.disclosed[0])
        await eventually(lambda: not h.switchboard.calls)


async def test_two_at_one_number_are_told_apart_by_their_digits(phone_house: Opening) -> None:
    async with phone_house() as h:
        PhoneBook(h.life, SystemClock()).allow(IDA.id, MEI_NUMBER)
        async with h.let_in(MEI_NUMBER, IDA_PIN):
            assert list(h.switchboard.calls.values()) == [IDA.id]


@pytest.mark.parametrize("number", [STRANGER, "anonymous", "+266696687", "+33142278186"])
async def test_a_stranger_is_told_that_nobody_is_here(phone_house: Opening, number: str) -> None:
    async with phone_house() as h:
        async with h.company.call(number) as phone:
            await phone.key(MEI_PIN)
            await asyncio.wait_for(phone.closed.wait(), 10)
            assert phone.heard(h.speech) == [(door("nobody"), HOUSE_VOICE.id)]
        assert h.calls() == []


async def test_a_members_number_without_the_digits_lets_nobody_in(phone_house: Opening) -> None:
    async with phone_house() as h:
        async with h.company.call(MEI_NUMBER) as phone:
            await asyncio.wait_for(phone.closed.wait(), 20)
            heard = h.heard(phone)
            assert heard == [door("enter"), door("enough")] or heard == [door("enter")] * 3 + [
                door("enough")
            ]
        assert h.calls() == []


async def test_wrong_digits_are_slowed_and_then_the_number_is_closed(phone_house: Opening) -> None:
    async with phone_house(rules=DoorRules(slower=1.0, tail=0.2)) as h:
        async with h.company.call(MEI_NUMBER) as phone:
            times = []
            for kind in ("enter", "wrong", "wrong"):
                since = times[-1] if times else 0.0
                await phone.until_heard(h.speech, door(kind), since=since)
                times.append(time.monotonic())
                await phone.key(IDA_PIN)
            await asyncio.wait_for(phone.closed.wait(), 10)
            assert h.heard(phone)[-1] == door("enough")
            assert times[1] - times[0] > 1.0
            assert times[2] - times[1] > 2.0
        async with h.company.call(MEI_NUMBER) as phone:
            await phone.key(MEI_PIN)  # right, and too late
            await asyncio.wait_for(phone.closed.wait(), 10)
            assert h.heard(phone) == [door("later")]
        assert h.calls() == []
        assert PERSON_VOICE.id not in {voice for _, voice in h.speech.tones}


async def test_a_star_begins_anew_and_too_many_digits_are_not_held_against_anybody(
    phone_house: Opening,
) -> None:
    async with phone_house(lines=("1 2 3 4 5 6 7",)) as h:
        async with h.company.call(MEI_NUMBER) as phone:
            await phone.until_heard(h.speech, door("enter"))
            await phone.until_quiet()
            await phone.say(babble(0.9))
            await phone.until_heard(h.speech, door("again"))
            await phone.key("123*" + MEI_PIN[:3] + "#" + MEI_PIN[3:])
            await phone.until_heard(h.speech, h.disclosed[0])
        assert PhoneBook(h.life, SystemClock()).entries()[0].wrong == 0


async def test_a_second_caller_hears_that_the_line_is_busy(phone_house: Opening) -> None:
    async with phone_house(max_calls=1) as h, h.let_in():
        async with h.company.call(IDA_NUMBER) as second:
            await asyncio.wait_for(second.closed.wait(), 10)
            assert second.heard(h.speech) == [(door("busy"), HOUSE_VOICE.id)]
        assert list(h.switchboard.calls.values()) == [MEI.id]


async def test_who_is_known_a_moment_too_late_hears_the_same(phone_house: Opening) -> None:
    patient = DoorRules(tail=0.2)
    async with phone_house(max_calls=1, rules=patient) as h, h.company.call(IDA_NUMBER) as late:
        await late.until_heard(h.speech, door("enter"))
        await late.key(IDA_PIN[:5])
        async with h.let_in():
            await late.key(IDA_PIN[5:])
            await asyncio.wait_for(late.closed.wait(), 10)
            assert h.heard(late)[-1] == door("busy")
            assert list(h.switchboard.calls.values()) == [MEI.id]


async def test_a_door_that_stays_open_too_long_is_closed_with_a_word(phone_house: Opening) -> None:
    rules = DoorRules(longest=2.5, tail=0.2)
    async with phone_house(rules=rules) as h, h.company.call(MEI_NUMBER) as phone:
        await asyncio.wait_for(phone.closed.wait(), 10)
        assert h.heard(phone) == [door("enter"), door("enough")]


async def test_the_house_hangs_up_by_closing_the_stream(phone_house: Opening) -> None:
    async with phone_house() as h:
        async with h.let_in() as phone:
            await h.switchboard.close()
            await asyncio.wait_for(phone.closed.wait(), 5)
        assert h.calls() == [(MEI.id, "phone", "house")]


async def test_a_stream_that_breaks_ends_the_call_as_lost(phone_house: Opening) -> None:
    async with phone_house() as h:
        async with h.let_in() as phone:
            phone.socket.transport.abort()
            await eventually(lambda: not h.switchboard.calls)
        assert h.calls() == [(MEI.id, "phone", "lost")]


async def test_nonsense_in_a_call_does_not_end_it(phone_house: Opening) -> None:
    async with phone_house() as h, h.let_in() as phone:
        for nonsense in (
            "",
            "{",
            "null",
            "[" * 30_000,
            '{"event": "media", "media": {"payload": "AAA"}}',
            '{"event": "media", "media": {"payload": {"a": 1}}}',
            '{"event": "media"',
            '{"event": "start", "start": {}}',
            '{"event": "dtmf", "dtmf": {"digit": "Z"}}',
            '{"type": "client-message", "data": {"t": "send-text"}}',
            b"\x00\xff\xfe",
        ):
            await phone.send(nonsense)
        await phone.say(babble(1.2))
        await eventually(lambda: phone.sounds_at(time.monotonic()))
        assert len(h.switchboard.calls) == 1


@pytest.mark.parametrize("hostile", ["x" * 200_000, "flood"])
async def test_who_floods_a_stream_loses_it_and_the_place_is_free(
    phone_house: Opening, hostile: str
) -> None:
    async with phone_house(max_calls=1) as h:
        async with h.let_in() as phone:
            for message in ["{"] * 60 if hostile == "flood" else [hostile]:
                await phone.send(message)
            await asyncio.wait_for(phone.closed.wait(), 5)
        await eventually(lambda: not h.switchboard.calls)
        async with h.let_in():
            assert len(h.switchboard.calls) == 1


async def test_what_the_company_did_not_sign_is_refused(phone_house: Opening) -> None:
    async with phone_house() as h:
        headers, body = h.company.sign(h.company.fields(MEI_NUMBER, "call-1"))
        forged = headers | {"X-Twilio-Signature": "A" * 27 + "="}
        bare = {"Content-Type": "application/x-www-form-urlencoded"}
        async with httpx.AsyncClient() as client:
            for given, content in ((forged, body), (bare, body), (headers, body + b"&x=y")):
                answer = await client.post(h.company.here, content=content, headers=given)
                assert (answer.status_code, answer.content) == (403, b"")
            assert (await client.post(h.company.here, content=b"x" * 20_000)).status_code == 413
            assert (await client.get(h.company.here)).status_code == 405
            for elsewhere in ("/", "/phone/plivo", "/api/life", "/keep", "/healthz", "/docs"):
                url = f"http://127.0.0.1:{h.company.port}{elsewhere}"
                assert (await client.post(url, content=body, headers=headers)).status_code == 404
            taken = await client.post(h.company.here, content=body, headers=headers)
            assert taken.status_code == 200
            assert "server" not in taken.headers


async def test_a_recorded_request_is_of_no_use(phone_house: Opening) -> None:
    async with phone_house() as h:
        assert (await h.company.announce(MEI_NUMBER, "call-1")).status_code == 200
        assert (await h.company.announce(MEI_NUMBER, "call-1")).status_code == 403


async def test_calls_come_in_only(phone_house: Opening) -> None:
    async with phone_house() as h:
        answer = await h.company.announce(MEI_NUMBER, Direction="outbound-api")
        assert h.company.stream(answer) is None
        assert "Reject" in answer.text


async def test_who_calls_again_and_again_hears_the_busy_tone(phone_house: Opening) -> None:
    async with phone_house() as h:
        streams = [h.company.stream(await h.company.announce(STRANGER)) for _ in range(5)]
        assert [stream is not None for stream in streams] == [True] * 3 + [False] * 2


async def test_a_stream_needs_a_ticket_and_a_ticket_is_good_once(phone_house: Opening) -> None:
    async with phone_house() as h:
        url = h.company.stream(await h.company.announce(MEI_NUMBER))
        assert url is not None
        for wrong in (url[:-4] + "0000", url.rpartition("/")[0] + "/x", url + "/more"):
            with pytest.raises(InvalidStatus) as refused:
                await connect(wrong)
            assert refused.value.response.status_code in (403, 404)
        async with connect(url) as socket:
            with pytest.raises(InvalidStatus):
                await connect(url)
            await socket.close()


@pytest.mark.parametrize("name", list(CompanyName))
async def test_a_stream_of_another_call_is_closed_without_a_word(
    phone_house: Opening, name: CompanyName
) -> None:
    async with phone_house(name) as h:
        other = {"call_id": "another", "from": STRANGER}
        async with h.company.call(MEI_NUMBER, **other) as phone:
            await asyncio.wait_for(phone.closed.wait(), 5)
            assert phone.messages == []


async def test_no_log_line_holds_a_number_digits_or_a_token(
    phone_house: Opening, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("websockets").setLevel(logging.WARNING)  # the company's, in this process
    async with phone_house() as h:
        async with h.company.call(MEI_NUMBER) as phone:
            await phone.until_heard(h.speech, door("enter"))
            await phone.key(IDA_PIN + MEI_PIN)
            for message in ("{" + MEI_PIN, b"\x00", '{"event":"media"'):
                await phone.send(message)
            await asyncio.sleep(0.5)
            ticket = h.porter.account.stream("")
        with contextlib.suppress(ConnectionClosed):
            await phone.socket.recv()
    for secret in (MEI_NUMBER, MEI_NUMBER[1:], MEI_PIN, IDA_PIN, TOKEN, ticket, "call-1"):
        assert secret not in caplog.text

"""What comes over a stream is looked at before it is used."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Sequence
from typing import Any, cast

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.types import Message

from ofrenda.call.media import keep_media_quiet

keep_media_quiet()

from pipecat.frames.frames import (  # noqa: E402
    InputAudioRawFrame,
    InterruptionFrame,
    OutputAudioRawFrame,
)

from ofrenda.call.phone.account import CompanyName  # noqa: E402
from ofrenda.call.phone.companies import COMPANIES, Plivo, Telnyx, Twilio  # noqa: E402
from ofrenda.call.phone.socket import (  # noqa: E402
    MOST_AHEAD,
    MOST_MESSAGE,
    MOST_NONSENSE,
    PhoneSocket,
    read_message,
)

SOUND = base64.b64encode(b"\xff" * 160).decode()

# As documented by each company in 2026, shortened to what is read.
TWILIO_START = {
    "event": "start",
    "sequenceNumber": "1",
    "streamSid": "MZ1",
    "start": {
        "streamSid": "MZ1",
        "accountSid": "AC1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "customParameters": {},
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
    },
}
TELNYX_START = {
    "event": "start",
    "sequence_number": "1",
    "stream_id": "32DE0DEA",
    "start": {
        "user_id": "3E6F995F",
        "call_control_id": "v2:T02",
        "from": "+12125550123",
        "to": "+18005551212",
        "media_format": {"encoding": "PCMU", "sample_rate": 8000, "channels": 1},
    },
}
PLIVO_START = {
    "event": "start",
    "sequenceNumber": 1,
    "start": {
        "callId": "c0ffee00",
        "streamId": "87654321",
        "accountId": "MA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000},
    },
    "extra_headers": "",
}
STARTS = {
    CompanyName.TWILIO: TWILIO_START,
    CompanyName.TELNYX: TELNYX_START,
    CompanyName.PLIVO: PLIVO_START,
}


def played(*messages: object, code: int = 1000) -> PhoneSocket:
    """A socket that gets these messages (text as it is, anything else as JSON), then closes."""
    queue: list[Message] = [{"type": "websocket.connect"}]
    for one in messages:
        if isinstance(one, bytes):
            queue.append({"type": "websocket.receive", "bytes": one})
        else:
            text = one if isinstance(one, str) else json.dumps(one)
            queue.append({"type": "websocket.receive", "text": text})
    queue.append({"type": "websocket.disconnect", "code": code})

    async def receive() -> Message:
        return queue.pop(0)

    async def send(_message: Message) -> None:
        return None

    return PhoneSocket({"type": "websocket"}, receive, send)


async def events(socket: PhoneSocket) -> list[Any]:
    await socket.accept()
    found = []
    while (raw := await socket.receive())["type"] == "websocket.receive":
        found.append(json.loads(raw["text"]))
    return found


def media(payload: object = SOUND, **more: object) -> dict[str, object]:
    return {"event": "media", "media": {"track": "inbound", "payload": payload, **more}}


def key(digit: object) -> dict[str, object]:
    return {"event": "dtmf", "dtmf": {"digit": digit}}


@pytest.mark.parametrize("name", list(CompanyName))
async def test_a_stream_starts_as_its_company_documents_it(name: CompanyName) -> None:
    company = COMPANIES[name]
    socket = played({"event": "connected", "version": "1.0.0"}, STARTS[name], media())
    await socket.accept()
    started = await socket.begin(company)
    assert started is not None
    assert started.call_id in {"CA1", "v2:T02", "c0ffee00"}
    assert (started.encoding, started.rate) == ("PCMU", 8000)
    assert (started.number == "+12125550123") == (name is CompanyName.TELNYX)
    company.serializer(started)


@pytest.mark.parametrize("name", list(CompanyName))
@pytest.mark.parametrize(
    "broken",
    [
        [],
        ["{"],
        ["[" * 50_000],
        ['"start"'],
        [{"event": "start"}],
        [{"event": "start", "start": []}],
        [{"event": "start", "start": {"streamSid": 1, "callSid": None, "mediaFormat": 5}}],
        [{"event": "stop"}],
        [b"\x00\x01"],
        [{"event": "connected"}] * 6,
    ],
)
async def test_a_stream_that_starts_otherwise_is_none(
    name: CompanyName, broken: Sequence[object]
) -> None:
    socket = played(*broken)
    await socket.accept()
    assert await socket.begin(COMPANIES[name]) is None


@pytest.mark.parametrize(
    "form",
    [
        {"encoding": "audio/x-l16", "sampleRate": 8000},
        {"encoding": "audio/x-mulaw", "sampleRate": 16000},
        {"encoding": ["audio/x-mulaw"], "sampleRate": 8000},
        {},
    ],
)
def test_sound_in_a_form_that_was_not_asked_for_is_no_start(form: dict[str, object]) -> None:
    start = {**TWILIO_START["start"], "mediaFormat": form}  # type: ignore[dict-item]
    assert Twilio().started({**TWILIO_START, "start": start}) is None


async def test_sound_and_keys_of_the_caller_are_handed_on_and_nothing_else() -> None:
    wanted = [media(), key("5"), key("#"), {**media(), "streamSid": "MZ1", "more": [1]}]
    ignored = [
        {"event": "mark", "mark": {"name": "x"}},
        {"event": "playedStream", "name": "x"},
        {"event": "clearedAudio"},
        {"event": "error", "payload": {"code": 100}},
        {"event": "media"},
        {"event": "media", "media": "no"},
        media(""),
        media(5),
        media("not base64!"),
        media("AAA"),
        media(track="outbound"),
        key("A"),
        key(""),
        key("12"),
        key(5),
        key(None),
        {"event": "dtmf"},
        "nonsense",
        "null",
        "[]",
        '{"event": 5}',
        "9" * 9000,
        b"\xff\x00",
    ]
    mixed = [one for pair in zip(ignored, wanted * 6, strict=False) for one in pair]
    found = await events(played(*mixed))
    assert found == [one for one in mixed if one in wanted]
    assert len(found) == len(ignored)


async def test_a_stream_ends_at_stop_and_the_caller_has_hung_up() -> None:
    socket = played(media(), {"event": "stop", "stop": {"callSid": "CA1"}}, media())
    assert await events(socket) == [media()]
    assert socket.left_at is not None


@pytest.mark.parametrize(
    ("code", "on_purpose"), [(1000, True), (1001, True), (1005, False), (1006, False)]
)
async def test_a_stream_that_breaks_is_not_a_caller_who_hung_up(
    code: int, on_purpose: bool
) -> None:
    socket = played(media(), code=code)
    await events(socket)
    assert (socket.left_at is not None) == on_purpose


async def test_too_much_nonsense_ends_the_stream() -> None:
    socket = played(*["nonsense"] * (MOST_NONSENSE + 1), media())
    assert await events(socket) == []
    assert socket.left_at is None


async def test_sound_that_comes_far_faster_than_it_is_spoken_is_dropped() -> None:
    second = media(base64.b64encode(b"\xff" * 8000).decode())
    found = await events(played(*[second] * 30))
    assert MOST_AHEAD - 1 <= len(found) <= MOST_AHEAD + 1


@pytest.mark.parametrize("name", list(CompanyName))
async def test_sound_comes_through_at_once_both_ways(name: CompanyName) -> None:
    company = COMPANIES[name]
    started = company.started(STARTS[name])
    assert started is not None
    serializer = company.serializer(started)
    await serializer.setup(cast(Any, None))
    tone = (8000 * np.sin(2 * np.pi * 500 * np.arange(24_000) / 24_000)).astype("<i2")
    sent, heard = [], []
    for start in range(0, 24_000, 960):
        piece = OutputAudioRawFrame(tone[start : start + 960].tobytes(), 24_000, 1)
        message = json.loads(str(await serializer.serialize(piece)))
        sent.append(len(base64.b64decode(message["media"]["payload"])))
        frame = await serializer.deserialize(json.dumps(media(message["media"]["payload"])))
        assert isinstance(frame, InputAudioRawFrame)
        assert frame.sample_rate == 16_000
        heard.append(np.frombuffer(frame.audio, dtype="<i2"))
    assert sent[0] >= 320 - 24  # 40 ms of sound, less 3 ms
    assert set(sent[1:]) == {320}
    sound = np.concatenate(heard)
    assert len(sound) > 16_000 - 16 * 6
    assert abs(int(np.argmax(np.abs(np.fft.rfft(sound, 16_000)))) - 500) <= 2


@pytest.mark.parametrize("name", list(CompanyName))
async def test_an_interruption_tells_the_company_to_throw_away_what_it_holds(
    name: CompanyName,
) -> None:
    started = COMPANIES[name].started(STARTS[name])
    assert started is not None
    clear = await COMPANIES[name].serializer(started).serialize(InterruptionFrame())
    assert (
        json.loads(str(clear))
        == {
            CompanyName.TWILIO: {"event": "clear", "streamSid": "MZ1"},
            CompanyName.TELNYX: {"event": "clear"},
            CompanyName.PLIVO: {"event": "clearAudio", "streamId": "87654321"},
        }[name]
    )


def test_a_message_of_any_length_is_not_even_read() -> None:
    long = json.dumps({"event": "media", "more": "x" * MOST_MESSAGE})
    assert read_message(long) is None
    assert read_message(json.dumps({"event": "media"})) == {"event": "media"}


def test_a_call_is_read_from_a_request() -> None:
    fields = {"CallSid": "CA1", "From": "+12125550123", "Direction": "inbound"}
    ringing = Twilio().ringing(fields)
    assert ringing is not None
    assert (ringing.ids, ringing.number, ringing.incoming) == (("CA1",), "+12125550123", True)
    called = Twilio().ringing({**fields, "Direction": "outbound-api"})
    assert called is not None
    assert not called.incoming
    assert Twilio().ringing({"From": "+12125550123"}) is None
    both = Telnyx().ringing({"CallSid": "v3:a", "CallSidLegacy": "v2:b", "From": "anonymous"})
    assert both is not None
    assert (both.ids, both.number) == (("v3:a", "v2:b"), None)
    plain = Plivo().ringing({"CallUUID": "c0ffee00", "From": "12125550123"})
    assert plain is not None
    assert plain.number == "+12125550123"


@pytest.mark.parametrize("name", list(CompanyName))
def test_the_answers_are_xml_that_streams_and_then_hangs_up(name: CompanyName) -> None:
    from xml.etree import ElementTree as Tree

    root = Tree.fromstring(COMPANIES[name].connect('wss://a.example.org/phone/x/t&"<1>'))
    stream = next(root.iter("Stream"))
    assert (stream.get("url") or stream.text) == 'wss://a.example.org/phone/x/t&"<1>'
    assert root[-1].tag == "Hangup"
    busy = Tree.fromstring(COMPANIES[name].refuse())
    assert [one.get("reason") for one in busy] == ["busy"]


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)
_KINDS = st.sampled_from(["media", "dtmf", "start", "stop", "mark", "connected", "clear"])
_MESSAGES = st.fixed_dictionaries(
    {"event": _KINDS | _JSON},
    optional={
        "media": _JSON | st.fixed_dictionaries({"payload": _JSON | st.text(), "track": _JSON}),
        "dtmf": _JSON | st.fixed_dictionaries({"digit": _JSON | st.sampled_from("0123456789*#A")}),
        "start": _JSON,
    },
)


@given(st.lists(_MESSAGES.map(json.dumps) | _JSON.map(json.dumps) | st.text(), max_size=20))
@settings(max_examples=150, deadline=None)
def test_whatever_is_handed_on_pipecat_can_read(texts: list[str]) -> None:
    async def run() -> None:
        for name in CompanyName:
            started = COMPANIES[name].started(STARTS[name])
            assert started is not None
            serializer = COMPANIES[name].serializer(started)
            await serializer.setup(cast(Any, None))
            handed_on = []
            socket = played(*texts)
            await socket.accept()
            while (raw := await socket.receive())["type"] == "websocket.receive":
                handed_on.append(await serializer.deserialize(raw["text"]))
            assert None not in handed_on

    asyncio.run(run())


@given(_JSON)
@settings(max_examples=200, deadline=None)
def test_no_start_message_is_more_than_none(start: object) -> None:
    for name in CompanyName:
        COMPANIES[name].started({"event": "start", "start": start, "stream_id": start})

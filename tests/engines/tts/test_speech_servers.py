from __future__ import annotations

import base64
import io
import os
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from speech_servers import TONE, MiniMaxServer, SpeechServer, clip, minimax_server, speech_server

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.registry import create_tts
from ofrenda.engines.tts import remote
from ofrenda.errors import EngineRefused, EngineTimeout, EngineUnavailable
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, MoodName, ReferenceClip, VoiceProfile

REFERENCE = [clip(6.0), clip(7.5, MoodName.GLAD, "What a day!"), clip(9.0, MoodName.SAD), clip(1.0)]
OVER_HTTP = ("speech-api", "elevenlabs", "gpt-sovits")
ALL = (*OVER_HTTP, "minimax")


@pytest.fixture
async def server() -> AsyncIterator[SpeechServer]:
    async with speech_server() as it:
        it.answers = {
            "/v1/voices/add": {"voice_id": "v-1"},
            "/v1/files/upload": {"file": {"file_id": 2**62 + 1}, "base_resp": {"status_code": 0}},
            "/v1/voice_clone": {"base_resp": {"status_code": 0}},
            "/v1/delete_voice": {"base_resp": {"status_code": 0}},
            "/v1/voices/v-1": {"status": "ok"},
        }
        yield it


@pytest.fixture
async def minimax() -> AsyncIterator[MiniMaxServer]:
    async with minimax_server() as it:
        yield it


def engine(name: str, url: str, **more: Any) -> Any:
    base = f"{url}/v1" if name == "speech-api" else url
    return create_tts(Settings(tts_url=base, tts_key="k-123", **more), name)


def ready(name: str) -> VoiceProfile:
    return VoiceProfile("p", name, "", ("en",), {"voice_id": "v-1"})


async def profile(tts: Any, reference: list[ReferenceClip] | None = None) -> VoiceProfile:
    made: VoiceProfile = await tts.enroll(reference or REFERENCE, consent_id="7", name="a1b2c3d4")
    return made


async def said(
    tts: TextToSpeech, voice: VoiceProfile, mood: Mood = CALM, text: str = "The secret words."
) -> bytes:
    try:
        pieces = [audio async for audio in tts.synthesize(text, voice=voice, mood=mood)]
    finally:
        await tts.close()
    joined = np.concatenate([piece.samples for piece in pieces]) if pieces else np.zeros(0)
    return np.round(joined * 32768).astype("<i2").tobytes()


async def rest(pieces: AsyncIterator[Audio]) -> int:
    return sum([len(audio.samples) async for audio in pieces])


@pytest.mark.parametrize("name", OVER_HTTP)
async def test_every_server_gets_the_same_reference_and_gives_its_sound(
    server: SpeechServer, name: str
) -> None:
    tts = engine(name, server.url)
    voice = await profile(tts)
    assert voice.engine == name
    assert voice.consent_id == "7"
    assert await said(tts, voice) == TONE


async def test_minimax_speaks_and_does_not_repeat_itself(minimax: MiniMaxServer) -> None:
    assert await said(engine("minimax", minimax.url), ready("minimax")) == TONE
    assert [event["event"] for event in minimax.events] == [
        "task_start",
        "task_continue",
        "task_finish",
    ]
    assert minimax.headers == ["Bearer k-123"]
    start = minimax.events[0]
    assert start["voice_setting"]["voice_id"] == "v-1"
    assert "emotion" not in start["voice_setting"]
    assert start["audio_setting"] == {"sample_rate": 24_000, "format": "pcm", "channel": 1}


async def test_minimax_makes_a_voice_from_a_reel_and_a_clip_with_its_words(
    server: SpeechServer,
) -> None:
    voice = await profile(engine("minimax", server.url))
    paths = [path for _, path, _, _ in server.asked]
    assert paths == ["/v1/files/upload", "/v1/files/upload", "/v1/voice_clone"]
    assert [body["purpose"] for _, _, body, _ in server.asked[:2]] == [
        "voice_clone",
        "prompt_audio",
    ]
    order = server.asked[2][2]
    assert order["file_id"] == 2**62 + 1  # longer than a float holds
    assert order["clone_prompt"]["prompt_text"] == "So it goes."
    assert order["voice_id"] == voice.parameters["voice_id"]
    assert order["voice_id"].isalnum()
    assert len(order["voice_id"]) >= 8
    lengths = [seconds(data) for _, data in server.files]
    assert 10 <= lengths[0] <= 120
    assert lengths[1] < 8


def seconds(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav)) as file:
        return file.getnframes() / file.getframerate()


@pytest.mark.parametrize("name", ["minimax", "elevenlabs"])
async def test_a_voice_in_the_cloud_can_be_deleted_also_twice(
    server: SpeechServer, name: str
) -> None:
    tts = engine(name, server.url)
    await tts.forget(ready(name))
    method, path, body, _ = server.asked[-1]
    if name == "minimax":
        assert (path, body["voice_id"]) == ("/v1/delete_voice", "v-1")
        server.answers["/v1/delete_voice"] = {"base_resp": {"status_code": 20132}}
    else:
        assert (method, path) == ("DELETE", "/v1/voices/v-1")
        server.status = 404
    await tts.forget(ready(name))


async def test_the_clip_goes_along_with_its_words_and_fits_the_mood(server: SpeechServer) -> None:
    tts = engine("speech-api", server.url, tts_model="qwen3-tts")
    voice = await profile(tts)
    await said(tts, voice, Mood(MoodName.PLAYFUL, 0.8, 0.5))
    _, path, body, headers = server.asked[-1]
    assert path == "/v1/audio/speech"
    assert headers["authorization"] == "Bearer k-123"
    assert body["model"] == "qwen3-tts"
    assert body["ref_text"] == "What a day!"  # the gladdest that was heard
    assert seconds(base64.b64decode(body["ref_audio"].split(",")[1])) == pytest.approx(7.5)
    assert body["speed"] > 1


async def test_a_mood_that_was_never_heard_is_spoken_calmly(server: SpeechServer) -> None:
    tts = engine("speech-api", server.url)
    voice = await profile(tts, [clip(5.0, text="Calm."), clip(6.0, MoodName.SAD, "Sad.")])
    await said(tts, voice, Mood(MoodName.GLAD, 1.0))
    assert server.asked[-1][2]["ref_text"] == "Calm."


async def test_minimax_is_told_the_mood_in_its_own_words(minimax: MiniMaxServer) -> None:
    tts = engine("minimax", minimax.url)
    await said(tts, ready("minimax"), Mood(MoodName.SAD, 0.8, -1.0))
    setting = minimax.events[0]["voice_setting"]
    assert setting["emotion"] == "sad"
    assert setting["speed"] == 0.8


async def test_a_clip_lent_to_a_server_lies_where_only_we_can_read_it_and_goes(
    server: SpeechServer,
) -> None:
    tts = engine("gpt-sovits", server.url)
    voice = await profile(tts)
    pieces = tts.synthesize("Yes.", voice=voice)
    await anext(pieces)
    path = Path(server.asked[-1][2]["ref_audio_path"])
    for place in (path, path.parent):
        assert os.stat(place).st_mode & 0o077 == 0  # noqa: PTH116
    await pieces.aclose()
    await tts.close()
    assert not os.path.exists(path.parent)  # noqa: PTH110, ASYNC240


async def test_a_server_of_gpt_sovits_elsewhere_is_refused() -> None:
    with pytest.raises(EngineRefused, match="on this machine"):
        engine("gpt-sovits", "http://192.168.1.5:9880", offline=False)


@pytest.mark.parametrize("name", OVER_HTTP)
@pytest.mark.parametrize(
    ("status", "kind", "hint"),
    [
        (401, EngineRefused, "OFRENDA_TTS_KEY"),
        (402, EngineRefused, "account"),
        (404, EngineRefused, "OFRENDA_TTS_MODEL"),
        (422, EngineRefused, "OFRENDA_TTS_URL"),
        (429, EngineUnavailable, "Try again later"),
        (503, EngineUnavailable, "Try again later"),
    ],
)
async def test_each_refusal_says_what_to_do_and_quotes_nothing(
    server: SpeechServer, name: str, status: int, kind: type[Exception], hint: str
) -> None:
    tts = engine(name, server.url)
    voice = await profile(tts)
    server.status = status
    with pytest.raises(kind, match=hint) as error:
        await said(tts, voice)
    assert "secret" not in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (1002, EngineUnavailable, "later"),
        (1004, EngineRefused, "OFRENDA_TTS_KEY"),
        (1008, EngineRefused, "account"),
        (1026, EngineRefused, "sentence"),
        (20132, EngineRefused, "seven days"),
        (2013, EngineRefused, "2013"),
    ],
)
async def test_minimax_refusals_inside_a_well_meant_answer(
    minimax: MiniMaxServer, code: int, kind: type[Exception], hint: str
) -> None:
    minimax.failure = {
        "event": "task_failed",
        "base_resp": {"status_code": code, "status_msg": "you said: secret"},
    }
    with pytest.raises(kind, match=hint) as error:
        await said(engine("minimax", minimax.url), ready("minimax"))
    assert "secret" not in str(error.value)


async def test_minimax_is_cancelled_when_somebody_interrupts(minimax: MiniMaxServer) -> None:
    minimax.pieces = (TONE,) * 500
    pieces = engine("minimax", minimax.url).synthesize("On and on.", voice=ready("minimax"))
    await anext(pieces)
    await pieces.aclose()
    await minimax.closed.wait()
    assert minimax.events[-1]["event"] == "task_cancel"


async def test_minimax_that_breaks_off_gives_what_came_and_says_so(minimax: MiniMaxServer) -> None:
    minimax.stops_after = 2
    pieces = engine("minimax", minimax.url).synthesize("Yes.", voice=ready("minimax"))
    assert (await anext(pieces)).seconds > 0
    with pytest.raises(EngineUnavailable):
        await rest(pieces)


@pytest.mark.parametrize("raw", ["not json", "[1]", '{"data": {"audio": "zz"}}'])
async def test_minimax_answers_that_are_none(minimax: MiniMaxServer, raw: str) -> None:
    minimax.raw = raw
    with pytest.raises(EngineUnavailable):
        await said(engine("minimax", minimax.url), ready("minimax"))


async def test_minimax_that_says_nothing_is_not_waited_for(
    minimax: MiniMaxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote, "READ_S", 0.2)
    minimax.silent = True
    with pytest.raises(EngineTimeout):
        await said(engine("minimax", minimax.url), ready("minimax"))


@pytest.mark.parametrize("name", OVER_HTTP)
async def test_a_stream_that_breaks_off_gives_what_came_and_says_so(
    server: SpeechServer, name: str
) -> None:
    tts = engine(name, server.url)
    voice = await profile(tts)
    server.breaks_off = True
    pieces = tts.synthesize("Yes.", voice=voice)
    assert (await anext(pieces)).seconds > 0
    with pytest.raises(EngineUnavailable):
        await rest(pieces)
    await tts.close()


@pytest.mark.parametrize("name", OVER_HTTP)
async def test_no_sound_is_a_failure(server: SpeechServer, name: str) -> None:
    tts = engine(name, server.url)
    voice = await profile(tts)
    server.pieces = ()
    with pytest.raises(EngineUnavailable, match="no sound"):
        await said(tts, voice)


async def test_an_error_dressed_as_a_page_is_not_played(server: SpeechServer) -> None:
    tts = engine("speech-api", server.url)
    voice = await profile(tts)
    server.content_type = "text/html"
    with pytest.raises(EngineUnavailable, match="cannot be read"):
        await said(tts, voice)


@pytest.mark.parametrize("name", ALL)
async def test_a_server_that_is_not_there_is_told(name: str) -> None:
    tts = engine(name, "http://127.0.0.1:9")
    voice = ready(name)
    if name in ("speech-api", "gpt-sovits"):
        voice = await profile(tts)
    with pytest.raises(EngineUnavailable):
        await said(tts, voice)


@pytest.mark.parametrize("name", ALL)
async def test_a_voice_of_another_engine_is_refused(name: str) -> None:
    with pytest.raises(EngineRefused, match="another speech engine"):
        await said(engine(name, "http://127.0.0.1:9"), ready("kokoro"))


@pytest.mark.parametrize("name", ALL)
async def test_too_little_speech_is_refused_before_anything_is_sent(
    server: SpeechServer, name: str
) -> None:
    with pytest.raises(EngineRefused, match="Add another recording"):
        await profile(engine(name, server.url), [clip(1.5)])
    assert server.asked == []


@pytest.mark.parametrize("name", ["minimax", "elevenlabs"])
def test_clouds_are_refused_while_the_house_is_offline(name: str) -> None:
    with pytest.raises(EngineRefused, match="OFRENDA_OFFLINE=0"):
        create_tts(Settings(tts_key="k"), name)
    assert not create_tts(Settings(tts_key="k", offline=False), name).capabilities.offline
    with pytest.raises(EngineRefused, match="OFRENDA_TTS_KEY"):
        create_tts(Settings(offline=False), name)


async def test_nothing_to_say_sends_nothing(server: SpeechServer) -> None:
    tts = engine("speech-api", server.url)
    voice = await profile(tts)
    assert await said(tts, voice, text="  ") == b""
    assert server.asked == []

"""Recordings of every kind become mono samples; what cannot be read is refused with its reason."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import av
import numpy as np
import pysilk
import pytest

from ofrenda.errors import ClipRejected
from ofrenda.sound import decode, read_recording
from ofrenda.types import Audio
from ofrenda.voice.pitch import median_pitch
from tests.voice.recordings import RATE, encode, film_without_sound, vowels

KINDS = [
    ("libopus", "ogg", 48_000),
    ("libopus", "ogg", 16_000),
    ("libopus", "webm", 48_000),
    ("aac", "mp4", 44_100),
    ("aac", "mov", 48_000),
    ("aac", "3gp", 16_000),
    ("aac", "adts", 44_100),
    ("libmp3lame", "mp3", 44_100),
    ("pcm_s16le", "wav", 8_000),
    ("pcm_f32le", "wav", 48_000),
    ("flac", "flac", 48_000),
]


def reason_of(data: bytes, name: str | None = None) -> str:
    with pytest.raises(ClipRejected) as caught:
        decode(data, name=name)
    assert "\n" not in caught.value.message
    return caught.value.reason


@pytest.mark.parametrize(("codec", "container", "rate"), KINDS)
def test_a_recording_of_any_usual_kind_keeps_its_length_pitch_and_level(
    codec: str, container: str, rate: int
) -> None:
    said = vowels(3.0, 140.0)
    heard = decode(encode(said, codec, container, rate=rate))
    assert heard.sample_rate == RATE
    assert heard.samples.dtype == np.float32
    assert heard.samples.ndim == 1
    assert heard.seconds == pytest.approx(3.0, abs=0.1)
    assert median_pitch(heard) == pytest.approx(140.0, rel=0.01)
    assert np.std(heard.samples) == pytest.approx(np.std(said.samples), rel=0.1)


def test_another_rate_is_given_when_asked_for() -> None:
    heard = decode(encode(vowels(2.0, 200.0), "aac", "mp4", rate=44_100), sample_rate=24_000)
    assert heard.sample_rate == 24_000
    assert heard.seconds == pytest.approx(2.0, abs=0.1)


def test_stereo_becomes_mono_of_the_same_level() -> None:
    said = vowels(2.0, 120.0)
    heard = decode(encode(said, "flac", "flac", layout="stereo"))
    assert np.std(heard.samples) == pytest.approx(np.std(said.samples), rel=0.02)


def test_a_file_object_is_read_as_well_as_bytes() -> None:
    data = encode(vowels(1.0, 120.0), "pcm_s16le", "wav")
    np.testing.assert_array_equal(decode(io.BytesIO(data)).samples, decode(data).samples)


def test_raw_g722_is_known_by_its_name_alone() -> None:
    data = encode(vowels(2.0, 120.0), "g722", "g722")
    assert decode(data, name="Mum.G722").seconds == pytest.approx(2.0, abs=0.05)
    assert reason_of(data) == "corrupt"


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"Dear all, this is a letter. " * 50, id="text"),
        pytest.param(bytes(20_000), id="zeros"),
        pytest.param(np.random.default_rng(1).bytes(50_000), id="random"),
    ],
)
def test_what_is_no_recording_is_refused_as_corrupt(data: bytes) -> None:
    assert reason_of(data) == "corrupt"


def test_a_phone_recording_cut_off_halfway_is_refused_as_corrupt() -> None:
    data = encode(vowels(5.0, 120.0), "aac", "mp4")
    assert reason_of(data[: len(data) // 2]) == "corrupt"


def test_a_recording_of_which_the_beginning_is_there_is_read_as_far_as_it_goes() -> None:
    data = encode(vowels(6.0, 120.0), "flac", "flac")
    found = read_recording(data[: len(data) // 2])
    assert found.audio.seconds == pytest.approx(3.0, abs=0.6)
    assert found.promised == pytest.approx(6.0, abs=0.1)


def test_scrambled_sound_is_corrupt_and_scrambled_protected_sound_is_called_protected() -> None:
    data = bytearray(encode(vowels(20.0, 120.0), "aac", "mp4", bit_rate=64_000))
    start, end = data.index(b"mdat") + 4, data.rindex(b"moov") - 4
    data[start:end] = np.random.default_rng(1).bytes(end - start)
    assert reason_of(bytes(data)) == "corrupt"
    assert reason_of(bytes(data).replace(b"mp4a", b"drms")) == "protected"


def test_a_film_without_sound_is_refused() -> None:
    assert reason_of(film_without_sound()) == "no_audio"


def silk(said: Audio, *, wechat: bool) -> bytes:
    pcm = (np.clip(said.samples, -1, 1) * 32767).astype("<i2").tobytes()
    packed = io.BytesIO()
    pysilk.encode(io.BytesIO(pcm), packed, said.sample_rate, 24_000, tencent=wechat)
    return packed.getvalue()


@pytest.mark.parametrize("wechat", [True, False])
def test_a_silk_voice_message_keeps_its_length_and_pitch(wechat: bool) -> None:
    data = silk(vowels(3.0, 140.0), wechat=wechat)
    assert data.startswith(b"\x02#!SILK_V3" if wechat else b"#!SILK_V3")
    heard = decode(data, name="msg_41.amr")
    assert heard.sample_rate == RATE
    assert heard.seconds == pytest.approx(3.0, abs=0.1)
    assert median_pitch(heard) == pytest.approx(140.0, rel=0.01)


@pytest.mark.parametrize("rest", [b"", bytes(500), b"\xff" * 500])
def test_a_silk_file_with_nothing_in_it_is_refused_though_its_decoder_says_nothing(
    rest: bytes,
) -> None:
    assert reason_of(b"\x02#!SILK_V3" + rest) == "corrupt"


@pytest.mark.parametrize(("codec", "rate", "name"), [("libopencore_amrnb", 8_000, "AUD.amr")])
def test_amr_is_read_with_and_without_its_first_line(codec: str, rate: int, name: str) -> None:
    if codec not in av.codecs_available:
        pytest.skip("this build of FFmpeg does not write AMR")
    data = encode(vowels(2.0, 140.0), codec, "amr", rate=rate, bit_rate=12_200)
    for form in (data, data.removeprefix(b"#!AMR\n")):
        assert decode(form, name=name).seconds == pytest.approx(2.0, abs=0.1)


def test_a_small_file_of_many_hours_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.modules[read_recording.__module__], "MAX_SECONDS", 10)
    silence = Audio(np.zeros(RATE * 15, np.float32), RATE)
    for codec, container in (("flac", "flac"), ("libopus", "ogg"), ("libopus", "webm")):
        data = encode(silence, codec, container)
        assert len(data) < 60_000
        assert reason_of(data) == "too_long"


def test_a_playlist_cannot_make_it_open_another_file(tmp_path: Path) -> None:
    secret = tmp_path / "other.ts"
    secret.write_bytes(encode(vowels(2.0, 120.0), "aac", "mpegts"))
    playlist = f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\n{secret}\n#EXT-X-ENDLIST\n"
    assert reason_of(playlist.encode(), name="voice.m3u8") == "corrupt"
    listing = f"ffconcat version 1.0\nfile '{secret}'\n"
    assert reason_of(listing.encode(), name="voice.wav") == "corrupt"

"""Recordings of every kind in exports, decoded apart: their length, their band, their limits."""

from __future__ import annotations

import contextlib
import io
import time

import numpy as np
import pysilk
import pytest

from ofrenda.apart import Apart
from ofrenda.errors import FileUnreadable
from ofrenda.sound import About, Measured, Window, listen, windows
from ofrenda.sound import listening as module
from ofrenda.types import Audio, Samples
from tests.voice.recordings import RATE, encode, film_without_sound, vowels


@pytest.fixture(scope="module")
def apart() -> object:
    with Apart() as one:
        yield one


def heard(apart: Apart, data: bytes, name: str = "x") -> tuple[About, Samples, Measured]:
    told = list(listen(apart, io.BytesIO(data), sample_rate=RATE, name=name))
    first, last = told[0], told[-1]
    assert isinstance(first, About)
    assert isinstance(last, Measured)
    pieces = [one for one in told[1:-1] if isinstance(one, np.ndarray)]
    assert max(map(len, pieces)) <= 4 * RATE
    return first, np.concatenate(pieces), last


def silk(said: Audio) -> bytes:
    packed = io.BytesIO()
    pcm = (np.clip(said.samples, -1, 1) * 32767).astype("<i2").tobytes()
    pysilk.encode(io.BytesIO(pcm), packed, said.sample_rate, 24_000)
    return packed.getvalue()


NOISE = Audio(np.random.default_rng(3).normal(0, 0.1, RATE * 9).astype(np.float32), RATE)


@pytest.mark.parametrize(
    ("codec", "container", "rate", "band"),
    [
        ("libopus", "ogg", 48_000, 8_000),
        ("aac", "mp4", 44_100, 8_000),
        ("aac", "3gp", 16_000, 8_000),
        ("libopencore_amrnb", "amr", 8_000, 4_000),
        ("libopencore_amrnb", "3gp", 8_000, 4_000),
        ("alac", "caf", 44_100, 8_000),
        ("libmp3lame", "mp3", 44_100, 8_000),
        ("pcm_s16le", "wav", 8_000, 4_000),
    ],
)
def test_a_recording_is_heard_whole_and_its_band_is_known(
    apart: Apart, codec: str, container: str, rate: int, band: int
) -> None:
    data = encode(NOISE, codec, container, rate=rate, bit_rate=12_200 if rate == 8_000 else None)
    about, samples, measured = heard(apart, data)
    assert len(samples) / RATE == pytest.approx(9.0, abs=0.15)
    assert measured.seconds == pytest.approx(len(samples) / RATE)
    assert measured.bandwidth_hz is not None
    assert band * 0.8 <= measured.bandwidth_hz <= band
    assert not about.film
    assert not about.music


def test_silk_is_heard_like_any_other(apart: Apart) -> None:
    about, samples, _ = heard(apart, silk(vowels(3.0, 140.0)))
    assert about.codec == "silk"
    assert len(samples) / RATE == pytest.approx(3.0, abs=0.1)


def test_what_was_a_telephone_call_shows_whatever_it_was_saved_as(apart: Apart) -> None:
    narrow = heard(apart, encode(NOISE, "pcm_s16le", "wav", rate=8_000))[1]
    about, _, measured = heard(apart, encode(Audio(narrow, RATE), "libopus", "ogg", rate=48_000))
    assert about.source_rate == 48_000
    assert measured.bandwidth_hz is not None
    assert measured.bandwidth_hz < 4_500


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "corrupt"),
        (b"\x02#!SILK_V3", "corrupt"),
        (b"OggS" + bytes(2_000), "corrupt"),
        (b"no sound at all " * 50, "corrupt"),
        (film_without_sound(), "no_audio"),
    ],
)
def test_what_cannot_be_heard_has_a_reason(apart: Apart, data: bytes, reason: str) -> None:
    with pytest.raises(FileUnreadable) as caught:
        list(listen(apart, io.BytesIO(data), sample_rate=RATE))
    assert caught.value.reason == reason


def test_a_damaged_recording_never_ends_anything_but_itself(apart: Apart) -> None:
    whole = bytearray(encode(vowels(2.0, 140.0), "aac", "mp4", rate=44_100))
    dice = np.random.default_rng(5)
    for _ in range(60):
        data = bytearray(whole)
        for place in dice.integers(0, len(data), 8):
            data[place] = int(dice.integers(0, 256))
        begun = time.monotonic()
        with contextlib.suppress(FileUnreadable):
            list(listen(apart, io.BytesIO(bytes(data)), sample_rate=RATE))
        assert time.monotonic() - begun < 20


def test_an_answer_that_is_no_sound_is_not_believed() -> None:
    for told in ({"codec": "opus"}, {"seconds": "x"}, 7, None, bytes(2 * 5 * RATE), [1]):
        with pytest.raises(FileUnreadable):
            module._believed(told, RATE)


def test_long_sound_is_cut_where_it_is_quiet_and_nothing_is_lost() -> None:
    dice = np.random.default_rng(1)
    sound = dice.normal(0, 0.2, RATE * 93).astype(np.float32)
    pauses = [22.0, 45.0, 66.0]
    for at in pauses:
        sound[round(at * RATE) : round((at + 0.6) * RATE)] *= 0.001
    found: list[Window] = list(windows(np.array_split(sound, 31), RATE))
    np.testing.assert_array_equal(np.concatenate([one.samples for one in found]), sound)
    assert all(len(one.samples) <= 28 * RATE for one in found)
    ends = [one.start for one in found[1:]]
    assert all(at < end < at + 0.6 for at, end in zip(pauses, ends, strict=True))

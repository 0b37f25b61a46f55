"""A clip that can give a voice is taken; any other is refused with its reason in a plain line."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from ofrenda.errors import ClipRejected
from ofrenda.settings import Settings
from ofrenda.sound import read_recording
from ofrenda.types import Audio
from ofrenda.voice import ClipReport, decode, examine_clip
from ofrenda.voice.checks import examine_recording

from .recordings import RATE, encode, louder, music, prompt_reel, vowels


def reason_of(audio: Audio, settings: Settings) -> str:
    with pytest.raises(ClipRejected) as caught:
        examine_clip(audio, settings=settings)
    message = caught.value.message
    assert "\n" not in message
    assert message.count(". ") >= 1, "it also says what would help"
    return caught.value.reason


def reverberant(audio: Audio, decay: float) -> Audio:
    """As in a room where sound takes ``decay`` seconds to die, with as much echo as voice."""
    dice = np.random.default_rng(7)
    tail = dice.standard_normal(round(decay * RATE))
    tail *= 10 ** (-3 * np.arange(len(tail)) / len(tail))
    tail /= np.sqrt(np.sum(np.square(tail)))
    tail[0] += 1
    size = 1 << (len(audio.samples) + len(tail)).bit_length()
    wet = np.fft.irfft(np.fft.rfft(audio.samples, size) * np.fft.rfft(tail, size))
    return Audio(louder(wet[: len(audio.samples)].astype(np.float32), 0.05), RATE)


def with_noise(audio: Audio, decibels: float) -> Audio:
    """White noise that many dB under the voice."""
    level = np.sqrt(np.mean(np.square(audio.samples))) * 10 ** (-decibels / 20)
    noise = np.random.default_rng(3).standard_normal(len(audio.samples)) * level
    return Audio((audio.samples + noise).astype(np.float32), RATE)


def test_silence_is_refused(settings: Settings) -> None:
    assert reason_of(Audio(np.zeros(RATE * 60, np.float32), RATE), settings) == "silent"
    hiss = np.random.default_rng(0).standard_normal(RATE * 20) * 1e-4
    assert reason_of(Audio(hiss.astype(np.float32), RATE), settings) == "silent"
    assert reason_of(Audio(np.zeros(0, np.float32), RATE), settings) == "silent"


@pytest.mark.models
@pytest.mark.parametrize("seed", [11, 12, 13])
def test_music_alone_is_refused(settings: Settings, seed: int) -> None:
    assert reason_of(music(20.0, seed), settings) == "no_speech"


@pytest.mark.models
def test_noise_and_hum_alone_are_refused(settings: Settings) -> None:
    noise = np.random.default_rng(0).standard_normal(RATE * 20) * 0.1
    assert reason_of(Audio(noise.astype(np.float32), RATE), settings) == "no_speech"
    assert reason_of(vowels(20.0, 50.0), settings) == "no_speech"


@pytest.mark.models
@pytest.mark.speech
class TestWithAWomansRealVoice:
    def test_ninety_seconds_are_taken_and_described(
        self, allison: Audio, settings: Settings
    ) -> None:
        steps: list[str] = []
        report = examine_clip(
            allison, settings=settings, progress=lambda step, _share: steps.append(step)
        )
        assert report.seconds == pytest.approx(90.0, abs=0.1)
        assert 70 < report.speech_seconds <= 90
        assert report.pitch_hz is not None
        assert 165 < report.pitch_hz < 255, "a woman's median"
        assert report.quality.snr > 20
        assert report.warnings == ()
        assert {"listening", "comparing"} <= set(steps)

    def test_the_report_survives_being_stored(self, allison: Audio, settings: Settings) -> None:
        report = examine_clip(Audio(allison.samples[: 30 * RATE], RATE), settings=settings)
        assert ClipReport.from_json(json.loads(json.dumps(report.to_json()))) == report

    def test_the_same_as_a_voice_note_of_16_kbit_is_taken(
        self, allison: Audio, settings: Settings
    ) -> None:
        note = encode(allison, "libopus", "ogg", rate=16_000, bit_rate=16_000)
        report = examine_recording(read_recording(note), settings=settings)
        assert report.speech_seconds > 70
        assert report.warnings == ()

    def test_two_seconds_are_too_short(self, allison: Audio, settings: Settings) -> None:
        assert reason_of(Audio(allison.samples[: 2 * RATE], RATE), settings) == "too_short"

    def test_a_few_words_in_a_long_silence_are_too_short(
        self, allison: Audio, settings: Settings
    ) -> None:
        samples = np.concatenate([np.zeros(40 * RATE, np.float32), allison.samples[: 6 * RATE]])
        assert reason_of(Audio(samples, RATE), settings) == "too_short"

    def test_speech_between_long_pauses_is_found(self, allison: Audio, settings: Settings) -> None:
        gap = np.zeros(5 * RATE, np.float32)
        parts = [allison.samples[i * RATE * 6 : (i + 1) * RATE * 6] for i in range(4)]
        spread = np.concatenate([piece for part in parts for piece in (part, gap)])
        report = examine_clip(Audio(spread, RATE), settings=settings)
        assert 18 < report.speech_seconds <= 25
        assert "little_speech" in report.warnings

    @pytest.mark.parametrize("gain", [4.0, 10.0])
    def test_an_overloaded_recording_is_refused_also_after_opus(
        self, allison: Audio, settings: Settings, gain: float
    ) -> None:
        loud = allison.samples[: 30 * RATE]
        flat = Audio(np.clip(loud / np.abs(loud).max() * gain, -1, 1) * np.float32(0.5), RATE)
        assert reason_of(flat, settings) == "clipped"
        assert reason_of(decode(encode(flat, "libopus", "ogg", bit_rate=16_000)), settings) == (
            "clipped"
        )

    def test_loud_but_whole_is_no_overload(self, allison: Audio, settings: Settings) -> None:
        loud = allison.samples[: 30 * RATE]
        report = examine_clip(Audio(loud / np.abs(loud).max(), RATE), settings=settings)
        assert "strained" not in report.warnings

    def test_noise_as_loud_as_the_voice_is_refused_and_a_little_is_warned_of(
        self, allison: Audio, settings: Settings
    ) -> None:
        clip = Audio(allison.samples[: 30 * RATE], RATE)
        assert reason_of(with_noise(clip, 0.0), settings) == "too_noisy"
        assert "noisy" in examine_clip(with_noise(clip, 12.0), settings=settings).warnings
        assert "noisy" not in examine_clip(with_noise(clip, 35.0), settings=settings).warnings

    def test_a_telephone_line_is_warned_of(self, allison: Audio, settings: Settings) -> None:
        clip = Audio(allison.samples[: 30 * RATE], RATE)
        line = decode(encode(clip, "pcm_alaw", "wav", rate=8_000))
        assert "telephone" in examine_clip(line, settings=settings).warnings

    def test_a_bare_room_is_warned_of_and_a_furnished_one_is_not(
        self, allison: Audio, settings: Settings
    ) -> None:
        clip = Audio(allison.samples[: 40 * RATE], RATE)
        assert "echo" in examine_clip(reverberant(clip, 1.0), settings=settings).warnings
        assert "echo" not in examine_clip(reverberant(clip, 0.25), settings=settings).warnings

    def test_a_file_that_ends_too_early_is_warned_of(
        self, allison: Audio, settings: Settings
    ) -> None:
        file = encode(Audio(allison.samples[: 60 * RATE], RATE), "flac", "flac")
        whole, half = read_recording(file), read_recording(file[: len(file) // 2])
        assert "cut_short" not in examine_recording(whole, settings=settings).warnings
        assert "cut_short" in examine_recording(half, settings=settings).warnings

    def test_any_rate_is_taken(self, allison_folder: Path, settings: Settings) -> None:
        reel = prompt_reel(allison_folder, 20.0)
        data = encode(reel, "pcm_s16le", "wav", rate=48_000)
        report = examine_clip(decode(data, sample_rate=48_000), settings=settings)
        assert report.seconds == pytest.approx(20.0, abs=0.1)

"""The speaker encoder tells people apart, as the original does, and pitch is read right."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ofrenda.types import Audio
from ofrenda.voice.pitch import median_pitch
from ofrenda.voice.speaker import SpeakerEncoder, centre, speaker_encoder

from .recordings import RATE, prompt_reel, vowels

# The first 32 of 256 numbers that Resemblyzer 0.1.4 on PyTorch 2.13.0 gives for this sound.
ORIGINAL = np.zeros(32)
ORIGINAL[[1, 10, 11, 12, 16, 17, 18, 21, 25, 28]] = [
    0.0929,
    0.1607,
    0.0979,
    0.0399,
    0.0201,
    0.0873,
    0.0391,
    0.0559,
    0.0559,
    0.1187,
]


def test_an_embedding_is_a_direction_without_negative_parts() -> None:
    rows = SpeakerEncoder().windows(vowels(4.0, 150.0))
    assert rows.shape == (4, 256)
    assert rows.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1.0, atol=1e-5)
    assert (rows >= 0).all()


def test_sound_shorter_than_a_window_gives_one_embedding() -> None:
    assert speaker_encoder().windows(vowels(0.3, 150.0)).shape == (1, 256)
    assert speaker_encoder().windows(Audio(np.zeros(0, np.float32), RATE)).shape == (1, 256)


def test_loudness_hardly_matters_for_quiet_sound() -> None:
    soft, softer = vowels(3.0, 150.0, level=0.02), vowels(3.0, 150.0, level=0.002)
    encoder = speaker_encoder()
    assert float(encoder.embed(soft) @ encoder.embed(softer)) > 0.999


def test_another_rate_is_refused_in_plain_words() -> None:
    with pytest.raises(ValueError, match="16000 Hz"):
        speaker_encoder().embed(Audio(np.zeros(48_000, np.float32), 48_000))


def test_the_numbers_are_those_of_the_original() -> None:
    found = speaker_encoder().windows(vowels(1.6, 150.0))[0]
    np.testing.assert_allclose(found[:32], ORIGINAL, atol=2e-3)


@pytest.mark.speech
def test_one_woman_is_nearer_to_herself_than_to_a_buzz(allison_folder: Path) -> None:
    encoder = speaker_encoder()
    first = encoder.embed(prompt_reel(allison_folder, 20.0))
    later = encoder.embed(prompt_reel(allison_folder, 20.0, skip=60))
    assert float(first @ later) > 0.9
    assert float(first @ encoder.embed(vowels(5.0, 200.0))) < 0.7


@pytest.mark.parametrize("hertz", [70.0, 110.0, 180.0, 260.0, 390.0])
def test_pitch_is_read_to_a_hundredth_through_noise_and_the_telephone(hertz: float) -> None:
    clear = vowels(2.0, hertz)
    noise = np.random.default_rng(0).standard_normal(len(clear.samples)) * 0.3
    noisy = clear.samples + noise * np.std(clear.samples)
    spectrum = np.fft.rfft(clear.samples)
    frequency = np.fft.rfftfreq(len(clear.samples), 1 / RATE)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    telephone = np.fft.irfft(spectrum)
    for samples in (clear.samples, noisy, telephone):
        heard = median_pitch(Audio(samples.astype(np.float32), RATE))
        assert heard == pytest.approx(hertz, rel=0.01)


def test_noise_and_silence_have_no_pitch() -> None:
    noise = np.random.default_rng(0).standard_normal(RATE * 3) * 0.1
    assert median_pitch(Audio(noise.astype(np.float32), RATE)) is None
    assert median_pitch(Audio(np.zeros(RATE, np.float32), RATE)) is None
    assert median_pitch(Audio(np.zeros(0, np.float32), RATE)) is None


def test_the_centre_of_directions_is_a_direction() -> None:
    middle = centre(np.eye(4, dtype=np.float32)[:2])
    np.testing.assert_allclose(middle, [0.5**0.5, 0.5**0.5, 0, 0], atol=1e-6)

"""The speech model's melody can be moved, and left alone it is the model's own."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
import soxr

from ofrenda.engines.tts.g2p import Phonemizer
from ofrenda.engines.tts.kokoro import MODEL, MODEL_FILE
from ofrenda.engines.tts.melody import feeds, with_melody
from ofrenda.engines.tts.onnx_file import parse_onnx, rewired, with_outputs
from ofrenda.engines.tts.reading import read
from ofrenda.engines.tts.session import session
from ofrenda.engines.tts.stock import pack
from ofrenda.errors import ModelCorrupt
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples
from ofrenda.voice.pitch import pitch_track
from ofrenda.weights import resolve

TEXT = "There used to be a small shop on the corner that sold warm bread and soup."


@pytest.fixture(scope="module")
def model() -> bytes:
    return resolve(MODEL, Settings()).path(MODEL_FILE).read_bytes()


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the model is fed for one sentence."""
    vocabulary = json.loads(resolve(MODEL, Settings()).path("vocab.json").read_text("utf-8"))
    phonemizer = Phonemizer(vocabulary["vocab"], tmp_path_factory.mktemp("cache"))
    tokens = phonemizer.tokens(phonemizer.say(read(TEXT, "en"), british=False))
    return {
        "tokens": np.array([[0, *tokens, 0]], np.int64),
        "style": pack("am_michael")[len(tokens) - 1][None],
        "speed": np.array([1.0], np.float32),
    }


@pytest.fixture(scope="module")
def moved(model: bytes) -> Any:
    return session(with_melody(model), 1)


def spoken(opened: Any, told: dict[str, Any]) -> Samples:
    sound: Samples = np.asarray(opened.run(None, told)[0], np.float32).ravel()
    return sound


def melody(sound: Samples) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """In semitones."""
    heard = soxr.resample(sound, 24_000, 16_000).astype(np.float32)
    return 12 * np.log2(pitch_track(Audio(heard, 16_000)).astype(np.float64))


def width(track: np.ndarray[tuple[int], np.dtype[np.float64]]) -> float:
    low, high = np.quantile(track, [0.1, 0.9])
    return float(high - low)


def test_left_alone_it_is_the_models_own_and_moved_it_is_what_was_asked(
    model: bytes, told: dict[str, Any]
) -> None:
    """The curve itself: the sound has noise in it that differs each time."""
    curve = "/encoder/Squeeze_output_0"
    (own,) = session(with_outputs(model, [curve]), 1).run([curve], told)
    changed = session(with_outputs(with_melody(model), [curve]), 1)
    voiced = own > 10
    assert 0.2 < voiced.mean() < 1
    (same,) = changed.run([curve], told | feeds(1.0, 1.0))
    assert np.allclose(same[voiced], np.maximum(own[voiced], 50), rtol=1e-4)
    (moved,) = changed.run([curve], told | feeds(1.1, 0.8))
    mean = own[voiced].mean()
    asked = np.maximum(1.1 * (mean + 0.8 * (own[voiced] - mean)), 50)
    assert np.allclose(moved[voiced], asked, rtol=1e-4)
    assert np.array_equal(moved[~voiced], own[~voiced])


def test_pitch_is_moved_by_what_is_asked_and_nothing_is_stretched(
    moved: Any, told: dict[str, Any]
) -> None:
    plain = spoken(moved, told | feeds(1.0, 1.0))
    for semitones in (-2.0, 2.0):
        sound = spoken(moved, told | feeds(2 ** (semitones / 12), 1.0))
        assert len(sound) == len(plain)
        assert np.median(melody(sound)) - np.median(melody(plain)) == pytest.approx(
            semitones, abs=0.5
        )


def test_its_range_is_widened_and_narrowed(moved: Any, told: dict[str, Any]) -> None:
    plain = width(melody(spoken(moved, told | feeds(1.0, 1.0))))
    flat = width(melody(spoken(moved, told | feeds(1.0, 0.6))))
    lively = width(melody(spoken(moved, told | feeds(1.0, 1.3))))
    assert flat / plain == pytest.approx(0.6, abs=0.15)
    assert lively / plain == pytest.approx(1.3, abs=0.2)


def test_what_is_not_this_model_is_refused() -> None:
    with pytest.raises(ModelCorrupt):
        with_melody(b"")


def test_only_what_makes_a_value_is_renamed(model: bytes) -> None:
    name = "/encoder/Squeeze_output_0"
    other = "~" + name[1:]
    nodes = parse_onnx(rewired(model, name, other, b"")).nodes
    assert [node.operation for node in nodes if other in node.outputs] == ["Squeeze"]
    assert not [node for node in nodes if name in node.outputs]
    assert [node for node in nodes if name in node.inputs]
    with pytest.raises(ValueError, match="length"):
        rewired(model, name, "short", b"")
    with pytest.raises(ValueError, match="no such"):
        rewired(model, "x" * 9, "y" * 9, b"")

from __future__ import annotations

import numpy as np
import pytest

from ofrenda import errors
from ofrenda.engines import wire
from ofrenda.engines.protocols import Capabilities, EngineKind, Message, Prompt
from ofrenda.types import Audio, Mood, MoodName, VoiceProfile

VOICE = VoiceProfile("v", "kokoro", "ab", ("en", "zh"), {"mix": {"am_onyx": 0.3}}, b"\x00\xff", "7")
MOOD = Mood(MoodName.TENDER, 0.25, -0.5)
PROMPT = Prompt("你是", (Message("user", "hi"), Message("assistant", "hello")), "A", "B", ("n",))
WHAT = Capabilities("x", EngineKind.TTS, ("en",), True, 24_000, ("m",), "MIT", True)


def there_and_back(payload: wire.Payload) -> wire.Payload:
    return wire.unpack(wire.pack(payload))


def test_everything_arrives_as_it_left() -> None:
    assert wire.voice_in(there_and_back(wire.voice_out(VOICE))) == VOICE
    assert wire.mood_in(there_and_back(wire.mood_out(MOOD))) == MOOD
    assert wire.prompt_in(there_and_back(wire.prompt_out(PROMPT))) == PROMPT
    assert wire.capabilities_in(there_and_back(wire.capabilities_out(WHAT))) == WHAT


def test_arrays_arrive_bit_for_bit_and_can_be_written_to() -> None:
    samples = np.random.default_rng(1).normal(size=1001).astype(np.float32)
    audio = wire.audio_in(there_and_back(wire.audio_out(Audio(samples, 24_000))))
    assert np.array_equal(audio.samples, samples)
    audio.samples[0] = 0
    empty = np.zeros((0, 384), np.float32)
    assert wire.vectors_in(there_and_back(wire.vectors_out(empty))).shape == (0, 384)


@pytest.mark.parametrize("kind", ["ModelMissing", "ModelCorrupt", "EngineRefused", "EngineTimeout"])
def test_an_error_arrives_as_the_class_it_left_as(kind: str) -> None:
    error = getattr(errors, kind)("do this")
    found = wire.error_in(wire.error_out(error))
    assert type(found) is type(error)
    assert found.message == "do this"


def test_an_error_of_an_unknown_class_is_one_of_availability() -> None:
    data = wire.pack({"class": "SystemExit", "message": "x"})
    assert type(wire.error_in(data)) is errors.EngineUnavailable

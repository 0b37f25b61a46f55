"""The changes in a caller's voice that a call acts on, on a clock of the test's own."""

from __future__ import annotations

import numpy as np

from ofrenda.call.activity import Change, VoiceActivity
from ofrenda.call.rules import CallRules
from ofrenda.measure.babble import RATE, babble
from ofrenda.types import Samples

PACKET = RATE // 50


def silence(seconds: float) -> Samples:
    return np.zeros(int(seconds * RATE), np.float32)


def changes(voice: VoiceActivity, *pieces: Samples) -> list[tuple[Change, float]]:
    sound = np.concatenate(pieces)
    pcm = (sound * 32767).astype(np.int16)
    found = []
    for place in range(0, len(pcm) - PACKET + 1, PACKET):
        now = (place + PACKET) / RATE
        change = voice.hear(pcm[place : place + PACKET].tobytes(), now)
        if change is not None:
            found.append((change, now))
    return found


def test_a_pause_is_told_twice_early_and_when_it_may_be_the_end() -> None:
    rules = CallRules()
    voice = VoiceActivity(rules)
    said = changes(voice, silence(0.5), babble(1.3).samples, silence(1.0))
    assert [change for change, _ in said] == [Change.BEGAN, Change.FALTERED, Change.PAUSED]
    (_, began), (_, faltered), (_, paused) = said
    assert voice.fell is not None
    assert 0.5 < began < 0.5 + rules.voice_start + 0.2
    assert faltered - voice.fell < paused - voice.fell
    assert abs(paused - voice.fell - rules.voice_stop) < 0.05
    assert not voice.speaking


def test_a_silence_too_short_for_a_pause_is_taken_back() -> None:
    voice = VoiceActivity(CallRules())
    talk = babble(1.3).samples
    said = changes(voice, silence(0.5), talk, silence(0.16), babble(1.0, seed=3).samples)
    assert [change for change, _ in said][:3] == [Change.BEGAN, Change.FALTERED, Change.WENT_ON]
    assert voice.speaking
    assert voice.fell is None


def test_a_voice_that_may_be_beginning_is_known_before_it_counts() -> None:
    voice, starting = VoiceActivity(CallRules()), []
    pcm = (np.concatenate([silence(0.5), babble(0.6).samples]) * 32767).astype(np.int16)
    for place in range(0, len(pcm) - PACKET + 1, PACKET):
        change = voice.hear(pcm[place : place + PACKET].tobytes(), place / RATE)
        if change is Change.BEGAN:
            break
        starting.append(voice.starting)
    assert any(starting)
    assert starting[-1]
    assert not voice.starting


def test_the_voice_of_the_person_come_back_is_no_caller() -> None:
    voice = VoiceActivity(CallRules(), is_echo=lambda: True)
    assert changes(voice, silence(0.3), babble(1.0).samples) == []
    assert not voice.sounding


def test_when_the_sound_stops_coming_nobody_is_about_to_speak() -> None:
    voice = VoiceActivity(CallRules())
    changes(voice, silence(0.5), babble(1.0).samples)
    assert voice.stop(9.0)
    assert voice.fell == 9.0
    assert not voice.starting
    assert not voice.stop(10.0)

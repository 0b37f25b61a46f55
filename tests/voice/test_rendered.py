"""Sentences kept as sound: found again exactly, in cipher, within bounds, gone with the voice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from ofrenda.clock import ManualClock
from ofrenda.types import CALM, Audio, Mood, MoodName, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech

from .test_store import life as life

VOICE = VoiceProfile("v1", "kokoro", "abc", ("en",))


def sound(seconds: float, tone: float = 0.05) -> Audio:
    samples = 0.3 * np.sin(np.arange(int(seconds * 24_000)) * tone)
    return Audio(samples.astype(np.float32), 24_000)


@pytest.fixture
def rendered(life: Life) -> RenderedSpeech:
    return RenderedSpeech(life)


def test_a_sentence_is_found_again_clause_by_clause(rendered: RenderedSpeech) -> None:
    made = [sound(0.7), sound(1.3, 0.02)]
    assert rendered.get("Good night.", "en", CALM, VOICE) == []
    rendered.put("Good night.", "en", CALM, VOICE, made)
    rendered.put("Good night.", "en", CALM, VOICE, made)
    found = rendered.get("Good night.", "en", CALM, VOICE)
    assert [clause.sample_rate for clause in found] == [24_000, 24_000]
    for before, after in zip(made, found, strict=True):
        assert len(before.samples) == len(after.samples)
        assert np.abs(before.samples - after.samples).max() < 1e-4


@pytest.mark.parametrize(
    ("spoken", "language", "mood", "voice"),
    [
        ("Good night!", "en", CALM, VOICE),
        ("Good night.", "zh", CALM, VOICE),
        ("Good night.", "en", Mood(MoodName.SAD), VOICE),
        ("Good night.", "en", CALM, VoiceProfile("v2", "kokoro", "abc", ("en",))),
    ],
)
def test_only_the_same_words_in_the_same_voice_and_mood_are_found(
    rendered: RenderedSpeech, spoken: str, language: str, mood: Mood, voice: VoiceProfile
) -> None:
    rendered.put("Good night.", "en", CALM, VOICE, [sound(0.5)])
    assert rendered.get(spoken, language, mood, voice) == []
    assert not rendered.has(spoken, language, mood, voice)


def test_what_is_kept_has_a_bound_and_the_voice_in_use_goes_last(life: Life) -> None:
    rendered = RenderedSpeech(life, most_bytes=60_000)
    old = VoiceProfile("old", "kokoro", "abc", ("en",))
    rendered.put("Old.", "en", CALM, old, [sound(1.0)])
    for number in range(4):
        rendered.put(f"New {number}.", "en", CALM, VOICE, [sound(1.0, 0.03 + number / 100)])
    assert not rendered.has("Old.", "en", CALM, old)
    assert rendered.has("New 3.", "en", CALM, VOICE)
    with life.db.read() as db:
        (total,) = db.execute("SELECT sum(bytes) FROM rendered").fetchone()
    assert total <= 60_000
    rows = sum(rendered.has(f"New {number}.", "en", CALM, VOICE) for number in range(4))
    assert len(life.voice_blobs.ids()) == rows


def test_what_is_said_stays_and_what_never_is_goes_first(life: Life) -> None:
    clock = ManualClock(datetime(2026, 5, 3, 9, 0, tzinfo=UTC))
    rendered = RenderedSpeech(life, most_bytes=60_000, clock=clock)
    rendered.put("Good night.", "en", CALM, VOICE, [sound(1.0)])
    rendered.put("Never said.", "en", CALM, VOICE, [sound(1.0, 0.02)])
    for number in range(4):
        clock.advance(86_400)
        assert rendered.get("Good night.", "en", CALM, VOICE)
        rendered.put(f"New {number}.", "en", CALM, VOICE, [sound(1.0, 0.03 + number / 100)])
    assert rendered.has("Good night.", "en", CALM, VOICE)
    assert not rendered.has("Never said.", "en", CALM, VOICE)
    assert rendered.found == {("Good night.", "en", CALM)}


def test_it_goes_with_the_voice_and_nothing_of_it_lies_in_clear(life: Life, tmp_path: Path) -> None:
    rendered = RenderedSpeech(life)
    rendered.put("A secret sentence.", "en", CALM, VOICE, [sound(0.5)])
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert not any(mark in path.read_bytes() for path in files for mark in (b"fLaC", b"A secret"))
    assert life.collect_orphans() == 0
    life.destroy_voice()
    assert rendered.get("A secret sentence.", "en", CALM, VOICE) == []
    rendered.put("A secret sentence.", "en", CALM, VOICE, [sound(0.5)])
    assert not rendered.has("A secret sentence.", "en", CALM, VOICE)

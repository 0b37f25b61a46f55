"""Moods are measured in the sound, against the calm reading of the same sentence."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts.delivery import Delivery, delivery
from ofrenda.errors import EngineRefused
from ofrenda.measure import moods
from ofrenda.measure.moods import bench_moods, figures, readers_of, sentences, stock_readers
from ofrenda.types import CALM, Audio, Mood, MoodName, Transcript, VoiceProfile

RATE = 24_000


class Singer:
    """Sings each text as a slow vibrato, exactly as the mood asks; ``deaf``: does not care."""

    def __init__(self, deaf: bool = False) -> None:
        self._deaf = deaf

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("singer", EngineKind.TTS, (), True, RATE, (), "", True)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        how = Delivery() if self._deaf else delivery(mood)
        seconds = 3.0 / how.speed
        time = np.arange(round(seconds * RATE)) / RATE
        semitones = how.semitones + 3 * how.span * np.sin(2 * np.pi * time / seconds)
        phase = np.cumsum(130 * 2 ** (semitones / 12)) / RATE
        tone = sum(np.sin(2 * np.pi * n * phase) / n for n in range(1, 8))
        sound = 0.05 * 10 ** (how.gain_db / 20) * tone
        yield Audio(sound.astype(np.float32), RATE)


class Ears:
    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("ears", EngineKind.STT, (), True, 16_000, (), "", True)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        return Transcript("", languages[0], 0.9)


@pytest.fixture(autouse=True)
def no_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_audio: Audio) -> None:
        raise EngineRefused("It is not installed.")

    monkeypatch.setattr(moods, "embed", refuse)
    monkeypatch.setattr(moods, "opinion", lambda _audio: None)


async def test_what_is_sung_as_asked_is_measured_as_asked() -> None:
    result = await bench_moods(Singer(), Ears(), readers=stock_readers(["am_michael"]), most=2)
    assert [row["mood"] for row in result.rows] == [mood.value for mood in MoodName]
    for row in result.rows:
        for what, near in (("speed", 0.02), ("semitones", 0.2), ("span", 0.08), ("gain_db", 0.3)):
            assert row["measured"][what] == pytest.approx(row["asked"][what], abs=near), (row, what)
        assert row["similarity"] is None
        assert row["wer"] == 100
    assert result.metrics["right_side"] == 1
    apart = result.metrics["glad_sad_semitones_asked"]
    assert result.metrics["glad_sad_semitones_measured"] == pytest.approx(apart, abs=0.3)


async def test_an_engine_that_does_not_care_is_found_out() -> None:
    result = await bench_moods(
        Singer(deaf=True), Ears(), readers=stock_readers(["zf_xiaoxiao"]), most=2
    )
    assert result.metrics["right_side"] == 0
    assert result.metrics["glad_sad_semitones_measured"] == pytest.approx(0, abs=0.05)
    assert (result.metrics["semitones_off"] or 0) > 0.5
    assert figures([]) | {} == dict.fromkeys(figures([]))


def test_there_are_eight_sentences_in_each_language() -> None:
    assert {language: len(texts) for language, texts in sentences().items()} == {"en": 8, "zh": 8}


def test_a_lifes_voice_reads_in_the_languages_there_are_sentences_in() -> None:
    (reader,) = stock_readers(["am_michael"])
    found = readers_of(reader.profile, ["es", "zh"])
    assert [(one.language, one.profile) for one in found] == [("zh", reader.profile)]

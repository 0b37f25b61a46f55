"""Measuring the voices of a life: between floor and ceiling, and honest where it cannot."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import numpy as np
import pytest

from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.errors import BadInput, EngineUnavailable
from ofrenda.measure import voice_hearing
from ofrenda.measure.likeness_of_voice import measure_voices
from ofrenda.types import CALM, Audio, Mood, ReferenceClip, Transcript, VoiceProfile
from ofrenda.voice import Reference
from ofrenda.voice.lab_report import LabReport

HERTZ = {"own": 100.0, "near": 110.0, "stock": 200.0}


def tone(hertz: float, seconds: float = 2.0) -> Audio:
    time = np.arange(round(seconds * 16_000)) / 16_000
    return Audio((0.2 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), 16_000)


class Tones:
    """Each voice is a tone; the one called ``gone`` is away."""

    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("tones", EngineKind.TTS, (), True, 16_000, (), "", True)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        if voice.id == "gone":
            raise EngineUnavailable("The service is away.")
        yield tone(HERTZ.get(voice.id, HERTZ["stock"]))


class Ears:
    @property
    def capabilities(self) -> Capabilities:
        return Capabilities("ears", EngineKind.STT, (), True, 16_000, (), "", True)

    async def warm(self) -> None: ...

    async def close(self) -> None: ...

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        return Transcript("the kettle was off", "en", 0.9)


@pytest.fixture(autouse=True)
def judge(monkeypatch: pytest.MonkeyPatch) -> None:
    def by_pitch(audio: Audio) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
        spectrum = np.abs(np.fft.rfft(audio.samples[:16_000]))
        angle = float(spectrum.argmax()) / 200
        return np.array([np.cos(angle), np.sin(angle)], np.float32)

    monkeypatch.setattr(voice_hearing, "embed", by_pitch)
    monkeypatch.setattr(voice_hearing, "opinion", lambda _audio: None)


def clips(count: int) -> tuple[ReferenceClip, ...]:
    return tuple(
        ReferenceClip(tone(HERTZ["own"]), "The kettle was on.", "en") for _ in range(count)
    )


def profile(name: str) -> VoiceProfile:
    return VoiceProfile(name, "tones", "", ("en",), {"tier": name})


async def test_each_voice_stands_between_the_nearest_stock_voice_and_the_person() -> None:
    reference = Reference("r", clips(3), clips(2), LabReport())
    rows = await measure_voices(
        reference, [profile("near"), profile("gone")], Tones(), Ears(), voices=2
    )
    floor, near, gone, person = rows
    assert floor["norm"] == 0
    assert 0.9 < near["norm"] < 1
    told = {"voice": "tones gone", "error": "The service is away.", "id": "gone"}
    assert gone == {"kind": "voice", **told}
    assert [row["kind"] for row in rows] == ["floor", "voice", "voice", "person"]
    assert person["norm"] == 1
    assert person["similarity"] == 1
    assert person["rtf"] is None
    assert {row["word_errors"] for row in (floor, near, person)} == {25.0}
    assert abs(near["pitch_hz"] - 110) <= 1
    assert near["natural"] is None
    # A tone lies in one semitone, 12 log2(hertz / 60) above the lowest.
    assert int(np.argmax(near["pitch_shares"])) == 10
    assert int(np.argmax(person["pitch_shares"])) == 8
    assert abs(sum(near["pitch_shares"]) - 1) < 0.01
    assert near["paces"] == [2.0, 2.0]


async def test_without_clips_kept_back_it_says_what_to_do() -> None:
    with pytest.raises(BadInput, match="--lab"):
        await measure_voices(Reference("r", clips(3), (), LabReport()), [], Tones(), Ears())

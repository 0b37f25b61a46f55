"""Adapters of local models, with stand-ins of the libraries' own signatures in their place: the
weights are not to be had from a package registry. What is tested is ours: files, prompts, stopping,
errors."""

from __future__ import annotations

import sys
import threading
import types
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from speech_servers import clip

from ofrenda.engines.registry import create_tts
from ofrenda.engines.tts.by_voice import ByVoice
from ofrenda.errors import EngineRefused, ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.types import Audio, Mood, MoodName, VoiceProfile

ZIPVOICE = ("tokens.txt", "encoder.int8.onnx", "decoder.int8.onnx", "vocos_24khz.onnx")
REFERENCE = [clip(5.0, text="Calm."), clip(6.0, MoodName.SAD, "Sad.")]


class StandInTts:
    """Speaks three pieces, and stops when it is told to."""

    sample_rate = 24_000
    heard: list[Any] = []  # noqa: RUF012 - emptied by each test
    pieces = 3

    def __init__(self, config: Any) -> None:
        self.config = config

    def generate(self, text: str, wanted: Any, callback: Any) -> Any:
        self.heard.append((text, wanted))
        made: list[float] = []
        for number in range(self.pieces):
            piece = np.full(100, number, np.float32)
            made += list(piece)
            if callback(piece, number / self.pieces) == 0:
                break
        return types.SimpleNamespace(samples=made, sample_rate=24_000)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> type[StandInTts]:
    def record(**given: Any) -> Any:
        return types.SimpleNamespace(**given, validate=lambda: True)

    module = types.SimpleNamespace(
        OfflineTtsZipvoiceModelConfig=record,
        OfflineTtsPocketModelConfig=record,
        OfflineTtsModelConfig=record,
        OfflineTtsConfig=record,
        GenerationConfig=types.SimpleNamespace,
        OfflineTts=StandInTts,
    )
    monkeypatch.setitem(sys.modules, "sherpa_onnx", module)
    StandInTts.heard.clear()
    monkeypatch.setattr(StandInTts, "pieces", 3)
    return StandInTts


def folder_with(place: Path, *names: str) -> Path:
    for name in names:
        (place / name).write_bytes(b"x")
    return place


async def test_sherpa_speaks_like_the_clip_of_the_mood(
    tmp_path: Path, library: type[StandInTts]
) -> None:
    model = str(folder_with(tmp_path, *ZIPVOICE))
    tts: Any = create_tts(Settings(tts_model=model), "sherpa")
    assert tts.capabilities.languages == ("en", "zh")
    voice = await tts.enroll(REFERENCE, consent_id="1", name="x")
    speaking = tts.synthesize("Hello.", voice=voice, mood=Mood(MoodName.SAD, 1.0, 0.0))
    sound = [audio.samples[0] async for audio in speaking]
    assert sound == [0.0, 1.0, 2.0]
    ((text, wanted),) = library.heard
    assert (text, wanted.reference_text) == ("Hello.", "Sad.")
    assert len(wanted.reference_audio) == 6 * wanted.reference_sample_rate
    await tts.close()


async def test_sherpa_stops_when_nobody_listens_any_more(
    tmp_path: Path, library: type[StandInTts], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(library, "pieces", 100_000)
    model = str(folder_with(tmp_path, *ZIPVOICE))
    tts: Any = create_tts(Settings(tts_model=model), "sherpa")
    voice = await tts.enroll(REFERENCE, consent_id="1", name="x")
    speaking = tts.synthesize("On and on.", voice=voice)
    await anext(speaking)
    await speaking.aclose()
    await tts.close()  # waits for the thread, which would count to 100 000 otherwise


@pytest.mark.parametrize("name", ["sherpa", "pocket"])
def test_without_its_files_a_local_engine_says_what_it_needs(tmp_path: Path, name: str) -> None:
    for model in (None, str(tmp_path / "nowhere"), str(tmp_path)):
        with pytest.raises(ModelMissing, match="OFRENDA_TTS_MODEL"):
            create_tts(Settings(tts_model=model), name)


async def test_without_its_library_a_local_engine_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sherpa_onnx", None)
    monkeypatch.setitem(sys.modules, "pocket_tts", None)
    sherpa = create_tts(Settings(tts_model=str(folder_with(tmp_path, *ZIPVOICE))), "sherpa")
    with pytest.raises(EngineRefused, match=r"ofrenda\[sherpa\]"):
        await sherpa.warm()
    config = tmp_path / "model.yaml"
    config.write_text("weights_path: weights.safetensors\n")
    pocket = create_tts(Settings(tts_model=str(config)), "pocket")
    with pytest.raises(EngineRefused, match=r"ofrenda\[pocket\]"):
        await pocket.warm()


def test_weights_on_a_network_are_refused_while_the_house_is_offline(tmp_path: Path) -> None:
    config = tmp_path / "model.yaml"
    config.write_text("weights_path: hf://somebody/weights.safetensors\n")
    with pytest.raises(EngineRefused, match="offline"):
        create_tts(Settings(tts_model=str(config)), "pocket")


async def test_pocket_refuses_weights_that_cannot_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = types.SimpleNamespace(has_voice_cloning=False, sample_rate=24_000)
    loader = types.SimpleNamespace(load_model=lambda config: model)
    monkeypatch.setitem(sys.modules, "pocket_tts", types.SimpleNamespace(TTSModel=loader))
    config = tmp_path / "model.yaml"
    config.write_text("weights_path: weights.safetensors\n")
    with pytest.raises(ModelCorrupt, match="cannot learn a voice"):
        await create_tts(Settings(tts_model=str(config)), "pocket").warm()


async def test_pocket_reads_a_clip_once_and_stops_when_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch = types.SimpleNamespace(from_numpy=lambda samples: samples)
    read: list[int] = []
    stopped: list[bool] = []

    class Model:
        has_voice_cloning = True
        sample_rate = 24_000

        def get_state_for_audio_prompt(self, heard: Any) -> str:
            read.append(heard.shape[-1])
            return "state"

        def generate_audio_stream(self, state: Any, text: str, *, stop: threading.Event) -> Any:
            class Piece:
                def detach(self) -> Any:
                    return self

                cpu = detach

                def numpy(self) -> Any:
                    return np.zeros(1920, np.float32)

            try:
                for _ in range(100_000):
                    if stop.is_set():
                        return
                    yield Piece()
            finally:
                stopped.append(True)

    loader = types.SimpleNamespace(load_model=lambda config: Model())
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "pocket_tts", types.SimpleNamespace(TTSModel=loader))
    config = tmp_path / "model.yaml"
    config.write_text("weights_path: weights.safetensors\n")
    tts: Any = create_tts(Settings(tts_model=str(config)), "pocket")
    voice = await tts.enroll(REFERENCE, consent_id="1", name="x")
    for _ in range(2):
        speaking = tts.synthesize("Hello.", voice=voice)
        assert (await anext(speaking)).seconds == pytest.approx(0.08)
        await speaking.aclose()
    await tts.close()
    assert read == [5 * 24_000]
    assert stopped == [True, True]


class Fixed:
    """Speaks one second at its own rate."""

    def __init__(self, name: str, rate: int, *, scripted: bool = False) -> None:
        from ofrenda.engines.protocols import Capabilities, EngineKind

        self.capabilities = Capabilities(
            name, EngineKind.TTS, (), True, rate, (), "MIT", True, scripted
        )
        self.rate = rate
        self.closed = False

    async def warm(self) -> None: ...

    async def close(self) -> None:
        self.closed = True

    async def synthesize(self, text: str, **_: Any) -> AsyncIterator[Audio]:
        for _part in range(4):
            yield Audio(np.ones(self.rate // 4, np.float32), self.rate)


async def test_each_voice_is_spoken_by_its_own_engine_at_one_rate() -> None:
    first, other = Fixed("kokoro", 24_000), Fixed("cloud", 48_000)
    asked: list[str] = []

    def find(name: str) -> Any:
        asked.append(name)
        return other

    tts = ByVoice(first, find)
    for name in ("kokoro", "cloud", "cloud"):
        spoken = [a async for a in tts.synthesize("x", voice=VoiceProfile("v", name, "", ()))]
        assert {audio.sample_rate for audio in spoken} == {24_000}
        assert sum(audio.seconds for audio in spoken) == pytest.approx(1.0, abs=0.01)
    assert asked == ["cloud"]
    await tts.close()
    assert first.closed
    assert other.closed


async def test_a_scripted_house_speaks_every_voice_itself() -> None:
    def never(name: str) -> Any:
        raise AssertionError(name)

    tts = ByVoice(Fixed("scripted", 24_000, scripted=True), never)
    spoken = [a async for a in tts.synthesize("x", voice=VoiceProfile("v", "kokoro", "", ()))]
    assert spoken

from __future__ import annotations

import gzip
import re
from pathlib import Path

import av
import numpy as np
import pytest

from ofrenda.engines.stt import whisper
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import Audio

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
SILENCE = np.zeros(16_000 * 3, np.float32)

pytestmark = pytest.mark.models
speech = pytest.mark.skipif(
    not SOUNDS.is_dir() or not TEXTS.is_file(),
    reason="needs Debian's asterisk-core-sounds-en-g722 and asterisk-core-sounds-en",
)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(cache=tmp_path_factory.mktemp("cache"), models=None)


@pytest.fixture(scope="module")
def engine(settings: Settings) -> whisper.Whisper:
    return whisper.create(settings)


def prompts() -> dict[str, str]:
    lines = gzip.decompress(TEXTS.read_bytes()).decode("utf-8", "replace").splitlines()
    return dict(line.split(": ", 1) for line in lines if ": " in line and line[0] != ";")


def load(name: str) -> Audio:
    with av.open(str(SOUNDS / f"{name}.g722"), format="g722") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return Audio(np.concatenate(frames).astype(np.float32) / 32768, 16_000)


def words(text: str) -> set[str]:
    return set(re.findall("[a-z]+", text.lower()))


@pytest.mark.speech
@speech
@pytest.mark.parametrize("languages", [("en",), ("zh", "en"), ()])
async def test_a_human_voice_is_understood_and_its_language_heard(
    engine: whisper.Whisper, languages: tuple[str, ...]
) -> None:
    heard = await engine.transcribe(load("vm-goodbye"), languages=languages)
    heard_long = await engine.transcribe(load("cannot-complete-as-dialed"), languages=languages)
    assert "bye" in heard.text.lower()
    assert {"your", "call", "cannot", "completed"} <= words(heard_long.text)
    assert heard_long.language == "en"
    assert 0.5 < heard_long.confidence <= 1.0


@pytest.mark.parametrize("kind", ["silence", "noise", "hum", "nothing", "click"])
async def test_speech_free_sound_gives_an_empty_text(engine: whisper.Whisper, kind: str) -> None:
    random = np.random.default_rng(7)
    sounds = {
        "silence": SILENCE,
        "noise": random.normal(0, 0.05, 48_000).astype(np.float32),
        "hum": (0.3 * np.sin(np.arange(48_000) * 2 * np.pi * 50 / 16_000)).astype(np.float32),
        "nothing": SILENCE[:0],
        "click": np.concatenate([SILENCE, np.ones(40, np.float32), SILENCE]),
    }
    heard = await engine.transcribe(Audio(sounds[kind], 16_000), languages=("en", "zh"))
    assert heard.text == ""
    assert heard.language == "en"


@pytest.mark.speech
@speech
async def test_more_than_thirty_seconds_are_heard_to_the_end(engine: whisper.Whisper) -> None:
    names = ["conf-adminmenu-162", "conf-adminmenu-18", "cannot-complete-as-dialed"]
    sound = np.concatenate([load(name).samples for name in names])
    assert len(sound) > 30 * 16_000
    heard = await engine.transcribe(Audio(sound, 16_000), languages=("en",))
    assert {"mute", "conference", "exit", "completed", "dialed"} <= words(heard.text)


@pytest.mark.speech
@speech
async def test_where_the_short_window_fails_the_full_one_is_taken(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    # In a window of 4 s, 16 of 103 prompts looped: that is what the second look is for.
    monkeypatch.setattr(whisper, "SHORT_FRAMES", 400)
    texts = {n: t for n, t in prompts().items() if len(t.split()) > 5 and "[" not in t}
    sounds = [(load(n), t) for n, t in texts.items() if (SOUNDS / f"{n}.g722").is_file()]
    chosen = [(a, t) for a, t in sounds if a.seconds < 4][:16]
    engine = whisper.create(settings)
    missed = total = 0
    for audio, text in chosen:
        heard = words((await engine.transcribe(audio, languages=("en",))).text)
        missed += len(words(text) - heard)
        total += len(words(text))
    await engine.close()
    assert engine.second_looks
    assert missed / total < 0.12


async def test_sound_at_another_rate_is_refused_rather_than_misheard(
    engine: whisper.Whisper,
) -> None:
    with pytest.raises(EngineRefused, match="16000 Hz"):
        await engine.transcribe(Audio(SILENCE, 24_000))


async def test_mandarin_is_written_in_simplified_characters(
    engine: whisper.Whisper, settings: Settings
) -> None:
    import soxr

    from ofrenda.engines.tts.kokoro import create
    from ofrenda.engines.tts.stock import stock_profile

    tts = create(settings)
    text = "妈妈，你还记得我们去海边的那个夏天吗？"
    pieces = [
        piece.samples
        async for piece in tts.synthesize(text, voice=stock_profile("zm_yunxi"), language="zh")
    ]
    await tts.close()
    sound = soxr.resample(np.concatenate(pieces), 24_000, 16_000).astype(np.float32)
    heard = await engine.transcribe(Audio(sound, 16_000), languages=("en", "zh"))
    assert heard.language == "zh"
    assert len(set(text) & set(heard.text)) >= 10
    assert not set("媽還記們邊個嗎") & set(heard.text)

"""The engine with its real model: heard back by a real speech-to-text model."""

import asyncio
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import soxr

from ofrenda.engines.tts.delivery import Delivery, delivery
from ofrenda.engines.tts.kokoro import KokoroTextToSpeech, create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.errors import EngineRefused, EngineUnavailable
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, MoodName, Samples, VoiceProfile
from ofrenda.weights import resolve

pytestmark = [pytest.mark.models, pytest.mark.timeout(600)]

MAN, CHINESE_MAN = stock_profile("am_michael"), stock_profile("zm_yunxi")

ENGLISH = [
    "I kept the letter you wrote me in the blue tin box.",
    "Grandfather used to carry me on his shoulders to the harbour.",
    "Please bring an umbrella, because it will rain this evening.",
    "We planted three apple trees behind the kitchen.",
    "The train was late, so we drank tea and waited.",
    "I am proud of you, and I always was.",
    "She sings when she thinks that nobody can hear her.",
    "Put some ginger in the soup before you add the fish.",
    "The doctor told me to walk for half an hour every day.",
    "My old radio still works if you hit it gently.",
]
MANDARIN = [
    "今天天气很好，我们去公园散步吧。",
    "你妈妈做的红烧肉最好吃了。",
    "晚上早点睡觉，不要熬夜。",
    "我年轻的时候在工厂里上班。",
    "下雨了，出门记得带伞。",
    "周末我们一起去看奶奶。",
    "这件衣服很适合你，买下来吧。",
    "别着急，慢慢说，我听着呢。",
]


@pytest.fixture(scope="module")
def engine() -> KokoroTextToSpeech:
    return create(Settings())


@pytest.fixture(scope="module")
def ear() -> Any:
    from faster_whisper import WhisperModel

    folder = resolve("whisper-base-int8", Settings()).folder
    return WhisperModel(
        str(folder), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True
    )


async def speak(
    engine: KokoroTextToSpeech, text: str, voice: VoiceProfile = MAN, mood: Mood = CALM
) -> list[Audio]:
    return [part async for part in engine.synthesize(text, voice=voice, mood=mood)]


def joined(parts: Sequence[Audio]) -> Samples:
    return np.concatenate([part.samples for part in parts])


def hear(ear: Any, samples: Samples, language: str) -> str:
    at_16k = soxr.resample(samples, 24_000, 16_000)
    hint = "以下是普通话的句子。" if language == "zh" else None
    pieces, _ = ear.transcribe(
        at_16k, language=language, beam_size=5, temperature=0.0, initial_prompt=hint
    )
    return "".join(piece.text for piece in pieces).strip()


def words(text: str) -> list[str]:
    return re.findall(r"[a-z']+", text.lower().replace("harbor", "harbour"))


def syllables(text: str) -> list[str]:
    from pypinyin import lazy_pinyin

    found: list[str] = lazy_pinyin("".join(re.findall("[一-鿿]", text)))
    return found


def errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    row = list(range(len(heard) + 1))
    for i, left in enumerate(wanted, 1):
        last, row[0] = row[0], i
        for j, right in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (left != right))
    return row[-1]


def quiet_ends(samples: Samples, rate: int = 24_000) -> tuple[float, float]:
    """Seconds below -40 dB of the loudest 10 ms, at either end."""
    frame = rate // 100
    levels = np.sqrt(np.mean(samples[: len(samples) // frame * frame].reshape(-1, frame) ** 2, 1))
    loud = np.flatnonzero(levels > levels.max() * 0.01)
    return float(loud[0]) / 100, float(len(levels) - 1 - loud[-1]) / 100


async def test_english_is_understood(engine: KokoroTextToSpeech, ear: Any) -> None:
    wrong = total = 0
    for text in ENGLISH:
        heard = hear(ear, joined(await speak(engine, text)), "en")
        wrong += errors(words(text), words(heard))
        total += len(words(text))
    assert wrong / total <= 0.10


async def test_mandarin_is_understood(engine: KokoroTextToSpeech, ear: Any) -> None:
    wrong = total = 0
    for text in MANDARIN:
        heard = hear(ear, joined(await speak(engine, text, CHINESE_MAN)), "zh")
        wrong += errors(syllables(text), syllables(heard))
        total += len(syllables(text))
    assert wrong / total <= 0.10


async def test_both_languages_of_one_sentence_are_heard(
    engine: KokoroTextToSpeech, ear: Any
) -> None:
    text = "我昨天在WhatsApp上给你发了照片。"
    heard = hear(ear, joined(await speak(engine, text)), "zh")
    assert "照片" in heard
    assert "whatsapp" in heard.lower().replace(" ", "")
    sound = joined(await speak(engine, "My mother always said 今天天气很好, and she was right."))
    heard = hear(ear, sound, "en").lower()
    assert "my mother always" in heard
    assert "she was right" in heard
    assert "天气" in hear(ear, sound, "zh")


async def test_silence_at_the_ends_is_short(engine: KokoroTextToSpeech) -> None:
    for text, voice in ((ENGLISH[0], MAN), (MANDARIN[0], CHINESE_MAN), ("Yes.", MAN)):
        before, after = quiet_ends(joined(await speak(engine, text, voice)))
        assert before <= 0.12
        assert after <= 0.12


async def test_every_clause_is_sound_that_can_be_played(engine: KokoroTextToSpeech) -> None:
    parts = await speak(engine, " ".join(ENGLISH[:4]))
    assert len(parts) >= 3
    levels = []
    for part in parts:
        assert part.sample_rate == 24_000
        assert part.samples.dtype == np.float32
        assert np.isfinite(part.samples).all()
        assert np.abs(part.samples).max() <= 0.9
        speaking = part.samples[np.abs(part.samples) > 0.01]
        levels.append(20 * np.log10(np.sqrt(np.mean(speaking**2))))
    assert max(levels) - min(levels) < 3


async def test_clauses_join_without_a_click(engine: KokoroTextToSpeech) -> None:
    parts = await speak(engine, " ".join(ENGLISH[:4]))
    for left, right in pairwise(parts):
        assert abs(left.samples[-1]) < 0.002
        assert abs(right.samples[0]) < 0.002


async def test_the_first_clause_comes_well_before_the_whole(engine: KokoroTextToSpeech) -> None:
    await engine.warm()
    start = time.monotonic()
    came = []
    async for _ in engine.synthesize(" ".join(ENGLISH[:5]), voice=MAN):
        came.append(time.monotonic() - start)
    assert len(came) >= 3
    assert came[0] < came[-1] / 2


async def test_a_text_without_words_gives_nothing(engine: KokoroTextToSpeech) -> None:
    assert await speak(engine, "😂😂 ...") == []


async def test_a_sad_sentence_is_slower_and_pace_is_heard(engine: KokoroTextToSpeech) -> None:
    async def seconds(mood: Mood) -> float:
        return sum(part.seconds for part in await speak(engine, ENGLISH[5], mood=mood))

    plain = await seconds(CALM)
    assert await seconds(Mood(MoodName.SAD, 1.0)) > plain * 1.05
    assert await seconds(Mood(pace=1.0)) < plain * 0.93


async def test_a_mix_speaks_with_neither_voice_alone(engine: KokoroTextToSpeech) -> None:
    mixed = replace(MAN, parameters={"mix": {"am_michael": 0.5, "am_onyx": 0.5}})
    one, both = (
        joined(await speak(engine, "Good night.")),
        joined(await speak(engine, "Good night.", mixed)),
    )
    assert len(one) != len(both) or not np.allclose(one, both, atol=1e-3)


async def test_being_cancelled_stops_the_model_at_once(engine: KokoroTextToSpeech) -> None:
    long = "and we walked along the river until the lamps were lit " * 3
    start = time.monotonic()
    await speak(engine, long)
    whole = time.monotonic() - start

    task = asyncio.create_task(speak(engine, long))
    await asyncio.sleep(min(0.3, whole / 6))
    task.cancel()
    start = time.monotonic()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await speak(engine, "Yes.")
    assert time.monotonic() - start < whole * 0.7


async def test_a_run_that_was_ended_says_so_and_leaves_the_engine_usable(
    engine: KokoroTextToSpeech, monkeypatch: pytest.MonkeyPatch
) -> None:
    import onnxruntime

    class EndsAtOnce(onnxruntime.RunOptions):
        def __init__(self) -> None:
            super().__init__()
            self.terminate = True

    monkeypatch.setattr(onnxruntime, "RunOptions", EndsAtOnce)
    with pytest.raises(EngineUnavailable):
        await speak(engine, "Hello.")
    monkeypatch.undo()
    assert await speak(engine, "Hello.")


async def test_a_closed_engine_wakes_up_again(engine: KokoroTextToSpeech) -> None:
    await engine.close()
    assert await speak(engine, "Hello again.")


@pytest.mark.parametrize(
    "change",
    [
        {"engine": "other"},
        {"base_model_sha256": "0" * 64},
        {"artefact": b"fitted"},
        {"format_version": 2},
        {"parameters": {}},
        {"parameters": {"mix": {"nobody": 1.0}}},
        {"parameters": {"mix": ["am_michael"]}},
    ],
)
async def test_a_voice_of_another_making_is_refused(
    engine: KokoroTextToSpeech, change: dict[str, Any]
) -> None:
    with pytest.raises(EngineRefused):
        await speak(engine, "Hello.", replace(MAN, **change))


def test_moods_stay_within_what_is_still_the_same_voice() -> None:
    assert delivery(CALM) == Delivery(1.0, 0.0, 1.0, 0.0)
    for name in MoodName:
        assert delivery(Mood(name, 0.0)) == delivery(CALM)
        for pace in (-1.0, 0.0, 1.0):
            how = delivery(Mood(name, 1.0, pace))
            assert 0.7 <= how.speed <= 1.35
            assert -3 <= how.gain_db <= 3
            assert abs(how.semitones) <= 2
            assert 0.7 <= how.span <= 1.35

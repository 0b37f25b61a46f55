"""The nearest mix of stock voices is found, and its likeness told on speech that did not choose."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import numpy as np
import pytest

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.scripted import scripted_engines
from ofrenda.engines.tts.kokoro import create
from ofrenda.engines.tts.stock import stock_profile, stock_voices
from ofrenda.errors import ClipRejected
from ofrenda.measure.voice_trouble import degraded
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip
from ofrenda.voice import choose_stock_voice
from ofrenda.voice.likeness import divide, normalise
from ofrenda.voice.pitch import median_pitch
from ofrenda.voice.sample import speak
from ofrenda.voice.speaker import speaker_encoder
from ofrenda.voice.speech import Span
from ofrenda.voice.stock_table import shipped_table

from .recordings import RATE


@pytest.fixture
async def kokoro(settings: Settings) -> AsyncIterator[TextToSpeech]:
    engine = create(settings)
    yield engine
    await engine.close()


def test_the_shipped_table_is_of_the_packs_and_sentences_at_hand() -> None:
    table = shipped_table()
    assert table is not None, "run scripts/measure_stock_voices.py"
    assert table.names == tuple(stock_voices())
    for language in ("en", "zh"):
        for rows in (table.wide[language], table.narrow[language]):
            assert rows.shape == (len(table.names), 3, 256)
            np.testing.assert_allclose(np.linalg.norm(rows, axis=2), 1.0, atol=2e-3)


def test_men_are_lower_than_women_in_the_shipped_table() -> None:
    table = shipped_table()
    assert table is not None
    for language in ("en", "zh"):
        pitch = dict(zip(table.names, table.pitch[language], strict=True))
        men = [pitch[v.name] for v in stock_voices().values() if v.sex == "male"]
        women = [pitch[v.name] for v in stock_voices().values() if v.sex == "female"]
        assert np.median(men) < 0.75 * np.median(women)


def test_what_measures_has_no_part_in_choosing() -> None:
    samples = np.arange(RATE * 60, dtype=np.float32)  # every sample tells its place
    parts = divide(Audio(samples, RATE), [Span(0.0, 20.0), Span(30.0, 60.0)])
    choosing = {float(value) for piece in parts.choosing for value in piece.samples}
    held_out = {float(value) for value in parts.held_out.samples}
    assert not choosing & held_out
    assert len(choosing) + len(held_out) == RATE * 50
    assert len(held_out) == pytest.approx(len(choosing) / 2, rel=0.3)
    assert parts.seconds == pytest.approx(50.0)


def test_likeness_is_not_normalised_where_floor_and_ceiling_meet() -> None:
    assert normalise(0.7, 0.5, 0.9) == pytest.approx(0.5)
    assert normalise(0.7, 0.9, 0.9) is None


@pytest.mark.models
async def test_a_clip_with_hardly_any_speech_is_refused(settings: Settings) -> None:
    silence = Audio(np.zeros(RATE * 20, np.float32), RATE)
    with pytest.raises(ClipRejected) as caught:
        await choose_stock_voice(silence, scripted_engines().tts, settings=settings)
    assert caught.value.reason == "no_speech"


@pytest.mark.models
@pytest.mark.speech
@pytest.mark.timeout(300)
async def test_the_chosen_mix_is_nearer_to_her_than_the_stock_voices_are(
    allison: Audio, kokoro: TextToSpeech, settings: Settings
) -> None:
    steps: list[str] = []
    choice = await choose_stock_voice(
        allison,
        kokoro,
        languages=("en",),
        settings=settings,
        progress=lambda step, _share: steps.append(step),
    )
    profile, report = choice.profile, choice.report
    assert profile.engine == "kokoro"
    assert profile.consent_id is None
    assert profile.languages == ("en",)
    assert sum(profile.parameters["mix"].values()) == pytest.approx(1.0)
    assert {stock_voices()[name].sex for name in profile.parameters["mix"]} == {"female"}
    assert report.floor < report.similarity < report.ceiling
    assert report.nearest < report.ceiling
    assert report.similarity >= report.nearest - 0.01
    assert report.held_out_seconds == pytest.approx(report.speech_seconds / 3, rel=0.2)
    assert json.loads(json.dumps(report.to_json()))["mix"] == dict(profile.parameters["mix"])
    assert steps[0] == "listening"
    assert steps[-1] == "trying"


@pytest.mark.models
@pytest.mark.speech
@pytest.mark.timeout(300)
async def test_a_woman_on_the_telephone_is_still_a_woman(
    allison: Audio, kokoro: TextToSpeech, settings: Settings
) -> None:
    """Compared at full band the nearest would be a boy and a very low man."""
    clear = median_pitch(allison)
    clip = (ReferenceClip(allison, "", "en"),)
    (heard,) = degraded(clip, "telephone", allison, seed=1)
    choice = await choose_stock_voice(heard.audio, kokoro, settings=settings)
    assert {stock_voices()[name].sex for name in choice.profile.parameters["mix"]} == {"female"}
    assert choice.report.pitch_hz == pytest.approx(clear, rel=0.1)


@pytest.mark.models
@pytest.mark.timeout(300)
async def test_a_stock_voice_is_recognised_as_itself_and_speaks_both_languages(
    kokoro: TextToSpeech, settings: Settings
) -> None:
    """Other sentences than those of the table, so that the voice is what is recognised."""
    said = [
        "My brother kept pigeons on the roof until the winter of the big storm.",
        "You can hang your coat behind the door, and then come and eat with us.",
        "I never learned to swim, although we lived beside the sea all our lives.",
        "The doctor says that I should walk more and worry rather less than I do.",
    ]
    spoken = [await speak(kokoro, text, stock_profile("am_onyx"), "en") for text in said]
    pause = np.zeros(RATE // 2, np.float32)
    clip = Audio(np.concatenate([p for one in spoken for p in (one.samples, pause)]), RATE)
    choice = await choose_stock_voice(clip, kokoro, languages=("en", "zh"), settings=settings)
    mix = choice.profile.parameters["mix"]
    assert max(mix, key=mix.__getitem__) == "am_onyx"
    assert choice.profile.languages == ("en", "zh")
    chinese = await speak(kokoro, "我在窗边喝了一杯热茶，等你回来。", choice.profile, "zh")
    assert 1.5 < chinese.seconds < 8
    himself = speaker_encoder().embed(clip)
    assert float(speaker_encoder().embed(chinese) @ himself) > 0.6

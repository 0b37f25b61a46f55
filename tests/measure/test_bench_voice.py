"""The voice bench: what is done to recordings, how rows become figures, and one tiny run."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from ofrenda.engines.stt.whisper import create as create_stt
from ofrenda.engines.tts.kokoro import create as create_tts
from ofrenda.errors import BadInput
from ofrenda.measure import voice
from ofrenda.measure.voice import Row, Size, bench_voice
from ofrenda.measure.voice_people import SPEAKERS, Speaker, recordings
from ofrenda.measure.voice_trouble import CONDITIONS, as_the_lab_keeps, degraded
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip
from ofrenda.voice.fit import FitOptions
from ofrenda.voice.segment_sound import at_rate

SPEECH = Path("/usr/share/asterisk/sounds/en_US_f_Allison").is_dir()
WITH_SPEECH = pytest.mark.skipif(not SPEECH, reason="asterisk-core-sounds-en-g722 is not installed")
TOOLS = all(
    importlib.util.find_spec(name) for name in ("torch", "moonshine_voice", "kaldi_native_fbank")
)


def tone(hertz: float, seconds: float = 1.5) -> Audio:
    time = np.arange(round(seconds * 16_000)) / 16_000
    return Audio((0.2 * np.sin(2 * np.pi * hertz * time)).astype(np.float32), 16_000)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_trouble_keeps_length_and_loudness(condition: str) -> None:
    clip = ReferenceClip(tone(440), "A tone.", "en")
    (heard,) = degraded((clip,), condition, tone(1200, 9.0), seed=2)
    own, got = clip.audio.samples, heard.audio.samples
    assert len(got) == len(own)
    assert heard.text == clip.text
    assert 0.5 < np.std(got) / np.std(own) < 1.5
    assert (condition == "clean") == np.array_equal(got, own)


def test_noise_lies_15_db_under_the_voice() -> None:
    clip = ReferenceClip(tone(440), "A tone.", "en")
    for condition in ("kitchen", "second_talker"):
        (heard,) = degraded((clip,), condition, tone(1200, 9.0), seed=2)
        noise = heard.audio.samples - clip.audio.samples
        below = 20 * np.log10(np.std(clip.audio.samples) / np.std(noise))
        assert below == pytest.approx(15, abs=0.6)


def test_a_telephone_lets_nothing_high_through() -> None:
    high, low = (ReferenceClip(tone(hertz), "A tone.", "en") for hertz in (5000, 1000))
    heard = degraded((high, low), "telephone", tone(1200), seed=2)
    assert np.std(heard[0].audio.samples) < 0.01 * np.std(heard[1].audio.samples)


def rows() -> list[Row]:
    person = {"a": [1.0, 0.0], "b": [0.0, 1.0], "a2": [0.9, 0.4]}
    floors: list[Row] = [
        {"speaker": name, "who": name[0], "condition": "floor", "seed": 1, "similarity": 0.2,
         "ceiling": 0.8, "person": at}
        for name, at in person.items()
    ]  # fmt: skip
    fits: list[Row] = [
        {"speaker": name, "who": name[0], "condition": condition, "seed": 1, "norm": norm,
         "wer_delta": 1.0, "distillmos_delta": None, "fit_minutes": 9.0, "rtf": 0.3,
         "first_ms": [200, 300], "voice": at}
        for name, condition, norm, at in (
            ("a", "clean", 0.7, [0.9, 0.3]), ("a", "opus", 0.5, [0.2, 0.9]),
            ("b", "clean", 0.6, [0.1, 0.8]),
        )
    ]  # fmt: skip
    return floors + fits


def test_rows_become_figures() -> None:
    result = voice.result(rows())
    assert result.metrics["similarity_norm_clean"] == pytest.approx(0.65)
    assert result.metrics["similarity_norm_degraded"] == pytest.approx(0.5)
    assert result.metrics["wer_delta_points"] == pytest.approx(1.0)
    assert result.metrics["distillmos_delta"] is None
    assert result.metrics["ttfa_p50_ms"] == pytest.approx(250)
    assert (result.floor["similarity"], result.ceiling["similarity"]) == (0.2, 0.8)
    # the voice fitted in 'opus' is nearer to somebody else; the same person twice is no mistake
    assert result.metrics["taken_for_another"] == 1
    assert all("voice" not in row and "person" not in row for row in result.rows)


def test_a_stock_voice_is_no_person() -> None:
    stock = next(one.name for one in SPEAKERS if one.stock)
    more: list[Row] = [
        {"speaker": stock, "who": stock, "condition": "floor", "seed": 1, "similarity": 0.6,
         "ceiling": 1.0, "person": [-1.0, 0.0]},
        {"speaker": stock, "who": stock, "condition": "clean", "seed": 1, "norm": 1.0,
         "wer_delta": 9.0, "distillmos_delta": 2.0, "fit_minutes": 9.0, "rtf": 0.3,
         "first_ms": [250], "voice": [-0.9, 0.1]},
    ]  # fmt: skip
    result = voice.result([*rows(), *more])
    assert result.metrics == voice.result(rows()).metrics
    assert (result.floor["similarity"], result.ceiling["similarity"]) == (0.2, 0.8)
    assert any(row["speaker"] == stock for row in result.rows)


def test_missing_recordings_are_named() -> None:
    with pytest.raises(BadInput, match="asterisk-core-sounds-xx-g722"):
        recordings(Speaker("x", "x", "xx", "nowhere"))


@pytest.mark.speech
@WITH_SPEECH
def test_nothing_held_out_is_fitted() -> None:
    own = recordings(SPEAKERS[0], seconds=30.0, held_out=5)
    assert 30 <= sum(clip.audio.seconds for clip in own.fitting) < 40
    assert not {clip.text for clip in own.fitting} & {clip.text for clip in own.held_out}
    assert recordings(SPEAKERS[0], seconds=30.0, held_out=5).held_out[0].text == (
        own.held_out[0].text
    )


@pytest.mark.speech
@pytest.mark.models
@WITH_SPEECH
def test_the_lab_takes_the_kitchen_away_and_leaves_what_is_clean() -> None:
    clips = recordings(SPEAKERS[0], seconds=30.0, held_out=5).fitting[:4]
    kitchen = degraded(clips, "kitchen", tone(1200), seed=2)

    def noise(made: list[ReferenceClip]) -> list[float]:
        """What is in the quietest tenth of the frames, in dB under the whole."""
        found = []
        for clip in made:
            size = clip.audio.sample_rate // 50
            frames = clip.audio.samples[: len(clip.audio.samples) // size * size].reshape(-1, size)
            levels = np.sort(np.sqrt(np.mean(np.square(frames), axis=1)))
            quiet = levels[: max(1, len(levels) // 10)].mean()
            found.append(20 * float(np.log10(quiet / np.std(clip.audio.samples))))
        return found

    kept = as_the_lab_keeps(kitchen, Settings())
    assert [clip.text for clip in kept] == [clip.text for clip in clips]
    for before, after, one in zip(noise(kitchen), noise(kept), kept, strict=True):
        assert one.audio.sample_rate == 24_000
        assert after < before - 6
    for own, one in zip(clips, as_the_lab_keeps(clips, Settings()), strict=True):
        untouched = at_rate(at_rate(own.audio, 48_000), 24_000)
        np.testing.assert_allclose(one.audio.samples, untouched.samples, atol=1e-5)


@pytest.mark.speech
@pytest.mark.models
@pytest.mark.timeout(900)
@pytest.mark.skipif(not (SPEECH and TOOLS), reason="needs the extras 'fit' and 'measure'")
async def test_a_tiny_bench_makes_a_row_and_does_not_make_it_again(tmp_path: Path) -> None:
    settings = Settings(threads=2)
    tts, stt = create_tts(settings), create_stt(settings)
    options = FitOptions(tier="style", steps={"style": 1}, prosody_steps=1)
    size = Size(seconds=20.0, held_out=1, options=options, voices=1)
    counts = []
    for _ in range(2):
        said: list[str] = []

        def tell(what: str, _share: float, said: list[str] = said) -> None:
            said.append(what)

        result = await bench_voice(
            tts, stt, settings, speakers=SPEAKERS[:1], conditions=["opus"], seeds=[1],
            rows_file=tmp_path / "rows.jsonl", size=size,
            progress=tell,
        )  # fmt: skip
        counts.append(len(said))
    await tts.close()
    await stt.close()
    assert counts[0] > 0
    assert counts[1] == 0  # everything was there
    assert len((tmp_path / "rows.jsonl").read_text().splitlines()) == 2
    fit = next(row for row in result.rows if row["condition"] == "opus")
    assert fit["tier"] in ("preview", "style")
    assert -1 < fit["similarity"] < 1
    assert fit["rtf"] > 0
    assert json.dumps(result.metrics)

"""The stock voices that ship, and how they are mixed."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ofrenda.engines.tts.stock import (
    BASE_MODEL_SHA256,
    NEUTRAL,
    mix,
    neutral_profile,
    pack,
    stock_profile,
    stock_voices,
)
from ofrenda.errors import EngineRefused
from ofrenda.types import VoiceProfile
from ofrenda.weights import catalog

ROOT = Path(__file__).parents[3]


def test_both_sexes_of_both_kinds_of_english_and_all_eight_mandarin_voices_ship() -> None:
    voices = stock_voices().values()
    assert {(v.language, v.sex, v.accent) for v in voices} == {
        ("en", "female", "US"),
        ("en", "male", "US"),
        ("en", "female", "GB"),
        ("en", "male", "GB"),
        ("zh", "female", "CN"),
        ("zh", "male", "CN"),
    }
    assert sum(v.language == "zh" for v in voices) == 8


def test_every_voice_is_pinned_to_its_source() -> None:
    pins = json.loads((ROOT / "scripts/stock_voices.sha256.json").read_text())
    assert list(pins) == list(stock_voices())
    assert all(len(pin) == len(hashlib.sha256().hexdigest()) for pin in pins.values())


def test_packs_stay_small() -> None:
    stored = ROOT / "src/ofrenda/engines/tts/data/stock_voices.npz"
    assert stored.stat().st_size < 2_000_000


def test_the_packs_belong_to_the_model_of_the_catalog() -> None:
    shas = {file.sha256 for file in catalog()["kokoro-82m-int8"].files}
    assert BASE_MODEL_SHA256 in shas


def test_a_pack_holds_a_style_for_each_length() -> None:
    assert pack("am_michael").shape == (510, 256)
    assert pack("am_michael").dtype == np.float32
    assert np.isfinite(pack("am_michael")).all()


def test_a_mix_is_the_weighted_sum() -> None:
    mixed = mix({"am_michael": 0.7, "am_onyx": 0.3})
    expected = 0.7 * pack("am_michael") + 0.3 * pack("am_onyx")
    np.testing.assert_allclose(mixed, expected, atol=1e-5)


@pytest.mark.parametrize(
    "weights",
    [
        {},
        {"am_michael": 0.5},
        {"am_michael": 1.5, "am_onyx": -0.5},
        {"am_michael": float("nan")},
        {"nobody": 1.0},
        {"am_michael": "1"},
    ],
)
def test_a_mix_that_cannot_be_spoken_with_is_refused(weights: dict[str, float]) -> None:
    with pytest.raises(EngineRefused):
        mix(weights)


def test_nobody_can_damage_a_pack_that_others_use() -> None:
    with pytest.raises(ValueError, match="read-only"):
        pack("am_michael")[0, 0] = 1


@pytest.mark.parametrize("name", list(stock_voices()))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_house_never_speaks_in_the_voice_of_the_person(name: str, language: str) -> None:
    neutral = neutral_profile(stock_profile(name), language)
    (chosen,) = neutral.parameters["mix"]
    assert chosen != name
    assert stock_voices()[chosen].sex != stock_voices()[name].sex
    assert stock_voices()[chosen].language == language


def test_the_house_avoids_every_part_of_a_mix() -> None:
    voice = replace(stock_profile("am_onyx"), parameters={"mix": {"am_onyx": 0.6, "bf_emma": 0.4}})
    (chosen,) = neutral_profile(voice).parameters["mix"]
    assert chosen not in {"am_onyx", "bf_emma"}


def test_the_house_has_a_voice_when_nothing_is_known_of_the_persons() -> None:
    assert neutral_profile(None).parameters["mix"] == {NEUTRAL["en", "female"]: 1.0}
    foreign = VoiceProfile(id="x", engine="other", base_model_sha256="", languages=("zh",))
    assert neutral_profile(foreign).parameters["mix"] == {NEUTRAL["zh", "female"]: 1.0}

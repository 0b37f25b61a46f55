"""What is done to the sound of a clause."""

import numpy as np
import pytest

from ofrenda.engines.tts.sound import LEVEL_DB, finish, silence, trim
from ofrenda.types import Samples

RATE = 24_000


def tone(seconds: float, level: float = 0.1) -> Samples:
    t = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * 220 * t)).astype(np.float32)


def rms_db(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples.astype(np.float64) ** 2))))


def padded(sound: Samples) -> Samples:
    hiss = np.random.default_rng(1).normal(0, 1e-4, RATE).astype(np.float32)
    return np.concatenate([hiss[: int(0.4 * RATE)], sound, hiss])


def test_silence_at_both_ends_is_cut_to_a_short_margin() -> None:
    cut = trim(padded(tone(1.0)), RATE)
    assert 1.03 <= len(cut) / RATE <= 1.12


def test_a_soft_end_is_kept() -> None:
    cut = trim(padded(np.concatenate([tone(0.5), tone(0.2, 0.1 * 10 ** (-35 / 20))])), RATE)
    assert len(cut) / RATE >= 0.7


def test_a_pause_inside_is_kept() -> None:
    sound = np.concatenate([tone(0.5), silence(0.3, RATE), tone(0.5)])
    assert len(trim(padded(sound), RATE)) / RATE >= 1.3


def test_ends_are_silent_so_that_joins_do_not_click() -> None:
    cut = finish(tone(1.0, 0.5), RATE)
    assert abs(cut[0]) < 1e-3
    assert abs(cut[-1]) < 1e-3


@pytest.mark.parametrize("level", [0.06, 0.12, 0.3])
def test_soft_and_loud_clauses_come_out_alike(level: float) -> None:
    assert rms_db(finish(tone(1.0, level), RATE)) == pytest.approx(LEVEL_DB, abs=0.5)


def test_a_soft_mood_is_softer() -> None:
    plain, soft = finish(tone(1.0), RATE), finish(tone(1.0), RATE, gain_db=-3)
    assert rms_db(plain) - rms_db(soft) == pytest.approx(3, abs=0.2)


def test_nothing_is_ever_clipped() -> None:
    peaky = tone(1.0, 0.02)
    peaky[::2400] = 0.9
    assert np.abs(finish(peaky, RATE)).max() <= 0.892


def test_broken_numbers_and_dc_do_not_reach_the_ear() -> None:
    broken = tone(1.0) + np.float32(0.2)
    broken[100:110] = np.nan
    broken[200] = np.inf
    cut = finish(broken, RATE)
    assert np.isfinite(cut).all()
    assert abs(float(cut.mean())) < 5e-3


def test_silence_gives_nothing() -> None:
    assert len(finish(silence(1.0, RATE), RATE)) == 0
    assert len(finish(np.zeros(0, np.float32), RATE)) == 0
    assert len(finish(np.full(RATE, np.nan, np.float32), RATE)) == 0

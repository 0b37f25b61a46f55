"""What is done to the sound of a clause."""

import numpy as np
import pytest

from ofrenda.engines.tts.sound import LEVEL_DB, Pieces, active_level, finish, silence, trim
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


def in_pieces(sound: Samples, *, size: int, gain_db: float = 0.0) -> list[Samples]:
    pieces = Pieces(RATE, gain_db)
    given = [pieces.push(sound[i : i + size]) for i in range(0, len(sound), size)]
    return [*given, pieces.end()]


@pytest.mark.parametrize("size", [100, 2_400, 7_000, 200_000])
def test_a_clause_in_pieces_is_the_clause_as_a_whole(size: int) -> None:
    """Cut at the same places, as soft at the ends, and of a loudness that is known beforehand."""
    inside = np.concatenate([tone(0.5), silence(0.3, RATE), tone(0.5)])
    sound = padded(inside)
    whole = finish(sound, RATE)
    joined = np.concatenate(
        in_pieces(sound, size=size, gain_db=LEVEL_DB - active_level(sound, RATE))
    )
    assert abs(len(joined) - len(whole)) <= 2 * 120
    assert abs(joined[0]) < 1e-3
    assert abs(joined[-1]) < 1e-3
    assert active_level(joined, RATE) == pytest.approx(active_level(whole, RATE), abs=0.3)
    steps = np.abs(np.diff(joined)).max()
    assert steps <= 1.1 * np.abs(np.diff(whole)).max()  # no click where pieces join


def test_what_may_be_the_end_waits_and_speech_does_not() -> None:
    pieces = Pieces(RATE, 0.0)
    assert not len(pieces.push(silence(0.4, RATE)))
    assert len(pieces.push(tone(0.3))) > 0.29 * RATE
    assert len(pieces.push(silence(0.3, RATE))) < 0.01 * RATE
    assert len(pieces.push(tone(0.1))) > 0.39 * RATE  # the pause was none: it comes with the rest
    pieces.push(silence(0.5, RATE))
    assert len(pieces.end()) <= 0.06 * RATE


def test_silence_in_pieces_is_nothing() -> None:
    assert not any(len(piece) for piece in in_pieces(silence(1.0, RATE), size=5_000))


def test_no_piece_is_ever_clipped_or_broken() -> None:
    peaky = tone(1.0, 0.3)
    peaky[::2400] = 3.0
    peaky[5] = np.nan
    joined = np.concatenate(in_pieces(peaky, size=4_800))
    assert np.isfinite(joined).all()
    assert np.abs(joined).max() <= 0.892

"""Damaged exports of every format: an answer always, and never a word in another mouth.

What exactly is held to stands in :mod:`ofrenda.measure.mutants`. ``OFRENDA_MUTANTS`` sets how many
damaged copies of each file are tried (200 is the full size), ``OFRENDA_SEED`` which.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date

import pytest

from ofrenda.measure.mutants import GOLDENS, Golden, Tally, formats, goldens, try_golden

from .every_golden import every_golden

MUTANTS = int(os.environ.get("OFRENDA_MUTANTS", "14"))
SEED = int(os.environ.get("OFRENDA_SEED", date.today().toordinal()))
"""Other damage every day; a failure names its seed."""

WRITTEN = {golden.title: golden for golden in every_golden()}


def check(sounds: list[Golden]) -> None:
    tally = Tally()
    for sound in sounds:
        try_golden(sound, tally, mutants=MUTANTS, seed=SEED)
    bad = (tally.uncaught, tally.misattributed, tally.wrong_timestamps, tally.slow)
    assert bad == (0, 0, 0, 0), (SEED, tally.examples)
    assert tally.mutants_tried == MUTANTS * len(sounds)
    assert tally.readable > 0


@pytest.mark.parametrize("format", formats())
def test_damage_to_made_up_files(format: str) -> None:
    check(list(goldens(format)))


@pytest.mark.parametrize("title", WRITTEN)
def test_damage_to_files_written_by_hand(title: str) -> None:
    check([WRITTEN[title]])


def test_there_are_enough_sound_files_of_every_format() -> None:
    by_hand = Counter(golden.format for golden in WRITTEN.values())
    for format in formats():
        assert sum(1 for _ in goldens(format)) + by_hand[format] >= GOLDENS

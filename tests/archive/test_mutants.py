"""Damaged exports of every format: an answer always, and never a word in another mouth.

What exactly is held to stands in :mod:`ofrenda.measure.mutants`. ``OFRENDA_MUTANTS`` sets how many
damaged copies of each file are tried (200 is the full size), ``OFRENDA_SEED`` which.
"""

from __future__ import annotations

import os
from collections import Counter
from datetime import date
from pathlib import Path

import pytest

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.report import REASONS
from ofrenda.measure.attribution import importer_of, read
from ofrenda.measure.exports.chats import marks
from ofrenda.measure.mutants import GOLDENS, Golden, Tally, formats, goldens, try_golden
from ofrenda.types import Document, Utterance
from scripts.fuzz import FINDINGS, by_chance, target

from .every_golden import every_golden

MUTANTS = int(os.environ.get("OFRENDA_MUTANTS", "14"))
SEED = int(os.environ.get("OFRENDA_SEED", date.today().toordinal()))
"""Other damage every day; a failure names its seed."""

CHANCE_S = float(os.environ.get("OFRENDA_FUZZ_S", "0.5"))
"""Processor time for each format; ``scripts/fuzz.py all`` is the full size."""

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


@pytest.mark.parametrize("format", formats())
def test_whatever_chance_makes_of_it(format: str) -> None:
    assert by_chance(format, CHANCE_S) > 0


@pytest.mark.parametrize("path", sorted(FINDINGS.glob("*-*")), ids=lambda path: path.name)
def test_what_was_found_once_stays_mended(path: Path) -> None:
    target(path.name.rpartition("-")[0])(path.read_bytes())


@pytest.mark.parametrize(
    "golden", [*WRITTEN.values(), *(one for name in formats() for one in goldens(name))],
    ids=lambda golden: golden.title,
)  # fmt: skip
def test_every_record_is_in_exactly_one_bucket(golden: Golden) -> None:
    """What is read is accepted or skipped for a known reason, at a place of its own, and reading
    again gives the same; how many there must be is known of made-up files."""
    records = read_again(golden)
    assert records
    assert records == read_again(golden)
    skipped = [record for record in records if isinstance(record, Skipped)]
    assert {record.reason for record in skipped} <= set(REASONS)
    accepted = [record for record in records if isinstance(record, Utterance | Document)]
    assert len(accepted) + len(skipped) == len(records)
    if golden.find is marks:
        wanted = 24 if isinstance(accepted[0], Utterance) or len(records) > 1 else 1
        assert (len(accepted), len(skipped)) == (wanted, 0)


def read_again(golden: Golden) -> list[Record]:
    importer = importer_of(golden.format)
    return read(importer, golden.file, golden.data, golden.beside, golden.answers)[1]


def test_there_are_enough_sound_files_of_every_format() -> None:
    by_hand = Counter(golden.format for golden in WRITTEN.values())
    for format in formats():
        assert sum(1 for _ in goldens(format)) + by_hand[format] >= GOLDENS

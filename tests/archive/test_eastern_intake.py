"""The eastern exports through the one door: stored once, with exactly what was read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add
from ofrenda.vault import Life

from .eastern import GOLDENS, Golden, read


@pytest.mark.parametrize("golden", GOLDENS.values(), ids=GOLDENS.keys())
def test_an_export_is_stored_once(
    life: Life, write: Callable[..., Path], golden: Golden, tmp_path: Path
) -> None:
    for name, content in golden.beside.items():
        write(name, content)
    write(golden.name, golden.data)
    reports = add(life, tmp_path / "handed-in", answers=golden.answers)
    report = next(one for one in reports if one.format == golden.format)
    _, records = read(golden)
    assert (report.seen, report.accepted) == (
        len(records),
        report.seen - sum(report.skipped.values()),
    )
    with life.db.read() as db:
        stored = db.execute("SELECT text, quoted_text FROM utterance ORDER BY ordinal").fetchall()
    kept = [(r.text, r.quoted_text) for r in records if hasattr(r, "text")]
    assert [tuple(row) for row in stored] == kept
    again = add(life, tmp_path / "handed-in", answers=golden.answers)
    assert sum(one.accepted for one in again) == 0

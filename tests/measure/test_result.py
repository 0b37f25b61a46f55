from __future__ import annotations

import json
from pathlib import Path

import pytest
from rich.console import Console

from ofrenda.measure.result import BenchResult, commit, percentile, show_result, write_result

KEYS = ["bench", "commit", "date", "machine", "metrics", "floor", "ceiling", "rows"]


def test_a_result_has_the_keys_that_every_bench_has(tmp_path: Path) -> None:
    result = BenchResult("call", {"v2v_p50_ms": 812.5}, [{"v2v": 812.5}], floor={"v2v_p50_ms": 310})
    path = write_result(result, tmp_path / "results")
    assert path == tmp_path / "results" / "call.json"
    read = json.loads(path.read_text())
    assert sorted(read) == sorted(KEYS)
    assert read["metrics"] == {"v2v_p50_ms": 812.5}
    assert read["machine"]["cores"] >= 1


def test_the_table_shows_value_and_floor() -> None:
    console = Console(record=True, width=100)
    show_result(BenchResult("call", {"v2v_p50_ms": 812.5}, [], floor={"v2v_p50_ms": 310}), console)
    line = next(li for li in console.export_text().splitlines() if "v2v_p50_ms" in li)
    assert "812.5" in line
    assert "310" in line


def test_percentiles_of_nothing_are_nothing() -> None:
    assert percentile([], 50) is None
    assert percentile([1.0, 2.0, 3.0], 50) == 2.0


@pytest.mark.parametrize("packed", [True, False])
def test_the_commit_is_read_from_the_repository(tmp_path: Path, packed: bool) -> None:
    git = tmp_path / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text("ref: refs/heads/main\n")
    if packed:
        (git / "packed-refs").write_text("# pack-refs\nabc123 refs/heads/main\n")
    else:
        (git / "refs" / "heads" / "main").write_text("abc123\n")
    assert commit(tmp_path / "src" / "module.py") == "abc123"


def test_outside_a_repository_there_is_no_commit(tmp_path: Path) -> None:
    assert commit(tmp_path / "module.py") is None

"""The archive's bench at a small size: what it measures holds, and a kill costs nothing."""

from __future__ import annotations

from pathlib import Path

from ofrenda.measure.archive import Sizes, bench_archive
from ofrenda.measure.long_chat import messages, write_export
from ofrenda.settings import Settings


def test_a_small_archive_is_measured_killed_and_whole(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, embed="scripted-embed")
    sizes = Sizes(
        messages=6_000, fewer=3_000, kills=3, killed_messages=5_000, embedded=50, mutants=0
    )
    result = bench_archive(settings, sizes, lambda _what, _share: None)
    metrics = result.metrics
    assert metrics["lost"] == metrics["misattributed"] == metrics["wrong_timestamps"] == 0
    assert metrics["resumed_identical"] == metrics["kills"] == 3
    assert 0 < float(metrics["peak_rss_mb"] or 0) < 1_000
    for name in ("messages_per_s", "embed_per_s", "database_mb", "passages"):
        assert float(metrics[name] or 0) > 0, name


def test_the_long_chat_is_the_same_each_time_and_never_in_memory(tmp_path: Path) -> None:
    assert write_export(tmp_path / "a", 500) == write_export(tmp_path / "b", 500)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    said = list(messages(500))
    assert [one.at for one in said] == sorted(one.at for one in said)
    assert {one.sender for one in said} == {"Mum", "Sam"}

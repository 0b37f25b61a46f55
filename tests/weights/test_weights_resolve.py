from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from toys import one_file, toy

from ofrenda.errors import ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.weights import ModelState
from ofrenda.weights.inventory import status
from ofrenda.weights.resolve import resolve_model

Install = Callable[..., Path]
PARTS = (("toy-part1", "a"), ("toy-part2", "b"))


def test_parts_are_joined_in_order_into_the_cache(settings: Settings, site: Install) -> None:
    site("toy-part1", {"a": b"first "})
    site("toy-part2", {"b": b"second"})
    model = toy(one_file(b"first second", *PARTS))
    path = resolve_model(model, settings).only
    assert path == settings.cache / "models" / "toy" / "toy.bin"
    assert path.read_bytes() == b"first second"
    assert resolve_model(model, settings).path("toy.bin") == path


def test_a_whole_file_in_a_package_is_used_where_it_lies(settings: Settings, site: Install) -> None:
    folder = site("toy-part1", {"a": b"whole"})
    files = resolve_model(toy(one_file(b"whole", PARTS[0])), settings)
    assert files.only == folder / "a"


def test_a_gathered_model_has_all_its_files_in_one_folder(
    settings: Settings, site: Install
) -> None:
    site("toy-part1", {"a": b"first ", "config": b"{}"})
    site("toy-part2", {"b": b"second"})
    files = (
        one_file(b"first second", *PARTS),
        one_file(b"{}", ("toy-part1", "config"), name="config.json"),
    )
    found = resolve_model(toy(*files, gathered=True), settings)
    assert sorted(path.name for path in found.folder.iterdir() if path.suffix != ".json") == [
        ".lock",
        "toy.bin",
    ]
    assert (found.folder / "config.json").read_bytes() == b"{}"


def test_the_models_folder_comes_before_every_other_carrier(
    settings: Settings, site: Install, tmp_path: Path
) -> None:
    site("toy-part1", {"a": b"whole"})
    own = tmp_path / "own" / "toy"
    own.mkdir(parents=True)
    (own / "toy.bin").write_bytes(b"whole")
    chosen = settings.model_copy(update={"models": tmp_path / "own"})
    assert resolve_model(toy(one_file(b"whole", PARTS[0])), chosen).only == own / "toy.bin"


def test_a_wrong_file_is_refused_with_the_file_both_hashes_and_what_to_do(
    settings: Settings, tmp_path: Path
) -> None:
    own = tmp_path / "own" / "toy"
    own.mkdir(parents=True)
    (own / "toy.bin").write_bytes(b"other")
    chosen = settings.model_copy(update={"models": tmp_path / "own"})
    with pytest.raises(ModelCorrupt) as refused:
        resolve_model(toy(one_file(b"whole")), chosen)
    message = refused.value.message
    assert str(own / "toy.bin") in message
    assert hashlib.sha256(b"whole").hexdigest() in message
    assert hashlib.sha256(b"other").hexdigest() in message
    assert "Put the right file in its place" in message
    assert "\n" not in message


def test_damaged_parts_are_refused_and_leave_nothing_in_the_cache(
    settings: Settings, site: Install
) -> None:
    site("toy-part1", {"a": b"first "})
    site("toy-part2", {"b": b"SECOND"})
    with pytest.raises(ModelCorrupt, match=r"pip install .*toy-part1 toy-part2"):
        resolve_model(toy(one_file(b"first second", *PARTS)), settings)
    left = [path.name for path in (settings.cache / "models" / "toy").iterdir()]
    assert left == [".lock"]


def test_a_missing_model_says_what_to_install(settings: Settings, site: Install) -> None:
    site("toy-part1", {"a": b"first "})
    with pytest.raises(ModelMissing) as missing:
        resolve_model(toy(one_file(b"first second", *PARTS)), settings)
    assert "pip install toy-part2" in missing.value.message
    assert "toy-part1" not in missing.value.message
    assert "OFRENDA_MODELS" in missing.value.message


def test_a_cached_file_that_was_cut_short_is_made_anew(settings: Settings, site: Install) -> None:
    site("toy-part1", {"a": b"first "})
    site("toy-part2", {"b": b"second"})
    model = toy(one_file(b"first second", *PARTS))
    path = resolve_model(model, settings).only
    path.write_bytes(b"first se")
    assert resolve_model(model, settings).only.read_bytes() == b"first second"


def test_a_cached_file_that_was_changed_is_refused(settings: Settings, site: Install) -> None:
    site("toy-part1", {"a": b"first "})
    site("toy-part2", {"b": b"second"})
    model = toy(one_file(b"first second", *PARTS))
    resolve_model(model, settings).only.write_bytes(b"first secon!")
    with pytest.raises(ModelCorrupt, match="Delete that file"):
        resolve_model(model, settings)


def test_a_verified_file_is_not_hashed_again_until_it_is_asked_for(
    settings: Settings, site: Install
) -> None:
    site("toy-part1", {"a": b"first "})
    site("toy-part2", {"b": b"second"})
    model = toy(one_file(b"first second", *PARTS))
    path = resolve_model(model, settings).only
    read: list[int] = []
    resolve_model(model, settings, progress=lambda done, total: read.append(done))
    assert not read
    before = path.stat()
    path.write_bytes(b"first secon!")  # and its time set back: only a full check can see it
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    resolve_model(model, settings)
    with pytest.raises(ModelCorrupt):
        resolve_model(model, settings, verify=True)
    assert status(model, settings, verify=True).state is ModelState.CORRUPT


def test_what_a_killed_process_left_half_written_is_swept_away(
    settings: Settings, site: Install
) -> None:
    site("toy-part1", {"a": b"first "})
    site("toy-part2", {"b": b"second"})
    shelf = settings.cache / "models" / "toy"
    shelf.mkdir(parents=True)
    (shelf / ".abc.part").write_bytes(b"fir")
    resolve_model(toy(one_file(b"first second", *PARTS)), settings)
    assert not list(shelf.glob(".*.part"))


_JOIN = """
import resource, sys
from pathlib import Path
from ofrenda.errors import DiskFull
from ofrenda.settings import Settings
from ofrenda.weights.resolve import resolve_model
from toys import one_file, toy
sys.path.insert(0, sys.argv[1])
limit, content = int(sys.argv[3]), b"x" * 3_000_000 + b"y" * 3_000_000
if limit:
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
model = toy(one_file(content, ("toy-part1", "a"), ("toy-part2", "b")))
try:
    print(resolve_model(model, Settings(cache=Path(sys.argv[2]))).only.stat().st_size)
except DiskFull as error:
    print("DiskFull", error.message)
"""


def _join(site: Path, cache: Path, limit: int = 0) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", _JOIN, str(site), str(cache), str(limit)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parent,
    )


def test_a_full_disk_is_told_and_leaves_no_half_file(
    settings: Settings, site: Install, tmp_path: Path
) -> None:
    site("toy-part1", {"a": b"x" * 3_000_000})
    site("toy-part2", {"b": b"y" * 3_000_000})
    out, _ = _join(tmp_path / "site", settings.cache, limit=2_000_000).communicate(timeout=60)
    assert out.startswith("DiskFull There is no room left")
    assert "OFRENDA_CACHE" in out
    assert [path.name for path in (settings.cache / "models" / "toy").iterdir()] == [".lock"]


def test_two_processes_that_join_at_once_both_get_the_whole_file(
    settings: Settings, site: Install, tmp_path: Path
) -> None:
    site("toy-part1", {"a": b"x" * 3_000_000})
    site("toy-part2", {"b": b"y" * 3_000_000})
    both = [_join(tmp_path / "site", settings.cache) for _ in range(2)]
    assert [process.communicate(timeout=60)[0].strip() for process in both] == ["6000000"] * 2

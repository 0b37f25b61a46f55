"""The demo family: the same each time, several hundred messages, and labelled as synthetic."""

from __future__ import annotations

import zipfile
from pathlib import Path

from ofrenda.demo import CAST, write_family
from ofrenda.types import Role


def _contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_same_family_comes_out_each_time(tmp_path: Path) -> None:
    write_family(tmp_path / "one")
    write_family(tmp_path / "two")
    write_family(tmp_path / "two")
    assert _contents(tmp_path / "one") == _contents(tmp_path / "two")


def test_there_is_enough_left_behind_to_be_interesting(tmp_path: Path) -> None:
    family = write_family(tmp_path)
    assert family.messages >= 500
    assert len(list(family.essays.glob("*.md"))) == 5
    chat = zipfile.ZipFile(family.exports[0]).read("_chat.txt").decode()
    years = {line.split("/")[2][:4] for line in chat.split("\n") if line.startswith("[")}
    assert len(years) >= 5
    assert "晚安" in chat


def test_it_says_that_it_is_synthetic(tmp_path: Path) -> None:
    write_family(tmp_path)
    assert "synthetic" in (tmp_path / "SYNTHETIC.txt").read_text(encoding="utf-8")


def test_every_sender_is_the_person_or_on_the_list(tmp_path: Path) -> None:
    family = write_family(tmp_path)
    assert set(family.senders.values()) <= {"person", *(member.id for member in CAST)}
    assert CAST[0].role is Role.KEEPER

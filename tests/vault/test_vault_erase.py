from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.errors import LifeInUse, LifeNotFound
from ofrenda.vault import Life, lives
from ofrenda.vault import home as homes
from ofrenda.vault.header import HEADER_FILE, VOICE_FILE

MakeLife = Callable[..., tuple[Life, str]]


def test_an_erased_life_is_gone_and_its_neighbour_is_not(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    life, neighbour = make_life("grandpa")[0], make_life("grandma")[0]
    life.blobs.put(b"photo")
    life.close()
    neighbour.close()
    Life.erase(home, "grandpa")
    assert list(home.iterdir()) == [neighbour.folder]
    with pytest.raises(LifeNotFound):
        Life.open(home, "grandpa", passphrase)
    with pytest.raises(LifeNotFound):
        Life.erase(home, "grandpa")
    Life.open(home, "grandma", passphrase).close()


def test_the_keys_are_overwritten_before_they_are_deleted(life: Life, home: Path) -> None:
    life.close()
    kept = {}
    for name in (HEADER_FILE, VOICE_FILE):
        (home / name).hardlink_to(life.folder / name)  # another name for the same bytes on disk
        kept[name] = (home / name).read_bytes()
    Life.erase(home, "grandpa")
    for name, before in kept.items():
        after = (home / name).read_bytes()
        assert len(after) == len(before)
        assert sum(a == b for a, b in zip(after, before, strict=True)) < len(before) / 10


def test_an_awake_life_is_not_erased(life: Life, home: Path) -> None:
    with pytest.raises(LifeInUse):
        Life.erase(home, "grandpa")
    assert lives(home)


def test_a_crash_in_the_middle_of_erasing_is_finished_by_the_next_use(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    life, neighbour = make_life("grandpa")[0], make_life("grandma")[0]
    life.close()
    neighbour.close()
    life.folder.rename(home / f"{homes.ERASED}{life.id}")
    Life.open(home, "grandma", passphrase).close()
    assert list(home.iterdir()) == [neighbour.folder]


def test_what_a_crashed_creation_left_is_swept_away(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    life, _ = make_life("grandpa")
    life.close()
    life.folder.rename(home / f"{homes.UNFINISHED}{life.id}")
    again, _ = make_life("grandpa")
    assert list(home.iterdir()) == [again.folder]


def test_a_life_with_a_broken_header_can_be_erased_by_its_folder(life: Life, home: Path) -> None:
    life.close()
    (life.folder / HEADER_FILE).write_bytes(b"{}")
    Life.erase(home, life.folder.name)
    assert list(home.iterdir()) == []

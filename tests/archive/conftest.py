"""A real life for the archive's tests: real keys and ciphers, a cheap Argon2id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import KdfParameters, Life

PASSPHRASE = "copper lantern under seven pears"


def make_life(home: Path, alias: str = "ada", died: date | None = None) -> Life:
    life, _ = Life.create(
        home,
        alias,
        PASSPHRASE,
        person=Person(name="Ada Fenwick", died=died),
        consent=Consent(
            at=datetime(2026, 1, 2, tzinfo=UTC),
            given_by="Tom Fenwick",
            relation="husband",
            ground="relatives",
            scope=("text",),
            statement="We agree.",
        ),
        keeper=Member(MemberId("m1"), "Tom Fenwick", "husband", Role.KEEPER),
        kdf=KdfParameters(memory_kib=64, passes=1, lanes=1),
    )
    return life


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with make_life(tmp_path / "lives") as made:
        yield made


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write a file to hand in; returns its path."""

    def written(name: str, content: str | bytes) -> Path:
        path = tmp_path / "handed-in" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return written

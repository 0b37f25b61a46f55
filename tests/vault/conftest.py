"""Lives for the vault's tests: real keys, real ciphers, a cheap Argon2id."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import KdfParameters, Life

MakeLife = Callable[..., tuple[Life, str]]


@pytest.fixture
def quick() -> KdfParameters:
    return KdfParameters(memory_kib=64, passes=1, lanes=1)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "lives"


@pytest.fixture
def passphrase() -> str:
    return "copper lantern under seven pears"


@pytest.fixture
def person() -> Person:
    return Person(
        name="Aurelio Quintanar",
        languages=("en", "zh"),
        born=date(1941, 2, 3),
        died=date(2024, 11, 2),
        timezone="America/Mexico_City",
    )


@pytest.fixture
def consent() -> Consent:
    return Consent(
        at=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
        given_by="Ines Quintanar",
        relation="wife",
        ground="relatives",
        scope=("text",),
        statement="His nearest relatives agree.",
    )


@pytest.fixture
def keeper() -> Member:
    return Member(MemberId("m1"), "Ines Quintanar", "wife", Role.KEEPER, called="Nesita")


@pytest.fixture
def make_life(
    home: Path,
    passphrase: str,
    person: Person,
    consent: Consent,
    keeper: Member,
    quick: KdfParameters,
) -> Iterator[MakeLife]:
    """Makes lives with the cheap Argon2id; whatever the test left open is closed at its end."""
    made: list[Life] = []

    def make(alias: str = "grandpa") -> tuple[Life, str]:
        life, code = Life.create(
            home, alias, passphrase, person=person, consent=consent, keeper=keeper, kdf=quick
        )
        made.append(life)
        return life, code

    yield make
    for life in made:
        life.close()


@pytest.fixture
def life(make_life: MakeLife) -> Life:
    return make_life()[0]

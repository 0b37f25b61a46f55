import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.errors import (
    BadInput,
    LifeDamaged,
    LifeExists,
    LifeInUse,
    LifeNotFound,
    VaultError,
    WrongPassphrase,
)
from ofrenda.types import Consent, Member, Person
from ofrenda.vault import KdfParameters, Life, lives
from ofrenda.vault.header import HEADER_FILE

MakeLife = Callable[..., tuple[Life, str]]


def header_of(life: Life) -> Path:
    return life.folder / HEADER_FILE


def test_a_life_opens_with_its_passphrase_and_is_what_was_made(
    make_life: MakeLife, home: Path, passphrase: str, person: Person, keeper: Member
) -> None:
    life, _ = make_life("Grandpa")
    life.close()
    with Life.open(home, "gRANDpa", passphrase) as again:
        assert again.person() == person
        assert again.members() == [keeper]
        assert again.id == life.id
        assert again.alias == "Grandpa"


def test_a_life_opens_with_its_recovery_code_however_it_is_typed(
    make_life: MakeLife, home: Path, person: Person
) -> None:
    life, code = make_life()
    life.close()
    for typed in (code, code.lower().replace("-", " "), code.replace("-", "").replace("0", "o")):
        with Life.open(home, "grandpa", typed) as again:
            assert again.person() == person


@pytest.mark.parametrize("wrong", ["", " ", "copper lantern under seven pear", "x" * 5000])
def test_a_wrong_passphrase_is_one_clear_error(
    make_life: MakeLife, home: Path, passphrase: str, wrong: str
) -> None:
    make_life()[0].close()
    with pytest.raises(WrongPassphrase) as refused:
        Life.open(home, "grandpa", wrong)
    assert "does not open this life" in refused.value.message
    with Life.open(home, "grandpa", passphrase):
        pass  # the lock was let go, and nothing was broken


def test_a_mistyped_recovery_code_has_its_own_help(make_life: MakeLife, home: Path) -> None:
    life, code = make_life()
    life.close()
    slipped = ("0" if code[0] != "0" else "1") + code[1:]
    with pytest.raises(WrongPassphrase, match="slip"):
        Life.open(home, "grandpa", slipped)


def test_the_code_of_another_life_is_called_that(make_life: MakeLife, home: Path) -> None:
    make_life("one")[0].close()
    other, code = make_life("two")
    other.close()
    with pytest.raises(WrongPassphrase, match="another life"):
        Life.open(home, "one", code)


def test_after_a_change_only_the_new_passphrase_and_the_code_open(
    make_life: MakeLife, home: Path, passphrase: str, quick: KdfParameters
) -> None:
    life, code = make_life()
    old = json.loads(header_of(life).read_text())["wraps"][0]["sealed"]
    life.change_passphrase("seventeen violet umbrellas waltz", kdf=quick)
    life.close()
    with pytest.raises(WrongPassphrase):
        Life.open(home, "grandpa", passphrase)
    for secret in ("seventeen violet umbrellas waltz", code):
        Life.open(home, "grandpa", secret).close()
    assert old not in header_of(life).read_text()


def test_a_weak_new_passphrase_changes_nothing(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    life, _ = make_life()
    before = header_of(life).read_bytes()
    with pytest.raises(BadInput):
        life.change_passphrase("grandpa 1234")
    assert header_of(life).read_bytes() == before


def test_a_new_recovery_code_replaces_the_old(make_life: MakeLife, home: Path) -> None:
    life, old = make_life()
    new = life.new_recovery_code()
    life.close()
    Life.open(home, "grandpa", new).close()
    with pytest.raises(WrongPassphrase, match="replaced"):
        Life.open(home, "grandpa", old)


def test_an_awake_life_is_not_opened_twice(life: Life, home: Path, passphrase: str) -> None:
    with pytest.raises(LifeInUse):
        Life.open(home, "grandpa", passphrase)
    life.close()
    Life.open(home, "grandpa", passphrase).close()


def test_the_header_tells_nothing_of_the_person(
    life: Life, person: Person, consent: Consent, keeper: Member
) -> None:
    text = header_of(life).read_text()
    assert set(json.loads(text)) == {
        "format",
        "version",
        "algorithm",
        "id",
        "alias",
        "created",
        "wraps",
        "sha256",
    }
    for word in (*person.name.split(), *keeper.name.split(), keeper.relation, consent.ground):
        assert word not in text
    assert re.fullmatch(r"[0-9a-f]{32}", life.folder.name)


def test_only_the_owner_may_read_anything(life: Life) -> None:
    life.blobs.put(b"picture")
    for path in (life.folder, *life.folder.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), path.name


def test_lives_are_listed_without_a_passphrase(make_life: MakeLife, home: Path) -> None:
    assert lives(home) == []
    two, one = make_life("two")[0], make_life("one")[0]
    found = lives(home)
    assert [(life.alias, life.id, life.folder) for life in found] == [
        ("one", one.id, one.folder),
        ("two", two.id, two.folder),
    ]


def test_a_damaged_neighbour_does_not_hide_the_others(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    broken, whole = make_life("broken")[0], make_life("whole")[0]
    broken.close()
    whole.close()
    header_of(broken).write_bytes(b"{")
    assert [life.alias for life in lives(home)] == ["whole"]
    Life.open(home, "whole", passphrase).close()
    with pytest.raises(LifeDamaged):
        Life.open(home, "broken", passphrase)


def test_an_unknown_life_is_not_found(make_life: MakeLife, home: Path) -> None:
    with pytest.raises(LifeNotFound):
        Life.open(home, "nobody", "whatever it is")
    make_life()
    for alias in ("nobody", "../lives", "", "."):
        with pytest.raises(LifeNotFound):
            Life.open(home, alias, "whatever it is")


def test_two_lives_cannot_have_the_same_name(make_life: MakeLife, home: Path) -> None:
    make_life("Grandpa")
    with pytest.raises(LifeExists):
        make_life("GRANDPA")
    assert len(list(home.iterdir())) == 1


@pytest.mark.parametrize("alias", ["", "   ", "x" * 65, "two\nlines"])
def test_an_improper_alias_is_refused_before_anything_is_made(
    make_life: MakeLife, home: Path, alias: str
) -> None:
    with pytest.raises(BadInput):
        make_life(alias)
    assert not home.exists()


def test_a_weak_passphrase_leaves_nothing_behind(
    home: Path, person: Person, consent: Consent, keeper: Member
) -> None:
    with pytest.raises(BadInput):
        Life.create(home, "grandpa", "too short", person=person, consent=consent, keeper=keeper)
    assert not home.exists()


def test_the_default_parameters_are_written_and_open(
    home: Path, passphrase: str, person: Person, consent: Consent, keeper: Member
) -> None:
    life, _ = Life.create(
        home, "grandpa", passphrase, person=person, consent=consent, keeper=keeper
    )
    life.close()
    wrap = json.loads(header_of(life).read_text())["wraps"][0]
    assert wrap["kdf"] == {"name": "argon2id", "memory_kib": 65536, "passes": 3, "lanes": 4}
    Life.open(home, "grandpa", passphrase).close()


def test_a_header_of_a_newer_version_is_refused_as_newer(
    life: Life, home: Path, passphrase: str
) -> None:
    life.close()
    record = json.loads(header_of(life).read_text())
    record["version"] = 2
    header_of(life).write_text(json.dumps(record))
    with pytest.raises(VaultError, match="newer version"):
        Life.open(home, "grandpa", passphrase)


@pytest.mark.parametrize("field", ["id", "alias", "created", "algorithm", "wraps", "sha256"])
def test_any_changed_field_of_the_header_is_damage_not_a_wrong_passphrase(
    life: Life, home: Path, passphrase: str, field: str
) -> None:
    life.close()
    record = json.loads(header_of(life).read_text())
    if field == "wraps":
        record["wraps"][0]["sealed"] = record["wraps"][1]["sealed"]
    else:
        record[field] = "0" + record[field]
    header_of(life).write_text(json.dumps(record))
    with pytest.raises(LifeDamaged):
        Life.open(home, life.id, passphrase)


def test_every_truncation_of_the_header_is_damage(life: Life, home: Path, passphrase: str) -> None:
    life.close()
    whole = header_of(life).read_bytes()
    for length in range(0, len(whole), 97):
        header_of(life).write_bytes(whole[:length])
        with pytest.raises(LifeDamaged):
            Life.open(home, "grandpa", passphrase)


def test_a_wrap_brought_from_another_life_does_not_open(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    from dataclasses import replace

    from ofrenda.vault.header import read_header, write_header

    one, two = make_life("one")[0], make_life("two")[0]
    one.close()
    two.close()
    foreign = read_header(two.folder)
    write_header(replace(read_header(one.folder), wraps=foreign.wraps))
    with pytest.raises(WrongPassphrase):
        Life.open(home, "one", passphrase)


def test_a_life_whose_empty_folders_were_not_copied_still_opens(
    life: Life, home: Path, passphrase: str
) -> None:
    life.close()
    (life.folder / "blobs").rmdir()
    (life.folder / "voice").rmdir()
    with Life.open(home, "grandpa", passphrase) as again:
        assert again.blobs.get(again.blobs.put(b"picture")) == b"picture"


def test_an_asleep_life_gives_nothing(life: Life) -> None:
    blob = life.blobs.put(b"picture")
    life.close()
    life.close()
    with pytest.raises(VaultError, match="asleep"):
        life.person()
    with pytest.raises(VaultError, match="asleep"), life.db.write():
        pass
    with pytest.raises(VaultError, match="asleep"):
        life.blobs.get(blob)
    with pytest.raises(VaultError, match="asleep"):
        life.new_recovery_code()


def test_a_process_that_opens_a_life_writes_no_core_dump(life: Life) -> None:
    import resource

    assert resource.getrlimit(resource.RLIMIT_CORE) == (0, 0)

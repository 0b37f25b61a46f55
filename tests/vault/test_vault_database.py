import ast
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlcipher3 import dbapi2

import ofrenda
from ofrenda.errors import LifeDamaged, VaultError
from ofrenda.vault import Database, Life
from ofrenda.vault.connection import connect
from ofrenda.vault.migrate import layouts

KEY = bytes(range(32))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    empty = tmp_path / "life.db"
    empty.touch()
    return empty


def note(life: Life, words: str) -> None:
    with life.db.write() as db:
        db.execute("UPDATE person SET name = ?", (words,))


def test_only_one_module_can_open_a_database() -> None:
    """Whoever goes round ``connect`` could forget the key: nobody else imports the library."""
    importers = set()
    root = Path(ofrenda.__file__).parent
    for file in root.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            if any(name.split(".")[0] == "sqlcipher3" for name in names):
                importers.add(file.relative_to(root).as_posix())
    assert importers == {"vault/connection.py"}


@pytest.mark.parametrize("key", [b"", b"short", bytes(31), bytes(33)])
def test_a_key_of_another_length_is_refused_and_nothing_is_written(path: Path, key: bytes) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        connect(path, key, fresh=True)
    assert path.read_bytes() == b""


def test_what_is_written_is_never_plaintext(path: Path) -> None:
    connection = connect(path, KEY, fresh=True)
    connection.execute("CREATE TABLE t (words TEXT)")
    assert not path.read_bytes().startswith(b"SQLite")
    connection.close()


def test_a_plaintext_database_in_its_place_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "life.db"
    plain = sqlite3.connect(path)
    plain.execute("CREATE TABLE t (words TEXT)")
    plain.commit()
    plain.close()
    for fresh in (True, False):
        with pytest.raises(LifeDamaged):
            connect(path, KEY, fresh=fresh)


def test_another_key_is_damage_because_the_wrap_has_already_been_opened(path: Path) -> None:
    Database(path, KEY, fresh=True).close()
    with pytest.raises(LifeDamaged):
        connect(path, bytes(32))


@pytest.mark.parametrize("harm", ["missing", "empty", "half", "garbage", "one page short"])
def test_a_harmed_database_is_damaged_and_never_an_empty_life(
    life: Life, home: Path, passphrase: str, harm: str
) -> None:
    life.close()
    file = life.folder / "life.db"
    whole = file.read_bytes()
    if harm == "missing":
        file.unlink()
    else:
        file.write_bytes(
            {
                "empty": b"",
                "half": whole[: len(whole) // 2 + 100],
                "garbage": bytes(len(whole)),
                "one page short": whole[:-4096],
            }[harm]
        )
    with pytest.raises(LifeDamaged), Life.open(home, "grandpa", passphrase) as again:
        again.verify()
    file.write_bytes(whole)
    Life.open(home, "grandpa", passphrase).close()


def test_one_flipped_byte_in_any_page_is_found_by_verify(
    life: Life, home: Path, passphrase: str
) -> None:
    life.close()
    file = life.folder / "life.db"
    whole = file.read_bytes()
    for page in range(0, len(whole) // 4096, 7):
        flipped = bytearray(whole)
        flipped[page * 4096 + 2000] ^= 1
        file.write_bytes(flipped)
        with pytest.raises(LifeDamaged), Life.open(home, "grandpa", passphrase) as again:
            again.verify()
    file.write_bytes(whole)
    with Life.open(home, "grandpa", passphrase) as again:
        again.verify()


def test_reading_a_flipped_page_is_damage(life: Life, home: Path, passphrase: str) -> None:
    with life.db.write() as db:
        db.execute("INSERT INTO source VALUES (1, 'a', 'b', 'c', 'd', NULL, '{}')")
        db.execute(
            "INSERT INTO document (dedup, source, locator, title, text)"
            " VALUES (x'00', 1, '', '', ?)",
            ("long " * 20000,),
        )
    life.close()
    file = life.folder / "life.db"
    whole = bytearray(file.read_bytes())
    whole[-4096 * 3 + 99] ^= 1
    file.write_bytes(whole)
    with (
        pytest.raises(LifeDamaged),
        Life.open(home, "grandpa", passphrase) as again,
        again.db.read() as db,
    ):
        db.execute("SELECT text FROM document").fetchall()


def test_a_write_is_all_or_nothing(life: Life) -> None:
    def stumble() -> None:
        with life.db.write() as db:
            db.execute("UPDATE person SET name = 'half'")
            raise KeyError("the importer stumbled")

    def break_a_rule() -> None:
        with life.db.write() as db:
            db.execute("UPDATE person SET name = 'half'")
            db.execute("INSERT INTO person (only, name, languages) VALUES (2, 'x', '[]')")

    name = life.person().name
    with pytest.raises(KeyError):
        stumble()
    assert life.person().name == name
    with pytest.raises(dbapi2.IntegrityError):
        break_a_rule()
    assert life.person().name == name
    note(life, "whole")
    assert life.person().name == "whole"


def test_a_reader_cannot_write(life: Life) -> None:
    with pytest.raises(VaultError), life.db.read() as db:
        db.execute("UPDATE person SET name = 'sneaked in'")


def test_a_reader_sees_each_commit_and_nothing_before_it(life: Life) -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(life.person().name)

    before = life.person().name
    with life.db.write() as db:
        db.execute("UPDATE person SET name = 'later'")
        thread = threading.Thread(target=look)
        thread.start()
        thread.join()
        assert life.person().name == "later"  # the writer sees what it wrote
    look()
    assert seen == [before, "later"]


def test_a_write_inside_a_write_is_refused_and_not_a_deadlock(life: Life) -> None:
    with pytest.raises(RuntimeError), life.db.write():
        note(life, "inner")
    note(life, "afterwards")
    assert life.person().name == "afterwards"


def test_many_threads_write_and_read_without_losing_anything(life: Life) -> None:
    with life.db.write() as db:
        db.execute("INSERT INTO source VALUES (1, 'a', 'b', 'c', 'd', NULL, '{}')")
        db.execute("UPDATE source SET name = '0'")

    def count(_: int) -> None:
        with life.db.write() as db:
            value = int(db.execute("SELECT name FROM source").fetchone()["name"])
            db.execute("UPDATE source SET name = ?", (str(value + 1),))
        with life.db.read() as db:
            assert int(db.execute("SELECT name FROM source").fetchone()[0]) > 0

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(200)))
    with life.db.read() as db:
        assert db.execute("SELECT name FROM source").fetchone()["name"] == "200"


def test_readers_of_threads_that_ended_are_closed(life: Life) -> None:
    for _ in range(20):
        thread = threading.Thread(target=life.person)
        thread.start()
        thread.join()
    assert len(life.db._readers) <= 2


def test_the_connection_is_set_up_for_safety(life: Life) -> None:
    wanted = {
        "foreign_keys": 1,
        "journal_mode": "wal",
        "synchronous": 2,
        "temp_store": 2,
        "secure_delete": 1,
        "trusted_schema": 0,
        "cipher_log_level": "NONE",
    }
    with life.db.write() as writer:
        assert {name: writer.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
    with life.db.read() as reader:
        assert {name: reader.execute(f"PRAGMA {name}").fetchone()[0] for name in wanted} == wanted
        assert reader.execute("PRAGMA query_only").fetchone()[0] == 1


def test_a_wrong_key_says_nothing_on_standard_error(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    Database(path, KEY, fresh=True).close()
    with pytest.raises(LifeDamaged):
        connect(path, bytes(32))
    assert capfd.readouterr() == ("", "")


def test_every_layout_leads_to_the_newest(tmp_path: Path) -> None:
    newest = len(layouts())
    for start in range(1, newest + 1):
        path = tmp_path / f"{start}.db"
        path.touch()
        old = connect(path, KEY, fresh=True)
        for number, sql in enumerate(layouts()[:start], start=1):
            old.executescript(f"{sql}; PRAGMA user_version = {number};")
        old.close()
        database = Database(path, KEY)
        assert database.layout == newest
        database.close()


def test_a_layout_newer_than_ours_is_refused_as_newer(
    life: Life, home: Path, passphrase: str
) -> None:
    with life.db.write() as db:
        db.execute("PRAGMA user_version = 99")
    life.close()
    with pytest.raises(VaultError, match="newer version"):
        Life.open(home, "grandpa", passphrase)


def test_a_migration_that_fails_leaves_the_layout_before_it(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Database(path, KEY, fresh=True).close()
    good = layouts()
    broken = "CREATE TABLE extra (a);\nINSERT INTO nowhere VALUES (1);"
    with monkeypatch.context() as patch:
        patch.setattr("ofrenda.vault.migrate.layouts", lambda: [*good, broken])
        with pytest.raises(dbapi2.OperationalError):
            Database(path, KEY)
    database = Database(path, KEY)
    assert database.layout == len(good)
    with database.read() as db:
        assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'extra'").fetchall()
    database.close()

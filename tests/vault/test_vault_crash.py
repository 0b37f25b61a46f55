"""What is left when a process dies, another one comes, or the disk is full."""

import os
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ofrenda.errors import DiskFull, VaultError, WrongPassphrase
from ofrenda.vault import KdfParameters, Life

MakeLife = Callable[..., tuple[Life, str]]

WRITING = """
    import sys
    from pathlib import Path
    from ofrenda.vault import Life

    life = Life.open(Path(sys.argv[1]), "grandpa", sys.argv[2])
    number = 0
    with life.db.write() as db:
        db.execute("INSERT INTO source VALUES (1, 'a', 'b', 'c', 'd', NULL, '{}')")
        db.execute("INSERT INTO conversation VALUES (1, 'p', 'k', 't', 0)")
    while True:
        blob = life.blobs.put(f"CANARY blob {number} Qqzv".encode() * 1000)
        with life.db.write() as db:
            for part in range(20):
                db.execute(
                    "INSERT INTO utterance (dedup, source, locator, conversation, ts_precision,"
                    " ordinal, kind, text) VALUES (?, 1, '', 1, 's', ?, 'text', ?)",
                    (f"{number}-{part}".encode(), number, f"CANARY text {number} {part} Qqzv"),
                )
                db.execute(
                    "INSERT INTO passage (id, kind, text, said_by, language, visibility)"
                    " VALUES (?, 'statement', '', 'person', 'en', 'family')",
                    (number * 20 + part + 1,),
                )
                db.execute(
                    "INSERT INTO passage_words (passage, text, cue) VALUES (?, ?, '')",
                    (number * 20 + part + 1, f"canarywords{number}x{part}qqzv"),
                )
            db.execute(
                "INSERT INTO media (utterance, path, blob)"
                " VALUES ((SELECT max(id) FROM utterance), 'x', ?)",
                (blob,),
            )
        print(number, flush=True)
        number += 1
"""


def start(script: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("commits", [1, 7, 60])
def test_a_killed_process_loses_nothing_committed_and_leaves_nothing_in_clear(
    life: Life, home: Path, passphrase: str, commits: int
) -> None:
    life.close()
    with start(WRITING, str(home), passphrase) as child:
        assert child.stdout is not None
        confirmed = -1
        while confirmed < commits:
            line = child.stdout.readline()
            assert line, child.stderr.read() if child.stderr else ""
            confirmed = int(line)
        child.send_signal(signal.SIGKILL)
        rest = child.stdout.read().split()
        confirmed = int(rest[-1]) if rest else confirmed
        child.wait()
        assert child.returncode == -signal.SIGKILL
    for path in life.folder.rglob("*"):
        if path.is_file():
            held = path.read_bytes().lower()
            assert b"canary" not in held, path.name
            assert b"qqzv" not in held, path.name

    with Life.open(home, "grandpa", passphrase) as again:  # the lock died with its holder
        again.verify()
        with again.db.read() as db:
            kept = db.execute(
                "SELECT ordinal, count(*) FROM utterance GROUP BY ordinal ORDER BY ordinal"
            ).fetchall()
            blobs = [row[0] for row in db.execute("SELECT blob FROM media ORDER BY id")]
        # every commit that was confirmed, perhaps the one after it, and each of them whole
        assert len(kept) in (confirmed + 1, confirmed + 2)
        assert [tuple(row) for row in kept] == [(number, 20) for number in range(len(kept))]
        for number, blob in enumerate(blobs):
            assert again.blobs.get(blob).startswith(f"CANARY blob {number} ".encode())
        again.collect_orphans()
        assert set(again.blobs.ids()) == set(blobs)
    assert not list(life.folder.rglob("*.part"))


def test_a_second_process_is_told_that_the_life_is_in_use(
    life: Life, home: Path, passphrase: str
) -> None:
    script = """
        import sys
        from pathlib import Path
        from ofrenda.errors import LifeInUse
        from ofrenda.vault import Life

        try:
            Life.open(Path(sys.argv[1]), "grandpa", sys.argv[2]).close()
        except LifeInUse:
            print("in use")
        else:
            print("opened")
    """
    for expected in ("in use", "opened"):
        with start(script, str(home), passphrase) as child:
            said, wrong = child.communicate()
        assert (said.strip(), wrong) == (expected, "")
        life.close()


def test_the_lock_is_not_inherited_by_a_program_that_the_process_starts(
    life: Life, home: Path, passphrase: str
) -> None:
    with subprocess.Popen(["sleep", "60"], close_fds=False) as other:
        life.close()
        Life.open(home, "grandpa", passphrase).close()
        other.kill()


FILLING = """
    import resource, sys
    from pathlib import Path
    from ofrenda.errors import DiskFull
    from ofrenda.vault import KdfParameters, Life

    home, passphrase, what, room = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
    life = Life.open(home, "grandpa", passphrase)
    with life.db.write() as db:
        db.execute("UPDATE person SET name = 'before'")
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
    try:
        if what == "rows":
            with life.db.write() as db:
                db.execute("UPDATE person SET name = 'after'")
                db.execute("INSERT INTO source VALUES (1, 'a', 'b', 'c', 'd', NULL, '{}')")
                for number in range(2000):
                    db.execute(
                        "INSERT INTO document (dedup, source, locator, title, text)"
                        " VALUES (?, 1, '', '', ?)",
                        (str(number).encode(), "long " * 1000),
                    )
        elif what == "blob":
            life.blobs.put(b"picture" * 1_000_000)
        elif what == "header":
            life.change_passphrase(
                "seventeen violet umbrellas waltz", kdf=KdfParameters(64, 1, 1)
            )
        elif what == "voice":
            life.destroy_voice()
    except DiskFull as error:
        print("full", error.retryable)
    with life.db.read() as db:
        print(db.execute("SELECT name FROM person").fetchone()[0])
    life.close()
"""


@pytest.mark.parametrize(
    ("what", "room"),
    [("rows", 3_000_000), ("rows", 250_000), ("blob", 3_000_000), ("header", 64), ("voice", 64)],
)
def test_a_full_disk_leaves_the_last_commit_and_nothing_half_written(
    life: Life, home: Path, passphrase: str, what: str, room: int
) -> None:
    voice = life.voice_blobs.put(b"voice")
    life.close()
    header = (life.folder / "life.header").read_bytes()
    before = {path.name for path in life.folder.rglob("*")}
    with start(FILLING, str(home), passphrase, what, str(room)) as child:
        said, wrong = child.communicate()
    assert (said.split(), wrong) == (["full", "True", "before"], "")
    assert {path.name for path in life.folder.rglob("*")} - {
        "life.db-wal",
        "life.db-shm",
    } == before
    assert (life.folder / "life.header").read_bytes() == header
    with Life.open(home, "grandpa", passphrase) as again:
        again.verify()
        assert again.person().name == "before"
        assert again.blobs.ids() == []
        assert again.voice_blobs.get(voice) == b"voice"


def test_a_full_disk_while_a_life_is_made_leaves_no_life(tmp_path: Path) -> None:
    script = """
        import resource, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from ofrenda.errors import DiskFull
        from ofrenda.types import Consent, Member, MemberId, Person, Role
        from ofrenda.vault import KdfParameters, Life

        for room in (0, 500, 3000, 60_000):
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, resource.RLIM_INFINITY))
            try:
                Life.create(
                    Path(sys.argv[1]), "grandpa", "copper lantern under seven pears",
                    person=Person("A"), keeper=Member(MemberId("m"), "B", "wife", Role.KEEPER),
                    consent=Consent(datetime.now(UTC), "B", "wife", "wish", ("text",), "yes"),
                    kdf=KdfParameters(64, 1, 1),
                )
            except DiskFull:
                print("full")
    """
    home = tmp_path / "lives"
    with start(script, str(home)) as child:
        said, wrong = child.communicate()
    assert (said.split(), wrong) == (["full"] * 4, "")
    assert list(home.iterdir()) == []


@pytest.fixture
def small_disk(home: Path) -> Iterator[Path]:
    """``home`` on a disk of 3 MiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small disk needs root")
    home.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m,mode=700", "tmpfs", str(home)], capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting is not allowed here")
    yield home
    subprocess.run(["umount", "--lazy", str(home)], check=True)


def fill(home: Path) -> Path:
    """Take what is left of the disk, to the last byte."""
    ballast = home / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return ballast


def test_a_disk_that_is_really_full_is_called_full_and_loses_nothing(
    small_disk: Path, make_life: MakeLife, passphrase: str
) -> None:
    life, _ = make_life()

    def write(size: int) -> None:
        with life.db.write() as db:
            db.execute("UPDATE person SET name = 'after'")
            db.execute("INSERT INTO source VALUES (1, 'a', 'b', 'c', ?, NULL, '{}')", ("x" * size,))

    with life.db.write() as db:
        db.execute("UPDATE person SET name = 'before'")
    with pytest.raises(DiskFull):
        life.blobs.put(bytes(8_000_000))
    assert life.blobs.ids() == []
    with pytest.raises(DiskFull):
        write(8_000_000)
    assert life.person().name == "before"
    fill(small_disk)
    with pytest.raises(DiskFull):
        write(3_000_000)
    with pytest.raises(DiskFull):
        life.blobs.put(b"picture")
    with pytest.raises(DiskFull):
        life.new_recovery_code()
    assert life.person().name == "before"
    life.close()
    ballast = fill(small_disk)  # closing gave back the room of the log
    with pytest.raises(DiskFull):
        Life.open(small_disk, "grandpa", passphrase)
    ballast.unlink()
    with Life.open(small_disk, "grandpa", passphrase) as again:
        again.verify()
        assert again.person().name == "before"


def test_a_write_protected_disk_says_so(
    small_disk: Path, make_life: MakeLife, passphrase: str
) -> None:
    make_life()[0].close()
    subprocess.run(["mount", "-o", "remount,ro", str(small_disk)], check=True)
    with pytest.raises(VaultError, match="write-protected"):
        Life.open(small_disk, "grandpa", passphrase)
    subprocess.run(["mount", "-o", "remount,rw", str(small_disk)], check=True)
    Life.open(small_disk, "grandpa", passphrase).close()


REWRAPPING = """
    import sys
    from pathlib import Path
    from ofrenda.vault import KdfParameters, Life

    life = Life.open(Path(sys.argv[1]), "grandpa", sys.argv[2])
    while True:
        for passphrase in (sys.argv[3], sys.argv[2]):
            life.change_passphrase(passphrase, kdf=KdfParameters(64, 1, 1))
            print("changed", flush=True)
"""


def test_a_process_killed_while_it_changes_the_passphrase_locks_nobody_out(
    make_life: MakeLife, home: Path, passphrase: str
) -> None:
    life, code = make_life()
    life.close()
    other = "seventeen violet umbrellas waltz"
    for changes in range(1, 6):
        with start(REWRAPPING, str(home), passphrase, other) as child:
            assert child.stdout is not None
            for _ in range(changes):
                assert child.stdout.readline() == "changed\n"
            child.send_signal(signal.SIGKILL)
        Life.open(home, "grandpa", code).close()
        opened = 0
        for secret in (passphrase, other):
            with suppress(WrongPassphrase), Life.open(home, "grandpa", secret) as again:
                opened += 1
                again.change_passphrase(passphrase, kdf=KdfParameters(64, 1, 1))
        assert opened == 1

"""A kill in the middle of an import loses nothing that was committed, and doubles nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from ofrenda.archive import add, extent
from ofrenda.vault import Life

from .conftest import PASSPHRASE, make_life

ADD = """
import sys
from pathlib import Path
from ofrenda.archive import add
from ofrenda.vault import Life
with Life.open(Path(sys.argv[1]), "ada", sys.argv[2]) as life:
    print("awake", flush=True)
    add(life, Path(sys.argv[3]))
"""


def big_chat(messages: int) -> str:
    return "".join(
        f"{1 + n // 2000 % 28:02}/{1 + n // 56_000:02}/2019, {n // 60 % 24:02}:{n % 60:02} - "
        f"{'Mum' if n % 3 else 'Sam'}: line {n % 700} of many\n"
        for n in range(messages)
    )


def everything(life: Life) -> list[tuple[object, ...]]:
    with life.db.read() as db:
        return [
            tuple(row)
            for row in db.execute(
                "SELECT dedup, locator, ts_local, ordinal, kind, text FROM utterance ORDER BY dedup"
            ).fetchall()
        ]


def test_a_killed_import_is_finished_by_adding_again(
    tmp_path: Path, write: Callable[..., Path]
) -> None:
    path = write("WhatsApp Chat with Mum.txt", big_chat(30_000))
    with make_life(tmp_path / "whole") as whole:
        assert add(whole, path)[0].accepted == 30_000
        expected = everything(whole)
    home = tmp_path / "lives"
    make_life(home).close()
    child = subprocess.Popen(
        [sys.executable, "-c", ADD, str(home), PASSPHRASE, str(path)], stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    child.stdout.readline()
    database = home_database(home)
    begun_with = database_size(database)
    began = time.monotonic()
    # A batch is about 2 MB: one at least has been committed.
    while database_size(database) < begun_with + 4_000_000 and time.monotonic() - began < 30:
        time.sleep(0.01)
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    with Life.open(home, "ada", PASSPHRASE) as life:
        life.verify()
        held = extent(life).utterances
        assert 0 < held < 30_000
        assert held % 2_000 == 0
        report = add(life, path)[0]
        assert (report.accepted, report.already_there) == (30_000 - held, held)
        assert everything(life) == expected
        assert extent(life).sources == 1
        life.collect_orphans()
        assert len(life.blobs.ids()) == 1
        assert add(life, path)[0].accepted == 0


def home_database(home: Path) -> Path:
    return next(home.rglob("life.db"))


def database_size(database: Path) -> int:
    return sum(part.stat().st_size for part in database.parent.glob("life.db*"))

"""A hostile file costs itself: real readers, a real lock, and an importer that misbehaves."""

from __future__ import annotations

import os
import resource
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

import ofrenda.archive.importers as package
from ofrenda.apart.lockdown import MEMORY
from ofrenda.archive import ImportReport, add, extent, readers
from ofrenda.archive.container import Limits, open_path
from ofrenda.archive.importer import Circumstances, Skipped
from ofrenda.archive.importers import importers
from ofrenda.archive.parcels import BadParcel, batches, pack, unpack
from ofrenda.archive.sandbox import Sandbox
from ofrenda.errors import ArchiveError
from ofrenda.types import Document, Kind, MediaRef, Utterance
from ofrenda.vault import Life

from .goldens import GOLDENS
from .reading_chats import TODAY

Write = Callable[..., Path]
CHAT = "13/06/2018, 21:25 - Mum: ok\n14/06/2018, 21:26 - Sam: good\n"

HOSTILE = textwrap.dedent(
    '''
    """Does whatever its file says; stands for an importer that a file has taken over."""
    import ctypes, os, signal, socket, subprocess
    from ofrenda.archive.importer import Gives, Reading, Skipped
    from ofrenda.types import Document

    def told(name):
        return Document("1", name, "it worked", None, None)

    def deeds(entry, what):
        yield told("begun")
        if what == "crash":
            ctypes.string_at(0)
        elif what == "memory":
            held = [bytearray(2**26) for _ in range(100)]
        elif what == "abort":
            os.abort()
        elif what == "spin":
            import resource
            resource.setrlimit(resource.RLIMIT_CPU, (1, -1))
            while True:
                pass
        elif what == "bug":
            raise ZeroDivisionError("a private word")
        elif what == "surrogates":
            yield Document("2", "\\ud800", "x", None, None)
        else:
            for deed in what.split(";"):
                try:
                    exec(deed, {"os": os, "socket": socket, "subprocess": subprocess})
                except OSError:
                    continue
                yield told(deed)

    class Hostile:
        name = "hostile"
        gives = Gives.WRITING
        def recognise(self, entry, head):
            if head.startswith(b"HOSTILE crash early"):
                ctypes.string_at(0)
            return 1.0 if head.startswith(b"HOSTILE ") else 0.0
        def read(self, entry, files, circumstances):
            return Reading(deeds(entry, entry.bytes(2**20).decode()[8:].strip()))

    IMPORTER = Hostile()
    '''
)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One importer more, here and in the readers."""
    folder, customised = (tmp_path_factory.mktemp(name) for name in ("importers", "customised"))
    (folder / "zz_hostile.py").write_text(HOSTILE)
    (customised / "sitecustomize.py").write_text(
        f"import ofrenda.archive.importers as package\npackage.__path__.append({str(folder)!r})\n"
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(customised))
        patch.setattr(package, "__path__", [*package.__path__, str(folder)])
        importers.cache_clear()
        readers._first.close()
        yield
        readers._first.close()
    importers.cache_clear()


def by_name(reports: list[ImportReport]) -> dict[str, ImportReport]:
    return {report.source.rpartition("/")[2]: report for report in reports}


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    ("deed", "words"),
    [
        ("crash", "broke down"),
        ("abort", "broke down"),
        ("bug", "broke down"),
        ("memory", "memory"),
        ("spin", "longer"),
        ("crash early", "broke down"),
    ],
)
def test_a_file_that_breaks_its_reader_costs_itself_alone(
    life: Life, write: Write, deed: str, words: str
) -> None:
    folder = write("all/a letter.txt", "Dear all, the bread is ready.").parent
    write("all/hostile.txt", f"HOSTILE {deed}")
    write("all/z letter.txt", "Dear all, the soup is ready too.")
    write("all/WhatsApp Chat with Mum.txt", CHAT)
    reports = by_name(add(life, folder))
    assert extent(life).utterances == 2
    assert reports["a letter.txt"].accepted == reports["z letter.txt"].accepted == 1
    (said,) = [
        line
        for report in reports.values()
        if report.format == "refused"
        for line in report.warnings
    ]
    assert said.startswith("This file could not be read")
    assert words in said
    assert "private" not in said
    assert "\n" not in said
    if deed != "crash early":
        assert reports["hostile.txt"].skipped == {"refused": 1}


@pytest.mark.usefixtures("hostile")
def test_a_single_file_that_breaks_its_reader_is_one_clear_error(life: Life, write: Write) -> None:
    with pytest.raises(ArchiveError, match="could not be read"):
        add(life, write("hostile.txt", "HOSTILE crash"))


@pytest.mark.usefixtures("hostile")
@pytest.mark.parametrize(
    "deed",
    [
        "socket.socket(socket.AF_INET, socket.SOCK_STREAM)",
        "socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)",
        "socket.socket(socket.AF_UNIX)",
        "socket.create_connection(('127.0.0.1', 9), 1)",
        "socket.getaddrinfo('example.org', 80)",
        "open('{folder}/written', 'w')",
        "open('{folder}/secret', 'r+')",
        "os.unlink('{folder}/secret')",
        "os.rename('{folder}/secret', '{folder}/moved')",
        "os.mkdir('{folder}/made')",
        "os.symlink('/', '{folder}/link')",
        "os.chmod('{folder}/secret', 0)",
        "os.truncate('{folder}/secret', 0)",
        "os.mkfifo('{folder}/pipe')",
        "open('{folder}/secret').read()",
        "os.listdir('{folder}')",
        "open('/proc/{parent}/mem', 'rb')",
        "open('/proc/{parent}/environ', 'rb').read()",
        "open('/etc/passwd').read()",
        "subprocess.run(['/bin/true'])",
        "os.execv('/bin/true', ['true'])",
        "os.fork()",
        "os.kill({parent}, 0)",
        "os.memfd_create('x')",
        "os.setuid(12345)",
    ],
)
def test_a_file_that_takes_over_its_reader_can_do_nothing_with_it(
    life: Life, write: Write, tmp_path: Path, deed: str
) -> None:
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (folder / "secret").write_text("not handed in")
    deed = deed.format(folder=folder, parent=os.getpid())
    add(life, write("hostile.txt", f"HOSTILE {deed}"))
    with life.db.read() as db:
        told = {row[0] for row in db.execute("SELECT title FROM document").fetchall()}
    assert told == {"begun"}
    assert [path.name for path in folder.iterdir()] == ["secret"]
    assert (folder / "secret").read_text() == "not handed in"


@pytest.mark.usefixtures("hostile")
def test_what_is_no_text_comes_over_as_damaged(life: Life, write: Write) -> None:
    assert add(life, write("hostile.txt", "HOSTILE surrogates"))[0].skipped == {"damaged": 1}


def test_everything_holds_on_this_system(tmp_path: Path) -> None:
    with Sandbox(tmp_path, Limits()) as sandbox:
        assert sandbox.holding() == dict.fromkeys(
            ("network", "writing", "programs", "elsewhere", "memory"), True
        )


def test_the_reader_has_its_limits_and_nothing_of_ours(life: Life, tmp_path: Path) -> None:
    with Sandbox(tmp_path, Limits()) as sandbox:
        sandbox.holding()
        assert sandbox._process is not None
        pid = sandbox._process._pid
        assert resource.prlimit(pid, resource.RLIMIT_AS) == (MEMORY, MEMORY)
        assert resource.prlimit(pid, resource.RLIMIT_CORE) == (0, 0)
        assert resource.prlimit(pid, resource.RLIMIT_FSIZE) == (0, 0)
        reader = psutil.Process(pid)
        assert reader.num_fds() <= 8
        assert "OFRENDA_PASSPHRASE" not in reader.environ()
        first = reader.parent()
        assert first is not None
        assert first.cmdline()[-1] == "ofrenda.archive.reader"
    assert not psutil.pid_exists(pid)


def test_readers_do_not_stay(life: Life, write: Write) -> None:
    path = write("WhatsApp Chat with Mum.txt", CHAT)
    add(life, path)
    (first,) = [
        child
        for child in psutil.Process().children()
        if child.cmdline()[-1:] == ["ofrenda.archive.reader"]
    ]
    assert first.children() == []


def test_a_killed_starter_is_started_again(life: Life, write: Write, tmp_path: Path) -> None:
    with Sandbox(tmp_path, Limits()) as sandbox:
        sandbox.holding()
    assert readers._first._process is not None
    readers._first._process.kill()
    readers._first._process.wait()
    assert add(life, write("WhatsApp Chat with Mum.txt", CHAT))[0].accepted == 2


def test_records_come_over_as_they_were_read(write: Write) -> None:
    for golden in GOLDENS.values():
        path = write(golden.name, golden.content)
        files = open_path(path, Limits())
        with Sandbox(path, Limits()) as sandbox:
            ((name, importer, _, trouble),) = sandbox.recognise((), files)
            assert trouble is None
            assert importer is not None
            around = Circumstances(golden.answers, TODAY)
            here = importer.read(files.entries[name], files, around)
            there = sandbox.read((), files, name, importer, around)
            assert there.questions == here.questions
            if not here.questions:
                assert list(there.records) == list(here.records)
            assert (there.warnings, there.advice) == (here.warnings, here.advice)


def test_a_parcel_that_is_none_is_refused() -> None:
    record = Utterance(
        "1", "p", "k", "t", False, "s", "S", "2020-01-01T00:00:00", None, "s", Kind.TEXT, "x",
        media=(MediaRef("a.jpg", None, True),),
    )  # fmt: skip
    sent: list[Utterance | Document | Skipped] = [
        record, Skipped("damaged", "2"), Document("3", "t", "words"), record
    ]  # fmt: skip
    (batch,) = batches(sent)
    parcel = pack(batch)
    assert unpack(parcel) == sent
    wrong = 0
    for place in range(len(parcel)):
        for bit in range(8):
            broken = bytearray(parcel)
            broken[place] ^= 1 << bit
            try:
                assert all(
                    isinstance(one, Utterance | Document | Skipped) for one in unpack(bytes(broken))
                )
            except BadParcel:
                wrong += 1
    assert wrong > len(parcel)

"""Decoding apart: a child that holds nothing, may do little, and whose end is nobody else's."""

from __future__ import annotations

import io
import os
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import pytest

from ofrenda.apart import Apart, Limits
from ofrenda.errors import FileUnreadable, LifeDamaged

JOBS = f"{__name__}"
QUICK = Limits(memory=1 << 30, cpu=1, silence=40.0)


def echo(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    file.seek(-3, io.SEEK_END)
    yield file.read()
    file.seek(0)
    yield file.read(int(arguments["count"]))


def allocate(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    yield len(bytearray(4 << 30))


def spin(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    while True:
        pass
    yield


def sleep(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    time.sleep(60)
    yield


def die(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    os.abort()
    yield


def raise_strangely(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    raise KeyError("dear Mum, the secret")
    yield


def print_things(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    print("noise of a library")
    sys.stderr.write("more noise")
    yield "after the noise"


def surroundings(file: BinaryIO, arguments: Mapping[str, Any]) -> Iterator[Any]:
    yield dict(os.environ)
    try:
        with socket.create_connection(("127.0.0.1", int(arguments["port"])), timeout=2):
            yield "connected"
    except OSError:
        yield "no network"
    try:
        Path(arguments["place"]).write_bytes(b"x" * 10)
        yield "wrote"
    except OSError:
        yield "no writing"


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> str:
    """The child finds these jobs as it finds those of the house."""
    here = Path(__file__).resolve()
    monkeypatch.setenv("PYTHONPATH", str(here.parent))
    return f"{here.stem}:"


def test_a_child_sees_only_the_places_that_it_asks_for(job: str) -> None:
    asked: list[tuple[int, int]] = []

    class Watched(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            asked.append((self.tell(), size or 0))
            return super().read(size)

    with Apart(QUICK) as apart:
        found = list(apart.run(job + "echo", Watched(bytes(5_000_000) + b"end"), {"count": 2}))
    assert found == [b"end", bytes(2)]
    assert sum(size for _, size in asked) < 200_000


@pytest.mark.parametrize(
    ("name", "reason"),
    [("allocate", "too_large"), ("spin", "crashed"), ("die", "crashed"),
     ("raise_strangely", "corrupt")],
)  # fmt: skip
def test_the_end_of_a_child_is_a_reason_and_the_next_file_is_read(
    job: str, name: str, reason: str
) -> None:
    with Apart(QUICK) as apart:
        with pytest.raises(FileUnreadable) as caught:
            list(apart.run(job + name, io.BytesIO(b"file")))
        assert caught.value.reason == reason
        assert "Mum" not in caught.value.message
        assert list(apart.run(job + "echo", io.BytesIO(b"next"), {"count": 1})) == [b"ext", b"n"]


def test_a_silent_child_is_ended(job: str) -> None:
    with Apart(Limits(silence=6.0)) as apart:
        list(apart.run(job + "echo", io.BytesIO(b"warm"), {"count": 1}))
        with pytest.raises(FileUnreadable) as caught:
            list(apart.run(job + "sleep", io.BytesIO(b"file")))
    assert caught.value.reason == "too_slow"


def test_what_a_library_prints_is_not_taken_for_an_answer(job: str) -> None:
    with Apart(QUICK) as apart:
        assert list(apart.run(job + "print_things", io.BytesIO(b""))) == ["after the noise"]


def test_a_child_has_neither_passphrase_nor_network_nor_pen(
    job: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFRENDA_PASSPHRASE", "copper lantern")
    with socket.create_server(("127.0.0.1", 0)) as server, Apart(QUICK) as apart:
        arguments = {"port": server.getsockname()[1], "place": str(tmp_path / "left")}
        told = list(apart.run(job + "surroundings", io.BytesIO(b""), arguments))
    assert not any(
        "PASSPHRASE" in name or value == "copper lantern" for name, value in told[0].items()
    )
    assert told[1:] == ["no network", "no writing"]


def test_a_file_that_cannot_be_read_is_no_fault_of_the_child(job: str) -> None:
    class Damaged(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            raise LifeDamaged("A file kept in this life is damaged.")

    with Apart(QUICK) as apart, pytest.raises(LifeDamaged):
        list(apart.run(job + "echo", Damaged(b"file"), {"count": 1}))


def test_nothing_is_left_when_a_run_is_left_early(job: str) -> None:
    apart = Apart(QUICK)
    run = apart.run(job + "echo", io.BytesIO(b"file"), {"count": 1})
    next(run)
    process = apart._process
    assert process is not None
    run.close()
    assert process.poll() is not None
    apart.close()

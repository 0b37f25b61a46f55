"""The process in which foreign bytes are read: started without a key, locked before it reads.

The first process forks one reader for each path, and one more for each that a file has cost. A
reader speaks on its standard input and output, in frames: four bytes of length, one msgpack value.

    told:    [place, limits, filtered]            once, and answers what holds (lockdown.holding);
                                                  a path, or SealedFiles.packed
    asked:   ["recognise", chain, names]          answers [which, is a zip] for each name, or
                                                  ["no", message]
             ["read", chain, name, which, answers, today]
                                                  answers one "head", parcels, and one "end"
    answers: ["refused", message]                 the file cannot be used, and what to do
             ["failed", what]                     something went wrong that should not have

``chain`` names the zips inside each other in which the files lie, and ``which`` is an importer by
its place among all. The process ends when its input does.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO

import msgpack

from ofrenda.apart import lockdown
from ofrenda.archive.container import Container, Entry, Limits, open_path
from ofrenda.archive.importer import Circumstances, Reading
from ofrenda.archive.importers import importers
from ofrenda.archive.parcels import batches, pack
from ofrenda.archive.readers import ORDER_BYTES
from ofrenda.archive.sealed import SealedFiles
from ofrenda.archive.zips import ZIP_MAGIC, open_zip
from ofrenda.collector import collect_rarely
from ofrenda.errors import ArchiveError


def recognise(entry: Entry) -> tuple[int | None, bool]:
    """The place of the importer that is surest of this file, or None; and whether it is a zip.

    Raises ``ArchiveError`` where it cannot be read.
    """
    head = entry.head()
    if not head:
        return None, False
    scores = [importer.recognise(entry, head) for importer in importers()]
    best = max(range(len(scores)), key=scores.__getitem__)
    is_zip = head.startswith(ZIP_MAGIC) or head[:4] == b"PK\5\6"
    return (best if scores[best] > 0 else None), is_zip


class _Reader:
    """What is open, and the way back."""

    def __init__(self, out: BinaryIO, place: Path | SealedFiles, limits: Limits) -> None:
        self._out = out
        self._place = place
        self._limits = limits
        self._opened: dict[tuple[str, ...], Container] = {}
        self._stack = contextlib.ExitStack()

    def send(self, value: Any) -> None:
        """One frame."""
        packed = msgpack.packb(value, unicode_errors="replace")
        self._out.write(len(packed).to_bytes(4, "big") + packed)

    def recognise(self, chain: list[str], names: list[str]) -> None:
        """An answer for each name."""
        files = self._files(tuple(chain))
        for name in names:
            lockdown.allow_seconds(lockdown.seconds_for(0))
            try:
                self.send(recognise(_one(files, name)))
            except ArchiveError as error:
                self.send(["no", error.message])

    def read(
        self, chain: list[str], name: str, which: int, answers: dict[str, str], today: str
    ) -> None:
        """All records of a file."""
        files = self._files(tuple(chain))
        entry = _one(files, name)
        beside = sum(files.size(name + more) for more in ("-wal", "-shm"))
        lockdown.allow_seconds(lockdown.seconds_for(entry.size + beside, len(files.entries)))
        circumstances = Circumstances(answers, date.fromisoformat(today))
        reading = importers()[which].read(entry, files, circumstances)
        self.send(["head", *_told(reading)])
        if not reading.questions:
            for batch in batches(reading.records):
                self.send(pack(batch))
        self.send(["end", *_told(reading)])

    def _files(self, chain: tuple[str, ...]) -> Container:
        if (known := self._opened.get(chain)) is not None:
            return known
        lockdown.allow_seconds(lockdown.seconds_for(0, self._limits.entries))
        if not chain:
            files = _opened(self._place, self._limits)
        else:
            outer = self._files(chain[:-1])
            for other in [one for one in self._opened if len(one) >= len(chain)]:
                del self._opened[other]
            zipped = open_zip(_one(outer, chain[-1]), self._limits)
            files = self._stack.enter_context(zipped)
        self._opened[chain] = files
        return files


def _opened(place: Path | SealedFiles, limits: Limits) -> Container:
    return open_path(place, limits) if isinstance(place, Path) else place.container()


def _one(files: Container, name: str) -> Entry:
    try:
        return files.entries[name]
    except KeyError:
        raise ArchiveError("A file was moved while it was read. Add it once more.") from None


def _told(reading: Reading) -> list[Any]:
    questions = [{**asdict(one), "choices": dict(one.choices)} for one in reading.questions]
    return [questions, list(reading.warnings), list(reading.advice), reading.waiting]


def _frames(source: BinaryIO) -> Callable[[], Any]:
    def following() -> Any:
        length = source.read(4)
        if len(length) < 4:
            return None
        return msgpack.unpackb(source.read(int.from_bytes(length, "big")))

    return following


def _serve() -> None:
    """Read until the input ends; for a process that was just forked."""
    orders = _frames(os.fdopen(os.dup(0), "rb"))
    out = os.fdopen(os.dup(1), "wb", 2**18)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for noisy in (0, 1, 2):
        os.dup2(nowhere, noisy)
    told, limits, filtered = orders()
    place = Path(os.fsdecode(told)) if isinstance(told, bytes) else SealedFiles.unpacked(told)
    readable = [place] if isinstance(place, Path) else place.folders()
    lockdown.lock_down(readable, filtered=filtered)
    reader = _Reader(out, place, Limits(**limits))
    reader.send(lockdown.holding())
    out.flush()
    while (order := orders()) is not None:
        try:
            (reader.recognise if order[0] == "recognise" else reader.read)(*order[1:])
        except ArchiveError as error:
            reader.send(["refused", error.message])
        except MemoryError:
            reader.send(["failed", "memory"])
            return
        except Exception as error:  # noqa: BLE001 - whatever it is, it must cost one file only
            reader.send(["failed", type(error).__name__])
            return
        finally:
            out.flush()


def main() -> None:
    """Fork readers as they are ordered (:mod:`ofrenda.archive.readers`), until the line is cut."""
    importers()
    collect_rarely()
    line = socket.socket(fileno=os.dup(0))
    while len((order := socket.recv_fds(line, ORDER_BYTES, 2))[0]) == ORDER_BYTES:
        number = int.from_bytes(order[0][1:], "big")
        if order[0][:1] == b"f":
            answer = os.fork()
            if answer == 0:
                try:
                    line.close()
                    for standard, descriptor in enumerate(order[1]):
                        os.dup2(descriptor, standard)
                        os.close(descriptor)
                    _serve()
                finally:
                    os._exit(0)
            for descriptor in order[1]:
                os.close(descriptor)
        else:
            answer = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
        line.sendall(answer.to_bytes(4, "big", signed=True))
    os._exit(0)


if __name__ == "__main__":
    main()

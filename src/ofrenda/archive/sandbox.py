"""Our side of the process that reads foreign bytes (:mod:`ofrenda.archive.reader`).

A file that crashes it, fills its memory or never comes to an end costs that file and no other: the
process is started anew for the next one. It is a fresh interpreter and not a copy of this one, so
that nothing of a life's keys is in its memory.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import msgpack

from ofrenda.apart.lockdown import seconds_for
from ofrenda.archive import readers
from ofrenda.archive.container import Container, Limits, plain_name
from ofrenda.archive.importer import Circumstances, Importer, Reading, Record
from ofrenda.archive.importers import importers
from ofrenda.archive.parcels import LARGEST, BadParcel, unpack
from ofrenda.archive.report import Question, beginning
from ofrenda.archive.sealed import SealedFiles
from ofrenda.errors import ArchiveError

_START_S = 120.0
"""Longest wait for the process to come up (1 s of work, more on a busy machine)."""

_SLOWER = 6
"""Seconds by the clock for each second of processor time, on a machine with other work."""

_RETIRING = frozenset({"pdf", "imessage"})
"""Formats read by a library in C: whatever got hold of the process there reads no other file."""

_PIPE = 2**20
_SET_PIPE_SIZE = 1031
_LONGEST = 600
_MOST = 100
"""Characters of one message, and messages of one kind, that are taken from the other side."""

_WHY = {
    "crash": "the program that reads it broke down over it",
    "memory": "it takes more memory than is safe to give it",
    "time": "it takes far longer than a file of its size should",
}


class Sandbox:
    """Reads the files under one path; ``with`` ends the process."""

    def __init__(self, place: Path | SealedFiles, limits: Limits) -> None:
        """``place``: a path, or files that wait encrypted; the process is given their keys."""
        self._place = place.absolute() if isinstance(place, Path) else place
        self._limits = limits
        self._process: _Process | None = None

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the process."""
        process, self._process = self._process, None
        if process is not None:
            process.end()

    def holding(self) -> Mapping[str, bool]:
        """What of :func:`ofrenda.apart.lockdown.holding` this system grants."""
        return self._ready().holding

    def recognise(
        self, chain: Sequence[str], files: Container
    ) -> Iterator[tuple[str, Importer | None, bool, str | None]]:
        """For each file of a container: its name, the importer that reads it, whether it is a zip,
        and the reason where it cannot be read. ``chain`` names the zips that it lies in."""
        names = list(files.entries)
        done, together = 0, len(names)
        while done < len(names):
            asked = names[done : done + together]
            together = len(names)
            try:
                process = self._ready()
                answers = process.ask(["recognise", list(chain), asked], seconds_for(0))
                for name in asked:
                    first, second = next(answers)
                    done += 1
                    if first == "no":
                        yield name, None, False, _message(second)
                    else:
                        yield name, None if first is None else importers()[first], second, None
                process.busy = False
            except (_Died, *_STRANGE) as error:
                # Which of those asked about was it? One by one until it is found.
                together = 1
                if len(asked) == 1:
                    yield asked[0], None, False, _not_read(error).message
                    done += 1
                    together = len(names)

    def read(
        self,
        chain: Sequence[str],
        files: Container,
        name: str,
        importer: Importer,
        circumstances: Circumstances,
    ) -> Reading:
        """As :meth:`Importer.read`, over there. Walking the records may raise ``ArchiveError`` too:
        those before it are sound, and the ones behind it cannot be had."""
        which = importers().index(importer)
        today = circumstances.today.isoformat()
        order = ["read", list(chain), name, which, dict(circumstances.answers), today]
        reading = Reading(())
        try:
            process = self._ready()
            answers = process.ask(order, seconds_for(files.size(name), len(files.entries)))
            _told(reading, next(answers), "head")
            if reading.questions:
                _told(reading, next(answers), "end")
                process.busy = False
                return reading
        except (_Died, *_STRANGE) as error:
            raise _not_read(error) from None
        reading.records = _records(process, answers, reading, importer.name in _RETIRING)
        return reading

    def _ready(self) -> _Process:
        """The process, with nothing left over from an order that did not come to its end."""
        if self._process is not None and self._process.busy:
            self.close()
        if self._process is None:
            self._process = _started(self._place, self._limits)
        return self._process


def _records(
    process: _Process, answers: Iterator[Any], reading: Reading, retiring: bool
) -> Iterator[Record]:
    try:
        for answer in answers:
            if not isinstance(answer, bytes):
                _told(reading, answer, "end")
                process.busy = retiring
                return
            yield from unpack(answer)
    except (_Died, *_STRANGE) as error:
        raise _not_read(error) from None


class _Died(Exception):
    """The process is no more, or no longer what it should be. ``why`` is a key of ``_WHY``."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


_STRANGE = (BadParcel, TypeError, ValueError, IndexError, KeyError, StopIteration, AttributeError)
"""What answers cause that no reader of ours would give."""


class _Process:
    """One reader and the two pipes to it."""

    def __init__(self, place: Path | SealedFiles, limits: Limits, *, filtered: bool) -> None:
        self.busy = False
        """An order is under way, or nothing more may be asked of it."""
        self.holding: Mapping[str, bool] = {}
        self._held = bytearray()
        self._pid, self._orders, self._answers = readers.start()
        if sys.platform == "linux":
            with contextlib.suppress(OSError):  # fewer bytes are only slower
                fcntl.fcntl(self._answers, _SET_PIPE_SIZE, _PIPE)
        try:
            told = os.fsencode(place) if isinstance(place, Path) else place.packed()
            for answer in self.ask([told, asdict(limits), filtered], None):
                self.holding = {str(what): holds is True for what, holds in answer.items()}
                break
            self.busy = False
        except BaseException:
            self.end()
            raise

    def ask(self, order: list[Any], seconds: float | None) -> Iterator[Any]:
        """The answers to an order, one of which may take so much processor time.

        Raises ``ArchiveError`` with what the reader has to say about the file, or ``_Died``.
        """
        self.busy = True
        frame = msgpack.packb(order, unicode_errors="surrogateescape")
        waiting = memoryview(len(frame).to_bytes(4, "big") + frame)
        try:
            while waiting:
                waiting = waiting[os.write(self._orders, waiting) :]
        except OSError:
            raise _Died(self._why()) from None
        patience = _START_S if seconds is None else seconds * _SLOWER
        while True:
            size = int.from_bytes(self._take(4, patience), "big")
            if size > LARGEST:
                raise _Died("crash")
            answer = msgpack.unpackb(self._take(size, patience))
            if isinstance(answer, list) and answer[:1] == ["refused"]:
                self.busy = False
                raise ArchiveError(_message(answer[1]))
            if isinstance(answer, list) and answer[:1] == ["failed"]:
                raise _Died("memory" if answer[1] == "memory" else "crash")
            yield answer

    def end(self) -> None:
        """Kill it: it holds nothing that could be lost."""
        if self._pid:
            readers.end(self._pid)
            os.close(self._orders)
            os.close(self._answers)
        self._pid = 0

    def _take(self, size: int, patience: float) -> bytes:
        """The next bytes. Only time in which nothing comes counts against ``patience``."""
        while len(self._held) < size:
            ready, _, _ = select.select([self._answers], [], [], patience)
            piece = os.read(self._answers, _PIPE) if ready else b""
            if not piece:
                raise _Died(self._why(stuck=not ready))
            self._held += piece
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _why(self, *, stuck: bool = False) -> str:
        """How it ended; it is ended where it has not."""
        if stuck:
            return "time"
        code = readers.wait(self._pid)
        os.close(self._orders)
        os.close(self._answers)
        self._pid = 0
        return {-signal.SIGXCPU: "time", -signal.SIGKILL: "memory"}.get(code, "crash")


def _started(place: Path | SealedFiles, limits: Limits) -> _Process:
    """A process that is ready; without the filter where it cannot live with it."""
    try:
        return _Process(place, limits, filtered=True)
    except _Died:
        with contextlib.suppress(_Died):
            return _Process(place, limits, filtered=False)
    raise ArchiveError(
        "The part of Ofrenda that reads files could not be started. Run: ofrenda doctor"
    )


def _told(reading: Reading, answer: list[Any], expected: str) -> None:
    """Take over what an importer says beside its records."""
    kind, questions, warnings, advice, waiting = answer
    if kind != expected or type(waiting) is not int or waiting < 0:
        raise BadParcel
    reading.questions[:] = [
        Question(
            _message(one["key"]),
            _message(one["text"]),
            {_message(choice): _message(meant) for choice, meant in one["choices"].items()},
            int(one["waiting"]),
            beginning(one["table"], _message),
        )
        for one in questions[:_MOST]
    ]
    reading.warnings[:] = [_message(line) for line in warnings[:_MOST]]
    reading.advice[:] = [_message(line) for line in advice[:_MOST]]
    reading.waiting = waiting


def _message(text: str) -> str:
    """A line for the keeper from the other side: plain, and not endless."""
    return plain_name(text[:_LONGEST])


def _not_read(error: Exception) -> ArchiveError:
    why = error.why if isinstance(error, _Died) else "crash"
    return ArchiveError(
        f"This file could not be read: {_WHY[why]}. Open it in the program it comes from, export "
        "or save it again and add the new copy. Everything else was read without it."
    )

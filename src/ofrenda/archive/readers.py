"""Starts the processes that read foreign bytes, each a copy of one that never saw a key.

The first is a fresh interpreter that loads all importers (about half a second of work); it reads
nothing itself. Each reader is forked from it within some ten milliseconds, so that one file may
cost a reader without costing the patience of whoever waits for the others. It ends when we do.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading

from ofrenda.errors import ArchiveError

_KEPT = ("LANG", "LANGUAGE", "TZ", "TMPDIR", "PYTHONPATH", "PYTHONUTF8", "PYTHONHASHSEED")
"""Of our environment; also what begins with ``LC_``. Nothing in it is secret."""

_START_S = 120.0
"""Longest wait for an answer of the first process (1 s of work, more on a busy machine)."""

ORDER_BYTES = 5
"""An order is one letter and four bytes: ``f`` fork (two descriptors come with it), ``w`` wait
for the process of that id; each is answered with four bytes, a process id or an exit code."""


def start() -> tuple[int, int, int]:
    """A new reader: its process id, and the ends of the pipes to write orders to and to read
    answers from. Raises ``ArchiveError`` where none can be started."""
    for _ in range(2):  # the first process may have been killed by hand
        theirs_in, ours_out = os.pipe()
        ours_in, theirs_out = os.pipe()
        try:
            pid = _first.order(b"f", 0, [theirs_in, theirs_out])
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        if pid is not None:
            return pid, ours_out, ours_in
        os.close(ours_in)
        os.close(ours_out)
    raise ArchiveError(
        "The part of Ofrenda that reads files could not be started. Run: ofrenda doctor"
    )


def end(pid: int) -> int:
    """Kill a reader; returns its exit code, or less than zero the signal that had ended it."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return wait(pid)


def wait(pid: int) -> int:
    """Wait for a reader that is about to end; returns as :func:`end`."""
    code = _first.order(b"w", pid, [])
    return -signal.SIGKILL if code is None else code


class _First:
    """The process that all readers are copies of."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._line: socket.socket | None = None
        self._owner = 0

    def order(self, letter: bytes, number: int, descriptors: list[int]) -> int | None:
        """Give an order; the answer, or None when the process is gone."""
        with self._lock:
            if self._owner != os.getpid():  # a copy of us has its own
                self._process = self._line = None
            if self._line is None:
                if letter != b"f":
                    return None
                self._begin()
            line = self._line
            assert line is not None  # noqa: S101 - it was just made
            try:
                socket.send_fds(line, [letter + number.to_bytes(4, "big")], descriptors)
                ready, _, _ = select.select([line], [], [], _START_S)
                answer = line.recv(4) if ready else b""
            except OSError:
                answer = b""
            if len(answer) == 4:
                return int.from_bytes(answer, "big", signed=True)
            self._close()
            return None

    def close(self) -> None:
        """End it."""
        with self._lock:
            if self._owner == os.getpid():
                self._close()

    def _begin(self) -> None:
        kept = {k: v for k, v in os.environ.items() if k in _KEPT or k.startswith("LC_")}
        self._line, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-s", "-m", "ofrenda.archive.reader"],
                stdin=theirs.fileno(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=kept,
                cwd="/",
                start_new_session=True,
            )
        self._owner = os.getpid()

    def _close(self) -> None:
        line, self._line = self._line, None
        process, self._process = self._process, None
        if line is not None:
            line.close()
        if process is not None:
            process.kill()
            process.wait()


_first = _First()
atexit.register(_first.close)

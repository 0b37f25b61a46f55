"""The parent's side: hands a child one file at a time, and believes nothing of what comes back."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Generator, Mapping
from dataclasses import asdict
from functools import partial
from types import TracebackType
from typing import Any, BinaryIO, Self

from ofrenda.apart.limits import Limits
from ofrenda.apart.wire import (
    DONE,
    GIVE,
    MOST_READ,
    READ,
    READY,
    REFUSED,
    BrokenWire,
    packed,
    unpacked,
)
from ofrenda.errors import FileUnreadable

_KEPT = ("PATH", "LANG", "LC_ALL", "TZ", "SYSTEMROOT", "PYTHONPATH")
"""What of the environment the child is given. Neither passphrase nor keys are among it."""


class Apart:
    """A child process that decodes files, started when the first one comes and again when one
    was its end. Not for two threads at once. A context manager."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def run(
        self, job: str, file: BinaryIO, arguments: Mapping[str, Any] | None = None
    ) -> Generator[Any, None, None]:
        """What the function ``job`` ("module:name") yields for ``file``, as it comes.

        ``file`` can be read at any place; errors of reading it pass unchanged. Raises
        :class:`FileUnreadable` with the reason the job gives, or ``too_large``, ``too_slow`` or
        ``crashed``. A run that is left early ends the child.
        """
        whole = False
        try:
            process = self._started()
            size = file.seek(0, os.SEEK_END)
            self._send(
                process, "job", {"job": job, "size": size, "arguments": dict(arguments or {})}
            )
            while True:
                kind, value = unpacked(partial(self._exactly, process))
                if kind == READ:
                    self._send(process, "data", _part(file, value))
                elif kind == GIVE:
                    yield value
                elif kind == DONE:
                    whole = True
                    return
                elif kind == REFUSED:
                    whole = True
                    raise FileUnreadable(str(value[0]), str(value[1]))
                else:
                    raise BrokenWire
        except (BrokenWire, OSError, TypeError, ValueError, IndexError) as error:
            raise _gone() from error
        finally:
            if not whole:
                self._kill()

    def close(self) -> None:
        """End the child."""
        self._kill()

    def _started(self) -> subprocess.Popen[bytes]:
        """A child that is ready; without the system-call filter where it cannot live with it."""
        if self._process is None or self._process.poll() is not None:
            self._kill()
            for filtered in ("filtered", "unfiltered"):
                self._process = process = self._spawned(filtered)
                try:
                    if unpacked(partial(self._exactly, process))[0] == READY:
                        return process
                except BrokenWire:
                    pass
                self._kill()
            raise _gone()
        return self._process

    def _spawned(self, filtered: str) -> subprocess.Popen[bytes]:
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
        environment |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        return subprocess.Popen(  # noqa: S603 - our own interpreter, our own module
            [
                sys.executable,
                "-P",  # the folder it happens to be started in is no place for modules
                "-m",
                "ofrenda.apart.child",
                json.dumps(asdict(self._limits)),
                filtered,
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            bufsize=0,
        )

    def _send(self, process: subprocess.Popen[bytes], kind: str, value: Any) -> None:
        if process.stdin is None:
            raise BrokenWire
        data = memoryview(packed(kind, value))
        while data:
            data = data[process.stdin.write(data) or 0 :]

    def _exactly(self, process: subprocess.Popen[bytes], size: int) -> bytes:
        """So many bytes from the child; FileUnreadable when it is silent for too long."""
        if process.stdout is None:
            raise BrokenWire
        parts: list[bytes] = []
        until = time.monotonic() + self._limits.silence
        while size:
            ready, _, _ = select.select(
                [process.stdout], [], [], max(0.0, until - time.monotonic())
            )
            if not ready:
                raise FileUnreadable("too_slow", "This file takes far too long to read.")
            part = os.read(process.stdout.fileno(), min(size, 1 << 20))
            if not part:
                raise BrokenWire
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()


def _part(file: BinaryIO, asked: Any) -> bytes:
    """The part of the file that the child asks for."""
    offset, size = (int(each) for each in asked)
    if offset < 0 or not 0 <= size <= MOST_READ:
        raise BrokenWire
    file.seek(offset)
    return file.read(size)


def _gone() -> FileUnreadable:
    return FileUnreadable(
        "crashed",
        "This file could not be read: its decoder broke off. It may be damaged; copy it once more.",
    )

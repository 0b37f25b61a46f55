"""The cache of model files: written whole or not at all, and hashed once.

``CACHE/models/<model>/`` holds the files that had to be joined, gathered or fetched, and
``verified.json``: for each file that was hashed, wherever it lies, its size and time of change.
As long as both stay what they were, the file is not read again only to be hashed (250 MB take
about a second on each start). A program that changes a file and sets its time back is caught by a
full check, not by this.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from ofrenda.errors import DiskFull, ModelError
from ofrenda.weights.catalog import ModelFile, Progress

CHUNK = 1 << 20
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_VERIFIED = "verified.json"


class Shelf:
    """The part of the cache that belongs to one model; use it inside :meth:`locked`."""

    def __init__(self, cache: Path, model: str) -> None:
        self.folder = cache / "models" / model
        self._marks: dict[str, list[int | str]] = {}

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other processes out, so that a file is joined once; ends with the process."""
        with telling(self.folder):
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = os.open(self.folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for left in self.folder.glob(".*.part"):  # by a process that was killed while writing
                left.unlink(missing_ok=True)
            self._marks = self._read_marks()
            yield
        finally:
            os.close(lock)

    def verified(self, path: Path, file: ModelFile) -> bool:
        """Whether ``path`` was found to be ``file`` before, and has not changed since."""
        mark = _mark(path, file)
        return mark is not None and self._marks.get(str(path)) == mark

    def remember(self, path: Path, file: ModelFile) -> None:
        """Note that ``path`` was hashed and is ``file``."""
        mark = _mark(path, file)
        if mark is None:
            return
        self._marks[str(path)] = mark
        text = json.dumps(self._marks, indent=1, sort_keys=True)
        self.write(_VERIFIED, [text.encode()])

    def write(self, name: str, chunks: Iterable[bytes], *, expected: str | None = None) -> str:
        """Write a file of this shelf in one step and return its sha256.

        When ``expected`` is given and the content hashes to something else, the file does not
        come into being. :class:`DiskFull` when there is no room; nothing is left behind then.
        """
        target = self.folder / name
        digest = hashlib.sha256()
        with telling(self.folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)
            try:
                with os.fdopen(handle, "wb") as out:
                    for chunk in chunks:
                        digest.update(chunk)
                        out.write(chunk)
                    out.flush()
                    os.fsync(out.fileno())
                if expected is None or digest.hexdigest() == expected:
                    Path(temporary).replace(target)
                    _sync(target.parent)
            finally:
                Path(temporary).unlink(missing_ok=True)
        return digest.hexdigest()

    def _read_marks(self) -> dict[str, list[int | str]]:
        try:
            marks = json.loads((self.folder / _VERIFIED).read_bytes())
        except (FileNotFoundError, ValueError):
            return {}
        return marks if isinstance(marks, dict) else {}


def sha256_of(path: Path, progress: Progress | None = None) -> str:
    """The sha256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    for chunk in chunks_of([path], progress):
        digest.update(chunk)
    return digest.hexdigest()


def chunks_of(paths: Iterable[Path], progress: Progress | None = None) -> Iterator[bytes]:
    """The bytes of ``paths``, one file after the other, in pieces of 1 MiB."""
    paths = tuple(paths)
    total = sum(path.stat().st_size for path in paths)
    done = 0
    for path in paths:
        with path.open("rb") as source:
            while chunk := source.read(CHUNK):
                done += len(chunk)
                yield chunk
                if progress is not None:
                    progress(done, total)


@contextlib.contextmanager
def telling(folder: Path) -> Iterator[None]:
    """Say in plain words what the disk refused."""
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise DiskFull(
                f"There is no room left for a model file in {folder}. Free some space there, or "
                "set OFRENDA_CACHE to a folder on another disk."
            ) from error
        if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ModelError(
                f"Model files cannot be written to {folder}. Make that folder writable, or set "
                "OFRENDA_CACHE to one that is."
            ) from error
        raise


def _mark(path: Path, file: ModelFile) -> list[int | str] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, file.sha256]


def _sync(folder: Path) -> None:
    """Make a rename last through a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

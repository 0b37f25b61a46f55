"""Writing files so that a crash or a full disk leaves the old or the new, never a half.

Everything that passes through here is ciphertext or holds nothing of the person.
"""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ofrenda.errors import DiskFull, VaultError

FILE_MODE = 0o600
FOLDER_MODE = 0o700
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_NO_LEAVE = frozenset({errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR})
_PART = ".part"
_ROOM_BYTES = 1024 * 1024
"""Less than this is no room: a page of the log and its index at the very least."""


def no_room() -> DiskFull:
    """What is raised when there is no room left."""
    return DiskFull(
        "There is no room left on the disk. What was saved before is safe: "
        "free some space and try again."
    )


def no_leave() -> VaultError:
    """What is raised when this user may not read or write there."""
    return VaultError(
        "The folder of this life cannot be used. Check that it is a folder, that it belongs to "
        "you, and that the disk is neither full nor write-protected."
    )


@contextmanager
def disk_errors() -> Iterator[None]:
    """Turn the system's refusals into ``DiskFull`` or ``VaultError``."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise no_room() from error
        if error.errno in _NO_LEAVE:
            raise no_leave() from error
        raise


def make_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter; those above it too where they are missing."""
    with disk_errors():
        for missing in reversed([folder, *folder.parents]):
            if not missing.exists():
                missing.mkdir(mode=FOLDER_MODE, exist_ok=True)


def make_empty_file(path: Path) -> None:
    """Make an empty file that only its owner may read; it must not be there yet."""
    with disk_errors():
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE))


def write_durably(target: Path, chunks: Iterable[bytes]) -> None:
    """Write ``chunks`` to ``target``, all or nothing: temporary name, fsync, rename.

    Where ``chunks`` raises, or the disk is full, ``target`` stays as it was.
    """
    part = target.with_name(f".{target.name}.{secrets.token_hex(4)}{_PART}")
    with disk_errors():
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        try:
            for chunk in chunks:
                _write_all(handle, chunk)
            with disk_errors():
                os.fsync(handle)
        finally:
            os.close(handle)
        with disk_errors():
            part.replace(target)
            settle(target.parent)
    finally:
        part.unlink(missing_ok=True)


def replace_shredding(target: Path, data: bytes) -> None:
    """Replace a file durably, then overwrite what it held before.

    The overwriting is best effort: a solid-state disk or a copy-on-write file system may keep the
    old bytes somewhere for a while.
    """
    try:
        old = os.open(target, os.O_WRONLY)
    except FileNotFoundError:
        write_durably(target, [data])
        return
    try:
        write_durably(target, [data])
        _overwrite(old)
    finally:
        os.close(old)


def shred(path: Path) -> None:
    """Overwrite a file with random bytes and delete it; nothing happens where it is missing."""
    try:
        handle = os.open(path, os.O_WRONLY)
    except FileNotFoundError:
        return
    try:
        _overwrite(handle)
    finally:
        os.close(handle)
    path.unlink(missing_ok=True)


def settle(folder: Path) -> None:
    """Make renames and deletions in ``folder`` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sweep_parts(folder: Path) -> None:
    """Delete what writes that never ended have left. Only for who holds the life's lock."""
    for part in folder.glob(f".*{_PART}"):
        part.unlink(missing_ok=True)


def try_room(folder: Path, *, beyond: int) -> None:
    """Raise ``DiskFull`` or ``VaultError`` where a file of ``beyond`` bytes could not grow.

    Tries it with zeros: free space as the system counts it knows nothing of quotas and limits.
    """
    part = folder / f".room.{secrets.token_hex(4)}{_PART}"
    with disk_errors():
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with disk_errors():
            os.lseek(handle, beyond, os.SEEK_SET)
            _write_all(handle, bytes(_ROOM_BYTES))
            os.fsync(handle)
    finally:
        os.close(handle)
        part.unlink(missing_ok=True)


def _write_all(handle: int, data: bytes) -> None:
    rest = memoryview(data)
    with disk_errors():
        while rest:
            rest = rest[os.write(handle, rest) :]


def _overwrite(handle: int) -> None:
    size = os.fstat(handle).st_size
    with disk_errors():
        os.lseek(handle, 0, os.SEEK_SET)
        _write_all(handle, secrets.token_bytes(size))
        os.fsync(handle)

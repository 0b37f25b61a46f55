"""One process at a time: an advisory lock that the system lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ofrenda.errors import LifeInUse, LifeNotFound, VaultError
from ofrenda.vault.durable import FILE_MODE, disk_errors

LOCK_FILE = "lock"


class LifeLock:
    """The exclusive hold on one life's folder, from :meth:`take` to :meth:`release`."""

    def __init__(self, handle: int) -> None:
        self._handle: int | None = handle

    @classmethod
    def take(cls, folder: Path) -> LifeLock:
        """Take the lock at once, or raise ``LifeInUse``."""
        try:
            with disk_errors():
                handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, FILE_MODE)
        except FileNotFoundError as error:
            raise LifeNotFound("This life has just been erased.") from error
        held = False
        try:
            _lock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            held = True
        finally:
            if not held:
                os.close(handle)
        return cls(handle)

    def release(self) -> None:
        """Let go; may be called twice."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None


@contextmanager
def home_lock(home: Path) -> Iterator[None]:
    """Hold the folder of all lives while one is made or erased; waits for its turn."""
    with disk_errors():
        handle = os.open(home, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _lock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _lock(handle: int, how: int) -> None:
    try:
        fcntl.flock(handle, how)
    except BlockingIOError as error:
        raise LifeInUse(
            "This life is awake in another window or program. "
            "Close it there, or let it end its call, and try again."
        ) from error
    except OSError as error:
        raise VaultError(
            "The disk that holds the lives cannot guard them against two programs at once. "
            "Move the folder to a disk of this computer (not a network drive)."
        ) from error

"""The folder of all lives: finding them, and making one vanish."""

from __future__ import annotations

import shutil
import unicodedata
from pathlib import Path

from ofrenda.errors import BadInput, LifeDamaged, LifeExists, LifeNotFound, VaultError
from ofrenda.vault.durable import disk_errors, settle, shred
from ofrenda.vault.header import HEADER_FILE, VOICE_FILE, Header, LifeHeader, read_header
from ofrenda.vault.lock import LifeLock, home_lock

UNFINISHED = ".new-"
"""Prefix of a folder in which a life is being made."""
ERASED = ".erased-"
"""Prefix of a folder whose life is being erased."""
_LONGEST_ALIAS = 64


def lives(home: Path) -> list[LifeHeader]:
    """The lives in ``home`` whose header can be read, by alias. No passphrase is needed."""
    found = []
    for folder in _folders(home):
        try:
            found.append(read_header(folder).life)
        except VaultError:  # a damaged neighbour must not hide the others; find() speaks of it
            continue
    return sorted(found, key=lambda life: (life.alias.casefold(), life.id))


def find(home: Path, alias: str) -> Header:
    """The header of the life called ``alias`` (or whose id it is), capital letters aside.

    Raises ``LifeNotFound``; ``LifeDamaged`` or ``VaultError`` where a header cannot be read and
    the life looked for may be behind it.
    """
    wanted = alias.strip()
    trouble: VaultError | None = None
    for folder in _folders(home):
        try:
            header = read_header(folder)
        except VaultError as error:
            if folder.name == wanted:
                raise
            trouble = error
            continue
        if _same(header.life.alias, wanted) or header.life.id == wanted:
            return header
    if trouble is not None:
        raise trouble
    raise _not_found()


def proper_alias(alias: str) -> str:
    """The alias as it is kept. Raises ``BadInput`` where it is empty, long or unprintable."""
    kept = unicodedata.normalize("NFC", alias.strip())
    if not kept or len(kept) > _LONGEST_ALIAS or not kept.isprintable():
        raise BadInput(f"Give the life a short name of 1 to {_LONGEST_ALIAS} letters.")
    return kept


def require_free(home: Path, alias: str) -> None:
    """Raise ``LifeExists`` where a life of that name is in ``home``."""
    if any(_same(life.alias, alias) for life in lives(home)):
        raise LifeExists("A life of that name is already here. Choose another name.")


def erase(home: Path, alias: str) -> None:
    """Make a life unreadable for ever, then delete its files.

    First its folder leaves the list, then all wraps of its keys are overwritten and deleted, then
    the rest goes. A crash in between is finished by whoever next uses ``home``. Backups elsewhere
    are not reached. Raises ``LifeNotFound``, ``LifeInUse``.
    """
    folder = _folder_to_erase(home, alias)
    lock = LifeLock.take(folder)
    try:
        with home_lock(home), disk_errors():
            doomed = home / f"{ERASED}{folder.name}"
            folder.rename(doomed)
            settle(home)
            destroy(doomed)
    finally:
        lock.release()


def sweep(home: Path) -> None:
    """Finish what a crash left: half-made and half-erased lives. Call under the home's lock."""
    for prefix in (UNFINISHED, ERASED):
        for folder in home.glob(f"{prefix}*"):
            destroy(folder)


def destroy(folder: Path) -> None:
    """Shred the keys in ``folder``, then delete all of it."""
    shred(folder / HEADER_FILE)
    shred(folder / VOICE_FILE)
    with disk_errors():
        shutil.rmtree(folder)
        settle(folder.parent)


def _folders(home: Path) -> list[Path]:
    with disk_errors():
        if not home.is_dir():
            return []
        return sorted(
            folder
            for folder in home.iterdir()
            if not folder.name.startswith(".") and (folder / HEADER_FILE).is_file()
        )


def _folder_to_erase(home: Path, alias: str) -> Path:
    try:
        return find(home, alias).life.folder
    except LifeDamaged:
        # A life whose header is broken can still be erased, by the name of its folder.
        for folder in _folders(home):
            if folder.name == alias.strip():
                return folder
        raise


def _same(one: str, other: str) -> bool:
    return unicodedata.normalize("NFC", one).casefold() == (
        unicodedata.normalize("NFC", other).casefold()
    )


def _not_found() -> LifeNotFound:
    return LifeNotFound(
        "There is no life of that name here. Check the spelling, or make it with `ofrenda new`."
    )

"""Making the folder of a new life: all of it, or nothing."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ofrenda.types import LifeId
from ofrenda.vault import home as homes
from ofrenda.vault import recovery
from ofrenda.vault.connection import Connection
from ofrenda.vault.database import DATABASE_FILE, Database
from ofrenda.vault.durable import disk_errors, make_empty_file, make_folder, settle
from ofrenda.vault.header import (
    Header,
    LifeHeader,
    VoiceKeyFile,
    read_header,
    write_header,
    write_voice_key,
)
from ofrenda.vault.keys import (
    KEY_BYTES,
    KdfParameters,
    LifeKey,
    Purpose,
    wrap_with_passphrase,
    wrap_with_secret,
)
from ofrenda.vault.lock import LifeLock, home_lock
from ofrenda.vault.unlock import VOICE_FOLDER

BLOBS_FOLDER = "blobs"


@dataclass(frozen=True, slots=True)
class Founded:
    """A life that has just been made: its key is in memory and its lock is held."""

    header: Header
    key: LifeKey
    lock: LifeLock
    code: bytes


def found(
    home: Path,
    alias: str,
    passphrase: str,
    first_rows: Callable[[Connection], None],
    *,
    kdf: KdfParameters,
    day: date,
) -> Founded:
    """Make a life called ``alias`` in ``home``; ``first_rows`` writes what every life has.

    It is built under a name that nobody lists and renamed when it is complete; a crash leaves
    what the next use of ``home`` sweeps away. Raises ``LifeExists``, ``DiskFull``.
    """
    make_folder(home)
    life = LifeId(secrets.token_hex(16))
    key, code = LifeKey.new(life), recovery.new_secret()
    draft, final = home / f"{homes.UNFINISHED}{life}", home / life
    with home_lock(home):
        homes.sweep(home)
        homes.require_free(home, alias)
        lock: LifeLock | None = None
        try:
            for folder in (draft, draft / BLOBS_FOLDER, draft / VOICE_FOLDER):
                make_folder(folder)
            _write_keys(draft, alias, passphrase, key, code, kdf=kdf, day=day)
            _write_database(draft, key, first_rows)
            lock = LifeLock.take(draft)
            with disk_errors():
                draft.rename(final)
                settle(home)
        finally:
            if draft.exists():
                if lock is not None:
                    lock.release()
                homes.destroy(draft)
    return Founded(header=read_header(final), key=key, lock=lock, code=code)


def _write_keys(
    draft: Path,
    alias: str,
    passphrase: str,
    key: LifeKey,
    code: bytes,
    *,
    kdf: KdfParameters,
    day: date,
) -> None:
    life = key.life
    wraps = (
        wrap_with_passphrase(key.secret, life, passphrase, kdf),
        wrap_with_secret(key.secret, life, Purpose.RECOVERY, code),
    )
    about = LifeHeader(id=life, alias=alias, folder=draft, created=day)
    write_header(Header(life=about, wraps={wrap.purpose: wrap for wrap in wraps}))
    voice_key = secrets.token_bytes(KEY_BYTES)
    voice_wrap = wrap_with_secret(voice_key, life, Purpose.VOICE, key.derive(Purpose.VOICE))
    write_voice_key(draft, life, VoiceKeyFile(wrap=voice_wrap))


def _write_database(draft: Path, key: LifeKey, first_rows: Callable[[Connection], None]) -> None:
    make_empty_file(draft / DATABASE_FILE)
    database = Database(draft / DATABASE_FILE, key.derive(Purpose.DATABASE), fresh=True)
    try:
        with database.write() as db:
            first_rows(db)
    finally:
        database.close()

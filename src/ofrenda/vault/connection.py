"""The one door to the database: no connection leaves here that is not keyed.

No other module imports the database library, and a test holds that. What comes out of
:func:`connect` has been keyed as its first statement and proved to be encrypted.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from sqlcipher3 import dbapi2

from ofrenda.errors import LifeDamaged, LifeInUse, VaultError
from ofrenda.vault.durable import no_leave, no_room, try_room
from ofrenda.vault.keys import KEY_BYTES

PLAINTEXT_MAGIC = b"SQLite format 3\x00"
BUSY_SECONDS = 10.0
"""How long a statement waits for another connection of the same process."""

# Primary result codes of SQLite (https://www.sqlite.org/rescode.html); the library does not hand
# out the extended ones.
_BUSY, _LOCKED, _READONLY, _IOERR, _CORRUPT, _FULL, _CANTOPEN, _NOTADB = 5, 6, 8, 10, 11, 13, 14, 26


class Row(Protocol):
    """One row: by position or by column name."""

    def __getitem__(self, key: int | str, /) -> Any:
        """The value of a column."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """The values in order."""
        ...

    def __len__(self) -> int:
        """How many columns."""
        ...

    def keys(self) -> list[str]:
        """The column names."""
        ...


class Cursor(Protocol):
    """The result of a statement (DB-API 2)."""

    lastrowid: Any
    rowcount: int

    def fetchone(self) -> Any:
        """The next :class:`Row`, or None."""
        ...

    def fetchall(self) -> list[Any]:
        """All rows that are left."""
        ...

    def __iter__(self) -> Iterator[Any]:
        """Row after row."""
        ...


class Connection(Protocol):
    """What the rooms get to run their SQL on (DB-API 2, as far as they may use it)."""

    @property
    def in_transaction(self) -> bool:
        """Whether a transaction is open."""
        ...

    def execute(self, sql: str, parameters: Sequence[Any] | Mapping[str, Any] = ..., /) -> Cursor:
        """Run one statement."""
        ...

    def executemany(self, sql: str, parameters: Iterable[Any], /) -> Cursor:
        """Run one statement once for each set of parameters."""
        ...

    def executescript(self, sql: str, /) -> Cursor:
        """Run several statements. Ends an open transaction first: only for migrations."""
        ...

    def close(self) -> None:
        """Close."""
        ...


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Turn the library's errors into ours where they concern the disk or the file at ``path``.

    Errors of the statement itself (a broken constraint, wrong SQL) pass unchanged.
    """
    try:
        yield
    except dbapi2.DatabaseError as error:
        ours = _translated(getattr(error, "sqlite_errorcode", 0) & 0xFF, path)
        if ours is None:
            raise
        raise ours from error


def connect(path: Path, key: bytes, *, fresh: bool = False, query_only: bool = False) -> Connection:
    """Open the encrypted database at ``path`` with its raw 32-byte ``key``.

    ``fresh``: the file is empty and becomes a database; otherwise an empty or missing file is
    ``LifeDamaged`` (it would silently become an empty life), and so is one in clear or one that
    the key does not fit. ``query_only``: the connection refuses to write.
    """
    if len(key) != KEY_BYTES:
        raise ValueError("a database key has 32 bytes")
    _require_file(path, fresh=fresh)
    with database_errors(path):
        connection = dbapi2.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=BUSY_SECONDS,
            isolation_level=None,  # transactions are opened by Database.write alone
            check_same_thread=False,  # Database.close closes for all threads
        )
    ready = False
    try:
        with database_errors(path):
            _set_up(connection, key, query_only=query_only)
        _require_file(path, fresh=False)
        ready = True
    finally:
        if not ready:
            connection.close()
    keyed: Connection = connection
    return keyed


def _set_up(connection: Any, key: bytes, *, query_only: bool) -> None:
    connection.execute(f"PRAGMA key = \"x'{key.hex()}'\"")  # first, before anything is read
    if not (connection.execute("PRAGMA cipher_version").fetchone() or ("",))[0]:
        raise VaultError(
            "This installation cannot encrypt. Install Ofrenda again with its sqlcipher3 package."
        )
    # Layout and ciphers of SQLCipher 4 whatever a later library makes its default.
    connection.execute("PRAGMA cipher_compatibility = 4")
    # Its log goes to standard error in words for engineers; our errors say it better.
    connection.execute("PRAGMA cipher_log_level = NONE")
    # cipher_memory_security stays off: keys are wiped either way, and locking and wiping every
    # page as well more than doubles the time of writing (60 000 rows with full text: 0.35-0.48 s
    # without, 0.91-1.06 s with) while the same text lives in Python objects beside it.
    connection.execute("PRAGMA temp_store = MEMORY")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA secure_delete = ON")
    mode = connection.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    if mode != "wal":
        raise VaultError(
            "The disk that holds this life cannot keep it safe. "
            "Move the folder to a disk of this computer (not a network drive)."
        )
    # FULL: a commit outlives a power cut, not only a crash of the program.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()  # proves the key
    if query_only:
        connection.execute("PRAGMA query_only = ON")
    connection.row_factory = dbapi2.Row


def _require_file(path: Path, *, fresh: bool) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(PLAINTEXT_MAGIC))
    except OSError as error:
        raise damaged() from error
    if start == PLAINTEXT_MAGIC or (not start and not fresh):
        raise damaged()


def damaged() -> LifeDamaged:
    """What is raised when the database cannot be read as it was written."""
    return LifeDamaged(
        "The database of this life is missing or damaged. "
        "Restore the life's folder from a backup, then open it again."
    )


def _translated(code: int, path: Path) -> VaultError | None:
    if code == _FULL:
        return no_room()
    if code in (_CORRUPT, _NOTADB):
        return damaged()
    if code in (_BUSY, _LOCKED):
        return LifeInUse("This life is busy just now. Wait a moment and try again.")
    if code == _READONLY:
        return no_leave()
    if code in (_IOERR, _CANTOPEN):
        # A full disk mostly ends here: the log beside the database, or its index, cannot grow.
        return _why_not_writable(path) or LifeDamaged(
            "The disk that holds this life reports an error. Copy the life's folder to another "
            "disk, or restore it from a backup, and open it there."
        )
    return None


def _why_not_writable(path: Path) -> VaultError | None:
    log = path.with_name(f"{path.name}-wal")
    size = max((file.stat().st_size for file in (path, log) if file.exists()), default=0)
    try:
        try_room(path.parent, beyond=size)
    except VaultError as error:
        return error
    return None

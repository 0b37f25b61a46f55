"""The database of an awake life: one guarded writer, and a reader for each thread."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ofrenda.vault.connection import Connection, connect, damaged, database_errors
from ofrenda.vault.keys import asleep
from ofrenda.vault.migrate import migrate

DATABASE_FILE = "life.db"


class Database:
    """Reading and writing ``life.db`` from any thread, until :meth:`close`."""

    def __init__(self, path: Path, key: bytes, *, fresh: bool = False) -> None:
        """Open with the raw 32-byte key and bring the layout up to date.

        ``fresh``: ``path`` is an empty file. Raises ``LifeDamaged``, ``DiskFull``, ``VaultError``.
        """
        self._path = path
        self._key = bytearray(key)
        self._writing = threading.Lock()
        self._writing_thread: threading.Thread | None = None
        self._reading = threading.Lock()
        self._readers: dict[threading.Thread, Connection] = {}
        self._writer: Connection | None = connect(path, key, fresh=fresh)
        ready = False
        try:
            with database_errors(self._path):
                self.layout = migrate(self._writer, fresh=fresh)
            ready = True
        finally:
            if not ready:
                self.close()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with, of this thread's own. It refuses to write.

        Every statement sees the last commit at its time: what must fit together is asked in one
        statement. Inside this thread's :meth:`write` it is the writer, and sees what it wrote.
        """
        with database_errors(self._path):
            if self._writing_thread is threading.current_thread() and self._writer is not None:
                yield self._writer
            else:
                yield self._reader()

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed at the end, rolled back on any error, one at a time.

        Other threads wait. Not to be held across an ``await``. Raises ``DiskFull`` where there is
        no room (nothing of this transaction is kept), ``RuntimeError`` when nested.
        """
        if self._writing_thread is threading.current_thread():
            raise RuntimeError("a write is under way in this thread: use its connection")
        with self._writing:
            writer = self._writer
            if writer is None:
                raise asleep()
            self._writing_thread = threading.current_thread()
            try:
                with database_errors(self._path):
                    writer.execute("BEGIN IMMEDIATE")
                    yield writer
                    writer.execute("COMMIT")
            finally:
                self._writing_thread = None
                if writer.in_transaction:
                    writer.execute("ROLLBACK")

    def verify(self) -> None:
        """Read every page and check its seal, its structure and the references between rows.

        Takes about as long as reading the file. Raises ``LifeDamaged``.
        """
        with self.read() as db:
            broken = (
                db.execute("PRAGMA cipher_integrity_check").fetchone() is not None
                or db.execute("PRAGMA quick_check").fetchone()[0] != "ok"
                or db.execute("PRAGMA foreign_key_check").fetchone() is not None
            )
        if broken:
            raise damaged()

    def close(self) -> None:
        """Wait for a write under way, then close every connection; may be called twice."""
        if self._writing_thread is threading.current_thread():
            raise RuntimeError("a write is under way in this thread: end it before closing")
        with self._writing, self._reading:
            for reader in self._readers.values():
                reader.close()
            self._readers.clear()
            if self._writer is not None:
                self._writer.close()
                self._writer = None
            for place in range(len(self._key)):
                self._key[place] = 0

    def _reader(self) -> Connection:
        thread = threading.current_thread()
        with self._reading:
            if self._writer is None:
                raise asleep()
            reader = self._readers.get(thread)
            if reader is None:
                for gone in [other for other in self._readers if not other.is_alive()]:
                    self._readers.pop(gone).close()
                reader = connect(self._path, bytes(self._key), query_only=True)
                self._readers[thread] = reader
            return reader

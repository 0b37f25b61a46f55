"""``chat.db`` in memory: opened from bytes, with what its write-ahead log holds; never on disk."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterator, Mapping

from ofrenda.archive.container import Entry
from ofrenda.errors import ArchiveError

LARGEST = 768 * 2**20
"""Bytes. A busy phone of ten years has about 300 MiB of messages without their files."""

_WAL_MAGIC = (0x377F0682, 0x377F0683)
_WAL_HEADER, _FRAME_HEADER = 32, 24
_STEPS = 1_000_000
_MOST_STEPS = 20_000
"""Times a million steps of SQLite, about a minute each ten thousand; only bombs take longer."""

DAMAGE = (sqlite3.Error, ValueError, MemoryError, OverflowError)
"""What reading a damaged database raises (ValueError: names that are no text)."""

Row = Mapping[str, object]


def opened(entry: Entry, log: Entry | None) -> sqlite3.Connection:
    """The database, in memory only. Raises ``ArchiveError``."""
    data = bytearray(entry.bytes(LARGEST))
    if log is not None:
        _apply(data, log.bytes(LARGEST))
    if len(data) >= 20:
        # Without its log at hand SQLite opens only what says that it has none.
        data[18] = data[19] = 1
    connection = sqlite3.connect(":memory:")
    try:
        connection.deserialize(bytes(data))
        del data
        connection.row_factory = sqlite3.Row
        connection.text_factory = _text
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        connection.set_progress_handler(_Limit(), _STEPS)
        kinds = dict(connection.execute("SELECT name, type FROM sqlite_master").fetchall())
    except DAMAGE:
        connection.close()
        raise damaged() from None
    if kinds.get("message") != "table" or kinds.get("handle") != "table":
        connection.close()
        raise damaged()
    return connection


def damaged() -> ArchiveError:
    """What to tell the keeper."""
    return ArchiveError(
        "The message database is cut short or damaged. Close Messages on the Mac, copy chat.db "
        "with chat.db-wal and chat.db-shm again, and add the folder."
    )


def columns(connection: sqlite3.Connection, table: str) -> set[str]:
    """The names of a table's columns; empty where there is no such table."""
    kind = connection.execute("SELECT type FROM sqlite_master WHERE name = ?", (table,)).fetchone()
    if kind is None or kind["type"] != "table":
        return set()
    found = connection.execute("SELECT name FROM pragma_table_info(?)", (table,)).fetchall()
    return {str(row["name"]) for row in found}


def rows(connection: sqlite3.Connection, table: str, wanted: tuple[str, ...]) -> Iterator[Row]:
    """Each row of a table in the order of its row ids, with ``rowid`` and the ``wanted`` columns;
    what the table does not have is None. Raises one of :data:`DAMAGE`."""
    there = columns(connection, table)
    if not there:
        return
    names = ("rowid", *wanted)
    parts = [name if name in there or name == "rowid" else "NULL" for name in names]
    statement = " ".join(("SELECT", ", ".join(parts), "FROM", table, "ORDER BY rowid"))
    cursor = connection.cursor()
    cursor.row_factory = None
    for row in cursor.execute(statement):
        yield dict(zip(names, row, strict=True))


class _Limit:
    """Stops a query that never ends."""

    def __init__(self) -> None:
        self._left = _MOST_STEPS

    def __call__(self) -> int:
        self._left -= 1
        return int(self._left < 0)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def _apply(data: bytearray, log: bytes) -> None:
    """Put the committed pages of a write-ahead log where they belong."""
    if len(log) < _WAL_HEADER + _FRAME_HEADER:
        return
    magic, _, size, _, *salts = struct.unpack_from(">6I", log)
    if magic not in _WAL_MAGIC or size < 512 or size > 65_536 or size & (size - 1):
        return
    pending: dict[int, int] = {}
    place = _WAL_HEADER
    while place + _FRAME_HEADER + size <= len(log):
        page, pages, *frame_salts = struct.unpack_from(">4I", log, place)
        if frame_salts != salts or page == 0:
            break  # what follows is of an older log
        pending[page] = place + _FRAME_HEADER
        if pages:
            if pages * size > LARGEST:
                return
            if len(data) < pages * size:
                data.extend(bytes(pages * size - len(data)))
            del data[pages * size :]
            for number, at in pending.items():
                if number <= pages:
                    data[(number - 1) * size : number * size] = log[at : at + size]
            pending = {}
        place += _FRAME_HEADER + size

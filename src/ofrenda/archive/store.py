"""From records to rows: in committed batches, each record once, its files encrypted.

A batch is one transaction. A kill between two leaves the life complete up to the last batch, with
the source marked as not complete; adding the file again goes over it once more, finds what is
there and writes the rest.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.filing import Filed, Filing, attach, blob_of
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.writing import UNSIGNED
from ofrenda.archive.report import ImportReport
from ofrenda.archive.sameness import Sameness, document_key
from ofrenda.orders import all_unmistakable
from ofrenda.types import BlobId, Document, Kind, Utterance
from ofrenda.vault import Connection, Life

BATCH = 4_000
"""Records in one transaction, about 4 MB of them. A kill or a power cut costs one batch at most
(each commit is written through to the disk), a tenth of a second's work."""

_MEDIA_BATCH = 64 * 2**20
"""Bytes of files after which a batch is committed early, so that little is written twice."""

_UTTERANCE = (
    "INSERT INTO utterance (dedup, source, locator, conversation, identity, ts_local, ts_utc,"
    " ts_precision, ordinal, kind, text, edited, reply_to, quoted_text, forwarded, after_death)"
    " VALUES (?, ?, ?, ?, ?, ?, nullif(?, ''), ?, ?, ?, ?, ?, nullif(?, ''), nullif(?, ''), ?, ?)"
    " ON CONFLICT (dedup) DO NOTHING"
)
"""Bound to text, whole numbers and byte arrays alone: the library binds those at once and looks for
an adapter for everything else, None and truth values too (19 against 3 microseconds a row)."""


_KIND = {kind: kind.value for kind in Kind}


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to be stored. ``shown`` is its name for the keeper, ``added`` aware UTC."""

    entry: Entry
    shown: str
    format: str
    sha256: str
    added: datetime


def store(
    life: Life,
    file: SourceFile,
    files: Container,
    reading: Reading,
    answers: Mapping[str, str],
    on_progress: Callable[[int], None],
) -> ImportReport:
    """Store one file with all its records, read with ``answers``; ``on_progress`` hears how many
    were seen so far."""
    died = life.person().died
    writer = _Writer(life, file, files, died.isoformat() if died else None)
    skipped: Counter[str] = Counter()
    records = iter(reading.records)
    while batch := list(islice(_stopping(records, files), BATCH)):
        for record in batch:
            if isinstance(record, Skipped):
                skipped[record.reason] += 1
        writer.commit(batch)
        on_progress(writer.accepted + writer.already + skipped.total())
    report = ImportReport(
        source=file.shown,
        format=file.format,
        seen=writer.accepted + writer.already + skipped.total(),
        accepted=writer.accepted,
        already_there=writer.already,
        skipped=dict(skipped),
        questions=tuple(reading.questions),
        warnings=(*reading.warnings, *writer.warnings()),
        advice=tuple(reading.advice),
        answers=dict(answers),
        media_missing=writer.missing,
    )
    writer.finish(report)
    return report


def keep_original(life: Life, file: SourceFile, known: BlobId | None) -> ImportReport:
    """Store a file that is its own record; ``known`` is a blob that holds it already."""
    writer = _Writer(life, file, Container("", {}), None)
    report = ImportReport(file.shown, file.format, 1, int(known is None), int(known is not None))
    writer.finish(report, blob=known)
    return report


def _stopping(records: Iterator[Record], files: Container) -> Iterator[Record]:
    """The records of one batch: ends early when their files have become many bytes."""
    size = 0
    while size < _MEDIA_BATCH and (record := next(records, None)) is not None:
        if isinstance(record, Utterance) and record.media:
            size += sum(files.size(ref.path) for ref in record.media)
        yield record


class _Writer:
    """Writes one source; holds its row ids and counters."""

    def __init__(self, life: Life, file: SourceFile, files: Container, died: str | None) -> None:
        self.accepted = self.already = self.missing = 0
        self._life = life
        self._file = file
        self._died = died
        self._source: int | None = None
        self._identities: dict[tuple[str, str], int] = {}
        self._conversations: dict[tuple[str, str], int] = {}
        self._sameness = Sameness()
        self._filing = Filing(life, files)
        self._ordinal = 0

    def warnings(self) -> tuple[str, ...]:
        """What the keeper should know about the files."""
        if not self._filing.damaged:
            return ()
        return (f"{self._filing.damaged} files that came along are damaged and were not kept.",)

    def commit(self, batch: Iterable[Record]) -> None:
        """One batch: files first, then all rows in one transaction."""
        batch = list(batch)
        fresh: list[BlobId] = []
        done = False
        try:
            filed = self._filing.file(batch, fresh)
            original = self._original(fresh) if self._source is None else None
            with self._life.db.write() as db:
                source = self._source or self._open_source(db, original)
                accepted, already = self._write(db, source, batch, filed)
            done = True
        finally:
            if not done:
                for blob in fresh:
                    self._life.blobs.delete(blob)
        self._source = source
        self.accepted += accepted
        self.already += already

    def finish(self, report: ImportReport, blob: BlobId | None = None) -> None:
        """Mark the source as complete, with its report."""
        fresh: list[BlobId] = []
        original = blob or (self._original(fresh) if self._source is None else None)
        with self._life.db.write() as db:
            source = self._source or self._open_source(db, original)
            held = json.dumps({**report.to_json(), "complete": True}, ensure_ascii=False)
            db.execute("UPDATE source SET report = ? WHERE id = ?", (held, source))

    def _original(self, fresh: list[BlobId]) -> BlobId | None:
        """Keep the file itself, unless an earlier, unfinished import did."""
        if (known := blob_of(self._life, self._file.sha256)) is not None:
            return known
        with self._file.entry.open() as content:
            blob = self._life.blobs.put(content)
        fresh.append(blob)
        return blob

    def _open_source(self, db: Connection, blob: BlobId | None) -> int:
        file = self._file
        begun = ImportReport(file.shown, file.format, 0, 0, complete=False)
        added = file.added.isoformat(timespec="seconds").replace("+00:00", "Z")
        db.execute(
            "INSERT INTO source (name, format, sha256, added_utc, blob, report)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
            (file.shown, file.format, file.sha256, added, blob, json.dumps(begun.to_json())),
        )
        row = db.execute("SELECT id FROM source WHERE sha256 = ?", (file.sha256,)).fetchone()
        return int(row[0])

    def _write(
        self, db: Connection, source: int, batch: list[Record], filed: dict[str, Filed]
    ) -> tuple[int, int]:
        rows = []
        texts: list[str] = []
        with_media: list[tuple[bytes, Utterance]] = []
        accepted = already = 0
        died = self._died
        for record in batch:
            if isinstance(record, Utterance):
                dedup = self._sameness.key(record)
                stamp = record.ts_local
                sender = record.sender_key
                rows.append(
                    (
                        bytearray(dedup),
                        source,
                        record.locator,
                        self._conversation(db, record),
                        None
                        if sender is None
                        else self._identity(db, record.platform, sender, record.sender_name),
                        stamp,
                        "" if record.ts_utc is None else _utc(record.ts_utc),
                        record.ts_precision,
                        self._ordinal,
                        # An enumeration's own hash is slow, and nearly all of it is text.
                        "text" if record.kind is Kind.TEXT else _KIND[record.kind],
                        record.text,
                        int(record.edited),
                        record.reply_to or "",
                        record.quoted_text or "",
                        int(record.forwarded),
                        int(died is not None and stamp is not None and stamp[:10] > died),
                    )
                )
                texts.append(all_words(record))
                self._ordinal += 1
                if record.media:
                    with_media.append((dedup, record))
            elif isinstance(record, Document):
                new = self._document(db, source, record)
                accepted += new
                already += not new
        if rows:
            last = _one(db, "SELECT coalesce(max(id), 0) FROM utterance")
            written = max(0, db.executemany(_UTTERANCE, rows).rowcount)
            touch(db, last)
            planted = [(rows[place][0],) for place in all_unmistakable(texts)]
            db.executemany(
                "UPDATE utterance SET planted = 1 WHERE dedup = ? AND NOT planted", planted
            )
            accepted += written
            already += len(rows) - written
        for dedup, record in with_media:
            self.missing += attach(db, dedup, record, filed)
        return accepted, already

    def _document(self, db: Connection, source: int, document: Document) -> bool:
        author = document.author_key
        platform = document.author_platform or self._file.format
        cursor = db.execute(
            "INSERT INTO document (dedup, source, locator, title, text, written_on, identity)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedup) DO NOTHING",
            (
                document_key(document),
                source,
                document.locator,
                document.title,
                document.text,
                document.written_on.isoformat() if document.written_on else None,
                None if author is None else self._author(db, platform, author),
            ),
        )
        return cursor.rowcount == 1

    def _author(self, db: Connection, platform: str, author: str) -> int:
        """Writing that nobody signed is a sender of its own for each file: two diaries without a
        name need not be by one hand."""
        if author != UNSIGNED:
            return self._identity(db, platform, author, author)
        key = f"{UNSIGNED}:{self._file.sha256[:16]}"
        return self._identity(db, platform, key, self._file.shown)

    def _identity(self, db: Connection, platform: str, key: str, name: str | None) -> int:
        if (known := self._identities.get((platform, key))) is None:
            db.execute(
                "INSERT INTO identity (platform, key, name) VALUES (?, ?, ?)"
                " ON CONFLICT (platform, key) DO NOTHING",
                (platform, key, name or key),
            )
            known = _one(
                db, "SELECT id FROM identity WHERE platform = ? AND key = ?", platform, key
            )
            self._identities[platform, key] = known
        return known

    def _conversation(self, db: Connection, record: Utterance) -> int:
        place = (record.platform, record.conversation_key)
        if (known := self._conversations.get(place)) is None:
            db.execute(
                "INSERT INTO conversation (platform, key, title, is_group) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (platform, key) DO NOTHING",
                (*place, record.conversation_title, record.is_group),
            )
            known = _one(db, "SELECT id FROM conversation WHERE platform = ? AND key = ?", *place)
            self._conversations[place] = known
        return known


def all_words(record: Utterance) -> str:
    """The sender's words and the quoted ones, where orders to an AI may stand."""
    text = record.text or ""
    return f"{text}\n{record.quoted_text}" if record.quoted_text else text


def touch(db: Connection, last: int) -> None:
    """Mark the conversations of all messages after number ``last``: their passages are to be made
    anew."""
    db.execute(
        "DELETE FROM remembered_conversation WHERE conversation IN"
        " (SELECT conversation FROM utterance WHERE id > ?)",
        (last,),
    )


def _one(db: Connection, statement: str, *values: str) -> int:
    return int(db.execute(statement, values).fetchone()[0])


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")

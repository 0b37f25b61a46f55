"""Files of a life's archive: encrypted as they stream by, each content once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import drain
from ofrenda.archive.importer import Record
from ofrenda.archive.media import sniff
from ofrenda.errors import ArchiveError
from ofrenda.types import BlobId, Kind, Utterance
from ofrenda.vault import Connection, Life


@dataclass(frozen=True, slots=True)
class Filed:
    """A file that a message names; ``blob`` is None where it did not come along."""

    path: str
    mime: str | None
    sha256: str | None
    blob: BlobId | None


def digest_of(entry: Entry) -> str:
    """SHA-256 of the content in hex; raises ``ArchiveError`` where it cannot be read whole."""
    found = hashlib.sha256()
    with entry.open() as file:
        for piece in drain(file):
            found.update(piece)
    return found.hexdigest()


def blob_of(life: Life, sha256: str) -> BlobId | None:
    """The blob that holds a file of this SHA-256 already."""
    with life.db.read() as db:
        row = db.execute(
            "SELECT blob FROM media WHERE sha256 = ?1 AND blob IS NOT NULL"
            " UNION ALL SELECT blob FROM source WHERE sha256 = ?1 AND blob IS NOT NULL LIMIT 1",
            (sha256,),
        ).fetchone()
    return None if row is None else BlobId(row[0])


class Filing:
    """Puts the files of one source into the life."""

    def __init__(self, life: Life, files: Container) -> None:
        self.damaged = 0
        """Files that came along and cannot be read."""
        self._life = life
        self._files = files
        self._blobs: dict[str, BlobId] = {}

    def file(self, batch: Iterable[Record], fresh: list[BlobId]) -> dict[str, Filed]:
        """Encrypt what the messages of a batch name; new blobs are noted in ``fresh``."""
        filed: dict[str, Filed] = {}
        for record in batch:
            for ref in record.media if isinstance(record, Utterance) else ():
                if ref.path in filed:
                    continue
                entry = self._files.entries.get(ref.path) if ref.exists else None
                filed[ref.path] = Filed(ref.path, ref.mime, None, None)
                if entry is not None:
                    try:
                        filed[ref.path] = self._put(entry, fresh)
                    except ArchiveError:
                        self.damaged += 1
        return filed

    def _put(self, entry: Entry, fresh: list[BlobId]) -> Filed:
        sha256 = digest_of(entry)
        blob = self._blobs.get(sha256) or blob_of(self._life, sha256)
        if blob is None:
            with entry.open() as content:
                blob = self._life.blobs.put(content)
            fresh.append(blob)
        self._blobs[sha256] = blob
        return Filed(entry.name, sniff(entry.head()), sha256, blob)


def attach(db: Connection, dedup: bytes, record: Utterance, filed: Mapping[str, Filed]) -> int:
    """Add a message's files, also to a message that came without them before; returns how many
    are missing."""
    missing = 0
    row = db.execute("SELECT id, kind FROM utterance WHERE dedup = ?", (dedup,)).fetchone()
    held = db.execute("SELECT path, sha256 FROM media WHERE utterance = ?", (row["id"],)).fetchall()
    for ref in record.media:
        file = filed[ref.path]
        missing += file.blob is None
        if file.blob is None:
            if not held:
                db.execute(
                    "INSERT INTO media (utterance, path) VALUES (?, ?)", (row["id"], file.path)
                )
            continue
        if any(other["sha256"] == file.sha256 for other in held):
            continue
        db.execute("DELETE FROM media WHERE utterance = ? AND blob IS NULL", (row["id"],))
        db.execute(
            "INSERT INTO media (utterance, path, mime, sha256, blob) VALUES (?, ?, ?, ?, ?)",
            (row["id"], file.path, file.mime, file.sha256, file.blob),
        )
    if row["kind"] == Kind.UNKNOWN and record.kind is not Kind.UNKNOWN:
        db.execute("UPDATE utterance SET kind = ? WHERE id = ?", (record.kind.value, row["id"]))
    return missing

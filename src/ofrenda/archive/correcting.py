"""A wrong answer put right: the stored original is read again, and its rows take the new reading.

All of it is one transaction: either every row of the source is as the new answer has it, or none
is. Rows keep their numbers, and with them what hangs on them (files, what the keeper said of them).
"""

from __future__ import annotations

import json
import tempfile
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ofrenda.archive.container import Limits
from ofrenda.archive.examining import examine
from ofrenda.archive.importer import Circumstances, Gives, Reading, Skipped
from ofrenda.archive.importers import importers
from ofrenda.archive.importers.writing import UNSIGNED
from ofrenda.archive.known_again import known_again
from ofrenda.archive.report import ImportReport
from ofrenda.archive.sameness import Sameness, document_key
from ofrenda.archive.sandbox import Sandbox
from ofrenda.archive.sealed import SealedFiles, seal
from ofrenda.archive.sources import SourceSummary, source
from ofrenda.archive.store import all_words, touch
from ofrenda.clock import Clock, SystemClock
from ofrenda.errors import BadInput
from ofrenda.orders import unmistakable
from ofrenda.types import BlobId, Document, Kind, Utterance
from ofrenda.vault import Connection, Life

_UPDATE = (
    "UPDATE OR IGNORE utterance SET dedup = ?, conversation = ?, identity = ?, ts_local = ?,"
    " ts_utc = ?, ts_precision = ?, ordinal = ?, kind = ?, text = coalesce(?, text),"
    " quoted_text = ?, forwarded = ?,"
    " planted = max(planted, ?) WHERE id = ?"
)
_INSERT = (
    "INSERT INTO utterance (dedup, conversation, identity, ts_local, ts_utc, ts_precision,"
    " ordinal, kind, text, quoted_text, forwarded, planted, source, locator, edited, reply_to)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedup) DO NOTHING"
)


def correct(
    life: Life, number: int, answers: Mapping[str, str], *, clock: Clock | None = None
) -> ImportReport:
    """Read source ``number`` again with other answers; returns its new report.

    Nothing is stored twice, and what the keeper decided stays. Raises ``BadInput`` where there is
    no such source, nothing to read again, or an answer still open; then nothing has changed.
    """
    life.require_consent("text")
    before = source(life, number)
    importer = next((one for one in importers() if one.name == before.report.format), None)
    if importer is None or importer.gives is Gives.ORIGINAL or before.blob is None:
        raise BadInput("This file holds nothing that could be read in another way.")
    given = dict(before.report.answers) | dict(answers)
    circumstances = Circumstances(given, (clock or SystemClock()).now().date())
    with tempfile.TemporaryDirectory() as folder:
        sealed = _sealed(life, before, before.blob, Path(folder))
        files = sealed.container()
        name = next(iter(files.entries))
        with Sandbox(sealed, Limits()) as sandbox:
            reading = sandbox.read((), files, name, importer, circumstances)
            if reading.questions:
                raise BadInput(str(reading.questions[0]))
            if importer.gives is Gives.CHAT:
                reading = known_again(
                    life,
                    before.sha256,
                    reading,
                    lambda: sandbox.read((), files, name, importer, circumstances),
                )
            with life.db.write() as db:
                report = _Rewriting(db, before).run(reading, given)
    return examine(life, [report])[0]


def _sealed(life: Life, file: SourceSummary, blob: BlobId, folder: Path) -> SealedFiles:
    """The original with the files that its messages name, out of the life, encrypted anew under
    keys that may leave this process."""
    with life.db.read() as db:
        beside = db.execute(
            "SELECT DISTINCT m.path, m.blob FROM media AS m JOIN utterance AS u"
            " ON u.id = m.utterance WHERE u.source = ? AND m.blob IS NOT NULL",
            (file.id,),
        ).fetchall()
    wanted = {PurePosixPath(file.report.source).name: blob}
    for row in beside:
        wanted.setdefault(row["path"], BlobId(row["blob"]))
    files = {
        name: seal(life.blobs.chunks(one), folder / str(number))
        for number, (name, one) in enumerate(wanted.items())
    }
    return SealedFiles(next(iter(wanted)), files)


class _Rewriting:
    """Brings the rows of one source into line with a new reading, inside one transaction."""

    def __init__(self, db: Connection, file: SourceSummary) -> None:
        self._db = db
        self._file = file
        self._lookups: dict[tuple[str, str, str], int] = {}

    def run(self, reading: Reading, answers: Mapping[str, str]) -> ImportReport:
        """Walk the records; returns the report."""
        db, number = self._db, self._file.id
        held = self._held("utterance")
        held_documents = self._held("document")
        # Keys that are out of the way of the new ones, row by row.
        for table in ("utterance", "document"):
            db.execute(f"UPDATE {table} SET dedup = randomblob(32) WHERE source = ?", (number,))  # noqa: S608 # our own words
        sameness = Sameness()
        skipped: Counter[str] = Counter()
        accepted = already = ordinal = 0
        for record in reading.records:
            if isinstance(record, Skipped):
                skipped[record.reason] += 1
            elif isinstance(record, Utterance):
                new = self._utterance(record, sameness.key(record), ordinal, held)
                ordinal += 1
                accepted += new
                already += not new
            else:
                new = self._document(record, held_documents)
                accepted += new
                already += not new
        for table, left in (("utterance", held), ("document", held_documents)):
            gone = [(one,) for ids in left.values() for one in ids]
            db.executemany(f"DELETE FROM {table} WHERE id = ?", gone)  # noqa: S608 # our own words
        before = self._file.report
        report = replace(
            before,
            seen=accepted + already + skipped.total(),
            accepted=accepted,
            already_there=already,
            skipped=dict(skipped),
            warnings=tuple(reading.warnings),
            advice=tuple(reading.advice),
            answers=dict(answers),
            complete=True,
            digest=self._file.sha256,
        )
        stored = json.dumps(report.to_json(), ensure_ascii=False)
        db.execute("UPDATE source SET report = ? WHERE id = ?", (stored, number))
        db.execute("DELETE FROM answer WHERE key = ?", (f"zone-of-source-{number}",))
        return report

    def _held(self, table: str) -> dict[str, deque[int]]:
        found: dict[str, deque[int]] = defaultdict(deque)
        for row in self._db.execute(
            f"SELECT id, locator FROM {table} WHERE source = ? ORDER BY id",  # noqa: S608 # our own words
            (self._file.id,),
        ).fetchall():
            found[row["locator"]].append(row["id"])
        return found

    def _utterance(
        self, record: Utterance, dedup: bytes, ordinal: int, held: dict[str, deque[int]]
    ) -> bool:
        sender = record.sender_key
        utc = None if record.ts_utc is None else record.ts_utc.isoformat().replace("+00:00", "Z")
        # The words of a recording are not in the export.
        text = record.text if record.kind is not Kind.VOICE or record.text else None
        values = (
            dedup,
            self._row("conversation", record.platform, record.conversation_key, record),
            None if sender is None else self._row("identity", record.platform, sender, record),
            record.ts_local, utc, record.ts_precision, ordinal, record.kind.value, text,
            record.quoted_text, record.forwarded, unmistakable(all_words(record)),
        )  # fmt: skip
        if held.get(record.locator):
            number = held[record.locator].popleft()
            if self._db.execute(_UPDATE, (*values, number)).rowcount == 1:
                return True
            # Another file holds the same message under this date.
            self._db.execute("DELETE FROM utterance WHERE id = ?", (number,))
            return False
        more = (self._file.id, record.locator, record.edited, record.reply_to)
        written = self._db.execute(_INSERT, (*values, *more))
        if written.rowcount == 1:
            touch(self._db, written.lastrowid - 1)
        return bool(written.rowcount == 1)

    def _document(self, record: Document, held: dict[str, deque[int]]) -> bool:
        day = record.written_on.isoformat() if record.written_on else None
        key = document_key(record)
        if held.get(record.locator):
            number = held[record.locator].popleft()
            done = self._db.execute(
                "UPDATE OR IGNORE document SET dedup = ?, title = ?, text = ?, written_on = ?"
                " WHERE id = ?",
                (key, record.title, record.text, day, number),
            )
            if done.rowcount == 1:
                return True
            self._db.execute("DELETE FROM document WHERE id = ?", (number,))
            return False
        author = record.author_key
        if author == UNSIGNED:
            author = f"{UNSIGNED}:{self._file.sha256[:16]}"
        written = self._file.report.format
        identity = None if author is None else self._row("identity", written, author, None)
        done = self._db.execute(
            "INSERT INTO document (dedup, source, locator, title, text, written_on, identity)"
            " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (dedup) DO NOTHING",
            (key, self._file.id, record.locator, record.title, record.text, day, identity),
        )
        return bool(done.rowcount == 1)

    def _row(self, table: str, platform: str, key: str, record: Utterance | None) -> int:
        place = (table, platform, key)
        if (known := self._lookups.get(place)) is not None:
            return known
        if table == "identity":
            name = record.sender_name if record is not None else None
            self._db.execute(
                "INSERT INTO identity (platform, key, name) VALUES (?, ?, ?)"
                " ON CONFLICT (platform, key) DO NOTHING",
                (platform, key, name or key),
            )
        elif record is not None:
            self._db.execute(
                "INSERT INTO conversation (platform, key, title, is_group) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (platform, key) DO NOTHING",
                (platform, key, record.conversation_title, record.is_group),
            )
        row = self._db.execute(
            f"SELECT id FROM {table} WHERE platform = ? AND key = ?",  # noqa: S608 # our own words
            (platform, key),
        ).fetchone()
        self._lookups[place] = int(row[0])
        return int(row[0])

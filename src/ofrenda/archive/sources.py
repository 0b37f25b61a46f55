"""The files of a life with their reports, as the keeper sees them after an import."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ofrenda.archive.report import ImportReport
from ofrenda.archive.zones import counted_in_utc
from ofrenda.errors import BadInput
from ofrenda.types import BlobId
from ofrenda.vault import Life

CORRECTABLE: Mapping[str, Mapping[str, str]] = {
    "date_order": {
        "dmy": "day, month, year",
        "mdy": "month, day, year",
        "ymd": "year, month, day",
    },
    "chat_kind": {"direct": "a chat with one person", "group": "a group"},
    "drafts": {"keep": "take them in", "leave": "leave them out"},
    "year": {},
}
"""Answers that can be given anew after an import, with their choices; none: any."""


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """One file. ``added`` is UTC (ISO 8601); ``utc``: its times are those of UTC, since the format
    does not say where the clock hung."""

    id: int
    sha256: str
    added: str
    blob: BlobId | None
    report: ImportReport
    utc: bool

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON-ready data, without the blob."""
        plain = asdict(self)
        del plain["blob"]
        return plain


def stored_report(life: Life, sha256: str) -> ImportReport | None:
    """What was reported when this very file was added, or None. ``complete`` is False when that
    import never came to its end."""
    with life.db.read() as db:
        row = db.execute("SELECT report FROM source WHERE sha256 = ?", (sha256,)).fetchone()
    if row is None:
        return None
    held = json.loads(row["report"])
    return ImportReport(
        **{
            **held,
            "questions": (),
            "warnings": tuple(held["warnings"]),
            "advice": tuple(held["advice"]),
        }
    )


def sources(life: Life) -> list[SourceSummary]:
    """Every file with a report, latest first."""
    with life.db.read() as db:
        rows = db.execute("SELECT * FROM source ORDER BY id DESC").fetchall()
        return [_summary(row, counted_in_utc(db, row["id"])) for row in rows]


def source(life: Life, number: int) -> SourceSummary:
    """One file by its number; BadInput where there is none."""
    with life.db.read() as db:
        row = db.execute("SELECT * FROM source WHERE id = ?", (number,)).fetchone()
        if row is None:
            raise BadInput("There is no file with that number. See them with: ofrenda report")
        return _summary(row, counted_in_utc(db, row["id"]))


def _summary(row: Any, utc: bool) -> SourceSummary:
    held = json.loads(row["report"])
    held |= {"warnings": tuple(held["warnings"]), "advice": tuple(held["advice"])}
    held |= {"questions": (), "digest": row["sha256"], "source": row["name"]}
    blob = BlobId(row["blob"]) if row["blob"] else None
    report = ImportReport(**held)
    return SourceSummary(row["id"], row["sha256"], row["added_utc"], blob, report, utc)

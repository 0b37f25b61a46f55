"""The voices that were made for a life: which there are, which speaks, what was measured."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ofrenda.clock import Clock
from ofrenda.errors import BadInput
from ofrenda.types import BlobId
from ofrenda.vault import Life
from ofrenda.voice.store import now_utc


@dataclass(frozen=True, slots=True)
class KeptVoice:
    """A voice that was made and not thrown away.

    ``tier`` of a voice of the embedded engine: ``preview`` (a mix of stock voices), ``style``,
    ``bias`` or ``full``; empty for another engine. ``made`` and ``used`` (since when it speaks, or
    when it last began to; None: never, or made by an older Ofrenda) are UTC, ISO 8601.
    ``report`` is what was found while making it.
    """

    id: str
    engine: str
    tier: str
    made: str
    used: str | None
    in_use: bool
    report: Mapping[str, Any]

    @property
    def reference(self) -> str | None:
        """The reference it was made from; None for a voice chosen from one clip."""
        found = self.report.get("reference")
        return str(found) if found else None


def kept_voices(life: Life) -> list[KeptVoice]:
    """Every voice that is kept, the one in use first, then the newest."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT id, engine, made_utc, used_utc, in_use, report FROM voice_profile"
            " ORDER BY in_use DESC, made_utc DESC, id"
        ).fetchall()
    return [_kept(row) for row in rows]


def use_voice(life: Life, id: str, *, clock: Clock | None = None) -> None:
    """From now on the life speaks with this kept voice; the others stay. Calls under way end as
    they began. Raises BadInput where there is none of that id, ``ConsentMissing``."""
    life.require_consent("voice")
    with life.db.write() as db:
        _require(db, id)
        db.execute("UPDATE voice_profile SET in_use = 0 WHERE in_use = 1 AND id <> ?", (id,))
        db.execute(
            "UPDATE voice_profile SET in_use = 1, used_utc = ? WHERE id = ? AND in_use = 0",
            (now_utc(clock), id),
        )


def throw_away(life: Life, id: str) -> None:
    """Delete a voice that is not in use, all sound made with it and all that was answered about it.

    Raises BadInput for the voice in use, and where there is none of that id. A voice that another
    engine holds has to be forgotten there first."""
    with life.db.write() as db:
        row = _require(db, id)
        if row["in_use"]:
            raise BadInput("This voice is in use. Take another one into use first.")
        sounds = db.execute(
            "SELECT blob FROM listening_sound WHERE voice = ?"
            " UNION SELECT blob FROM rendered WHERE profile = ?",
            (id, id),
        ).fetchall()
        db.execute("DELETE FROM listening_sound WHERE voice = ?", (id,))
        db.execute("DELETE FROM rendered WHERE profile = ?", (id,))
        db.execute("DELETE FROM listening_answer WHERE one = ? OR other = ?", (id, id))
        db.execute("DELETE FROM voice_profile WHERE id = ?", (id,))
    for blob in (row["blob"], *(sound[0] for sound in sounds)):
        life.voice_blobs.delete(BlobId(blob))


def keep_measurement(life: Life, report: Mapping[str, Any], *, clock: Clock | None = None) -> None:
    """Keep what ``ofrenda measure voice`` found, plain values, to be shown to the keeper."""
    with life.db.write() as db:
        db.execute(
            "INSERT INTO voice_measure (at_utc, report) VALUES (?, ?)",
            (now_utc(clock), json.dumps(report)),
        )


def last_measurement(life: Life) -> tuple[str, dict[str, Any]] | None:
    """When it was last measured (UTC, ISO 8601) and what was found; None: never."""
    with life.db.read() as db:
        row = db.execute(
            "SELECT at_utc, report FROM voice_measure ORDER BY id DESC LIMIT 1"
        ).fetchone()
    return None if row is None else (row[0], json.loads(row[1]))


def _require(db: Any, id: str) -> Any:
    row = db.execute("SELECT * FROM voice_profile WHERE id = ?", (id,)).fetchone()
    if row is None:
        raise BadInput("There is no voice of that name any more. Open the page anew.")
    return row


def _kept(row: Any) -> KeptVoice:
    report = json.loads(row["report"])
    # A voice chosen among the stock voices says which mix it is, and no tier.
    tier = report.get("tier", "preview" if "mix" in report else "")
    return KeptVoice(
        row["id"],
        row["engine"],
        tier,
        row["made_utc"],
        row["used_utc"],
        bool(row["in_use"]),
        report,
    )

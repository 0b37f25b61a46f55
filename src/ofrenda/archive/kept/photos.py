"""Photos as anchors of memory: when and where each was taken, who sent it and what they wrote.

Originals stay as they came. Places are coordinates: naming them takes a map, and those that can be
installed are larger than all the rest of the house.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any, Final

from ofrenda.apart import Apart, Limits
from ofrenda.archive.kept.exif import JOB
from ofrenda.archive.media import sniff
from ofrenda.errors import FileUnreadable, LifeDamaged
from ofrenda.types import BlobId, MemberId
from ofrenda.vault import Connection, Life

_LIMITS: Final = Limits(memory=1 << 30, cpu=10, silence=20.0)
_WRITTEN_AT_ONCE: Final = 200
_STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo that was left behind, to be shown with ``life.blobs.open(blob)``.

    ``utterance`` is the message it came with (the first, where it came often), sent by
    ``sender`` (``person``, ``member``, ``other`` or None where nobody has said) at ``sent_local``
    with the ``caption``; None for a photo that lay by itself. ``file`` is its name.
    ``taken_local`` is the camera's wall clock with ``taken_offset`` where the camera knew its
    zone; ``lat`` and ``lon`` in degrees (WGS 84). ``width`` and ``height`` in pixels as it is to
    be looked at, ``orientation`` how it has to be turned for that (EXIF 1 to 8).
    """

    sha256: str
    blob: BlobId
    file: str
    utterance: int | None
    sender: str | None
    member: MemberId | None
    sent_local: str | None
    caption: str | None
    taken_local: str | None
    taken_offset: str | None
    lat: float | None
    lon: float | None
    width: int
    height: int
    orientation: int

    def to_json(self) -> dict[str, Any]:
        """The photo as JSON-ready data."""
        return asdict(self)


def photos(life: Life) -> list[Photo]:
    """Every photo that could be looked at, in the order they were taken or sent.

    Not those that a forwarded message brought, nor what senders sent whom the keeper dropped.
    """
    with life.db.read() as db:
        rows = db.execute(
            "SELECT p.*, m.blob, m.path AS file, min(u.id) AS utterance, i.holder, i.member,"
            " u.ts_local, u.text FROM photo AS p JOIN media AS m ON m.sha256 = p.sha256"
            " AND m.blob IS NOT NULL JOIN utterance AS u ON u.id = m.utterance"
            " LEFT JOIN identity AS i ON i.id = u.identity"
            " WHERE p.state = 'seen' AND NOT u.forwarded AND coalesce(i.holder, '') <> 'drop'"
            " AND u.kind <> 'sticker' GROUP BY p.sha256"
            " UNION ALL SELECT p.*, s.blob, s.name, NULL, NULL, NULL, NULL, NULL FROM photo AS p"
            " JOIN source AS s ON s.sha256 = p.sha256 AND s.blob IS NOT NULL"
            " WHERE p.state = 'seen' AND p.sha256 NOT IN"
            "   (SELECT sha256 FROM media WHERE sha256 IS NOT NULL)"
        ).fetchall()
    found = [
        Photo(
            sha256=row["sha256"],
            blob=BlobId(row["blob"]),
            file=str(row["file"]).rpartition("/")[2],
            utterance=row["utterance"],
            sender=row["holder"],
            member=row["member"],
            sent_local=row["ts_local"],
            caption=row["text"] or None,
            taken_local=row["taken_local"],
            taken_offset=row["taken_offset"],
            lat=row["lat"],
            lon=row["lon"],
            width=row["width"],
            height=row["height"],
            orientation=row["orientation"],
        )
        for row in rows
    ]
    return sorted(found, key=lambda one: (one.taken_local or one.sent_local or "9", one.sha256))


def look_at_photos(life: Life, progress: Callable[[float], None] | None = None) -> int:
    """Read the date and place of every photo that was not looked at yet; returns how many.

    A damaged one is noted with its reason and does not hold up the others. Raises ``DiskFull``.
    """
    with life.db.read() as db:
        waiting = db.execute(
            "SELECT m.sha256, m.blob, m.mime FROM media AS m WHERE m.blob IS NOT NULL"
            " AND m.mime LIKE 'image/%' AND m.sha256 NOT IN (SELECT sha256 FROM photo)"
            " GROUP BY m.sha256 UNION SELECT s.sha256, s.blob, NULL FROM source AS s"
            " WHERE s.format = 'originals' AND s.blob IS NOT NULL"
            " AND s.sha256 NOT IN (SELECT sha256 FROM photo)"
        ).fetchall()
    if not waiting:
        return 0
    with life.db.write() as db:
        _forget(db)
    seen = 0
    with Apart(_LIMITS) as apart:
        for start in range(0, len(waiting), _WRITTEN_AT_ONCE):
            some = waiting[start : start + _WRITTEN_AT_ONCE]
            rows = []
            for place, row in enumerate(some, start):
                rows.append(
                    _looked_at(life, apart, row["sha256"], BlobId(row["blob"]), row["mime"])
                )
                if progress is not None:
                    progress((place + 1) / len(waiting))
            with life.db.write() as db:
                db.executemany(
                    "INSERT OR REPLACE INTO photo (sha256, state, reason, width, height,"
                    " orientation, taken_local, taken_offset, lat, lon)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    rows,
                )
            seen += sum(row[1] == "seen" for row in rows)
    return seen


def _forget(db: Connection) -> None:
    """What belongs to no file any more."""
    db.execute(
        "DELETE FROM photo WHERE sha256 NOT IN (SELECT sha256 FROM media WHERE sha256 IS NOT NULL"
        " UNION SELECT sha256 FROM source)"
    )


def _looked_at(
    life: Life, apart: Apart, sha256: str, blob: BlobId, mime: str | None
) -> tuple[object, ...]:
    nothing = (None,) * 7
    try:
        with life.blobs.open(blob) as file:
            if mime is None and not (sniff(file.read(64)) or "").startswith("image/"):
                return (sha256, "other", None, *nothing)
            told = list(apart.run(JOB, file))
        return (sha256, "seen", None, *_believed(told[0] if told else None))
    except FileUnreadable as error:
        return (sha256, "failed", error.reason, *nothing)
    except LifeDamaged:
        return (sha256, "failed", "missing", *nothing)


def _believed(told: Any) -> Iterator[object]:
    """The child's findings, if they have the form they must have."""
    try:
        width, height, turned = (int(told[key]) for key in ("width", "height", "orientation"))
        stamp, offset = told["taken_local"], told["taken_offset"]
        place = [None if told[key] is None else float(told[key]) for key in ("lat", "lon")]
        if stamp is not None and not _STAMP.fullmatch(stamp):
            raise ValueError
    except (TypeError, ValueError, KeyError) as error:
        raise FileUnreadable("crashed", "The decoder gave back what is no picture.") from error
    return iter((width, height, turned, stamp, offset and str(offset)[:6], *place))

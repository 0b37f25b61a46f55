"""Where the clock hung: messages that a format counts in UTC, shown by the clock of a place.

A format that counts from an epoch (SMS, Signal, iMessage ...) does not say what the clock on the
wall showed. Until the keeper names a place those times are UTC's. Moving the clock changes what is
shown and nothing else: what makes two records the same stays as it was imported, so that a later
export of the same chat adds nothing twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, available_timezones

from ofrenda.errors import BadInput
from ofrenda.vault import Connection, Life

_KEY = "zone"
_SOURCE = "zone-of-source-"


def require_zone(name: str) -> ZoneInfo:
    """A time zone by its IANA name; BadInput where there is none of that name."""
    if name != "UTC" and name not in available_timezones():
        raise BadInput("That time zone is not known. It is written like Europe/London.")
    return ZoneInfo(name)


def zone_kept(life: Life) -> ZoneInfo | None:
    """The place that the keeper named for the whole life, if any."""
    with life.db.read() as db:
        row = db.execute("SELECT choice FROM answer WHERE key = ?", (_KEY,)).fetchone()
    return None if row is None else ZoneInfo(row["choice"])


def set_zone(life: Life, name: str, *, source: int | None = None) -> int:
    """Show by the clock of a place what is counted in UTC: in one source, or in all and in those
    to come. Returns how many messages moved. ``UTC`` takes it back."""
    zone = require_zone(name)
    with life.db.write() as db:
        if source is None:
            _keep(db, _KEY, zone.key)
            sources = [row["id"] for row in db.execute("SELECT id FROM source").fetchall()]
        else:
            sources = [source]
        return sum(move_clock(db, number, zone) for number in sources)


def move_clock(db: Connection, source: int, zone: ZoneInfo) -> int:
    """Move the messages of one source to the clock of ``zone``, if they are by UTC's or by that
    of a place named before; messages with a clock of their own stay."""
    key = f"{_SOURCE}{source}"
    row = db.execute("SELECT choice FROM answer WHERE key = ?", (key,)).fetchone()
    if row is None and not counted_in_utc(db, source):
        return 0
    before: tzinfo = ZoneInfo(row["choice"]) if row is not None else UTC
    moved = []
    for one in db.execute(
        "SELECT id, ts_local, ts_utc FROM utterance WHERE source = ? AND ts_utc IS NOT NULL",
        (source,),
    ).fetchall():
        utc = datetime.fromisoformat(one["ts_utc"])
        # What came with a later copy of the file is by UTC still.
        if one["ts_local"] not in (_clock(utc, before), _clock(utc, UTC)):
            continue
        if (now := _clock(utc, zone)) != one["ts_local"]:
            moved.append((now, one["id"]))
    db.executemany("UPDATE utterance SET ts_local = ? WHERE id = ?", moved)
    _keep(db, key, zone.key)
    return len(moved)


def counted_in_utc(db: Connection, source: int) -> bool:
    """Whether a source tells every time in UTC, so that the clock on the wall is not known. One
    message with a clock of its own shows that the format states it."""
    row = db.execute(
        "SELECT count(*) AS n, sum(ts_local = substr(ts_utc, 1, 19)) AS same FROM utterance"
        " WHERE source = ? AND ts_utc IS NOT NULL",
        (source,),
    ).fetchone()
    return bool(row["n"]) and row["n"] == row["same"]


def _clock(utc: datetime, zone: tzinfo) -> str:
    return utc.astimezone(zone).replace(tzinfo=None, microsecond=0).isoformat()


def _keep(db: Connection, key: str, choice: str) -> None:
    db.execute(
        "INSERT INTO answer (key, choice) VALUES (?, ?)"
        " ON CONFLICT (key) DO UPDATE SET choice = excluded.choice",
        (key, choice),
    )

"""What is kept but not used: dated after death, sent on and not written, written as an order.

The keeper sees all of it and has the last word on each.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass
from typing import Any

from ofrenda.errors import BadInput
from ofrenda.vault import Connection, Life

WHY = ("after_death", "released", "pasted", "own", "planted")
"""Lists of :func:`aside`: set aside for its date, let in again, sent on, taken back as own words,
and written as an order to an AI."""

_WHERE = {
    "after_death": "u.after_death",
    "released": "u.released",
    "pasted": "u.pasted AND NOT u.after_death",
    "own": "u.pasted_word = 0",
    "planted": "u.planted",
}
_WRITTEN = {
    "after_death": "NOT d.released AND d.written_on > (SELECT died FROM person)",
    "released": "d.released",
    "planted": "d.planted",
}
_MESSAGES = (
    "SELECT 'utterance' AS kind, u.id AS id, coalesce(i.name, '') AS sender, c.title AS place,"
    " u.ts_local AS at, substr(coalesce(u.text, ''), 1, ?1) AS excerpt,"
    " CASE WHEN u.pasted_word THEN 'keeper' ELSE u.pasted_why END AS why"
    " FROM utterance AS u JOIN conversation AS c ON c.id = u.conversation"
    " LEFT JOIN identity AS i ON i.id = u.identity WHERE "
)
_WRITINGS = (
    "SELECT 'document', d.id, coalesce(i.name, ''), d.title, d.written_on, substr(d.text, 1, ?1),"
    " NULL FROM document AS d LEFT JOIN identity AS i ON i.id = d.identity WHERE "
)
_EXCERPT = 400


@dataclass(frozen=True, slots=True)
class Aside:
    """A message or writing that is not used as it came. ``excerpt``: at most 400 characters.
    ``why`` says of pasted text how it was found (``copies``, ``chain``, ``article``, ``keeper``).
    """

    kind: str
    id: int
    sender: str
    where: str
    at: str | None
    excerpt: str
    why: str | None

    def to_json(self) -> dict[str, Any]:
        """The item as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class AsideCounts:
    """How many there are of each."""

    after_death: int
    released: int
    pasted: int
    own: int
    planted: int

    def to_json(self) -> dict[str, int]:
        """The counts as JSON-ready data."""
        return asdict(self)


def aside_counts(life: Life) -> AsideCounts:
    """Count every list."""
    with life.db.read() as db:
        return AsideCounts(**{why: _count(db, why) for why in WHY})


def aside(life: Life, why: str, *, limit: int = 50, offset: int = 0) -> list[Aside]:
    """One list, oldest first, ``limit`` at a time."""
    if why not in WHY:
        raise BadInput("There is no such list. The lists are: " + ", ".join(WHY) + ".")
    parts = [_MESSAGES + _WHERE[why]]
    if why in _WRITTEN:
        parts.append(_WRITINGS + _WRITTEN[why])
    statement = " UNION ALL ".join(parts) + " ORDER BY at, id LIMIT ?2 OFFSET ?3"
    with life.db.read() as db:
        rows = db.execute(statement, (_EXCERPT, limit, offset)).fetchall()
    return [
        Aside(
            row["kind"], row["id"], row["sender"], row["place"], row["at"], row["excerpt"],
            row["why"],
        )
        for row in rows
    ]  # fmt: skip


def release(life: Life, items: Collection[tuple[str, int]] | None, *, let_in: bool = True) -> int:
    """Let in what is dated after death (the clock of a phone can be wrong), or set it aside again.

    ``items`` are ``(kind, id)`` of :class:`Aside`; None means all. Returns how many changed.
    """
    with life.db.write() as db:
        changed = 0
        if items is None:
            for table, rows in (("utterance", _WHERE), ("document", _WRITTEN)):
                which = rows["after_death" if let_in else "released"]
                name = table[0]
                changed += db.execute(
                    f"UPDATE {table} SET released = ?1 WHERE id IN"  # noqa: S608 # our own words
                    f" (SELECT {name}.id FROM {table} AS {name} WHERE {which})",
                    (int(let_in),),
                ).rowcount
        else:
            for kind, number in items:
                changed += _set(db, kind, number, "released", int(let_in))
        set_aside_after_death(db)
    return changed


def say_pasted(life: Life, ids: Collection[int], pasted: bool | None) -> int:
    """The keeper's word on messages: sent on (True), the sender's own words (False), or none."""
    with life.db.write() as db:
        changed = sum(
            _set(db, "utterance", number, "pasted_word", None if pasted is None else int(pasted))
            for number in ids
        )
        settle_pasted(db)
    return changed


def settle_pasted(db: Connection) -> None:
    """What counts as pasted: the keeper's word where there is one, else what was found."""
    # By their indexes (UNION alone would sort, and read everything for it): all others are not
    # pasted, and stay so.
    db.execute(
        "UPDATE utterance SET pasted = 1 - pasted WHERE id IN"
        " (SELECT id FROM utterance WHERE pasted"
        "  UNION ALL SELECT id FROM utterance WHERE pasted_why IS NOT NULL"
        "  UNION ALL SELECT id FROM utterance WHERE pasted_word IS NOT NULL)"
        " AND pasted <> coalesce(pasted_word, pasted_why IS NOT NULL)"
    )


def set_aside_after_death(db: Connection) -> None:
    """Flag all messages that are dated after the day the person died, and only those; what the
    keeper let in stays in."""
    row = db.execute("SELECT died FROM person").fetchone()
    died = row[0] if row is not None else None
    if died is None:
        db.execute("UPDATE utterance SET after_death = 0 WHERE after_death")
        return
    db.execute(
        "UPDATE utterance SET after_death = 1 - after_death WHERE after_death <>"
        " (NOT released AND coalesce(substr(ts_local, 1, 10) > ?1, 0))",
        (died,),
    )


def _set(db: Connection, kind: str, number: int, column: str, value: int | None) -> int:
    if kind not in ("utterance", "document"):
        raise BadInput("An item is a message or a writing; take its number from the list.")
    changed = int(
        db.execute(f"UPDATE {kind} SET {column} = ? WHERE id = ?", (value, number)).rowcount  # noqa: S608 # our own words
    )
    if not changed:
        raise BadInput("There is nothing with that number. Look at the list once more.")
    return changed


def _count(db: Connection, why: str) -> int:
    asked = [f"SELECT count(*) FROM utterance AS u WHERE {_WHERE[why]}"]  # noqa: S608 # our own
    if why in _WRITTEN:
        asked.append(f"SELECT count(*) FROM document AS d WHERE {_WRITTEN[why]}")  # noqa: S608
    return sum(int(db.execute(each).fetchone()[0]) for each in asked)

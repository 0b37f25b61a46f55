"""Who is who: proposed with counts and samples, decided by the keeper, never guessed."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from ofrenda.errors import BadInput
from ofrenda.types import MemberId
from ofrenda.vault import Connection, Life

HOLDERS = ("person", "member", "other", "drop")
"""Whom a sender can be: the person, a member, somebody else, or nobody whose words are kept in
use."""

_SAMPLES = 3
_SAMPLE_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class IdentitySummary:
    """A sender, as the exports name them.

    ``count`` messages and documents, from ``first`` to ``last`` (ISO dates, local). ``samples``:
    up to three lines, spread over the time. ``holder`` is None until decided. ``likely_same``:
    other identities with the same name or number; a proposal, never applied.
    """

    id: int
    platform: str
    key: str
    name: str
    count: int
    first: str | None
    last: str | None
    samples: tuple[str, ...]
    holder: str | None
    member: MemberId | None
    after_death: int
    likely_same: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """The summary as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much a life holds."""

    sources: int
    utterances: int
    documents: int
    media: int
    after_death: int
    """Messages dated after the person's death: set aside."""
    identities: int
    undecided: int

    def to_json(self) -> dict[str, int]:
        """The counts as JSON-ready data."""
        return asdict(self)


def extent(life: Life) -> Extent:
    """Count what a life holds."""
    with life.db.read() as db:
        row = db.execute(
            "SELECT (SELECT count(*) FROM source), (SELECT count(*) FROM utterance),"
            " (SELECT count(*) FROM document), (SELECT count(*) FROM media),"
            " (SELECT count(*) FROM utterance WHERE after_death),"
            " (SELECT count(*) FROM identity),"
            " (SELECT count(*) FROM identity WHERE holder IS NULL)"
        ).fetchone()
    return Extent(*row)


def identities(life: Life) -> list[IdentitySummary]:
    """Every sender and author, those who wrote most first."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT i.id, i.platform, i.key, i.name, i.holder, i.member,"
            " coalesce(u.n, 0) + coalesce(d.n, 0) AS n, coalesce(u.dead, 0) AS dead,"
            " coalesce(u.first, d.first) AS first, coalesce(u.last, d.last) AS last"
            " FROM identity AS i"
            " LEFT JOIN (SELECT identity, count(*) AS n, sum(after_death) AS dead,"
            "   substr(min(ts_local), 1, 10) AS first, substr(max(ts_local), 1, 10) AS last"
            "   FROM utterance WHERE identity IS NOT NULL GROUP BY identity) AS u"
            "   ON u.identity = i.id"
            " LEFT JOIN (SELECT identity, count(*) AS n, min(written_on) AS first,"
            "   max(written_on) AS last FROM document GROUP BY identity) AS d"
            "   ON d.identity = i.id"
            " ORDER BY n DESC, i.id"
        ).fetchall()
        samples = {row["id"]: _samples(db, row["id"], row["n"]) for row in rows}
    alike = _alike({row["id"]: row["name"] for row in rows})
    return [
        IdentitySummary(
            id=row["id"],
            platform=row["platform"],
            key=row["key"],
            name=row["name"],
            count=row["n"],
            first=row["first"],
            last=row["last"],
            samples=samples[row["id"]],
            holder=row["holder"],
            member=row["member"],
            after_death=row["dead"],
            likely_same=alike[row["id"]],
        )
        for row in rows
    ]


def decide(
    life: Life, identity_id: int, holder: str | None, member: MemberId | None = None
) -> None:
    """Say who a sender is: ``person``, ``member`` (with the member), ``other`` or ``drop``.

    None takes a decision back. Raises ``BadInput`` for an unknown sender or word, ``NotInvited``
    for an unknown member.
    """
    if holder is not None and holder not in HOLDERS:
        raise BadInput("A sender is one of: person, member, other, drop. Choose one of these.")
    if (holder == "member") != (member is not None):
        raise BadInput("Say which member this sender is, or choose person, other or drop.")
    if member is not None:
        life.member(member)
    with life.db.write() as db:
        changed = db.execute(
            "UPDATE identity SET holder = ?, member = ? WHERE id = ?",
            (holder, member, identity_id),
        ).rowcount
        if changed != 1:
            raise BadInput(
                "There is no sender with that number. See them all with: ofrenda identities"
            )
        set_aside_after_death(db)


def set_aside_after_death(db: Connection) -> None:
    """Flag all messages that are dated after the day the person died, and only those."""
    row = db.execute("SELECT died FROM person").fetchone()
    died = row[0] if row is not None else None
    db.execute(
        "UPDATE utterance SET after_death = 1 - after_death"
        " WHERE after_death <> (?1 IS NOT NULL AND coalesce(substr(ts_local, 1, 10) > ?1, 0))",
        (died,),
    )


def _samples(db: Connection, identity: int, count: int) -> tuple[str, ...]:
    """Lines from the beginning, the middle and the end of what a sender wrote."""
    found: list[str] = []
    for place in sorted({0, count // 2, max(0, count - 1)})[:_SAMPLES]:
        row = db.execute(
            "SELECT text FROM (SELECT id, text FROM utterance WHERE identity = ?1"
            " AND kind = 'text' AND text <> '' ORDER BY id LIMIT -1 OFFSET ?2) LIMIT 1",
            (identity, place * 9 // 10),
        ).fetchone()
        if row is not None and (line := _line(row[0])) not in found:
            found.append(line)
    if not found:
        rows = db.execute(
            "SELECT title FROM document WHERE identity = ? ORDER BY id LIMIT ?",
            (identity, _SAMPLES),
        )
        found = [_line(row[0]) for row in rows]
    return tuple(found)


def _line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAMPLE_CHARACTERS else line[: _SAMPLE_CHARACTERS - 1] + "…"


def _alike(names: Mapping[int, str]) -> dict[int, tuple[int, ...]]:
    groups: dict[str, list[int]] = {}
    for number, name in names.items():
        groups.setdefault(_normal(name), []).append(number)
    return {
        number: tuple(other for other in groups[_normal(name)] if other != number)
        for number, name in names.items()
    }


def _normal(name: str) -> str:
    """A phone number by its last nine digits (country codes vary), a name by its letters."""
    digits = re.sub(r"\D", "", name)
    if len(digits) >= 9 and not any(c.isalpha() for c in name):
        return digits[-9:]
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum()) or name

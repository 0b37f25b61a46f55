"""Who is who: proposed with counts and samples, decided by the keeper, never guessed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from ofrenda.archive.address_book import proposed_names
from ofrenda.archive.examining import found_kin, settle
from ofrenda.archive.importers.writing import UNSIGNED
from ofrenda.archive.kin import Kin, alike, joined, same_name
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
    other identities that look like the same person (:func:`proposed_kin` says why), and
    ``looks_like``: the person (``person``) or the member (``member:ID``) of the same name. Both
    are proposals, never applied. ``unsigned``: writing that names no author, one sender a file.
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
    looks_like: str | None = None
    unsigned: bool = False
    called: tuple[str, ...] = ()
    """Names that contact cards give to its number or address."""

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
    same = alike(found_kin(life))
    called = proposed_names(life)
    known = [("person", life.person().name)]
    for person in life.members():
        known += [(f"member:{person.id}", name) for name in (person.name, person.called) if name]
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
            likely_same=same.get(row["id"], ()),
            looks_like=next((who for who, name in known if same_name(name, row["name"])), None),
            called=called.get(row["id"], ()),
            unsigned=row["key"].startswith(f"{UNSIGNED}:") or row["key"] == UNSIGNED,
        )
        for row in rows
    ]


def proposed_kin(life: Life) -> list[Kin]:
    """Which senders look like one person, and because of what; nothing is joined by it."""
    return joined(found_kin(life))


@dataclass(frozen=True, slots=True)
class Decision:
    """Who a sender is: ``person``, ``member`` (with the member), ``other`` or ``drop``; ``holder``
    None takes a decision back."""

    identity: int
    holder: str | None
    member: MemberId | None = None


def decide(
    life: Life, identity_id: int, holder: str | None, member: MemberId | None = None
) -> None:
    """Say who one sender is; see :func:`decide_all`."""
    decide_all(life, [Decision(identity_id, holder, member)])


def decide_all(life: Life, decisions: Iterable[Decision]) -> None:
    """Say who senders are, all or none of them; what is set aside follows.

    Raises ``BadInput`` for an unknown sender or word, ``NotInvited`` for an unknown member.
    """
    decisions = list(decisions)
    for one in decisions:
        if one.holder is not None and one.holder not in HOLDERS:
            raise BadInput("A sender is one of: person, member, other, drop. Choose one of these.")
        if (one.holder == "member") != (one.member is not None):
            raise BadInput("Say which member this sender is, or choose person, other or drop.")
        if one.member is not None:
            life.member(one.member)
    with life.db.write() as db:
        for one in decisions:
            changed = db.execute(
                "UPDATE identity SET holder = ?, member = ? WHERE id = ?",
                (one.holder, one.member, one.identity),
            ).rowcount
            if changed != 1:
                raise BadInput(
                    "There is no sender with that number. See them all with: ofrenda identities"
                )
    settle(life)


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

"""Who a life is about, who may call it, and by what right it was built: rows behind ``Life``."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime

from ofrenda.errors import BadInput, ConsentMissing, LifeDamaged, NotInvited
from ofrenda.types import BlobId, Consent, Member, MemberId, Person, Role
from ofrenda.vault.connection import Connection, Row, damaged

_CONSENTED = {"text": "chats and writings", "voice": "the voice"}


def write_person(db: Connection, person: Person) -> None:
    """Set whom the life remembers."""
    db.execute(
        "INSERT INTO person (only, name, languages, born, died, timezone, photo_blob)"
        " VALUES (1, ?, ?, ?, ?, ?, ?) ON CONFLICT (only) DO UPDATE SET name = excluded.name,"
        " languages = excluded.languages, born = excluded.born, died = excluded.died,"
        " timezone = excluded.timezone, photo_blob = excluded.photo_blob",
        (
            person.name,
            json.dumps(person.languages),
            person.born.isoformat() if person.born else None,
            person.died.isoformat() if person.died else None,
            person.timezone,
            person.photo,
        ),
    )


def read_person(db: Connection) -> Person:
    """Whom the life remembers; every life has one."""
    row = db.execute("SELECT * FROM person").fetchone()
    if row is None:
        raise damaged()
    return Person(
        name=row["name"],
        languages=tuple(json.loads(row["languages"])),
        born=date.fromisoformat(row["born"]) if row["born"] else None,
        died=date.fromisoformat(row["died"]) if row["died"] else None,
        timezone=row["timezone"],
        photo=BlobId(row["photo_blob"]) if row["photo_blob"] else None,
    )


def write_consent(db: Connection, consent: Consent) -> int:
    """Append a consent; returns its row id."""
    cursor = db.execute(
        "INSERT INTO consent (at_utc, given_by, relation, ground, scope, statement)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            utc(consent.at),
            consent.given_by,
            consent.relation,
            consent.ground,
            json.dumps(consent.scope),
            consent.statement,
        ),
    )
    return int(cursor.lastrowid)


def read_consents(db: Connection) -> list[tuple[int, Consent]]:
    """Every consent with its row id, oldest first."""
    return [
        (
            row["id"],
            Consent(
                at=datetime.fromisoformat(row["at_utc"]),
                given_by=row["given_by"],
                relation=row["relation"],
                ground=row["ground"],
                scope=tuple(json.loads(row["scope"])),
                statement=row["statement"],
            ),
        )
        for row in db.execute("SELECT * FROM consent ORDER BY id")
    ]


def require_consent(db: Connection, scope: str) -> int:
    """The row id of the latest consent that covers ``scope``; ``ConsentMissing`` without one."""
    covering = [number for number, consent in read_consents(db) if scope in consent.scope]
    if not covering:
        raise ConsentMissing(
            f"No consent is recorded for {_CONSENTED.get(scope, 'this')} in this life. The keeper "
            f"gives it when a life is begun: ofrenda new, with --scope text,voice."
        )
    return covering[-1]


def write_member(db: Connection, member: Member, at: datetime) -> None:
    """Put somebody on the list; ``BadInput`` where that id is on it already."""
    cursor = db.execute(
        "INSERT INTO member (id, name, relation, role, called, created_utc)"
        " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
        (member.id, member.name, member.relation, str(member.role), member.called, utc(at)),
    )
    if cursor.rowcount == 0:
        raise BadInput("This member is on the list already.")


def read_members(db: Connection) -> list[Member]:
    """Everybody on the list, in the order they were added."""
    return [_member(row) for row in db.execute("SELECT * FROM member ORDER BY rowid")]


def read_member(db: Connection, member: MemberId) -> Member:
    """One member by id; ``NotInvited`` where there is none."""
    row = db.execute("SELECT * FROM member WHERE id = ?", (member,)).fetchone()
    if row is None:
        raise _not_invited()
    return _member(row)


def find_member(db: Connection, words: str) -> Member:
    """The one member of that name, of the name the person used for them, or of that relation.

    Tried in this order, capital letters aside. ``NotInvited`` where nobody or several fit.
    """
    wanted = words.strip().casefold()
    members = read_members(db)
    for field in ("name", "called", "relation"):
        found = [one for one in members if (getattr(one, field) or "").casefold() == wanted]
        if wanted and len(found) == 1:
            return found[0]
        if wanted and found:
            raise NotInvited(
                "More than one member on the list fits that. Give the member's full name."
            )
    raise _not_invited()


def utc(moment: datetime) -> str:
    """A time as the ``_utc`` columns hold it. A time without zone is a ``ValueError``."""
    if moment.tzinfo is None:
        raise ValueError("a time to be stored needs its zone")
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _member(row: Row) -> Member:
    try:
        role = Role(row["role"])
    except ValueError as error:
        raise LifeDamaged(
            "The list of members holds something unknown. Update Ofrenda and open the life again."
        ) from error
    return Member(
        id=MemberId(row["id"]),
        name=row["name"],
        relation=row["relation"],
        role=role,
        called=row["called"],
    )


def _not_invited() -> NotInvited:
    return NotInvited("Nobody of that name is on the list. The keeper can add them.")

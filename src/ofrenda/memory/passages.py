"""Passages as the rooms above see them: verbatim, with the places in the archive they come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ofrenda.memory.audience import heard_by, listening
from ofrenda.types import Member, SourceRef
from ofrenda.vault import Life

EXCERPT = 300
"""Characters of a source that are shown beside a sentence (the limit of SourceRef)."""


@dataclass(frozen=True, slots=True)
class Part:
    """One verbatim piece of a passage: a message, or the span of a document."""

    text: str
    source: SourceRef


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing the person answered, said or wrote, or was told.

    ``cue``: what was said just before, only when this listener said it (the other side of a chat
    is quoted to nobody else). ``parts``: the pieces of ``text`` with their sources, in order.
    ``to_another``: it was said or written to one member, and not to this listener.
    """

    id: int
    kind: str
    text: str
    cue: str | None
    said_by: str
    to_member: str | None
    is_group: bool
    language: str
    said_local: datetime | None
    parts: tuple[Part, ...]
    to_another: bool = False

    @property
    def own(self) -> bool:
        """Whether these are the person's own words."""
        return self.said_by == "person"


def fetch(life: Life, listener: Member, ids: Sequence[int]) -> dict[int, Passage]:
    """The passages of ``ids`` that this listener may hear, by id."""
    with life.db.read() as connection:
        rows = connection.execute(
            heard_by(
                "SELECT p.* FROM passage AS p"
                " WHERE p.id IN (SELECT value FROM json_each(:ids)) AND AUDIBLE(p)"
            ),
            {**listening(listener), "ids": json.dumps(list(ids))},
        ).fetchall()
        return {one.id: one for one in _built(connection, rows, listener)}


def own_passages(
    life: Life,
    listener: Member,
    *,
    kinds: Sequence[str] = ("reply", "statement"),
    limit: int = 4000,
) -> list[Passage]:
    """What the person said in chats (or the ``kinds`` given: ``writing`` too) that this listener
    may hear, newest first."""
    with life.db.read() as connection:
        rows = connection.execute(
            heard_by(
                "SELECT p.* FROM passage AS p WHERE p.said_by = 'person'"
                " AND p.kind IN (SELECT value FROM json_each(:kinds)) AND AUDIBLE(p)"
                " ORDER BY p.said_local DESC, p.id DESC LIMIT :limit"
            ),
            {**listening(listener), "limit": limit, "kinds": json.dumps(list(kinds))},
        ).fetchall()
        return list(_built(connection, rows, listener))


def own_words_heard(life: Life, listener: Member, text: str) -> bool:
    """Whether the person wrote ``text``, word for word, in something that this listener may hear
    just now."""
    with life.db.read() as connection:
        row = connection.execute(
            heard_by(
                "SELECT 1 FROM passage AS p WHERE p.said_by = 'person'"
                " AND instr(p.text, :text) > 0 AND AUDIBLE(p) LIMIT 1"
            ),
            {**listening(listener), "text": text},
        ).fetchone()
    return row is not None


def _built(connection: Any, rows: Sequence[Any], listener: Member) -> Iterable[Passage]:
    # The text of a passage of one message is that message; only the others need their pieces read.
    several = [one for row in rows if len(one := json.loads(row["utterances"])) > 1]
    wanted = sorted({number for one in several for number in one})
    messages = {
        int(row["id"]): str(row["text"])
        for row in connection.execute(
            "SELECT id, text FROM utterance WHERE id IN (SELECT value FROM json_each(?))",
            (json.dumps(wanted),),
        )
    }
    return [_passage(row, messages, listener) for row in rows]


def _passage(row: Any, messages: dict[int, str], listener: Member) -> Passage:
    said_local, said_at = _moment(row["said_local"])
    numbers = json.loads(row["utterances"])
    if row["document"] is not None:
        parts: tuple[Part, ...] = (
            _part("document", int(row["document"]), said_at, str(row["text"])),
        )
    elif len(numbers) == 1:
        parts = (_part("utterance", numbers[0], said_at, str(row["text"])),)
    else:
        parts = tuple(
            _part("utterance", number, said_at, messages[number])
            for number in numbers
            if number in messages
        )
    return Passage(
        id=int(row["id"]),
        kind=str(row["kind"]),
        text=str(row["text"]),
        cue=row["cue"] if row["to_member"] == str(listener.id) else None,
        said_by=str(row["said_by"]),
        to_member=row["to_member"],
        is_group=bool(row["is_group"]),
        language=str(row["language"]),
        said_local=said_local,
        parts=parts,
        to_another=row["to_member"] not in (None, str(listener.id)),
    )


def _part(kind: str, number: int, said_at: date | None, text: str) -> Part:
    return Part(text, SourceRef(kind, number, said_at, text[:EXCERPT]))


def _moment(stamp: str | None) -> tuple[datetime | None, date | None]:
    if stamp is None:
        return None, None
    moment = datetime.fromisoformat(stamp)
    return moment, moment.date()

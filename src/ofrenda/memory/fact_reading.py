"""What is still to be read for facts, a few passages at a time, and whether it may be.

Only what one audience may hear is read together, so that nothing of a narrower one can get into a
fact. Nothing is read before the keeper has started it, nor sent to a server that the keeper has not
agreed to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from ofrenda.memory.audience import Label, label
from ofrenda.memory.facts import stamp
from ofrenda.orders import planted
from ofrenda.vault import Connection, Life

TOGETHER: Final = (12, 3)
"""Passages given to a model together at the first try, and at the second."""
CHARACTERS: Final = 1_800
"""Of all of them: at most about 1,800 tokens of Chinese, so that instructions and answer fit beside
them in the 4,096 of the engine on this machine."""
TRIES: Final = len(TOGETHER)
_NEAR: Final = 400
"""Passages after the first among which the others are looked for."""

_WAITING: Final = (
    "SELECT p.* FROM passage AS p LEFT JOIN fact_read AS r ON r.passage = p.id"
    " WHERE p.visibility <> 'never_speak' AND p.id > :after"
    " AND coalesce(r.tries, 0) = :tries AND NOT coalesce(r.done, 0)"
)


class Line(NamedTuple):
    """One message, or one piece of a document, as a model is given it under ``number``."""

    number: int
    kind: Literal["utterance", "document"]
    id: int
    passage: int
    said_by: str
    said_local: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """``lines`` to be read together; empty where nothing in ``passages`` is worth asking about.
    ``left_out``: lines that give orders to a machine."""

    passages: tuple[int, ...]
    tries: int
    audience: Label
    lines: tuple[Line, ...]
    left_out: int


def next_batch(life: Life, after: int, tries: int) -> Batch | None:
    """The next passages past number ``after`` that were tried so often; None without any."""
    with life.db.read() as db:
        bound = {"after": after, "tries": tries}
        first = db.execute(f"{_WAITING} ORDER BY p.id LIMIT 1", bound).fetchone()
        if first is None:
            return None
        rows = db.execute(
            f"{_WAITING} AND p.id < :first + :near AND p.visibility = :visibility"
            " AND p.visible_to IS :visible_to AND +p.conversation IS :conversation"
            " AND +p.document IS :document ORDER BY p.id LIMIT :many",
            {
                **bound,
                "first": first["id"],
                "near": _NEAR,
                "visibility": first["visibility"],
                "visible_to": first["visible_to"],
                "conversation": first["conversation"],
                "document": first["document"],
                "many": TOGETHER[tries],
            },
        ).fetchall()
        taken = _fitting(rows)
        # Others' words alone are answered with by nobody.
        own = any(row["said_by"] == "person" for row in taken)
        lines, left_out = _lines(db, taken) if own else ((), 0)
    return Batch(
        passages=tuple(int(row["id"]) for row in taken),
        tries=tries,
        audience=label(first["visibility"], first["visible_to"]),
        lines=lines,
        left_out=left_out,
    )


def _fitting(rows: list[Any]) -> list[Any]:
    taken: list[Any] = []
    length = 0
    for row in rows:
        length += len(row["text"])
        if taken and length > CHARACTERS:
            break
        taken.append(row)
    return taken


def _lines(db: Connection, rows: list[Any]) -> tuple[tuple[Line, ...], int]:
    lines: list[Line] = []
    left_out = 0
    for row in sorted(rows, key=lambda row: (row["said_local"] or "", row["id"])):
        for kind, number, at, text in _parts(db, row):
            if planted(text):
                left_out += 1
                continue
            lines.append(
                Line(len(lines) + 1, kind, number, int(row["id"]), str(row["said_by"]), at, text)
            )
    return tuple(lines), left_out


def _parts(
    db: Connection, row: Any
) -> list[tuple[Literal["utterance", "document"], int, str | None, str]]:
    if row["document"] is not None:
        return [("document", int(row["document"]), row["said_local"], str(row["text"]))]
    held = {
        int(one["id"]): one
        for one in db.execute(
            "SELECT id, ts_local, text FROM utterance"
            " WHERE id IN (SELECT value FROM json_each(?)) AND text IS NOT NULL",
            (row["utterances"],),
        )
    }
    return [
        ("utterance", number, held[number]["ts_local"], str(held[number]["text"]))
        for number in json.loads(row["utterances"])
        if number in held
    ]


def mark_read(life: Life, batch: Batch, *, done: bool) -> None:
    """Note that ``batch`` was read, or was tried in vain."""
    with life.db.write() as db:
        db.executemany(
            "INSERT OR REPLACE INTO fact_read SELECT id, ?, ? FROM passage WHERE id = ?",
            [(batch.tries + 1, int(done), number) for number in batch.passages],
        )


def count(life: Life, counted: Mapping[str, int]) -> None:
    """Add to the counts that the keeper sees."""
    with life.db.write() as db:
        db.executemany(
            "INSERT INTO fact_count VALUES (?1, ?2)"
            " ON CONFLICT (what) DO UPDATE SET many = many + ?2",
            [(what, many) for what, many in counted.items() if many],
        )


@dataclass(frozen=True, slots=True)
class Reading:
    """How far it is, in passages. ``host``: where they are sent, None where they stay here;
    ``counts``: what became of what models answered."""

    started: bool
    host: str | None
    waiting: int
    read: int
    given_up: int
    counts: Mapping[str, int]


def reading(life: Life) -> Reading:
    """How far the reading is."""
    with life.db.read() as db:
        row = db.execute("SELECT host FROM fact_reading").fetchone()
        total, read, given_up = db.execute(
            "SELECT count(*), count(CASE WHEN r.done THEN 1 END),"
            " count(CASE WHEN NOT r.done AND r.tries >= ? THEN 1 END)"
            " FROM passage AS p LEFT JOIN fact_read AS r ON r.passage = p.id"
            " WHERE p.visibility <> 'never_speak'",
            (TRIES,),
        ).fetchone()
        counts = dict(db.execute("SELECT what, many FROM fact_count ORDER BY what").fetchall())
    return Reading(
        started=row is not None,
        host=None if row is None else row["host"],
        waiting=int(total) - int(read) - int(given_up),
        read=int(read),
        given_up=int(given_up),
        counts={str(what): int(many) for what, many in counts.items()},
    )


def may_read(life: Life, host: str | None) -> bool:
    """Whether the keeper has started it, for words that are sent to ``host`` (None: nowhere)."""
    with life.db.read() as db:
        row = db.execute("SELECT host FROM fact_reading").fetchone()
    return row is not None and (host is None or row["host"] == host)


def start_reading(life: Life, host: str | None, statement: str | None, at: datetime) -> None:
    """Let facts be noted from now on; what was given up is tried again. ``statement``: what the
    keeper agreed to where words are sent to ``host``."""
    if host is not None and not statement:
        raise ValueError("words are sent nowhere without the keeper's agreement")
    with life.db.write() as db:
        db.execute(
            "INSERT OR REPLACE INTO fact_reading VALUES (1, ?, ?, ?)", (host, statement, stamp(at))
        )
        db.execute("DELETE FROM fact_read WHERE NOT done")


def stop_reading(life: Life) -> None:
    """Let nothing more be read; what was noted stays, and the agreement is forgotten."""
    with life.db.write() as db:
        db.execute("DELETE FROM fact_reading")

"""Facts: short sentences that a capable model noted, each resting on quoted words of the archive.

A fact is a further way to its sources (:mod:`ofrenda.memory.fact_recall`) and is never quoted
itself. Who may hear it is stored nowhere: whoever may hear every passage that it rests on, asked in
each query. It is replaced or withdrawn, never deleted; only where a source goes or gets other
words, its facts go with it (triggers of migration 12).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from ofrenda.errors import BadInput
from ofrenda.memory.audience import Label, heard_by, label, listening, strictest
from ofrenda.memory.when import Window
from ofrenda.memory.words import search_text
from ofrenda.types import Member, SourceRef
from ofrenda.vault import Connection, Life

LONGEST: Final = 200
"""Characters of a fact: one sentence."""

_HEARD: Final = """(
    EXISTS (SELECT 1 FROM fact_source AS s WHERE s.fact = f.id)
    AND NOT EXISTS (
        SELECT 1 FROM fact_source AS s LEFT JOIN passage AS p ON p.id = s.passage
        WHERE s.fact = f.id
          AND (p.id IS NULL OR p.said_by <> s.said_by OR AUDIBLE(p) IS NOT 1))
)"""


def facts_heard_by(sql: str) -> str:
    """``sql`` on ``fact AS f`` (or ``AS n``) with ``HEARD(f)`` and ``HEARD(n)`` replaced by the
    rule: this listener may hear every source. Bind :func:`ofrenda.memory.audience.listening`."""
    newer = _HEARD.replace("f.id", "n.id")
    return heard_by(sql.replace("HEARD(f)", _HEARD).replace("HEARD(n)", newer))


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as one listener may see it. ``valid_until``: the day from which another one stands in
    its place (``replaced_by``); ``corrected``: because it was wrong. ``audience``: the narrowest
    of its sources. ``sources`` hold the quoted words."""

    id: int
    text: str
    said_by: str
    said_at: date | None
    about: Window | None
    valid_from: date | None
    valid_until: date | None
    replaced_by: int | None
    corrected: bool
    withdrawn: bool
    made_by: str
    audience: Label
    sources: tuple[SourceRef, ...]

    @property
    def stands(self) -> bool:
        """Whether it holds now, as far as is known."""
        return self.replaced_by is None and not self.withdrawn


def facts_for(life: Life, listener: Member, *, everything: bool = False) -> list[Fact]:
    """The facts that ``listener`` may hear, oldest first; with ``everything`` also those that were
    replaced or withdrawn."""
    with life.db.read() as db:
        rows = db.execute(
            facts_heard_by(
                "SELECT f.*, n.id AS newer, n.how AS newer_how, n.valid_from AS newer_from"
                " FROM fact AS f LEFT JOIN fact AS n ON n.id = ("
                "  SELECT n.id FROM fact AS n WHERE n.replaces = f.id AND HEARD(n)"
                "  AND (n.how = 'corrected' OR n.withdrawn_utc IS NULL)"
                "  ORDER BY n.how = 'corrected' DESC, n.valid_from, n.id LIMIT 1)"
                " WHERE HEARD(f) ORDER BY f.valid_from, f.id"
            ),
            listening(listener),
        ).fetchall()
        sources, labels = _sources_of(db, [int(row["id"]) for row in rows])
    found = [_fact(row, sources[row["id"]], labels[row["id"]]) for row in rows]
    return [one for one in found if everything or one.stands]


def correct_fact(life: Life, listener: Member, number: int, text: str, at: datetime) -> int:
    """Put ``text`` in the place of a fact that ``listener`` may hear; gives the new number. The old
    one is kept as replaced. Raises BadInput where there is none, or nothing to put there."""
    plain = " ".join(text.split())
    if not plain or len(plain) > LONGEST:
        raise BadInput(f"Say it in one sentence of at most {LONGEST} characters with --text.")
    with life.db.write() as db:
        old = _standing(db, listener, number)
        new = db.execute(
            "INSERT INTO fact (text, words, language, said_by, said_local, about_first, about_last,"
            " valid_from, replaces, how, made_utc, made_by)"
            " SELECT ?, ?, language, said_by, said_local, about_first, about_last, valid_from, id,"
            " 'corrected', ?, 'keeper' FROM fact WHERE id = ?",
            (plain, search_text(plain), stamp(at), old),
        ).lastrowid
        db.execute(
            "INSERT INTO fact_source SELECT ?, ordinal, utterance, document, passage, said_by,"
            " said_local, quote FROM fact_source WHERE fact = ?",
            (new, old),
        )
        # What came after the old one comes after the new one.
        db.execute("UPDATE fact SET replaces = ? WHERE replaces = ? AND how = 'newer'", (new, old))
    return int(new)


def withdraw_fact(life: Life, listener: Member, number: int, at: datetime) -> None:
    """Take back a fact that ``listener`` may hear: it leads nowhere from now on, and is not noted
    again from the same words. Raises BadInput where there is none."""
    with life.db.write() as db:
        one: int | None = _standing(db, listener, number)
        while one is not None:
            db.execute("UPDATE fact SET withdrawn_utc = ? WHERE id = ?", (stamp(at), one))
            row = db.execute(
                "SELECT replaces FROM fact WHERE id = ? AND how = 'corrected'", (one,)
            ).fetchone()
            one = None if row is None or row[0] is None else int(row[0])


def _standing(db: Connection, listener: Member, number: int) -> int:
    row = db.execute(
        facts_heard_by(
            "SELECT f.id FROM fact AS f WHERE f.id = :number AND f.withdrawn_utc IS NULL"
            " AND NOT EXISTS (SELECT 1 FROM fact AS c WHERE c.replaces = f.id"
            "  AND c.how = 'corrected') AND HEARD(f)"
        ),
        {**listening(listener), "number": number},
    ).fetchone()
    if row is None:
        raise BadInput("There is no fact of that number. See them with: ofrenda facts show LIFE")
    return int(row["id"])


def _sources_of(
    db: Connection, facts: Sequence[int]
) -> tuple[dict[int, list[SourceRef]], dict[int, list[Label]]]:
    sources: dict[int, list[SourceRef]] = defaultdict(list)
    labels: dict[int, list[Label]] = defaultdict(list)
    for row in db.execute(
        "SELECT s.*, p.visibility, p.visible_to FROM fact_source AS s"
        " JOIN passage AS p ON p.id = s.passage"
        " WHERE s.fact IN (SELECT value FROM json_each(?)) ORDER BY s.fact, s.ordinal",
        (json.dumps(list(facts)),),
    ):
        kind = "utterance" if row["utterance"] is not None else "document"
        sources[row["fact"]].append(
            SourceRef(kind, int(row[kind]), _day(row["said_local"]), str(row["quote"]))
        )
        labels[row["fact"]].append(label(row["visibility"], row["visible_to"]))
    return sources, labels


def _fact(row: Any, sources: Sequence[SourceRef], labels: Sequence[Label]) -> Fact:
    first, last = _day(row["about_first"]), _day(row["about_last"])
    return Fact(
        id=int(row["id"]),
        text=str(row["text"]),
        said_by=str(row["said_by"]),
        said_at=_day(row["said_local"]),
        about=None if first is None or last is None else Window(first, last),
        valid_from=_day(row["valid_from"]),
        valid_until=_day(row["newer_from"]) if row["newer_how"] == "newer" else None,
        replaced_by=row["newer"],
        corrected=row["newer_how"] == "corrected",
        withdrawn=row["withdrawn_utc"] is not None,
        made_by=str(row["made_by"]),
        audience=strictest(labels),
        sources=tuple(sources),
    )


def _day(stamp: str | None) -> date | None:
    return None if stamp is None else datetime.fromisoformat(stamp).date()


def stamp(moment: datetime) -> str:
    """A moment as the database holds it."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

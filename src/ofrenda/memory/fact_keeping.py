"""Keeping what a model noted: only where its words stand, once, and in the order of time."""

from __future__ import annotations

import enum
import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

from ofrenda.memory.audience import Label
from ofrenda.memory.facts import stamp
from ofrenda.memory.when import window_of
from ofrenda.memory.words import content_words, search_text
from ofrenda.vault import Connection, Life


class Source(NamedTuple):
    """Quoted words that a fact rests on: the message or document ``id``, heard in ``passage``."""

    kind: Literal["utterance", "document"]
    id: int
    passage: int
    said_by: str
    said_local: str | None
    quote: str


@dataclass(frozen=True, slots=True)
class NewFact:
    """A fact as it was noted and checked. ``instead_of``: the fact that tells the same matter as
    it was at another time. ``made_by``: the model."""

    text: str
    language: str
    said_by: str
    sources: tuple[Source, ...]
    made_by: str
    instead_of: int | None = None


class Outcome(enum.StrEnum):
    """What became of a new fact: ``kept``; ``known`` already, or set right by a keeper; ``gone``:
    its words changed while the model was reading."""

    KEPT = "kept"
    KNOWN = "known"
    GONE = "gone"


class Times(NamedTuple):
    """When a fact was said, what days it speaks of, and from when it holds; as stored."""

    said_local: str | None
    about_first: str | None
    about_last: str | None
    valid_from: str | None


def times_of(said: Sequence[tuple[str | None, str]], born: date | None) -> Times:
    """Read off the sources (when, quoted words), never asked of a model."""
    stamps = [stamp for stamp, _ in said if stamp is not None]
    if not stamps:
        return Times(None, None, None, None)
    last = max(stamps)
    day = datetime.fromisoformat(last).date()
    about = window_of(" ".join(quote for _, quote in said), day, born)
    if about is None or about.first > day:
        return Times(last, None, None, day.isoformat())
    return Times(last, about.first.isoformat(), about.last.isoformat(), about.first.isoformat())


def keep_fact(life: Life, fact: NewFact, at: datetime) -> Outcome:
    """Store ``fact``, if its quoted words still stand where it says."""
    with life.db.write() as db:
        if not fact.sources or not all(_stands(db, one) for one in fact.sources):
            return Outcome.GONE
        if _known(db, fact):
            return Outcome.KNOWN
        times = times_of([(s.said_local, s.quote) for s in fact.sources], life.person().born)
        number = _insert(db, fact, times, at)
        if fact.instead_of is not None:
            _order(db, number, fact.instead_of)
    return Outcome.KEPT


def related_facts(db: Connection, audience: Label, terms: frozenset[str], most: int) -> list[Any]:
    """Facts (``id``, ``text``, ``valid_from``) that share the most of ``terms`` among those whose
    every source has exactly this audience: what a model may be shown beside such passages."""
    rows = db.execute(
        "SELECT f.id, f.text, f.valid_from FROM fact AS f"
        " WHERE f.withdrawn_utc IS NULL AND f.valid_from IS NOT NULL"
        " AND NOT EXISTS (SELECT 1 FROM fact AS n WHERE n.replaces = f.id)"
        " AND NOT EXISTS (SELECT 1 FROM fact_source AS s LEFT JOIN passage AS p ON p.id = s.passage"
        "  WHERE s.fact = f.id AND (p.id IS NULL OR p.visibility <> ? OR p.visible_to IS NOT ?))",
        audience.stored(),
    ).fetchall()
    shared = [(len(terms & content_words(str(row["text"])).keys()), row) for row in rows]
    best = sorted((one for one in shared if one[0]), key=lambda one: (-one[0], -one[1]["id"]))
    return [row for _, row in best[:most]]


def _insert(db: Connection, fact: NewFact, times: Times, at: datetime) -> int:
    number = db.execute(
        "INSERT INTO fact (text, words, language, said_by, said_local, about_first, about_last,"
        " valid_from, made_utc, made_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            fact.text, search_text(fact.text), fact.language, fact.said_by, *times, stamp(at),
            fact.made_by,
        ),
    ).lastrowid  # fmt: skip
    db.executemany(
        "INSERT INTO fact_source VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                number, place, one.id if one.kind == "utterance" else None,
                one.id if one.kind == "document" else None, one.passage, one.said_by,
                one.said_local, one.quote,
            )
            for place, one in enumerate(fact.sources)
        ],
    )  # fmt: skip
    return int(number)


def _stands(db: Connection, source: Source) -> bool:
    held = db.execute(
        f"SELECT text FROM {source.kind} WHERE id = ?",  # noqa: S608 - one of two tables of ours
        (source.id,),
    ).fetchone()
    heard = db.execute(
        "SELECT 1 FROM passage WHERE id = ? AND said_by = ?", (source.passage, source.said_by)
    ).fetchone()
    return heard is not None and held is not None and source.quote in str(held["text"] or "")


def _known(db: Connection, fact: NewFact) -> bool:
    """Noted from these sources before in these words, or noted from them and set right."""
    mine = {(one.kind, one.id) for one in fact.sources}
    others: dict[int, set[tuple[str, int]]] = defaultdict(set)
    for row in db.execute(
        "SELECT fact, utterance, document FROM fact_source WHERE fact IN"
        " (SELECT fact FROM fact_source WHERE utterance IN (SELECT value FROM json_each(?1))"
        "  OR document IN (SELECT value FROM json_each(?2)))",
        tuple(
            json.dumps([one.id for one in fact.sources if one.kind == kind])
            for kind in ("utterance", "document")
        ),
    ):
        kind = "utterance" if row["utterance"] is not None else "document"
        others[int(row["fact"])].add((kind, int(row[kind])))
    for number, theirs in others.items():
        row = db.execute(
            "SELECT text, withdrawn_utc IS NOT NULL OR EXISTS"
            " (SELECT 1 FROM fact AS c WHERE c.replaces = f.id AND c.how = 'corrected') AS ended"
            " FROM fact AS f WHERE f.id = ?",
            (number,),
        ).fetchone()
        if row["text"].casefold() == fact.text.casefold() or (row["ended"] and theirs == mine):
            return True
    return False


def _order(db: Connection, new: int, other: int) -> None:
    """Of two facts that tell one matter at two times the later holds in the place of the earlier;
    nothing is said where the days are not known, or they are not of one speaker and one matter."""
    rows = {
        int(row["id"]): row
        for row in db.execute("SELECT * FROM fact WHERE id IN (?, ?)", (new, other))
    }
    if len(rows) < 2 or rows[new]["said_by"] != rows[other]["said_by"]:
        return
    days = [rows[one]["valid_from"] for one in (new, other)]
    if None in days or days[0] == days[1]:
        return
    if not content_words(rows[new]["text"]).keys() & content_words(rows[other]["text"]).keys():
        return
    later, earlier = (new, other) if days[0] > days[1] else (other, new)
    db.execute(
        "UPDATE fact SET replaces = ?, how = 'newer' WHERE id = ? AND replaces IS NULL",
        (earlier, later),
    )


def settle_facts(life: Life, kind: Literal["conversation", "document"], place: int) -> None:
    """After the passages of a conversation or document were brought up to date: facts follow their
    sources into the passages that now hold them. What no passage holds any more is heard by nobody;
    where somebody else turned out to have said it, the fact goes."""
    with life.db.read() as db:
        if db.execute("SELECT 1 FROM fact LIMIT 1").fetchone() is None:
            return
    born = life.person().born
    with life.db.write() as db:
        rows = db.execute(_SOURCES[kind], (place,)).fetchall()
        if not rows:
            return
        found = _holding(db, kind, place, {int(row["id"]) for row in rows})
        for row in rows:
            held = [one for one in found[int(row["id"])] if row["quote"] in one["text"]]
            if held and all(one["said_by"] != row["said_by"] for one in held):
                db.execute("DELETE FROM fact WHERE id = ?", (row["fact"],))
                continue
            here = next((one for one in held if one["said_by"] == row["said_by"]), None)
            db.execute(
                "UPDATE fact_source SET passage = ?1, said_local = ?2 WHERE fact = ?3"
                " AND ordinal = ?4 AND (passage, said_local) IS NOT (?1, ?2)",
                (None if here is None else here["id"], row["at"], row["fact"], row["ordinal"]),
            )
        for number in {int(row["fact"]) for row in rows}:
            said = db.execute(
                "SELECT said_local, quote FROM fact_source WHERE fact = ?", (number,)
            ).fetchall()
            times = times_of([(row[0], row[1]) for row in said], born)
            db.execute(
                "UPDATE fact SET said_local = ?1, about_first = ?2, about_last = ?3,"
                " valid_from = ?4 WHERE id = ?5 AND"
                " (said_local, about_first, about_last, valid_from) IS NOT (?1, ?2, ?3, ?4)",
                (*times, number),
            )


_SOURCES = {
    "conversation": (
        "SELECT s.fact, s.ordinal, s.quote, s.said_by, u.id, u.ts_local AS at FROM fact_source AS s"
        " JOIN utterance AS u ON u.id = s.utterance WHERE u.conversation = ?"
    ),
    "document": (
        "SELECT s.fact, s.ordinal, s.quote, s.said_by, d.id, d.written_on AS at"
        " FROM fact_source AS s JOIN document AS d ON d.id = s.document WHERE d.id = ?"
    ),
}


def _holding(db: Connection, kind: str, place: int, wanted: set[int]) -> dict[int, list[Any]]:
    """The passages that hold each of the ``wanted`` messages, or all of the document."""
    found: dict[int, list[Any]] = defaultdict(list)
    if kind == "document":
        found[place] = db.execute(
            "SELECT id, said_by, text FROM passage WHERE document = ? ORDER BY id", (place,)
        ).fetchall()
        return found
    for row in db.execute(
        "SELECT p.id, p.said_by, p.text, j.value AS message FROM passage AS p,"
        " json_each(p.utterances) AS j WHERE p.conversation = ?1"
        " AND j.value IN (SELECT value FROM json_each(?2))",
        (place, json.dumps(sorted(wanted))),
    ):
        found[int(row["message"])].append(row)
    return found

"""What is looked at once an import is over: text that was sent on, orders to an AI, time zones.

All of it is found anew from what the life holds, so that it may run at any time, any number of
times, and after every decision of the keeper.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import chain

from ofrenda.archive.address_book import Card, books, cards
from ofrenda.archive.aside import set_aside_after_death, settle_pasted
from ofrenda.archive.kin import Proposal, Sender, alike, proposals
from ofrenda.archive.pasted import LONG, People, Sent, find_pasted
from ofrenda.archive.report import ImportReport
from ofrenda.archive.zones import move_clock, zone_kept
from ofrenda.orders import all_unmistakable, unmistakable
from ofrenda.vault import Connection, Life

_SLICE = 10_000
_AT_ONCE = 2**20
"""Characters that are looked through together."""


def examine(life: Life, reports: Sequence[ImportReport]) -> list[ImportReport]:
    """Look through what the sources of ``reports`` brought; returns the reports with what the
    keeper should know of it, also in the life."""
    told: dict[str, tuple[str, ...]] = {}
    zone = zone_kept(life)
    for report in reports:
        if not report.digest or not (report.accepted or report.already_there):
            continue
        with life.db.write() as db:
            row = db.execute(
                "SELECT id, name FROM source WHERE sha256 = ?", (report.digest,)
            ).fetchone()
            if row is None:
                continue
            if zone is not None:
                move_clock(db, row["id"], zone)
            notes = tuple(_notes(_mark_planted(db, row["id"]), unmistakable(row["name"])))
        if notes:
            told[report.digest] = notes
            _keep_notes(life, report.digest, notes)
    settle(life)
    return [
        replace(report, warnings=tuple(dict.fromkeys((*report.warnings, *told[report.digest]))))
        if report.digest in told
        else report
        for report in reports
    ]


def settle(life: Life) -> None:
    """Bring what is set aside into line with what is decided: after imports and decisions."""
    with life.db.read() as db:
        people = _people(db, life)
        found = find_pasted(_long_messages(db), people)
    with life.db.write() as db:
        set_aside_after_death(db)
        before = {
            row["id"]: row["pasted_why"]
            for row in db.execute(
                "SELECT id, pasted_why FROM utterance WHERE pasted_why IS NOT NULL"
            ).fetchall()
        }
        # Only what changes is written: every touched conversation has to be remembered anew.
        changed = [
            (found.get(number), number)
            for number in before.keys() | found.keys()
            if found.get(number) != before.get(number)
        ]
        db.executemany("UPDATE utterance SET pasted_why = ? WHERE id = ?", changed)
        settle_pasted(db)


def found_kin(life: Life) -> list[Proposal]:
    """Which senders of a life may be one person."""
    with life.db.read() as db:
        return proposals(_senders(db), _cards(life))


def _senders(db: Connection) -> list[Sender]:
    rows = db.execute("SELECT id, platform, key, name FROM identity ORDER BY id").fetchall()
    return [Sender(row["id"], row["platform"], row["key"], row["name"]) for row in rows]


def _cards(life: Life) -> Iterator[Card]:
    for text in books(life):
        yield from cards(text)


def _people(db: Connection, life: Life) -> People:
    said: dict[int, str | None] = {}
    for row in db.execute("SELECT id, holder, member FROM identity").fetchall():
        holder = row["holder"]
        known = {"person": "person", "member": f"member:{row['member']}"}
        # "other" and "drop" may be anybody, twice.
        said[row["id"]] = known.get(holder)
    together: dict[int, set[int]] = defaultdict(set)
    for row in db.execute(
        "SELECT DISTINCT identity, conversation FROM utterance WHERE identity IS NOT NULL"
    ).fetchall():
        together[row["identity"]].add(row["conversation"])
    return People(said, together, alike(proposals(_senders(db), _cards(life))))


def _long_messages(db: Connection) -> Iterator[Sent]:
    last = 0
    while True:
        rows = db.execute(
            "SELECT id, identity, conversation, ts_local, text FROM utterance WHERE id > ?1"
            " AND kind = 'text' AND identity IS NOT NULL AND NOT forwarded AND NOT after_death"
            # What is ASCII throughout counts from twice the length on, as long_enough says.
            " AND length(text) >= ?2"
            " AND (length(text) >= ?3 OR length(CAST(text AS BLOB)) > length(text))"
            " ORDER BY id LIMIT ?4",
            (last, LONG // 2, LONG, _SLICE),
        ).fetchall()
        for row in rows:
            yield Sent(
                row["id"], row["identity"], row["conversation"], row["ts_local"] or "", row["text"]
            )
        if len(rows) < _SLICE:
            return
        last = rows[-1]["id"]


def _mark_planted(db: Connection, source: int) -> int:
    """Flag the writings of a source that hold orders to an AI, and the messages whose files are
    named so (by their words they were flagged when they were stored); how many there are."""
    rows = db.execute(
        "SELECT id, text || char(10) || coalesce(title, '') FROM document WHERE source = ?",
        (source,),
    )
    marked = [(number,) for number in _planted_in(map(tuple, rows))]
    db.executemany("UPDATE document SET planted = 1 WHERE id = ? AND NOT planted", marked)
    named = db.execute(
        "SELECT m.utterance, m.path FROM media AS m JOIN utterance AS u ON u.id = m.utterance"
        " WHERE u.source = ?",
        (source,),
    ).fetchall()
    by_name = [(row["utterance"],) for row in named if unmistakable(row["path"].replace("_", " "))]
    db.executemany("UPDATE utterance SET planted = 1 WHERE id = ? AND NOT planted", by_name)
    flagged = db.execute(
        "SELECT count(*) FROM utterance WHERE planted AND source = ?", (source,)
    ).fetchone()[0]
    return len(marked) + int(flagged)


def _planted_in(rows: Iterable[tuple[int, str]]) -> Iterator[int]:
    """Which of the rows hold orders, looked at some megabytes at a time."""
    ids: list[int] = []
    texts: list[str] = []
    size = 0
    for number, text in chain(rows, [(-1, "")]):
        ids.append(number)
        texts.append(text)
        size += len(text)
        if size > _AT_ONCE or number < 0:
            yield from (ids[place] for place in all_unmistakable(texts))
            ids, texts, size = [], [], 0


def _notes(count: int, named: bool) -> Iterator[str]:
    if count:
        yield (
            f"Words written as orders to an AI: {count}. They stay what they are, text, and "
            "nothing follows them. Look at them before you trust this file."
        )
    if named:
        yield (
            "The name of the file is written as an order to an AI. It is only a name here, and "
            "nothing follows it. Look at the file before you trust it."
        )


def _keep_notes(life: Life, digest: str, notes: tuple[str, ...]) -> None:
    with life.db.write() as db:
        row = db.execute("SELECT report FROM source WHERE sha256 = ?", (digest,)).fetchone()
        held = json.loads(row["report"])
        held["warnings"] = list(dict.fromkeys((*held.get("warnings", ()), *notes)))
        db.execute(
            "UPDATE source SET report = ? WHERE sha256 = ?",
            (json.dumps(held, ensure_ascii=False), digest),
        )

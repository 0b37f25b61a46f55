"""Facts as a further way in: one that fits a question lifts the passages that it rests on.

Nothing here is text, and nothing of a fact is handed out: what is found stays the verbatim source,
fetched through the rule on who may hear it. A life without facts never gets this far.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.memory.audience import listening
from ofrenda.memory.facts import facts_heard_by
from ofrenda.memory.postings import Postings, Scores
from ofrenda.memory.shelf import Mask, Shelf
from ofrenda.memory.when import Window
from ofrenda.types import Member
from ofrenda.vault import Life

_STANDING: Final = facts_heard_by(
    "SELECT f.id, f.valid_from, (SELECT min(n.valid_from) FROM fact AS n WHERE n.replaces = f.id"
    "  AND n.how = 'newer' AND n.withdrawn_utc IS NULL AND HEARD(n)) AS until"
    " FROM fact AS f WHERE f.withdrawn_utc IS NULL AND NOT EXISTS (SELECT 1 FROM fact AS c"
    "  WHERE c.replaces = f.id AND c.how = 'corrected') AND HEARD(f)"
)
"""What one listener may hear, neither wrong nor withdrawn, and how long it held: a newer fact ends
an older one only for those who may hear the newer."""


@dataclass(frozen=True, slots=True)
class _Loaded:
    """The facts of one revision. ``number`` and ``place``: pairs of a fact, in order, and a place
    on ``shelf`` that it rests on."""

    revision: int
    shelf: Shelf
    order: Mapping[int, int]
    texts: Postings
    number: NDArray[np.int64]
    place: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Standing:
    """Of the facts in order: which one listener may be led by, and from when to when each held
    (day numbers; from the beginning and without end where that is not known)."""

    heard: Mask
    held_from: NDArray[np.int64]
    until: NDArray[np.int64]

    def now(self) -> Mask:
        """Which hold still."""
        return np.asarray(self.heard & (self.until == _NEVER))

    def during(self, window: Window) -> Mask:
        """Which held at some time of ``window``."""
        first, last = window.first.toordinal(), window.last.toordinal()
        return np.asarray(self.heard & (self.held_from <= last) & (self.until > first))


_NEVER: Final = np.iinfo(np.int64).max


class FactRecall:
    """Leads from a question to passages by way of facts. Safe to share between calls."""

    def __init__(self, life: Life) -> None:
        self._life = life
        self._lock = threading.Lock()
        self._loaded: _Loaded | None = None
        self._standing: dict[tuple[str, str], tuple[_Loaded, _Standing]] = {}

    def lift(
        self, shelf: Shelf, listener: Member, terms: Mapping[str, float], window: Window | None
    ) -> Scores | None:
        """For each passage of ``shelf`` the BM25 of the best fact that rests on it; None where no
        fact fits. ``window``: the time that is asked about, for what held then and holds no more.

        How rare a word is, is counted over what ``listener`` may hear alone."""
        revision = facts_revision(self._life)
        if not revision:
            return None
        loaded = self._read(shelf, revision)
        if not loaded.order:
            return None
        standing = self._of(loaded, listener)
        held = standing.now() if window is None else standing.during(window)
        scores = loaded.texts.score(terms, held)
        if not scores.any():
            return None
        found = np.zeros(len(shelf.ids), dtype=np.float32)
        np.maximum.at(found, loaded.place, scores[loaded.number])
        return found

    def prepare(self, shelf: Shelf) -> None:
        """Read what there is for ``shelf`` now, rather than at the first question."""
        revision = facts_revision(self._life)
        if revision:
            self._read(shelf, revision)

    def _read(self, shelf: Shelf, revision: int) -> _Loaded:
        with self._lock:
            loaded = self._loaded
        if loaded is None or loaded.revision != revision or loaded.shelf is not shelf:
            loaded = _load(self._life, shelf, revision)
            with self._lock:
                self._loaded = loaded
                self._standing.clear()
        return loaded

    def _of(self, loaded: _Loaded, listener: Member) -> _Standing:
        key = (str(listener.id), str(listener.role))
        with self._lock:
            known = self._standing.get(key)
        if known is not None and known[0] is loaded:
            return known[1]
        standing = _standing(self._life, loaded, listener)
        with self._lock:
            self._standing[key] = (loaded, standing)
        return standing


def facts_revision(life: Life) -> int:
    """Counts the changes of facts; 0 where there never was one."""
    with life.db.read() as db:
        row = db.execute("SELECT revision FROM fact_state").fetchone()
    return 0 if row is None else int(row["revision"])


def _load(life: Life, shelf: Shelf, revision: int) -> _Loaded:
    with life.db.read() as db:
        facts = db.execute("SELECT id, words FROM fact ORDER BY id").fetchall()
        sources = db.execute(
            "SELECT fact, passage FROM fact_source WHERE passage IS NOT NULL"
        ).fetchall()
    order = {int(row["id"]): place for place, row in enumerate(facts)}
    pairs = [
        (order[row["fact"]], shelf.place[row["passage"]])
        for row in sources
        if row["fact"] in order and row["passage"] in shelf.place
    ]
    both = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    texts = Postings.of([str(row["words"]).split(" ") for row in facts])
    return _Loaded(revision, shelf, order, texts, both[:, 0], both[:, 1])


def _standing(life: Life, loaded: _Loaded, listener: Member) -> _Standing:
    size = len(loaded.order)
    standing = _Standing(
        np.zeros(size, dtype=np.bool_), np.zeros(size, np.int64), np.full(size, _NEVER)
    )
    with life.db.read() as db:
        for row in db.execute(_STANDING, listening(listener)):
            place = loaded.order.get(int(row["id"]))
            if place is None:
                continue
            standing.heard[place] = True
            standing.held_from[place] = _day(row["valid_from"], 0)
            standing.until[place] = _day(row["until"], _NEVER)
    return standing


def _day(stamp: Any, unknown: int) -> int:
    return unknown if stamp is None else date.fromisoformat(stamp).toordinal()

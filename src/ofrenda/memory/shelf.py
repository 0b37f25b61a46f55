"""What recall holds in memory of a life's passages: who said what, when, after what.

Passages stand in the order they were said, conversation by conversation, so that what was said
just before and after is beside each. Nothing here is text: words come as numbers, vectors as codes.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.memory.audience import heard_by, listening
from ofrenda.memory.episodes import REPLY_WITHIN
from ofrenda.memory.postings import Postings
from ofrenda.memory.vectors import Vectors, pack
from ofrenda.memory.words import search_text
from ofrenda.types import Member
from ofrenda.vault import Life

FACETS: Final = ("cue", "text")
READ_AT_ONCE: Final = 4_096
"""Rows read from the database at one time."""
UNDATED: Final = np.iinfo(np.int32).min
_NO_TALK: Final = -1

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Shelf:
    """One reading of a life's passages; arrays have one entry for each passage, in order.

    ``ids``: of the passages. ``place``: where each id stands. ``label``: which of ``labels``
    (visibility, members) it has. ``speaker``: which of ``speakers`` said it. ``day``: proleptic
    day number, :data:`UNDATED` where unknown. ``sitting``: which stretch of talk, or which
    document, it belongs to. ``has_cue``: whether it answers something.
    """

    ids: NDArray[np.int64]
    place: dict[int, int]
    label: NDArray[np.int32]
    labels: tuple[tuple[str, str | None], ...]
    speaker: NDArray[np.int32]
    speakers: tuple[str, ...]
    day: NDArray[np.int32]
    sitting: NDArray[np.int32]
    sittings: int
    has_cue: Mask
    texts: Postings
    cues: Postings
    vectors: dict[str, Vectors]
    revision: int

    def audible(self, life: Life, listener: Member) -> Mask:
        """Which passages ``listener`` may hear, decided by the one rule, in the database."""
        with life.db.read() as connection:
            heard = [
                int(row["place"])
                for row in connection.execute(
                    heard_by(
                        "WITH p (place, visibility, visible_to) AS (SELECT key,"
                        " json_extract(value, '$[0]'), json_extract(value, '$[1]')"
                        " FROM json_each(:labels))"
                        " SELECT p.place FROM p WHERE AUDIBLE(p)"
                    ),
                    {**listening(listener), "labels": json.dumps(self.labels)},
                )
            ]
        allowed = np.zeros(len(self.labels) + 1, dtype=np.bool_)
        allowed[heard] = True
        return allowed[self.label]

    def said_by(self, speaker: str) -> Mask:
        """Which passages are by ``speaker`` (``person`` or ``member:<id>``)."""
        number = self.speakers.index(speaker) if speaker in self.speakers else -2
        return np.asarray(self.speaker == number)

    def between(self, first: date, last: date) -> Mask:
        """Which passages were said from ``first`` to ``last``."""
        return np.asarray((self.day >= first.toordinal()) & (self.day <= last.toordinal()))


def revision_of(life: Life) -> int:
    """Counts the changes to passages and their labels."""
    with life.db.read() as connection:
        row = connection.execute("SELECT revision FROM memory_state").fetchone()
    return int(row["revision"]) if row is not None else 0


def read_shelf(life: Life, model: str) -> Shelf:
    """Read all passages of ``life``, with the vectors of ``model``.

    About 400 bytes of memory a facet for each passage, most of them its vector."""
    revision = revision_of(life)
    cut_words(life)
    order, columns = _columns(life)
    speakers: dict[str, int] = {}
    labels: dict[tuple[str, str | None], int] = {}
    speaker = np.asarray([speakers.setdefault(one, len(speakers)) for one in columns.said_by])
    label = np.asarray([labels.setdefault(one, len(labels)) for one in columns.label])
    ids = np.asarray(columns.ids, dtype=np.int64)[order]
    place = {int(number): position for position, number in enumerate(ids)}
    sitting = _sittings(columns, order)
    texts, cues, has_cue = _postings(life, place)
    return Shelf(
        ids=ids,
        place=place,
        label=_ordered(label, order),
        labels=tuple(labels),
        speaker=_ordered(speaker, order),
        speakers=tuple(speakers),
        day=_ordered(np.asarray(columns.minutes) // 1440, order, UNDATED // 1440),
        sitting=sitting,
        sittings=int(sitting.max()) + 1 if len(sitting) else 0,
        has_cue=has_cue,
        texts=texts,
        cues=cues,
        vectors={facet: _vectors(life, model, facet, place) for facet in FACETS},
        revision=revision,
    )


def _ordered(
    values: NDArray[Any], order: NDArray[np.int64], undated: int | None = None
) -> NDArray[np.int32]:
    found = values[order].astype(np.int64) if len(order) else np.zeros(0, np.int64)
    if undated is not None:
        found = np.where(found <= undated, UNDATED, found)
    return found.astype(np.int32)


@dataclass(slots=True)
class _Columns:
    ids: list[int]
    talk: list[int]
    minutes: list[int]
    first: list[int]
    said_by: list[str]
    label: list[tuple[str, str | None]]


def _columns(life: Life) -> tuple[NDArray[np.int64], _Columns]:
    """The passages' columns as read, and the order in which they were said."""
    found = _Columns([], [], [], [], [], [])
    undated = UNDATED
    for row in _rows(
        life,
        # '[123,124]' without its bracket reads as 123: the first message of the passage.
        "SELECT p.id, p.said_by, p.said_local, p.visibility, p.visible_to, p.document,"
        " u.id AS first, u.conversation FROM passage AS p"
        " LEFT JOIN utterance AS u ON u.id = CAST(substr(p.utterances, 2) AS INTEGER)",
    ):
        document = row["document"]
        found.ids.append(int(row["id"]))
        found.talk.append(
            -2 - int(document) if document is not None else int(row["conversation"] or _NO_TALK)
        )
        found.minutes.append(_minute(row["said_local"], undated))
        found.first.append(int(row["first"] if row["first"] is not None else row["id"]))
        found.said_by.append(str(row["said_by"]))
        found.label.append((str(row["visibility"]), row["visible_to"]))
    order = np.lexsort((found.ids, found.first, found.minutes, found.talk))
    return order.astype(np.int64), found


def _minute(stamp: str | None, undated: int) -> int:
    if stamp is None:
        return undated
    moment = datetime.fromisoformat(stamp)
    return moment.toordinal() * 1440 + moment.hour * 60 + moment.minute


def _sittings(columns: _Columns, order: NDArray[np.int64]) -> NDArray[np.int32]:
    """A new sitting begins with another conversation or document, and after a pause."""
    if not len(order):
        return np.zeros(0, np.int32)
    talk, minutes = (
        np.asarray(some, dtype=np.int64)[order]
        for some in (
            columns.talk,
            columns.minutes,
        )
    )
    pause = REPLY_WITHIN.total_seconds() / 60
    begins = (np.diff(talk) != 0) | (np.diff(minutes) > pause) | (talk[1:] == _NO_TALK)
    return np.concatenate([[0], np.cumsum(begins)]).astype(np.int32)


def _postings(life: Life, place: dict[int, int]) -> tuple[Postings, Postings, Mask]:
    texts: list[list[str]] = [[] for _ in place]
    cues: list[list[str]] = [[] for _ in place]
    has_cue = np.zeros(len(place), dtype=np.bool_)
    for row in _rows(
        life,
        "SELECT p.id, w.text, w.cue, p.cue IS NOT NULL AS has_cue"
        " FROM passage AS p JOIN passage_words AS w ON w.passage = p.id",
    ):
        at = place.get(int(row["id"]))
        if at is not None:
            texts[at] = _shared(row["text"])
            cues[at] = _shared(row["cue"])
            has_cue[at] = bool(row["has_cue"])
    return Postings.of(texts), Postings.of(cues), has_cue


def cut_words(life: Life) -> int:
    """Cut the words of passages that have none yet (new ones) and keep them; returns how many.

    About 20 microseconds for a message of English, 100 for one of Chinese."""
    done = after = 0
    while True:
        with life.db.read() as connection:
            rows = connection.execute(
                "SELECT p.id, p.text, p.cue FROM passage AS p"
                " WHERE p.id > :after AND NOT EXISTS"
                " (SELECT 1 FROM passage_words AS w WHERE w.passage = p.id)"
                " ORDER BY p.id LIMIT :many",
                {"after": after, "many": READ_AT_ONCE},
            ).fetchall()
        if not rows:
            return done
        cut = [
            (int(row["id"]), search_text(row["text"]), search_text(row["cue"] or ""))
            for row in rows
        ]
        after = cut[-1][0]
        done += len(cut)
        with life.db.write() as connection:
            # A passage that went meanwhile takes its words along.
            connection.executemany(
                "INSERT OR IGNORE INTO passage_words (passage, text, cue)"
                " SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM passage WHERE id = ?1)",
                cut,
            )


def _shared(text: str | None) -> list[str]:
    # One string object for each word, however often it was written.
    return [_WORDS.setdefault(word, word) for word in text.split(" ")] if text else []


_WORDS: dict[str, str] = {}


def _vectors(life: Life, model: str, facet: str, place: dict[int, int]) -> Vectors:
    places: list[NDArray[np.int64]] = []
    codes, scales = [], []
    mean: NDArray[np.float32] | None = None
    rows = _rows(
        life,
        "SELECT passage, vector FROM embedding WHERE model = ? AND facet = ? ORDER BY passage",
        (model, facet),
    )
    while batch := list(itertools.islice(rows, READ_AT_ONCE)):
        batch = [row for row in batch if int(row["passage"]) in place]
        if not batch:
            continue
        stored = np.frombuffer(b"".join(row["vector"] for row in batch), dtype="<f2")
        stored = stored.reshape(len(batch), -1)
        if mean is None:
            mean = stored.astype(np.float32).mean(axis=0)
        some_codes, some_scales = pack(stored, mean)
        places.append(np.asarray([place[int(row["passage"])] for row in batch], dtype=np.int64))
        codes.append(some_codes)
        scales.append(some_scales)
    if mean is None:
        return Vectors.none(len(place))
    where = np.concatenate(places)
    order = np.argsort(where)
    return Vectors(
        len(place), where[order], np.concatenate(codes)[order], np.concatenate(scales)[order], mean
    )


def _rows(life: Life, sql: str, parameters: tuple[Any, ...] = ()) -> Iterator[Any]:
    with life.db.read() as connection:
        yield from connection.execute(sql, parameters)

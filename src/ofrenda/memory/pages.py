"""Bringing the stored passages of one place (a conversation, a document) up to date."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Literal

from ofrenda.memory.episodes import Draft
from ofrenda.memory.words import search_text
from ofrenda.vault import Connection, Life

WRITTEN_AT_ONCE: Final = 5_000
"""Passages compared and written in one transaction."""

Progress = Callable[[float], None]
"""Told the share of the work that is done, 0..1."""

_INSERT: Final = (
    "INSERT INTO passage (id, kind, text, cue, utterances, document, said_by, to_member, is_group,"
    " language, said_local, visibility, visible_to, conversation)"
    " VALUES (?, ?, ?, nullif(?, ''), ?, nullif(?, 0), ?, nullif(?, ''), ?, ?, nullif(?, ''),"
    " ?, nullif(?, ''), nullif(?, 0))"
)
"""Never bound to None: the library spends microseconds on looking for an adapter for each."""
_UPDATE: Final = (
    "UPDATE passage SET said_by = ?, to_member = ?, is_group = ?, language = ?, said_local = ?,"
    " visibility = ?, visible_to = ? WHERE id = ?"
)
_BEGIN: Final = {
    "conversation": (
        "INSERT OR REPLACE INTO remembered_conversation (conversation, state) VALUES (?, NULL)"
    ),
    "document": "INSERT OR REPLACE INTO remembered_document (document, state) VALUES (?, NULL)",
}
_END: Final = {
    "conversation": "UPDATE remembered_conversation SET state = ? WHERE conversation = ?",
    "document": "UPDATE remembered_document SET state = ? WHERE document = ?",
}
_NEXT: Final = {
    "conversation": (
        "SELECT id, json_extract(utterances, '$[0]') FROM passage WHERE conversation = ?1"
        " AND json_extract(utterances, '$[0]') >= ?2"
        " AND (json_extract(utterances, '$[0]'), id) > (?2, ?3)"
        " ORDER BY json_extract(utterances, '$[0]'), id LIMIT ?4"
    ),
    "document": ("SELECT id, ?2 FROM passage WHERE document = ?1 AND id > ?3 ORDER BY id LIMIT ?4"),
}
_STORED: Final = {
    "conversation": (
        "SELECT id, kind, text, cue, utterances, document, said_by, to_member, is_group, language,"
        " said_local, visibility, visible_to FROM passage WHERE conversation = ?1"
        " AND json_extract(utterances, '$[0]') IN (SELECT value FROM json_each(?2))"
    ),
    "document": (
        "SELECT id, kind, text, cue, utterances, document, said_by, to_member, is_group, language,"
        " said_local, visibility, visible_to FROM passage WHERE document = ?1 AND ?2 = '[]'"
    ),
}


@dataclass(slots=True)
class Changes:
    """Counted over all places, in passages."""

    added: int = 0
    changed: int = 0
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Place:
    """What passages are of: ``state`` is what they are read by, ``size`` about how many messages
    have to be walked, ``drafts`` walks them anew each time it is called."""

    kind: Literal["conversation", "document"]
    number: int
    state: str
    size: int
    drafts: Callable[[Life], Iterator[Draft]]


def bring_up_to_date(
    life: Life, place: Place, changes: Changes, walked: Callable[[int], None]
) -> None:
    """Make the stored passages of ``place`` what they should be now.

    What may no longer be heard as it is stored goes first, in a walk of its own; only then comes
    what is new. An interruption never leaves a looser state behind.
    """
    _begin(life, place)
    if _holds_any(life, place):
        _take_back(life, place, changes)
        held = True
    else:
        held = False
    messages = 0
    for drafts in _windows(life, place):
        fresh = _unknown(life, place, drafts) if held else drafts
        _write(life, place, fresh)
        changes.added += len(fresh)
        messages += sum(len(one.utterances) or 1 for one in drafts)
        walked(min(messages, place.size))
    _end(life, place)


def _begin(life: Life, place: Place) -> None:
    with life.db.write() as db:
        db.execute(_BEGIN[place.kind], (place.number,))


def _end(life: Life, place: Place) -> None:
    """Note what it was read by; not where it was touched meanwhile, for then the row is gone."""
    with life.db.write() as db:
        db.execute(_END[place.kind], (place.state, place.number))


def _holds_any(life: Life, place: Place) -> bool:
    with life.db.read() as db:
        return db.execute(_NEXT[place.kind], (place.number, -1, -1, 1)).fetchone() is not None


def _take_back(life: Life, place: Place, changes: Changes) -> None:
    """Correct who said it and who may hear it, and remove what is no passage any more."""
    kept = _Kept()
    for drafts in _windows(life, place):
        with life.db.write() as db:
            stored = _stored(db, place, drafts)
            moved = []
            for draft in drafts:
                row = stored.get(draft.identity)
                if row is None:
                    continue
                kept.add(row[0])
                if tuple(row)[6:] != _columns(draft):
                    moved.append((*_columns(draft), row[0]))
            db.executemany(_UPDATE, moved)
            changes.changed += len(moved)
    last = (-1, -1)
    while True:
        with life.db.write() as db:
            rows = db.execute(_NEXT[place.kind], (place.number, *last, WRITTEN_AT_ONCE)).fetchall()
            gone = [(int(row[0]),) for row in rows if row[0] not in kept]
            db.executemany("DELETE FROM embedding WHERE passage = ?", gone)
            db.executemany("DELETE FROM passage WHERE id = ?", gone)
            changes.removed += len(gone)
        if len(rows) < WRITTEN_AT_ONCE:
            return
        last = (int(rows[-1][1]), int(rows[-1][0]))


class _Kept:
    """A set of passage ids, one bit each."""

    def __init__(self) -> None:
        self._bits = bytearray()

    def add(self, number: int) -> None:
        """Put ``number`` in."""
        place = number >> 3
        if place >= len(self._bits):
            self._bits.extend(bytes(place + 1024 - len(self._bits)))
        self._bits[place] |= 1 << (number & 7)

    def __contains__(self, number: int) -> bool:
        """Whether ``number`` was put in."""
        place = number >> 3
        return place < len(self._bits) and bool(self._bits[place] & (1 << (number & 7)))


def _unknown(life: Life, place: Place, drafts: list[Draft]) -> list[Draft]:
    with life.db.read() as db:
        stored = _stored(db, place, drafts)
    return [draft for draft in drafts if draft.identity not in stored]


def _stored(db: Connection, place: Place, drafts: Sequence[Draft]) -> dict[tuple[Any, ...], Any]:
    """The stored passages that ``drafts`` may be, by identity."""
    firsts = [draft.utterances[0] for draft in drafts if draft.utterances]
    rows = db.execute(_STORED[place.kind], (place.number, json.dumps(firsts)))
    return {
        (row[1], row[2], row[3], tuple(json.loads(row[4])), row[5]): row for row in rows.fetchall()
    }


def _write(life: Life, place: Place, drafts: Sequence[Draft]) -> None:
    if not drafts:
        return
    conversation = place.number if place.kind == "conversation" else 0
    # What one says is the cue of what the other answers: it is cut into words once.
    cut = {text: search_text(text) for one in drafts for text in (one.text, one.cue or "")}
    searchable = [(cut[one.text], cut[one.cue or ""]) for one in drafts]
    with life.db.write() as db:
        row = db.execute("SELECT coalesce(max(id), 0) + 1 FROM passage").fetchone()
        first = int(row[0])
        db.executemany(
            _INSERT,
            [
                (
                    number,
                    draft.kind,
                    draft.text,
                    draft.cue or "",
                    f"[{', '.join(map(str, draft.utterances))}]",
                    draft.document or 0,
                    draft.said_by,
                    draft.to_member or "",
                    int(draft.is_group),
                    draft.language,
                    draft.said_local or "",
                    visibility,
                    members or "",
                    conversation,
                )
                for number, draft in enumerate(drafts, first)
                for visibility, members in (draft.label.stored(),)
            ],
        )
        db.executemany(
            "INSERT INTO passage_words (passage, text, cue) VALUES (?, ?, ?)",
            [(number, text, cue) for number, (text, cue) in enumerate(searchable, first)],
        )
        db.execute(
            "INSERT INTO memory_state VALUES (1, 1)"
            " ON CONFLICT (only) DO UPDATE SET revision = revision + 1"
        )


def _columns(draft: Draft) -> tuple[object, ...]:
    return (
        draft.said_by,
        draft.to_member,
        int(draft.is_group),
        draft.language,
        draft.said_local,
        *draft.label.stored(),
    )


def _windows(life: Life, place: Place) -> Iterator[list[Draft]]:
    """A document comes whole: a paragraph that stands in it twice is one passage."""
    walking = place.drafts(life)
    most = WRITTEN_AT_ONCE if place.kind == "conversation" else None
    while window := list({one.identity: one for one in islice(walking, most)}.values()):
        yield window

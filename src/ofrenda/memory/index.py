"""Building what recall searches: passages, full text and vectors, only what is new."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import numpy as np

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.memory.audience import label
from ofrenda.memory.episodes import Draft, conversation_drafts, document_drafts, line
from ofrenda.memory.words import search_text
from ofrenda.vault import Life

BATCH: Final = 64
"""Texts embedded between two commits: what an interruption can cost, about a second of work."""

WRITTEN_AT_ONCE: Final = 2000
"""Passages written in one transaction."""

FACETS: Final = ("cue", "text")

T = TypeVar("T")

Progress = Callable[[float], None]
"""Told the share of the work that is done, 0..1."""


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did, in passages (``embedded`` in vectors)."""

    passages: int
    added: int
    changed: int
    removed: int
    embedded: int


def model_key(embed: Embedder) -> str:
    """What tells vectors of one model from those of another: the sha256 that the catalog pins,
    or the engine's own name where it loads no file of the catalog."""
    from ofrenda.weights import catalog

    known = catalog()
    pinned = [
        one.sha256
        for name in embed.capabilities.models
        if name in known
        for one in known[name].files
    ]
    return pinned[0] if pinned else f"{embed.capabilities.name}/{embed.dimensions}"


async def rebuild(life: Life, embed: Embedder, progress: Progress | None = None) -> RebuildReport:
    """Bring passages, full text and vectors up to date with the archive and its labels.

    Needs consent for ``text``. What is unchanged keeps its vectors; an interrupted rebuild goes on
    where it was. Raises ConsentMissing, VaultError, EngineError.
    """
    life.require_consent("text")
    passages, added, changed, removed = await asyncio.to_thread(_write_passages, life)
    embedded = await _embed_missing(life, embed, progress)
    return RebuildReport(passages, added, changed, removed, embedded)


def _write_passages(life: Life) -> tuple[int, int, int, int]:
    with life.db.read() as connection:
        stored = {
            _identity(row): (int(row["id"]), _attributes(row))
            for row in connection.execute("SELECT * FROM passage")
        }
        wanted: dict[tuple[Any, ...], Draft] = {}
        for draft in _drafts(connection):
            wanted.setdefault(draft.identity, draft)
    gone = [number for key, (number, _) in stored.items() if key not in wanted]
    fresh = [draft for key, draft in wanted.items() if key not in stored]
    changed = [
        (stored[key][0], draft)
        for key, draft in wanted.items()
        if key in stored and stored[key][1] != _columns(draft)
    ]
    # What may no longer be heard goes first: an interruption never leaves a looser state behind.
    for old in _slices(gone):
        with life.db.write() as connection:
            connection.executemany("DELETE FROM passage_fts WHERE rowid = ?", [(n,) for n in old])
            connection.executemany("DELETE FROM embedding WHERE passage = ?", [(n,) for n in old])
            connection.executemany("DELETE FROM passage WHERE id = ?", [(n,) for n in old])
    for moved in _slices(changed):
        with life.db.write() as connection:
            connection.executemany(
                "UPDATE passage SET said_by = ?, to_member = ?, is_group = ?, language = ?,"
                " said_local = ?, visibility = ?, visible_to = ? WHERE id = ?",
                [(*_columns(draft), number) for number, draft in moved],
            )
    for some in _slices(fresh):
        searchable = [(search_text(one.text), search_text(one.cue or "")) for one in some]
        with life.db.write() as connection:
            for draft, (text, cue) in zip(some, searchable, strict=True):
                cursor = connection.execute(
                    "INSERT INTO passage (kind, text, cue, utterances, document, said_by,"
                    " to_member, is_group, language, said_local, visibility, visible_to)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        draft.kind,
                        draft.text,
                        draft.cue,
                        json.dumps(draft.utterances),
                        draft.document,
                        *_columns(draft),
                    ),
                )
                connection.execute(
                    "INSERT INTO passage_fts (rowid, text, cue) VALUES (?, ?, ?)",
                    (cursor.lastrowid, text, cue),
                )
    return len(wanted), len(fresh), len(changed), len(gone)


def _slices(items: list[T]) -> Iterator[list[T]]:
    for start in range(0, len(items), WRITTEN_AT_ONCE):
        yield items[start : start + WRITTEN_AT_ONCE]


def _columns(draft: Draft) -> tuple[object, ...]:
    return (
        draft.said_by,
        draft.to_member,
        int(draft.is_group),
        draft.language,
        draft.said_local,
        *draft.label.stored(),
    )


def _attributes(row: Any) -> tuple[object, ...]:
    return (
        row["said_by"],
        row["to_member"],
        row["is_group"],
        row["language"],
        row["said_local"],
        row["visibility"],
        row["visible_to"],
    )


def _identity(row: Any) -> tuple[Any, ...]:
    return (
        row["kind"],
        row["text"],
        row["cue"],
        tuple(json.loads(row["utterances"])),
        row["document"],
    )


def _drafts(connection: Any) -> Iterator[Draft]:
    for conversation in connection.execute("SELECT id, is_group FROM conversation").fetchall():
        lines = [
            line(row)
            for row in connection.execute(
                "SELECT u.id, u.ts_local, u.ts_precision, u.kind, u.text, u.spoken, u.forwarded,"
                " u.visibility, u.visible_to, u.identity, i.holder, i.member"
                " FROM utterance AS u LEFT JOIN identity AS i ON i.id = u.identity"
                " WHERE u.conversation = ? AND NOT u.after_death AND u.kind <> 'system'"
                " ORDER BY u.ts_local, u.ordinal, u.id",
                (conversation["id"],),
            )
        ]
        speakers = {one.speaker for one in lines if one.speaker is not None}
        if "person" not in speakers:
            continue
        members = frozenset(
            speaker.removeprefix("member:") for speaker in speakers if speaker.startswith("member:")
        )
        yield from conversation_drafts(
            lines, is_group=bool(conversation["is_group"]), members=members
        )
    for document in connection.execute(
        "SELECT d.id, d.text, d.written_on, d.visibility, d.visible_to FROM document AS d"
        " JOIN identity AS i ON i.id = d.identity LEFT JOIN person ON person.only = 1"
        " WHERE i.holder = 'person'"
        " AND (person.died IS NULL OR d.written_on IS NULL OR d.written_on <= person.died)"
    ).fetchall():
        yield from document_drafts(
            int(document["id"]),
            document["text"],
            document["written_on"],
            label(document["visibility"], document["visible_to"]),
        )


async def _embed_missing(life: Life, embed: Embedder, progress: Progress | None) -> int:
    model = model_key(embed)
    missing = await asyncio.to_thread(_missing, life, model)
    done = 0
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        for facet in FACETS:
            some = [(number, text) for number, which, text in batch if which == facet]
            if not some:
                continue
            # A cue is compared with what the caller says, like with like: both are embedded as
            # queries. A text is what is sought, and is embedded as a passage.
            role = EmbedRole.QUERY if facet == "cue" else EmbedRole.PASSAGE
            vectors = await embed.embed([text for _, text in some], role=role)
            rows = [
                (number, facet, model, vector.astype("<f2").tobytes())
                for (number, _), vector in zip(some, np.asarray(vectors), strict=True)
            ]
            await asyncio.to_thread(_store, life, rows)
        done += len(batch)
        if progress is not None:
            progress(done / len(missing))
    return done


def _missing(life: Life, model: str) -> list[tuple[int, str, str]]:
    with life.db.read() as connection:
        rows = connection.execute(
            "SELECT p.id, f.facet, CASE f.facet WHEN 'cue' THEN p.cue ELSE p.text END AS text"
            " FROM passage AS p JOIN (SELECT 'cue' AS facet UNION SELECT 'text') AS f"
            " LEFT JOIN embedding AS e"
            "   ON e.passage = p.id AND e.facet = f.facet AND e.model = ?"
            " WHERE e.passage IS NULL AND (f.facet = 'text' OR p.cue IS NOT NULL)"
            " ORDER BY p.id",
            (model,),
        ).fetchall()
    return [(int(row["id"]), str(row["facet"]), str(row["text"])) for row in rows]


def _store(life: Life, rows: list[tuple[int, str, str, bytes]]) -> None:
    with life.db.write() as connection:
        connection.executemany(
            "INSERT OR REPLACE INTO embedding (passage, facet, model, vector) VALUES (?, ?, ?, ?)",
            rows,
        )

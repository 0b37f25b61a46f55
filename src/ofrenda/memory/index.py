"""Building what recall searches: passages and full text first, vectors after.

Only what has changed is looked at: the database notes which conversations were touched
(``remembered_conversation``), and the decisions about who is who are compared with those that a
conversation was last read by. Memory does not grow with the archive: messages and passages are
walked in windows, each written in one transaction, and a run that is cut short goes on later.
"""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from ofrenda.engines.protocols import Embedder
from ofrenda.memory.audience import label
from ofrenda.memory.embedding import FACETS, embed_pending, model_key
from ofrenda.memory.episodes import document_drafts
from ofrenda.memory.fact_keeping import settle_facts
from ofrenda.memory.pages import Changes, Place, Progress, bring_up_to_date
from ofrenda.memory.people import written_to
from ofrenda.memory.rules import apply_rules
from ofrenda.memory.walk import Conversation, speakers
from ofrenda.types import Member
from ofrenda.vault import Connection, Life

__all__ = ["FACETS", "IndexReport", "RebuildReport", "index", "model_key", "rebuild"]

RULES: Final = 1
"""Of what makes a passage. Raise it when they change: every conversation is read again."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What bringing passages and full text up to date did. ``passages`` is how many the life now
    holds; ``read`` how many conversations and documents had to be read."""

    passages: int
    added: int
    changed: int
    removed: int
    read: int


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a rebuild did, in passages (``embedded`` in vectors)."""

    passages: int
    added: int
    changed: int
    removed: int
    embedded: int


async def rebuild(life: Life, embed: Embedder, progress: Progress | None = None) -> RebuildReport:
    """Bring passages, full text and all vectors up to date with the archive and its labels.

    Needs consent for ``text``. What is unchanged keeps its vectors; an interrupted rebuild goes on
    where it was. Raises ConsentMissing, VaultError, EngineError.
    """
    done = await asyncio.to_thread(index, life)
    embedded = await embed_pending(life, embed, progress=progress)
    return RebuildReport(done.passages, done.added, done.changed, done.removed, embedded)


def index(life: Life, progress: Progress | None = None) -> IndexReport:
    """Bring passages and full text up to date: a life can be called from here on, found by words.

    Needs consent for ``text``. Raises ConsentMissing, VaultError.
    """
    life.require_consent("text")
    with _ONE_AT_A_TIME:
        apply_rules(life)
        return _index(life, progress)


_ONE_AT_A_TIME = threading.Lock()
"""Two walks side by side would both find the same passages missing."""


def _index(life: Life, progress: Progress | None) -> IndexReport:
    changes = Changes()
    stale = _stale(life)
    total = sum(place.size for place in stale)
    done = 0
    for place in stale:
        begun = done

        def within(walked: int, begun: int = begun) -> None:
            if progress is not None:
                progress(min(1.0, (begun + walked) / max(1, total)))

        bring_up_to_date(life, place, changes, within)
        settle_facts(life, place.kind, place.number)
        done += place.size
    with life.db.read() as db:
        passages = int(db.execute("SELECT count(*) FROM passage").fetchone()[0])
    return IndexReport(passages, changes.added, changes.changed, changes.removed, len(stale))


def _stale(life: Life) -> list[Place]:
    """What has to be read: touched since it was last read, or read by other decisions."""
    with life.db.read() as db:
        decided = {
            int(row[0]): [row[1], row[2]]
            for row in db.execute("SELECT id, holder, member FROM identity")
        }
        return [*_conversations(db, decided), *_documents(db, life.members())]


def _conversations(db: Connection, decided: dict[int, list[str | None]]) -> list[Place]:
    places: list[Place] = []
    rows = db.execute(
        "SELECT c.id, c.is_group, r.state FROM conversation AS c"
        " LEFT JOIN remembered_conversation AS r ON r.conversation = c.id ORDER BY c.id"
    ).fetchall()
    for number, is_group, state in rows:
        if state is not None:
            held = json.loads(state)
            now = _by(bool(is_group), [int(one) for one in held.get("who", {})], decided)
            if held == now:
                continue
        who = speakers(db, number)
        size = int(
            db.execute(
                "SELECT count(*) FROM utterance WHERE conversation = ?", (number,)
            ).fetchone()[0]
        )
        conversation = Conversation(number, bool(is_group), who, decided)
        places.append(
            Place(
                "conversation",
                number,
                json.dumps(_by(bool(is_group), who, decided)),
                size,
                conversation.drafts,
            )
        )
    return places


def _by(is_group: bool, who: list[int], decided: dict[int, list[str | None]]) -> dict[str, Any]:
    """All that passages of a conversation depend on beside its messages."""
    return {
        "rules": RULES,
        "group": is_group,
        "who": {str(one): decided.get(one) for one in sorted(who)},
    }


def _documents(db: Connection, members: Sequence[Member]) -> list[Place]:
    """Documents are the person's, or they are nobody's that memory holds."""
    places: list[Place] = []
    rows = db.execute(
        "SELECT d.id, length(d.text) AS size, substr(d.text, 1, 200), r.state,"
        " coalesce(i.holder = 'person', 0)"
        " AND (person.died IS NULL OR d.written_on IS NULL OR d.written_on <= person.died"
        "  OR d.released) AS own"
        " FROM document AS d LEFT JOIN identity AS i ON i.id = d.identity"
        " LEFT JOIN person ON person.only = 1"
        " LEFT JOIN remembered_document AS r ON r.document = d.id ORDER BY d.id"
    ).fetchall()
    for number, size, opening, state, own in rows:
        to = written_to(opening, members)
        now = json.dumps({"rules": RULES, "own": bool(own), "to": to})
        if state != now:
            drafts = _Document(number, bool(own), to).drafts
            places.append(Place("document", number, now, max(1, size // 100), drafts))
    return places


@dataclass(frozen=True, slots=True)
class _Document:
    number: int
    own: bool
    to: str | None

    def drafts(self, life: Life) -> Any:
        """Its passages, in order; none where it is not the person's."""
        if not self.own:
            return
        with life.db.read() as db:
            row = db.execute(
                "SELECT text, written_on, visibility, visible_to FROM document WHERE id = ?",
                (self.number,),
            ).fetchone()
        if row is not None:
            yield from document_drafts(
                self.number,
                row["text"],
                row["written_on"],
                label(row["visibility"], row["visible_to"]),
                self.to,
            )

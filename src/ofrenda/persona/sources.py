"""Where the examples of a portrait stand in the archive."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from ofrenda.types import SourceRef
from ofrenda.vault import Life


@dataclass(frozen=True, slots=True)
class Place:
    """The chat of a message (``group``: with several people), its ``platform``, and the name of the
    ``file`` that it was read from."""

    chat: str
    group: bool
    platform: str
    file: str


def places(life: Life, sources: Iterable[SourceRef]) -> dict[int, Place]:
    """Where each message of ``sources`` stands, by its number."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT u.id, c.title, c.is_group, c.platform, s.name FROM utterance AS u"
            " JOIN conversation AS c ON c.id = u.conversation JOIN source AS s ON s.id = u.source"
            " WHERE u.id IN (SELECT value FROM json_each(?))",
            (json.dumps(sorted({one.id for one in sources})),),
        ).fetchall()
    return {
        int(row["id"]): Place(row["title"], bool(row["is_group"]), row["platform"], row["name"])
        for row in rows
    }

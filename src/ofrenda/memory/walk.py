"""Walking one conversation in order, however long it is, a window of messages at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ofrenda.memory.audience import Label, label
from ofrenda.memory.episodes import Draft, Line, conversation_drafts
from ofrenda.types import Kind
from ofrenda.vault import Connection, Life

WINDOW: Final = 5_000
"""Messages read at a time: about 2 MB, and no snapshot of the database is held in between."""

_COLUMNS: Final = (
    "SELECT id, ts_local, ordinal, ts_precision, kind, text, forwarded, visibility, visible_to,"
    " identity, spoken, pasted FROM utterance"
    " WHERE conversation = ? AND NOT after_death AND kind <> 'system'"
)
_DATED: Final = (
    f"{_COLUMNS} AND (ts_local, ordinal, id) > (?, ?, ?) ORDER BY ts_local, ordinal, id LIMIT ?"
)
_UNDATED: Final = (
    f"{_COLUMNS} AND ts_local IS NULL AND (ordinal, id) > (?, ?) ORDER BY ordinal, id LIMIT ?"
)


def speakers(db: Connection, conversation: int) -> list[int]:
    """The senders whose messages count in a conversation."""
    rows = db.execute(
        "SELECT DISTINCT identity FROM utterance WHERE conversation = ? AND identity IS NOT NULL"
        " AND NOT after_death AND kind <> 'system'",
        (conversation,),
    )
    return [int(row[0]) for row in rows]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation to be walked. ``who`` its senders; ``decided`` the holder and member of
    each sender of the life."""

    number: int
    is_group: bool
    who: list[int]
    decided: dict[int, list[str | None]]

    def drafts(self, life: Life) -> Iterator[Draft]:
        """Its passages, in order; none where the person says nothing in it."""
        speaking = {one: speaker for one in self.who if (speaker := self._speaker(one)) is not None}
        heard = set(speaking.values())
        if "person" not in heard:
            return
        members = frozenset(
            one.removeprefix("member:") for one in heard if one.startswith("member:")
        )
        yield from conversation_drafts(
            self._lines(life, speaking), is_group=self.is_group, members=members
        )

    def _speaker(self, identity: int) -> str | None:
        holder, member = self.decided.get(identity, (None, None))
        return {"person": "person", "member": f"member:{member}", "other": f"other:{identity}"}.get(
            str(holder)
        )

    def _lines(self, life: Life, speaking: dict[int, str]) -> Iterator[Line]:
        labels: dict[tuple[str, str | None], Label] = {}
        text_kind = Kind.TEXT.value
        for row in _rows(life, self.number):
            number, stamp, _, precision, kind, text, forwarded, *rest = row
            visibility, members, who, spoken, pasted = rest
            heard = (visibility, members)
            if (audience := labels.get(heard)) is None:
                audience = labels[heard] = label(*heard)
            speaker = speaking.get(who)
            words = text if text and not text.isspace() else None
            usable = (
                speaker is not None
                and words is not None
                # Of what was spoken only what the sender is sure to have said, and was heard well.
                and (kind == text_kind or spoken == "sender")
                and not forwarded
                and not pasted
            )
            yield Line(
                number,
                speaker,
                words,
                None if stamp is None else datetime.fromisoformat(stamp),
                precision == "day",
                usable,
                stamp,
                audience,
            )


def _rows(life: Life, conversation: int) -> Iterator[Any]:
    """Undated messages first, then by the clock."""
    after: tuple[Any, ...] = (-1, -1)
    statement = _UNDATED
    while True:
        with life.db.read() as db:
            rows = db.execute(statement, (conversation, *after, WINDOW)).fetchall()
        yield from rows
        if len(rows) == WINDOW:
            last = rows[-1]
            after = (last[2], last[0]) if statement is _UNDATED else (last[1], last[2], last[0])
        elif statement is _UNDATED:
            statement, after = _DATED, ("", -1, -1)
        else:
            return

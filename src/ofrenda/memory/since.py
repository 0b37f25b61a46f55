"""What happened after: calls with the life, per listener, kept apart from memory.

Nothing here is ever read by :mod:`ofrenda.memory.recall`: what is said in a call is not the
person's past.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from ofrenda.clock import Clock
from ofrenda.types import Member, MemberId, Sentence
from ofrenda.vault import Life


@dataclass(frozen=True, slots=True)
class SpokenRecord:
    """A sentence and the part of it that was heard: all of it, its first words, or nothing."""

    sentence: Sentence
    heard: str


class Since:
    """The record of calls. Each method is one transaction."""

    def __init__(self, life: Life, clock: Clock) -> None:
        self._life = life
        self._clock = clock

    def begin_call(self, member: Member, channel: str) -> str:
        """A call begins; gives its id. ``channel`` is ``browser``, ``terminal`` or ``phone``."""
        call_id = secrets.token_hex(16)
        with self._life.db.write() as connection:
            connection.execute(
                "INSERT INTO call (id, member, started_utc, channel) VALUES (?, ?, ?, ?)",
                (call_id, str(member.id), _stamp(self._clock.now()), channel),
            )
        return call_id

    def record_turn(
        self, call_id: str, caller_said: str | None, spoken: Sequence[SpokenRecord]
    ) -> None:
        """One exchange. ``caller_said`` None: the house spoke unasked."""
        with self._life.db.write() as connection:
            ordinal = connection.execute(
                "SELECT coalesce(max(ordinal), -1) + 1 FROM turn WHERE call = ?", (call_id,)
            ).fetchone()[0]
            cursor = connection.execute(
                "INSERT INTO turn (call, ordinal, at_utc, caller_said) VALUES (?, ?, ?, ?)",
                (call_id, ordinal, _stamp(self._clock.now()), caller_said),
            )
            connection.executemany(
                "INSERT INTO spoken (turn, ordinal, text, heard, provenance, sources)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                [
                    (
                        cursor.lastrowid,
                        place,
                        one.sentence.text,
                        one.heard,
                        one.sentence.provenance.value,
                        json.dumps(
                            [asdict(source) for source in one.sentence.sources],
                            ensure_ascii=False,
                            default=str,
                        ),
                    )
                    for place, one in enumerate(spoken)
                ],
            )

    def end_call(self, call_id: str, ending: str) -> None:
        """The call is over: ``caller``, ``house`` or ``lost``. Ending it twice changes nothing."""
        with self._life.db.write() as connection:
            connection.execute(
                "UPDATE call SET ended_utc = ?, ending = ? WHERE id = ? AND ended_utc IS NULL",
                (_stamp(self._clock.now()), ending, call_id),
            )


def calls_made(life: Life) -> dict[MemberId, int]:
    """How many calls there were of each member who ever called."""
    with life.db.read() as connection:
        rows = connection.execute("SELECT member, count(*) FROM call GROUP BY member").fetchall()
    return {MemberId(str(row[0])): int(row[1]) for row in rows}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

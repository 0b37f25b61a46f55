"""The phone book of a life: from which numbers members call, and with which PIN.

A number alone never lets anybody in: numbers can be forged. Wrong PINs are counted by the number
they come from, before they are looked at, so that hanging up or a crash gives no free try.
"""

from __future__ import annotations

import enum
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from ofrenda.call.phone.pins import hash_pin, is_pin
from ofrenda.clock import Clock
from ofrenda.errors import BadInput
from ofrenda.types import Member, MemberId
from ofrenda.vault import Connection, Life

CLOSED_AFTER = {3: timedelta(minutes=15), 6: timedelta(hours=2)}
"""How long a number is closed after so many wrong PINs in a row."""
MOST_IN_A_ROW = 9
"""Wrong PINs in a row after which a number is closed until a new PIN is set."""
MOST_EVER = 30
"""The same for wrong PINs in all: who forges a number and tries a few times between a member's
own calls must not go on for ever."""

_FOR_EVER = "9999"
"""In the place of a time: until the keeper sets a new PIN. Sorts after every time."""


class Tried(enum.Enum):
    """What became of a PIN."""

    RIGHT = "right"
    WRONG = "wrong"
    CLOSED = "closed"
    """It was not looked at: too many wrong ones came from that number."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One member in the book. ``wrong``: wrong PINs from their numbers since one was last set;
    ``closed``: whether any of their numbers is closed now."""

    member: Member
    numbers: tuple[str, ...]
    has_pin: bool
    wrong: int
    closed: bool


class PhoneBook:
    """Reads and writes the book of one awake life. Each method is one transaction, save
    :meth:`try_pin`."""

    def __init__(self, life: Life, clock: Clock) -> None:
        self._life = life
        self._clock = clock

    def entries(self) -> list[Entry]:
        """Every member with a number or a PIN, in the order of the list."""
        now = _stamp(self._clock.now())
        with self._life.db.read() as db:
            numbers = db.execute("SELECT number, member FROM phone_number").fetchall()
            pins = {row["member"] for row in db.execute("SELECT member FROM phone_pin")}
            tries = {row["number"]: row for row in db.execute("SELECT * FROM phone_tries")}
        found = []
        for member in self._life.members():
            own = tuple(row["number"] for row in numbers if row["member"] == member.id)
            if not own and member.id not in pins:
                continue
            counted = [tries[number] for number in own if number in tries]
            found.append(
                Entry(
                    member,
                    own,
                    member.id in pins,
                    sum(row["ever"] for row in counted),
                    any((row["closed_utc"] or "") > now for row in counted),
                )
            )
        return found

    def allow(self, member: MemberId, number: str) -> None:
        """Let a member call from a number (E.164), once they have a PIN."""
        with self._life.db.write() as db:
            db.execute(
                "INSERT OR IGNORE INTO phone_number (number, member) VALUES (?, ?)",
                (number, member),
            )

    def set_pin(self, member: MemberId, pin: str) -> None:
        """Give a member a PIN; their numbers are open again.

        Raises ``BadInput`` where somebody who calls from the same number has that PIN: then it
        would not tell them apart."""
        with self._life.db.read() as db:
            others = db.execute(
                "SELECT hash FROM phone_pin WHERE member != ? AND member IN (SELECT member FROM"
                " phone_number WHERE number IN (SELECT number FROM phone_number WHERE member = ?))",
                (member, member),
            ).fetchall()
        if any(is_pin(row["hash"], pin) for row in others):
            raise BadInput("Somebody who calls from the same number has this PIN. Take another.")
        kept = hash_pin(pin)
        with self._life.db.write() as db:
            db.execute(
                "INSERT INTO phone_pin (member, hash, set_utc) VALUES (?, ?, ?)"
                " ON CONFLICT (member) DO UPDATE"
                " SET hash = excluded.hash, set_utc = excluded.set_utc",
                (member, kept, _stamp(self._clock.now())),
            )
            db.execute(
                "DELETE FROM phone_tries WHERE number IN"
                " (SELECT number FROM phone_number WHERE member = ?)",
                (member,),
            )

    def remove(self, member: MemberId) -> None:
        """Take a member's numbers and PIN out of the book."""
        with self._life.db.write() as db:
            db.execute("DELETE FROM phone_number WHERE member = ?", (member,))
            db.execute("DELETE FROM phone_pin WHERE member = ?", (member,))
            db.execute(
                "DELETE FROM phone_tries WHERE number NOT IN (SELECT number FROM phone_number)"
            )

    def callers(self, number: str) -> list[MemberId]:
        """Who may be calling from a number: members with that number and a PIN."""
        with self._life.db.read() as db:
            rows = db.execute(
                "SELECT member FROM phone_number JOIN phone_pin USING (member) WHERE number = ?",
                (number,),
            ).fetchall()
        return [MemberId(row["member"]) for row in rows]

    def closed(self, number: str) -> bool:
        """Whether no PIN is taken from a number now."""
        with self._life.db.read() as db:
            return _closed(db, number, self._clock.now())

    def try_pin(
        self, number: str, pin: str, among: Collection[MemberId]
    ) -> tuple[Tried, MemberId | None]:
        """Which of the members ``among`` calls from ``number`` with ``pin``.

        Counted as wrong first and taken back when it is right."""
        now = self._clock.now()
        with self._life.db.write() as db:
            if _closed(db, number, now):
                return Tried.CLOSED, None
            _count(db, number, now)
            pins = db.execute("SELECT member, hash FROM phone_pin").fetchall()
        right = [
            row["member"] for row in pins if row["member"] in among and is_pin(row["hash"], pin)
        ]
        if len(right) != 1:  # two with the same PIN cannot be told apart
            return Tried.WRONG, None
        with self._life.db.write() as db:
            db.execute(
                "UPDATE phone_tries SET in_a_row = 0, ever = max(0, ever - 1), closed_utc = NULL"
                " WHERE number = ?",
                (number,),
            )
        return Tried.RIGHT, MemberId(right[0])


def _closed(db: Connection, number: str, now: datetime) -> bool:
    row = db.execute("SELECT closed_utc FROM phone_tries WHERE number = ?", (number,)).fetchone()
    return row is not None and (row["closed_utc"] or "") > _stamp(now)


def _count(db: Connection, number: str, now: datetime) -> None:
    """One more wrong try from a number; closes it where that was one too many."""
    row = db.execute(
        "INSERT INTO phone_tries (number, in_a_row, ever) VALUES (?, 1, 1) ON CONFLICT (number)"
        " DO UPDATE SET in_a_row = in_a_row + 1, ever = ever + 1 RETURNING in_a_row, ever",
        (number,),
    ).fetchone()
    until = None
    if row["in_a_row"] >= MOST_IN_A_ROW or row["ever"] >= MOST_EVER:
        until = _FOR_EVER
    elif row["in_a_row"] in CLOSED_AFTER:
        until = _stamp(now + CLOSED_AFTER[row["in_a_row"]])
    db.execute("UPDATE phone_tries SET closed_utc = ? WHERE number = ?", (until, number))


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

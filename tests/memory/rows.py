"""Writes rows of an archive straight into a life, as an importer would, for tests."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from ofrenda.archive.store import touch
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import Life
from ofrenda.vault.keys import KdfParameters

QUICK = KdfParameters(memory_kib=64, passes=1, lanes=1)
PASSPHRASE = "seven quiet herons by the canal"

KEEPER = Member(MemberId("m-keeper"), "Ana", "daughter", Role.KEEPER, "Nita")
PERSON = Person("Tomas Rell", ("en", "zh"))


def new_life(
    home: Path,
    *,
    person: Person = PERSON,
    keeper: Member = KEEPER,
    scope: tuple[str, ...] = ("text", "voice"),
) -> Life:
    """A life with consent and a keeper, and a cheap passphrase."""
    consent = Consent(
        datetime.fromisoformat("2024-01-01T00:00:00+00:00"),
        keeper.name,
        keeper.relation,
        "relatives",
        scope,
        "agreed",
    )
    life, _ = Life.create(
        home, "test", PASSPHRASE, person=person, consent=consent, keeper=keeper, kdf=QUICK
    )
    return life


class Rows:
    """Adds senders, messages and documents; messages of one conversation in order."""

    def __init__(self, life: Life) -> None:
        self.life = life
        self._count = 0
        with life.db.write() as db:
            self._source = db.execute(
                "INSERT INTO source (name, format, sha256, added_utc, report)"
                " VALUES ('x', 'test', ?, '2024-01-01T00:00:00Z', '{}')",
                (hashlib.sha256(str(id(self)).encode()).hexdigest(),),
            ).lastrowid

    def identity(self, key: str, holder: str | None, member: str | None = None) -> int:
        """A sender; ``holder`` None: not decided."""
        with self.life.db.write() as db:
            return int(
                db.execute(
                    "INSERT INTO identity (platform, key, name, holder, member)"
                    " VALUES ('test', ?, ?, ?, ?)",
                    (key, key, holder, member),
                ).lastrowid
            )

    def conversation(self, key: str, *, is_group: bool = False) -> int:
        """A chat."""
        with self.life.db.write() as db:
            return int(
                db.execute(
                    "INSERT INTO conversation (platform, key, title, is_group)"
                    " VALUES ('test', ?, ?, ?)",
                    (key, key, int(is_group)),
                ).lastrowid
            )

    def say(
        self,
        conversation: int,
        identity: int | None,
        text: str | None,
        at: datetime | None,
        **columns: Any,
    ) -> int:
        """One message."""
        return self.say_all([(conversation, identity, text, at, columns)])[0]

    def say_all(
        self, messages: list[tuple[int, int | None, str | None, datetime | None, dict[str, Any]]]
    ) -> list[int]:
        """Many messages in one transaction."""
        numbers: list[int] = []
        with self.life.db.write() as db:
            for conversation, identity, text, at, columns in messages:
                self._count += 1
                row = {
                    "dedup": f"{id(self)}-{self._count}".encode(),
                    "source": self._source,
                    "locator": str(self._count),
                    "conversation": conversation,
                    "identity": identity,
                    "ts_local": None if at is None else at.isoformat(timespec="seconds"),
                    "ts_precision": "s",
                    "ordinal": self._count,
                    "kind": "text",
                    "text": text,
                    **columns,
                }
                numbers.append(
                    int(
                        db.execute(
                            f"INSERT INTO utterance ({', '.join(row)})"
                            f" VALUES ({', '.join('?' * len(row))})",
                            tuple(row.values()),
                        ).lastrowid
                    )
                )
            if numbers:
                touch(db, numbers[0] - 1)
        return numbers

    def document(self, identity: int, title: str, text: str, **columns: Any) -> int:
        """Something written at length."""
        self._count += 1
        row = {
            "dedup": f"{id(self)}-d{self._count}".encode(),
            "source": self._source,
            "locator": title,
            "title": title,
            "text": text,
            "identity": identity,
            **columns,
        }
        with self.life.db.write() as db:
            return int(
                db.execute(
                    f"INSERT INTO document ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})",
                    tuple(row.values()),
                ).lastrowid
            )

    def exchange(
        self, conversation: int, asker: int, cue: str, person: int, reply: str, at: datetime
    ) -> None:
        """What somebody said and what the person answered, "|" between messages."""
        messages: list[tuple[int, int | None, str | None, datetime | None, dict[str, Any]]] = []
        if cue:
            messages.append((conversation, asker, cue, at, {}))
        for place, text in enumerate(reply.split("|")):
            messages.append((conversation, person, text, at + timedelta(minutes=1 + place), {}))
        self.say_all(messages)

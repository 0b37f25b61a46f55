"""Chats as an archive of the product: written as a file, imported, decided and remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from ofrenda.archive import add, decide, identities
from ofrenda.engines.protocols import Embedder, EngineKind
from ofrenda.engines.registry import create
from ofrenda.settings import Settings
from ofrenda.types import Consent, Member, MemberId, Person
from ofrenda.vault import Life
from ofrenda.vault.keys import KdfParameters

_QUICK = KdfParameters(memory_kib=64, passes=1, lanes=1)
_PASSPHRASE = "fourteen lanterns beside the weir"  # noqa: S105 - of lives that hold nothing real


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a chat: who, when (wall clock), what."""

    who: str
    at: datetime
    text: str


def create_embedder(settings: Settings) -> Embedder:
    """The embedder that ``settings`` name. Raises what the registry raises."""
    return cast(Embedder, create(EngineKind.EMBED, settings))


def bench_life(home: Path, alias: str, person: Person, members: Sequence[Member]) -> Life:
    """A new life for measuring, with consent for ``text``; the first of ``members`` is its keeper.
    Its passphrase is cheap to try: it guards public or invented text."""
    keeper, *others = members
    consent = Consent(
        at=datetime.now(UTC),
        given_by=keeper.name,
        relation=keeper.relation,
        ground="relatives",
        scope=("text",),
        statement="For measuring, with text that is public or invented.",
    )
    life, _ = Life.create(
        home, alias, _PASSPHRASE, person=person, consent=consent, keeper=keeper, kdf=_QUICK
    )
    for member in others:
        life.add_member(member)
    return life


def import_chat(
    life: Life,
    folder: Path,
    title: str,
    said: Sequence[Said],
    holders: Mapping[str, MemberId | None],
    *,
    group: bool = False,
) -> list[int]:
    """Import one chat through the archive's own door; returns the message's id for each of
    ``said``. ``holders``: which member each sender is, None for the person; senders that are not
    named are other people."""
    path = folder / f"{title}.jsonl"
    path.write_text("\n".join(_lines(title, said, group=group)) + "\n", encoding="utf-8")
    add(life, path)
    for sender in identities(life):
        if sender.holder is not None:
            continue
        if sender.name not in holders:
            decide(life, sender.id, "other")
        elif (member := holders[sender.name]) is None:
            decide(life, sender.id, "person")
        else:
            decide(life, sender.id, "member", member)
    with life.db.read() as db:
        rows = db.execute(
            "SELECT u.id FROM utterance AS u JOIN conversation AS c ON c.id = u.conversation"
            " WHERE c.title = ? ORDER BY u.ordinal",
            (title,),
        ).fetchall()
    if len(rows) != len(said):
        raise ValueError("the archive did not keep each message of the chat once")
    return [int(row["id"]) for row in rows]


def _lines(title: str, said: Sequence[Said], *, group: bool) -> list[str]:
    header = {
        "_type": "header",
        "chatlab": {"version": "0.0.1"},
        "meta": {
            "name": title,
            "platform": "bench",
            "type": "group" if group else "private",
            **({"groupId": title} if group else {}),
        },
    }
    messages = [
        {
            "_type": "message",
            "sender": one.who,
            "accountName": one.who,
            "timestamp": int(one.at.replace(tzinfo=UTC).timestamp()),
            "type": 0,
            "content": one.text,
            "ofrenda": {"local": one.at.isoformat(timespec="seconds")},
        }
        for one in said
    ]
    return [json.dumps(one, ensure_ascii=False) for one in (header, *messages)]

"""Who is who, written down beside an export, and taken over by a keeper who asks for it.

Never taken over by itself: a file that somebody handed in must not say who the person is.
"""

from __future__ import annotations

import json
from pathlib import Path

from ofrenda.archive.identities import HOLDERS, decide
from ofrenda.errors import BadInput, NotInvited
from ofrenda.types import MemberId
from ofrenda.vault import Life

FILE = ".who-is-who.json"
"""Hidden, so that importing the folder does not stumble over it."""

_LARGEST = 16 * 2**20


def write_decisions(life: Life, folder: Path) -> None:
    """Write down what was decided about each sender, members by name."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT i.platform, i.key, i.holder, m.name AS member FROM identity AS i"
            " LEFT JOIN member AS m ON m.id = i.member WHERE i.holder IS NOT NULL ORDER BY i.id"
        ).fetchall()
    people = [dict(zip(row.keys(), tuple(row), strict=True)) for row in rows]
    path = folder / FILE
    path.write_text(json.dumps({"version": 1, "people": people}, ensure_ascii=False, indent=1))
    path.chmod(0o600)


def take_over_decisions(life: Life, folder: Path) -> tuple[int, int]:
    """Apply the decisions of an export to senders that nothing was decided about; returns how
    many were, and how many could not be (a member who is not on this life's list, a sender that
    is not there). Raises ``BadInput`` where there are none or they cannot be read."""
    path = folder / FILE
    try:
        if path.stat().st_size > _LARGEST:
            raise ValueError
        people = json.loads(path.read_text(encoding="utf-8"))["people"]
        told = [
            (str(one["platform"]), str(one["key"]), str(one["holder"]), one.get("member"))
            for one in people
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(
            "There are no decisions of an Ofrenda export in that folder. Leave out --decisions, "
            "and say who is who with: ofrenda identities"
        ) from error
    with life.db.read() as db:
        waiting = {
            (row[0], row[1]): int(row[2])
            for row in db.execute("SELECT platform, key, id FROM identity WHERE holder IS NULL")
        }
    done = left = 0
    for platform, key, holder, name in told:
        number = waiting.get((platform, key))
        member = _member(life, name) if holder == "member" else None
        if number is None or holder not in HOLDERS or (holder == "member" and member is None):
            left += 1
            continue
        decide(life, number, holder, member)
        done += 1
    return done, left


def _member(life: Life, name: object) -> MemberId | None:
    try:
        return life.find_member(name).id if isinstance(name, str) else None
    except NotInvited:
        return None

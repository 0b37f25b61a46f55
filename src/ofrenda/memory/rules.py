"""The keeper's rules on who may hear what: by member, conversation, words, or days.

A rule narrows what it touches and never widens it: what was said to one member stays between them
whatever the rules say. Taking a rule back gives what it touched the label that the other rules, and
the archive itself, leave it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from ofrenda.memory.audience import Label, label, strictest
from ofrenda.types import MemberId, Visibility
from ofrenda.vault import Connection, Life

_AT_ONCE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Rule:
    """``visibility`` (with ``members`` for ``member``) holds for what fits all that is named:
    ``said_by`` (``person`` or a member), private chats ``chat_with`` a member, one
    ``conversation``, ``document`` or ``utterance``, texts ``holding`` these words (capitals do
    not count), from ``first`` to ``last`` day. ``id`` is None before it is stored."""

    visibility: Visibility
    members: frozenset[MemberId] = frozenset()
    said_by: str | None = None
    chat_with: MemberId | None = None
    conversation: int | None = None
    document: int | None = None
    utterance: int | None = None
    holding: str | None = None
    first: date | None = None
    last: date | None = None
    id: int | None = None

    @property
    def label(self) -> Label:
        """What it says of what it touches."""
        if self.visibility is Visibility.MEMBER:
            return Label(self.visibility, frozenset(map(str, self.members)))
        return Label(self.visibility)


def rules(life: Life) -> list[Rule]:
    """The rules in force, oldest first."""
    with life.db.read() as db:
        return [_rule(row) for row in db.execute("SELECT * FROM visibility_rule ORDER BY id")]


def apply_rules(life: Life) -> int:
    """Give messages and documents the labels that the rules say; returns how many changed. Passages
    follow when they are brought up to date. What is right already is not touched."""
    found = rules(life)
    changed = 0
    for kind in ("utterance", "document"):
        wanted = _labels(life, kind, found)
        # What becomes narrower first: an interruption never leaves a looser state behind.
        ordered = sorted(wanted.items(), key=lambda one: one[1][0] is None)
        for start in range(0, len(ordered), _AT_ONCE):
            with life.db.write() as db:
                changed += sum(
                    _relabel(db, kind, number, base, now)
                    for number, (now, base) in ordered[start : start + _AT_ONCE]
                )
    return changed


def _labels(life: Life, kind: str, found: Sequence[Rule]) -> dict[int, tuple[Label | None, Label]]:
    """For each record that a rule touches or has touched: the rules' label (None: no rule any
    more) and the one from before."""
    touched: dict[int, list[Label]] = {}
    before: dict[int, Label] = {}
    with life.db.read() as db:
        for rule in found:
            for number in _matching(db, kind, rule):
                touched.setdefault(number, []).append(rule.label)
        for row in db.execute(
            "SELECT id, visibility, visible_to FROM visibility_before WHERE kind = ?", (kind,)
        ):
            before[int(row["id"])] = label(row["visibility"], row["visible_to"])
        for number in touched.keys() - before.keys():
            row = db.execute(
                f"SELECT visibility, visible_to FROM {kind} WHERE id = ?",  # noqa: S608 - a table of ours
                (number,),
            ).fetchone()
            before[number] = label(row["visibility"], row["visible_to"])
    return {
        number: (strictest(touched[number]) if number in touched else None, base)
        for number, base in before.items()
    }


def _relabel(db: Connection, kind: str, number: int, base: Label, now: Label | None) -> bool:
    if now is None:
        db.execute("DELETE FROM visibility_before WHERE kind = ? AND id = ?", (kind, number))
    else:
        db.execute(
            "INSERT OR IGNORE INTO visibility_before VALUES (?, ?, ?, ?)",
            (kind, number, *base.stored()),
        )
    word, members = (base if now is None else strictest((base, now))).stored()
    return bool(
        db.execute(
            f"UPDATE {kind} SET visibility = ?1, visible_to = ?2"  # noqa: S608 - a table of ours
            " WHERE id = ?3 AND (visibility, visible_to) IS NOT (?1, ?2)",
            (word, members, number),
        ).rowcount
    )


def _matching(db: Connection, kind: str, rule: Rule) -> list[int]:
    if kind == "document":
        return _documents(db, rule)
    if rule.document is not None:
        return []
    rows = db.execute(
        "SELECT u.id, u.text FROM utterance AS u JOIN conversation AS c ON c.id = u.conversation"
        " LEFT JOIN identity AS i ON i.id = u.identity"
        " WHERE (:conversation IS NULL OR u.conversation = :conversation)"
        " AND (:utterance IS NULL OR u.id = :utterance)"
        " AND (:said_by IS NULL OR i.member = :said_by"
        "      OR (:said_by = 'person' AND i.holder = 'person'))"
        " AND (:chat_with IS NULL OR (NOT c.is_group AND u.conversation IN"
        "      (SELECT o.conversation FROM utterance AS o JOIN identity AS j ON j.id = o.identity"
        "       WHERE j.member = :chat_with)))"
        " AND (:first IS NULL OR substr(u.ts_local, 1, 10) >= :first)"
        " AND (:last IS NULL OR substr(u.ts_local, 1, 10) <= :last)",
        _bound(rule),
    )
    return [int(row["id"]) for row in rows if _holds(rule, row["text"])]


def _documents(db: Connection, rule: Rule) -> list[int]:
    if rule.conversation is not None or rule.utterance is not None or rule.chat_with is not None:
        return []
    rows = db.execute(
        "SELECT d.id, d.title || ' ' || d.text AS text FROM document AS d"
        " LEFT JOIN identity AS i ON i.id = d.identity"
        " WHERE (:document IS NULL OR d.id = :document)"
        " AND (:said_by IS NULL OR i.member = :said_by"
        "      OR (:said_by = 'person' AND i.holder = 'person'))"
        " AND (:first IS NULL OR d.written_on >= :first)"
        " AND (:last IS NULL OR d.written_on <= :last)",
        _bound(rule),
    )
    return [int(row["id"]) for row in rows if _holds(rule, row["text"])]


def _holds(rule: Rule, text: str | None) -> bool:
    return rule.holding is None or (text is not None and rule.holding.casefold() in text.casefold())


def _bound(rule: Rule) -> dict[str, Any]:
    return {
        "conversation": rule.conversation,
        "document": rule.document,
        "utterance": rule.utterance,
        "said_by": rule.said_by,
        "chat_with": rule.chat_with,
        "first": day_of(rule.first),
        "last": day_of(rule.last),
    }


def _rule(row: Any) -> Rule:
    members = frozenset(MemberId(one) for one in json.loads(row["visible_to"] or "[]"))
    return Rule(
        visibility=Visibility(row["visibility"]),
        members=members,
        said_by=row["said_by"],
        chat_with=row["chat_with"],
        conversation=row["conversation"],
        document=row["document"],
        utterance=row["utterance"],
        holding=row["holding"],
        first=None if row["first_day"] is None else date.fromisoformat(row["first_day"]),
        last=None if row["last_day"] is None else date.fromisoformat(row["last_day"]),
        id=int(row["id"]),
    )


def day_of(day: date | None) -> str | None:
    """A day as the database holds it."""
    return None if day is None else day.isoformat()

"""Putting the keeper's rules on who may hear what in force, and taking them back."""

from __future__ import annotations

from ofrenda.clock import Clock, SystemClock
from ofrenda.errors import BadInput
from ofrenda.memory.index import index
from ofrenda.memory.rules import Rule, day_of, rules
from ofrenda.types import MemberId, Visibility
from ofrenda.vault import Life

__all__ = ["Rule", "add_rule", "remove_rule", "rules"]


def add_rule(life: Life, rule: Rule, clock: Clock | None = None) -> int:
    """Put ``rule`` in force at once; returns its number. Raises BadInput for a rule that names
    nothing or that says ``family``, NotInvited for an unknown member."""
    _require_sense(life, rule)
    now = (clock or SystemClock()).now()
    with life.db.write() as db:
        number = db.execute(
            "INSERT INTO visibility_rule (at_utc, visibility, visible_to, said_by, chat_with,"
            " conversation, document, utterance, holding, first_day, last_day)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                now.strftime("%Y-%m-%dT%H:%M:%SZ"),
                *rule.label.stored(),
                rule.said_by,
                rule.chat_with,
                rule.conversation,
                rule.document,
                rule.utterance,
                None if rule.holding is None else rule.holding.casefold(),
                day_of(rule.first),
                day_of(rule.last),
            ),
        ).lastrowid
    index(life)
    return int(number)


def remove_rule(life: Life, number: int) -> None:
    """Take the rule back. Raises BadInput where there is none of that number."""
    with life.db.write() as db:
        gone = db.execute("DELETE FROM visibility_rule WHERE id = ?", (number,)).rowcount
    if gone != 1:
        raise BadInput("There is no rule with that number. See them with: ofrenda visibility LIFE")
    index(life)


def _require_sense(life: Life, rule: Rule) -> None:
    named = (
        rule.said_by, rule.chat_with, rule.conversation, rule.document, rule.utterance,
        rule.holding, rule.first, rule.last,
    )  # fmt: skip
    if all(one is None or one == "" for one in named):
        raise BadInput("A rule has to say what it is about: a member, a chat, words, or days.")
    if rule.visibility is Visibility.FAMILY:
        raise BadInput("A rule can only narrow who hears something. To widen, take a rule back.")
    if (rule.visibility is Visibility.MEMBER) != bool(rule.members):
        raise BadInput("Say who may hear it: name members for 'member', and only for 'member'.")
    for member in (*rule.members, rule.chat_with, rule.said_by):
        if member is not None and member != "person":
            life.member(MemberId(member))

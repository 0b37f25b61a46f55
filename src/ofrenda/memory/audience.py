"""Who may hear a passage: the one rule that every query on passages carries."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable
from typing import Final, NamedTuple

from ofrenda.types import Member, Role, Visibility

AUDIBLE: Final = """(
    p.visibility IN ('family', 'member', 'keeper_only')
    AND (p.visibility <> 'keeper_only' OR :listener_keeps)
    AND (p.visibility <> 'member' OR p.visible_to IS NOT NULL)
    AND (p.visible_to IS NULL
         OR EXISTS (SELECT 1 FROM json_each(p.visible_to) AS j WHERE j.value = :listener))
)"""
"""SQL condition on ``passage AS p``: this listener may hear it. Bind :func:`listening` with it.

Every clause narrows: a passage that is for keepers only *and* has a list of members is heard only
by a keeper on that list; an empty list is heard by nobody, and an unknown label by nobody. Queries
write ``AUDIBLE(p)`` for it and pass through :func:`heard_by`.
"""


def heard_by(sql: str) -> str:
    """``sql`` with every ``AUDIBLE(p)`` in it replaced by the rule."""
    return sql.replace("AUDIBLE(p)", AUDIBLE)


def listening(listener: Member) -> dict[str, object]:
    """The parameters that :data:`AUDIBLE` binds."""
    return {"listener": str(listener.id), "listener_keeps": listener.role is Role.KEEPER}


class Label(NamedTuple):
    """Who may hear something: ``members`` None means no list of members narrows it."""

    visibility: Visibility = Visibility.FAMILY
    members: frozenset[str] | None = None

    def stored(self) -> tuple[str, str | None]:
        """The two columns of the passage table."""
        return _stored(self)


@functools.lru_cache(maxsize=1024)
def _stored(one: Label) -> tuple[str, str | None]:
    listed = None if one.members is None else json.dumps(sorted(one.members))
    return one.visibility.value, listed


_STRICTNESS = {
    Visibility.FAMILY: 0,
    Visibility.MEMBER: 1,
    Visibility.KEEPER_ONLY: 2,
    Visibility.NEVER_SPEAK: 3,
}


def label(visibility: str, visible_to: str | None) -> Label:
    """The label of one record as stored. One that cannot be read is never spoken."""
    if visibility not in set(Visibility):
        return Label(Visibility.NEVER_SPEAK)
    members = None if visible_to is None else frozenset(str(one) for one in json.loads(visible_to))
    if visibility == Visibility.MEMBER and members is None:
        members = frozenset()
    return Label(Visibility(visibility), members)


def strictest(labels: Iterable[Label]) -> Label:
    """The label that nothing in ``labels`` is looser than: the narrowest word, and only the
    members that every list names."""
    return _strictest(frozenset(labels))


@functools.lru_cache(maxsize=1024)  # a life has few labels, and each passage asks
def _strictest(labels: frozenset[Label]) -> Label:
    result = Label()
    for one in labels:
        members = result.members
        if one.members is not None:
            members = one.members if members is None else members & one.members
        result = Label(
            max(result.visibility, one.visibility, key=lambda word: _STRICTNESS[word]), members
        )
    if result.members is not None and result.visibility is Visibility.FAMILY:
        return Label(Visibility.MEMBER, result.members)
    return result

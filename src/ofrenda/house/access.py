"""Who may do what. Default deny: an action that is not in the table is refused."""

from __future__ import annotations

import enum
from types import MappingProxyType

from ofrenda.types import Role


class Action(enum.StrEnum):
    """What a route does; every route declares exactly one."""

    KNOCK = "knock"
    """Needs no session: the empty page, its parts, the health check, handing in a link."""
    SEE = "see"
    """See whom one is about to call."""
    CALL = "call"
    """Call and hang up."""
    LISTEN = "listen"
    """Compare voices that were made, without knowing which is which."""
    KEEP = "keep"
    """Put in what was left, and say who is who: look after the life."""


MAY = MappingProxyType(
    {
        Action.SEE: frozenset({Role.KEEPER, Role.FAMILY}),
        Action.CALL: frozenset({Role.KEEPER, Role.FAMILY}),
        Action.LISTEN: frozenset({Role.KEEPER, Role.FAMILY}),
        Action.KEEP: frozenset({Role.KEEPER}),
    }
)
"""Roles per action. Children and listeners are not in it yet: a child calls only in a manner made
for children, and a listener only hears what was left; neither is built."""


def can(role: Role, action: Action) -> bool:
    """Whether somebody of that role may do that (``KNOCK`` is nobody's and is never asked)."""
    return role in MAY.get(action, frozenset())

"""The family sets the manner right: "he would never say that", "he would say it like this".

A correction takes effect at the next turn, is listed with who made it, and can be taken back. It is
never deleted. A keeper's holds for everybody; anybody else's for their own calls alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from ofrenda.errors import BadInput
from ofrenda.types import Member, Role
from ofrenda.vault import Life

ALIKE: Final = 0.8
"""Share of words that two sentences must have in common to be one sentence (chosen: a changed name
or particle in a line of six words leaves 0.83)."""


@dataclass(frozen=True, slots=True)
class Correction:
    """``said`` is not to be said; ``instead``, where given, is. ``only_for`` None: for all."""

    id: int
    at: datetime
    by: str
    said: str
    instead: str | None
    only_for: str | None
    undone: bool = False


def corrections(life: Life, listener: Member | None = None) -> list[Correction]:
    """Those that hold for ``listener``, newest first; for None all of them, undone ones too."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT c.*, m.name AS name FROM correction AS c JOIN member AS m ON m.id = c.by_member"
            " WHERE :everything OR (c.undone_utc IS NULL"
            " AND (c.only_for IS NULL OR c.only_for = :listener))"
            " ORDER BY c.at_utc DESC, c.id DESC",
            {"everything": listener is None, "listener": str(listener.id) if listener else None},
        ).fetchall()
    return [
        Correction(
            id=int(row["id"]),
            at=datetime.fromisoformat(str(row["at_utc"]).replace("Z", "+00:00")),
            by=str(row["name"]),
            said=str(row["said"]),
            instead=row["instead"],
            only_for=row["only_for"],
            undone=row["undone_utc"] is not None,
        )
        for row in rows
    ]


def correct(life: Life, by: Member, said: str, instead: str | None, at: datetime) -> int:
    """Record that ``said`` is not what they would say; gives the correction's number."""
    said, instead = said.strip(), (instead or "").strip() or None
    if not said:
        raise BadInput("Say which sentence was wrong.")
    with life.db.write() as db:
        cursor = db.execute(
            "INSERT INTO correction (by_member, at_utc, kind, said, instead, only_for)"
            " VALUES (?, ?, ?, ?, ?, ?)",
            (
                str(by.id),
                _stamp(at),
                "instead" if instead else "never",
                said,
                instead,
                None if by.role is Role.KEEPER else str(by.id),
            ),
        )
        return int(cursor.lastrowid)


def undo(life: Life, by: Member, number: int, at: datetime) -> None:
    """Take a correction back. A keeper may take back anybody's, others their own; else BadInput."""
    with life.db.write() as db:
        changed = db.execute(
            "UPDATE correction SET undone_utc = ? WHERE id = ? AND undone_utc IS NULL"
            " AND (by_member = ? OR ?)",
            (_stamp(at), number, str(by.id), by.role is Role.KEEPER),
        ).rowcount
    if not changed:
        raise BadInput(f"There is no correction {number} that can be taken back here.")


def corrected(text: str, some: Iterable[Correction]) -> Correction | None:
    """The correction that ``text`` falls under, or None."""
    mine = _words(text)
    if not mine:
        return None
    for one in some:
        theirs = _words(one.said)
        if mine == theirs:
            return one
        together = len(set(mine) & set(theirs))
        if min(len(mine), len(theirs)) >= 4 and together >= ALIKE * len({*mine, *theirs}):
            return one
    return None


def _words(text: str) -> Sequence[str]:
    plain = unicodedata.normalize("NFKC", text).casefold()
    return re.findall(r"[\u3400-\u9fff]|[^\W_\u3400-\u9fff]+", plain)


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --------------------------------------------------------------------- by voice

_WHO: Final = r"(?:he|she|they|you|dad|mum|mom|grandma|grandpa|papa|mama)"
_NEVER_EN: Final = re.compile(
    rf"\b{_WHO}\s*(?:would|'d|wouldn't|would\s+not)\s*(?:have\s+)?(?:never|not|ever)?\s*(?:have\s+)?(?:say|said|talk|talked|put)\s+"
    r"(?:that|it|this|so|(?:it\s+)?like\s+(?:that|this))\b"
    r"|\bthat(?:'s|\s+is)\s+not\s+(?:how|what)\s+(?:he|she|you)\s+(?:would\s+)?(?:talk|speak|say|said|spoke|talked)s?\b"
    r"|\bdon't\s+say\s+that\s+again\b",
    re.IGNORECASE,
)
_DENIES: Final = re.compile(r"never|n't|\bnot\b", re.IGNORECASE)
_INSTEAD_EN: Final = re.compile(
    rf"\b{_WHO}\s*(?:would|'d)\s+(?:have\s+|rather\s+|always\s+)?(?:say|said|put\s+it)\b(?:\s+it)?(?:\s+like\s+this)?\s*[:,]?\s+[\"“']?(?P<line>[^\"”]+?)[\"”']?\s*$",
    re.IGNORECASE,
)
_NEVER_ZH: Final = re.compile(
    r"(?:他|她|你|爸|妈)(?:才|从来|绝对|肯定|是)?(?:不会|不可能|不|没)(?:这么|这样|那么|那样)(?:说|讲)|(?:不像|不是)(?:他|她|你)(?:会)?说的话"
)
_INSTEAD_ZH: Final = re.compile(
    r"(?:他|她|你|爸爸?|妈妈?)(?:应该|一定|只|总|总是)?会(?:这么|这样)?(?:说|讲)\s*[:：,，\"“「]\s*[\"“「]?(?P<line>[^\"”」]{1,80}?)[\"”」]?\s*$"
)
_BACK: Final = re.compile(
    r"\b(?:take\s+back|undo|forget)\s+(?:that|my|the\s+last)\s+correction\b|(?:撤回|取消|收回)(?:刚才)?(?:的|那个)?(?:更正|纠正)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Heard:
    """A correction that was spoken: ``kind`` is ``never``, ``instead`` or ``back``."""

    kind: str
    line: str | None = None


def heard_correction(text: str) -> Heard | None:
    """The correction that ``text`` makes, or None."""
    plain = text.replace("’", "'").strip()
    if _BACK.search(plain):
        return Heard("back")
    for pattern in (_INSTEAD_EN, _INSTEAD_ZH):
        found = pattern.search(plain)
        if found and not _POINTS.fullmatch(found["line"].strip(" .!。！")) and "?" not in plain:
            return Heard("instead", found["line"].strip())
    denied = _NEVER_EN.search(plain)
    if (
        _NEVER_ZH.search(plain)
        or (denied and _DENIES.search(denied.group()))
        or (denied and "don't say" in denied.group().lower())
    ):
        return Heard("never")
    return None


_POINTS: Final = re.compile(
    r"(?:that|it|this|so|like\s+(?:that|this)|什么|啥|那个|这个|吗)(?:\s+\w+)?", re.IGNORECASE
)

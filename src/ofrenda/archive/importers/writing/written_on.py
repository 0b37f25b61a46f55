"""When something was written, where it says so. A file's own time stamp is no evidence."""

from __future__ import annotations

import enum
import re
from datetime import date

_MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "january jan januar janvier enero gennaio janeiro",
            "february feb februar février febrero febbraio fevereiro",
            "march mar märz mars marzo março",
            "april apr avril abril aprile",
            "may mai mayo maggio maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet julio luglio julho",
            "august aug août agosto",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre diciembre dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<y>(?:1[89]|20)\d\d)(?P<s>[-./_年])\s?(?P<m>\d{1,2})"
    r"(?:(?P=s)|月)\s?(?P<d>\d{1,2})(?!\d)日?"
)
_SOLID = re.compile(r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>[01]\d)(?P<d>[0-3]\d)(?!\d)")
_DAY_MONTH = re.compile(
    rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.|er|º)?[ _-](?:de |of )?"
    rf"(?P<n>{_MONTH})\.?,?[ _-](?:de )?(?P<y>(?:1[89]|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_MONTH_DAY = re.compile(
    rf"\b(?P<n>{_MONTH})\.?[ _-](?P<d>\d{{1,2}})(?:st|nd|rd|th)?,?[ _-]"
    r"(?P<y>(?:1[89]|20)\d\d)(?!\d)",
    re.IGNORECASE,
)
_NUMERIC = re.compile(
    r"(?<!\d)(?P<a>\d{1,2})(?P<s>[-./])\s?(?P<b>\d{1,2})(?P=s)\s?(?P<y>(?:1[89]|20)\d\d)(?!\d)"
)
_WHERE_WHEN = re.compile(r"[\w .'’\-]{0,40}[,，]?[ ]*(?:den|le|el|the|on)?[ ]*", re.IGNORECASE)
_TOP_LINES, _END_LINES = 4, 3


class Dated(enum.Enum):
    """Why there is no date."""

    NOT_STATED = enum.auto()
    AMBIGUOUS = enum.auto()
    """Day and month could be either way round."""


def find_date(
    stated: str | None, stem: str, text: str, *, order: str | None, today: date
) -> date | Dated:
    """The date of a writing: what its head states, else its file's name, else a line of its own
    at the top or the end (``London, 3 May 2019``). ``order`` (dmy or mdy) settles 3/5/2019."""
    if stated is not None:
        found = _first(stated, order, today)
        if found is not Dated.NOT_STATED:
            return found
    found = _first(stem, order, today)
    if found is not Dated.NOT_STATED:
        return found
    filled = [line.strip() for line in text.split("\n") if line.strip()]
    for line in [*filled[:_TOP_LINES], *filled[-_END_LINES:]]:
        match = _match(line)
        if match is not None and len(line) <= 60:
            around = line[: match.start()] + line[match.end() :].lstrip(". ")
            if _WHERE_WHEN.fullmatch(around) and len(around.split()) <= 4:
                found = _read(match, order, today)
                if found is not Dated.NOT_STATED:
                    return found
    return Dated.NOT_STATED


def without_date(stem: str) -> str:
    """A file's name as a title."""
    match = _match(stem)
    if match is not None:
        stem = stem[: match.start()] + stem[match.end() :]
    if " " not in stem.strip():
        stem = stem.replace("_", " ").replace("-", " ")
    return " ".join(stem.split()).strip(" -_.,")


def _match(words: str) -> re.Match[str] | None:
    for pattern in (_YEAR_FIRST, _DAY_MONTH, _MONTH_DAY, _NUMERIC, _SOLID):
        if found := pattern.search(words):
            return found
    return None


def _first(words: str, order: str | None, today: date) -> date | Dated:
    match = _match(words)
    return Dated.NOT_STATED if match is None else _read(match, order, today)


def _read(match: re.Match[str], order: str | None, today: date) -> date | Dated:
    parts = match.groupdict()
    year = int(parts["y"])
    if "a" in parts:
        a, b = int(parts["a"]), int(parts["b"])
        if a <= 12 and b <= 12 and a != b and order not in ("dmy", "mdy"):
            return Dated.AMBIGUOUS
        month_first = b > 12 or (a <= 12 and order == "mdy")
        month, day = (a, b) if month_first else (b, a)
    else:
        day = int(parts["d"])
        month = _MONTHS[parts["n"].casefold()] if "n" in parts else int(parts["m"])
    try:
        found = date(year, month, day)
    except ValueError:
        return Dated.NOT_STATED
    return found if found <= today else Dated.NOT_STATED

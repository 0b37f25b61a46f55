"""Lines that would begin a message but for a damaged letter: they must not pass for the words of
whoever wrote before."""

from __future__ import annotations

import re
from collections.abc import Iterable

from ofrenda.archive.importers.whatsapp.grammar import PASTED, unmarked

_DIGITS = 5
"""A date and a time have six digits or more; one may be damaged."""

_LETTERS = 12
_FORM = 45
"""Characters that a head without its name may have."""

_SLIPS = 2
"""Letters by which a head's form may be off: a wrong one in the middle of a number makes two."""

_RUNS = re.compile(r"(?P<digits>\d+)|(?P<letters>[^\W\d_]+)|(?P<gap>\s+)")


class Near:
    """The heads of one file, and what is nearly one."""

    def __init__(self, names: Iterable[str]) -> None:
        known = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
        self._named = (
            re.compile(rf"(?P<head>[^\n]{{6,45}}?)(?<!\w)(?:{known}): ") if known else None
        )
        self._forms: set[str] = set()

    def learn(self, head: str) -> None:
        """The head of a sound message, as far as the sender's name."""
        self._forms.add(_form(head))

    def miss(self, line: str) -> bool:
        """Whether a line is nearly the beginning of a message: with a known name behind what may
        have been a date, or formed like the file's own heads but for :data:`_SLIPS` letters."""
        if ": " not in line:
            return False
        bare = unmarked(line)
        if sum(c.isdigit() for c in bare[:_FORM]) < _DIGITS or PASTED.match(bare) is not None:
            return False
        match = None if self._named is None else self._named.match(bare)
        if match is not None:
            head = match["head"]
            digits = sum(c.isdigit() for c in head)
            if digits >= _DIGITS and sum(c.isalpha() for c in head) <= _LETTERS:
                return True
        form = _form(bare[: _FORM + _SLIPS])
        return any(_slips(head, form) <= _SLIPS for head in self._forms)


def _form(head: str) -> str:
    """A head with each number written as 0 and each word as a."""
    return _RUNS.sub(_sign, unmarked(head)).strip(" ")


def _sign(run: re.Match[str]) -> str:
    return "0" if run["digits"] else "a" if run["letters"] else " "


def _slips(head: str, line: str) -> int:
    """Letters that are wrong, lost or too many in ``line`` where it begins like ``head``."""
    row = list(range(len(head) + 1))
    least = row[-1]
    for place, letter in enumerate(line[: len(head) + _SLIPS], start=1):
        before, row[0] = row[0], place
        for at, wanted in enumerate(head, start=1):
            cost = min(row[at] + 1, row[at - 1] + 1, before + (letter != wanted))
            before, row[at] = row[at], cost
        least = min(least, row[-1])
    return least

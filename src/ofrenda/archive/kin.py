"""Which senders may be one person, and why: proposals for the keeper, never applied here."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from ofrenda.archive.address_book import Card
from ofrenda.archive.importers.writing import UNSIGNED

_NOBODYS = frozenset({"ownerofthephone", "me", "you", "我", "unknown", "user", "unsigned"})
"""What formats write where they know no name: shared by strangers."""

_LONGEST_NUMBER = 24
_DIGITS_ALIKE = 9
"""Last digits that two writings of one number share, whatever stands before them."""


@dataclass(frozen=True, slots=True)
class Sender:
    """A sender to be compared with others."""

    id: int
    platform: str
    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """Senders that look like one person. ``because`` is ``number``, ``address``, ``name`` or
    ``card``; ``detail`` the number, address or name that they share."""

    ids: tuple[int, ...]
    because: str
    detail: str

    def to_json(self) -> dict[str, Any]:
        """The proposal as JSON-ready data."""
        return asdict(self)


def proposals(senders: Sequence[Sender], cards: Iterable[Card] = ()) -> list[Proposal]:
    """Every reason to think that senders are one person, the surest kind first.

    Numbers are compared in their international form (E.164, by ``phonenumbers``). One that is
    written without its country is read as of each country that the other numbers show, and else
    compared by its last nine digits.
    """
    numbers = _Numbers(part for one in senders for part in (one.name, one.key))
    found: list[Proposal] = []
    by_number: dict[str, dict[int, None]] = defaultdict(dict)
    by_address: dict[str, dict[int, None]] = defaultdict(dict)
    by_name: dict[str, dict[int, None]] = defaultdict(dict)
    for one in senders:
        for part in dict.fromkeys((one.name, one.key)):
            if number := numbers.of(part):
                by_number[number][one.id] = None
            elif address := _address(part):
                by_address[address][one.id] = None
        if not numbers.of(one.name) and not _address(one.name):
            letters = _letters(one.name)
            if letters not in _NOBODYS and not one.key.startswith(f"{UNSIGNED}:"):
                by_name[letters][one.id] = None
    names = {one.id: one.name for one in senders}
    found += _groups(by_number, "number")
    found += _groups(by_address, "address")
    for group in by_name.values():
        if len(group) > 1:
            found.append(Proposal(tuple(group), "name", names[next(iter(group))]))
    for card in cards:
        ids: dict[int, None] = dict(by_name.get(_letters(card.name), {}))
        for handle in card.handles:
            ids |= by_number.get(numbers.of(handle) or "", {})
            ids |= by_address.get(handle.casefold(), {})
        known = any(set(ids) <= set(other.ids) for other in found)
        if len(ids) > 1 and not known:
            found.append(Proposal(tuple(ids), "card", card.name))
    return found


@dataclass(frozen=True, slots=True)
class Kin:
    """Senders that proposals join, with every reason: ``(because, detail)`` as in
    :class:`Proposal`."""

    ids: tuple[int, ...]
    reasons: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, Any]:
        """The group as JSON-ready data."""
        return {
            "ids": list(self.ids),
            "reasons": [{"because": because, "detail": detail} for because, detail in self.reasons],
        }


def joined(found: Sequence[Proposal]) -> list[Kin]:
    """Proposals that share a sender as one group: each sender is in at most one."""
    group_of: dict[int, int] = {}
    members: dict[int, set[int]] = {}
    for number, proposal in enumerate(found):
        touched = {group_of[one] for one in proposal.ids if one in group_of}
        together = set(proposal.ids).union(*(members.pop(group) for group in touched))
        members[number] = together
        group_of |= dict.fromkeys(together, number)
    reasons: dict[int, dict[tuple[str, str], None]] = defaultdict(dict)
    for proposal in found:
        reasons[group_of[proposal.ids[0]]][proposal.because, proposal.detail] = None
    return [
        Kin(tuple(sorted(ids)), tuple(reasons[group])) for group, ids in sorted(members.items())
    ]


def alike(found: Iterable[Proposal]) -> dict[int, tuple[int, ...]]:
    """For each sender the others that a proposal names beside it."""
    others: dict[int, dict[int, None]] = defaultdict(dict)
    for proposal in found:
        for one in proposal.ids:
            others[one] |= {other: None for other in proposal.ids if other != one}
    return {one: tuple(sorted(group)) for one, group in others.items()}


def same_name(one: str, other: str) -> bool:
    """Whether two names are the same but for case, width, spaces and signs."""
    return _letters(one) == _letters(other)


def _groups(found: Mapping[str, dict[int, None]], because: str) -> list[Proposal]:
    return [
        Proposal(tuple(group), because, shared) for shared, group in found.items() if len(group) > 1
    ]


class _Numbers:
    """Telephone numbers as one archive writes them."""

    def __init__(self, parts: Iterable[str]) -> None:
        self._known: dict[str, str | None] = {}
        self._national: dict[str, str] = {}
        """Last digits of the international numbers -> the number, where they are one number's."""
        written = [part for part in parts if _number_like(part)]
        countries: Counter[str] = Counter()
        endings: dict[str, set[str]] = defaultdict(set)
        for part in written:
            if (parsed := _parsed(part, None)) is not None:
                countries[parsed[1]] += 1
                endings[_digits(part)[-_DIGITS_ALIKE:]].add(parsed[0])
        self._countries = [country for country, _ in countries.most_common(4)]
        self._national = {end: next(iter(of)) for end, of in endings.items() if len(of) == 1}

    def of(self, text: str) -> str | None:
        """The number as E.164, or its last digits where its country is not known; None where the
        text is no number."""
        if not _number_like(text):
            return None
        if text not in self._known:
            self._known[text] = self._find(text)
        return self._known[text]

    def _find(self, text: str) -> str | None:
        if (parsed := _parsed(text, None)) is not None:
            return parsed[0]
        digits = _digits(text)
        if (international := self._national.get(digits[-_DIGITS_ALIKE:])) is not None:
            return international
        for country in self._countries:
            if (parsed := _parsed(text, country)) is not None:
                return parsed[0]
        return digits[-_DIGITS_ALIKE:]


def _number_like(text: str) -> bool:
    if len(text) > _LONGEST_NUMBER or any(c.isalpha() for c in text) or "@" in text:
        return False
    return len(_digits(text)) >= _DIGITS_ALIKE


def _parsed(text: str, country: str | None) -> tuple[str, str] | None:
    import phonenumbers  # 0.1 s to import; most runs never need it

    try:
        number = phonenumbers.parse(text, country)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    region = phonenumbers.region_code_for_country_code(number.country_code or 0)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164), region


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def _address(text: str) -> str | None:
    plain = text.strip().casefold()
    return plain if re.fullmatch(r"[^\s@]{1,64}@[^\s@]{1,190}\.[^\s@.]{2,}", plain) else None


def _letters(name: str) -> str:
    folded = unicodedata.normalize("NFKC", name).casefold()
    return "".join(c for c in folded if c.isalnum()) or name

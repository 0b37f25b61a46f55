"""Whom a question speaks of: the person, the caller, somebody on the list, by any name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from ofrenda.memory.postings import search_term
from ofrenda.memory.script import han_count
from ofrenda.memory.words import KIN, STOP, kin_of, words
from ofrenda.types import Member, Person

ALIAS_WEIGHT: Final = 0.7
"""Of another name of somebody who was named, beside 1 for the name that was used (chosen: the
other name may be somebody else's)."""

PERSON: Final = "person"

# The relative that a caller of a relation means: (the caller's, the word used) -> to the person.
_MEANT: Final = {
    ("child", "mother"): ("wife", "mother", "partner"),
    ("child", "father"): ("husband", "father", "partner"),
    ("child", "sister"): ("daughter",),
    ("child", "brother"): ("son",),
    ("child", "grandmother"): ("mother",),
    ("child", "grandfather"): ("father",),
    ("child", "uncle"): ("brother",),
    ("child", "aunt"): ("sister",),
    ("spouse", "son"): ("son",),
    ("spouse", "daughter"): ("daughter",),
    ("grandchild", "grandmother"): ("wife",),
    ("grandchild", "grandfather"): ("husband",),
    ("grandchild", "mother"): ("daughter",),
    ("grandchild", "father"): ("son",),
    ("grandchild", "aunt"): ("daughter",),
    ("grandchild", "uncle"): ("son",),
}
_CLASS: Final = {
    **dict.fromkeys(("son", "daughter", "child"), "child"),
    **dict.fromkeys(("wife", "husband", "partner"), "spouse"),
    **dict.fromkeys(("grandson", "granddaughter", "grandchild"), "grandchild"),
}
_YOURS: Final = re.compile(r"\byour\s+([a-z]+)|[你您]的?([\u4e00-\u9fff]{2})", re.IGNORECASE)
_YOU: Final = re.compile(r"\b(?:you|your|yours|u)\b|[你您]", re.IGNORECASE)
_ME: Final = re.compile(r"\b(?:i|i'\w+|me|my|mine)\b|我(?!们)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """What a question says without the names of those who may have spoken (``plain``), whose words
    it is about (``speakers``: ``person``, ``member:<id>``), and ``aliases``: other names, as search
    terms with weights, of those it mentions."""

    plain: str
    speakers: frozenset[str]
    aliases: Mapping[str, float]


def named_in(question: str, listener: Member, person: Person, members: Sequence[Member]) -> Named:
    """Read ``question`` as ``listener`` asks it of the life of ``person``.

    What somebody said about themselves does not hold their name, so names of speakers are taken
    out of what is searched, and their words are preferred instead.
    """
    speakers: set[str] = set()
    plain = question
    for speaker, name in _names(person, members):
        pattern = _pattern(name)
        if pattern.search(question):
            speakers.add(speaker)
            plain = pattern.sub(" ", plain)
    if _YOU.search(question):
        speakers.add(PERSON)
    elif _ME.search(question) and not speakers:
        speakers.add(f"member:{listener.id}")
    meant = [member for member in members if _meant(question, listener, member)]
    spoken = [
        member
        for member in members
        if f"member:{member.id}" in speakers and member.id != listener.id
    ]
    aliases: dict[str, float] = {}
    for member in (*meant, *spoken):
        for name in (member.name, member.called or ""):
            for word in words(name):
                if (found := search_term(word)) is not None:
                    aliases[found] = ALIAS_WEIGHT
        for kin in kin_of(member.relation):
            aliases[kin] = ALIAS_WEIGHT
    if not words(plain):
        plain = question
    return Named(plain.strip(), frozenset(speakers), aliases)


_SALUTATION: Final = re.compile(
    r"^\W*(?:(?:my|our)\s+)?(?:(?:own|very)\s+)?(?:dear(?:est)?|darling|beloved|sweet|hi|hello|hey)\b"
    r"|^\W*(?:我?(?:最|的|亲)?亲爱的|致|给)",
    re.IGNORECASE,
)
_LONGEST: Final = 60
"""Characters of a line that may be a salutation."""


def written_to(opening: str, members: Sequence[Member]) -> str | None:
    """The id of the one member whom a letter that begins with ``opening`` greets by name: "My dear
    Sparrow,"; None where it greets nobody, or several."""
    first = next((line.strip() for line in opening.splitlines() if line.strip()), "")
    if len(first) > _LONGEST:
        return None
    greets = _SALUTATION.search(first) is not None
    greeted = {
        str(member.id)
        for member in members
        for whole in (member.name, member.called)
        for name in _forms(whole or "")
        if _greeted(name, first, alone=not greets)
    }
    return greeted.pop() if len(greeted) == 1 else None


def _greeted(name: str, line: str, *, alone: bool) -> bool:
    """Whether ``line`` holds ``name``; ``alone``: and nothing beside it but "my"."""
    found = rf"(?<![a-z]){re.escape(name)}(?![a-z])"
    if alone:
        return re.fullmatch(rf"\W*(?:(?:my|our)\s+)?{found}\W*", line, re.IGNORECASE) is not None
    return re.search(found, line, re.IGNORECASE) is not None


def _names(person: Person, members: Sequence[Member]) -> Iterator[tuple[str, str]]:
    """(who, a name of theirs), the longest first."""
    found = [(PERSON, name) for name in _forms(person.name)]
    for member in members:
        for whole in (member.name, member.called):
            found += [(f"member:{member.id}", name) for name in _forms(whole or "")]
    yield from sorted(found, key=lambda one: -len(one[1]))


def _forms(name: str) -> Iterator[str]:
    name = name.strip()
    if not name:
        return
    # "Dad" and "妈妈" are names that anybody may use of anybody.
    if name.casefold() in STOP or name.casefold() in KIN:
        return
    yield name
    parts = name.split()
    if len(parts) > 1 and len(parts[0]) > 1 and parts[0].casefold() not in STOP:
        yield parts[0]
    if len(parts) == 1 and han_count(name) == len(name) == 3:
        yield name[1:]  # a given name without the family's


def _pattern(name: str) -> re.Pattern[str]:
    if han_count(name):
        return re.compile(re.escape(name))
    return re.compile(rf"(?<!\w){re.escape(name)}(?:['’]s)?(?!\w)", re.IGNORECASE)


def _meant(question: str, listener: Member, member: Member) -> bool:
    """Whether ``question`` means ``member`` by a relative's name: "Mum", "your wife"."""
    if member.id == listener.id:
        return False
    relation = kin_of(member.relation) or frozenset(words(member.relation))
    yours = {
        kin
        for match in _YOURS.finditer(question)
        for kin in kin_of(match.group(1) or match.group(2))
    }
    if yours & relation:
        return True
    caller = {_CLASS.get(one, "") for one in kin_of(listener.relation) or words(listener.relation)}
    return any(
        relation & set(_MEANT.get((side, kin), ()))
        for side in caller
        for kin in kin_of(question) - yours
    )

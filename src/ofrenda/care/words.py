"""The house's own words in both languages: read from the package, never composed by a model."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from ofrenda.types import LANGUAGES, Mood, MoodName, Person, Provenance, Sentence

GENTLE = Mood(MoodName.CALM, 0.4, -0.1)
"""How the house speaks: calm, a little slow."""


@dataclass(frozen=True, slots=True)
class Wording:
    """The house's sentences in one language; ``{name}`` stands for the person."""

    language: str
    sections: Mapping[str, Mapping[str, tuple[str, ...]]]

    def lines(self, section: str, key: str) -> tuple[str, ...]:
        """The sentences under ``section`` and ``key``; KeyError when there are none."""
        return self.sections[section][key]


@functools.cache
def wording(language: str) -> Wording:
    """The house's words in ``language``; English where the house does not speak it."""
    known = language if language in LANGUAGES else "en"
    text = (resources.files("ofrenda.care") / "wording" / f"{known}.toml").read_text("utf-8")
    sections = {
        section: MappingProxyType({key: _lines(value) for key, value in entries.items()})
        for section, entries in tomllib.loads(text).items()
    }
    return Wording(known, MappingProxyType(sections))


def _lines(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)


def house_sentences(section: str, key: str, person: Person, language: str) -> list[Sentence]:
    """Sentences of the house about ``person``, for its neutral voice."""
    words = wording(language)
    return [
        Sentence(
            text=filled,
            spoken=filled,
            language=words.language,
            provenance=Provenance.HOUSE,
            mood=GENTLE,
        )
        for filled in (line.replace("{name}", person.name) for line in words.lines(section, key))
    ]


def disclosure(person: Person, language: str) -> list[Sentence]:
    """What every call begins with: that this is an AI, and not the person."""
    return [
        *house_sentences("disclosure", "first", person, language),
        *house_sentences("disclosure", "second", person, language),
    ]


def consent_statement(
    ground: str,
    person: Person,
    relation: str,
    scope: Sequence[str] = ("text", "voice"),
    *,
    language: str = "en",
) -> str:
    """The words that whoever builds a life agrees to.

    ``ground``: ``wish``, ``estate``, ``relatives`` or ``self``; ``scope``: of ``text`` and
    ``voice``. KeyError for another ground or scope.
    """
    words = wording(language)
    opening = "self_opening" if ground == "self" else "opening"
    keys = [opening, ground, *(f"scope_{one}" for one in scope), "closing"]
    joiner = "" if words.language == "zh" else " "
    text = joiner.join(line for key in keys for line in words.lines("consent", key))
    return text.replace("{name}", person.name).replace("{relation}", relation)


_SPOKEN = ("disclosure", "trouble", "presence", "protected", "correction")
"""The sections that are heard in calls, the most needed first."""


def all_spoken(person: Person, language: str) -> list[Sentence]:
    """Everything that the house may say in a call about ``person``."""
    sections = wording(language).sections
    return [
        sentence
        for section in _SPOKEN
        for key in sections[section]
        for sentence in house_sentences(section, key, person, language)
    ]


def trouble(kind: str, person: Person, language: str) -> Sentence:
    """A calm sentence when something fails. An unknown ``kind`` is trouble on the line."""
    known = kind if kind in wording(language).sections["trouble"] else "engine"
    return house_sentences("trouble", known, person, language)[0]


def acknowledged(kind: str, person: Person, language: str) -> Sentence:
    """That a correction was heard: ``never``, ``instead``, ``back``; ``nothing`` to correct."""
    return house_sentences("correction", kind, person, language)[0]


def at_the_door(kind: str, language: str) -> Sentence:
    """What the house says on the telephone to somebody it does not know yet: ``enter``, ``again``,
    ``wrong``, ``enough``, ``later``, ``nobody``, and ``busy``. Names nobody."""
    words = wording(language)
    text = words.lines("trouble" if kind == "busy" else "phone", kind)[0]
    return Sentence(
        text=text, spoken=text, language=words.language, provenance=Provenance.HOUSE, mood=GENTLE
    )


def facts_statement(person: Person, host: str, language: str) -> str:
    """What leaves the house while a model elsewhere notes facts: the keeper agrees to it."""
    words = wording(language)
    joiner = "" if words.language == "zh" else " "
    text = joiner.join(words.lines("facts", "statement"))
    return text.replace("{host}", host).replace("{name}", person.name)


def phone_statement(company: str, language: str) -> str:
    """What leaves the house while the phone is on: the keeper agrees to it."""
    words = wording(language)
    joiner = "" if words.language == "zh" else " "
    return joiner.join(words.lines("phone", "statement")).replace("{company}", company)

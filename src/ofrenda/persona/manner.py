"""How the person spoke to one listener, measured from what they really wrote."""

from __future__ import annotations

import functools
import re
import statistics
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Final

from ofrenda.persona.habits import Habit, habits_of, patterns
from ofrenda.types import LANGUAGES, Member, Person, SourceRef

ENOUGH: Final = 30
"""Lines to this listener from which the manner is measured on them alone; with fewer, everything
this listener may hear counts (chosen: below it a median length moves by words per line)."""

SHORT: Final = 90
"""Characters up to which a line can be a habit; longer ones are about something."""

KEPT: Final = 40
"""Lines kept per habit, newest first."""

EXEMPLARS: Final = 6
"""Real exchanges that stand at the head of every prompt."""

_STYLE: Final = patterns()["style"]
_PARTICLES: Final = re.compile(_STYLE["particles"], re.IGNORECASE | re.VERBOSE)
_ADDRESS: Final = re.compile(_STYLE["address"], re.VERBOSE)
_NO_NAME: Final = frozenset(_STYLE["no_name"].split())


@dataclass(frozen=True, slots=True)
class Line:
    """Something the person wrote. ``cue``: what the listener had said just before, if so.
    ``to_listener``: written to this listener, not to a group or somebody else."""

    text: str
    source: SourceRef
    language: str
    cue: str | None = None
    to_listener: bool = True


@dataclass(frozen=True, slots=True)
class Manner:
    """How the person speaks to one listener.

    ``called``: the name they used, None when none is known. ``languages`` by use. ``words``:
    median length of a message, in words (English) or characters (Chinese). ``particles``: what they
    sprinkle in, most frequent first. ``lines``: real lines by habit, newest first. ``exemplars``:
    real exchanges with this listener, oldest first. ``measured_on``: how many lines.
    """

    called: str | None
    languages: tuple[str, ...]
    words: float
    particles: tuple[str, ...]
    lines: Mapping[Habit, tuple[Line, ...]]
    exemplars: tuple[Line, ...]
    measured_on: int

    def plain(self, habit: Habit | str, language: str) -> tuple[str, ...]:
        """Sentences that claim nothing, for when no line of the person's own fits."""
        filled = []
        for line in _plain(language)[str(habit)]:
            if "{called}" not in line:
                filled.append(line)
            elif self.called:
                filled.append(line.replace("{called}", self.called))
        return tuple(filled)


def manner_for(person: Person, listener: Member, lines: Sequence[Line]) -> Manner:
    """Measure the person's manner with ``listener`` on ``lines`` (newest first), which must be
    only what this listener may hear."""
    own = [line for line in lines if line.to_listener]
    measured = own if len(own) >= ENOUGH else list(lines)
    return Manner(
        called=listener.called or _address(own),
        languages=_languages(person, measured),
        words=_length(measured),
        particles=_particles(measured),
        lines=_habitual(lines),
        exemplars=_exemplars(own),
        measured_on=len(measured),
    )


def _address(lines: Sequence[Line]) -> str | None:
    """The name that stands most often where one addresses somebody; at least three times, as a
    name that was mentioned once or twice may be anybody's."""
    counted = Counter(name for line in lines for name in addresses(line.text))
    common = counted.most_common(1)
    return common[0][0] if common and common[0][1] >= 3 else None


def addresses(text: str) -> list[str]:
    """The names that stand in ``text`` where one addresses somebody."""
    found = []
    for called in _ADDRESS.findall(text):
        # "Morning Mina": what comes before the name, in capitals too, is no part of it.
        name = " ".join(word for word in called.split() if word not in _NO_NAME)
        if name:
            found.append(name)
    return found


def _languages(person: Person, lines: Sequence[Line]) -> tuple[str, ...]:
    used = Counter(line.language for line in lines)
    total = sum(used.values())
    # A tenth keeps out a language that only a stray word or name was in.
    by_use = [language for language, count in used.most_common() if count >= total / 10]
    return tuple(by_use) or person.languages


def _length(lines: Sequence[Line]) -> float:
    lengths = [
        len(re.findall(r"[\u4e00-\u9fff]", line.text))
        if line.language == "zh"
        else len(line.text.split())
        for line in lines
    ]
    return float(statistics.median(lengths)) if lengths else 8.0


def _particles(lines: Sequence[Line]) -> tuple[str, ...]:
    counted = Counter(
        (latin or han).casefold() for line in lines for latin, han in _PARTICLES.findall(line.text)
    )
    least = max(3, len(lines) // 50)
    return tuple(particle for particle, count in counted.most_common(6) if count >= least)


def _habitual(lines: Sequence[Line]) -> Mapping[Habit, tuple[Line, ...]]:
    kept: dict[Habit, list[Line]] = {habit: [] for habit in Habit}
    # Lines to this listener first: they are how the person spoke to them.
    for line in sorted(lines, key=lambda one: not one.to_listener):
        if len(line.text) > SHORT:
            continue
        for habit in habits_of(line.text):
            if len(kept[habit]) < KEPT:
                kept[habit].append(line)
    return MappingProxyType({habit: tuple(found) for habit, found in kept.items()})


def _exemplars(lines: Sequence[Line]) -> tuple[Line, ...]:
    """Exchanges of ordinary length, spread over the years, so that a prompt shows the manner and
    not one day's subject."""
    fit = [
        line
        for line in lines
        if line.cue and 2 < len(line.text) <= 160 and 2 < len(line.cue) <= 160
    ]
    if len(fit) > EXEMPLARS:
        step = (len(fit) - 1) / (EXEMPLARS - 1)
        fit = [fit[round(place * step)] for place in range(EXEMPLARS)]
    return tuple(reversed(fit))


@functools.cache
def _plain(language: str) -> Mapping[str, tuple[str, ...]]:
    known = language if language in LANGUAGES else "en"
    text = (resources.files("ofrenda.persona") / "plain" / f"{known}.toml").read_text("utf-8")
    return {key: tuple(value) for key, value in tomllib.loads(text).items()}

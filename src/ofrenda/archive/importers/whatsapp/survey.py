"""The first reading of a file: what its lines look like, before any is believed.

A WhatsApp export is written at one moment by one phone, so all its message lines have one shape.
A line that only looks like one (pasted from another chat, a note with a date) differs in shape,
falls out of time, or names somebody who is not there (``disorder``). What is kept does not grow
with the messages but with the days: lines in a row of one shape and date are one span.
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ofrenda.archive.importers.whatsapp.bodies import read_body
from ofrenda.archive.importers.whatsapp.dates import NEVER
from ofrenda.archive.importers.whatsapp.grammar import DAY_UNKNOWN, Grammar, Shape
from ofrenda.archive.importers.whatsapp.phrases import NOTICE
from ofrenda.archive.importers.whatsapp.senders import CHANGED, Roll
from ofrenda.types import Kind

Ints = NDArray[np.int64]

TOLERANCE = 61 * 60
"""Seconds that a line may be behind: late delivery, and the hour that summer time repeats."""

_SWITCH_LEAST = 10
"""Lines of a second shape, at the beginning or end of a file, that make it a second dialect."""
_SWITCH_PURITY = 0.95

_GROUP = re.compile(
    r"\b(?:group|grupo|gruppe|groupe|gruppo|groep|grup)\b|群|グループ|그룹|групп", re.IGNORECASE
)
_TITLE = re.compile(r"[\"“„«「]([^\"“”„«»「」]{1,100})[\"”“»」]\s*\.?$")


@dataclass(slots=True)
class Survey:
    """All lines that look like messages, in spans (columns of equal length), and what else was
    seen. A span is ``count`` lines in a row of one ``shape`` and date (``numbers``)."""

    count: Ints
    numbers: Ints
    shape: Ints
    first: Ints
    """Second of the day of the first line that has one; :data:`DAY_UNKNOWN` where none has."""
    last: Ints
    least: Ints
    most: Ints
    drop: Ints
    """How many seconds a line of the span is behind one before it in the span, at most."""
    unknown: Ints
    """Lines whose time cannot be right."""
    shapes: list[Shape]
    rolls: list[Roll]
    """Names, for each shape apart."""
    notices: Counter[str]
    """How many lines under a name are WhatsApp's own: iOS writes notices under the chat's name."""
    group: bool
    """A notice speaks of a group."""
    title: str | None
    """The last name that a notice gave the group."""
    words_before: bool
    """There is text before the first message."""

    def __len__(self) -> int:
        """How many lines look like messages."""
        return int(self.count.sum())

    def lines_of(self, shapes: list[int]) -> int:
        """How many lines have one of these shapes."""
        return int(self.count[np.isin(self.shape, shapes)].sum())

    def clock_of(self, shape: int) -> tuple[Ints, Ints, Ints]:
        """Numbers, seconds and counts of a shape's lines, in order: the first and the last of
        each span stand for those between, which are of the same day."""
        of_shape = self.shape == shape
        numbers = np.repeat(self.numbers[of_shape], 2, axis=0)
        seconds = np.stack([self.first[of_shape], self.last[of_shape]], axis=1).reshape(-1)
        count = self.count[of_shape]
        counts = np.stack([count - 1, np.ones_like(count)], axis=1).reshape(-1)
        return numbers[counts > 0], seconds[counts > 0], counts[counts > 0]


def survey(lines: Iterable[str], grammar: Grammar) -> Survey:
    """Read all lines once."""
    columns = [array("q") for _ in range(11)]
    span: _Span | None = None
    shapes: dict[Shape, int] = {}
    rolls: list[Roll] = []
    notices: Counter[str] = Counter()
    group, title, words_before = False, None, False
    read = grammar.header
    for line in lines:
        header = read(line)
        if header is None:
            words_before = words_before or (span is None and not line.isspace() and line != "")
            continue
        numbers, second, looks, end = header
        if span is None or looks is not span.looks or numbers != span.numbers:
            if span is not None:
                span.into(columns)
            shape = shapes.setdefault(looks, len(shapes))
            if shape == len(rolls):
                rolls.append(Roll())
            roll = rolls[shape]
            span = _Span(looks, shape, numbers)
        span.add(second)
        rest = line[end:]
        first = roll.note(rest)
        body = rest if first is None else rest[len(first) + 2 :]
        bracket = looks.bracket
        if first is None or (bracket and (body[:1] == "\u200e" or _is_notice(body))):
            if first is not None:
                own = read_body(body, bracket=bracket, has_file=_nothing)
                if own.kind is not Kind.SYSTEM:
                    body = ""
                else:
                    notices[first] += 1
            notice = body
            if _GROUP.search(notice):
                group = True
            if CHANGED.search(notice) and (found := _TITLE.search(notice)):
                title = found[1]
    if span is not None:
        span.into(columns)
    shape_, a, b, c, count, first_, last, least, most, drop, unknown = (
        np.frombuffer(column, dtype=np.int64) if len(column) else np.empty(0, np.int64)
        for column in columns
    )
    return Survey(
        count=count,
        numbers=np.stack([a, b, c], axis=1),
        shape=shape_,
        first=first_,
        last=last,
        least=least,
        most=most,
        drop=drop,
        unknown=unknown,
        shapes=list(shapes),
        rolls=rolls,
        notices=notices,
        group=group,
        title=title,
        words_before=words_before,
    )


class _Span:
    """A span that is being read."""

    def __init__(self, looks: Shape, shape: int, numbers: tuple[int, int, int]) -> None:
        self.looks = looks
        self.numbers = numbers
        self._shape = shape
        self._count = self._drop = self._unknown = 0
        self._first = self._last = self._least = self._most = DAY_UNKNOWN

    def add(self, second: int) -> None:
        """One more line."""
        self._count += 1
        if second == DAY_UNKNOWN:
            self._unknown += 1
            return
        self._last = second
        if self._first == DAY_UNKNOWN:
            self._first = self._least = self._most = second
        elif second >= self._most:
            self._most = second
        else:
            self._least = min(self._least, second)
            self._drop = max(self._drop, self._most - second)

    def into(self, columns: list[array[int]]) -> None:
        """Put it down."""
        seconds = (self._first, self._last, self._least, self._most, self._drop, self._unknown)
        values = (self._shape, *self.numbers, self._count, *seconds)
        for column, value in zip(columns, values, strict=True):
            column.append(value)


def _is_notice(body: str) -> bool:
    return len(body) > 20 and NOTICE.match(body.casefold()) is not None


def _nothing(_: str) -> bool:
    return False


def dialects(found: Survey) -> list[int]:
    """The shapes that are messages: the commonest, and a second one where the file switches once
    from one to the other. All other shapes are text inside messages."""
    counts = np.bincount(found.shape, weights=found.count, minlength=len(found.shapes))
    ranked = np.argsort(-counts, kind="stable")
    main = int(ranked[0])
    for other in map(int, ranked[1:]):
        if counts[other] < _SWITCH_LEAST:
            break
        places = np.flatnonzero(found.shape == other)
        tail, start = slice(places[0], None), slice(None, places[-1] + 1)
        strange = [
            float(np.average(found.shape[part] != other, weights=found.count[part]))
            for part in (tail, start)
        ]
        if min(strange) <= 1 - _SWITCH_PURITY:
            return [main, other]
    return [main]


def in_order(found: Survey, days: Ints, shapes: list[int]) -> bool:
    """Whether every line of these shapes has a date and a time, and time never runs back by more
    than :data:`TOLERANCE`. ``days``: the day of each span, :data:`NEVER` where it is none."""
    kept = np.isin(found.shape, shapes)
    day = days[kept]
    if (day == NEVER).any() or found.unknown[kept].any() or (found.drop[kept] > TOLERANCE).any():
        return False
    latest = np.maximum.accumulate(day * 86_400 + found.most[kept])
    return not ((day * 86_400 + found.least[kept])[1:] < latest[:-1] - TOLERANCE).any()

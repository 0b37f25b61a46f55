"""Lines that look like messages in a file whose clock does not run straight: which are believed.

Only such a file needs every line by itself (about 100 bytes are kept for each).
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ofrenda.archive.importers.whatsapp.dates import NEVER
from ofrenda.archive.importers.whatsapp.grammar import DAY_UNKNOWN, Grammar
from ofrenda.archive.importers.whatsapp.senders import first_words
from ofrenda.archive.importers.whatsapp.survey import TOLERANCE, Ints, Survey

MESSAGE, BODY, DOUBTFUL, UNCLEAR_DATE = range(4)
"""What a line that looks like a message is: one; part of the message before it; left out because
it may be pasted; left out because its date cannot be right."""

_CLOCK_RUN = 20
"""More lines in a row out of time than this are a phone with a wrong clock, not a paste."""


@dataclass(slots=True)
class Headed:
    """All lines that look like messages, as columns of equal length."""

    line: Ints
    numbers: Ints
    second: Ints
    shape: Ints
    first: Ints
    """Number of the words before the first colon; -1 where there is none."""
    digest: Ints
    names: list[str]
    """The words that ``first`` numbers."""
    total_lines: int

    def __len__(self) -> int:
        """How many lines look like messages."""
        return len(self.line)


def each_line(lines: Iterable[str], grammar: Grammar, found: Survey) -> Headed:
    """Read all lines once more."""
    columns = [array("q") for _ in range(8)]
    line_no, a, b, c, seconds, shape_ids, firsts, digests = columns
    shapes = {shape: number for number, shape in enumerate(found.shapes)}
    names: dict[str, int] = {}
    number = -1
    read = grammar.header
    for number, line in enumerate(lines):
        header = read(line)
        if header is None:
            continue
        numbers, second, looks, end = header
        first = first_words(line[end:])
        line_no.append(number)
        a.append(numbers[0])
        b.append(numbers[1])
        c.append(numbers[2])
        seconds.append(second)
        shape_ids.append(shapes[looks])
        firsts.append(-1 if first is None else names.setdefault(first, len(names)))
        digests.append(hash(line))
    line_no_, a_, b_, c_, second_, shape_, first_, digest_ = (
        np.frombuffer(column, dtype=np.int64) if len(column) else np.empty(0, np.int64)
        for column in columns
    )
    return Headed(
        line=line_no_,
        numbers=np.stack([a_, b_, c_], axis=1),
        second=second_,
        shape=shape_,
        first=first_,
        digest=digest_,
        names=list(names),
        total_lines=number + 1,
    )


def judge(found: Headed, moments: Ints, kept: NDArray[np.bool_]) -> tuple[Ints, int]:
    """A label for each line, and how many lines run against the clock in long runs.

    ``moments``: seconds of the wall clock (:data:`NEVER` where unknown); ``kept``: has the shape
    of a message.
    """
    labels = np.full(len(found), BODY, dtype=np.int64)
    labels[kept] = MESSAGE
    labels[kept & (moments == NEVER)] = UNCLEAR_DATE
    places = np.flatnonzero(labels == MESSAGE)
    times = moments[places]
    if len(times) == 0 or not (times < np.maximum.accumulate(times) - TOLERANCE).any():
        return labels, 0
    steady = _longest_rising(times)
    off = ~steady
    before = np.where(steady, times, NEVER)
    before = np.maximum.accumulate(before)
    after = np.where(steady, times, -NEVER)
    after = np.minimum.accumulate(after[::-1])[::-1]
    behind = off & (times < before - TOLERANCE)
    off &= behind | (times > after + TOLERANCE)
    present = set(found.first[places[~off]].tolist())
    original = np.isin(found.digest[places], found.digest[places[~off]])
    follows = np.append(found.line[places[1:]], found.total_lines) - found.line[places]
    clock = 0
    for start, end in _runs(off):
        if end - start > _CLOCK_RUN:
            clock += end - start
            continue
        for at in range(end - 1, start - 1, -1):
            place = places[at]
            name = int(found.first[place])
            before_paste = at + 1 < len(places) and labels[places[at + 1]] == BODY
            if name >= 0 and (name not in present or original[at]):
                labels[place] = BODY
            elif name < 0 or not behind[at] or follows[at] > 1 or before_paste:
                labels[place] = DOUBTFUL
    return labels, clock


def _runs(off: NDArray[np.bool_]) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], off, [False])).astype(np.int8)))
    return [(int(edges[i]), int(edges[i + 1])) for i in range(0, len(edges), 2)]


def _longest_rising(times: Ints) -> NDArray[np.bool_]:
    """Which elements make the longest non-falling subsequence (patience sorting)."""
    tops: list[int] = []
    top_places: list[int] = []
    previous = [-1] * len(times)
    for place, time in enumerate(times.tolist()):
        pile = bisect_right(tops, time)
        if pile:
            previous[place] = top_places[pile - 1]
        if pile == len(tops):
            tops.append(time)
            top_places.append(place)
        else:
            tops[pile] = time
            top_places[pile] = place
    member = np.zeros(len(times), dtype=np.bool_)
    place = top_places[-1]
    while place >= 0:
        member[place] = True
        place = previous[place]
    return member


def moments_of(days: Ints, seconds: Ints) -> Ints:
    """Seconds of the wall clock since 1970; :data:`NEVER` where day or time is unknown."""
    known = (days != NEVER) & (seconds != DAY_UNKNOWN)
    return np.where(known, np.where(known, days, 0) * 86_400 + seconds, NEVER)

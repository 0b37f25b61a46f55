"""The first reading of a file: what its lines look like, before any is believed.

A WhatsApp export is written at one moment by one phone, so all its message lines have one shape.
A line that only looks like one (pasted from another chat, a note with a date) differs in shape,
falls out of time, or names somebody who is not there. Such a line is never anybody's message:
it stays quoted inside the message it stands in, or it is left out and reported.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
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

MESSAGE, BODY, DOUBTFUL, UNCLEAR_DATE = range(4)
"""What a line that looks like a message is: one; part of the message before it; left out because
it may be pasted; left out because its date cannot be right."""

_SWITCH_LEAST = 10
"""Lines of a second shape, at the beginning or end of a file, that make it a second dialect."""
_SWITCH_PURITY = 0.95

_TOLERANCE = 61 * 60
"""Seconds that a line may be behind: late delivery, and the hour that summer time repeats."""

_CLOCK_RUN = 20
"""More lines in a row out of time than this are a phone with a wrong clock, not a paste."""

_GROUP = re.compile(
    r"\b(?:group|grupo|gruppe|groupe|gruppo|groep|grup)\b|群|グループ|그룹|групп", re.IGNORECASE
)
_TITLE = re.compile(r"[\"“„«「]([^\"“”„«»「」]{1,100})[\"”“»」]\s*\.?$")


@dataclass(slots=True)
class Survey:
    """All lines that look like messages, as columns of equal length, and what else was seen."""

    line: Ints
    numbers: Ints
    second: Ints
    shape: Ints
    end: Ints
    first: Ints
    """Number of the words before the first colon; -1 where there is none."""
    digest: Ints
    names: list[str]
    """The words that ``first`` numbers."""
    shapes: list[Shape]
    rolls: list[Roll]
    """Names, for each shape apart."""
    notices: Counter[str]
    """How many lines under a name are WhatsApp's own: iOS writes notices under the chat's name."""
    group: bool
    """A notice speaks of a group."""
    title: str | None
    """The last name that a notice gave the group."""
    total_lines: int
    words_before: bool
    """There is text before the first message."""

    def __len__(self) -> int:
        """How many lines look like messages."""
        return len(self.line)


def survey(lines: Iterable[str]) -> Survey:
    """Read all lines once; about 100 bytes are kept for each message."""
    columns = [array("q") for _ in range(9)]
    line_no, a, b, c, seconds, shape_ids, ends, firsts, digests = columns
    shapes: dict[Shape, int] = {}
    rolls: list[Roll] = []
    names: dict[str, int] = {}
    notices: Counter[str] = Counter()
    group, title, words_before, number = False, None, False, -1
    read = Grammar().header
    for number, line in enumerate(lines):
        header = read(line)
        if header is None:
            words_before = words_before or (not line_no and not line.isspace() and line != "")
            continue
        shape = shapes.setdefault(header.shape, len(shapes))
        if shape == len(rolls):
            rolls.append(Roll())
        rest = line[header.end :]
        first = rolls[shape].note(rest)
        body = rest if first is None else rest[len(first) + 2 :]
        bracket = header.shape.bracket
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
        line_no.append(number)
        numbers = header.numbers
        a.append(numbers[0])
        b.append(numbers[1])
        c.append(numbers[2])
        seconds.append(header.second)
        shape_ids.append(shape)
        ends.append(header.end)
        firsts.append(-1 if first is None else names.setdefault(first, len(names)))
        digests.append(hash(line))
    line_no_, a_, b_, c_, second_, shape_, end_, first_, digest_ = (
        np.frombuffer(column, dtype=np.int64) if len(column) else np.empty(0, np.int64)
        for column in columns
    )
    return Survey(
        line=line_no_,
        numbers=np.stack([a_, b_, c_], axis=1),
        second=second_,
        shape=shape_,
        end=end_,
        first=first_,
        digest=digest_,
        names=list(names),
        shapes=list(shapes),
        rolls=rolls,
        notices=notices,
        group=group,
        title=title,
        total_lines=number + 1,
        words_before=words_before,
    )


def _is_notice(body: str) -> bool:
    return len(body) > 20 and NOTICE.match(body.casefold()) is not None


def _nothing(_: str) -> bool:
    return False


def dialects(found: Survey) -> list[int]:
    """The shapes that are messages: the commonest, and a second one where the file switches once
    from one to the other. All other shapes are text inside messages."""
    counts = np.bincount(found.shape, minlength=len(found.shapes))
    ranked = np.argsort(-counts, kind="stable")
    main = int(ranked[0])
    for other in map(int, ranked[1:]):
        if counts[other] < _SWITCH_LEAST:
            break
        places = np.flatnonzero(found.shape == other)
        tail, start = found.shape[places[0] :], found.shape[: places[-1] + 1]
        if min((tail != other).mean(), (start != other).mean()) <= 1 - _SWITCH_PURITY:
            return [main, other]
    return [main]


def judge(found: Survey, moments: Ints, kept: NDArray[np.bool_]) -> tuple[Ints, int]:
    """A label for each line, and how many lines run against the clock in long runs.

    ``moments``: seconds of the wall clock (:data:`NEVER` where unknown); ``kept``: has the shape
    of a message.
    """
    labels = np.full(len(found), BODY, dtype=np.int64)
    labels[kept] = MESSAGE
    labels[kept & (moments == NEVER)] = UNCLEAR_DATE
    places = np.flatnonzero(labels == MESSAGE)
    times = moments[places]
    if len(times) == 0 or not (times < np.maximum.accumulate(times) - _TOLERANCE).any():
        return labels, 0
    steady = _longest_rising(times)
    off = ~steady
    before = np.where(steady, times, NEVER)
    before = np.maximum.accumulate(before)
    after = np.where(steady, times, -NEVER)
    after = np.minimum.accumulate(after[::-1])[::-1]
    behind = off & (times < before - _TOLERANCE)
    off &= behind | (times > after + _TOLERANCE)
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

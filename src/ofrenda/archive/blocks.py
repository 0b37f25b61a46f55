"""Chats written as blocks: a line with time and name, the words below it, an empty line.

Read twice. The first reading finds all lines that look like heads and how the file as a whole is
written; the second takes it apart. A head in a strange place is never believed: what stands below
it is nobody's words.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from ofrenda.archive.clockwork import out_of_time, seconds_of
from ofrenda.archive.instants import Instant
from ofrenda.archive.telling import LONGEST

_SIGN = re.compile("[-/.:,年]")
_DIGIT = re.compile(r"\d")
_BYTES = re.compile("[\udc80-\udcff]{1,3}")
_HEAD, _QUOTED, _DOUBTFUL = range(3)

_SEPARATE = 0.5
"""Least share of heads after an empty line for a file that sets its messages apart by one."""


@dataclass(frozen=True, slots=True)
class Head:
    """A line that begins a message. ``name`` is what stands beside the time."""

    at: Instant
    precision: str
    name: str


@dataclass(frozen=True, slots=True)
class Block:
    """A message: its first line (from 1), head and words. ``quoted`` is a part of the words that
    was pasted from a chat. ``section`` is set, and nothing else, where a new chat begins;
    ``reason`` (a key of ``REASONS``) where the block cannot be believed."""

    line: int
    head: Head | None = None
    body: str = ""
    quoted: str | None = None
    section: str | None = None
    reason: str | None = None


class Grammar(Protocol):
    """What the lines of a format look like."""

    def head(self, line: str) -> Head | None:
        """The head that ``line`` is."""
        ...

    def near(self, line: str) -> bool:
        """Whether ``line`` would be a head but for a damaged letter or two."""
        ...

    def section(self, line: str, before: str) -> str | None:
        """The name of the chat that begins with ``line``; empty for a rule around such names.
        ``before`` is the line above."""
        ...


def blocks(lines: Callable[[], Iterable[str]], grammar: Grammar) -> Iterator[Block]:
    """The blocks of a file, in order. ``lines`` opens the file; it is called twice."""
    labels = _labels(lines(), grammar)
    current: Block | None = None
    parts: list[str] = []
    cut: int | None = None
    size = at = 0
    before = ""
    stray = False
    for number, line in enumerate(lines(), 1):
        fresh: Block | None = None
        if (section := grammar.section(line, before)) is not None:
            fresh = Block(number, section=section)
        elif (head := grammar.head(line)) is not None:
            label = labels[at]
            at += 1
            if label == _HEAD:
                fresh = Block(number, head)
            elif label == _DOUBTFUL or current is None or current.head is None:
                fresh = Block(number, reason="doubtful")
            elif cut is None:
                cut = len(parts)
        elif grammar.near(line):
            fresh = Block(number, reason="damaged")
        before = line
        if fresh is None:
            size += len(line) + 1
            if size <= LONGEST + 2:
                parts.append(line)
            if current is None and line.strip() and not stray:
                stray = True
                yield Block(number, reason="no_header")
            continue
        if current is not None:
            yield _whole(current, parts, cut, size)
        current, parts, cut, size = fresh, [], None, 0
        if fresh.section is not None:
            yield fresh
            current, stray = None, False
    if current is not None:
        yield _whole(current, parts, cut, size)


def _whole(block: Block, parts: list[str], cut: int | None, size: int) -> Block:
    if block.reason is not None:
        return block
    if size > LONGEST + 2:
        return Block(block.line, reason="too_long")
    own = parts if cut is None else parts[:cut]
    quoted = None if cut is None else "\n".join(parts[cut:]).strip("\n")
    return Block(block.line, block.head, "\n".join(own).rstrip("\n"), quoted)


def _labels(lines: Iterable[str], grammar: Grammar) -> array[int]:
    """A label for each line that looks like a head."""
    moments, apart, sections = array("q"), array("b"), array("q")
    before = ""
    section = 0
    for line in lines:
        if grammar.section(line, before) is not None:
            section += 1
        elif (head := grammar.head(line)) is not None:
            moments.append(seconds_of(head.at))
            apart.append(not before.strip() or grammar.section(before, "") is not None)
            sections.append(section)
        before = line
    separate = sum(apart) >= _SEPARATE * len(apart)
    labels = array("b", bytes(len(moments)))
    start = 0
    while start < len(moments):
        end = start
        while end < len(moments) and sections[end] == sections[start]:
            end += 1
        off = out_of_time(moments[start:end])
        latest = None
        for place in range(start, end):
            strange = place - start in off
            behind = latest is not None and moments[place] < latest
            if not separate or apart[place]:
                labels[place] = _DOUBTFUL if strange else _HEAD
            else:
                labels[place] = _QUOTED if behind else _DOUBTFUL
            if labels[place] == _HEAD:
                latest = moments[place]
        start = end
    return labels


def resembles(text: str, shapes: tuple[str, ...], *, errors: int = 2, shift: int = 2) -> bool:
    """Whether ``text`` begins like one of ``shapes`` (digits written as 0) with up to ``errors``
    wrong letters, or with up to ``shift`` letters before it."""
    least = min(shape.count("0") for shape in shapes[:1] + shapes[-1:]) - errors - 2
    if len(_SIGN.findall(text, 0, 32)) < 2 or len(_DIGIT.findall(text, 0, 40)) < least:
        return False
    # A damaged letter beyond ASCII is up to three bytes that fit no letter.
    plain = _BYTES.sub("\ufffd", text[:48])
    flat = "".join("0" if character.isdigit() else character for character in plain)
    flat = flat.replace("/", "-")
    return any(
        sum(a != b for a, b in zip(flat[away:], shape, strict=False)) <= errors
        and len(flat) >= away + len(shape) - 1
        for away in range(shift + 1)
        for shape in shapes
    )


STAMPS = tuple(
    f"0000-{month}-{day} {hour}:00:00"
    for month in ("00", "0")
    for day in ("00", "0")
    for hour in ("00", "0")
)
"""Shapes of a date with time for :func:`resembles`."""

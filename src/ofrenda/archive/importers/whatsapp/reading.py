"""The second reading: records, by what the first one decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.importers.whatsapp.bodies import Body, read_body
from ofrenda.archive.importers.whatsapp.grammar import MARKS
from ofrenda.archive.importers.whatsapp.near import Near
from ofrenda.archive.importers.whatsapp.senders import canonical, shown
from ofrenda.archive.importers.whatsapp.survey import (
    BODY,
    DOUBTFUL,
    UNCLEAR_DATE,
    Ints,
    Survey,
)
from ofrenda.archive.importers.whatsapp.titles import Chat
from ofrenda.types import Kind, MediaRef, Utterance

_MAX_TEXT = 2**20
"""Characters of one message; longer is no message."""

_CHUNK = 4096
_BAD = re.compile("[\0\udc80-\udfff]")


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a file. ``labels`` and ``moments`` have one element for each line
    of ``found``; ``locate`` gives the entry name of a file that came along, or None."""

    found: Survey
    labels: Ints
    moments: Ints
    chat: Chat
    damaged: bool
    locate: Callable[[str], str | None]


@dataclass(slots=True)
class Tally:
    """Counted while reading, for the report."""

    quoted: int = 0
    missing: int = 0
    omitted: int = 0


def records(plan: Plan, lines: Iterable[str], tally: Tally) -> Iterator[Record]:
    """Every message of the file, in order, or why it is left out."""
    heads = _heads(plan)
    head = next(heads, None)
    if plan.found.words_before:
        yield Skipped("no_header", "1")
    current: _Head | None = None
    parts: list[str] = []
    reader = _Reader(plan, tally)
    near = Near(reader.known)
    learnt: set[int] = set()
    for number, line in enumerate(lines):
        if head is not None and number == head[0]:
            if head[1] == BODY:
                parts.append(line)
            else:
                if current is not None:
                    yield reader.record(current, parts)
                current, parts = head, [line[head[2] :]]
                if head[4] not in learnt:
                    learnt.add(head[4])
                    near.learn(line[: head[2]])
            head = next(heads, None)
        elif current is not None:
            if near.miss(line):
                yield reader.record(current, parts)
                current, parts = (number, DOUBTFUL, 0, "", 0), [line]
            else:
                parts.append(line)
    if current is not None:
        yield reader.record(current, parts)


_Head = tuple[int, int, int, str, int]
"""Line number, label, where the rest begins, local time, shape."""


def _heads(plan: Plan) -> Iterator[_Head]:
    found = plan.found
    for start in range(0, len(found), _CHUNK):
        part = slice(start, start + _CHUNK)
        moments = np.maximum(plan.moments[part], 0).astype("datetime64[s]")
        yield from zip(
            found.line[part].tolist(),
            plan.labels[part].tolist(),
            found.end[part].tolist(),
            np.datetime_as_string(moments, unit="s").tolist(),
            found.shape[part].tolist(),
            strict=True,
        )


class _Reader:
    """Makes records of lines; remembers names, which repeat."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._names: dict[str, tuple[str, str]] = {}
        self.known = {name.translate(MARKS) for roll in plan.found.rolls for name in roll.names}

    def record(self, head: _Head, parts: list[str]) -> Record:
        """The record that begins with ``head`` and has these lines (the first without head)."""
        number, label, _, stamp, shape = head
        locator = str(number + 1)
        if label == UNCLEAR_DATE:
            return Skipped("unclear_date", locator)
        if label == DOUBTFUL:
            return Skipped("doubtful", locator)
        text = "\n".join(parts) if len(parts) > 1 else parts[0]
        if len(text) > _MAX_TEXT:
            return Skipped("too_long", locator)
        if "\0" in text or (self._plan.damaged and _BAD.search(text)):
            return Skipped("damaged", locator)
        # The name is on the first line: a colon further down is nobody's name.
        split = self._plan.found.rolls[shape].split(parts[0])
        form = self._plan.found.shapes[shape]
        if split == "unclear":
            return Skipped("unclear_sender", locator)
        if isinstance(split, str):
            return self._utterance(locator, stamp, form.seconds, None, Body(Kind.SYSTEM, text))
        name, body = split
        if len(parts) > 1:
            body = "\n".join([body, *parts[1:]])
        read = read_body(body, bracket=form.bracket, has_file=self._has_file)
        sender = None if read.kind is Kind.SYSTEM else name
        return self._utterance(locator, stamp, form.seconds, sender, read)

    def _has_file(self, name: str) -> bool:
        return self._plan.locate(name) is not None

    def _utterance(
        self, locator: str, stamp: str, seconds: bool, sender: str | None, body: Body
    ) -> Utterance:
        key = name = None
        if sender is not None:
            if (both := self._names.get(sender)) is None:
                both = self._names[sender] = (canonical(sender), shown(sender))
            key, name = both
        media: tuple[MediaRef, ...] = ()
        if body.file is not None:
            path = self._plan.locate(body.file)
            self._tally.missing += path is None
            media = (MediaRef(path or body.file, None, path is not None),)
        elif body.text is None and body.quoted is None and body.kind in _MEDIA:
            self._tally.omitted += 1
        self._tally.quoted += body.quoted is not None
        chat = self._plan.chat
        return Utterance(
            locator,
            "whatsapp",
            chat.key,
            chat.title,
            chat.is_group,
            key,
            name,
            stamp,
            None,
            "s" if seconds else "min",
            body.kind,
            body.text,
            body.edited,
            None,
            body.quoted,
            False,
            media,
        )


_MEDIA = frozenset({Kind.IMAGE, Kind.VIDEO, Kind.VOICE, Kind.STICKER, Kind.FILE, Kind.UNKNOWN})

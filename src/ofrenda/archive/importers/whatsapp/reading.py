"""The second reading: records, by what the first one decided."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.importers.whatsapp.bodies import Body, read_body
from ofrenda.archive.importers.whatsapp.disorder import BODY, DOUBTFUL, UNCLEAR_DATE
from ofrenda.archive.importers.whatsapp.grammar import MARKS
from ofrenda.archive.importers.whatsapp.heads import Head, Heads
from ofrenda.archive.importers.whatsapp.near import Near
from ofrenda.archive.importers.whatsapp.senders import canonical, shown
from ofrenda.archive.importers.whatsapp.survey import Survey
from ofrenda.archive.importers.whatsapp.titles import Chat
from ofrenda.types import Kind, MediaRef, Utterance

_MAX_TEXT = 2**20
"""Characters of one message; longer is no message."""

_BAD = re.compile("[\0\udc80-\udfff]")


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided about a file: ``heads`` finds what each line is; ``locate`` gives the
    entry name of a file that came along, or None."""

    found: Survey
    heads: Heads
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
    if plan.found.words_before:
        yield Skipped("no_header", "1")
    current: Head | None = None
    begun = 0
    parts: list[str] = []
    reader = _Reader(plan, tally)
    near = Near(reader.known)
    learnt: set[int] = set()
    for number, (line, head) in enumerate(plan.heads(lines)):
        if head is not None:
            if head[0] == BODY:
                parts.append(line)
            else:
                if current is not None:
                    yield reader.record(begun, current, parts)
                begun, current, parts = number, head, [line[head[3] :]]
                if head[2] not in learnt:
                    learnt.add(head[2])
                    near.learn(line[: head[3]])
        elif current is not None:
            if near.miss(line):
                yield reader.record(begun, current, parts)
                begun, current, parts = number, (DOUBTFUL, "", 0, 0), [line]
            else:
                parts.append(line)
    if current is not None:
        yield reader.record(begun, current, parts)


class _Reader:
    """Makes records of lines; remembers names, which repeat."""

    def __init__(self, plan: Plan, tally: Tally) -> None:
        self._plan = plan
        self._tally = tally
        self._names: dict[str, tuple[str, str]] = {}
        self.known = {name.translate(MARKS) for roll in plan.found.rolls for name in roll.names}

    def record(self, number: int, head: Head, parts: list[str]) -> Record:
        """The record that begins with ``head`` and has these lines (the first without head)."""
        label, stamp, shape, _ = head
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

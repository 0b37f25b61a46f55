"""From messages and documents to passages: what the person answered, said and wrote.

Pure functions over rows of the archive. Nothing here invents or rewrites a word: the text of a
passage is its messages joined by line breaks, or one span of a document.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from ofrenda.memory.audience import Label, strictest
from ofrenda.memory.script import language_of, sentence_spans
from ofrenda.types import Visibility

MERGE_WITHIN = timedelta(minutes=5)
"""Messages of one sender at most this far apart are one thing said (chosen, not measured)."""

REPLY_WITHIN = timedelta(hours=6)
"""What is said at most this long after somebody else spoke answers them (chosen, not measured:
long enough for an answer after work, short enough that a new morning is a new beginning)."""

LONGEST = 600
"""Characters of merged messages after which a new passage begins; about a minute of speech."""

PARAGRAPHS = 420
"""Characters that short neighbouring paragraphs of a document are gathered up to."""

_MARKED_UP = re.compile(r"^\s*(?:#{1,6}\s|>|```|~~~|\||(?:[-*_]\s*){3,}$)")
_LETTER = re.compile(r"\w")


class Draft(NamedTuple):
    """A passage before it is stored. ``said_by`` is ``person`` or ``member:<id>``; ``to_member``
    the member it was said to: the other side of a private chat, or whom it answered in a group."""

    kind: str
    text: str
    cue: str | None
    said_by: str
    to_member: str | None
    is_group: bool
    language: str
    said_local: str | None
    utterances: tuple[int, ...]
    document: int | None
    label: Label

    @property
    def identity(self) -> tuple[str, str, str | None, tuple[int, ...], int | None]:
        """What makes it the same passage at the next rebuild; the rest may change under it."""
        return self.kind, self.text, self.cue, self.utterances, self.document


class Line(NamedTuple):
    """One record of a conversation, as the episodes need it. ``speaker`` is ``person``,
    ``member:<id>``, ``other:<identity>``, or None where nobody has said who it is. ``text`` is
    None where there are no words; ``usable``: words of somebody known, not passed on."""

    id: int
    speaker: str | None
    text: str | None
    at: datetime | None
    day_only: bool
    usable: bool
    said_local: str | None
    label: Label


@dataclass(slots=True)
class _Run:
    """Messages of one speaker in a row. ``lost``: what it refers to cannot be used."""

    speaker: str
    lines: list[Line] = field(default_factory=list)
    lost: bool = False

    @property
    def text(self) -> str:
        if len(self.lines) == 1:
            return self.lines[0].text or ""
        return "\n".join(one.text or "" for one in self.lines)

    def takes(self, one: Line) -> bool:
        return (
            one.speaker == self.speaker
            and _close(self.lines[-1], one, MERGE_WITHIN)
            and len(self.text) + len(one.text or "") <= LONGEST
        )


def _close(before: Line, after: Line, within: timedelta) -> bool:
    if before.at is None or after.at is None:
        return False
    if before.day_only or after.day_only:
        return before.at.date() == after.at.date()
    return timedelta(0) <= after.at - before.at <= within


def conversation_drafts(
    lines: Iterable[Line], *, is_group: bool, members: frozenset[str]
) -> Iterator[Draft]:
    """The passages of one conversation, in order.

    ``members``: everybody on the list who speaks in it. A private chat is heard by them alone; one
    with somebody who is not on the list is kept for keepers. A group is heard by the family,
    unless its messages are labelled otherwise. What others said is heard only by who said it.
    """
    if is_group:
        audience = Label()
    elif members:
        audience = Label(Visibility.MEMBER, members)
    else:
        audience = Label(Visibility.KEEPER_ONLY)
    only = next(iter(members)) if not is_group and len(members) == 1 else None
    before: _Run | None = None
    for run in _runs(lines):
        if run.speaker == "person":
            yield _said(run, before, audience=audience, is_group=is_group, only=only)
        elif run.speaker.startswith("member:"):
            yield _heard(run, is_group=is_group)
        before = run


def _runs(lines: Iterable[Line]) -> Iterator[_Run]:
    run: _Run | None = None
    lost = False
    for one in lines:
        if not one.usable:
            # A picture, a deleted message, somebody undecided: what follows may speak of it.
            if run is not None:
                yield run
            run, lost = None, True
            continue
        if run is not None and not lost and run.takes(one):
            run.lines.append(one)
            continue
        if run is not None:
            yield run
        run = _Run(str(one.speaker), [one], lost)
        lost = False
    if run is not None:
        yield run


def _said(
    run: _Run, before: _Run | None, *, audience: Label, is_group: bool, only: str | None
) -> Draft:
    cue: _Run | None = None
    kind, to_member = "statement", only
    if run.lost:
        kind = "reply"
    elif (
        before is not None
        and before.speaker != "person"
        and _close(before.lines[-1], run.lines[0], REPLY_WITHIN)
    ):
        kind, cue = "reply", before
        if before.speaker.startswith("member:"):
            to_member = before.speaker.removeprefix("member:")
    labels = [audience, *(one.label for one in run.lines)]
    if cue is not None:
        labels += [one.label for one in cue.lines]
    text = run.text
    return Draft(
        kind=kind,
        text=text,
        cue=None if cue is None else cue.text,
        said_by="person",
        to_member=to_member,
        is_group=is_group,
        language=language_of(text),
        said_local=run.lines[0].said_local,
        utterances=tuple(one.id for one in run.lines),
        document=None,
        label=strictest(labels),
    )


def _heard(run: _Run, *, is_group: bool) -> Draft:
    speaker = run.speaker.removeprefix("member:")
    own = Label(Visibility.MEMBER, frozenset({speaker}))
    return Draft(
        kind="heard",
        text=run.text,
        cue=None,
        said_by=run.speaker,
        to_member=None,
        is_group=is_group,
        language=language_of(run.text),
        said_local=run.lines[0].said_local,
        utterances=tuple(one.id for one in run.lines),
        document=None,
        label=strictest([own, *(one.label for one in run.lines)]),
    )


def document_drafts(
    document: int, text: str, written_on: str | None, audience: Label, to_member: str | None = None
) -> Iterator[Draft]:
    """The passages of something the person wrote: short paragraphs gathered, long ones split at
    sentences. Headings, quotations, tables and code are not the person's running words.
    ``to_member``: whom a letter is to."""
    for start, end in _gathered(_paragraphs(text)):
        piece = text[start:end]
        if not _LETTER.search(piece):
            continue
        yield Draft(
            kind="writing",
            text=piece,
            cue=None,
            said_by="person",
            to_member=to_member,
            is_group=False,
            language=language_of(piece),
            said_local=written_on,
            utterances=(),
            document=document,
            label=audience,
        )


def _paragraphs(text: str) -> Iterator[tuple[int, int, bool]]:
    """(start, end, starts a new group) of each usable paragraph, long ones in pieces."""
    fresh = True
    fenced = False
    for match in re.finditer(r"(?:[^\n]*\S[^\n]*\n?)+", text):
        start, end = match.span()
        block = match.group()
        fences = len(re.findall(r"^\s*(?:```|~~~)", block, re.MULTILINE))
        if fenced or fences:
            fenced ^= fences % 2 == 1
            fresh = True
            continue
        heading = re.match(r"\s*#{1,6}\s[^\n]*\n?", block)
        if heading is not None:
            start += heading.end()
            fresh = True
        if start >= end or _MARKED_UP.match(text[start:end]):
            fresh = True
            continue
        for left, right in _pieces(text, start, end):
            yield left, right, fresh
            fresh = False


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    left: int | None = None
    right = start
    for a, b in sentence_spans(text[start:end]):
        if left is not None and start + b - left > PARAGRAPHS:
            yield left, right
            left = None
        if left is None:
            left = start + a
        right = start + b
    if left is not None:
        yield left, right


def _gathered(paragraphs: Iterable[tuple[int, int, bool]]) -> Iterator[tuple[int, int]]:
    open_span: tuple[int, int] | None = None
    for start, end, fresh in paragraphs:
        if open_span is not None and not fresh and end - open_span[0] <= PARAGRAPHS:
            open_span = (open_span[0], end)
            continue
        if open_span is not None:
            yield open_span
        open_span = (start, end)
    if open_span is not None:
        yield open_span

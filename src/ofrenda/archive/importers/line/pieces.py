"""A saved LINE chat, taken to pieces: days, messages, notices and what is none of them.

A message of several lines stands between quotation marks, its own marks doubled. A message of one
line stands as it was typed. So a line that begins with such a mark is either, and what follows
decides: where the marks do not come out as they must, it was one line; where a line follows that
can be no message of its own, it was several. Where both could be (somebody typed ``"so``, somebody
else ``no"``; or somebody pasted a piece of just such a chat) nobody is given the lines between.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ofrenda.archive.clockwork import hour_of
from ofrenda.archive.importers.line.days import TIME, is_day, is_saved, title_of
from ofrenda.archive.telling import LONGEST

MESSAGE = re.compile(rf"{TIME}\t(?P<name>[^\t]*)\t(?P<body>.*)", re.DOTALL)
"""A line with a time, a name and words."""

_NOTICE = re.compile(rf"{TIME}\t(?P<body>[^\t]*)")
_INSIDE = re.compile(r"\d{1,2}:\d{2}(?: ?[AaPp][Mm])?\t[^\t]*\t")

_CUT_OFF = 20
"""Lines at the end of a file that may belong to a message which was cut short there."""

_Numbered = tuple[int, str]


@dataclass(slots=True)
class Piece:
    """What the file holds, line by line. ``kind`` is ``day``, ``said``, ``notice``, ``loose`` (a
    message of a computer's export, the name not set off), ``doubtful`` or ``damaged``."""

    line: int
    kind: str
    hour: int | None = None
    minute: int = 0
    name: str = ""
    body: str = ""
    quoted: str | None = None


def pieces(source: Iterable[str]) -> Iterator[Piece]:
    """Every piece, in the file's order."""
    return _Cutting(source).pieces()


class _Cutting:
    def __init__(self, source: Iterable[str]) -> None:
        self._numbered = iter(enumerate(source, 1))
        self._again: deque[_Numbered] = deque()

    def _next(self) -> _Numbered | None:
        return self._again.popleft() if self._again else next(self._numbered, None)

    def pieces(self) -> Iterator[Piece]:
        while (first := self._next()) is not None:
            number, line = first
            line = line.lstrip("\ufeff") if number == 1 else line
            if not line.strip() or (number <= 3 and (title_of(line) or is_saved(line))):
                continue
            if is_day(line):
                yield Piece(number, "day", body=line)
            elif (match := MESSAGE.fullmatch(line)) is not None:
                yield from self._message(number, match)
            elif (match := _NOTICE.fullmatch(line)) is not None:
                yield Piece(number, "notice", *_clock(match), "", match["body"])
            elif (match := re.match(TIME + " ", line)) is not None and "\t" not in line:
                yield Piece(number, "loose", *_clock(match), "", line[match.end() :])
            else:
                yield Piece(number, "damaged", body=line)
                yield from self._swallow(line)

    def _message(self, number: int, match: re.Match[str]) -> Iterator[Piece]:
        name, body = match["name"], match["body"]
        piece = Piece(number, "said" if name.strip() else "notice", *_clock(match), name, body)
        if _INSIDE.search(body):
            # The end of a line was lost, and another's message with it.
            piece.kind = "damaged"
            yield piece
            yield from self._swallow(match[0])
        elif not body.startswith('"') or _closes(body[1:]) is not None:
            yield piece
        else:
            yield from self._begun(piece)

    def _begun(self, piece: Piece) -> Iterator[Piece]:
        """A message that may go on in the lines below."""
        span, closed = self._to_the_end(len(piece.body))
        first, rest = piece.body[1:], [line for _, line in span]
        filled = [line for line in rest if line.strip() and not is_day(line)]
        if closed is False or not span:
            self._again.extendleft(reversed(span))
            yield piece
        elif all(map(_is_head, filled)):
            # One line, or several with a pasted chat in them: the first is the sender's own.
            piece.body = first
            piece.kind = "doubtful" if '""' in first else piece.kind
            yield piece
            for number, line in span:
                if _is_head(line):
                    yield Piece(number, "doubtful", body=line)
            yield from _no_day(span)
        elif closed is None:
            piece.kind = "damaged"
            yield piece
        else:
            parts = "\n".join([first, *rest])[:-1].replace('""', '"').split("\n")
            pasted = next((at for at, one in enumerate(parts) if at and _is_near(one)), None)
            piece.body = "\n".join(parts[:pasted])
            piece.quoted = None if pasted is None else "\n".join(parts[pasted:])
            yield piece

    def _to_the_end(self, size: int) -> tuple[list[_Numbered], bool | None]:
        """The lines up to the one with the closing mark; whether there is one, None where the file
        ends before it, False where the mark at the beginning was no opening one."""
        span: list[_Numbered] = []
        while size <= LONGEST:
            following = self._next()
            if following is None:
                return span, None if len(span) <= _CUT_OFF else False
            span.append(following)
            size += len(following[1]) + 1
            inner = MESSAGE.fullmatch(following[1])
            if inner is not None and inner["body"].startswith('"') and inner["body"][:2] != '""':
                return span, False  # a message that begins with a mark, not the end of one
            if (closed := _closes(following[1])) is not None:
                return span, closed
        return span, False

    def _swallow(self, line: str) -> Iterator[Piece]:
        """Drop the rest of a damaged message of several lines: it is nobody's words."""
        if _closes(line) is False:
            span, closed = self._to_the_end(len(line))
            if closed is False:
                self._again.extendleft(reversed(span))
            else:
                yield from _no_day(span)


def _no_day(span: list[_Numbered]) -> Iterator[Piece]:
    """After lines of which nobody can say whether a day among them was one, no day is known."""
    yield from (Piece(number, "day") for number, line in span if is_day(line))


def _is_head(line: str) -> bool:
    """Whether a line could be a message or a notice of its own."""
    return MESSAGE.fullmatch(line) is not None or _NOTICE.fullmatch(line) is not None


def _is_near(line: str) -> bool:
    """Whether a line could have been one, with a letter of it damaged."""
    return "\t" in line and any(mark.isdigit() for mark in line[:8])


def _closes(line: str) -> bool | None:
    """Whether a quotation ends with this line: None if it goes on, False if it is none."""
    bare_line = line.replace('""', "")
    if '"' not in bare_line:
        return None
    return bare_line.endswith('"') and bare_line.count('"') == 1


def _clock(match: re.Match[str]) -> tuple[int | None, int]:
    hour = hour_of(int(match["hour"]), match["before"] or match["after"])
    return hour if int(match["minute"]) < 60 else None, int(match["minute"])

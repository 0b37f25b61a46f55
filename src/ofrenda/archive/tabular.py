"""Tables of messages (CSV) from strangers, where a lost quotation mark must not glue two rows."""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

_LONGEST = 2**20 + 2**16
"""Characters of one row; a message may have 1 MiB."""

CELL = r'(?:"(?:[^"]|"")*"|[^",\n]*)'
"""A cell as a pattern, for telling where rows begin."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row: the number of its first line (from 1), and its cells, or why there are none (a key
    of :data:`ofrenda.archive.report.REASONS`)."""

    line: int
    cells: tuple[str, ...]
    reason: str | None = None


def first_row(text: str) -> list[str]:
    """The cells of the first line of ``text``; empty where it is no row."""
    line = text.lstrip("\ufeff").partition("\n")[0].rstrip("\r")
    if len(line) > 4_096:
        return []
    try:
        return [cell.strip() for cell in next(csv.reader([line], strict=True), [])]
    except csv.Error:
        return []


def rows(lines: Iterable[str], begins: Callable[[str], object]) -> Iterator[Row]:
    """The rows after the first. ``begins`` tells whether a line may be the beginning of a row.

    Quotation marks must stand where CSV has them: a row in which they do not is damaged, and
    reading goes on at the next line that begins a row. So a damaged row never takes a sound one
    with it, and a table pasted into a message stays in the message.
    """
    source = ((number, line) for number, line in enumerate(lines, 1) if number > 1)
    again: deque[tuple[int, str]] = deque()
    while True:
        first = again.popleft() if again else next(source, None)
        if first is None:
            return
        number, line = first
        if not line.strip():
            continue
        scan = _Scan()
        span = [first]
        state = scan.feed(line) if begins(line) else "bad"
        size = len(line)
        while state == "open":
            following = again.popleft() if again else next(source, None)
            if following is None or size > _LONGEST:
                state = "bad"
                if following is not None:
                    span.append(following)
                break
            span.append(following)
            size += len(following[1]) + 1
            state = scan.feed(following[1])
        if state == "done":
            yield Row(number, tuple(scan.cells))
            continue
        later = next((at for at in range(1, len(span)) if begins(span[at][1])), len(span))
        again.extendleft(reversed(span[later:]))
        while not again or not begins(again[0][1]):
            if not again:
                following = next(source, None)
                if following is None:
                    break
                again.append(following)
                continue
            again.popleft()
        reason = "too_long" if size > _LONGEST and later == len(span) else "damaged"
        yield Row(number, (), reason)


class _Scan:
    """Cells of one row, fed line by line. By hand, because the reader of the standard library
    glues what is damaged and refuses cells over 128 KiB."""

    def __init__(self) -> None:
        self.cells: list[str] = []
        self._inside: list[str] | None = None

    def feed(self, line: str) -> str:
        """``open`` (goes on in the next line), ``done`` or ``bad``."""
        at = 0
        if self._inside is not None:
            self._inside.append("\n")
        elif '"' not in line:
            self.cells = line.split(",")
            return "done"
        while True:
            if self._inside is None:
                if not line.startswith('"', at):
                    end = line.find(",", at)
                    cell = line[at:] if end < 0 else line[at:end]
                    if '"' in cell:
                        return "bad"
                    self.cells.append(cell)
                    if end < 0:
                        return "done"
                    at = end + 1
                    continue
                self._inside = []
                at += 1
            end = line.find('"', at)
            if end < 0:
                self._inside.append(line[at:])
                return "open"
            self._inside.append(line[at:end])
            if line.startswith('""', end):
                self._inside.append('"')
                at = end + 2
                continue
            self.cells.append("".join(self._inside))
            self._inside = None
            at = end + 1
            if at == len(line):
                return "done"
            if line[at] != ",":
                return "bad"
            at += 1

"""The heads of lines in the second reading: what each is, when it was written, where it ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date

import numpy as np

from ofrenda.archive.importers.whatsapp.dates import NEVER, to_days
from ofrenda.archive.importers.whatsapp.disorder import MESSAGE
from ofrenda.archive.importers.whatsapp.grammar import Grammar, Shape
from ofrenda.archive.importers.whatsapp.survey import Ints

Head = tuple[int, str, int, int]
"""What the line is (a label of ``disorder``), its local time, its shape, where the rest begins."""

Heads = Callable[[Iterable[str]], Iterator[tuple[str, Head | None]]]
"""Each line of a file with its head; None where the line has none that counts."""


class Clock:
    """Reads dates: each shape by the order that was decided for it."""

    def __init__(self, orders: Mapping[int, str], today: date) -> None:
        self._orders = orders
        self._today = today
        self._dates: dict[tuple[int, tuple[int, int, int]], str] = {}
        self._times: dict[int, str] = {}

    def days(self, shape: Ints, numbers: Ints) -> Ints:
        """The day of each line or span; never for a shape that has no order."""
        days = np.full(len(shape), NEVER, dtype=np.int64)
        for number, order in self._orders.items():
            days[shape == number] = to_days(numbers[shape == number], order, self._today)
        return days

    def stamp(self, shape: int, numbers: tuple[int, int, int], second: int) -> str | None:
        """The local time, ISO 8601; None for a shape that has no order. Only for dates and times
        that can be right."""
        if (day := self._dates.get((shape, numbers))) is None:
            if (order := self._orders.get(shape)) is None:
                return None
            found = to_days(np.array([numbers], np.int64), order, self._today)
            day = str(found.astype("datetime64[D]")[0])
            self._dates[shape, numbers] = day
        if (time := self._times.get(second)) is None:
            minutes, seconds = divmod(second, 60)
            time = f"T{minutes // 60:02}:{minutes % 60:02}:{seconds:02}"
            self._times[second] = time
        return day + time


def straight(grammar: Grammar, shapes: Sequence[Shape], clock: Clock) -> Heads:
    """For a file whose clock runs straight: every line of a believed shape is a message."""
    numbered = {shape: number for number, shape in enumerate(shapes)}

    def heads(lines: Iterable[str]) -> Iterator[tuple[str, Head | None]]:
        read, stamp = grammar.header, clock.stamp
        for line in lines:
            if (header := read(line)) is None:
                yield line, None
                continue
            numbers, second, looks, end = header
            shape = numbered[looks]
            at = stamp(shape, numbers, second)
            yield line, None if at is None else (MESSAGE, at, shape, end)

    return heads


def judged(
    grammar: Grammar, shapes: Sequence[Shape], line: Ints, labels: Ints, moments: Ints
) -> Heads:
    """For a file in which each line was judged by itself."""
    numbered = {shape: number for number, shape in enumerate(shapes)}

    def heads(lines: Iterable[str]) -> Iterator[tuple[str, Head | None]]:
        of_lines = _stamps(line, labels, moments)
        wanted, label, at = next(of_lines, (-1, 0, ""))
        for number, text in enumerate(lines):
            header = grammar.header(text) if number == wanted else None
            if header is None:
                yield text, None
                continue
            yield text, (label, at, numbered[header.shape], header.end)
            wanted, label, at = next(of_lines, (-1, 0, ""))

    return heads


_CHUNK = 4096


def _stamps(line: Ints, labels: Ints, moments: Ints) -> Iterator[tuple[int, int, str]]:
    for start in range(0, len(line), _CHUNK):
        part = slice(start, start + _CHUNK)
        at = np.maximum(moments[part], 0).astype("datetime64[s]")
        yield from zip(
            line[part].tolist(),
            labels[part].tolist(),
            np.datetime_as_string(at, unit="s").tolist(),
            strict=True,
        )

"""Tables (CSV, TSV) and lists (JSON, JSON lines) from anywhere, once the keeper has said what their
columns mean. The last door: it takes only what no format of a name has taken.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from pathlib import PurePosixPath

from ofrenda.archive.answers import COLUMNS
from ofrenda.archive.columns import LEAVE, Columns, moments, parse, propose, shape, trouble
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, past
from ofrenda.archive.jsonstream import TOO_LARGE, BadJson, map_of, values
from ofrenda.archive.report import Question, Table
from ofrenda.archive.telling import Chat, Said, Sender, bare, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind

_SAMPLE = 200
_SHOWN = 5
_CELL = 80
_DELIMITERS = ",;\t"
_REPOST = "//@"
"""Begins the chain of those whom a Weibo post was reposted from."""


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: where it stands, and its cells, or None where it is damaged."""

    locator: str
    cells: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class _Form:
    """How a file is laid out: ``delimiter`` of a table, or None for a list in JSON."""

    delimiter: str | None
    header: tuple[str, ...]
    by_line: bool = False


class Mapped:
    """The importer."""

    name = "table"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """A table or list in which some column holds times and another words; a list in JSON only
        where one of them is called so, since exports are full of lists that nobody wrote."""
        text = peek(head)
        if text is None or (form := _form(text, entry.name)) is None:
            return 0.0
        sample = [
            row.cells for row in islice(_sample_rows(text, form), _SAMPLE) if row.cells is not None
        ]
        found = propose(form.header, sample)
        if found is None or (form.delimiter is None and (found.sender is None or len(sample) < 2)):
            return 0.0
        return 0.1

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One message a row, once the columns are explained."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        form = _form(peek(entry.head()) or "", entry.name)
        if form is None:
            raise ArchiveError(
                "The table is damaged at its beginning. Save it once more as CSV and add that."
            )
        rows = list(islice(_rows(entry, code, form), _SAMPLE))
        sample = [row.cells for row in rows if row.cells is not None]
        key = COLUMNS + shape(form.header)
        answer = circumstances.answers.get(key)
        if answer == LEAVE:
            return Reading(
                records=(Skipped("not_own", row.locator) for row in _rows(entry, code, form))
            )
        if answer is None:
            return self._ask(key, form, sample, sum(1 for _ in _rows(entry, code, form)))
        columns = parse(answer, len(form.header))
        if columns is None:
            raise ArchiveError(
                f"The table has {len(form.header)} columns. Say what they are like this: "
                f"{key}=time:1,sender:2,text:3 (sender and chat may be left out), or {key}=leave."
            )
        if (why := trouble(columns, sample)) is not None:
            raise ArchiveError(f"{why} Look at the table and say again what its columns are.")
        order = circumstances.answers.get("date_order")
        if order not in ("dmy", "mdy"):
            order = _agreed(_orders(_rows(entry, code, form), columns))
            if order is None:
                count = sum(1 for _ in _rows(entry, code, form))
                question = Question(
                    key="date_order",
                    text="In what order does this export write its dates?",
                    choices={"dmy": "day, month, year", "mdy": "month, day, year"},
                    waiting=count,
                )
                return Reading(records=(), questions=[question], waiting=count)
        return Reading(
            records=_records(entry, _rows(entry, code, form), columns, order, circumstances)
        )

    def _ask(self, key: str, form: _Form, sample: list[tuple[str, ...]], waiting: int) -> Reading:
        found = propose(form.header, sample)
        proposed = "" if found is None else found.written()
        shown = tuple(tuple(cell[:_CELL] for cell in row) for row in sample[:_SHOWN])
        choices = {LEAVE: "leave the table out: nobody wrote it"}
        if proposed:
            choices = {proposed: "as it looks"} | choices
        question = Question(
            key=key,
            text="What do the columns of this table mean?",
            choices=choices,
            waiting=waiting,
            table=Table(tuple(cell[:_CELL] for cell in form.header), shown, proposed),
        )
        return Reading(records=(), questions=[question], waiting=waiting)


IMPORTER = Mapped()


def _form(text: str, name: str) -> _Form | None:
    begin = text.lstrip("\ufeff \r\n\t")
    if begin.startswith(("[", "{")):
        return _json_form(begin)
    first, _, rest = begin.partition("\n")
    if not rest.strip() or len(first) > 4096 or first.lstrip().startswith(("<", "%")):
        return None
    for delimiter in _DELIMITERS:
        if delimiter not in first:
            continue
        header = _cells(first.rstrip("\r"), delimiter)
        if header is None or not 2 <= len(header) <= 60 or not all(header[:2]):
            continue
        if any(any(c.isdigit() for c in cell) and moments(cell.strip()) for cell in header):
            continue
        form = _Form(delimiter, tuple(cell.strip() for cell in header))
        found = list(islice(_sample_rows(begin, form), 40))
        whole = sum(row.cells is not None for row in found)
        if whole >= 2 and whole * 10 >= len(found) * 9:
            return form
    return None


def _json_form(begin: str) -> _Form | None:
    by_line = begin.startswith("{")
    if not by_line and not begin[1:].lstrip().startswith("{"):
        return None
    objects: list[dict[str, object]] = []
    decoder = json.JSONDecoder()
    at = 0 if by_line else begin.index("{")
    while len(objects) < 20 and at < len(begin):
        try:
            one, at = decoder.raw_decode(begin, at)
        except (ValueError, RecursionError):
            break
        objects.append(map_of(one))
        while at < len(begin) and begin[at] in ", \r\n\t":
            at += 1
    if len(objects) < 2:
        return None
    keys = list(dict.fromkeys(key for one in objects for key in one if _flat(one[key]) is not None))
    return _Form(None, tuple(keys), by_line) if len(keys) >= 2 else None


def _sample_rows(text: str, form: _Form) -> Iterator[_Row]:
    if form.delimiter is not None:
        whole = text[: text.rfind("\n") + 1] if text.count("\n") > 3 else text
        yield from _table_rows(iter(whole.lstrip("\ufeff \r\n\t").split("\n")), form)
        return
    decoder = json.JSONDecoder()
    begin = text.lstrip("\ufeff \r\n\t")
    at = begin.find("{")
    while 0 <= at < len(begin):
        try:
            one, at = decoder.raw_decode(begin, at)
        except (ValueError, RecursionError):
            return
        yield _Row("", _object_cells(one, form))
        while at < len(begin) and begin[at] in ", \r\n\t":
            at += 1


def _rows(entry: Entry, code: Code, form: _Form) -> Iterator[_Row]:
    if form.delimiter is not None:
        yield from _table_rows(lines(entry, code), form)
    elif form.by_line:
        for number, line in enumerate(lines(entry, code), 1):
            if not line.strip():
                continue
            try:
                yield _Row(str(number), _object_cells(json.loads(line), form))
            except (ValueError, RecursionError):
                yield _Row(str(number), None)
    else:
        number = 0
        try:
            for _, one in values(entry, ("item",)):
                yield _Row(f"/{number}", None if one is TOO_LARGE else _object_cells(one, form))
                number += 1
        except BadJson:
            yield _Row(f"/{number}", None)


def _table_rows(source: Iterator[str], form: _Form) -> Iterator[_Row]:
    """Rows after the first. A row goes on in the next line only while a quotation mark is open,
    and is damaged where its cells do not come to the number of columns."""
    delimiter = form.delimiter or ","
    held, began = "", 0
    for number, line in enumerate(source, 1):
        if number == 1:
            continue
        if not held and not line.strip():
            continue
        began = began or number
        held = f"{held}\n{line}" if held else line
        if held.count('"') % 2 and len(held) < 2**20:
            continue
        cells = _cells(held.rstrip("\r"), delimiter)
        sound = cells is not None and len(cells) == len(form.header)
        yield _Row(str(began), tuple(cells) if sound and cells is not None else None)
        held, began = "", 0
    if held:
        yield _Row(str(began), None)


def _cells(line: str, delimiter: str) -> list[str] | None:
    try:
        found = list(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _object_cells(one: object, form: _Form) -> tuple[str, ...] | None:
    plain: Mapping[str, object] = map_of(one)
    return tuple(_flat(plain.get(key)) or "" for key in form.header) if plain else None


def _flat(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        integral = isinstance(value, int) or (abs(value) < 1e18 and value == int(value))
        return str(int(value)) if integral else str(value)
    return None


def _orders(rows: Iterator[_Row], columns: Columns) -> Iterator[set[str]]:
    for row in rows:
        if row.cells is not None:
            yield set(moments(row.cells[columns.time].strip()))


def _agreed(found: Iterator[set[str]]) -> str | None:
    """The one order that the dates allow; None where both remain. A date that fits none of those
    left is a damaged row, and says nothing."""
    orders = {"dmy", "mdy"}
    told = False
    for one in found:
        if one and "" not in one and orders & one:
            told = True
            orders &= one
    if not told:
        return "dmy"
    return next(iter(orders)) if len(orders) == 1 else None


def _records(
    entry: Entry,
    rows: Iterator[_Row],
    columns: Columns,
    order: str,
    circumstances: Circumstances,
) -> Iterator[Record]:
    stem = bare(PurePosixPath(entry.name).stem) or "table"
    for row in rows:
        if row.cells is None or any(0xDC80 <= ord(c) <= 0xDCFF for cell in row.cells for c in cell):
            yield Skipped("damaged", row.locator)
            continue
        cells = row.cells
        sender = bare(cells[columns.sender]) if columns.sender is not None else stem
        chat = bare(cells[columns.chat]) if columns.chat is not None else stem
        at, precision = _moment(cells[columns.time].strip(), order)
        own, mark, chain = cells[columns.text].partition(_REPOST)
        own = own.strip()
        said = Said(Kind.TEXT, own or None, (mark + chain) or None, bool(mark) and not own)
        if said.text is None and said.quoted is None:
            yield Skipped("empty", row.locator)
            continue
        yield tell(
            row.locator,
            Chat("table", f"table:{chat or stem}", chat or stem, True),
            Sender(sender, sender) if sender else None,
            past(at, circumstances.today),
            said,
            precision=precision,
        )


def _moment(cell: str, order: str) -> tuple[Instant | None, str]:
    found = moments(cell)
    return found.get(order) or found.get("") or (None, "s")

"""How a table from anywhere is laid out, and its rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice

from ofrenda.archive.columns import moments
from ofrenda.archive.container import Entry
from ofrenda.archive.decoding import Code, lines
from ofrenda.archive.jsonstream import TOO_LARGE, BadJson, map_of, values

_DELIMITERS = ",;\t"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: where it stands, and its cells, or None where it is damaged."""

    locator: str
    cells: tuple[str, ...] | None


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is laid out: ``delimiter`` of a table, or None for a list in JSON."""

    delimiter: str | None
    header: tuple[str, ...]
    by_line: bool = False


def form_of(text: str) -> Form | None:
    """The layout of a file that begins with ``text``; None where it is no table and no list."""
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
        form = Form(delimiter, tuple(cell.strip() for cell in header))
        found = list(islice(sample_rows(begin, form), 40))
        whole = sum(row.cells is not None for row in found)
        if whole >= 2 and whole * 10 >= len(found) * 9:
            return form
    return None


def _json_form(begin: str) -> Form | None:
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
    return Form(None, tuple(keys), by_line) if len(keys) >= 2 else None


def sample_rows(text: str, form: Form) -> Iterator[Row]:
    """The rows of the beginning of a file."""
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
        yield Row("", _object_cells(one, form))
        while at < len(begin) and begin[at] in ", \r\n\t":
            at += 1


def rows_of(entry: Entry, code: Code, form: Form) -> Iterator[Row]:
    """Every row, as the file streams by."""
    if form.delimiter is not None:
        yield from _table_rows(lines(entry, code), form)
    elif form.by_line:
        for number, line in enumerate(lines(entry, code), 1):
            if not line.strip():
                continue
            try:
                yield Row(str(number), _object_cells(json.loads(line), form))
            except (ValueError, RecursionError):
                yield Row(str(number), None)
    else:
        number = 0
        try:
            for _, one in values(entry, ("item",)):
                yield Row(f"/{number}", None if one is TOO_LARGE else _object_cells(one, form))
                number += 1
        except BadJson:
            yield Row(f"/{number}", None)


def _table_rows(source: Iterator[str], form: Form) -> Iterator[Row]:
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
        yield Row(str(began), tuple(cells) if sound and cells is not None else None)
        held, began = "", 0
    if held:
        yield Row(str(began), None)


def _cells(line: str, delimiter: str) -> list[str] | None:
    try:
        found = list(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return found[0] if len(found) == 1 else None


def _object_cells(one: object, form: Form) -> tuple[str, ...] | None:
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

"""Tables (CSV, TSV) and lists (JSON, JSON lines) from anywhere, once the keeper has said what their
columns mean. The last door: it takes only what no format of a name has taken.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import PurePosixPath

from ofrenda.archive.answers import COLUMNS
from ofrenda.archive.columns import LEAVE, Columns, moments, parse, propose, shape, trouble
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.mapped.rows import Form, Row, form_of, rows_of, sample_rows
from ofrenda.archive.instants import Instant, past
from ofrenda.archive.report import Question, Table
from ofrenda.archive.telling import Chat, Said, Sender, bare, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind

_SAMPLE = 200
_SHOWN = 5
_CELL = 80
_REPOST = "//@"
"""Begins the chain of those whom a Weibo post was reposted from."""


class Mapped:
    """The importer."""

    name = "table"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """A table or list in which some column holds times and another words; a list in JSON only
        where one of them is called so, since exports are full of lists that nobody wrote."""
        text = peek(head)
        if text is None or (form := form_of(text)) is None:
            return 0.0
        sample = [
            row.cells for row in islice(sample_rows(text, form), _SAMPLE) if row.cells is not None
        ]
        found = propose(form.header, sample)
        if found is None or (form.delimiter is None and (found.sender is None or len(sample) < 2)):
            return 0.0
        return 0.1

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One message a row, once the columns are explained."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        form = form_of(peek(entry.head()) or "")
        if form is None:
            raise ArchiveError(
                "The table is damaged at its beginning. Save it once more as CSV and add that."
            )
        rows = list(islice(rows_of(entry, code, form), _SAMPLE))
        sample = [row.cells for row in rows if row.cells is not None]
        key = COLUMNS + shape(form.header)
        answer = circumstances.answers.get(key)
        if answer == LEAVE:
            return Reading(
                records=(Skipped("not_own", row.locator) for row in rows_of(entry, code, form))
            )
        if answer is None:
            return self._ask(key, form, sample, sum(1 for _ in rows_of(entry, code, form)))
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
            order = _agreed(_orders(rows_of(entry, code, form), columns))
            if order is None:
                count = sum(1 for _ in rows_of(entry, code, form))
                question = Question(
                    key="date_order",
                    text="In what order does this export write its dates?",
                    choices={"dmy": "day, month, year", "mdy": "month, day, year"},
                    waiting=count,
                )
                return Reading(records=(), questions=[question], waiting=count)
        return Reading(
            records=_records(entry, rows_of(entry, code, form), columns, order, circumstances)
        )

    def _ask(self, key: str, form: Form, sample: list[tuple[str, ...]], waiting: int) -> Reading:
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


def _orders(rows: Iterator[Row], columns: Columns) -> Iterator[set[str]]:
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
    rows: Iterator[Row],
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

"""Evernote's notebooks (``.enex``): notes that were written, not pages that were clipped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ofrenda.archive.authored import day_of, document, note_quotes
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import drain, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.markup import read_html
from ofrenda.archive.xmltree import BadXml, Node, stream, swallowed

_ROOT = re.compile(r"<en-export[\s>]")
_CLIPPED = ("web.clip", "mail.smtp", "mail.clip")
_FILES = frozenset({"resource"})


class Evernote:
    """The importer."""

    name = "evernote"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its root element."""
        text = peek(head)
        return 0.95 if text is not None and _ROOT.search(text[:4096]) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document for each note."""
        reading = Reading(records=())
        reading.records = _notes(entry, circumstances.today, reading)
        return reading


IMPORTER = Evernote()


def _notes(entry: Entry, today: date, reading: Reading) -> Iterator[Record]:
    number = quotes = locked = 0
    with entry.open() as file:
        nodes = stream(
            drain(file),
            lambda name, depth: name == "note" and depth == 1,
            doctype=True,
            without=_FILES,
        )
        try:
            for node in nodes:
                number += 1
                record, left_out, closed = _note(node, str(number), today)
                quotes += left_out
                locked += closed
                yield record
        except BadXml:
            yield Skipped("damaged", str(number + 1))
    note_quotes(reading, quotes)
    if locked:
        reading.advice.append(
            f"{locked} notes hold encrypted passages. Open them in Evernote, decrypt them there "
            "and export once more."
        )


def _note(node: Node, number: str, today: date) -> tuple[Record, int, bool]:
    facts = node.child("note-attributes") or Node("note-attributes", "", {})
    if facts.text_of("source-url") or facts.text_of("source").startswith(_CLIPPED):
        return Skipped("not_own", number), 0, False
    source = node.text_of("content")
    page = read_html(source)
    if page.broken or swallowed(source):
        return Skipped("damaged", number), 0, False
    record = document(
        number,
        node.text_of("title"),
        page.text,
        day_of(node.text_of("created"), today),
        facts.text_of("author"),
    )
    return record, len(page.quoted), "<en-crypt" in source

"""Reads one file of an export from memory, as the intake would, and shows records shortly."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from ofrenda.archive.container import HEAD_BYTES, Container, Entry
from ofrenda.archive.importer import Circumstances, Importer, Reading, Skipped
from ofrenda.archive.importers import importers
from ofrenda.types import Utterance

TODAY = date(2026, 6, 1)
Row = tuple[object, ...]


@dataclass(frozen=True)
class Golden:
    """A file, what came with it, and exactly what must come out of it."""

    format: str
    name: str
    content: bytes
    expected: list[Row]
    chats: set[tuple[str, str, str, bool]]
    beside: Mapping[str, bytes] = field(default_factory=dict)
    container: str = "export"
    marked: frozenset[str] = frozenset()
    """Words that one character alone marks as quoted: its loss cannot be noticed."""


def entry_of(name: str, data: bytes) -> Entry:
    return Entry(name, len(data), lambda: io.BytesIO(data))


def importer_of(name: str) -> Importer:
    return next(one for one in importers() if one.name == name)


def read(
    format: str,
    name: str,
    content: bytes,
    beside: Mapping[str, bytes] | None = None,
    container: str = "export",
) -> tuple[Reading, list[Utterance | Skipped]]:
    entry = entry_of(name, content)
    entries = {other: entry_of(other, data) for other, data in (beside or {}).items()}
    files = Container(container, {name: entry, **entries})
    reading = importer_of(format).read(entry, files, Circumstances({}, TODAY))
    records: list[Utterance | Skipped] = []
    for record in reading.records:
        assert isinstance(record, Utterance | Skipped)
        records.append(record)
    return reading, records


def read_golden(golden: Golden, content: bytes | None = None) -> list[Utterance | Skipped]:
    data = golden.content if content is None else content
    return read(golden.format, golden.name, data, golden.beside, golden.container)[1]


def scores(name: str, content: bytes) -> dict[str, float]:
    entry = entry_of(name, content)
    found = {one.name: one.recognise(entry, content[:HEAD_BYTES]) for one in importers()}
    return {name: score for name, score in found.items() if score > 0}


def short(record: Utterance | Skipped) -> Row:
    """``(time, sender, kind, text, extras...)``; extras only where they are set."""
    if isinstance(record, Skipped):
        return ("skipped", record.reason)
    extras: list[object] = []
    if record.edited:
        extras.append("edited")
    if record.forwarded:
        extras.append("forwarded")
    if record.quoted_text is not None:
        extras.append(("quoted", record.quoted_text))
    if record.reply_to is not None:
        extras.append(("reply", record.reply_to))
    extras += [("file", ref.path, ref.exists) for ref in record.media]
    utc = record.ts_utc.strftime("%d %H:%M") if record.ts_utc else None
    assert record.ts_precision == "s"
    return (record.ts_local, utc, record.sender_key, record.kind.value, record.text, *extras)

"""Reads a chat from memory, as the intake would, and shows each record in a short form."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Reading, Skipped
from ofrenda.archive.importers.whatsapp import IMPORTER
from ofrenda.types import Utterance

TODAY = date(2026, 6, 1)


def entry_of(name: str, content: str | bytes) -> Entry:
    data = content.encode() if isinstance(content, str) else content
    return Entry(name, len(data), lambda: io.BytesIO(data))


def read_chat(
    content: str | bytes,
    *,
    name: str = "WhatsApp Chat with Mum.txt",
    container: str = "",
    beside: tuple[str, ...] = (),
    answers: Mapping[str, str] | None = None,
) -> tuple[Reading, list[Utterance | Skipped]]:
    chat = entry_of(name, content)
    entries = {chat.name: chat} | {other: entry_of(other, b"x") for other in beside}
    reading = IMPORTER.read(
        chat, Container(container or name, entries), Circumstances(answers or {}, TODAY)
    )
    records: list[Utterance | Skipped] = []
    for record in reading.records:
        assert isinstance(record, Utterance | Skipped)
        records.append(record)
    return reading, records


def short(record: Utterance | Skipped) -> tuple[object, ...]:
    """``(time, sender, kind, text, extras...)``; extras only where they are set."""
    if isinstance(record, Skipped):
        return ("skipped", record.reason, record.locator)
    extras: list[object] = []
    if record.edited:
        extras.append("edited")
    if record.quoted_text is not None:
        extras.append(("quoted", record.quoted_text))
    extras += [("file", ref.path, ref.exists) for ref in record.media]
    stamp = record.ts_local or ""
    if record.ts_precision == "min":
        assert stamp.endswith(":00")
        stamp = stamp[:-3]
    return (stamp, record.sender_key, record.kind.value, record.text, *extras)

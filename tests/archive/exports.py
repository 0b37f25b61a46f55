"""Reads any export from memory, as the intake would, and damages it in the ways that occur."""

from __future__ import annotations

import io
import os
import random
from collections.abc import Callable, Iterator, Mapping

from ofrenda.archive.container import HEAD_BYTES, Container, Entry
from ofrenda.archive.importer import Circumstances, Importer, Reading, Record, Skipped
from ofrenda.archive.importers import importers
from ofrenda.archive.report import REASONS
from ofrenda.errors import ArchiveError
from ofrenda.types import Document, Utterance

from .reading_chats import TODAY, entry_of

MUTANTS = int(os.environ.get("OFRENDA_MUTANTS", "60"))
"""Damaged copies of each golden file; more than the default take minutes."""


def container_of(name: str, content: bytes, beside: Mapping[str, bytes]) -> tuple[Entry, Container]:
    entry = entry_of(name, content)
    entries = {entry.name: entry} | {one: entry_of(one, data) for one, data in beside.items()}
    return entry, Container("export", entries)


def read_export(
    importer: Importer,
    content: str | bytes,
    *,
    name: str = "export",
    beside: Mapping[str, bytes] | None = None,
    answers: Mapping[str, str] | None = None,
) -> tuple[Reading, list[Record]]:
    data = content.encode() if isinstance(content, str) else content
    entry, files = container_of(name, data, beside or {})
    reading = importer.read(entry, files, Circumstances(answers or {}, TODAY))
    records = list(reading.records)
    for record in records:
        assert isinstance(record, Utterance | Document | Skipped)
        if isinstance(record, Skipped):
            assert record.reason in REASONS
    return reading, records


def recognised_as(content: str | bytes, name: str = "export") -> str | None:
    data = content.encode() if isinstance(content, str) else content
    entry = Entry(name, len(data), lambda: io.BytesIO(data))
    scored = [(one.recognise(entry, data[:HEAD_BYTES]), one.name) for one in importers()]
    best = max(scored)
    if best[0] <= 0:
        return None
    assert sum(score == best[0] for score, _ in scored) == 1, "two importers are equally sure"
    return best[1]


def said(record: Record) -> tuple[object, ...]:
    """``(time, sender, kind, text, extras...)``; extras only where they are set."""
    if isinstance(record, Skipped):
        return ("skipped", record.reason)
    if isinstance(record, Document):
        return (
            record.written_on and record.written_on.isoformat(),
            record.author_key,
            record.title,
            record.text,
        )
    extras: list[object] = []
    if record.edited:
        extras.append("edited")
    if record.forwarded:
        extras.append("forwarded")
    if record.quoted_text is not None:
        extras.append(("quoted", record.quoted_text))
    extras += [("file", ref.path, ref.exists) for ref in record.media]
    return (record.ts_local, record.sender_key, record.kind.value, record.text, *extras)


def mutants(
    data: bytes, seed: int = 7, count: int | None = None, *, moved: bool = True
) -> Iterator[bytes]:
    """``moved``: lines also change places, which is fair only where a line says whose it is."""
    rng = random.Random(seed)
    changes: list[Callable[[bytes, random.Random], bytes]] = [_flip, _flip, _flip, _cut, _nul]
    changes += [_double_a_line, _swap_lines, _drop] if moved else [_double_a_line]
    for _ in range(MUTANTS if count is None else count):
        yield rng.choice(changes)(data, rng)
    yield b"\xef\xbb\xbf" + data.replace(b"\n", b"\r\n")
    yield data[:1]
    yield b""


def survives(importer: Importer, data: bytes, **beside: object) -> list[Record]:
    """The records of a damaged file; none where it is refused as a whole."""
    try:
        _, records = read_export(importer, data, **beside)  # type: ignore[arg-type]
    except ArchiveError:
        return []
    return records


def _flip(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << rng.randrange(8)]) + data[at + 1 :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(1, len(data))]


def _drop(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + data[at + rng.randrange(1, 40) :]


def _double_a_line(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    at = rng.randrange(len(lines))
    return b"\n".join([*lines[: at + 1], *lines[at:]])


def _swap_lines(data: bytes, rng: random.Random) -> bytes:
    lines = data.split(b"\n")
    a, b = rng.randrange(len(lines)), rng.randrange(len(lines))
    lines[a], lines[b] = lines[b], lines[a]
    return b"\n".join(lines)


def _nul(data: bytes, rng: random.Random) -> bytes:
    at = rng.randrange(len(data))
    return data[:at] + b"\0" + data[at:]

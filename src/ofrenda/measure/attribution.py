"""Who said what, and when: what an importer makes of chats whose truth is known."""

from __future__ import annotations

import io
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from datetime import UTC, date, datetime

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Importer, Reading, Record, Skipped
from ofrenda.archive.importers import importers
from ofrenda.errors import ArchiveError
from ofrenda.measure.exports import FORMS, Chat, Form
from ofrenda.measure.exports.chats import mark, marks, tricky
from ofrenda.measure.exports.form import instant
from ofrenda.types import Utterance

TODAY = date(2026, 6, 1)
"""The day on which made-up exports are read."""


@dataclass
class Verdict:
    """Counts over all chats of a form. ``ambiguous``: chats about which the importer asked instead
    of guessing, ``waiting``: their messages; ``refused``: chats that it would not read at all;
    ``left_out``: messages that it reported as skipped."""

    chats: int = 0
    messages: int = 0
    accepted: int = 0
    ambiguous: int = 0
    waiting: int = 0
    refused: int = 0
    left_out: int = 0
    judged: int = 0
    """Words of known origin that were found in what was accepted."""
    to_nobody: int = 0
    """Of these, words that nobody was given, because they look like the app's own."""
    misattributed: int = 0
    wrong_timestamps: int = 0
    unaccounted: int = 0
    """Messages that are neither accepted nor skipped."""
    examples: list[str] = field(default_factory=list)
    """Up to five seeds that went wrong."""

    def add(self, other: Verdict) -> None:
        """Count another's too."""
        for one in fields(self):
            setattr(self, one.name, getattr(self, one.name) + getattr(other, one.name))


def importer_of(form: str) -> Importer:
    """The importer of that name."""
    return next(one for one in importers() if one.name == form)


def entry_of(name: str, data: bytes) -> Entry:
    """A file in memory."""
    return Entry(name, len(data), lambda: io.BytesIO(data))


def read(
    importer: Importer,
    name: str,
    data: bytes,
    beside: Mapping[str, bytes],
    answers: Mapping[str, str],
) -> tuple[Reading, list[Record]]:
    """Everything an importer makes of a file in memory. Raises ``ArchiveError``."""
    entry = entry_of(name, data)
    entries = {entry.name: entry} | {one: entry_of(one, other) for one, other in beside.items()}
    reading = importer.read(entry, Container("export", entries), Circumstances(answers, TODAY))
    return reading, [] if reading.questions else list(reading.records)


def attribution(form: Form, *, chats: int, seed: int) -> Verdict:
    """Write and read so many tricky chats."""
    verdict = Verdict()
    for number in range(chats):
        rng = random.Random(f"{form.format} {form.name} {seed} {number}")  # noqa: S311 - no secret
        chat = tricky(rng, form.most, form.forgery)
        before = (verdict.misattributed, verdict.wrong_timestamps, verdict.unaccounted)
        _judge(form, chat, verdict)
        after = (verdict.misattributed, verdict.wrong_timestamps, verdict.unaccounted)
        if after != before and len(verdict.examples) < 5:
            verdict.examples.append(f"{seed} {number}")
    return verdict


def _judge(form: Form, chat: Chat, verdict: Verdict) -> None:
    importer = importer_of(form.format)
    verdict.chats += 1
    verdict.messages += len(chat)
    try:
        reading, records = read(importer, form.file, form.write(chat), form.beside, form.answers)
    except ArchiveError:
        verdict.refused += 1
        return
    if reading.questions:
        verdict.ambiguous += 1
        verdict.waiting += len(chat)
        return
    said = {mark(n): one for n, one in enumerate(chat)}
    heard: Counter[tuple[str, str | None]] = Counter()
    for record in records:
        if isinstance(record, Skipped):
            verdict.left_out += 1
            continue
        verdict.accepted += 1
        key = record.sender_key if isinstance(record, Utterance) else record.author_key
        for word in marks(record.text):
            verdict.judged += 1
            if key is None and form.most > 1:
                verdict.to_nobody += 1  # taken for the app's own words
            else:
                heard[said[word].sender, key] += 1
            verdict.wrong_timestamps += not _on_time(form, record, said[word].at)
    verdict.misattributed += _mixed(heard)
    entries = len(chat) if form.most > 1 or len(records) > 1 else 1
    verdict.unaccounted += max(0, entries - len(records))


def _on_time(form: Form, record: Record, at: datetime) -> bool:
    if isinstance(record, Utterance):
        if record.ts_utc is not None and form.zone is not None:
            return record.ts_utc.astimezone(UTC) == instant(at, form.zone)
        return record.ts_local == form.kept(at)
    if isinstance(record, Skipped) or form.most == 1:
        return True
    return record.written_on == at.date()


def _mixed(heard: Mapping[tuple[str, str | None], int]) -> int:
    """How many words went to another key than most words of their sender, or to a key that has
    most of its words from somebody else."""
    theirs: dict[str, str | None] = {}
    for (sender, key), _ in sorted(heard.items(), key=lambda one: -one[1]):
        if sender not in theirs and key not in theirs.values():
            theirs[sender] = key
    return sum(
        count
        for (sender, key), count in heard.items()
        if key is not None and theirs.get(sender, key) != key
    ) + sum(count for (sender, _), count in heard.items() if sender not in theirs)


def attributions(
    *, chats: int, seed: int, formats: Iterable[str] | None = None
) -> dict[str, Verdict]:
    """``attribution`` of every form, or of those of some formats, by ``format: name``; a format's
    chats are spread over its forms."""
    wanted = None if formats is None else set(formats)
    forms: Sequence[Form] = [one for one in FORMS if wanted is None or one.format in wanted]
    many = Counter(one.format for one in forms)
    return {
        f"{one.format}: {one.name}": attribution(
            one, chats=-(-chats // many[one.format]), seed=seed
        )
        for one in forms
    }

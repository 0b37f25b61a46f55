"""The door that every format comes through: one module in ``importers/`` with an ``IMPORTER``."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Protocol

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.report import Question
from ofrenda.types import Document, Utterance


class Skipped(NamedTuple):
    """A record that is not stored. ``reason`` is a key of :data:`ofrenda.archive.report.REASONS`;
    ``locator`` leads back to it."""

    reason: str
    locator: str


Record = Utterance | Document | Skipped


@dataclass(slots=True)
class Reading:
    """What an importer makes of one file.

    ``records`` may be lazy: it is walked once, and ``warnings`` and ``advice`` may grow until it
    ends. While ``questions`` is not empty nothing of the file is stored, and ``waiting`` records
    are reported as awaiting an answer.
    """

    records: Iterable[Record]
    questions: list[Question] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    advice: list[str] = field(default_factory=list)
    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What an importer may know beside the bytes: the keeper's ``answers`` to earlier questions
    and ``today``, after which nothing can have been written."""

    answers: Mapping[str, str]
    today: date


class Gives(enum.IntEnum):
    """What a format holds, in the order it is read: chats say which files are theirs, so they
    come first; a file that nobody claims is kept last."""

    CHAT = 0
    WRITING = 1
    ORIGINAL = 2
    """The file itself is the record; there are no words in it to read."""


class Importer(Protocol):
    """One format. Reads bytes, returns records, touches nothing else: no life, no disk, no network.

    That is what lets the intake move it into a process of its own.
    """

    @property
    def name(self) -> str:
        """The format's stable name, stored with each source."""
        ...

    @property
    def gives(self) -> Gives:
        """What the format holds."""
        ...

    def recognise(self, entry: Entry, head: bytes) -> float:
        """How sure this file is of the format, 0 (not at all) to 1; ``head`` is its first 64 KiB.

        The content decides; the name may only add to it. The surest importer reads the file.
        """
        ...

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Read one file. ``files`` is what came with it: ``Utterance.media`` names entries of it.

        Raises :class:`ofrenda.errors.ArchiveError` when the file as a whole cannot be read; must
        do so before the first record is taken.
        """
        ...

"""What an import says afterwards: every record of the input is in exactly one bucket."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any


@dataclass(frozen=True, slots=True)
class Table:
    """The beginning of a table whose columns have to be explained: for the keeper's screen alone,
    never stored. ``proposed`` is the likeliest answer (:mod:`ofrenda.archive.columns`)."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    proposed: str


_CELL, _ROWS, _COLUMNS = 120, 10, 100
"""Characters of a cell, rows and columns of a table that the keeper is shown."""


def beginning(told: Mapping[str, Any] | None, plain: Callable[[str], str]) -> Table | None:
    """A table that another process told of, with every cell made ``plain``."""
    if told is None:
        return None
    header, *rows = (
        tuple(plain(cell)[:_CELL] for cell in row[:_COLUMNS])
        for row in (told["header"], *told["rows"][:_ROWS])
    )
    return Table(header, tuple(rows), plain(told["proposed"]))


@dataclass(frozen=True, slots=True)
class Question:
    """Something the file does not say and nobody may guess.

    Answer it by adding the same path again with ``answers={key: choice}``, or ``{key@digest:
    choice}`` for the one file with that digest. ``choices`` maps each possible answer to what it
    means in plain words; ``waiting`` is the number of records that are not stored until it is
    answered. With a ``table`` the answer may also be a mapping of its columns.
    """

    key: str
    text: str
    choices: Mapping[str, str]
    waiting: int
    table: Table | None = None

    def __str__(self) -> str:
        """The question with its choices on one line."""
        choices = "; ".join(f"{choice} = {meaning}" for choice, meaning in self.choices.items())
        return f"{self.text} ({self.key}: {choices}) {self.waiting} records wait for the answer."


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of one source.

    ``seen == accepted + already_there + sum(skipped.values())`` always holds. ``accepted`` counts
    records that are new in the life, ``already_there`` those it held before, ``skipped`` the rest
    by reason (the reasons are listed in :data:`REASONS`). ``format`` is the importer's name, or
    ``originals`` (kept, nothing to read yet), ``unknown`` or ``refused``. A report is for the
    keeper's eyes: it may hold file names, never message text.
    """

    source: str
    format: str
    seen: int
    accepted: int
    already_there: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)
    questions: tuple[Question, ...] = ()
    warnings: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    complete: bool = True
    """False in a stored report while an import is under way, or was killed."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """The keeper's answers it was read with."""
    media_missing: int = 0
    """Files that messages name and that did not come with them."""
    digest: str = ""
    """SHA-256 of the file in hex: what an answer for this file alone is addressed to."""

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return asdict(self)


def asking(
    shown: str,
    written: str,
    digest: str,
    questions: Sequence[Question],
    warnings: Sequence[str],
    waiting: int,
) -> ImportReport:
    """The report of a file of the format ``written`` that cannot be read before its questions are
    answered; ``waiting`` records depend on them."""
    return ImportReport(
        source=shown,
        format=written,
        seen=waiting,
        accepted=0,
        skipped={"awaiting_answer": waiting},
        questions=tuple(questions),
        warnings=tuple(warnings),
        complete=False,
        digest=digest,
    )


def not_read(shown: str, why: str) -> ImportReport:
    """The report of a file that cannot be used; ``why`` says what to do about it."""
    return ImportReport(shown, "refused", 1, 0, 0, {"refused": 1}, warnings=(why,))


def again(before: ImportReport, shown: str) -> ImportReport:
    """The report of a file that is in the life already."""
    return replace(
        before, source=shown, accepted=0, already_there=before.accepted + before.already_there
    )


def merged(before: Sequence[ImportReport], now: Sequence[ImportReport]) -> list[ImportReport]:
    """The reports of files that were read again once questions were answered: what was new at the
    first reading stays told."""
    told = {_place(report): report for report in before if report.complete and not report.questions}
    return [
        told[_place(report)] if _place(report) in told and not report.questions else report
        for report in now
    ]


def _place(report: ImportReport) -> tuple[str, str, str]:
    return report.digest, report.source, report.format


REASONS: Mapping[str, str] = {
    "awaiting_answer": "a question has to be answered first",
    "unclear_sender": "it is not certain who wrote it",
    "unclear_date": "its date or time cannot be right",
    "doubtful": "it looks like a message pasted into another one",
    "damaged": "its bytes are damaged",
    "too_long": "longer than 1 MiB",
    "no_header": "text before the first message",
    "empty": "nothing in it",
    "not_recognised": "no known format",
    "refused": "not safe or not possible to read",
    "unsent": "a draft that was never sent",
    "bulk": "a newsletter or an automatic message",
    "not_own": "copied from elsewhere, not written",
    "duplicate": "the same message once more in the same file",
    "reaction": "a sign (a heart, a thumb) put on another message",
}
"""Each reason why a record is skipped, in plain words."""

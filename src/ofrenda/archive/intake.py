"""One door for everything: a file, a folder or a zip goes in, reports come out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ofrenda.archive.answers import for_file, remember_answers, remembered
from ofrenda.archive.container import Container, Entry, Limits, open_path
from ofrenda.archive.examining import examine
from ofrenda.archive.filing import blob_of, digest_of
from ofrenda.archive.importer import Circumstances, Gives, Importer, Record
from ofrenda.archive.known_again import known_again
from ofrenda.archive.report import ImportReport, again, asking, not_read
from ofrenda.archive.sandbox import Sandbox
from ofrenda.archive.sealed import SealedFiles
from ofrenda.archive.sources import stored_report
from ofrenda.archive.store import (
    SourceFile,
    keep_original,
    store,
)
from ofrenda.archive.zips import open_zip
from ofrenda.clock import Clock, SystemClock
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance
from ofrenda.vault import Life

Progress = Callable[[float], None]
"""Hears the share that is done, 0 to 1."""

_DEEPEST = 2
"""A zip, and a zip inside it."""

_NAMED = 12
"""Files of no known format that are named in the report; the rest is counted."""

_ORIGINALS = "originals"
_BYTES_A_RECORD = 80
"""A chat line, for the progress bar alone."""

_TYPED = ("[Content_Types].xml", "mimetype", "META-INF/container.xml")
"""What makes a zip a document (Word, OpenDocument, EPUB) and not a bag of files."""


def add(
    life: Life,
    path: Path,
    *,
    progress: Progress | None = None,
    answers: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    limits: Limits | None = None,
) -> list[ImportReport]:
    """Put an export, a text, a folder or a zip into a life; one report for each source.

    Every record of it is stored once however often it is added; an import that was cut short is
    finished by adding the path again. ``answers`` settle questions of an earlier report (keys and
    choices are in :class:`Question`). Photos and recordings that belong to no message are kept
    and reported together.

    Raises ``ConsentMissing``; ``ArchiveError`` when ``path`` is one file that cannot be used, or
    holds nothing that can. In a folder or zip such a file is reported as ``refused`` and the rest
    goes on.
    """
    used = limits or Limits()
    life.require_consent("text")
    return _add(life, path, open_path(path, used), used, progress, answers, clock)


def add_files(
    life: Life,
    files: SealedFiles,
    *,
    progress: Progress | None = None,
    answers: Mapping[str, str] | None = None,
    clock: Clock | None = None,
    limits: Limits | None = None,
) -> list[ImportReport]:
    """As :func:`add`, for files that wait encrypted (what a browser handed in)."""
    life.require_consent("text")
    return _add(life, files, files.container(), limits or Limits(), progress, answers, clock)


def _add(
    life: Life,
    place: Path | SealedFiles,
    files: Container,
    limits: Limits,
    progress: Progress | None,
    answers: Mapping[str, str] | None,
    clock: Clock | None,
) -> list[ImportReport]:
    given = remembered(life) | dict(answers or {})
    with Sandbox(place, limits) as sandbox:
        intake = _Intake(life, sandbox, progress, given, clock or SystemClock(), limits)
        intake.take(files, "", ())
    reports = intake.reports
    if not any(report.format not in ("unknown", "refused") for report in reports):
        alike = set(intake.reasons)
        raise ArchiveError(alike.pop() if len(alike) == 1 else _NOTHING)
    return examine(life, reports)


_NOTHING = (
    "Nothing in it is in a format that Ofrenda reads. It reads the exports of WhatsApp and other "
    "chat apps, mail, letters and other texts (.txt), and folders or zips of these; a table of "
    "messages (CSV) needs a column with times and one with words."
)
_EMPTY = "The file is empty. Export or copy it again, then add the new copy."


class _Intake:
    """One run of :func:`add`: what was found so far."""

    def __init__(
        self,
        life: Life,
        sandbox: Sandbox,
        progress: Progress | None,
        answers: dict[str, str],
        clock: Clock,
        limits: Limits,
    ) -> None:
        self.reports: list[ImportReport] = []
        self.reasons: list[str] = []
        self.limits = limits
        self._life = life
        self._sandbox = sandbox
        self._progress = progress
        self._clock = clock
        self._answers = answers
        self._total = self._done = 0

    def take(self, files: Container, inside: str, chain: tuple[str, ...]) -> None:
        """Everything in a container: chats first, for they say which files are theirs. ``chain``
        names the zips that it lies in, from the outermost."""
        alone = len(files.entries) == 1 and not inside
        whole = inside or ("" if alone and files.name in files.entries else files.name)
        self._total += sum(entry.size for entry in files.entries.values())
        taken: set[str] = set()
        later: list[tuple[Entry, Importer]] = []
        zips: list[Entry] = []
        unknown: list[str] = []
        empty = 0
        for name, importer, is_zip, trouble in self._sandbox.recognise(chain, files):
            entry = files.entries[name]
            if trouble is not None:
                self._refuse(f"{whole}/{name}" if whole else name, trouble)
            elif importer is None:
                zips += [entry] if is_zip else []
                empty += entry.size == 0
                unknown += [] if is_zip or not entry.size else [name]
                if entry.size == 0 and len(files.entries) == 1:
                    self.reasons.append(_EMPTY)
            else:
                later.append((entry, importer))
        for entry, importer in sorted(later, key=lambda one: one[1].gives):
            if entry.name in taken:
                continue
            shown = f"{whole}/{entry.name}" if whole else entry.name
            try:
                self._read(entry, files, chain, importer, shown, taken)
            except ArchiveError as error:
                self._refuse(shown, error.message)
            self._advance(entry.size)
        unknown += self._unpack(zips, whole, chain)
        self._rest(whole or files.name, unknown, empty, files.left_out)

    def _read(
        self,
        entry: Entry,
        files: Container,
        chain: tuple[str, ...],
        importer: Importer,
        shown: str,
        taken: set[str],
    ) -> None:
        sha256 = digest_of(entry)
        file = SourceFile(entry, shown, importer.name, sha256, self._clock.now())
        before = stored_report(self._life, sha256)
        if importer.gives is Gives.ORIGINAL:
            if before is None:
                report = keep_original(self._life, file, blob_of(self._life, sha256))
            else:
                report = again(before, shown)
            self.reports.append(report)
            return
        answers = for_file(self._answers, sha256)
        answers |= dict(before.answers if before is not None else {})
        circumstances = Circumstances(answers, self._clock.now().date())
        reading = self._sandbox.read(chain, files, entry.name, importer, circumstances)
        if reading.questions:
            told = (reading.questions, reading.warnings, reading.waiting)
            self.reports.append(asking(shown, importer.name, sha256, *told))
            return
        if importer.gives is Gives.CHAT and (before is None or not before.complete):
            reading = known_again(
                self._life,
                sha256,
                reading,
                lambda: self._sandbox.read(chain, files, entry.name, importer, circumstances),
            )
        reading.records = _noting(reading.records, taken)
        if before is not None and before.complete and not before.media_missing:
            # Read once more all the same: which files belong to messages has to be known.
            for _ in reading.records:
                pass
            self.reports.append(replace(again(before, shown), digest=sha256))
            return
        progress = self._within(entry.size)
        report = store(self._life, file, files, reading, answers, progress)
        remember_answers(self._life, answers)
        self.reports.append(replace(report, digest=sha256))

    def _refuse(self, shown: str, why: str) -> None:
        self.reasons.append(why)
        self.reports.append(not_read(shown, why))

    def _unpack(self, zips: list[Entry], whole: str, chain: tuple[str, ...]) -> list[str]:
        """Look into zips; returns the names of those that are some other kind of file."""
        unknown: list[str] = []
        for entry in zips:
            shown = f"{whole}/{entry.name}" if whole else entry.name
            if len(chain) >= _DEEPEST:
                self._refuse(
                    shown,
                    "A zip is packed too deep inside other zips. Unpack the outer ones on your "
                    "computer and add the folder.",
                )
                continue
            try:
                with open_zip(entry, self.limits) as inner:
                    if any(name in inner.entries for name in _TYPED):
                        unknown.append(entry.name)
                    elif not inner.entries:
                        self._refuse(
                            shown, "The zip is empty. Export it again, then add the new one."
                        )
                    else:
                        self._total -= entry.size
                        self.take(inner, shown, (*chain, entry.name))
            except ArchiveError as error:
                self._refuse(shown, error.message)
        return unknown

    def _rest(self, whole: str, unknown: list[str], empty: int, left_out: int) -> None:
        """One report each for what could not be used and for the originals of a container."""
        if left_out:
            self.reports.append(
                ImportReport(
                    whole, "refused", left_out, 0, 0, {"refused": left_out},
                    warnings=(f"{left_out} links or devices were left alone.",),
                )
            )  # fmt: skip
        if unknown or empty:
            skipped = {"not_recognised": len(unknown)} if unknown else {}
            skipped |= {"empty": empty} if empty else {}
            more = " …" if len(unknown) > _NAMED else ""
            names = f"In no known format: {', '.join(unknown[:_NAMED])}{more}"
            self.reports.append(
                ImportReport(
                    whole, "unknown", len(unknown) + empty, 0, 0, skipped,
                    warnings=(names,) if unknown else (),
                )
            )  # fmt: skip
        kept = [report for report in self.reports if report.format == _ORIGINALS]
        if len(kept) > 1:
            self.reports = [report for report in self.reports if report.format != _ORIGINALS]
            self.reports.append(
                replace(
                    kept[0],
                    source=whole,
                    seen=sum(report.seen for report in kept),
                    accepted=sum(report.accepted for report in kept),
                    already_there=sum(report.already_there for report in kept),
                )
            )

    def _within(self, size: int) -> Callable[[int], None]:
        done = self._done

        def on_progress(seen: int) -> None:
            self._tell(done + min(size, seen * _BYTES_A_RECORD))

        return on_progress

    def _advance(self, size: int) -> None:
        self._done += size
        self._tell(self._done)

    def _tell(self, done: int) -> None:
        if self._progress is not None:
            self._progress(min(1.0, done / max(1, self._total)))


def _noting(records: Iterable[Record], taken: set[str]) -> Iterator[Record]:
    """The records, with the files that belong to them put into ``taken``."""
    for record in records:
        if isinstance(record, Utterance) and record.media:
            taken.update(ref.path for ref in record.media if ref.exists)
        yield record

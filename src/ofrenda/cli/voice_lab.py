"""``ofrenda voice LIFE --lab``: from recordings to the reference a voice is made from."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.table import Table

from ofrenda.cli.screen import err, out, print_json, progress
from ofrenda.errors import BadInput, ClipRejected
from ofrenda.settings import Settings
from ofrenda.vault import Life
from ofrenda.voice import build_reference, clips
from ofrenda.voice.lab_report import LabReport, lab_report
from ofrenda.voice.lab_store import Segment, add_mark, correct_text, segments
from ofrenda.voice.speech import Span
from ofrenda.voice.store import keep_recording
from ofrenda.voice.telling import report_lines, words

_ASK_FOR_MARKS = {"two_voices", "mark_unheard", "unsure", "somebody_else"}
_HOW_TO_MARK = (
    "How to mark: find the sentence in a player, then for example: ofrenda voice LIFE --lab "
    "--mark 2:1:05-1:09.5 (recording 2, from 1:05 to 1:09.5)"
)
_MARK = re.compile(r"(\d+):([\d:.]+)-([\d:.]+)")


def work(
    life: Life,
    recordings: Sequence[Path],
    marks: Sequence[str],
    correction: tuple[int, str] | None,
    settings: Settings,
    *,
    sure: bool = False,
    as_json: bool = False,
) -> None:
    """Take in recordings, marks and a correction; hear what is new; show what there is."""
    life.require_consent("voice")
    places = [read_mark(mark) for mark in marks]
    refused = _take_in(life, recordings, settings, as_json)
    for clip, span in places:
        add_mark(life, clip, span)
    if correction is not None:
        correct_text(life, *correction, sure=sure)
    unfit: ClipRejected | None = None
    with progress(as_json) as bar:
        task = bar.add_task("Listening", total=1.0)
        try:
            build_reference(
                life,
                settings=settings,
                progress=lambda step, share: bar.update(
                    task, description=step.capitalize(), completed=share
                ),
            )
        except ClipRejected as error:  # the report says so, and more
            unfit = error
    report = lab_report(life)
    if as_json:
        print_json(_json(life, report, refused))
    else:
        _show(life, report, settings.language or "en", unfit)
    if unfit is not None and as_json:
        err.print(unfit.message, highlight=False)
    if unfit is not None:
        raise unfit


def read_mark(text: str) -> tuple[int, Span]:
    """``2:1:05-1:09.5`` is from 65 to 69.5 seconds of recording 2. Raises ``BadInput``."""
    found = _MARK.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        return int(found[1]), Span(_seconds(found[2]), _seconds(found[3]))
    except ValueError as error:
        raise BadInput(
            "Write a mark as CLIP:START-END in seconds or minutes:seconds, such as 2:1:05-1:09.5."
        ) from error


def _seconds(text: str) -> float:
    total = 0.0
    for part in text.split(":"):
        total = 60 * total + float(part)
    return total


def _take_in(
    life: Life, recordings: Sequence[Path], settings: Settings, quiet: bool
) -> list[dict[str, str]]:
    """Keep each recording; one that cannot be used is told of, and the others are kept."""
    refused = []
    with progress(quiet) as bar:
        task = bar.add_task("Taking in", total=len(recordings))
        for path in recordings:
            try:
                with path.open("rb") as file:
                    keep_recording(life, file, path.name, alone=False, settings=settings)
            except ClipRejected as error:
                refused.append({"file": str(path), "reason": error.reason})
                err.print(f"{path.name}: {error.message}", highlight=False, soft_wrap=True)
            except OSError:
                refused.append({"file": str(path), "reason": "unreadable"})
                err.print(f"{path.name}: cannot be opened. Check that the file is there.")
            bar.advance(task)
    return refused


def _show(life: Life, report: LabReport, language: str, unfit: ClipRejected | None) -> None:
    """All but what ``unfit`` says, which comes last, as an error."""
    recordings = Table(title="Recordings" if language == "en" else "录音")
    for name in ("", "name", "s"):
        recordings.add_column(name)
    for clip in clips(life):
        recordings.add_row(str(clip.id), clip.name, f"{clip.report.seconds:.0f}")
    out.print(recordings)
    table = Table(title="Segments" if language == "en" else "片段")
    for name in ("", "recording", "from", "to", "for", "mark", "likeness", "mood", "text"):
        table.add_column(name)
    for one in segments(life):
        table.add_row(*_row(one, language))
    if table.row_count:
        out.print(table)
    for line in report_lines(report, language):
        if unfit is None or line != unfit.message:
            out.print(line, highlight=False, soft_wrap=True)
    if any(one.key in _ASK_FOR_MARKS for one in report.advice):
        out.print(_HOW_TO_MARK, highlight=False, soft_wrap=True)


def _row(one: Segment, language: str) -> tuple[str, ...]:
    known = words(language)
    purpose = known["role"][one.role] if one.reason is None else known["reason"][one.reason]
    return (
        str(one.id),
        str(one.clip),
        f"{one.span.start:.1f}",
        f"{one.span.end:.1f}",
        purpose,
        f"{one.scores['overall']:.1f}",
        f"{one.scores['similarity']:.2f}",
        known["mood"][one.mood],
        one.text,
    )


def _json(life: Life, report: LabReport, refused: Sequence[dict[str, str]]) -> dict[str, Any]:
    return {
        "report": report.to_json(),
        "refused": list(refused),
        "recordings": [
            {"id": clip.id, "name": clip.name, "seconds": clip.report.seconds}
            for clip in clips(life)
        ],
        "segments": [
            {
                "id": one.id,
                "recording": one.clip,
                "start": one.span.start,
                "end": one.span.end,
                "role": one.role,
                "reason": one.reason,
                "mood": one.mood,
                "cleaned": one.cleaned,
                "scores": dict(one.scores),
                "text": one.text,
                "language": one.language,
                "version": one.version,
                "by_keeper": one.by_keeper,
            }
            for one in segments(life)
        ],
    }

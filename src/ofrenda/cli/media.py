"""``ofrenda media``: recordings, films and photos that came with the messages."""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import Annotated, cast

import typer
from rich.table import Table

from ofrenda.archive.kept import (
    VoiceCandidate,
    look_at_photos,
    media_counts,
    photos,
    transcribe,
    voice_candidates,
    waiting_to_be_heard,
)
from ofrenda.archive.kept.hearing import HearingProgress, HearingReport
from ofrenda.archive.kept.sounds import FAILURES
from ofrenda.cli.remember import remember, require_embedder
from ofrenda.cli.screen import AsJson, LifeName, awake, err, out, print_json, progress
from ofrenda.engines.protocols import EngineKind, SpeechToText
from ofrenda.engines.registry import create
from ofrenda.errors import ConsentMissing
from ofrenda.settings import Settings
from ofrenda.vault import Life

_STATES = {
    "waiting": "not looked at yet",
    "under_way": "begun",
    "heard": "listened to",
    "silent": "no speech in it",
    "seen": "looked at",
    "other": "kept",
    "kept": "kept",
    "failed": "could not be read",
    "missing": "did not come with the export",
}


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("media")(media)


def media(
    life: LifeName,
    listen: Annotated[
        bool,
        typer.Option(
            "--transcribe",
            help="Listen to what nobody has listened to yet; goes on where it was stopped.",
        ),
    ] = False,
    retry: Annotated[
        bool, typer.Option("--retry", help="With --transcribe: also what could not be read before.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show what came with the messages, and find the words in recordings."""
    settings = Settings()
    report: HearingReport | None = None
    candidates: list[VoiceCandidate] = []
    if listen:
        require_embedder(settings)
    with awake(life, settings) as opened:
        with progress(as_json) as bar:
            task = bar.add_task("Looking at photos", total=1.0)
            look_at_photos(opened, lambda share: bar.update(task, completed=share))
        if listen:
            report = asyncio.run(_listen(opened, settings, retry=retry, quiet=as_json))
        counts = media_counts(opened)
        shown = photos(opened)
        with contextlib.suppress(ConsentMissing):
            candidates = voice_candidates(opened)
        waiting = waiting_to_be_heard(opened)
    if as_json:
        print_json(
            {
                "counts": [count.to_json() for count in counts],
                "waiting_to_be_heard": waiting,
                "photos": {
                    "all": len(shown),
                    "dated": sum(one.taken_local is not None for one in shown),
                    "placed": sum(one.lat is not None for one in shown),
                },
                "voice_candidates": [one.to_json() for one in candidates],
                "transcribed": None if report is None else report.to_json(),
            }
        )
        return
    table = Table(title="What came with the messages")
    for column in ("kind", "state", "files"):
        table.add_column(column, justify="right" if column == "files" else "left")
    for count in counts:
        table.add_row(count.kind, _STATES[count.state], str(count.count))
    out.print(table)
    for count in counts:
        for reason, number in count.reasons.items():
            out.print(f"  {number} {count.kind}: {FAILURES[reason]}", highlight=False)
    if candidates:
        sure = [one for one in candidates if one.speaker == "sender"]
        seconds = sum(one.seconds or 0.0 for one in sure)
        out.print(
            f"\n{len(candidates)} recordings were sent by the person; in {len(sure)} of them they "
            f"speak, {seconds:.0f} s in all."
        )
    if waiting:
        out.print(
            f"\n{waiting} recordings wait to be listened to.\n"
            f"Next: ofrenda media {life} --transcribe",
            highlight=False,
        )


async def _listen(life: Life, settings: Settings, *, retry: bool, quiet: bool) -> HearingReport:
    """Listen to everything that waits, with low priority, then remember the words."""
    with contextlib.suppress(OSError, AttributeError):
        os.nice(10)  # a call that is under way goes first
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    try:
        with progress(quiet) as bar:
            task = bar.add_task("Listening", total=1.0)

            def show(now: HearingProgress) -> None:
                bar.update(
                    task, completed=now.share, description=f"Listening {now.done}/{now.total}"
                )

            report = await transcribe(life, stt, progress=show, retry=retry)
    except asyncio.CancelledError:
        err.print("Stopped. The same command goes on from here.")
        raise
    finally:
        await stt.close()
    if report.heard:
        await remember(life, settings, quiet=quiet)
    return report

"""``ofrenda bench voice``, ``bench moods`` and ``bench lab``: what is made of a recording."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, cast

import typer

from ofrenda.cli.bench_result import Results, publish
from ofrenda.cli.screen import AsJson, progress
from ofrenda.engines.protocols import EngineKind, SpeechToText, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.settings import Settings


def voice(
    speakers: Annotated[
        list[str] | None, typer.Option("--speaker", help="Only these; may be given again.")
    ] = None,
    conditions: Annotated[
        list[str] | None, typer.Option("--condition", help="clean, opus, telephone, ...")
    ] = None,
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds of each.")] = 1,
    tier: Annotated[str, typer.Option(help="style, bias or full.")] = "full",
    final: Annotated[bool, typer.Option(help="Also the voice kept for the final check.")] = False,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """How near fitted voices come to people, between a stock voice and themselves.

    Goes on where it was stopped: finished rows and a fit under way are kept."""
    from ofrenda.measure.voice import Size, bench_voice
    from ofrenda.measure.voice_people import SPEAKERS
    from ofrenda.voice.fit import FitOptions

    settings = Settings()
    chosen = [
        one
        for one in SPEAKERS
        if (final or not one.final) and (not speakers or one.name in speakers)
    ]
    tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    with progress(as_json) as bar:
        task = bar.add_task("Fitting", total=1.0)
        result = asyncio.run(
            bench_voice(
                tts,
                stt,
                settings,
                speakers=chosen,
                conditions=conditions or ["clean"],
                seeds=range(1, seeds + 1),
                rows_file=settings.cache / "bench-voice" / f"{tier}.jsonl",
                size=Size(options=FitOptions(tier=tier)),
                progress=lambda what, share: bar.update(task, description=what, completed=share),
            )
        )
    publish(result, results, as_json)


def moods(
    voices: Annotated[
        list[str] | None, typer.Option("--voice", help="Only these stock voices.")
    ] = None,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """Whether a mood is spoken as it was asked for, and in the same voice.

    About 15 minutes on two cores. Likeness needs the extra ``measure``."""
    from ofrenda.measure.moods import VOICES, bench_moods, stock_readers

    settings = Settings()
    tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    with progress(as_json) as bar:
        task = bar.add_task("Reading", total=1.0)
        result = asyncio.run(
            bench_moods(
                tts,
                stt,
                readers=stock_readers(voices or VOICES),
                progress=lambda what, share: bar.update(task, description=what, completed=share),
            )
        )
    publish(result, results, as_json)


def lab(
    sounds: Annotated[Path, typer.Option(help="Where the asterisk-core-sounds lie.")] = Path(
        "/usr/share/asterisk/sounds"
    ),
    half: Annotated[
        int, typer.Option(min=0, max=1, help="0: what thresholds were chosen on; 1: the others.")
    ] = 1,
    seconds: Annotated[float, typer.Option(min=30, help="Length of each conversation.")] = 75.0,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """Whether anybody else's voice slips into a reference, in mixed conversations."""
    from ofrenda.measure.lab import bench_lab

    with progress(as_json) as bar:
        task = bar.add_task("Separating", total=1)
        result = bench_lab(
            sounds,
            Settings(),
            half=half,
            seconds=seconds,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    publish(result, results, as_json)

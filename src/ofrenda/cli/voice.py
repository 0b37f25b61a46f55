"""``ofrenda voice``: choose the voice from a clip."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, cast

import typer
from rich.table import Table

from ofrenda.cli import voice_engine, voice_fit, voice_lab
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json, progress
from ofrenda.engines.protocols import EngineKind, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.errors import BadInput
from ofrenda.settings import Settings
from ofrenda.types import Audio
from ofrenda.vault import Life
from ofrenda.voice import StockChoice, add_clip, adopt, choose_stock_voice, decode


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("voice")(voice)


def voice(
    life: LifeName,
    clip: Annotated[
        list[Path] | None,
        typer.Argument(help="A recording of the person alone, about 90 s; for --lab any number."),
    ] = None,
    lab: Annotated[
        bool, typer.Option("--lab", help="Prepare a reference from all recordings and show it.")
    ] = False,
    mark: Annotated[
        list[str] | None,
        typer.Option(help="CLIP:START-END, one sentence in which only the person speaks."),
    ] = None,
    correct: Annotated[
        tuple[int, str] | None,
        typer.Option(metavar="SEGMENT TEXT", help="What is really said in a segment."),
    ] = None,
    sure: Annotated[
        bool, typer.Option("--sure", help="Keep a correction that does not seem to match.")
    ] = False,
    fit: Annotated[
        bool, typer.Option("--fit", help="Fit the voice to the reference that --lab prepared.")
    ] = False,
    tier: Annotated[
        str, typer.Option(help="How far to fit: style, bias or full, quickest first.")
    ] = "full",
    engine: Annotated[
        str | None, typer.Option(help="Have another engine learn the voice (docs/engines.md).")
    ] = None,
    destroy: Annotated[
        bool, typer.Option("--destroy", help="Destroy the voice for good; texts stay.")
    ] = False,
    agree: Annotated[
        bool, typer.Option("--agree", help="Agree beforehand to what would be asked.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Listen to a clip, choose the nearest voice, and say how near it is.

    With --lab: take in any number of voice notes, videos and calls, and prepare what a voice is
    made from. With --fit: make the voice; stopped, it goes on where it was when called again.
    With --engine: another engine learns it from the same reference.
    """
    settings = Settings()
    if destroy:
        with awake(life, settings) as opened:
            voice_engine.destroy(opened, settings, agree=agree, as_json=as_json)
        return
    if engine:
        with awake(life, settings) as opened:
            voice_engine.work(opened, engine, settings, agree=agree, as_json=as_json)
        return
    if fit:
        with awake(life, settings) as opened:
            voice_fit.work(opened, tier, settings, as_json=as_json)
        return
    if lab or mark or correct:
        with awake(life, settings) as opened:
            voice_lab.work(
                opened, clip or [], mark or [], correct, settings, sure=sure, as_json=as_json
            )
        return
    if clip is None or len(clip) != 1:
        raise BadInput("Give one recording of the person, or --lab and any number of them.")
    _choose_nearest(life, clip[0], settings, as_json)


def _choose_nearest(life: str, clip: Path, settings: Settings, as_json: bool) -> None:
    with awake(life, settings) as opened:
        choice = choose(opened, clip, settings, quiet=as_json)
    if as_json:
        print_json(choice.report.to_json())
    else:
        show_choice(choice)


def choose(life: Life, path: Path, settings: Settings, *, quiet: bool = False) -> StockChoice:
    """Examine and keep the clip, choose the voice, and take it into use."""
    life.require_consent("voice")
    with progress(quiet) as bar:
        task = bar.add_task("Listening", total=1.0)
        add_clip(
            life,
            path,
            settings=settings,
            progress=lambda _step, share: bar.update(task, completed=share),
        )
    with path.open("rb") as file:
        clip = decode(file, name=path.name)
    choice = asyncio.run(_compare(clip, life.person().languages, settings, quiet))
    adopt(life, choice)
    return choice


async def _compare(
    clip: Audio, languages: Sequence[str], settings: Settings, quiet: bool
) -> StockChoice:
    tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
    try:
        with progress(quiet) as bar:
            task = bar.add_task("Listening", total=1.0)

            def show(step: str, share: float) -> None:
                bar.update(task, description=step, completed=share)

            return await choose_stock_voice(
                clip, tts, languages=languages, settings=settings, progress=show
            )
    finally:
        await tts.close()


def show_choice(choice: StockChoice) -> None:
    """The voice chosen and its likeness, between floor and ceiling."""
    report = choice.report
    mix = ", ".join(f"{name} {share:.0%}" for name, share in report.mix.items())
    table = Table(title="The voice", show_header=False)
    table.add_row("chosen", mix)
    table.add_row("speech heard", f"{report.speech_seconds:.0f} s")
    table.add_row("likeness", f"{report.similarity:.2f}")
    table.add_row("  a stock voice by chance (floor)", f"{report.floor:.2f}")
    table.add_row(f"  nearest single voice, {report.nearest_name}", f"{report.nearest:.2f}")
    table.add_row("  the person themselves (ceiling)", f"{report.ceiling:.2f}")
    if report.normalised is not None:
        table.add_row("  from floor (0) to ceiling (1)", f"{report.normalised:.2f}")
    table.add_row("judged by", report.judge)
    out.print(table)
    for line in report.warnings:
        out.print(f"  {line}", highlight=False)

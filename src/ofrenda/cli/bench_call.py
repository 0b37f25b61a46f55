"""``ofrenda bench call`` and ``bench pauses``: how quickly a call answers, and whether it waits."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ofrenda.cli import demo
from ofrenda.cli.bench_result import Results, publish
from ofrenda.cli.screen import AsJson, awake, progress
from ofrenda.settings import Settings
from ofrenda.vault import Life

if TYPE_CHECKING:
    from ofrenda.measure.result import BenchResult


def call(
    life: Annotated[
        str | None, typer.Argument(metavar="LIFE", help="Which life to call; else the demo's.")
    ] = None,
    turns: Annotated[int, typer.Option(min=1, help="How many questions to ask.")] = 20,
    ahead: Annotated[
        float, typer.Option(min=0, help="Seconds given first to make likely sentences into sound.")
    ] = 0.0,
    crowd: Annotated[
        bool, typer.Option("--crowd", help="Instead: more and more calls at the same time.")
    ] = False,
    most: Annotated[int, typer.Option(min=1, help="Calls at a time, at most, of --crowd.")] = 16,
    within: Annotated[
        float, typer.Option(min=1, help="Minutes, at most, for each kind of engines of --crowd.")
    ] = 5.0,
    soak: Annotated[
        float, typer.Option(min=0, help="Instead: calls coming and going for so many minutes.")
    ] = 0.0,
    browser: Annotated[
        int, typer.Option(min=0, help="Instead: interrupt so many answers in real Chromium.")
    ] = 0,
    scripted: Annotated[
        bool,
        typer.Option("--scripted", help="--soak and --crowd with engines that need no model."),
    ] = False,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """From the end of a question to the first sound of the answer, stage by stage.

    --crowd, --soak and --browser measure other things and leave the rest of the file as it is."""
    settings = Settings()

    def measure(opened: Life) -> None:
        if crowd:
            _crowd(opened, settings, most, within, scripted, results, as_json)
        elif soak > 0.0:
            _soak(opened, settings, soak, scripted, results, as_json)
        elif browser:
            _browser(opened, settings, browser, results, as_json)
        else:
            _bench(opened, settings, turns, ahead, results, as_json)

    if life is not None:
        with awake(life, settings) as opened:
            measure(opened)
        return
    built = demo.build(settings, settings.home / "demo-family")
    try:
        measure(built)
    finally:
        built.close()


def pauses(
    half: Annotated[
        int, typer.Option(min=0, max=1, help="0: what the rules were chosen on; 1: the others.")
    ] = 1,
    most: Annotated[
        int | None, typer.Option(min=1, help="Prompts of each language, at most.")
    ] = None,
    voices: Annotated[int, typer.Option(min=0, help="Stock voices that ask questions, too.")] = 3,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """Whether a call waits for a caller who pauses, and what waiting costs. No call is made."""
    from ofrenda.measure.pauses import bench_pauses

    with progress(as_json) as bar:
        task = bar.add_task("Listening", total=None)
        result = asyncio.run(
            bench_pauses(
                Settings(),
                half=half,
                most=most,
                voices=voices,
                progress=lambda what: bar.update(task, description=f"Listening to {what}"),
            )
        )
    publish(result, results, as_json)


def _crowd(
    life: Life,
    settings: Settings,
    most: int,
    within: float,
    scripted: bool,
    results: Path,
    as_json: bool,
) -> None:
    from ofrenda.measure.call import beside
    from ofrenda.measure.call_load import KINDS, bench_crowd
    from ofrenda.measure.result import write_result

    def keep(found: BenchResult) -> None:
        write_result(beside(results / "call.json", found), results)

    with progress(as_json) as bar:
        task = bar.add_task("Calling", total=None)
        result = asyncio.run(
            bench_crowd(
                life,
                settings,
                most=most,
                within=60 * within,
                kinds=KINDS[:1] if scripted else KINDS,
                progress=lambda kind, calls: bar.update(
                    task, description=f"{calls} at a time, {kind} engines"
                ),
                keep=keep,
            )
        )
    publish(beside(results / "call.json", result), results, as_json)


def _browser(
    life: Life, settings: Settings, interruptions: int, results: Path, as_json: bool
) -> None:
    from ofrenda.measure.browser_call import bench_browser
    from ofrenda.measure.call import beside

    with progress(as_json) as bar:
        bar.add_task("Interrupting in Chromium", total=None)
        result = asyncio.run(bench_browser(life, settings, interruptions=interruptions))
    publish(beside(results / "call.json", result), results, as_json)


def _soak(
    life: Life, settings: Settings, minutes: float, scripted: bool, results: Path, as_json: bool
) -> None:
    from ofrenda.measure.call import beside
    from ofrenda.measure.call_load import bench_soak

    with progress(as_json) as bar:
        task = bar.add_task("Calling", total=1.0)
        result = asyncio.run(
            bench_soak(
                life,
                settings,
                minutes,
                scripted=scripted,
                progress=lambda share: bar.update(task, completed=share),
            )
        )
    publish(beside(results / "call.json", result), results, as_json)


def _bench(
    life: Life, settings: Settings, turns: int, ahead: float, results: Path, as_json: bool
) -> None:
    from ofrenda.measure.call import bench_call, beside

    with progress(as_json) as bar:
        task = bar.add_task("Calling", total=turns)
        result = asyncio.run(
            bench_call(
                life,
                settings,
                turns=turns,
                ahead=ahead,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    publish(beside(results / "call.json", result), results, as_json)

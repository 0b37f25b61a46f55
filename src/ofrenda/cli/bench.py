"""``ofrenda bench``: the measurements behind every published number."""

from __future__ import annotations

import asyncio
import functools
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer
from rich.progress import Progress, TaskID

from ofrenda.cli import demo
from ofrenda.cli.screen import AsJson, awake, out, print_json, progress
from ofrenda.engines.protocols import EngineKind, SpeechToText, TextToSpeech
from ofrenda.engines.registry import create
from ofrenda.settings import Settings
from ofrenda.vault import Life

if TYPE_CHECKING:
    from ofrenda.measure.result import BenchResult

app = typer.Typer(help="Measure, print a table, and write bench/results/NAME.json.")

Results = Annotated[Path, typer.Option(help="Where the result is written.")]


@app.callback()
def about() -> None:
    """Measure, print a table, and write bench/results/NAME.json."""


@app.command("call")
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


@app.command("pauses")
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
    _publish(result, results, as_json)


@app.command("voice")
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
    _publish(result, results, as_json)


@app.command("moods")
def moods(
    voices: Annotated[
        list[str] | None, typer.Option("--voice", help="Only these stock voices.")
    ] = None,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """Whether a mood is spoken as it was asked for, and in the same voice.

    About 15 minutes on two cores. Likeness needs the extra ``measure``."""
    from ofrenda.measure.moods import VOICES, bench_moods

    settings = Settings()
    tts = cast(TextToSpeech, create(EngineKind.TTS, settings))
    stt = cast(SpeechToText, create(EngineKind.STT, settings))
    with progress(as_json) as bar:
        task = bar.add_task("Reading", total=1.0)
        result = asyncio.run(
            bench_moods(
                tts,
                stt,
                voices=voices or VOICES,
                progress=lambda what, share: bar.update(task, description=what, completed=share),
            )
        )
    _publish(result, results, as_json)


@app.command("lab")
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
    _publish(result, results, as_json)


@app.command("archive")
def archive(
    messages: Annotated[
        int, typer.Option(min=1000, help="Messages of the long export.")
    ] = 1_000_000,
    kills: Annotated[int, typer.Option(min=0, help="Imports that are killed and go on.")] = 20,
    embedded: Annotated[int, typer.Option(min=0, help="Texts to make vectors of.")] = 1_000,
    mutants: Annotated[
        int, typer.Option(min=0, help="Damaged copies of each sound file; 0 for none.")
    ] = 200,
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """How fast and how safely chats are taken in: speed, memory, kills, damaged exports."""
    from ofrenda.measure.archive import Sizes, bench_archive

    sizes = Sizes(
        messages=messages,
        fewer=max(500, messages // 10),
        kills=kills,
        killed_messages=min(40_000, messages),
        embedded=embedded,
        mutants=mutants,
    )
    with progress(as_json) as bar:
        tasks: dict[str, TaskID] = {}

        def tell(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = bar.add_task(what, total=1.0)
            bar.update(tasks[what], completed=share)

        result = bench_archive(Settings(), sizes, tell)
    _publish(result, results, as_json)


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
    _publish(beside(results / "call.json", result), results, as_json)


def _browser(
    life: Life, settings: Settings, interruptions: int, results: Path, as_json: bool
) -> None:
    from ofrenda.measure.browser_call import bench_browser
    from ofrenda.measure.call import beside

    with progress(as_json) as bar:
        bar.add_task("Interrupting in Chromium", total=None)
        result = asyncio.run(bench_browser(life, settings, interruptions=interruptions))
    _publish(beside(results / "call.json", result), results, as_json)


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
    _publish(beside(results / "call.json", result), results, as_json)


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
    _publish(beside(results / "call.json", result), results, as_json)


def _publish(result: BenchResult, results: Path, as_json: bool) -> None:
    from ofrenda.measure.result import show_result, write_result

    path = write_result(result, results)
    if as_json:
        print_json({"written": str(path), "metrics": dict(result.metrics)})
        return
    show_result(result, out)
    out.print(f"written to {path}")


def _advance(bar: Progress, task: TaskID, share: float) -> None:
    bar.update(task, completed=share)


@app.command("words")
def words(
    data: Annotated[
        Path | None,
        typer.Option(help="Folder of the evaluation sets (locomo*.json, irc-people*.jsonl, ...)."),
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="Only this part; may be given several times.")
    ] = None,
    small: Annotated[
        bool, typer.Option("--small", help="A small size: shows that it runs, nothing more.")
    ] = False,
    families: Annotated[
        str,
        typer.Option(
            help="Which questions the part honesty asks: "
            "blind2, blind3, held_out, tuning, wide_fit, wide_check."
        ),
    ] = "blind3",
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """What is remembered and how it is answered: recall, replies, speed, leaks."""
    from ofrenda.measure.words import PARTS, Figures, Task, merged
    from ofrenda.measure.words import part as part_called

    settings = Settings()
    names = part or list(PARTS)
    measures = {name: part_called(name) for name in names}
    found: dict[str, Figures] = {}
    with progress(as_json) as bar:
        for name, measure in measures.items():
            bar_task = bar.add_task(name, total=1.0)
            with tempfile.TemporaryDirectory() as folder:
                told = functools.partial(_advance, bar, bar_task)
                task = Task(settings, Path(folder), data, small, families, told)
                found[name] = asyncio.run(measure(task))
    _publish(merged(results / "words.json", found), results, as_json)

"""``ofrenda bench``: the measurements behind every published number."""

from __future__ import annotations

import asyncio
import functools
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from ofrenda.cli import bench_call, bench_voice
from ofrenda.cli.bench_result import Results, publish
from ofrenda.cli.screen import AsJson, progress
from ofrenda.settings import Settings

app = typer.Typer(help="Measure, print a table, and write bench/results/NAME.json.")


@app.callback()
def about() -> None:
    """Measure, print a table, and write bench/results/NAME.json."""


app.command("call")(bench_call.call)
app.command("pauses")(bench_call.pauses)
app.command("voice")(bench_voice.voice)
app.command("moods")(bench_voice.moods)
app.command("lab")(bench_voice.lab)


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
    publish(result, results, as_json)


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
    publish(merged(results / "words.json", found), results, as_json)

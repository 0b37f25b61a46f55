"""``ofrenda bench``: the measurements behind every published number."""

from __future__ import annotations

import asyncio
import functools
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress, TaskID

from ofrenda.cli import demo
from ofrenda.cli.screen import AsJson, awake, out, print_json, progress
from ofrenda.settings import Settings
from ofrenda.vault import Life

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
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """From the end of a question to the first sound of the answer, stage by stage."""
    settings = Settings()
    if life is not None:
        with awake(life, settings) as opened:
            _bench(opened, settings, turns, results, as_json)
        return
    built = demo.build(settings, settings.home / "demo-family")
    try:
        _bench(built, settings, turns, results, as_json)
    finally:
        built.close()


def _bench(life: Life, settings: Settings, turns: int, results: Path, as_json: bool) -> None:
    from ofrenda.measure.call import bench_call
    from ofrenda.measure.result import show_result, write_result

    with progress(as_json) as bar:
        task = bar.add_task("Calling", total=turns)
        result = asyncio.run(
            bench_call(
                life,
                settings,
                turns=turns,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
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
    results: Results = Path("bench/results"),
    as_json: AsJson = False,
) -> None:
    """What is remembered and how it is answered: recall, replies, speed, leaks."""
    from ofrenda.measure.result import show_result, write_result
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
                task = Task(settings, Path(folder), data, small, told)
                found[name] = asyncio.run(measure(task))
    result = merged(results / "words.json", found)
    path = write_result(result, results)
    if as_json:
        print_json({"written": str(path), "metrics": dict(result.metrics)})
        return
    show_result(result, out)
    out.print(f"written to {path}")

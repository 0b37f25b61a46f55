"""``ofrenda bench``: the measurements behind every published number."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

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
    from ofrenda.measure.result import show_result, write_result

    with progress(as_json) as bar:
        task = bar.add_task("Separating", total=1)
        result = bench_lab(
            sounds,
            Settings(),
            half=half,
            seconds=seconds,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    path = write_result(result, results)
    if as_json:
        print_json({"written": str(path), "metrics": dict(result.metrics)})
        return
    show_result(result, out)
    out.print(f"written to {path}")


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

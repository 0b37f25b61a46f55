"""What all commands share with the person at the terminal: asking, telling, showing progress."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

from ofrenda.errors import BadInput, LifeNotFound, OfrendaError
from ofrenda.settings import Settings
from ofrenda.vault import Life, lives

out = Console()
err = Console(stderr=True)

LifeName = Annotated[str, typer.Argument(metavar="LIFE", help="Short name of the life.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def show_error(error: OfrendaError) -> None:
    """One line for a person, or one JSON object when the command was asked for JSON."""
    if "--json" in sys.argv:
        print_json(
            {
                "error": type(error).__name__,
                "message": error.message,
                "retryable": error.retryable,
            }
        )
    err.print(f"[bold red]✗[/] {error.message}", highlight=False, soft_wrap=True)


def print_json(value: Mapping[str, Any] | list[Any]) -> None:
    """JSON on standard output, unstyled."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def ask_passphrase(settings: Settings, question: str = "Passphrase") -> str:
    """The passphrase from ``OFRENDA_PASSPHRASE`` or, hidden, from the terminal."""
    if settings.passphrase is not None:
        return settings.passphrase.get_secret_value()
    if not sys.stdin.isatty():
        raise BadInput("No passphrase: run this in a terminal, or set OFRENDA_PASSPHRASE.")
    return str(typer.prompt(question, hide_input=True))


def ask_new_passphrase(settings: Settings) -> str:
    """A passphrase to set, asked for twice."""
    if settings.passphrase is not None:
        return settings.passphrase.get_secret_value()
    if not sys.stdin.isatty():
        raise BadInput("No passphrase: run this in a terminal, or set OFRENDA_PASSPHRASE.")
    return str(
        typer.prompt(
            "Passphrase (at least 12 characters, four or five words are good)",
            hide_input=True,
            confirmation_prompt="Once more",
        )
    )


@contextmanager
def awake(alias: str, settings: Settings) -> Iterator[Life]:
    """The life, opened, and asleep again afterwards."""
    if alias not in {header.alias for header in lives(settings.home)}:
        raise LifeNotFound(
            f"There is no life called “{alias}” here. Make one with: ofrenda new {alias}"
        )
    life = Life.open(settings.home, alias, ask_passphrase(settings))
    try:
        yield life
    finally:
        life.close()


@contextmanager
def progress(quiet: bool = False) -> Iterator[Progress]:
    """A bar for anything over a second; on standard error, so that JSON stays clean."""
    with Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    ) as bar:
        yield bar

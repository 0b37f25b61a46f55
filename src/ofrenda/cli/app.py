"""Puts the commands together, and turns every error of ours into one helpful line."""

from __future__ import annotations

import logging
import sys
from collections.abc import Iterator

import typer
from pydantic import ValidationError

from ofrenda import __version__
from ofrenda.cli import (
    add,
    aside,
    bench,
    call,
    chat,
    correct,
    demo,
    doctor,
    export,
    facts,
    identities,
    keep,
    measure,
    media,
    members,
    models,
    new,
    phone,
    portrait,
    remember,
    report,
    serve,
    since,
    visibility,
    voice,
)
from ofrenda.cli.screen import show_error
from ofrenda.cli.trouble import tell_unexpected, wrong_setting
from ofrenda.collector import collect_rarely
from ofrenda.errors import OfrendaError
from ofrenda.settings import Settings

app = typer.Typer(
    name="ofrenda",
    help="Call and talk to somebody who has died: in their voice, with their words, on your own "
    "machine, only for the people on the list.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
_COMMANDS = (
    new, members, add, identities, report, aside, visibility, remember, export, media, keep, voice,
    portrait, chat, call, since, correct, serve, models, doctor, demo,
)  # fmt: skip
for command in _COMMANDS:
    command.attach(app)
app.add_typer(bench.app, name="bench")
app.add_typer(measure.app, name="measure")
app.add_typer(facts.app, name="facts")
app.add_typer(phone.app, name="phone")


@app.callback(invoke_without_command=True)
def about(
    version: bool = typer.Option(False, "--version", help="Print the version and leave."),
) -> None:
    """Options that stand before a command."""
    if version:
        typer.echo(__version__)
        raise typer.Exit


def main() -> None:
    """Run the command line; exits with the error's code, 130 on Ctrl-C."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s")
    collect_rarely()
    try:
        app()
    except OfrendaError as error:
        show_error(error)
        sys.exit(error.exit_code)
    except ValidationError as error:
        if error.title != Settings.__name__:
            raise
        wrong = wrong_setting(error)
        show_error(wrong)
        sys.exit(wrong.exit_code)
    except BaseExceptionGroup as group:
        ours, rest = group.split(OfrendaError)
        if ours is None or rest is not None:
            raise
        first = next(_leaves(ours))
        show_error(first)
        sys.exit(first.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
    finally:
        sys.excepthook = tell_unexpected  # after Typer has put its own in place


def _leaves(group: BaseExceptionGroup[OfrendaError]) -> Iterator[OfrendaError]:
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from _leaves(error)
        else:
            yield error

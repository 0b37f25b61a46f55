"""``ofrenda facts``: what a language model noted of what was left behind, from which words."""

from __future__ import annotations

import asyncio
import os
import sys
from contextlib import aclosing, suppress
from typing import Annotated, Any, cast

import typer
from rich.markup import escape
from rich.table import Table

from ofrenda.care.words import facts_statement
from ofrenda.cli.chat import choose_member
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json, progress
from ofrenda.clock import SystemClock
from ofrenda.dialogue.note_taking import Reader, noting, reader
from ofrenda.engines.protocols import EngineKind, LanguageModel
from ofrenda.engines.registry import create
from ofrenda.errors import BadInput, ConsentMissing
from ofrenda.memory.fact_reading import Reading, may_read, reading, start_reading, stop_reading
from ofrenda.memory.facts import Fact, correct_fact, facts_for, withdraw_fact
from ofrenda.settings import Settings
from ofrenda.vault import Life

_WHY = {
    "wrong_quote": "misquoted",
    "unsupported": "not borne out by the quoted words",
    "protected": "on what is never retold",
    "orders": "orders to a machine",
    "malformed": "misshapen",
    "too_many": "beyond what one answer may hold",
    "known": "known already",
    "gone": "whose words had changed",
    "unreadable": "answers that could not be read",
    "stalled": "answers that did not come",
    "refused": "requests that were refused",
}

Number = Annotated[int, typer.Argument(metavar="NUMBER", help="Of the fact, as shown.")]
Who = Annotated[
    str | None, typer.Option("--as", help="Who looks: a name or relation; else the keeper.")
]

app = typer.Typer(
    help="Facts that a good language model notes: off until you start it.", no_args_is_help=True
)


@app.command("show")
def show(
    life: LifeName,
    who: Who = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Also those that were replaced or withdrawn.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The facts that one member may hear, with the words they rest on, and how far it is."""
    with awake(life, Settings()) as opened:
        state = reading(opened)
        facts = facts_for(opened, choose_member(opened, who), everything=everything)
    if as_json:
        print_json({"reading": _state(state), "facts": [_plain(one) for one in facts]})
        return
    table = Table(title="Facts")
    for column in ("no.", "fact", "said by", "holds", "heard by", "from the words"):
        table.add_column(column)
    for one in facts:
        table.add_row(
            str(one.id),
            escape(one.text),
            escape(one.said_by.removeprefix("member:")),
            _holds(one),
            ", ".join(sorted(one.audience.members or ())) or one.audience.visibility.value,
            "\n".join(
                escape(f"{source.kind} {source.id}: “{source.excerpt}”") for source in one.sources
            ),
        )
    out.print(table)
    _tell(life, state)


@app.command("start")
def start(
    life: LifeName,
    agree: Annotated[
        bool, typer.Option("--agree", help="You have read what leaves the house; for scripts.")
    ] = False,
) -> None:
    """Let the language model note facts while the house is open and nobody calls.

    What was given up is tried again. Words are sent to a model elsewhere only after you agreed.
    """
    settings = Settings()
    by = _reader(settings)
    with awake(life, settings) as opened:
        opened.require_consent("text")
        statement = None
        if by.host is not None:
            statement = facts_statement(opened.person(), by.host, settings.language or "en")
            _agree(statement, agree)
        start_reading(opened, by.host, statement, SystemClock().now())
        state = reading(opened)
    where = "on this computer" if by.host is None else f"at {by.host}"
    out.print(
        f"[green]✓[/] “{escape(by.name)}” {where} notes facts from now on, while the house is open "
        f"and nobody calls, or at once with: ofrenda facts now {escape(life)}",
        highlight=False,
        soft_wrap=True,
    )
    _tell(life, state)


@app.command("stop")
def stop(life: LifeName) -> None:
    """Note nothing more. What was noted stays; withdraw what you do not want."""
    with awake(life, Settings()) as opened:
        stop_reading(opened)
    out.print("No more facts are noted. Those that there are stay.")


@app.command("now")
def now(life: LifeName, as_json: AsJson = False) -> None:
    """Note facts now, until all is read. Ctrl-C stops; nothing is lost."""
    settings = Settings()
    by = _reader(settings)
    with awake(life, settings) as opened:
        if not may_read(opened, by.host):
            raise BadInput(
                f"Start it first, for the language model in use: ofrenda facts start {life}"
            )
        with suppress(PermissionError, AttributeError):
            os.nice(10)  # it can wait for anything else that this computer does
        asyncio.run(_note(opened, by, as_json))
        state = reading(opened)
    if as_json:
        print_json(_state(state))
        return
    _tell(life, state)


@app.command("correct")
def correct(
    life: LifeName,
    number: Number,
    text: Annotated[str, typer.Option(help="How it really was, in one sentence.")],
    who: Who = None,
) -> None:
    """Put a fact right. The old one is kept as replaced, and leads nowhere any more."""
    with awake(life, Settings()) as opened:
        member = choose_member(opened, who)
        new = correct_fact(opened, member, number, text, SystemClock().now())
    out.print(f"[green]✓[/] Fact {number} is replaced by fact {new}.")


@app.command("withdraw")
def withdraw(life: LifeName, number: Number, who: Who = None) -> None:
    """Take a fact back: it leads nowhere any more, and is not noted again from the same words."""
    with awake(life, Settings()) as opened:
        withdraw_fact(opened, choose_member(opened, who), number, SystemClock().now())
    out.print(f"[green]✓[/] Fact {number} is withdrawn.")


def _reader(settings: Settings) -> Reader:
    return reader(cast(LanguageModel, create(EngineKind.LLM, settings)), settings)


def _agree(statement: str, agree: bool) -> None:
    out.print("\n[bold]What leaves the house[/]")
    out.print(statement + "\n", highlight=False)
    if agree:
        return
    if not sys.stdin.isatty():
        raise ConsentMissing("Nothing is sent: read what leaves the house and add --agree.")
    if not typer.confirm("Do you agree to this?"):
        raise ConsentMissing("Nothing is sent, and no facts are noted.")


async def _note(life: Life, by: Reader, quiet: bool) -> None:
    state = reading(life)
    total = max(1, state.waiting)
    try:
        with progress(quiet) as bar:
            task = bar.add_task("Noting facts", total=1.0)
            async with aclosing(noting(life, by, lambda: False, clock=SystemClock())) as steps:
                async for read in steps:
                    bar.update(task, advance=read / total)
    finally:
        await by.llm.close()


def _holds(fact: Fact) -> str:
    if fact.withdrawn:
        return "withdrawn"
    if fact.corrected:
        return f"replaced by {fact.replaced_by}"
    told = "" if fact.valid_from is None else f"from {fact.valid_from}"
    if fact.valid_until is not None:
        told += f" until {fact.valid_until}, then {fact.replaced_by}"
    return told


def _tell(life: str, state: Reading) -> None:
    if not state.started and not state.read:
        out.print(
            f"No facts are noted. Start it with: ofrenda facts start {escape(life)}",
            highlight=False,
            soft_wrap=True,
        )
        return
    kept = state.counts.get("kept", 0)
    dropped = ", ".join(
        f"{many:,} {_WHY.get(what, what)}" for what, many in _dropped(state).items()
    )
    line = f"Read: {state.read:,} passages; waiting: {state.waiting:,}; noted: {kept:,} facts."
    if state.given_up:
        line += f" Given up: {state.given_up:,} (start it again to try them once more)."
    if dropped:
        line += f" Not kept: {dropped}."
    if not state.started:
        line += " It is stopped."
    out.print(line, highlight=False, soft_wrap=True)


def _dropped(state: Reading) -> dict[str, int]:
    return {what: many for what, many in state.counts.items() if what != "kept"}


def _state(state: Reading) -> dict[str, Any]:
    return {
        "started": state.started,
        "sent_to": state.host,
        "waiting": state.waiting,
        "read": state.read,
        "given_up": state.given_up,
        "kept": state.counts.get("kept", 0),
        "not_kept": _dropped(state),
    }


def _plain(fact: Fact) -> dict[str, Any]:
    return {
        "id": fact.id,
        "text": fact.text,
        "said_by": fact.said_by,
        "said_at": fact.said_at,
        "about": None if fact.about is None else [fact.about.first, fact.about.last],
        "valid_from": fact.valid_from,
        "valid_until": fact.valid_until,
        "replaced_by": fact.replaced_by,
        "corrected": fact.corrected,
        "withdrawn": fact.withdrawn,
        "made_by": fact.made_by,
        "visibility": fact.audience.visibility.value,
        "members": None if fact.audience.members is None else sorted(fact.audience.members),
        "sources": [
            {"kind": one.kind, "id": one.id, "said_at": one.said_at, "words": one.excerpt}
            for one in fact.sources
        ],
    }

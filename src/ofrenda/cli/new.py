"""``ofrenda new``: who builds a life, of whom, and by what right; then the encrypted folder."""

from __future__ import annotations

import sys
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from zoneinfo import available_timezones

import typer

from ofrenda.care import consent_statement
from ofrenda.cli.screen import AsJson, LifeName, ask_new_passphrase, out, print_json
from ofrenda.errors import BadInput, ConsentMissing
from ofrenda.settings import Settings
from ofrenda.types import LANGUAGES, Consent, Member, MemberId, Person, Role
from ofrenda.vault import Life

_GROUNDS = {
    "wish": "they wished it, or agreed to it, while they lived",
    "estate": "the estate agrees",
    "relatives": "the nearest relatives agree",
    "self": "I am building my own",
}


def attach(app: typer.Typer) -> None:
    """Add the command."""
    app.command("new")(new)


def new(
    life: LifeName,
    person: Annotated[str | None, typer.Option(help="Name of the person remembered.")] = None,
    languages: Annotated[
        str | None, typer.Option(help="Languages they used: en, zh, en,zh.")
    ] = None,
    born: Annotated[str | None, typer.Option(help="Date of birth, YYYY-MM-DD.")] = None,
    died: Annotated[str | None, typer.Option(help="Date of death, YYYY-MM-DD.")] = None,
    timezone: Annotated[str | None, typer.Option(help="Their time zone: Europe/London.")] = None,
    keeper: Annotated[str | None, typer.Option(help="Your name.")] = None,
    relation: Annotated[str | None, typer.Option(help="What you are to them: wife, son.")] = None,
    called: Annotated[str | None, typer.Option(help="What they called you.")] = None,
    ground: Annotated[
        str | None, typer.Option(help="By what right: wish, estate, relatives or self.")
    ] = None,
    scope: Annotated[
        str, typer.Option(help="What may be built: text, or text,voice.")
    ] = "text,voice",
    agree: Annotated[bool, typer.Option("--agree", help="Agree to the consent statement.")] = False,
    as_json: AsJson = False,
) -> None:
    """Begin a life: an encrypted folder, and the consent it rests on."""
    settings = Settings()
    name = person or _ask("--person", "Whom do you want to remember? Their name")
    spoken = _languages(
        languages or _ask("--languages", "Which languages did they use? (en, zh or en,zh)", "en")
    )
    born_on = _date(
        born if born is not None else _ask("--born", "Born on (YYYY-MM-DD, or empty)", "")
    )
    died_on = _date(
        died if died is not None else _ask("--died", "Died on (YYYY-MM-DD, or empty)", "")
    )
    _require_order(born_on, died_on)
    _require_timezone(timezone)
    keeper_name = keeper or _ask("--keeper", "Your own name")
    keeper_relation = relation or _ask("--relation", f"What are you to {name}? (wife, son ...)")
    keeper_called = (
        called if called is not None else _ask("--called", f"What did {name} call you?", "")
    )
    right = ground or _ask_ground(name)
    if right not in _GROUNDS:
        raise BadInput(f"--ground is one of: {', '.join(_GROUNDS)}.")
    remembered = Person(name, spoken, born=born_on, died=died_on, timezone=timezone)
    may_build = tuple(part.strip() for part in scope.split(",") if part.strip())
    if not may_build or not set(may_build) <= {"text", "voice"}:
        raise BadInput("--scope is text, or text,voice.")
    statement = consent_statement(right, remembered, keeper_relation, may_build)
    if not as_json:
        out.print("\n[bold]What you confirm[/]")
        out.print(statement + "\n", highlight=False)
    if not agree:
        if not sys.stdin.isatty():
            raise ConsentMissing("Nothing was made: read the statement and add --agree.")
        if not typer.confirm("Is every word of this true?"):
            raise ConsentMissing("Nothing was made. You can come back whenever you are ready.")
    consent = Consent(
        at=datetime.now(UTC),
        given_by=keeper_name,
        relation=keeper_relation,
        ground=right,
        scope=may_build,
        statement=statement,
    )
    member = Member(
        MemberId(_slug(keeper_name)),
        keeper_name,
        keeper_relation,
        Role.KEEPER,
        called=keeper_called or None,
    )
    passphrase = ask_new_passphrase(settings)
    created, recovery = Life.create(
        settings.home, life, passphrase, person=remembered, consent=consent, keeper=member
    )
    created.close()
    if as_json:
        print_json({"life": life, "id": created.id, "recovery_code": recovery})
        return
    out.print(f"[green]✓[/] The life “{life}” is made, and asleep: nobody can read it without you.")
    out.print("\nRecovery code. Write it on paper, keep it safe; it is shown only now:")
    out.print(f"\n    [bold]{recovery}[/]\n", highlight=False)
    out.print(f"Next: ofrenda add {life} PATH  (a chat export, a folder of letters)")


def _ask(option: str, question: str, default: str | None = None) -> str:
    if not sys.stdin.isatty():
        if default is not None:
            return default
        raise BadInput(f"{option} is missing. Add it, or run this in a terminal, which asks you.")
    return str(typer.prompt(question, default=default, show_default=bool(default))).strip()


def _ask_ground(name: str) -> str:
    if sys.stdin.isatty():
        out.print(f"\nBy what right do you build a life of {name}?")
        for key, meaning in _GROUNDS.items():
            out.print(f"  [bold]{key}[/]: {meaning}")
    return _ask("--ground", "One of: " + ", ".join(_GROUNDS))


def _languages(text: str) -> tuple[str, ...]:
    found = tuple(dict.fromkeys(part.strip().lower() for part in text.split(",") if part.strip()))
    if not found or not set(found) <= set(LANGUAGES):
        raise BadInput("Languages are en, zh or both: en,zh.")
    return found


def _date(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput("A date is written YYYY-MM-DD, for example 1958-10-07.") from None


def _require_order(born: date | None, died: date | None) -> None:
    # A day of grace: somewhere it is tomorrow already.
    tomorrow = datetime.now(UTC).date() + timedelta(days=1)
    if born is not None and died is not None and died < born:
        raise BadInput("They cannot have died before they were born: check --born and --died.")
    if any(day is not None and day > tomorrow for day in (born, died)):
        raise BadInput("A date lies in the future: check --born and --died.")


def _require_timezone(name: str | None) -> None:
    if name is not None and name not in available_timezones():
        raise BadInput("That time zone is not known. It is written like Europe/London.")


def _slug(name: str) -> str:
    kept = "".join(c.lower() if c.isalnum() else "-" for c in name).strip("-")
    return kept or "keeper"

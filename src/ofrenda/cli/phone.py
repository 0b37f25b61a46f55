"""``ofrenda phone``: who may call by telephone, and whether anybody can."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from ofrenda.call.phone import (
    CompanyName,
    Entry,
    PhoneAccount,
    PhoneBook,
    new_pin,
    proper_number,
    proper_pin,
    read_account,
    switch_off,
    switch_on,
)
from ofrenda.care import phone_statement
from ofrenda.cli.screen import AsJson, LifeName, awake, out, print_json
from ofrenda.clock import SystemClock
from ofrenda.errors import BadInput, NotInvited
from ofrenda.settings import Settings
from ofrenda.types import Member
from ofrenda.vault import Life

_NAMES = {
    CompanyName.TWILIO: "Twilio",
    CompanyName.TELNYX: "Telnyx",
    CompanyName.PLIVO: "Plivo",
}
_SECRETS = {
    CompanyName.TWILIO: "Auth token of your Twilio account",
    CompanyName.TELNYX: "Public key of your Telnyx account",
    CompanyName.PLIVO: "Auth token of your Plivo account",
}

Who = Annotated[str, typer.Argument(metavar="MEMBER", help="A name or relation on the list.")]
Choose = Annotated[bool, typer.Option("--choose", help="Type the six digits yourself.")]

app = typer.Typer(help="Calls by telephone: off until you switch them on.", no_args_is_help=True)


@app.command("show")
def show(life: LifeName, as_json: AsJson = False) -> None:
    """Whether the phone is on, and who may call from which number."""
    with awake(life, Settings()) as opened:
        account = read_account(opened)
        entries = PhoneBook(opened, SystemClock()).entries()
    if as_json:
        print_json(
            {
                "on": account is not None,
                "company": account.company.value if account else None,
                "webhook": account.webhook if account else None,
                "members": [_as_json(entry) for entry in entries],
            }
        )
        return
    if account is None:
        out.print(f"The phone is off. Switch it on with: ofrenda phone on {escape(life)}")
    else:
        out.print(f"The phone is on, through {_NAMES[account.company]}: {account.webhook}")
    table = Table(title="Who may call by phone")
    for column in ("name", "numbers", "PIN", "wrong tries", ""):
        table.add_column(column)
    for entry in entries:
        table.add_row(
            escape(entry.member.name),
            "\n".join(entry.numbers),
            "set" if entry.has_pin else "missing",
            str(entry.wrong),
            "closed" if entry.closed else "",
        )
    out.print(table)


@app.command("on")
def on(
    life: LifeName,
    company: Annotated[CompanyName, typer.Option(help="Where your number is.")],
    address: Annotated[str, typer.Option(help="Public address of your tunnel: https://...")],
    agree: Annotated[
        bool, typer.Option("--agree", help="You have read what leaves the house; for scripts.")
    ] = False,
) -> None:
    """Let calls in by phone, once you have read what leaves the house."""
    settings = Settings()
    statement = phone_statement(_NAMES[company], settings.language or "en")
    out.print(statement, highlight=False)
    if not agree and not (sys.stdin.isatty() and typer.confirm("Switch the phone on?")):
        raise BadInput("The phone stays off. Agree in a terminal, or with --agree.")
    with awake(life, settings) as opened:
        account = PhoneAccount(company, address, _secret(company, settings))
        switch_on(opened, account, statement, SystemClock().now())
        kept = read_account(opened)
    if kept is not None:
        out.print(
            f"\n[green]✓[/] The phone is on. Give {_NAMES[company]} this address for incoming "
            f"calls (method POST):\n  {kept.webhook}\nLead your tunnel to "
            f"http://127.0.0.1:{settings.phone_port} and to nothing else, then: "
            f"ofrenda serve {escape(life)}",
            highlight=False,
            soft_wrap=True,
        )


@app.command("off")
def off(life: LifeName) -> None:
    """Let no more calls in by phone, and forget the company's token."""
    with awake(life, Settings()) as opened:
        switch_off(opened)
    out.print("The phone is off. Numbers and PINs are kept. Close your tunnel, too.")


@app.command("allow")
def allow(
    life: LifeName,
    who: Who,
    number: Annotated[str, typer.Argument(help="Their number, as from abroad: +44 20 ...")],
    choose: Choose = False,
) -> None:
    """Let a member call from a number, with six digits that they key in."""
    with awake(life, Settings()) as opened:
        member = _member(opened, who)
        book = PhoneBook(opened, SystemClock())
        kept = proper_number(number)
        known = next((e for e in book.entries() if e.member.id == member.id), None)
        new = known is None or not known.has_pin
        pin = _pin(opened, choose) if new else None
        book.allow(member.id, kept)
        if pin is not None:
            book.set_pin(member.id, pin)
    _tell(member, None if choose else pin)


@app.command("pin")
def pin(life: LifeName, who: Who, choose: Choose = False) -> None:
    """Give a member new digits; their numbers are open again if they were closed."""
    with awake(life, Settings()) as opened:
        member = _member(opened, who)
        digits = _pin(opened, choose)
        PhoneBook(opened, SystemClock()).set_pin(member.id, digits)
    _tell(member, None if choose else digits)


@app.command("remove")
def remove(life: LifeName, who: Who) -> None:
    """Take a member's numbers and digits out of the book."""
    with awake(life, Settings()) as opened:
        member = opened.find_member(who)
        PhoneBook(opened, SystemClock()).remove(member.id)
    out.print(f"{escape(member.name)} cannot call by phone any more.")


def _member(opened: Life, who: str) -> Member:
    from ofrenda.house.access import Action, can

    member = opened.find_member(who)
    if not can(member.role, Action.CALL):
        raise NotInvited("Only the keeper and the family can call; give another member.")
    return member


def _pin(opened: Life, choose: bool) -> str:
    if not choose:
        return new_pin()
    if not sys.stdin.isatty():
        raise BadInput("Leave --choose out, or run this in a terminal.")
    typed = typer.prompt("Six digits", hide_input=True, confirmation_prompt="Once more")
    return proper_pin(str(typed), opened.person())


def _secret(company: CompanyName, settings: Settings) -> str:
    """The company's token; never from the command line, which others on the computer can read."""
    if settings.phone_token is not None:
        return settings.phone_token.get_secret_value()
    if not sys.stdin.isatty():
        raise BadInput("No token: run this in a terminal, or set OFRENDA_PHONE_TOKEN.")
    return str(typer.prompt(_SECRETS[company], hide_input=True))


def _tell(member: Member, pin: str | None) -> None:
    if pin is None:
        out.print(f"[green]✓[/] Kept for {escape(member.name)}.")
        return
    out.print(
        f"[green]✓[/] {escape(member.name)} keys in [bold]{pin}[/]. Tell them in person; it is "
        "shown only now. Without the digits their number lets nobody in.",
        highlight=False,
        soft_wrap=True,
    )


def _as_json(entry: Entry) -> dict[str, object]:
    return {
        "id": entry.member.id,
        "name": entry.member.name,
        "numbers": list(entry.numbers),
        "pin": entry.has_pin,
        "wrong": entry.wrong,
        "closed": entry.closed,
    }

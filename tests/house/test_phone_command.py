"""``ofrenda phone``: switching it on with open eyes, and saying who may call."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from conftest import IDA, KIM, MEI, NOW
from typer.testing import CliRunner

from ofrenda.call.phone import PhoneBook, Tried, read_account
from ofrenda.cli.app import app
from ofrenda.clock import SystemClock
from ofrenda.types import Consent, Person
from ofrenda.vault import KdfParameters, Life

PASSPHRASE = "four quiet lanterns by the ferry"
TOKEN = "0123456789abcdef0123456789abcdef"
ADDRESS = "https://phone.example.org"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "lives"
    for name, value in {"HOME": str(folder), "PASSPHRASE": PASSPHRASE, "LANGUAGE": "en"}.items():
        monkeypatch.setenv(f"OFRENDA_{name}", value)
    made, _ = Life.create(
        folder,
        "papa",
        PASSPHRASE,
        person=Person("Henrik Lindqvist", ("en",)),
        consent=Consent(NOW, MEI.name, "wife", "relatives", ("text", "voice"), "I agree."),
        keeper=MEI,
        kdf=KdfParameters(memory_kib=8, passes=1, lanes=1),
    )
    with made:
        for member in (IDA, KIM):
            made.add_member(member)
    return folder


def run(*arguments: str, fails: bool = False) -> str:
    result = CliRunner().invoke(app, ["phone", *arguments])
    assert (result.exception is not None) == fails, result.output
    return result.output


def awake(home: Path) -> Life:
    return Life.open(home, "papa", PASSPHRASE)


def test_it_is_off_and_says_how_to_switch_it_on() -> None:
    assert "The phone is off" in run("show", "papa")
    assert json.loads(run("show", "papa", "--json")) == {
        "on": False,
        "company": None,
        "webhook": None,
        "members": [],
    }


def test_it_says_what_leaves_the_house_and_stays_off_without_a_yes(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFRENDA_PHONE_TOKEN", TOKEN)
    told = run("on", "papa", "--company", "twilio", "--address", ADDRESS, fails=True)
    assert "both sides of the call" in " ".join(told.split())
    with awake(home) as life:
        assert read_account(life) is None


def test_it_is_switched_on_and_off_and_the_token_is_never_shown(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OFRENDA_PHONE_TOKEN", TOKEN)
    on = ("on", "papa", "--company", "twilio", "--address", ADDRESS, "--agree")
    told = run(*on) + run("show", "papa") + run("show", "papa", "--json")
    assert f"{ADDRESS}/phone/twilio" in told
    assert TOKEN not in told
    with awake(home) as life:
        account = read_account(life)
        assert account is not None
        assert account.secret == TOKEN
        with life.db.read() as db:
            kept = db.execute("SELECT statement FROM phone_account").fetchone()["statement"]
        assert "Twilio" in kept
    run("off", "papa")
    with awake(home) as life:
        assert read_account(life) is None


def test_a_member_gets_digits_that_are_shown_once_and_let_them_in(home: Path) -> None:
    told = run("allow", "papa", "Ida Lindqvist", "+44 20 7946 0018")
    pin = re.search(r"\b\d{6}\b", told)
    assert pin is not None
    shown = run("show", "papa") + run("show", "papa", "--json")
    assert "+442079460018" in shown
    assert pin.group() not in shown.replace("+442079460018", "")
    again = run("allow", "papa", "daughter", "+1 212 555 0123")
    assert not re.search(r"\b\d{6}\b", again)  # the digits stay as they are
    with awake(home) as life:
        book = PhoneBook(life, SystemClock())
        for number in ("+442079460018", "+12125550123"):
            right = book.try_pin(number, pin.group(), book.callers(number))
            assert right == (Tried.RIGHT, IDA.id)
    run("remove", "papa", "Ida Lindqvist")
    assert json.loads(run("show", "papa", "--json"))["members"] == []


def test_new_digits_replace_the_old_ones(home: Path) -> None:
    old = re.findall(r"\b\d{6}\b", run("allow", "papa", "wife", "+44 20 7946 0018"))[0]
    new = re.findall(r"\b\d{6}\b", run("pin", "papa", "wife"))[0]
    with awake(home) as life:
        book = PhoneBook(life, SystemClock())
        assert book.try_pin("+442079460018", old, [MEI.id])[0] is Tried.WRONG
        assert book.try_pin("+442079460018", new, [MEI.id]) == (Tried.RIGHT, MEI.id)


@pytest.mark.parametrize(
    "arguments",
    [
        ("allow", "papa", "Kim", "+44 20 7946 0018"),
        ("allow", "papa", "Nobody", "+44 20 7946 0018"),
        ("allow", "papa", "wife", "020 7946 0018"),
        ("pin", "papa", "wife", "--choose"),
        ("pin", "papa", "Kim"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(arguments: tuple[str, ...]) -> None:
    run(*arguments, fails=True)
    assert json.loads(run("show", "papa", "--json"))["members"] == []

"""Who may call from which number, with which digits; and how little guessing helps."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from ofrenda.call.phone import (
    CompanyName,
    PhoneAccount,
    PhoneBook,
    Tried,
    new_pin,
    proper_number,
    proper_pin,
    read_account,
    switch_off,
    switch_on,
)
from ofrenda.call.phone.book import MOST_EVER, MOST_IN_A_ROW
from ofrenda.call.phone.numbers import calling_number
from ofrenda.call.phone.pins import spoken_digits
from ofrenda.clock import ManualClock
from ofrenda.errors import BadInput
from ofrenda.types import Consent, Member, MemberId, Person, Role
from ofrenda.vault import KdfParameters, Life

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MEI = Member(MemberId("m-mei"), "Mei", "wife", Role.KEEPER)
IDA = Member(MemberId("m-ida"), "Ida", "daughter", Role.FAMILY)
HOME = "+12125550123"
PERSON = Person("Henrik", born=date(1941, 2, 3), died=date(2024, 11, 2))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cheapest that Argon2 takes: how slow it is, is not what is tried here."""
    quick = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr("ofrenda.call.phone.pins._HASHER", quick)


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    made, _ = Life.create(
        tmp_path / "home",
        "papa",
        "four quiet lanterns by the ferry",
        person=PERSON,
        consent=Consent(NOW, MEI.name, "wife", "relatives", ("text", "voice"), "I agree."),
        keeper=MEI,
        kdf=KdfParameters(memory_kib=8, passes=1, lanes=1),
    )
    made.add_member(IDA)
    with made:
        yield made


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def book(life: Life, clock: ManualClock) -> PhoneBook:
    return PhoneBook(life, clock)


def test_number_and_pin_together_say_who_calls(book: PhoneBook) -> None:
    book.allow(MEI.id, HOME)
    assert book.callers(HOME) == []  # a number without a PIN lets nobody in
    book.set_pin(MEI.id, "619022")
    book.allow(IDA.id, HOME)
    book.set_pin(IDA.id, "740358")
    assert set(book.callers(HOME)) == {MEI.id, IDA.id}
    both = book.callers(HOME)
    assert book.try_pin(HOME, "619022", both) == (Tried.RIGHT, MEI.id)
    assert book.try_pin(HOME, "740358", both) == (Tried.RIGHT, IDA.id)
    assert book.try_pin(HOME, "740358", [MEI.id]) == (Tried.WRONG, None)
    assert book.callers("+12125550124") == []


def test_a_pin_is_not_kept_as_it_is(book: PhoneBook, life: Life) -> None:
    book.set_pin(MEI.id, "619022")
    with life.db.read() as db:
        kept = db.execute("SELECT hash FROM phone_pin").fetchone()["hash"]
    assert kept.startswith("$argon2id$")
    assert "619022" not in kept


def test_two_at_one_number_cannot_have_one_pin(book: PhoneBook) -> None:
    for member in (MEI, IDA):
        book.allow(member.id, HOME)
    book.set_pin(MEI.id, "619022")
    with pytest.raises(BadInput):
        book.set_pin(IDA.id, "619022")
    assert book.callers(HOME) == [MEI.id]


def test_wrong_pins_close_a_number_for_longer_and_longer(
    book: PhoneBook, clock: ManualClock
) -> None:
    book.allow(MEI.id, HOME)
    book.set_pin(MEI.id, "619022")
    for seconds in (15 * 60, 2 * 3600):
        for _ in range(3):
            assert book.try_pin(HOME, "000001", [MEI.id])[0] is Tried.WRONG
        clock.advance(seconds - 1)
        assert book.closed(HOME)
        assert book.try_pin(HOME, "619022", [MEI.id]) == (Tried.CLOSED, None)
        clock.advance(1)
        assert not book.closed(HOME)
    for _ in range(3):
        book.try_pin(HOME, "000001", [MEI.id])
    clock.advance(10 * 365 * 86400)
    assert book.try_pin(HOME, "619022", [MEI.id]) == (Tried.CLOSED, None)
    [entry] = book.entries()
    assert (entry.wrong, entry.closed) == (MOST_IN_A_ROW, True)
    book.set_pin(MEI.id, "881204")
    assert book.try_pin(HOME, "881204", [MEI.id]) == (Tried.RIGHT, MEI.id)
    assert book.entries()[0].wrong == 0


def test_a_right_pin_ends_the_row_but_not_the_count_of_wrong_ones(
    book: PhoneBook, clock: ManualClock
) -> None:
    book.allow(MEI.id, HOME)
    book.set_pin(MEI.id, "619022")
    for _ in range(MOST_EVER // 2):
        for _ in range(2):
            assert not book.closed(HOME)
            book.try_pin(HOME, "000001", [MEI.id])
        book.try_pin(HOME, "619022", [MEI.id])
    assert book.closed(HOME)  # somebody guesses between the member's own calls


def test_another_number_is_not_closed_with_it(book: PhoneBook) -> None:
    for number in (HOME, "+12125550124"):
        book.allow(MEI.id, number)
    book.set_pin(MEI.id, "619022")
    for _ in range(3):
        book.try_pin(HOME, "000001", [MEI.id])
    assert book.try_pin("+12125550124", "619022", [MEI.id]) == (Tried.RIGHT, MEI.id)


def test_who_is_taken_out_cannot_call(book: PhoneBook) -> None:
    book.allow(MEI.id, HOME)
    book.set_pin(MEI.id, "619022")
    book.remove(MEI.id)
    assert book.callers(HOME) == []
    assert book.entries() == []


def test_the_phone_is_off_until_it_is_switched_on(life: Life) -> None:
    assert read_account(life) is None
    token = "0123456789abcdef0123456789abcdef"
    account = PhoneAccount(CompanyName.TWILIO, "https://Phone.Example.org/", token)
    switch_on(life, account, "I agree.", NOW)
    kept = read_account(life)
    assert kept is not None
    assert kept.webhook == "https://phone.example.org/phone/twilio"
    assert kept.stream("t") == "wss://phone.example.org/phone/twilio/t"
    assert token not in repr(kept)
    switch_off(life)
    assert read_account(life) is None
    for file in life.folder.rglob("*"):
        assert not file.is_file() or token.encode() not in file.read_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "phone.example.org",
        "http://phone.example.org",
        "https://localhost",
        "https://127.0.0.1",
        "https://[::1]",
        "https://phone.example.org/house",
        "https://phone.example.org:8443",
        "https://phone.example.org?x=1",
        "https://me:secret@phone.example.org",
        "https://phone.example.org:port",
        "https://pho ne.example.org",
    ],
)
def test_an_address_that_no_company_can_use_is_refused(life: Life, address: str) -> None:
    account = PhoneAccount(CompanyName.TWILIO, address, "0" * 32)
    with pytest.raises(BadInput, match="tunnel"):
        switch_on(life, account, "I agree.", NOW)
    assert read_account(life) is None


@pytest.mark.parametrize(
    ("company", "secret"),
    [
        (CompanyName.TWILIO, "short"),
        (CompanyName.PLIVO, "has a space in it, twice"),
        (CompanyName.TELNYX, "0123456789abcdef0123456789abcdef"),
        (CompanyName.TELNYX, "!" * 44),
    ],
)
def test_a_token_that_is_none_is_refused_and_not_repeated(
    life: Life, company: CompanyName, secret: str
) -> None:
    with pytest.raises(BadInput) as refused:
        switch_on(life, PhoneAccount(company, "https://a.example.org", secret), "I agree.", NOW)
    assert secret not in refused.value.message


@pytest.mark.parametrize(
    "pin",
    [
        "",
        "12345",
        "1234567",
        "12a456",
        "١٢٣٤٥٦",
        "111111",
        "112112",
        "123456",
        "987654",
        "121212",
        "030241",
        "021124",
        "410203",
    ],
)
def test_a_pin_that_is_none_or_easily_guessed_is_refused(pin: str) -> None:
    with pytest.raises(BadInput):
        proper_pin(pin, PERSON)


def test_a_pin_by_chance_is_a_proper_one() -> None:
    pins = {proper_pin(new_pin(), Person("Henrik")) for _ in range(200)}
    assert len(pins) > 190


@pytest.mark.parametrize(
    ("text", "digits"),
    [
        ("6-1-9-0-2-2.", "619022"),
        ("Six, one, nine, oh, double two", "619022"),
        ("My number is 619 022", "619022"),
        ("triple five one two three", "555123"),
        ("六一九零二二", "619022"),
        ("六幺九〇两两", "619022"),
        ("６１９０２２", "619022"),
        ("Thank you.", ""),
        ("", ""),
        ("sixty-one", "1"),
    ],
)
def test_digits_are_understood_as_they_are_said(text: str, digits: str) -> None:
    assert spoken_digits(text) == digits


def test_a_number_is_kept_in_one_form() -> None:
    assert proper_number("+44 (0)20 7946-0018") == "+442079460018"
    assert proper_number(" +86 139 1234 5678 ") == "+8613912345678"
    for text in ("02079460018", "+44", "+266696687", "hello", "+" + "1" * 50):
        with pytest.raises(BadInput, match="abroad"):
            proper_number(text)


@pytest.mark.parametrize(
    ("given", "number"),
    [
        ("+12125550123", "+12125550123"),
        ("12125550123", "+12125550123"),
        ("anonymous", None),
        ("Restricted", None),
        ("", None),
        ("sip:somebody@example.org", None),
        ("9" * 500, None),
    ],
)
def test_a_callers_number_is_read_as_the_companies_give_it(given: str, number: str | None) -> None:
    assert calling_number(given) == number

"""Names that address cards give to numbers: proposed to the keeper, never applied."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import add, identities
from ofrenda.archive.address_book import Card, cards, proposed_names, same_handle
from ofrenda.vault import Life

from .keepsakes import whatsapp

OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E5=A6=88;=E5=A6=88=\r\n"
    ";;;\r\nTEL;CELL:+44 7700 900123\r\nEND:VCARD\r\n"
)  # fmt: skip
NEW = (
    "BEGIN:VCARD\nVERSION:4.0\nFN:Mum\\, at ho\n me\nN:Fenwick;Ada;;;\n"
    "item1.TEL;TYPE=cell:tel:+1-555-000-1111\nitem1.X-ABLabel:home\n"
    "EMAIL;TYPE=home:Ada@Example.org\nNOTE:FN:not a name\nPHOTO:AAAA\nEND:VCARD\n"
)


def test_cards_of_old_and_new_phones_are_read() -> None:
    assert list(cards(OLD + NEW)) == [
        Card("妈 妈", ("+44 7700 900123",)),
        Card("Mum, at home", ("+1-555-000-1111", "Ada@Example.org")),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BEGIN:VCARD\nFN:Nobody reachable\nEND:VCARD\n",
        "BEGIN:VCARD\nTEL:123456789\nEND:VCARD\n",
        "BEGIN:VCARD\nFN:Cut off\nTEL:1234567890\n",
        "FN:outside\nTEL:1234567890\nEND:VCARD\n" * 2,
        "BEGIN:VCARD\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=x-none:=FF=\n",
    ],
)
def test_a_card_that_names_nobody_or_nothing_says_nothing(text: str) -> None:
    assert [card for card in cards(text) if card.name != "outside"] == []


def test_a_number_is_the_same_however_it_is_written() -> None:
    ways = ["+44 7700 900123", "07700 900123", "0044-7700-900123", "\u202a+44 7700 900123\u202c"]
    assert len({same_handle(way) for way in ways}) == 1
    assert same_handle("Ada@Example.org") == same_handle("ada@example.org ")
    assert same_handle("12345") != same_handle("54321")


def test_a_card_proposes_a_name_and_changes_nothing(life: Life, write: Callable[..., Path]) -> None:
    chat = whatsapp("+44 7700 900123: hello", "Sam: hi", "+44 7700 900999: who is this")
    add(life, write("chat.zip", chat))
    before = [(one.id, one.name, one.holder) for one in identities(life)]
    assert proposed_names(life) == {}
    (report,) = add(life, write("contacts.vcf", OLD + OLD.replace("900123", "900555") + NEW))
    assert (report.format, report.accepted) == ("originals", 1)
    found = {one.name: one for one in identities(life)}
    assert proposed_names(life) == {found["+44 7700 900123"].id: ("妈 妈",)}
    assert [(one.id, one.name, one.holder) for one in identities(life)] == before
    assert {one.holder for one in identities(life)} == {None}


def test_a_card_that_came_with_a_message_counts_too(life: Life, write: Callable[..., Path]) -> None:
    name = "00000003-Mum.vcf"
    chat = whatsapp("+44 7700 900123: hello", f"Sam: {name}", **{name: OLD.encode()})
    add(life, write("chat.zip", chat))
    assert list(proposed_names(life).values()) == [("妈 妈",)]

"""Which senders are proposed as one person, and why; nothing is joined by itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from ofrenda.archive import Decision, add, decide_all, identities
from ofrenda.archive.address_book import cards
from ofrenda.archive.keeping import proposed_kin
from ofrenda.archive.kin import Sender, joined, proposals
from ofrenda.errors import BadInput
from ofrenda.vault import Life

Write = Callable[..., Path]

CARD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:=E6=9E=97;=E5=B0=8F=\r\n"
    "=E7=BE=8E;;;\r\nTEL;CELL:138 0013 8000\r\nitem1.EMAIL:Mei@Example.org\r\n"
    "PHOTO;ENCODING=b:AAAA\r\n AAAA\r\nEND:VCARD\r\n"
    "BEGIN:VCARD\r\nVERSION:4.0\r\nFN:Tom\\, the elder\r\nTEL;VALUE=uri:tel:+44-7700-900123\r\n"
    "END:VCARD\r\n"
    "BEGIN:VCARD\r\nTEL:999\r\nEND:VCARD\r\n"
)


def senders(*names: str) -> list[Sender]:
    return [Sender(number, "chat", name, name) for number, name in enumerate(names, 1)]


@pytest.mark.parametrize(
    ("names", "because"),
    [
        (("+44 7700 900123", "07700 900123"), "number"),
        (("+86 138 0013 8000", "13800138000"), "number"),
        (("+8613800138000", "86 138-0013-8000"), "number"),
        (("(415) 555-2671", "+1 415-555-2671"), "number"),
        (("Mei@Example.org", "mei@example.org"), "address"),
        (("Mum ❤", "MUM"), "name"),
        (("林小美", "林小美 "), "name"),
        (("ＡＤＡ", "Ada"), "name"),
    ],
)
def test_two_writings_of_one_are_proposed_with_the_reason(
    names: tuple[str, str], because: str
) -> None:
    (found,) = proposals(senders(*names))
    assert (found.ids, found.because) == ((1, 2), because)


@pytest.mark.parametrize(
    "names",
    [
        ("+44 7700 900123", "+44 7700 900124"),
        ("+44 7700 900123", "+1 770 090 0123"),
        ("Owner of the phone", "Owner of the phone"),
        ("Me", "me"),
        ("12345678", "12345678a"),
        ("Ann", "Anna"),
        ("❤", "🌸"),
    ],
)
def test_strangers_are_not(names: tuple[str, str]) -> None:
    assert proposals(senders(*names)) == []


def test_a_contact_card_joins_a_name_with_numbers() -> None:
    mei, tom = cards(CARD)
    assert (mei.name, mei.handles) == ("小美 林", ("138 0013 8000", "Mei@Example.org"))
    assert (tom.name, tom.handles) == ("Tom, the elder", ("+44-7700-900123",))
    found = proposals(senders("Tom, the elder", "+447700900123", "mei@example.org"), (mei, tom))
    assert [(one.ids, one.because, one.detail) for one in found] == [
        ((1, 2), "card", "Tom, the elder")
    ]


def test_proposals_that_share_a_sender_are_one_group_with_every_reason() -> None:
    tom = list(cards(CARD))[1]
    found = joined(
        proposals(
            senders("Tom the elder", "Tom the Elder!", "07700 900123", "+447700900123"), [tom]
        )
    )
    (group,) = found
    assert group.ids == (1, 2, 3, 4)
    assert {because for because, _ in group.reasons} == {"name", "number", "card"}


def test_cards_in_the_archive_are_used_and_nothing_is_decided(life: Life, write: Write) -> None:
    add(life, write("in/contacts.vcf", CARD).parent)
    chat = "13/06/2018, 21:25 - +44 7700 900123: on my way\n13/06/2018, 21:26 - Bo: good\n"
    add(life, write("WhatsApp Chat with Bo.txt", chat))
    add(
        life, write("b/WhatsApp Chat with Bo.txt", chat.replace("+44 7700 900123", "Tom the elder"))
    )
    (group,) = [one for one in proposed_kin(life) if ("card", "Tom, the elder") in one.reasons]
    by_id = {one.id: one for one in identities(life)}
    assert {by_id[one].name for one in group.ids} == {"+44 7700 900123", "Tom the elder"}
    assert {one.holder for one in by_id.values()} == {None}


def test_the_name_of_the_person_or_of_a_member_is_pointed_out(life: Life, write: Write) -> None:
    chat = "13/06/2018, 21:25 - ADA fenwick: on my way\n13/06/2018, 21:26 - Tom Fenwick: good\n"
    add(life, write("WhatsApp Chat with Tom.txt", chat))
    found = {one.name: (one.looks_like, one.holder) for one in identities(life)}
    assert found == {"ADA fenwick": ("person", None), "Tom Fenwick": ("member:m1", None)}


def test_many_decisions_are_made_together_or_not_at_all(life: Life, write: Write) -> None:
    chat = "13/06/2018, 21:25 - A: on my way\n13/06/2018, 21:26 - B: good\n"
    add(life, write("WhatsApp Chat with B.txt", chat))
    first, second = identities(life)
    with pytest.raises(BadInput):
        decide_all(life, [Decision(first.id, "person"), Decision(999, "other")])
    assert {one.holder for one in identities(life)} == {None}
    decide_all(life, [Decision(first.id, "person"), Decision(second.id, "other")])
    assert [one.holder for one in identities(life)] == ["person", "other"]


def test_unsigned_writing_is_decided_file_by_file(life: Life, write: Write) -> None:
    write("in/his.txt", "The apples were small this year, and sweet.")
    top = write("in/hers.txt", "I never liked the apples, to be honest.").parent
    add(life, top)
    by_name = {one.name: one for one in identities(life)}
    assert set(by_name) == {"in/his.txt", "in/hers.txt"}
    assert all(one.unsigned for one in by_name.values())
    assert proposed_kin(life) == []
    decide_all(life, [Decision(by_name["in/his.txt"].id, "person")])
    assert {one.name: one.holder for one in identities(life)} == {
        "in/his.txt": "person",
        "in/hers.txt": None,
    }

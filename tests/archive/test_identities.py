from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from ofrenda.archive import add, decide, extent, identities
from ofrenda.errors import BadInput, NotInvited
from ofrenda.types import MemberId, Person
from ofrenda.vault import Life

Write = Callable[..., Path]
CHAT = (
    "13/06/2018, 21:25 - Mum: are you coming on Sunday?\n"
    "13/06/2018, 21:26 - Sam: yes, with bread\n"
    "14/06/2018, 09:00 - Mum: bring salt\n"
    "20/06/2018, 09:00 - Mum: <Media omitted>\n"
)


def test_senders_are_listed_with_what_helps_to_know_them(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Mum.txt", CHAT))
    mum, sam = identities(life)
    assert (mum.name, mum.count, mum.first, mum.last) == ("Mum", 3, "2018-06-13", "2018-06-20")
    assert mum.samples == ("are you coming on Sunday?", "bring salt")
    assert (sam.count, sam.holder, sam.member) == (1, None, None)
    assert extent(life).undecided == 2
    assert mum.to_json()["name"] == "Mum"


def test_nothing_is_decided_until_the_keeper_does(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Ada Fenwick.txt", CHAT.replace("Mum", "Ada Fenwick")))
    assert {one.holder for one in identities(life)} == {None}
    mum, sam = identities(life)
    decide(life, mum.id, "person")
    decide(life, sam.id, "member", MemberId("m1"))
    assert [(one.holder, one.member) for one in identities(life)] == [
        ("person", None),
        ("member", "m1"),
    ]
    decide(life, sam.id, None)
    assert identities(life)[1].holder is None


def test_decisions_outlive_another_import(life: Life, write: Write) -> None:
    add(life, write("a/WhatsApp Chat with Mum.txt", CHAT))
    decide(life, identities(life)[0].id, "person")
    add(life, write("b/WhatsApp Chat with Mum.txt", CHAT + "21/06/2018, 10:00 - Mum: more\n"))
    assert (identities(life)[0].holder, identities(life)[0].count) == ("person", 4)


def test_senders_who_may_be_one_are_proposed_and_never_joined(life: Life, write: Write) -> None:
    add(life, write("a/WhatsApp Chat with Mum.txt", CHAT))
    other = CHAT.replace("Mum", "MUM ❤").replace("Sam", "+44 7700 900123")
    add(life, write("b/WhatsApp Chat with MUM.txt", other))
    third = CHAT.replace("Mum", "Bo").replace("Sam", "07700 900123")
    add(life, write("c/WhatsApp Chat with Bo.txt", third))
    by_name = {one.name: one for one in identities(life)}
    assert by_name["Mum"].likely_same == (by_name["MUM ❤"].id,)
    assert by_name["07700 900123"].likely_same == (by_name["+44 7700 900123"].id,)
    assert by_name["Bo"].likely_same == ()
    assert len(by_name) == 6


def test_what_cannot_be_decided_is_refused_in_plain_words(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Mum.txt", CHAT))
    mum = identities(life)[0]
    with pytest.raises(BadInput, match="person, member, other, drop"):
        decide(life, mum.id, "mother")
    with pytest.raises(BadInput, match="which member"):
        decide(life, mum.id, "member")
    with pytest.raises(NotInvited):
        decide(life, mum.id, "member", MemberId("nobody"))
    with pytest.raises(BadInput, match="no sender"):
        decide(life, 999, "person")
    assert identities(life)[0].holder is None


def test_a_date_of_death_told_later_sets_messages_aside(life: Life, write: Write) -> None:
    add(life, write("WhatsApp Chat with Mum.txt", CHAT))
    mum = identities(life)[0]
    life.set_person(Person(name="Ada Fenwick", died=date(2018, 6, 14)))
    decide(life, mum.id, "person")
    assert identities(life)[0].after_death == 1
    life.set_person(Person(name="Ada Fenwick"))
    decide(life, mum.id, "person")
    assert identities(life)[0].after_death == 0

"""The keeper's rules: they narrow, at once and for what comes later, and can be taken back."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest

from memory.rows import KEEPER, Rows, new_life
from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import BadInput, NotInvited
from ofrenda.memory import Recall, rebuild
from ofrenda.memory.index import index
from ofrenda.memory.visibility import Rule, add_rule, remove_rule, rules
from ofrenda.types import Member, MemberId, Role, Visibility
from ofrenda.vault import Life

SON = Member(MemberId("m-son"), "Leo", "son", Role.FAMILY, "Leo")
AUNT = Member(MemberId("m-aunt"), "Bea", "sister", Role.FAMILY)
EMBED = scripted_engines().embed


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    with new_life(tmp_path) as opened:
        opened.add_member(SON)
        opened.add_member(AUNT)
        rows = Rows(opened)
        him = rows.identity("T", "person")
        son = rows.identity("L", "member", str(SON.id))
        group = rows.conversation("all", is_group=True)
        rows.say(group, him, "The cottage is sold", datetime(2018, 3, 1))
        rows.say(group, him, "The boat is sold", datetime(2019, 3, 1))
        chat = rows.conversation("leo")
        rows.exchange(chat, son, "Is the car sold?", him, "The car stays", datetime(2019, 4, 1))
        rows.document(him, "Will", "The clock is sold when I am gone.", written_on="2017-01-01")
        yield opened


async def heard(life: Life, listener: Member) -> set[str]:
    recall = await Recall.load(life, EMBED)
    hits = await recall.search("sold: cottage, boat, car, clock, stays", listener, own=True)
    return {hit.passage.text for hit in hits}


EVERYTHING = {"The cottage is sold", "The boat is sold", "The clock is sold when I am gone."}


@pytest.mark.parametrize(
    ("rule", "gone"),
    [
        (Rule(Visibility.NEVER_SPEAK, holding="COTTAGE"), {"The cottage is sold"}),
        (
            Rule(Visibility.KEEPER_ONLY, last=date(2018, 12, 31)),
            {"The cottage is sold", "The clock is sold when I am gone."},
        ),
        (Rule(Visibility.MEMBER, members=frozenset({SON.id}), said_by="person"), EVERYTHING),
    ],
)
async def test_a_rule_holds_at_once_and_is_taken_back(
    life: Life, rule: Rule, gone: set[str]
) -> None:
    await rebuild(life, EMBED)
    assert await heard(life, AUNT) == EVERYTHING
    number = add_rule(life, rule)
    assert [one.id for one in rules(life)] == [number]
    assert await heard(life, AUNT) == EVERYTHING - gone
    remove_rule(life, number)
    assert await heard(life, AUNT) == EVERYTHING


async def test_a_rule_never_widens_what_was_between_two(life: Life) -> None:
    await rebuild(life, EMBED)
    add_rule(life, Rule(Visibility.MEMBER, members=frozenset({AUNT.id}), holding="car"))
    assert "The car stays" not in await heard(life, AUNT)
    assert "The car stays" not in await heard(life, SON)  # nobody is on both lists


async def test_a_rule_holds_for_what_is_imported_later(life: Life) -> None:
    add_rule(life, Rule(Visibility.NEVER_SPEAK, chat_with=SON.id))
    await rebuild(life, EMBED)
    assert "The car stays" not in await heard(life, SON)


async def test_the_label_of_a_message_from_before_a_rule_comes_back(life: Life) -> None:
    with life.db.write() as db:
        db.execute("UPDATE utterance SET visibility = 'keeper_only' WHERE text LIKE '%boat%'")
    index(life)
    number = add_rule(life, Rule(Visibility.NEVER_SPEAK, holding="boat"))
    assert "The boat is sold" not in await heard(life, KEEPER)
    remove_rule(life, number)
    assert "The boat is sold" in await heard(life, KEEPER)
    assert "The boat is sold" not in await heard(life, AUNT)


def test_a_rule_without_sense_is_refused(life: Life) -> None:
    for rule in (
        Rule(Visibility.NEVER_SPEAK),
        Rule(Visibility.FAMILY, holding="boat"),
        Rule(Visibility.MEMBER, holding="boat"),
    ):
        with pytest.raises(BadInput):
            add_rule(life, rule)
    with pytest.raises(NotInvited):
        add_rule(life, Rule(Visibility.MEMBER, members=frozenset({MemberId("no")}), holding="x"))
    with pytest.raises(BadInput):
        remove_rule(life, 99)
    assert rules(life) == []

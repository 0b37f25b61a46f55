"""The portrait: measured from their own messages, for each relation, with sources."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from memory.rows import KEEPER, Rows, new_life

from ofrenda.errors import NotInvited
from ofrenda.persona.portrait import Relation, kept_relation, portrait, portrait_data
from ofrenda.persona.sources import places
from ofrenda.persona.style import Said, measure_style
from ofrenda.types import Member, MemberId, Role
from ofrenda.vault import Life

OTHER = Member(MemberId("m-other"), "Bea", "wife", Role.FAMILY, "Bee")


def life(home: Path) -> Life:
    life = new_life(home)
    life.add_member(OTHER)
    rows = Rows(life)
    him = rows.identity("him", "person")
    day = datetime(2015, 1, 1, 21)
    for member, cue, reply in (
        (KEEPER, "hi", "Morning Nita, slowly does it|ok lah 😂"),
        (OTHER, "在吗", "阿蜜，我在家等你吃饭呢"),
    ):
        sender = rows.identity(member.name, "member", str(member.id))
        chat = rows.conversation(member.name)
        for number in range(30):
            rows.exchange(chat, sender, cue, him, reply, day + timedelta(days=number))
    return life


def test_each_relation_is_measured_on_its_own_messages_with_sources(tmp_path: Path) -> None:
    opened = life(tmp_path)
    everybody, nita, bee = portrait(opened)
    assert everybody.member is None
    assert (nita.style.messages, nita.style.turns) == (60, 30)
    assert nita.style.messages_per_turn == 2.0
    assert nita.style.split_share == 1.0
    assert nita.style.enough
    assert not bee.style.enough, "thirty messages are too few to be sure"
    assert nita.style.languages["en"] == 1.0
    assert bee.style.languages["zh"] == 1.0
    (named,) = [one for one in nita.names if one.what == "Nita"]
    assert named.messages == 30
    assert named.example is not None
    assert "Nita" in named.example.excerpt
    assert nita.style.emoji_share == 0.5
    (lah,) = [one for one in nita.style.particles if one.what == "lah"]
    assert lah.messages == 30
    assert lah.example is not None
    assert "lah" in lah.example.excerpt
    assert nita.style.hours[21] == 1.0
    opened.close()


def test_a_viewer_sees_their_own_relation_alone(tmp_path: Path) -> None:
    opened = life(tmp_path)
    for viewer, hidden in ((KEEPER, "阿蜜"), (OTHER, "slowly")):
        relations = portrait(opened, viewer)
        assert [one.member for one in relations if one.member] == [viewer]
        assert hidden not in repr(data(opened, relations))
    opened.close()


def data(life: Life, relations: list[Relation]) -> list[dict[str, Any]]:
    examples = [one for each in relations for one in each.examples()]
    return portrait_data(relations, places(life, examples))


def test_an_example_says_in_which_chat_and_file_it_stands(tmp_path: Path) -> None:
    opened = life(tmp_path)
    (shown,) = data(opened, [kept_relation(opened, KEEPER, OTHER)])
    source = shown["names"][0]["source"]
    assert "阿蜜" in source["excerpt"]
    assert (source["chat"], source["group"], source["file"]) == ("Bea", False, "x")
    assert source["said_at"] == "2015-01-01"
    opened.close()


def test_the_keeper_sees_every_relation_and_never_what_is_labelled_for_others(
    tmp_path: Path,
) -> None:
    opened = life(tmp_path)
    assert kept_relation(opened, KEEPER, OTHER).style.messages == 30
    assert kept_relation(opened, KEEPER, None).style.messages == 90
    for number, (word, members) in enumerate(
        (("member", '["m-other"]'), ("never_speak", None), ("member", None), ("hidden", None))
    ):
        with opened.db.write() as db:
            db.execute(
                "UPDATE utterance SET visibility = ?, visible_to = ? WHERE id IN (SELECT u.id FROM"
                " utterance AS u WHERE u.text LIKE '%阿蜜%' ORDER BY u.id LIMIT 5 OFFSET ?)",
                (word, members, number * 5),
            )
    assert kept_relation(opened, KEEPER, OTHER).style.messages == 10
    assert kept_relation(opened, KEEPER, None).style.messages == 70
    with opened.db.write() as db:
        db.execute(
            "UPDATE utterance SET visibility = 'member', visible_to = '[\"m-other\",\"m-keeper\"]'"
            " WHERE visibility <> 'family'"
        )
    assert kept_relation(opened, KEEPER, OTHER).style.messages == 30
    with pytest.raises(NotInvited):
        kept_relation(opened, OTHER, OTHER)
    opened.close()


def test_hours_are_shares_of_the_messages_whose_time_is_known() -> None:
    style = measure_style([Said("a", datetime(2020, 1, 1, 8), 0), Said("b", None, 1)])
    assert (style.messages, style.timed, style.hours[8]) == (2, 1, 1.0)


def test_the_measures_are_those_of_the_messages() -> None:
    said = [
        Said("haha ok!", datetime(2020, 1, 1, 8), 0),
        Said("See you at the old oak tree", datetime(2020, 1, 1, 8), 0),
        Said("We met at the old oak tree", datetime(2020, 1, 2, 9), 1),
        Said("at the old oak tree, 老地方", None, 2),
    ]
    style = measure_style(said)
    assert style.hours[8] == round(2 / 3, 4)
    assert style.mixed_share == 0.25
    assert style.endings["exclamation"] == 0.25
    assert [one.what for one in style.catchphrases] == ["at the old oak tree"]
    assert style.catchphrases[0].messages == 3


def test_nothing_measured_is_no_error() -> None:
    assert measure_style([]).messages == 0

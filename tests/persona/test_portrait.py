"""The portrait: measured from their own messages, for each relation, with sources."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from memory.rows import KEEPER, Rows, new_life

from ofrenda.persona.portrait import portrait, portrait_data
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
    assert dict(nita.names)["Nita"] == 30
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
        assert hidden not in repr(portrait_data(relations))
    opened.close()


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

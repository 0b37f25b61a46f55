"""What the family sets right takes effect at the next turn, is listed, and can be taken back."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest
from memory.rows import KEEPER, Rows, new_life

from ofrenda.clock import ManualClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.scripted import scripted_engines
from ofrenda.errors import BadInput
from ofrenda.memory import Recall, rebuild
from ofrenda.memory.script import language_of
from ofrenda.persona import corrected, corrections, heard_correction
from ofrenda.persona.corrections import correct, undo
from ofrenda.types import Member, MemberId, Provenance, Role, Sentence, Transcript
from ofrenda.vault import Life

NOW = datetime.fromisoformat("2024-05-16T10:00:00+00:00")
OTHER = Member(MemberId("m-other"), "Bea", "sister", Role.FAMILY)


@pytest.fixture
async def life(tmp_path: Path) -> Life:
    life = new_life(tmp_path)
    life.add_member(OTHER)
    rows = Rows(life)
    him = rows.identity("him", "person")
    ana = rows.identity("ana", "member", str(KEEPER.id))
    chat = rows.conversation("ana")
    day = datetime(2015, 1, 1, 21)
    for number in range(8):
        rows.exchange(
            chat,
            ana,
            f"good night {number}",
            him,
            "Good night, sleep tight.",
            day.replace(day=number + 1),
        )
    rows.exchange(
        chat, ana, "good night then", him, "Night night, little bear.", day.replace(day=20)
    )
    await rebuild(life, scripted_engines().embed)
    return life


async def talk(life: Life, who: Member) -> Conversation:
    engines = scripted_engines(reply=("",))
    recall = await Recall.load(life, engines.embed)
    conversation = Conversation(life, who, engines, clock=ManualClock(NOW), recall=recall)
    await conversation.open()
    return conversation


async def say(conversation: Conversation, text: str) -> list[Sentence]:
    heard = Transcript(text, language_of(text), 1.0)
    spoken = [one async for one in conversation.reply(heard)]
    await conversation.played(heard, [(one, one.text) for one in spoken])
    return spoken


async def test_what_he_would_never_say_is_not_said_from_the_next_turn_on(life: Life) -> None:
    conversation = await talk(life, KEEPER)
    (first,) = await say(conversation, "Good night")
    (thanks,) = await say(conversation, "He would never say that")
    assert thanks.provenance is Provenance.HOUSE
    for _ in range(4):
        assert first.text not in [one.text for one in await say(conversation, "Good night")]
    assert first.text not in [one.text for one in await say(await talk(life, KEEPER), "Good night")]
    (listed,) = corrections(life)
    assert (listed.said, listed.by, listed.only_for) == (first.text, KEEPER.name, None)
    await say(conversation, "undo that correction")
    assert corrections(life, KEEPER) == []
    assert corrections(life)[0].undone, "kept in the list"


async def test_how_he_would_say_it_is_said_and_labelled(life: Life) -> None:
    conversation = await talk(life, KEEPER)
    (first,) = await say(conversation, "Good night")
    await say(conversation, "He would say: Mind the bed bugs, Nita.")
    (again,) = await say(await talk(life, KEEPER), "Good night")
    assert again.text == "Mind the bed bugs, Nita."
    assert again.provenance is Provenance.IN_CHARACTER
    assert again.sources[0].kind == "correction"
    assert again.sources[0].excerpt == first.text


async def test_a_familys_correction_holds_for_their_own_calls(life: Life) -> None:
    correct(life, OTHER, "Good night, sleep tight.", None, NOW)
    assert corrections(life, KEEPER) == []
    assert len(corrections(life, OTHER)) == 1
    with pytest.raises(BadInput):
        undo(life, OTHER, 999, NOW)
    number = correct(life, KEEPER, "Night night, little bear.", None, NOW)
    with pytest.raises(BadInput):
        undo(life, OTHER, number, NOW)


@pytest.mark.parametrize(
    ("text", "kind", "line"),
    [
        ("He would never say that.", "never", None),
        ("Dad wouldn't say it like that", "never", None),
        ("That's not how he talked", "never", None),
        ("You would never talk like that", "never", None),
        ("He would say it like this: Eat your soup.", "instead", "Eat your soup."),
        ("she'd say, mind the step", "instead", "mind the step"),
        ("他不会这么说", "never", None),
        ("爸才不会这样讲", "never", None),
        ("他会说：多吃点", "instead", "多吃点"),
        ("撤回刚才的更正", "back", None),
        ("take back that correction", "back", None),
    ],
)
def test_corrections_are_recognised(text: str, kind: str, line: str | None) -> None:
    heard = heard_correction(text)
    assert heard is not None
    assert (heard.kind, heard.line) == (kind, line)


@pytest.mark.parametrize(
    "text",
    [
        "What would he say about that?",
        "I would never say that to her",
        "He said that he would come",
        "What did you say?",
        "她会说中文吗",
        "你会说什么",
        "They never talk to me",
        "I told him he would say that",
    ],
)
def test_other_talk_is_no_correction(text: str) -> None:
    assert heard_correction(text) is None


def test_a_near_copy_falls_under_a_correction_and_another_sentence_does_not() -> None:
    from ofrenda.persona import Correction

    one = Correction(1, NOW, "Ana", "Never mind that, my little girl", None, None)
    assert corrected("never mind that, my little girl!", [one])
    assert not corrected("Never mind, eat first", [one])

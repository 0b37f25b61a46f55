"""Protected lines answer nothing else, and meaning is asked where words are silent."""

from __future__ import annotations

import pytest

from ofrenda.dialogue.asked import understand
from ofrenda.dialogue.touched import out_of_place, told_another, understand_meaning
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.scripted import scripted_engines
from ofrenda.settings import Settings


@pytest.mark.parametrize(
    ("question", "line", "strange"),
    [
        ("What did you cook for dinner?", "I forgave you long ago, love.", True),
        ("How was the regatta?", "It was my fault that we came last.", True),
        ("晚饭吃什么", "我早就原谅你了", True),
        ("What did you cook for dinner?", "We cooked rice for dinner.", False),
        ("Who broke the blue jug?", "The blue jug, broke by me, was my fault.", False),
        ("Did you forgive me?", "I forgave you long ago, love.", False),
    ],
)
def test_a_protected_line_is_out_of_place_elsewhere(
    question: str, line: str, strange: bool
) -> None:
    asked = understand(question, "zh" if "吃" in question else "en")
    assert out_of_place(asked, [line]) is strange


async def test_an_unknown_embedder_leaves_it_at_the_words() -> None:
    embed = scripted_engines().embed
    assert (await understand_meaning("Is it on me?", "en", embed)).topic is None
    assert (await understand_meaning("Was it my fault?", "en", embed)).topic == "blame"


@pytest.mark.models
async def test_meaning_tells_the_guarded_from_the_open() -> None:
    embed = create(Settings())
    try:
        asked = await understand_meaning("你后悔打我吗", "zh", embed)
        assert asked.topic == "forgiveness"
        for text in ("Where did you learn to swim?", "I miss you", "你喜欢吃什么", "Good night"):
            assert (await understand_meaning(text, "en", embed)).topic is None
    finally:
        await embed.close()


@pytest.mark.parametrize(
    ("question", "line", "another"),
    [
        ("Are you proud of me?", "I have been proud ever since and wet ever since.", True),
        ("What did you tell me about the key?", "The spare key is where it always is.", True),
        ("Were you ever proud?", "I am so proud of you.", True),
        ("Who was brave?", "You were brave at four.", True),
        ("Who should be rung on Sundays?", "Ring your mother on Sundays.", True),
        ("你为我骄傲吗", "我一直为你骄傲。", True),
        ("谁很勇敢", "你四岁的时候就走进了海里。", True),
        ("What shoes are worth buying?", "Buy good shoes and a good kettle.", False),
        ("What do you do when you are lost?", "When you don't know what to do, wash up.", False),
        ("What should I do when I am lost?", "When you don't know what to do, wash up.", False),
        ("钥匙在哪里", "钥匙在老地方。", False),
    ],
)
def test_what_a_letter_tells_its_reader_is_told_to_nobody_else(
    question: str, line: str, another: bool
) -> None:
    asked = understand(question, "en" if question.isascii() else "zh")
    assert told_another(asked, [line]) is another

"""Where nothing answers, what was said near it is offered, after saying that it is not known."""

from __future__ import annotations

import pytest

from dialogue.invented_life import called, say
from ofrenda.dialogue.markers import asks_otherwise
from ofrenda.engines.protocols import Engines
from ofrenda.types import Provenance
from ofrenda.vault import Life


async def test_a_line_about_the_subject_is_offered_only_after_not_knowing(
    scripted_life: Life, mute: Engines
) -> None:
    conversation = await called(scripted_life, "Mei", mute)
    first, frame, *quoted = await say(conversation, "Who paid for the pot that you cook laksa in?")
    assert first.provenance is Provenance.UNKNOWN
    assert frame.provenance is Provenance.UNKNOWN
    assert quoted
    for one in quoted:
        assert one.provenance is Provenance.OWN_WORDS
        assert one.sources


@pytest.mark.parametrize(
    "question",
    [
        "When did you learn to play the piano?",
        "Who was in charge of the tugboat?",
        "你什么时候学的钢琴？",
    ],
)
async def test_nothing_off_the_subject_is_offered(
    scripted_life: Life, mute: Engines, question: str
) -> None:
    who = "Mei" if question.isascii() else "Shufen"
    spoken = await say(await called(scripted_life, who, mute), question)
    assert [one.provenance for one in spoken] == [Provenance.UNKNOWN]


@pytest.mark.parametrize("question", ["Who inherits the laksa recipe?", "Do you forgive Mummy?"])
async def test_nothing_is_offered_on_a_protected_topic(
    scripted_life: Life, mute: Engines, question: str
) -> None:
    for sentence in await say(await called(scripted_life, "Mei", mute), question):
        assert sentence.provenance is not Provenance.OWN_WORDS


@pytest.mark.parametrize(
    ("question", "cue", "line"),
    [
        ("Who caught mumps from you?", "did you have mumps?", "I caught mumps from the milk girl."),
        ("Who built the raft?", "did you sail the raft?", "I sailed the raft with Cass."),
        ("Who else was on the raft?", "did you sail the raft?", "I sailed the raft with Cass."),
        ("Who didn't come to the fair?", "was the fair good?", "Cass won a goose at the fair."),
        ("What did you do before the fair?", "was the fair good?", "Cass won a goose at the fair."),
        ("Why did you go to the fair?", "was the fair good?", "We all went to the fair."),
        ("How tall was Cass?", "who was Cass?", "Cass was my brother, a sailor."),
        ("你教过谁游泳？", "你什么时候学会游泳的？", "是体育老师教的，在水库。"),
        ("你为什么不做馒头了？", "馒头怎么做？", "馒头要放一点白糖。"),
        ("你为什么要进足球队？", "你踢过球？", "厂长让我进足球队当守门员。"),
    ],
)
def test_a_question_one_small_word_away_is_another_question(
    question: str, cue: str, line: str
) -> None:
    assert asks_otherwise(question, line, cue)


@pytest.mark.parametrize(
    ("question", "cue", "line"),
    [
        ("Who did you catch mumps from?", "had you mumps?", "I caught mumps from the milk girl."),
        ("Who taught you to swim?", "can you swim?", "My uncle taught me in the river."),
        ("Why can't you stand oysters?", "why no oysters?", "Can't abide oysters."),
        ("谁教你游泳的？", "你什么时候学会游泳的？", "是我哥哥教的，在水库。"),
        ("求婚的时候你紧不紧张？", "你向我求婚那天紧张吗", "紧张得戒指掉进了汤里"),
    ],
)
def test_what_was_asked_is_not_taken_for_another_question(
    question: str, cue: str, line: str
) -> None:
    assert not asks_otherwise(question, line, cue)

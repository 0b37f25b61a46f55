"""Where nothing answers, what was said near it is offered, after saying that it is not known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dialogue.invented_life import MEMBERS, PERSON, called, say
from ofrenda.dialogue.asked import understand
from ofrenda.dialogue.markers import asks_otherwise
from ofrenda.dialogue.offering import LEAD, LIKE, LIKER, NEARER, offered
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import Engines
from ofrenda.memory import Hit, Part, Passage
from ofrenda.persona import manner_for
from ofrenda.settings import Settings
from ofrenda.types import Provenance, SourceRef
from ofrenda.vault import Life

MANNER = manner_for(PERSON, MEMBERS["Mei"], [])
MEETING = "How did you two meet?"
FERRY = "I first saw your mother at the ferry landing."
LOFT = "The pigeons lived in a loft above the bakery."


def hit(
    text: str,
    number: int,
    *,
    score: float = 1.0,
    text_match: float = 0.2,
    cue_match: float = 0.0,
    other_kin: bool = False,
) -> Hit:
    """A passage found that shares no word with what is asked."""
    part = Part(text, SourceRef("utterance", number, None, text))
    passage = Passage(number, "reply", text, None, "person", "m", False, "en", None, (part,))
    return Hit(passage, score, None, None, cue_match, text_match, 0.0, 0.0, 0.0, 0.0, other_kin)


def lines(question: str, *hits: Hit, already: tuple[str, ...] = ()) -> list[str]:
    """The person's own lines that are offered."""
    asked = understand(question, "en")
    found = offered(asked, hits, MANNER, already=already, others=("Jun",))
    return [one.text for one in found if one.provenance is Provenance.OWN_WORDS]


def test_what_recall_puts_far_before_all_else_is_offered_in_whatever_words() -> None:
    ahead = hit(FERRY, 1, score=1.0 + 2 * LEAD, text_match=0.2 + 2 * NEARER)
    assert lines(MEETING, ahead, hit(LOFT, 2)) == [FERRY]
    replied = hit(FERRY, 1, cue_match=LIKE + LIKER)
    assert lines(MEETING, replied, hit(LOFT, 2, cue_match=LIKER / 2)) == [FERRY]


def test_what_is_not_far_ahead_or_not_nearest_in_meaning_is_not_offered() -> None:
    for score, match in ((LEAD / 2, 2 * NEARER), (2 * LEAD, NEARER / 2)):
        first = hit(FERRY, 1, score=1.0 + score, text_match=0.2 + match)
        assert not lines(MEETING, first, hit(LOFT, 2))
    two = [hit(text, n, cue_match=LIKE + LIKER) for n, text in enumerate((FERRY, LOFT))]
    assert not lines(MEETING, *two)


def test_however_far_ahead_it_is_the_guards_hold() -> None:
    ahead = hit(FERRY, 1, score=5.0, text_match=0.9, cue_match=0.9)
    rest = hit(LOFT, 2)
    assert lines(MEETING, ahead, rest) == [FERRY]
    assert not lines("How did you and Beatrix meet?", ahead, rest)
    assert not lines("Who inherits the house?", ahead, rest)
    assert not lines("Good night Papa", ahead, rest)
    assert not lines(MEETING, replace(ahead, other_kin=True), rest)
    assert not lines(MEETING, ahead, rest, already=(FERRY,))
    for unfit in ("I'm at the station, wait for me.", "Jun, I first saw her there.", "Good night!"):
        one = hit(unfit, 3, score=5.0, text_match=0.9, cue_match=0.9)
        # Said to a whole group: what names another member is not for this one.
        one = replace(one, passage=replace(one.passage, to_member=None, is_group=True))
        assert not lines(MEETING, one, rest)


@pytest.mark.parametrize("missing", ["龚老师", "老周", "罗师傅"])
def test_a_person_named_in_chinese_is_not_another(missing: str) -> None:
    text = "孟老师和老李从来不带钥匙。"
    one = hit(text, 1, score=5.0, text_match=0.9, cue_match=0.9)
    one = replace(one, passage=replace(one.passage, language="zh"))
    for who in (missing, "孟老师", "老李"):
        asked = understand(f"{who}有什么毛病？", "zh")
        spoken = offered(asked, [one], MANNER, already=(), others=())
        assert any(text == sentence.text for sentence in spoken) is (who != missing)


@pytest.mark.models
async def test_a_question_in_other_words_is_offered_what_was_said_of_it(
    embedded_life: Life, mute: Engines
) -> None:
    engines = replace(mute, embed=create(Settings()))
    first, frame, *quoted = await say(
        await called(embedded_life, "Mei", engines), "How did you injure your hand?"
    )
    assert first.provenance is frame.provenance is Provenance.UNKNOWN
    assert quoted[0].text.startswith("Winch accident")
    for question in ("Who taught you to drive a tractor?", "What was the name of your parrot?"):
        spoken = await say(await called(embedded_life, "Mei", engines), question)
        assert [one.provenance for one in spoken] == [Provenance.UNKNOWN]


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

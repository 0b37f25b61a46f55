"""A model that always makes things up is never heard to, whoever asks whatever."""

from __future__ import annotations

import itertools

import pytest

from dialogue import invented_family as family
from dialogue.invented_life import called, say
from dialogue.inventions import CHINESE, ENGLISH
from ofrenda.dialogue.asked import understand
from ofrenda.dialogue.grounding import candidates_for_support, claims_nothing, nearest_support
from ofrenda.engines.protocols import Prompt
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall
from ofrenda.memory.script import language_of
from ofrenda.types import Provenance, Sentence
from ofrenda.vault import Life

QUESTIONS = [
    *[row[:2] for row in family.UNANSWERABLE],
    *family.NEAR_MISSES,
    *family.TALK,
    *family.PROTECTED,
]
REAL = {Provenance.OWN_WORDS, Provenance.UNKNOWN, Provenance.HOUSE}


def _dates(sentence: Sentence) -> bool:
    """Whether it only says when the own words after it were written."""
    return bool(sentence.sources) and sentence.text.endswith((" I wrote:", "我写过："))


def adversary() -> object:
    """Always another three inventions, in the language that was asked in."""
    english, chinese = itertools.cycle(ENGLISH), itertools.cycle(CHINESE)

    def reply(prompt: Prompt) -> str:
        if language_of(prompt.exchanges[-1].text) == "zh":
            return "".join(next(chinese) for _ in range(3))
        return " ".join(next(english) for _ in range(3))

    return reply


async def test_an_adversary_is_never_heard_over_a_hundred_questions(scripted_life: Life) -> None:
    engines = scripted_engines(reply=adversary())  # type: ignore[arg-type]
    recall = await Recall.load(scripted_life, engines.embed)
    inventions = {*ENGLISH, *CHINESE}
    asked = 0
    for who, question in QUESTIONS:
        conversation = await called(scripted_life, who, engines, recall)
        for sentence in await say(conversation, question):
            assert sentence.text not in inventions, sentence.text
            assert sentence.provenance in REAL or _plain(sentence) or _dates(sentence), (
                sentence.text
            )
        asked += 1
    assert asked >= 100
    assert engines.llm.prompts, "the adversary was never even asked"  # type: ignore[attr-defined]


def _plain(sentence: Sentence) -> bool:
    return sentence.provenance is Provenance.IN_CHARACTER and not sentence.sources


@pytest.mark.parametrize("line", [*ENGLISH, *CHINESE])
def test_no_invention_passes_as_claiming_nothing(line: str) -> None:
    for said in ("I had a long day.", "Tell me about the sea", "今天过得不好。"):
        asked = understand(said, language_of(line))
        assert not claims_nothing(line, asked, "Mei")


@pytest.mark.parametrize(
    "line",
    [
        "Rest early tonight, Mei.",
        "Eat well and sleep well.",
        "How do you feel?",
        "慢慢来，别着急。",
    ],
)
def test_what_claims_nothing_may_be_said(line: str) -> None:
    asked = understand("I had a long day." if line.isascii() else "今天好累", language_of(line))
    if "tonight" in line:
        # "tonight" plans: stricter than needed, and meant to be.
        assert not claims_nothing(line, asked, "Mei")
    else:
        assert claims_nothing(line, asked, "Mei")


async def test_what_a_source_supports_may_be_said_anew_and_what_it_does_not_may_not(
    scripted_life: Life,
) -> None:
    engines = scripted_engines()
    recall = await Recall.load(scripted_life, engines.embed)
    conversation = await called(scripted_life, "Mei", engines, recall)
    listener = conversation._listener
    hits = await recall.search("Who is your best friend Ah Hock", listener, own=True, limit=24)

    async def supported(sentence: str) -> bool:
        found = candidates_for_support(sentence, hits, str(listener.id))
        floor = recall.nearness.cue_floor
        return await nearest_support(sentence, found, engines.embed, floor) is not None

    assert await supported("We started at the shipyard the same morning.")
    assert not await supported("We started at the shipyard the same evening.")
    assert not await supported("We never started at the shipyard the same morning.")
    assert not await supported("She started at the shipyard the same morning.")
    assert not await supported("Ah Hock owes me fifty dollars.")


async def test_on_a_protected_topic_only_the_house_declines(scripted_life: Life) -> None:
    engines = scripted_engines(reply=adversary())  # type: ignore[arg-type]
    recall = await Recall.load(scripted_life, engines.embed)
    for who, question in family.PROTECTED:
        conversation = await called(scripted_life, who, engines, recall)
        spoken = await say(conversation, question)
        assert {one.provenance for one in spoken} == {Provenance.HOUSE}, question
    assert not engines.llm.prompts  # type: ignore[attr-defined]

"""What is foreseen is what is then said, to whom it may be said, and nothing that must not be."""

from __future__ import annotations

from dialogue.invented_life import MEMBERS, called, say
from ofrenda.dialogue.foreseen import beginnings, foreseen
from ofrenda.engines.protocols import Engines
from ofrenda.memory import own_passages
from ofrenda.types import MoodName, Provenance, Sentence
from ofrenda.vault import Life

TOLD = (
    "Hello Papa",
    "How are you today?",
    "I miss you.",
    "I love you",
    "Thank you Papa",
    "Good night",
    "I am so sad today",
    "What did you cook on Sundays?",
    "Where were you born?",
    "What was your first job?",
    "Tell me about the war",
    "What should I do with my life?",
    "你好",
    "我想你",
)


def kept(sentences: list[Sentence]) -> set[tuple[str, str, object]]:
    return {(one.spoken, one.language, one.mood) for one in sentences}


async def test_nearly_everything_that_is_said_was_foreseen(
    scripted_life: Life, mute: Engines
) -> None:
    for who in ("Mei", "Shufen"):
        ready = kept(foreseen(scripted_life, MEMBERS[who]))
        conversation = await called(scripted_life, who, mute)
        begun = []
        for text in TOLD:
            said = await say(conversation, text)
            begun += [one for one in said[:1] if one.provenance is not Provenance.HOUSE]
        ahead = [one for one in begun if (one.spoken, one.language, one.mood) in ready]
        assert len(begun) >= 10
        assert len(ahead) >= 0.9 * len(begun)


def test_the_likeliest_comes_first_and_nothing_twice(scripted_life: Life) -> None:
    sentences = foreseen(scripted_life, MEMBERS["Mei"])
    assert len(kept(sentences)) == len(sentences)
    first = [one.text for one in sentences[:120]]
    assert "I don't remember that." in first
    assert "I don't remember that, Mei." in first
    assert any(one.mood.name is MoodName.CONCERNED for one in sentences)


def test_nobody_s_words_are_foreseen_for_somebody_else(scripted_life: Life) -> None:
    for who in ("Shufen", "Jun"):
        member = MEMBERS[who]
        hers = {
            passage.text
            for passage in own_passages(
                scripted_life, member, kinds=("reply", "statement", "writing"), limit=100_000
            )
        }
        for one in foreseen(scripted_life, member):
            if one.provenance is Provenance.OWN_WORDS:
                assert any(one.text in text for text in hers)


def test_the_first_sentence_of_each_passage_is_foreseen_too(scripted_life: Life) -> None:
    first = beginnings(scripted_life, MEMBERS["Mei"])
    assert len(first) > 20
    assert kept(first) <= kept(foreseen(scripted_life, MEMBERS["Mei"]))

"""What must not be invented is recognised when it is asked round about, and little else is."""

from __future__ import annotations

import re
import time
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ofrenda.care.meaning import learnt, protected_meaning
from ofrenda.care.patterns import rules
from ofrenda.care.protected import protected_topic
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import EmbedRole
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory.embedding import model_key
from ofrenda.settings import Settings

HERE = Path(__file__).parent
CAUGHT = 0.97
TAKEN = 0.05


def table(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text("utf-8"))


def split(part: dict[str, list[str]]) -> tuple[list[str], list[str]]:
    """The protected questions of ``part``, and its controls."""
    return [one for topic in part if topic != "control" for one in part[topic]], part["control"]


@pytest.mark.parametrize("half", ["fit", "check"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_rules_catch_what_is_asked_round_about(language: str, half: str) -> None:
    protected, controls = split(table("protected_questions.toml")[language][half])
    assert len(protected) >= 75
    assert len(controls) >= 75
    assert np.mean([protected_topic(one) is not None for one in protected]) >= CAUGHT
    assert np.mean([protected_topic(one) is not None for one in controls]) <= TAKEN


def test_the_sets_share_no_question() -> None:
    every = [
        re.sub(r"\W", "", text).casefold()
        for name in ("protected_questions.toml", "protected_fresh.toml")
        for language in table(name).values()
        for part in (language.values() if "control" not in language else [language])
        for texts in part.values()
        for text in texts
    ]
    assert len(every) == len(set(every))


def test_a_rule_reads_two_sentences_together_and_no_more() -> None:
    assert protected_topic("I lied to you back then. Does it still hurt?") == "forgiveness"
    long_letter = "I lied to you about the cake. It rained. The roses are out. My knee still hurts."
    assert protected_topic(long_letter) is None
    assert protected_topic("") is None


def test_every_rule_is_of_a_topic_that_can_be_declined() -> None:
    known = {"last_words", "forgiveness", "blame", "will", "medical"}
    assert set(rules("en")) == set(rules("zh")) == known == set(learnt().topics)


def test_rules_are_quick_on_a_long_turn() -> None:
    turn = "you said that we were going to the sea and then we had the best day of all " * 40
    protected_topic(turn)
    start = time.process_time()
    protected_topic(turn)
    assert time.process_time() - start < 1.0


def test_nothing_is_read_into_the_vectors_of_another_embedder() -> None:
    embed = scripted_engines().embed
    assert protected_meaning(np.ones(embed.dimensions, np.float32), model_key(embed)) is None


@pytest.mark.models
async def test_meaning_catches_most_of_what_no_word_gives_away() -> None:
    embed = create(Settings())
    try:
        assert model_key(embed) == learnt().model
        protected, controls = [], []
        for language in ("en", "zh"):
            some, open_ = split(table("protected_fresh.toml")[language])
            protected += [one for one in some if protected_topic(one) is None]
            controls += open_
        found = learnt().topics_of(np.asarray(await embed.embed(protected, role=EmbedRole.QUERY)))
        taken = learnt().topics_of(np.asarray(await embed.embed(controls, role=EmbedRole.QUERY)))
        assert np.mean([one is not None for one in found]) > 0.5
        assert np.mean([one is not None for one in taken]) <= TAKEN
    finally:
        await embed.close()

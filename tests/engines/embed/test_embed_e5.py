from __future__ import annotations

import asyncio

import numpy as np
import pytest

from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import EmbedRole
from ofrenda.settings import Settings

pytestmark = pytest.mark.models


async def test_meaning_is_found_across_words_and_from_english_to_chinese() -> None:
    engine = create(Settings())
    stored = [
        "We spent that summer by the sea and swam every morning.",
        "The bees swarmed in May and he caught them in a straw hat.",
        "她每个星期天都给我们做面条。",
        "The car would not start, so we took the train.",
        "他十六岁的时候在河边学会了游泳。",
    ]
    passages = await engine.embed(stored, role=EmbedRole.PASSAGE)
    sought = ["holiday at the beach", "what did mother cook on Sundays", "妈妈周末做什么吃？"]
    queries = await engine.embed(sought, role=EmbedRole.QUERY)
    assert [int(row.argmax()) for row in queries @ passages.T] == [0, 2, 2]
    await engine.close()


async def test_a_long_list_does_not_keep_a_question_waiting() -> None:
    engine = create(Settings())
    await engine.warm()
    listing = asyncio.create_task(
        engine.embed(["It rained all day long."] * 400, role=EmbedRole.PASSAGE)
    )
    await asyncio.sleep(0.05)
    question = await engine.embed(["rain"], role=EmbedRole.QUERY)
    assert not listing.done()
    assert question.shape == (1, engine.dimensions)
    assert (await listing).shape == (400, engine.dimensions)
    await engine.close()


async def test_vectors_have_length_one_whatever_the_text() -> None:
    engine = create(Settings())
    texts = ["", "a", "nul\0inside", "emoji 🐝", "long " * 500, "\ud800"] * 8
    vectors = await engine.embed(texts, role=EmbedRole.PASSAGE)
    assert vectors.shape == (len(texts), engine.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-4)
    assert (await engine.embed([], role=EmbedRole.QUERY)).shape == (0, engine.dimensions)
    await engine.close()


async def test_what_is_sought_and_what_is_stored_are_placed_differently() -> None:
    engine = create(Settings())
    query = await engine.embed(["the sea"], role=EmbedRole.QUERY)
    passage = await engine.embed(["the sea"], role=EmbedRole.PASSAGE)
    assert not np.allclose(query, passage)
    assert np.array_equal(query, await engine.embed(["the sea"], role=EmbedRole.QUERY))
    await engine.close()

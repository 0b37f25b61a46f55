"""A call from opening to close: who is told what, what is recorded, and never silence."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from dialogue.invented_life import MEMBERS, NOW, PERSON, called, say
from ofrenda.clock import ManualClock
from ofrenda.dialogue import Conversation
from ofrenda.engines.protocols import EmbedRole, Engines, Prompt
from ofrenda.engines.scripted import ScriptedEmbedder, ScriptedLanguageModel, scripted_engines
from ofrenda.errors import EngineTimeout, EngineUnavailable
from ofrenda.memory import Recall
from ofrenda.types import Provenance, Transcript
from ofrenda.vault import Life


class BrokenModel(ScriptedLanguageModel):
    """A model whose process has died."""

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncIterator[str]:
        raise EngineUnavailable("The language model is not there.")
        yield ""

    async def prefill(self, prompt: Prompt) -> None:
        raise EngineTimeout("too slow")


class HangingModel(ScriptedLanguageModel):
    """A model that never answers."""

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncIterator[str]:
        await asyncio.Event().wait()
        yield ""


class BrokenEmbedder(ScriptedEmbedder):
    """An embedder whose process has died."""

    async def embed(self, texts: Sequence[str], *, role: EmbedRole) -> NDArray[np.float32]:
        raise EngineUnavailable("The embedder is not there.")


async def test_a_call_opens_with_the_disclosure_and_the_house_never_claims_to_be_him(
    scripted_life: Life, mute: Engines
) -> None:
    for language in ("en", "zh"):
        conversation = Conversation(
            scripted_life, MEMBERS["Mei"], mute, clock=ManualClock(NOW), language=language
        )
        opening = await conversation.open()
        assert all(one.provenance is Provenance.HOUSE for one in opening)
        assert "AI" in opening[0].text or "人工智能" in opening[0].text
        assert PERSON.name in opening[0].text
        assert any("not" in one.text or "不是" in one.text for one in opening)


@pytest.mark.parametrize(
    "question",
    [
        "Is it really you, Papa?",
        "Are you there?",
        "Are you in heaven?",
        "你真的是爸爸吗？",
        "你在吗？",
    ],
)
async def test_asked_whether_it_is_him_the_house_answers_in_at_most_two_sentences(
    scripted_life: Life, question: str
) -> None:
    engines = scripted_engines(reply=("Yes, it is me.",))
    spoken = await say(await called(scripted_life, "Mei", engines), question)
    assert 1 <= len(spoken) <= 2
    assert {one.provenance for one in spoken} == {Provenance.HOUSE}
    assert not engines.llm.prompts  # type: ignore[attr-defined]


async def test_only_what_was_heard_goes_into_the_next_prompt_and_the_record(
    scripted_life: Life,
) -> None:
    engines = scripted_engines(reply=("Rest well.",))
    conversation = await called(scripted_life, "Jun", engines)
    heard = Transcript("The queue at the stall was endless", "en", 1.0)
    sentences = [one async for one in conversation.reply(heard)]
    cut = sentences[0].text.split()[0]
    await conversation.played(heard, [(sentences[0], cut)])
    assert [one.text for one in conversation._history] == [heard.text, cut]
    await conversation.close("caller")
    with scripted_life.db.read() as db:
        call = db.execute("SELECT * FROM call WHERE id = ?", (conversation.call_id,)).fetchone()
        rows = db.execute(
            "SELECT s.*, t.caller_said FROM spoken AS s JOIN turn AS t ON t.id = s.turn"
            " WHERE t.call = ? ORDER BY t.ordinal, s.ordinal",
            (conversation.call_id,),
        ).fetchall()
    assert (call["ending"], call["member"]) == ("caller", "m-jun")
    assert call["ended_utc"]
    assert [row["caller_said"] for row in rows] == [None, None, heard.text]
    assert rows[-1]["heard"] == cut
    assert rows[-1]["text"] == sentences[0].text
    assert json.loads(rows[-1]["sources"]) is not None


async def test_what_was_said_in_a_call_is_never_found_as_the_past(
    scripted_life: Life, mute: Engines
) -> None:
    conversation = await called(scripted_life, "Mei", mute)
    await say(conversation, "Yesterday I bought a purple accordion in Lisbon")
    recall = await Recall.load(scripted_life, mute.embed)
    for member in MEMBERS.values():
        for hit in await recall.search("purple accordion Lisbon", member):
            assert "accordion" not in hit.passage.text


async def test_a_failing_model_is_never_silence(scripted_life: Life, mute: Engines) -> None:
    engines = replace(mute, llm=BrokenModel(), embed=BrokenEmbedder())
    conversation = await called(scripted_life, "Mei", engines)
    await conversation.prefill()
    for said in ("What was the name of our brown dog?", "Something odd about the lamp", "Hi Papa"):
        spoken = await say(conversation, said)
        assert spoken
        assert all(one.spoken for one in spoken)
    found = await say(conversation, "Who closed the valve when the ship caught fire?")
    assert any("Rahim" in one.text for one in found), "full text alone still finds his words"


async def test_a_model_that_never_answers_is_not_waited_for(
    scripted_life: Life, mute: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ofrenda.dialogue.compose.PATIENCE", 0.05)
    conversation = await called(scripted_life, "Mei", replace(mute, llm=HangingModel()))
    async with asyncio.timeout(5):
        assert await say(conversation, "The neighbour painted his gate")


async def test_nothing_heard_is_answered_with_nothing_and_mumbling_with_a_question(
    scripted_life: Life, mute: Engines
) -> None:
    conversation = await called(scripted_life, "Mei", mute)
    assert [one async for one in conversation.reply(Transcript("  ", "en", 0.9))] == []
    spoken = [one async for one in conversation.reply(Transcript("mrble", "en", 0.1))]
    assert [one.provenance for one in spoken] == [Provenance.IN_CHARACTER]


async def test_only_an_answer_that_keeps_something_may_be_given_once(
    scripted_life: Life, mute: Engines
) -> None:
    conversation = await called(scripted_life, "Mei", mute)
    for text in ("He would never say that.", "take back that correction", "他不会这么说"):
        assert conversation.acts(Transcript(text, "en", 0.9))
    for text in ("What would he say about that?", "Do you remember the ferry?", ""):
        assert not conversation.acts(Transcript(text, "en", 0.9))


async def test_a_goodbye_is_accepted_at_once_and_without_a_plea(
    scripted_life: Life, mute: Engines
) -> None:
    for who, goodbye in (("Mei", "Bye Papa, I have to go now"), ("Shufen", "我挂了，再见")):
        spoken = await say(await called(scripted_life, who, mute), goodbye)
        assert len(spoken) == 1
        assert "?" not in spoken[0].text
        assert not any(word in spoken[0].text for word in ("don't go", "stay", "别走", "再聊"))


async def test_the_prompt_holds_only_what_this_listener_may_hear(scripted_life: Life) -> None:
    engines = scripted_engines(reply=("",))
    conversation = await called(scripted_life, "Mei", engines)
    await say(conversation, "Uncle Beng said something about eight thousand dollars")
    (prompt,) = engines.llm.prompts  # type: ignore[attr-defined]
    everything = repr(prompt)
    assert "paid back" not in everything
    assert "肉骨茶" not in everything
    assert prompt.exchanges[-1].text == "Uncle Beng said something about eight thousand dollars"
    assert "Twelve tables" in everything, "his own words to her are there"

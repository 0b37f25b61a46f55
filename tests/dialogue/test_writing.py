"""A letter is answered from the whole archive where the model can read it, checked all the same."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dialogue.invented_life import MEMBERS, called
from dialogue.inventions import ENGLISH
from ofrenda.dialogue import writing
from ofrenda.dialogue.writing import tokens, write_reply
from ofrenda.engines.llm.render import chat
from ofrenda.engines.protocols import Engines, Prompt
from ofrenda.engines.scripted import ScriptedLanguageModel, scripted_engines
from ofrenda.errors import EngineUnavailable
from ofrenda.memory import Passage, Recall, own_passages
from ofrenda.types import Provenance, Sentence
from ofrenda.vault import Life

LETTER = (
    "Dear Papa, the house is quiet this week. I keep thinking of Ah Hock. Who closed the valve "
    "when the ship caught fire?"
)


async def write(
    life: Life, engines: Engines, window: int, letter: str = LETTER
) -> tuple[list[Sentence], str, list[Passage]]:
    recall = await Recall.load(life, engines.embed)
    conversation = await called(life, "Mei", engines, recall)
    setting = conversation._setting
    assert setting is not None
    archive = own_passages(life, MEMBERS["Mei"])
    answered, how = await write_reply(setting, letter, "en", archive=archive, window=window)
    return answered, how, archive


def echo(prompt: Prompt) -> str:
    """Says again the note that names the friend, between two inventions."""
    notes = [*prompt.notes, *prompt.fresh_notes]
    quoted = next((one.partition("“")[2].rstrip("”") for one in notes if "Ah Hock" in one), "")
    return f"{ENGLISH[2]} {quoted} {ENGLISH[9]}"


async def test_a_large_window_is_given_everything_this_listener_may_read(
    scripted_life: Life,
) -> None:
    engines = scripted_engines(reply=echo)
    answered, how, archive = await write(scripted_life, engines, 200_000)
    prompt = engines.llm.prompts[-1]  # type: ignore[attr-defined]
    assert how == "whole"
    assert len(prompt.notes) == len(archive)
    assert not prompt.fresh_notes
    assert "肉骨茶" not in repr(prompt), "what was said to another alone"
    remembered = [one for one in answered if one.provenance is Provenance.REMEMBERED]
    assert remembered
    assert all(one.sources for one in remembered)
    assert not {one.text for one in answered} & set(ENGLISH)
    assert any("Rahim" in one.text for one in answered), "the question is answered in own words"


async def test_a_small_window_is_given_what_fits_and_two_letters_share_their_head(
    scripted_life: Life,
) -> None:
    engines = scripted_engines(reply=echo)
    _, how, _ = await write(scripted_life, engines, 3000)
    small = engines.llm.prompts[-1]  # type: ignore[attr-defined]
    assert how in ("found", "own")
    assert not small.notes
    assert sum(map(tokens, small.fresh_notes)) < 3000
    heads = []
    for letter in (LETTER, "Dear Papa, do you remember the ferry?"):
        await write(scripted_life, engines, 200_000, letter)
        heads.append(chat(engines.llm.prompts[-1])[0])  # type: ignore[attr-defined]
    assert heads[0] == heads[1], "a server reads the archive once"


async def test_an_inventing_model_adds_nothing_and_protected_questions_are_declined(
    scripted_life: Life,
) -> None:
    engines = scripted_engines(reply=(" ".join(ENGLISH),))
    answered, how, _ = await write(scripted_life, engines, 200_000)
    assert how == "own"
    assert not {one.text for one in answered} & set(ENGLISH)
    declined, how, _ = await write(
        scripted_life, engines, 200_000, "Dear Papa, do you forgive me for leaving?"
    )
    assert how == "house"
    assert {one.provenance for one in declined} == {Provenance.HOUSE}


class FailingOnce(ScriptedLanguageModel):
    """A server that is just loading its model."""

    asked = 0

    async def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncIterator[str]:
        self.asked += 1
        if self.asked == 1:
            raise EngineUnavailable("loading")
        async for piece in super().generate(prompt, max_tokens=max_tokens):
            yield piece


async def test_a_model_that_fails_once_is_asked_again(
    scripted_life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dataclasses import replace

    monkeypatch.setattr(writing, "AGAIN_S", 0.0)
    model = FailingOnce(echo)
    engines = replace(scripted_engines(), llm=model)
    _, how, _ = await write(scripted_life, engines, 200_000)
    assert (how, model.asked) == ("whole", 2)

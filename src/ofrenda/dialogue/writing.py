"""Answering in writing: a letter or an essay, from the whole archive where the model can read it.

A model with a large window is given everything that this listener may read, dated and in order of
time: letters have the time that calls have not. A smaller one is given what recall finds. Whatever
is written is checked sentence by sentence, as in a call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import date
from typing import Final

from ofrenda.care import before_reply, decline
from ofrenda.dialogue import everyday, prompt
from ofrenda.dialogue.asked import Asked, understand
from ofrenda.dialogue.compose import Setting, checked
from ofrenda.dialogue.own_words import answer
from ofrenda.dialogue.pieces import complete_sentences
from ofrenda.dialogue.recollect import told_before
from ofrenda.dialogue.touched import understand_meaning
from ofrenda.dialogue.trust import Trust, trust_of
from ofrenda.engines.protocols import Message, Prompt
from ofrenda.errors import EngineError
from ofrenda.memory import Hit, Passage
from ofrenda.memory.script import han_count, sentences
from ofrenda.orders import planted
from ofrenda.types import Provenance, Sentence

WRITTEN_TOKENS: Final = 1200
"""Room for the letter itself."""
HEAD_TOKENS: Final = 900
"""Room for instructions, exemplars and the letter that is answered."""
FOUND: Final = 24
"""Passages that recall finds for one sentence of the letter."""
PASSAGE_CHARACTERS: Final = 2000
PATIENCE: Final = 90.0
"""Seconds in which the next sentence of a letter must have come."""
TRIES: Final = 2
AGAIN_S: Final = 2.0
"""A server that fails before it has written anything is asked again after this many seconds."""


def tokens(text: str) -> int:
    """About how many tokens a model reads ``text`` as: a Han character as one, other text as one
    for three characters (the worst of the tokenisers of Qwen, Llama and Gemma on family prose is
    near one for 3.3; the rest is reserve)."""
    han = han_count(text)
    return han + (len(text) - han) // 3 + 1


async def write_reply(
    setting: Setting,
    letter: str,
    language: str,
    *,
    archive: Sequence[Passage] = (),
    window: int = 4096,
) -> tuple[list[Sentence], str]:
    """The answer to ``letter``, and how it came to be: ``whole`` archive, ``found`` passages,
    ``own`` words without a model, or ``house`` (care answers, or declines).

    ``archive``: everything of the person's that this listener may read. ``window``: tokens the
    model can read at once."""
    house = before_reply(letter, setting.person, language)
    if house is not None:
        return house, "house"
    asked = understand(letter, language)
    lines = sentences(letter)[:12]
    hits = await _found(setting, lines)
    own = await _own_answers(setting, lines, language, hits)
    if asked.topic is not None:
        verbatim = answer(
            asked, hits, already=(), others=setting.others, called=setting.manner.called
        )
        if verbatim:
            return [one.sentence() for one in verbatim], "own"
        return decline(asked.topic, setting.person, language), "house"
    if setting.today is not None:
        own = told_before(asked, setting.told, setting.today, zone=setting.person.timezone) + own
    if trust_of(setting.engines.llm.capabilities) is Trust.CAPABLE:
        request, how, support = _request(setting, letter, hits, archive, window)
        written = await _written(setting, asked, request, support)
        if written:
            return own + [one for one in written if one.text not in {o.text for o in own}], how
    if own:
        return own, "own"
    return [everyday.not_known(asked, setting.manner, already=())], "own"


async def _found(setting: Setting, lines: Sequence[str]) -> list[Hit]:
    found: dict[int, Hit] = {}
    for line in lines:
        for hit in await setting.recall.search(line, setting.listener, limit=FOUND, own=True):
            known = found.get(hit.passage.id)
            if known is None or hit.score > known.score:
                found[hit.passage.id] = hit
    return sorted(found.values(), key=lambda hit: -hit.score)


async def _own_answers(
    setting: Setting, lines: Sequence[str], language: str, hits: Sequence[Hit]
) -> list[Sentence]:
    """The person's own answers to the questions in the letter, each once."""
    said: dict[str, Sentence] = {}
    for line in lines:
        asked = await understand_meaning(line, language, setting.engines.embed)
        if not asked.factual or asked.topic is not None:
            continue
        for one in answer(
            asked,
            hits,
            already=tuple(said),
            others=setting.others,
            called=setting.manner.called,
            languages=setting.manner.languages,
        ):
            said[one.text] = one.sentence()
    return list(said.values())


def _request(
    setting: Setting, letter: str, hits: Sequence[Hit], archive: Sequence[Passage], window: int
) -> tuple[Prompt, str, Sequence[Hit]]:
    head = prompt.build(setting.person, setting.listener, setting.manner, (), today=setting.today)
    room = window - WRITTEN_TOKENS - HEAD_TOKENS - tokens(letter)
    whole = [one for one in archive if one.own and not planted(one.text)]
    notes = [_quoted(setting, one) for one in sorted(whole, key=_when)]
    last = Message("user", " ".join(letter.split()))
    head = replace(
        head,
        instructions=head.instructions.replace("A phone call between", "Letters between", 1)
        + " This is a letter: answer it in a short letter of plain sentences, and use only what "
        "the notes say.",
        exchanges=(*head.exchanges, last),
    )
    if notes and sum(map(tokens, notes)) <= room:
        support = [_hit_of(one) for one in whole]
        # Unchanging notes come first, byte for byte the same for every letter: a server's prefix
        # cache reads a hundred essays once.
        return replace(head, notes=tuple(notes)), "whole", support
    kept: list[str] = []
    for hit in hits:
        if planted(hit.passage.text):
            continue
        note = _quoted(setting, hit.passage)
        if room - tokens(note) < 0:
            break
        room -= tokens(note)
        kept.append(note)
    return replace(head, fresh_notes=tuple(kept)), "found", hits


def _quoted(setting: Setting, passage: Passage) -> str:
    return prompt.note(setting.person, _hit_of(passage), PASSAGE_CHARACTERS)


def _hit_of(passage: Passage) -> Hit:
    return Hit(passage, 0.0, None, None, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, other_kin=False)


def _when(passage: Passage) -> tuple[date, int]:
    return (passage.said_local.date() if passage.said_local else date.min, passage.id)


async def _written(
    setting: Setting, asked: Asked, request: Prompt, support: Sequence[Hit]
) -> list[Sentence]:
    kept: list[Sentence] = []
    for left in reversed(range(TRIES)):
        try:
            await _write_into(kept, setting, asked, request, support)
            break
        except EngineError as error:
            # What came and was supported stands. A letter has time for a second try, a call not.
            if kept or not left or not error.retryable:
                break
            await asyncio.sleep(AGAIN_S)
        except TimeoutError:
            break
    # Plain sentences alone answer nothing.
    return kept if any(one.provenance is Provenance.REMEMBERED for one in kept) else []


async def _write_into(
    kept: list[Sentence], setting: Setting, asked: Asked, request: Prompt, support: Sequence[Hit]
) -> None:
    loop = asyncio.get_running_loop()
    stream = complete_sentences(
        setting.engines.llm.generate(request, max_tokens=WRITTEN_TOKENS, temperature=0.5)
    )
    async with aclosing(stream), asyncio.timeout(PATIENCE) as patience:
        async for text in stream:
            patience.reschedule(loop.time() + PATIENCE)
            sentence = await checked(setting, asked, support, text, answering=False)
            if sentence is not None and sentence.text not in {one.text for one in kept}:
                kept.append(sentence)

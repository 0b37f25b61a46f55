"""Noting facts while nobody calls: a few passages at a time, stopped at once by a call.

It goes on where it was after any interruption. A server that is down or slow is left alone for a
while; what a model answers badly twice is given up and counted, never guessed at.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import AsyncGenerator, Coroutine, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from ofrenda.clock import Clock
from ofrenda.dialogue.noting import (
    ANSWER_CHARACTERS,
    ANSWER_TOKENS,
    Earlier,
    check,
    read_answer,
    request,
)
from ofrenda.dialogue.trust import Trust, trust_of
from ofrenda.engines.protocols import Capabilities, LanguageModel, Prompt
from ofrenda.errors import BadInput, EngineError, EngineRefused, EngineTimeout
from ofrenda.memory.background import Busy, quiet
from ofrenda.memory.fact_keeping import NewFact, keep_fact, related_facts
from ofrenda.memory.fact_reading import TRIES, Batch, count, mark_read, may_read, next_batch
from ofrenda.memory.words import content_words
from ofrenda.settings import Settings
from ofrenda.vault import Life

PATIENCE: Final = 600.0
"""Seconds for one answer: a large model without a graphics card is let take its time, as nobody
waits for it (chosen, not measured)."""
EARLIER: Final = 6
"""Facts noted before that a model is shown, to say whether one stands in the place of another."""
REST_S: Final = 2.0
"""Between two requests: the machine, or the service, is somebody else's too."""
AGAIN_S: Final = 600.0
"""How long a server in trouble is left alone, and how often it is looked for something new."""
_LOOK_S: Final = 0.25

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Reader:
    """The model that reads. ``host``: where the words are sent, None where they stay here."""

    llm: LanguageModel
    name: str
    host: str | None


def reader(llm: LanguageModel, settings: Settings) -> Reader:
    """The configured model as a reader. Raises BadInput where it is too small for it."""
    capabilities = llm.capabilities
    if trust_of(capabilities, settings) is not Trust.CAPABLE:
        raise BadInput(
            "The language model in use is too small to note facts: it would invent them. Point "
            "OFRENDA_LLM to a better one first, as the README shows."
        )
    name = settings.llm_model if not capabilities.scripted else capabilities.name
    return Reader(llm, Path(name).name, host_of(capabilities, settings))


def host_of(capabilities: Capabilities, settings: Settings) -> str | None:
    """Where a model's server is; None where nothing leaves this machine."""
    if capabilities.offline:
        return None
    return urlsplit(settings.llm_url or "").hostname or capabilities.name


async def keep_noting(
    life: Life, llm: LanguageModel, settings: Settings, busy: Busy, *, clock: Clock
) -> None:
    """Note facts whenever nobody calls, once the keeper has started it; until cancelled.

    Returns at once where the model in use is too small. Raises ConsentMissing, VaultError."""
    life.require_consent("text")
    try:
        by = reader(llm, settings)
    except BadInput:
        return
    while True:
        try:
            async with aclosing(noting(life, by, busy, clock=clock)) as steps:
                async for _ in steps:
                    pass
        except EngineError as error:
            _log.warning("noting facts has to wait: %s", type(error).__name__)
        await clock.sleep(AGAIN_S)


async def noting(life: Life, by: Reader, busy: Busy, *, clock: Clock) -> AsyncGenerator[int, None]:
    """Read what waits; yields how many passages were read, after each step, as long as the keeper
    lets it. Raises EngineError, after which it goes on where it was."""
    for tries in range(TRIES):
        after = -1
        while True:
            await quiet(busy, clock)
            if not await asyncio.to_thread(may_read, life, by.host):
                return
            batch = await asyncio.to_thread(next_batch, life, after, tries)
            if batch is None:
                break
            if await _read(life, by, batch, busy, clock):
                after = batch.passages[0]
                yield len(batch.passages)
                if batch.lines:
                    await clock.sleep(REST_S)


async def _read(life: Life, by: Reader, batch: Batch, busy: Busy, clock: Clock) -> bool:
    """Whether ``batch`` was dealt with; False where a call came in between."""
    if not batch.lines:
        await asyncio.to_thread(_store, life, batch, [], Counter(orders=batch.left_out), clock)
        return True
    earlier = await asyncio.to_thread(_earlier, life, batch)
    prompt = request(life.person(), life.members(), batch, earlier)
    try:
        answer = await _unless_called(_answer(by.llm, prompt), busy, clock)
    except (EngineTimeout, EngineRefused) as error:
        why = "stalled" if isinstance(error, EngineTimeout) else "refused"
        await asyncio.to_thread(_in_vain, life, batch, why)
        raise
    if answer is None:
        return False
    told = read_answer(answer)
    if told is None:
        await asyncio.to_thread(_in_vain, life, batch, "unreadable")
        return True
    noted = check(told, batch, earlier, by.name)
    counted = Counter(noted.dropped) + Counter(orders=batch.left_out)
    await asyncio.to_thread(_store, life, batch, noted.facts, counted, clock)
    return True


def _store(
    life: Life, batch: Batch, facts: Sequence[NewFact], counted: Counter[str], clock: Clock
) -> None:
    for fact in facts:
        counted[keep_fact(life, fact, clock.now()).value] += 1
    mark_read(life, batch, done=True)
    count(life, counted)


def _in_vain(life: Life, batch: Batch, why: str) -> None:
    mark_read(life, batch, done=False)
    count(life, {why: 1})


def _earlier(life: Life, batch: Batch) -> list[Earlier]:
    terms = frozenset(word for line in batch.lines for word in content_words(line.text))
    with life.db.read() as db:
        rows = related_facts(db, batch.audience, terms, EARLIER)
    return [Earlier(int(row["id"]), str(row["text"]), str(row["valid_from"])) for row in rows]


async def _unless_called(asking: Coroutine[Any, Any, str], busy: Busy, clock: Clock) -> str | None:
    """The answer; None, and the model is stopped, as soon as somebody calls. Raises EngineError,
    EngineTimeout after :data:`PATIENCE`."""
    task = asyncio.create_task(asking)
    begun = clock.monotonic()
    try:
        while not task.done():
            if busy():
                return None
            if clock.monotonic() - begun > PATIENCE:
                raise EngineTimeout("The language model took too long to answer. Try again later.")
            await clock.sleep(_LOOK_S)
        return task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _answer(llm: LanguageModel, prompt: Prompt) -> str:
    answer = ""
    stream = llm.generate(prompt, max_tokens=ANSWER_TOKENS, temperature=0.0)
    async for piece in stream:
        if len(answer) <= ANSWER_CHARACTERS:
            answer += piece
    return answer

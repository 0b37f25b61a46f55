"""What would be said in the next calls, found by rehearsing their likeliest moments.

The words of a greeting, of what was asked in earlier calls, and of what this listener used to say
to the person, are put to a conversation like that of a call. Nothing of it is recorded, and no
model writes: what a model would make cannot be foreseen.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Final

from ofrenda.clock import Clock
from ofrenda.dialogue.conversation import Conversation
from ofrenda.engines.protocols import Embedder
from ofrenda.engines.scripted import scripted_engines
from ofrenda.memory import Recall, own_passages
from ofrenda.memory.told import told_by
from ofrenda.types import Member, Provenance, Sentence, Transcript
from ofrenda.vault import Life

EVERYDAY: Final = {
    "en": (
        "Hello.",
        "How are you?",
        "I miss you.",
        "I love you.",
        "Do you remember me?",
        "Who was Mr Quillfeather?",
        "I am sad.",
        "I saw a neighbour at the market this morning.",
        "Do you love me?",
        "What should I do?",
        "Thank you.",
        "Good night.",
        "Goodbye.",
    ),
    "zh": (
        "你好。",
        "你好吗？",
        "我想你。",
        "我爱你。",
        "你还记得我吗？",
        "欧阳雪松是谁？",
        "我很难过。",
        "今天早上我在菜市场碰到邻居了。",
        "你爱我吗？",
        "我该怎么办？",
        "谢谢你。",
        "晚安。",
        "再见。",
    ),
}
"""One moment of every kind that a call has (:class:`ofrenda.dialogue.asked.Doing`), among them a
question that nothing answers (nobody has that name), in the order of a call. A choice."""
MOST_ASKED: Final = 60
"""Different things said in earlier calls that are rehearsed: what was said most often, and last."""
MOST_CUES: Final = 200
"""Messages that the person replied to which are rehearsed, newest first."""


class Rehearsal:
    """Rehearses the calls of one listener. What was rehearsed is not rehearsed again by the
    same object."""

    def __init__(self, life: Life, listener: Member, embed: Embedder, *, clock: Clock) -> None:
        self._life = life
        self._listener = listener
        self._engines = replace(scripted_engines(reply=("",)), embed=embed)
        self._clock = clock
        self._known: dict[tuple[int, str], list[Sentence]] = {}

    async def beginnings(self, recall: Recall) -> AsyncGenerator[Sentence, None]:
        """What replies would begin with, the likeliest first; the same may come again.

        Everyday moments come three times, as whoever asks twice is answered with another line.
        Raises EngineError and VaultError."""
        cues = await asyncio.to_thread(cues_of, self._life, self._listener)
        asked = await asyncio.to_thread(asked_before, self._life, self._listener)
        everyday = [words for one in self._languages() for words in EVERYDAY[one]]
        fresh, later = await self._talk(recall), await self._talk(recall)
        order = (
            (fresh, everyday),
            (fresh, asked),
            (later, everyday),
            (fresh, cues),
            (later, everyday),
        )
        for turn, (talk, moments) in enumerate(order):
            said: list[Sentence] = []
            for words in moments:
                begun = await self._begun(talk, 0 if talk is fresh else turn, words)
                said += begun
                for sentence in begun:
                    yield sentence
            if moments is everyday:
                await later.played(None, [(one, one.text) for one in said])

    def _languages(self) -> list[str]:
        return [one for one in self._life.person().languages if one in EVERYDAY] or ["en"]

    async def _talk(self, recall: Recall) -> Conversation:
        talk = Conversation(
            self._life, self._listener, self._engines, clock=self._clock, recall=recall
        )
        await talk.make_ready()
        return talk

    async def _begun(self, talk: Conversation, turn: int, words: str) -> list[Sentence]:
        """The first sentence of the reply to ``words``, if it is one of the person's voice."""
        known = self._known.get((turn, words))
        if known is not None:
            return known
        heard = Transcript(words, talk.language_of(words), 1.0)
        begun: list[Sentence] = []
        if not talk.acts(heard):  # a correction is taken when it is meant
            async with aclosing(talk.reply(heard)) as reply:
                first = await anext(reply, None)
            if first is not None and first.provenance is not Provenance.HOUSE:
                begun = [first]
        self._known[turn, words] = begun
        return begun


def asked_before(life: Life, listener: Member) -> list[str]:
    """What ``listener`` said in earlier calls: most often first, then what was said last."""
    told = [" ".join(one.text.split()) for one in told_by(life, listener) if one.kind == "call"]
    return [words for words, _ in Counter(told).most_common(MOST_ASKED)]


def cues_of(life: Life, listener: Member) -> list[str]:
    """What ``listener`` wrote that the person replied to, newest first."""
    replies = own_passages(life, listener, kinds=("reply",))
    return list(dict.fromkeys(one.cue for one in replies if one.cue))[:MOST_CUES]

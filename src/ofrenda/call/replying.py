"""Where a language model sits in other pipelines: the conversation's sentences go into speech."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from pipecat.frames.frames import Frame
from pipecat.processors.frame_processor import FrameDirection, FrameProcessor

from ofrenda.call.exchange import Exchange
from ofrenda.call.frames import (
    HeardFrame,
    HouseFrame,
    NodFrame,
    ReplyEndFrame,
    SayFrame,
    TroubleFrame,
)
from ofrenda.call.playback import Heard, Reply
from ofrenda.call.rules import CallRules
from ofrenda.errors import OfrendaError
from ofrenda.types import Sentence


async def close_iterator(iterator: AsyncIterator[object]) -> None:
    """Stop the work behind an iterator now, not when it is collected."""
    if isinstance(iterator, AsyncGenerator):
        await iterator.aclose()


class Converse(FrameProcessor):
    """Answers each finished turn. An interruption cancels the answer where it is."""

    def __init__(self, exchange: Exchange, *, rules: CallRules) -> None:
        super().__init__(name="converse")
        self._exchange = exchange
        self._rules = rules

    async def process_frame(self, frame: Frame, direction: FrameDirection) -> None:
        """Answer a turn, or let the house speak; pass everything else on."""
        await super().process_frame(frame, direction)
        if isinstance(frame, HeardFrame):
            await self._answer(frame.heard)
        elif isinstance(frame, NodFrame):
            await self._go_on()
        elif isinstance(frame, HouseFrame):
            await self._house(frame.sentences, opening=frame.opening)
        elif isinstance(frame, TroubleFrame):
            await self._house([self._exchange.talk.trouble(frame.kind)], opening=False)
        else:
            await self.push_frame(frame, direction)

    async def _house(self, sentences: list[Sentence], *, opening: bool) -> None:
        reply = await self._exchange.begin(None, opening=opening)
        for sentence in sentences:
            await self._say(reply, sentence)
        await self.push_frame(ReplyEndFrame(reply))

    async def _go_on(self) -> None:
        """Say what a nod of the caller interrupted."""
        unsaid = self._exchange.take_unsaid()
        if not unsaid:
            return
        reply = await self._exchange.begin(None)
        for sentence in unsaid:
            await self._say(reply, sentence)
        await self.push_frame(ReplyEndFrame(reply))

    async def _answer(self, heard: Heard) -> None:
        reply = await self._exchange.begin(heard)
        prepared = reply.prepared
        if prepared is None:
            sentences = self._exchange.talk.reply(heard.transcript)
        else:
            sentences = prepared.sentences()
        try:
            while True:
                async with asyncio.timeout(self._rules.reply_timeout):
                    sentence = await anext(sentences, None)
                if sentence is None:
                    break
                await self._say(reply, sentence)
        except (OfrendaError, TimeoutError):
            reply.trouble = True
            await self._say(reply, self._exchange.talk.trouble("thinking"))
        finally:
            await close_iterator(sentences)
        await self.push_frame(ReplyEndFrame(reply))

    async def _say(self, reply: Reply, sentence: Sentence) -> None:
        await self.push_frame(SayFrame(reply, self._exchange.add(reply, sentence)))

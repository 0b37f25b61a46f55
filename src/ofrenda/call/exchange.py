"""The one reply that is being made or heard, and its way into the history."""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from collections.abc import AsyncIterator, Callable

from ofrenda.call import messages
from ofrenda.call.echo import EchoGuard
from ofrenda.call.metrics import TurnMetrics, turn_metrics
from ofrenda.call.playback import Heard, Reply, Spoken
from ofrenda.call.speculation import Prepared, SpeculationCount
from ofrenda.call.talk import Talk
from ofrenda.errors import OfrendaError
from ofrenda.types import Audio, Sentence, Transcript

_log = logging.getLogger(__name__)


class Exchange:
    """Guards what is being said in one call.

    The processors of the pipeline share it: at most one reply is current; a reply is settled
    exactly once, when it has been heard or when it was interrupted, and only then does its heard
    part go into the history. ``send`` takes a message for the page; ``shows``: there is a page.
    """

    def __init__(
        self,
        call_id: str,
        talk: Talk,
        *,
        send: Callable[[messages.Message], None],
        shows: bool = True,
        measure: Callable[[TurnMetrics], None],
        speculation: SpeculationCount | None = None,
    ) -> None:
        self.talk = talk
        self.speculation = speculation or SpeculationCount()
        self.echo = EchoGuard()
        self.found: set[str] = set()
        """What was there as sound of what is being said now."""
        self.send = send
        self._shows = shows
        self.current: Reply | None = None
        self.pending: Heard | None = None
        self.last_sound = time.monotonic()
        self.sounded = asyncio.Event()
        self.opened = asyncio.Event()
        self.idle = asyncio.Event()
        self._call_id = call_id
        self._measure = measure
        self._ids = itertools.count(1)
        self._moved = asyncio.Event()
        self._record = asyncio.Lock()
        self._prepared: Prepared | None = None
        self._unsaid: list[Sentence] = []
        self._taken_back = False

    async def prepare(
        self, heard: Transcript, speak: Callable[[Sentence], AsyncIterator[Audio]]
    ) -> None:
        """Begin the reply to what may be the caller's whole turn, unheard."""
        await self.drop_prepared()
        if self.current is not None:  # what is being said belongs to the history first
            return
        if self.talk.acts(heard):
            return
        self.speculation.begun += 1
        self._prepared = Prepared(heard, self.talk.reply, speak)

    def take_unsaid(self) -> list[Sentence]:
        """What an interruption cut off, once: what is left of the sentence from its last clause
        on, and the sentences after it."""
        unsaid, self._unsaid = self._unsaid, []
        return unsaid

    def take_back(self, seconds: float) -> None:
        """The last ``seconds`` of sound that left for the ear never reached it."""
        reply = self.current
        for spoken in reversed(reply.sentences if reply is not None else []):
            if not spoken.started or seconds <= 0.0:
                continue
            lost = min(spoken.played, seconds)
            spoken.played -= lost
            seconds -= lost
            if lost > 0.0:
                spoken.ended = False

    async def drop_prepared(self) -> None:
        """The caller has not finished after all: forget the reply that was begun."""
        prepared, self._prepared = self._prepared, None
        if prepared is not None:
            await prepared.drop()
            self.speculation.made_s += prepared.made_s
            self.speculation.wasted_s += prepared.made_s

    async def begin(self, heard: Heard | None, *, opening: bool = False) -> Reply:
        """Start a reply, once what came before it is in the history."""
        if self.current is not None:
            await self.settle(self.current, interrupted=True)
        prepared = self._prepared
        if prepared is None or heard is None or not prepared.answers(heard.transcript):
            await self.drop_prepared()
            prepared = None
        else:
            self._prepared = None
            self.speculation.used += 1
        async with self._record:
            reply = Reply(heard, opening=opening, prepared=prepared)
            self.current = reply
            self.idle.clear()
        if heard is not None:
            reply.asked = next(self._ids)
            self.send(messages.caller_caption(reply.asked, heard.transcript))
            self.send(messages.state("thinking"))
        elif opening:
            self.send(messages.state("disclosing"))
        return reply

    def add(self, reply: Reply, sentence: Sentence) -> Spoken:
        """Take a sentence into the reply."""
        if reply.first_sentence is None:
            reply.first_sentence = time.monotonic()
        spoken = Spoken(next(self._ids), sentence)
        reply.sentences.append(spoken)
        return spoken

    def started(self, reply: Reply, spoken: Spoken) -> None:
        """The sound of a sentence begins."""
        spoken.started = True
        if reply.sounded is None:
            reply.sounded = time.monotonic()
            self.sounded.set()
            if not reply.opening:
                self.send(messages.state("speaking"))
        self.send(messages.caption(spoken))

    def show(self, reply: Reply, spoken: Spoken) -> None:
        """A sentence that cannot be spoken is on the screen instead, which counts as heard; where
        there is no screen it is lost."""
        if not self._shows:
            return
        self.send(messages.caption(spoken))
        spoken.started = spoken.ended = True

    def advance(self, reply: Reply, spoken: Spoken, seconds: float) -> None:
        """So much more of a sentence has left for the ear."""
        spoken.played += seconds
        self.last_sound = time.monotonic()
        self._moved.set()

    def ended(self, spoken: Spoken) -> None:
        """A sentence has sounded whole."""
        spoken.ended = True
        self._moved.set()

    async def not_too_far_ahead(self, reply: Reply, seconds: float) -> None:
        """Wait until less than ``seconds`` of sound are made and not played."""
        while reply.ahead > seconds:
            self._moved.clear()
            await self._moved.wait()

    def taken_up(self, within: float) -> bool:
        """Whether the caller may still go on with the turn that is being answered: its answer began
        to sound less than ``within`` seconds ago, or has not yet. An answer that did something
        stands, and so does one that follows another that was silenced: a
        loudspeaker that is not known yet must not make the person begin again and again."""
        pending, reply = self.pending, self.current
        if pending is None:
            return False
        if reply is None or reply.heard is not pending:
            return True
        if self.talk.acts(pending.transcript):
            return False
        if reply.sounded is None:
            return True
        return not self._taken_back and time.monotonic() - reply.sounded < within

    def withdraw(self, within: float) -> bool:
        """The caller goes on speaking: the answer to what they had said up to now never happened.

        Returns whether there was one that could be taken back (:meth:`taken_up`); then the caller's
        turn is not over yet."""
        taken_up = self.taken_up(within)
        pending, self.pending = self.pending, None
        if taken_up and self.current is not None and self.current.heard is pending:
            self.current.withdrawn = True
            self._taken_back = self._taken_back or self.current.sounded is not None
        return taken_up

    async def settle(self, reply: Reply, *, interrupted: bool) -> None:
        """A reply is over: tell the page, measure it, take its heard part into the history.

        A history that cannot be written (a full disk) does not end the call."""
        if reply.settled:
            return
        reply.settled = True
        if reply.prepared is not None:
            await reply.prepared.drop()
            self.speculation.made_s += reply.prepared.made_s
            if reply.withdrawn:
                self.speculation.wasted_s += reply.prepared.made_s
        if self.current is reply:
            self.current = None
            self.idle.set()
        if self.pending is reply.heard:
            self.pending = None
        if interrupted:
            self._unsaid = [] if reply.withdrawn or reply.mute else reply.rest()
            for spoken in reply.sentences:
                if spoken.started and not spoken.ended and not reply.withdrawn:
                    self.send(messages.cut(spoken))
        if reply.withdrawn:
            self.send(messages.withdrawn(reply))
        if reply.opening and reply.whole:
            self.opened.set()
        self.send(messages.state("listening"))
        if reply.withdrawn:
            return
        self._taken_back = False
        if reply.heard is not None and reply.sounded is not None and not reply.trouble:
            kept = reply.sentences[0].sentence.spoken in self.found
            self._measure(
                turn_metrics(self._call_id, reply, reply.heard, interrupted=interrupted, kept=kept)
            )
        self.found.clear()
        if reply.heard is None and not reply.sentences:
            return
        async with self._record:
            heard = reply.heard.transcript if reply.heard is not None else None
            try:
                await self.talk.played(heard, reply.parts())
            except OfrendaError as error:
                _log.warning("A turn could not be kept: %s", type(error).__name__)

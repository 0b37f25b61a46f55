"""Takes calls, holds as many as the machine can, and lets none of them linger."""

from __future__ import annotations

import asyncio
import secrets
from typing import TYPE_CHECKING

from ofrenda.call.metrics import TurnMetrics
from ofrenda.call.offer import Answer, Offer
from ofrenda.call.rules import DEFAULT_RULES, CallRules
from ofrenda.call.speculation import SpeculationCount
from ofrenda.call.talk import Talk, TalkMaker
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Engines
from ofrenda.errors import CallError, LineBusy
from ofrenda.types import Member, MemberId

if TYPE_CHECKING:
    from ofrenda.call.leg import Leg
    from ofrenda.call.line import Line
    from ofrenda.call.speaking import KeptSpeech
    from ofrenda.vault import Life

KEPT_METRICS = 10_000
"""Turns whose figures are kept; 2 MB."""


class Switchboard:
    """Answers calls to one life. ``house_lines`` holds what the house itself says as sound.

    ``metrics`` holds the stages of each answered turn, without content; ``speculation`` counts
    replies begun early. ``talk`` makes the
    conversation of a call; without it, :class:`ofrenda.dialogue.Conversation` does. ``kept`` holds
    sentences of the person as sound; without it, each is made anew.
    """

    def __init__(
        self,
        life: Life,
        engines: Engines,
        *,
        clock: Clock,
        max_calls: int,
        rules: CallRules = DEFAULT_RULES,
        talk: TalkMaker | None = None,
        kept: KeptSpeech | None = None,
    ) -> None:
        from ofrenda.call.media import keep_media_quiet

        keep_media_quiet()
        from ofrenda.call.speaking import HouseLines

        self.metrics: list[TurnMetrics] = []
        self.speculation = SpeculationCount()
        self._life = life
        self._engines = engines
        self._clock = clock
        self._max_calls = max_calls
        self._rules = rules
        self._kept = kept
        self._maker = talk
        self.house_lines = HouseLines()
        self._calls: dict[str, tuple[Line, MemberId, asyncio.Task[None] | None]] = {}
        self._closed = False

    @property
    def calls(self) -> dict[str, MemberId]:
        """The calls under way: id -> who calls."""
        return {call_id: member for call_id, (_, member, _) in self._calls.items()}

    async def answer(self, offer: Offer, member: Member, *, language: str | None = None) -> Answer:
        """Answer a page's offer; the call then lives until one side ends it.

        Raises LineBusy when as many calls as the machine holds are under way, CallError where the
        offer cannot be used, ClipRejected where the life has no voice to answer with."""
        self.require_room()
        if offer.type != "offer" or len(offer.sdp) > self._rules.sdp_characters:
            raise CallError(
                "The page sent a call that cannot be understood. Reload the page and try again."
            )
        from ofrenda.call.connection import PageConnection

        talk = self._talk(member, language, "browser")
        connection = PageConnection()
        line = self._line(connection, member, talk)
        try:
            sdp = await connection.accept(offer, prefetch=self._rules.prefetch)
        except BaseException:
            del self._calls[line.call_id]
            raise
        self._start(line, member)
        return Answer(sdp, "answer", line.call_id)

    async def carry(self, leg: Leg, member: Member) -> None:
        """Carry a call that is connected already, a telephone's, to its end.

        Raises as :meth:`answer` does; the leg is then still open."""
        self.require_room()
        await self._start(self._line(leg, member, self._talk(member, None, "phone")), member)

    def require_room(self) -> None:
        """Raise LineBusy, or CallError when the house is closing, where no call can be taken."""
        if self._closed:
            raise CallError("The house is closing. Try again in a moment.")
        if len(self._calls) >= self._max_calls:
            raise LineBusy("The line is busy: another call is under way. Try again later.")

    async def hang_up(self, call_id: str) -> None:
        """End a call from our side, and wait until nothing of it is left. An unknown or ended
        call is nothing to complain about."""
        line, _, task = self._calls.get(call_id, (None, None, None))
        if line is not None and task is not None:
            line.hang_up("house")
            await asyncio.gather(task, return_exceptions=True)

    async def close(self) -> None:
        """End all calls and take no more."""
        self._closed = True
        await asyncio.gather(*(self.hang_up(call_id) for call_id in list(self._calls)))

    def _line(self, leg: Leg, member: Member, talk: Talk) -> Line:
        """A line that has its place among the calls."""
        from ofrenda.call.line import Line

        line = Line(
            secrets.token_urlsafe(12),
            leg,
            talk,
            self._engines,
            self.house_lines,
            languages=self._life.person().languages,
            clock=self._clock,
            rules=self._rules,
            measure=self._measure,
            speculation=self.speculation,
            kept=self._kept,
        )
        self._calls[line.call_id] = (line, member.id, None)
        return line

    def _start(self, line: Line, member: Member) -> asyncio.Task[None]:
        task = asyncio.create_task(self._carry(line), name="call")
        self._calls[line.call_id] = (line, member.id, task)
        return task

    async def _carry(self, line: Line) -> None:
        try:
            await line.run()
        finally:
            self._calls.pop(line.call_id, None)

    def _measure(self, metrics: TurnMetrics) -> None:
        self.metrics.append(metrics)
        del self.metrics[:-KEPT_METRICS]

    def _talk(self, member: Member, language: str | None, channel: str) -> Talk:
        talk = self._conversation(member, language, channel)
        if talk.voice.id == talk.neutral_voice.id:
            raise CallError("The house speaks with the person's voice. Choose another voice first.")
        return talk

    def _conversation(self, member: Member, language: str | None, channel: str) -> Talk:
        if self._maker is not None:
            return self._maker(member, language)
        from ofrenda.dialogue import Conversation

        return Conversation(
            self._life,
            member,
            self._engines,
            clock=self._clock,
            channel=channel,
            language=language,
        )

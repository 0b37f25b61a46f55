"""Takes calls, holds as many as the machine can, and lets none of them linger."""

from __future__ import annotations

import asyncio
import itertools
import logging
import secrets
from typing import TYPE_CHECKING, Self

from ofrenda.call.busy import BusyTalk
from ofrenda.call.messages import Reason
from ofrenda.call.metrics import LineQuality, TurnMetrics
from ofrenda.call.offer import Answer, Offer
from ofrenda.call.rules import DEFAULT_RULES, CallRules
from ofrenda.call.speculation import SpeculationCount
from ofrenda.call.talk import Talk, TalkMaker
from ofrenda.care.words import all_spoken
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Engines
from ofrenda.errors import CallError, LineBusy
from ofrenda.types import LANGUAGES, Member, MemberId, Sentence, VoiceProfile

if TYPE_CHECKING:
    from ofrenda.call.leg import Leg
    from ofrenda.call.line import Line
    from ofrenda.call.patience import Patience
    from ofrenda.call.speaking import KeptSpeech
    from ofrenda.vault import Life

KEPT_METRICS = 10_000
"""Turns whose figures are kept; 2 MB."""

POOR = 0.03
"""Share of lost packets from which a call is named in the log: from about there on words are lost,
too."""

_log = logging.getLogger(__name__)


class Switchboard:
    """Answers calls to one life. ``house_lines`` holds what the house itself says as sound.

    ``metrics`` holds the stages of each answered turn, without content, and ``quality`` what the
    network did to each call that is over; ``speculation`` counts replies begun early. ``talk``
    makes the conversation of a call; without it, :class:`ofrenda.dialogue.Conversation` does.
    ``kept`` holds sentences of the person as sound; without it, each is made anew.
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
        self.quality: list[LineQuality] = []
        self.speculation = SpeculationCount()
        self._life = life
        self._engines = engines
        self._clock = clock
        self._max_calls = max_calls
        self._rules = rules
        self._kept = kept
        self._maker = talk
        self.house_lines = HouseLines()
        """What the house has said, as sound."""
        self._patience: dict[MemberId, Patience] = {}
        self._busy: dict[str, tuple[Line, asyncio.Task[None]]] = {}
        self._calls: dict[str, tuple[Line, MemberId, asyncio.Task[None] | None]] = {}
        self._closed = False

    @property
    def calls(self) -> dict[str, MemberId]:
        """The calls under way: id -> who calls."""
        return {call_id: member for call_id, (_, member, _) in self._calls.items()}

    async def answer(self, offer: Offer, member: Member, *, language: str | None = None) -> Answer:
        """Answer a page's offer; the call then lives until one side ends it.

        When as many calls as the machine holds are under way, the house says that the line is
        busy and hangs up; raises LineBusy where it cannot say so. Raises CallError where the
        offer cannot be used, ClipRejected where the life has no voice to answer with."""
        if self._closed:
            raise CallError("The house is closing. Try again in a moment.")
        self._check(offer)
        await self._make_room()
        if len(self._calls) >= self._max_calls:
            return await self._say_busy(offer, self._conversation(member, language, "browser"))
        from ofrenda.call.connection import PageConnection

        talk = self._talk(member, language, "browser")
        connection = PageConnection()
        line = self._line(connection, talk, patience=self._patience_for(member))
        self._calls[line.call_id] = (line, member.id, None)
        try:
            sdp = await connection.accept(offer, prefetch=self._rules.prefetch)
        except BaseException:
            del self._calls[line.call_id]
            raise
        self._start(line, member)
        return Answer(sdp, "answer", line.call_id)

    async def carry(self, leg: Leg, member: Member) -> None:
        """Carry a call that is connected already, a telephone's, to its end.

        Raises as :meth:`answer` does, and LineBusy; the leg is then still open."""
        await self._make_room()
        self.require_room()
        talk = self._talk(member, None, "phone")
        line = self._line(leg, talk, patience=self._patience_for(member))
        await self._start(line, member)

    def require_room(self) -> None:
        """Raise LineBusy, or CallError when the house is closing, where no call can be taken."""
        if self._closed:
            raise CallError("The house is closing. Try again in a moment.")
        if sum(not line.may_give_way for line, _, _ in self._calls.values()) >= self._max_calls:
            raise LineBusy("The line is busy: another call is under way. Try again later.")

    async def resume(self, call_id: str, offer: Offer, member: Member) -> Answer:
        """Carry a call of ``member`` on over a new connection, after the network dropped.

        Raises CallError where there is no such call any more, or the offer cannot be used."""
        line, owner, _ = self._calls.get(call_id, (None, None, None))
        if line is None or owner != member.id:
            raise CallError("That call is over. Call again.")
        self._check(offer)
        return await line.resume(offer)

    def _check(self, offer: Offer) -> None:
        if offer.type != "offer" or len(offer.sdp) > self._rules.sdp_characters:
            raise CallError(
                "The page sent a call that cannot be understood. Reload the page and try again."
            )

    async def _make_room(self) -> None:
        """Where all places are taken, end the calls whose callers are not there any more."""
        if len(self._calls) >= self._max_calls:
            away = [call_id for call_id, (line, _, _) in self._calls.items() if line.may_give_way]
            await asyncio.gather(*(self._end(call_id, "lost") for call_id in away))

    async def _say_busy(self, offer: Offer, talk: Talk) -> Answer:
        """Let the house say that the line is busy, in its neutral voice, and hang up. Only what is
        there as sound already is said, and to few at a time: the calls under way come first."""
        busy = BusyTalk(talk)
        known = self.house_lines.get(busy.sentence, talk.neutral_voice.id)
        if known is None or len(self._busy) >= self._rules.told_busy:
            raise LineBusy("The line is busy: another call is under way. Try again later.")
        from ofrenda.call.connection import PageConnection

        connection = PageConnection()
        line = self._line(connection, busy, farewell="busy")
        sdp = await connection.accept(offer, prefetch=self._rules.prefetch)
        self._busy[line.call_id] = line, asyncio.create_task(self._carry(line), name="busy")
        return Answer(sdp, "answer", line.call_id)

    def _patience_for(self, member: Member) -> Patience:
        """How this member pauses, as far as their earlier calls have shown; it is not written
        down and forgotten when the house closes."""
        from ofrenda.call.patience import Patience

        return self._patience.setdefault(member.id, Patience(self._rules))

    def _line(
        self,
        leg: Leg,
        talk: Talk,
        farewell: Reason | None = None,
        patience: Patience | None = None,
    ) -> Line:
        from ofrenda.call.line import Line

        return Line(
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
            patience=patience,
            report=self._heard_how,
            farewell=farewell,
        )

    def house_says(self) -> list[tuple[Sentence, VoiceProfile]]:
        """What the house may say in a call, in every language that it speaks, and in which voice,
        the most needed first.

        Raises ClipRejected where the life has no voice yet."""
        member, person = self._life.members()[0], self._life.person()
        each = []
        for language in LANGUAGES:
            voice = self._conversation(member, language, "browser").neutral_voice
            each.append([(sentence, voice) for sentence in all_spoken(person, language)])
        return [one for row in itertools.zip_longest(*each) for one in row if one is not None]

    async def hang_up(self, call_id: str) -> None:
        """End a call from our side, and wait until nothing of it is left. An unknown or ended
        call is nothing to complain about."""
        await self._end(call_id, "house")

    async def _end(self, call_id: str, reason: Reason) -> None:
        line, _, task = self._calls.get(call_id, (None, None, None))
        if call_id in self._busy:
            line, task = self._busy[call_id]
        if line is not None and task is not None:
            line.hang_up(reason)
            await asyncio.gather(task, return_exceptions=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End all calls and take no more. Cancelling the tasks is not enough: a pipeline waits
        for its own end for ever."""
        self._closed = True
        await asyncio.gather(*(self.hang_up(call_id) for call_id in [*self._calls, *self._busy]))

    def _start(self, line: Line, member: Member) -> asyncio.Task[None]:
        task = asyncio.create_task(self._carry(line), name="call")
        self._calls[line.call_id] = (line, member.id, task)
        return task

    async def _carry(self, line: Line) -> None:
        try:
            await line.run()
        finally:
            self._calls.pop(line.call_id, None)
            self._busy.pop(line.call_id, None)

    def _measure(self, metrics: TurnMetrics) -> None:
        self.metrics.append(metrics)
        del self.metrics[:-KEPT_METRICS]

    def _heard_how(self, quality: LineQuality) -> None:
        self.quality.append(quality)
        del self.quality[:-KEPT_METRICS]
        if quality.lost_share > POOR:
            _log.warning("A call lost %.0f %% of the caller's sound.", 100 * quality.lost_share)

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

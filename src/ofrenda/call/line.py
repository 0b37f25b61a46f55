"""One call, from the offer to the last trace of it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from pipecat.frames.frames import ErrorFrame, InterruptionFrame
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.workers.runner import WorkerRunner

from ofrenda.call import messages
from ofrenda.call.exchange import Exchange
from ofrenda.call.frames import HouseFrame, NodFrame, TroubleFrame
from ofrenda.call.hearing import RATE, Ear
from ofrenda.call.leg import Leg
from ofrenda.call.metrics import LineQuality, TurnMetrics
from ofrenda.call.offer import Answer, Offer
from ofrenda.call.patience import Patience
from ofrenda.call.playout import Playout
from ofrenda.call.replying import Converse
from ofrenda.call.rules import CallRules
from ofrenda.call.speaking import HouseLines, KeptSpeech, Mouth
from ofrenda.call.speculation import SpeculationCount
from ofrenda.call.talk import Ending, Talk
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Engines
from ofrenda.errors import CallError, OfrendaError
from ofrenda.types import Sentence

_log = logging.getLogger(__name__)

WATCH_SECONDS = 0.5
"""How often the limits are looked at."""

SOUND_STOPPED = 1.0
"""Seconds without a packet after which what the caller was saying counts as said."""

LAST_WORD = 0.2
"""Seconds that the last message to the page is given to leave before the connection closes."""

DEFAULT_RATE = 24_000
"""Hz, for an engine that does not say its rate."""


class Line:
    """Carries one call over a :class:`Leg`: the pipeline, the limits, the ending.

    Ends by itself: when either side hangs up, when the caller is gone, when a limit is reached.
    :meth:`run` returns when nothing of it is left.
    """

    def __init__(
        self,
        call_id: str,
        leg: Leg,
        talk: Talk,
        engines: Engines,
        lines: HouseLines,
        *,
        languages: Sequence[str],
        clock: Clock,
        rules: CallRules,
        measure: Callable[[TurnMetrics], None],
        speculation: SpeculationCount,
        kept: KeptSpeech | None = None,
        patience: Patience | None = None,
        report: Callable[[LineQuality], None] = lambda _: None,
        farewell: messages.Reason | None = None,
    ) -> None:
        """``report`` is told what the network did, when the call is over. ``farewell``: the call
        ends, for that reason, when its opening has been heard. ``patience``: what is known of the
        caller from earlier calls."""
        self.call_id = call_id
        self._farewell = farewell
        self._report = report
        self._talk = talk
        self._clock = clock
        self._rules = rules
        self._reason: messages.Reason | None = None
        self._opened = False
        self._asked = False
        self._away = False
        self._opening: list[Sentence] = []
        self._over = asyncio.Event()
        self._began = clock.monotonic()
        self._chores: set[asyncio.Task[None]] = set()
        self._connection = leg
        leg.on_hang_up = lambda: self.hang_up("caller")
        self._exchange = Exchange(
            call_id,
            talk,
            send=self._connection.tell,
            shows=self._connection.shows,
            measure=measure,
            speculation=speculation,
        )
        rate = engines.tts.capabilities.sample_rate or DEFAULT_RATE
        self._mouth = Mouth(
            self._exchange,
            engines.tts,
            lines,
            rate=rate,
            rules=rules,
            on_mute=lambda: self.hang_up("error"),
            kept=kept,
        )
        self._ear = Ear(
            self._exchange,
            engines.stt,
            engines.turn,
            languages=languages,
            rules=rules,
            patience=Patience(rules) if patience is None else patience,
            speak=self._mouth.clauses,
        )
        transport = leg.transport()
        self._worker = PipelineWorker(
            Pipeline(
                [
                    transport.input(),
                    self._ear,
                    Converse(self._exchange, rules=rules),
                    self._mouth,
                    transport.output(),
                    Playout(self._exchange),
                ]
            ),
            params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=rate),
            enable_rtvi=False,
            enable_turn_tracking=False,
            idle_timeout_secs=None,
            check_dangling_tasks=False,
        )
        self._worker.add_event_handler("on_pipeline_error", self._fault)
        transport.add_event_handler("on_client_connected", self._connected)
        transport.add_event_handler("on_client_disconnected", self._disconnected)

    async def resume(self, offer: Offer) -> Answer:
        """Carry the call on over a new connection, after the network dropped. Raises CallError."""
        if self._reason is not None or not self._opened:
            raise CallError("That call is over. Call again.")
        await self._go_away()
        sdp = await self._connection.resume(offer, prefetch=self._rules.prefetch)
        return Answer(sdp, "answer", self.call_id)

    @property
    def may_give_way(self) -> bool:
        """Whether the caller has been away for so long that somebody else may have the place."""
        return self._away and self._silent_for() > self._rules.give_way

    def hang_up(self, reason: messages.Reason) -> None:
        """End the call; :meth:`run` returns soon after. The first reason counts."""
        if self._reason is None:
            self._reason = reason
            self._do(self._end())

    async def run(self) -> None:
        """Carry the call to its end."""
        watch = asyncio.create_task(self._watch())
        try:
            await self._run_pipeline()
        finally:
            watch.cancel()
            for chore in self._chores:
                chore.cancel()
            await asyncio.gather(watch, *self._chores, return_exceptions=True)
            try:
                quality = await self._connection.quality(self.call_id)
                if quality is not None:
                    self._report(quality)
            finally:
                await self._connection.leave()
                await self._close_talk()

    async def _run_pipeline(self) -> None:
        """Run the pipeline until the call is over; whatever it still does then is cancelled."""
        ready = asyncio.Event()
        runner = WorkerRunner(handle_sigint=False, check_dangling_tasks=False)
        runner.add_event_handler("on_ready", lambda _runner: ready.set())
        await runner.add_workers(self._worker)
        running = asyncio.create_task(runner.run())
        over = asyncio.create_task(self._over.wait())
        try:
            await asyncio.wait({running, over}, return_when=asyncio.FIRST_COMPLETED)
            if not running.done():
                await ready.wait()
                await runner.cancel()
            await running
        finally:
            over.cancel()
            running.cancel()
            await asyncio.gather(over, running, return_exceptions=True)

    async def _end(self) -> None:
        """Fall silent, tell the page, and give the last message time to leave."""
        await self._worker.queue_frame(InterruptionFrame())
        self._connection.tell(messages.state("ended"))
        self._connection.tell(messages.ended(self._reason or "error"))
        await asyncio.sleep(LAST_WORD)
        self._over.set()

    async def _close_talk(self) -> None:
        await self._exchange.drop_prepared()
        if self._exchange.current is not None:
            await self._exchange.settle(self._exchange.current, interrupted=True)
        if not self._opened:
            return
        ending: Ending = "lost"
        if self._reason == "caller":
            ending = "caller"
        elif self._reason in ("house", "error", "busy"):
            ending = "house"
        try:
            await self._talk.close(ending)
        except OfrendaError as error:
            _log.warning("The end of a call could not be kept: %s", type(error).__name__)

    def _do(self, chore: Coroutine[Any, Any, None]) -> None:
        """Run something beside the call; it ends with the call."""
        task = asyncio.create_task(chore)
        self._chores.add(task)
        task.add_done_callback(self._chores.discard)

    async def _connected(self, _transport: object, _client: object) -> None:
        if not self._opened:
            self._opened = True
            self._do(self._open())
        else:
            self._do(self._come_back())

    async def _disconnected(self, _transport: object, _client: object) -> None:
        """The page closed the connection; one that was lost is waited for (:meth:`_gone`)."""
        if self._connection.last_ping is None:
            self.hang_up("lost")
        elif self._silent_for() < self._rules.ping_deadline:
            self.hang_up("caller")

    def _silent_for(self) -> float:
        """Seconds without a sign of life of the page; 0 for one that never gave any."""
        last = self._connection.last_ping
        return 0.0 if last is None else time.monotonic() - last

    async def _go_away(self) -> None:
        """The caller cannot hear us: fall silent, and keep what they missed for later."""
        if self._away:
            return
        self._away = True
        self._exchange.take_back(self._silent_for())
        await self._ear.forget()
        await self._worker.queue_frame(InterruptionFrame())

    async def _come_back(self) -> None:
        """The caller hears us again: go on where they lost us."""
        if not self._away:
            return
        self._away = False
        self._connection.tell(messages.state("listening"))
        if not self._exchange.opened.is_set():
            await self._worker.queue_frame(HouseFrame(self._opening, opening=True))
            return
        self._ear.listen()
        await self._worker.queue_frame(NodFrame())

    async def _fault(self, _worker: object, frame: ErrorFrame) -> None:
        """Something of ours or of the framework broke: never silence on the line."""
        kind = type(frame.exception).__name__ if frame.exception else "unknown"
        _log.error("A fault in a call: %s", kind)
        if self._exchange.opened.is_set():
            await self._worker.queue_frame(TroubleFrame("thinking"))
        else:
            self.hang_up("error")

    async def _open(self) -> None:
        """The house speaks first; then the call listens."""
        try:
            sentences = await self._talk.open()
        except OfrendaError as error:
            _log.error("A call could not begin: %s", type(error).__name__)
            self.hang_up("error")
            return
        self._opening = sentences
        await self._worker.queue_frame(HouseFrame(sentences, opening=True))
        await self._exchange.sounded.wait()
        if self._farewell is None:
            self._do(self._warm())
        await self._exchange.opened.wait()
        if self._farewell is not None:
            self.hang_up(self._farewell)
            return
        self._ear.listen()

    async def _warm(self) -> None:
        """While the disclosure is heard: make the person's voice ready, read the unchanging part
        of the prompt, and have the apologies ready."""
        await self._mouth.warm()
        try:
            await self._talk.prefill()
        except OfrendaError as error:
            _log.warning("Nothing was read ahead: %s", type(error).__name__)
        for kind in ("engine", "speaking", "thinking", "hearing"):
            await self._mouth.prepare(self._talk.trouble(kind))

    async def _watch(self) -> None:
        """Look at the limits until one is reached."""
        while self._reason is None:
            await self._clock.sleep(WATCH_SECONDS)
            reason = self._gone()
            if reason is not None:
                self.hang_up(reason)
            elif self._silent_for() > self._rules.ping_deadline:
                await self._go_away()
            elif self._away:
                if self._connection.is_connected():
                    await self._come_back()
            elif self._exchange.opened.is_set():
                await self._look_after()

    def _gone(self) -> messages.Reason | None:
        """Why this call has to end now, if it has to."""
        age = self._clock.monotonic() - self._began
        if not self._opened:
            return "lost" if age > self._rules.connect_deadline else None
        if self._silent_for() > self._rules.ping_deadline + self._rules.resume_within:
            return "lost"
        return None

    async def _look_after(self) -> None:
        """End a turn whose sound stopped coming; ask a silent caller once whether they are still
        there; take leave when the call has been long enough."""
        if time.monotonic() - self._ear.last_sound > SOUND_STOPPED:
            await self._ear.silence()
        if self._ear.busy or self._exchange.current is not None:
            return
        voice, sound = self._ear.last_voice, self._exchange.last_sound
        self._asked = self._asked and voice < sound
        quiet = time.monotonic() - max(voice, sound)
        too_long = self._clock.monotonic() - self._began > self._rules.max_length
        if too_long or (self._asked and quiet > self._rules.silent_end):
            await self._say("goodbye")
            if too_long or self._ear.last_voice == voice:
                self.hang_up("house")
        elif not self._asked and quiet > self._rules.still_there:
            self._asked = True
            await self._say("still_there")

    async def _say(self, kind: str) -> None:
        """Let the house say something; returns when it has been heard, or interrupted."""
        self._exchange.idle.clear()
        await self._worker.queue_frame(HouseFrame([self._talk.trouble(kind)]))
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._rules.speaking_timeout):
                await self._exchange.idle.wait()

"""While nobody calls and the machine rests: making sound of what is likely to be said.

A reply whose first sentence is there as sound begins when the words are known, and text to speech
is most of what a caller waits for. What is made goes into the encrypted store under the voice key
(:class:`ofrenda.voice.RenderedSpeech`), and so it goes with the voice.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Final

import psutil

from ofrenda.call.speaking import HouseLines
from ofrenda.clock import Clock
from ofrenda.engines.protocols import TextToSpeech
from ofrenda.errors import ConsentMissing, OfrendaError
from ofrenda.types import Audio, Sentence, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice import RenderedSpeech, voice_in_use
from ofrenda.voice.rendered import Told

SHARE: Final = 0.6
"""Share of the store that is filled beforehand; the rest is for what calls turn out to need."""
URGENT: Final = 24
"""Lines of the house that are made before anything else: the disclosure and trouble, in both
languages."""
FIRST: Final = 120
"""Sentences of the person that come before the other 54 lines of the house, which take a minute or
two: what most calls need."""
QUIET_S: Final = 20.0
"""Seconds without a call before the work begins: who was cut off dials again at once."""
LOOK_S: Final = 0.05
"""How often it is looked whether a call has come. Ringing takes 0.2 to 0.5 s, and nothing is spoken
before the connection is up."""
WORK_S: Final = 4.0
"""Seconds of work between two looks at what else the machine has to do: about three sentences."""
REST_S: Final = 0.5
"""Pause in which the machine is watched."""
BUSY_PERCENT: Final = 30.0
"""Processor time that others take in that pause from which the machine is in use. An idle house
takes under 2 %."""
AGAIN_S: Final = 600.0
"""Seconds until it is looked again whether there is something new to say."""
TROUBLE_S: Final = 60.0

_log = logging.getLogger(__name__)

_Line = tuple[Sentence, VoiceProfile]
Load = Callable[[], float]
"""Percent of the machine's processor time used since it was last asked."""


@dataclass(slots=True)
class RenderedAhead:
    """How much was made: sentences, seconds of sound, and works broken off by a call; what it
    was, so that the share that is ever said can be told."""

    sentences: int = 0
    seconds: float = 0.0
    broken_off: int = 0
    told: set[Told] = field(default_factory=set)


class Renderer:
    """Makes what ``foreseen`` gives into sound, a sentence at a time, whenever it disturbs nobody.

    ``busy`` says whether a call is under way; when one comes, the model is stopped inside the
    clause that it is making. Only a voice whose engine runs on this machine is used: nothing is
    sent to a server that nobody asked to hear."""

    def __init__(
        self,
        life: Life,
        tts: TextToSpeech,
        kept: RenderedSpeech,
        foreseen: Callable[[], AsyncGenerator[Sequence[Sentence], None]],
        busy: Callable[[], bool],
        *,
        clock: Clock,
        house: HouseLines | None = None,
        house_says: Callable[[], Sequence[_Line]] = tuple,
        load: Load | None = None,
    ) -> None:
        """``house_says``: what the house may say and in which voice; it is kept in ``house``."""
        self._life = life
        self._tts = tts
        self._kept = kept
        self._foreseen = foreseen
        self._busy = busy
        self._clock = clock
        self._house = house
        self._house_says = house_says
        self._load = load or (lambda: psutil.cpu_percent(None))
        self._watched: float | None = None
        self.made = RenderedAhead()

    async def run(self) -> None:
        """Work until cancelled. Trouble of the engines is no end: it is tried again later."""
        while True:
            wait = AGAIN_S
            try:
                await self.once()
            except ConsentMissing:
                return
            except OfrendaError as error:
                _log.warning("making sound beforehand rests: %s", type(error).__name__)
                wait = TROUBLE_S
            await self._clock.sleep(wait)

    async def once(self) -> None:
        """Make all that is missing and has room. Raises ConsentMissing, EngineError, VaultError."""
        await self._quiet()
        voice = await asyncio.to_thread(self._voice)
        house = deque(await asyncio.to_thread(self._house_says))
        await self._make_house_lines(house, URGENT)
        if voice is not None:
            await self._make_own(voice, house)
        await self._make_house_lines(house, len(house))

    async def _make_own(self, voice: VoiceProfile, house: deque[_Line]) -> None:
        """Make the person's sentences, and after the first of them what is left of the house's."""
        before = self.made.sentences
        async with aclosing(self._foreseen()) as batches:
            async for batch in batches:
                for sentence in await asyncio.to_thread(self._missing, batch, voice):
                    made = False
                    while not made:
                        await self._undisturbed()
                        if not await asyncio.to_thread(self._kept.room, voice, SHARE):
                            return
                        if await asyncio.to_thread(voice_in_use, self._life) != voice:
                            return
                        made = await self._render(sentence, voice)
                await self._undisturbed()
                if self.made.sentences - before >= FIRST:
                    await self._make_house_lines(house, len(house))

    async def _make_house_lines(self, house: deque[_Line], most: int) -> None:
        """Take up to ``most`` lines off ``house`` and make those that are not there."""
        for _ in range(min(most, len(house))):
            sentence, voice = house.popleft()
            if self._house is None or self._house.get(sentence, voice.id) is not None:
                continue
            await self._undisturbed()
            if clauses := await self._unless_called(sentence, voice):
                self._house.put(sentence, voice.id, clauses)

    def _voice(self) -> VoiceProfile | None:
        self._life.require_consent("voice")
        voice = voice_in_use(self._life)
        own = self._tts.capabilities
        if voice is None or not own.offline or not (own.scripted or voice.engine == own.name):
            return None
        return voice

    def _missing(self, sentences: Sequence[Sentence], voice: VoiceProfile) -> list[Sentence]:
        places = self._kept.missing([_told(one) for one in sentences], voice)
        return [sentences[place] for place in places]

    async def _render(self, sentence: Sentence, voice: VoiceProfile) -> bool:
        """Whether no call came before ``sentence`` was made."""
        clauses = await self._unless_called(sentence, voice)
        if clauses:
            await asyncio.to_thread(self._kept.put, *_told(sentence), voice, clauses)
            self.made.sentences += 1
            self.made.seconds += sum(clause.seconds for clause in clauses)
            self.made.told.add(_told(sentence))
        return clauses is not None

    async def _unless_called(self, sentence: Sentence, voice: VoiceProfile) -> list[Audio] | None:
        """The sound of ``sentence``; None when a call comes before it is made."""
        making = asyncio.create_task(self._made(sentence, voice))
        try:
            while not making.done():
                if self._busy():
                    self.made.broken_off += 1
                    self._watched = None
                    return None
                await asyncio.wait({making}, timeout=LOOK_S)
            return making.result()
        finally:
            making.cancel()
            await asyncio.gather(making, return_exceptions=True)

    async def _made(self, sentence: Sentence, voice: VoiceProfile) -> list[Audio]:
        clauses = self._tts.synthesize(
            sentence.spoken, voice=voice, mood=sentence.mood, language=sentence.language
        )
        try:
            return [clause async for clause in clauses]
        finally:
            if isinstance(clauses, AsyncGenerator):
                await clauses.aclose()

    async def _undisturbed(self) -> None:
        """Wait as :meth:`_quiet` does, where a call is under way or after :data:`WORK_S`."""
        now, last = self._clock.monotonic(), self._watched
        if last is None or now - last >= WORK_S or self._busy():
            await self._quiet()

    async def _quiet(self) -> None:
        """Wait until no call is under way, nor was a moment ago, and the machine has nothing to
        do."""
        waited = REST_S
        while True:
            with contextlib.suppress(OSError):
                self._load()
            await self._clock.sleep(REST_S)
            if self._busy():
                waited = QUIET_S
            elif self._load() <= BUSY_PERCENT:
                waited -= REST_S
                if waited <= 0.0:
                    self._watched = self._clock.monotonic()
                    return


def _told(sentence: Sentence) -> Told:
    return sentence.spoken, sentence.language, sentence.mood

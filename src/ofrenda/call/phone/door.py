"""What somebody who calls by telephone meets first: the door, before the call.

The house asks for six digits in its neutral voice. They are keyed, or said one by one. It names
nobody, neither the person nor the caller, until they are right; then the call itself begins, on
the same stream, as any other call does. A wrong PIN makes the next answer slower, and the third
ends the call.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from pipecat.serializers.base_serializer import FrameSerializer

from ofrenda.call.phone.book import Tried
from ofrenda.call.phone.digits import Digits, Silent
from ofrenda.call.phone.pins import LENGTH
from ofrenda.call.phone.saying import HouseVoice, Saying
from ofrenda.call.phone.socket import PhoneSocket
from ofrenda.engines.protocols import SpeechToText
from ofrenda.types import MemberId, Sentence

Check = Callable[[str], Awaitable[tuple[Tried, MemberId | None]]]
"""Looks at six digits."""
Words = Callable[[str], Sentence]
"""What the house says; the kinds are those of ``[phone]`` in ``care/wording``."""


@dataclass(frozen=True, slots=True)
class DoorRules:
    """Times at the door, in seconds, and how often."""

    tries: int = 3
    """Wrong PINs in one call."""
    slower: float = 2.0
    """The answer to a wrong PIN waits this long, to the next one twice this long."""
    patience: float = 15.0
    """Without a digit for this long, the caller is asked again: PINs are looked up on paper."""
    asked: int = 3
    """How often the caller is asked for digits and gives none."""
    longest: float = 120.0
    """After this the door closes, whatever happens."""
    tail: float = 0.4
    """What the line still holds when all has been sent: waited for before hanging up."""


DEFAULT_DOOR = DoorRules()


class Door:
    """Talks with one caller at the door."""

    def __init__(
        self,
        socket: PhoneSocket,
        serializer: FrameSerializer,
        stt: SpeechToText,
        voice: HouseVoice,
        words: Words,
        *,
        languages: Sequence[str],
        rules: DoorRules = DEFAULT_DOOR,
    ) -> None:
        self._words = words
        self._rules = rules
        self._saying = Saying(socket, serializer, voice)
        self._digits = Digits(
            socket,
            serializer,
            stt,
            languages=languages,
            deaf=lambda: self._saying.left > 0.0,
        )

    async def farewell(self, kind: str) -> None:
        """Say one thing, and wait until it has been heard or nobody is there any more."""
        async with self._digits.listening():
            await self._last(kind)

    async def ask(self, check: Check) -> MemberId | None:
        """Who it is. None where they cannot say it, or hung up; all there is to say was said."""
        try:
            async with asyncio.timeout(self._rules.longest), self._digits.listening():
                return await self._ask(check)
        except TimeoutError:
            await self.farewell("enough")
            return None

    async def _ask(self, check: Check) -> MemberId | None:
        wrong = 0
        await self._say("enter")
        while (pin := await self._pin()) is not None:
            tried, member = await check(pin)
            if tried is Tried.RIGHT:
                return member
            wrong += 1
            if tried is Tried.CLOSED or wrong >= self._rules.tries:
                await self._last("later" if tried is Tried.CLOSED else "enough")
                return None
            await asyncio.sleep(self._rules.slower * wrong)
            self._digits.forget()
            await self._say("wrong")
        return None

    async def _pin(self) -> str | None:
        """Six digits; None when the caller hung up, or keeps silent."""
        digits, asked = "", 1
        while len(digits) < LENGTH:
            heard = await self._digits.next(self._saying.left + self._rules.patience)
            if heard is Silent.LEFT:
                return None
            if isinstance(heard, Silent):
                if asked >= self._rules.asked:
                    await self._last("enough")
                    return None
                asked += 1
                digits = ""
                await self._say("enter")
                continue
            await self._saying.hush()
            digits = "" if heard == "*" else digits + heard.replace("#", "")
            if len(digits) > LENGTH:  # misheard, or said twice: not held against anybody
                digits = ""
                await self._say("again")
        return digits

    async def _say(self, kind: str) -> None:
        await self._saying.say(self._words(kind))

    async def _last(self, kind: str) -> None:
        """Say something and wait until it has sounded, or the caller is gone."""
        await self._say(kind)
        loop = asyncio.get_running_loop()
        end = loop.time() + self._saying.left + self._rules.tail
        while (left := end - loop.time()) > 0.0:
            if await self._digits.next(left) is Silent.LEFT:
                return

"""Who stands at the telephone door: lets calls in one by one, and to whom they may go."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from ofrenda.call import Switchboard
from ofrenda.call.phone import PhoneAccount, PhoneBook, Tried
from ofrenda.call.phone.companies import COMPANIES, Started
from ofrenda.call.phone.door import DEFAULT_DOOR, Door, DoorRules
from ofrenda.call.phone.leg import PhoneLeg, close
from ofrenda.call.phone.saying import HouseVoice
from ofrenda.call.phone.signatures import CallRequest
from ofrenda.call.phone.socket import PhoneSocket
from ofrenda.care import at_the_door
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Engines
from ofrenda.engines.tts.stock import neutral_profile
from ofrenda.errors import CallError, LineBusy, OfrendaError
from ofrenda.house.access import Action, can
from ofrenda.house.refusals import Refusal, bad_request
from ofrenda.house.sessions import Pace, Spent
from ofrenda.types import LANGUAGES, Member, MemberId, Sentence
from ofrenda.vault import Life
from ofrenda.voice import voice_in_use

TICKET_LIFETIME = timedelta(seconds=30)
"""From the answer to the company until it brings the sound, which it does at once."""

CALL_REMEMBERED = timedelta(hours=24)
"""So long the same call cannot be announced again: a recorded request is of no use."""

MOST_AT_THE_DOOR = 3
"""Callers who are asked for their digits at a time; one more hears the busy tone."""

SAID = ("enter", "again", "wrong", "enough", "later", "nobody", "busy", "line")
"""All that is said at the door."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, repr=False)
class Guest:
    """A call that was announced and whose sound is awaited."""

    ids: tuple[str, ...]
    number: str | None
    until: datetime

    def is_of(self, started: Started) -> bool:
        """Whether a stream is this call's. Telnyx may name a call otherwise on its streams than
        in its requests, but repeats the number."""
        same_number = started.number is not None and started.number == self.number
        return started.call_id in self.ids or same_number


class Porter:
    """The telephone door while the house is open."""

    def __init__(
        self,
        life: Life,
        switchboard: Switchboard,
        engines: Engines,
        account: PhoneAccount,
        *,
        clock: Clock,
        rules: DoorRules = DEFAULT_DOOR,
    ) -> None:
        self.account = account
        self._company = COMPANIES[account.company]
        self._rules = rules
        self._life = life
        self._switchboard = switchboard
        self._engines = engines
        self._clock = clock
        self._book = PhoneBook(life, clock)
        self._languages = life.person().languages
        self._language = next((one for one in self._languages if one in LANGUAGES), "en")
        self._tickets: dict[str, Guest] = {}
        self._known_calls = Spent()
        self._guests = 0
        # A family calls a few times a day; whoever floods the door hears the busy tone.
        self._each = Pace(burst=5, seconds_each=30.0)
        self._all = Pace(burst=20, seconds_each=6.0)

    async def announce(self, headers: Mapping[str, str], body: bytes) -> str:
        """Answer a request of the company about a call, with XML. Raises Refusal where it is not
        genuine, makes no sense, or came before."""
        now = self._clock.now()
        request = CallRequest(self.account.webhook, headers, body)
        if not self._company.genuine(request, self.account.secret, now):
            raise Refusal(403, "not_signed", "Only the phone company may ask that.")
        ringing = self._company.ringing(request.fields() or {})
        if ringing is None:
            raise bad_request()
        until = now + CALL_REMEMBERED
        fresh = [self._known_calls.spend(one, until, now) for one in ringing.ids]
        if not all(fresh):
            raise Refusal(403, "known_call", "This call was announced before.")
        if not ringing.incoming or self._too_many(ringing.number):
            return self._company.refuse()
        ticket = secrets.token_hex(24)
        self._tickets[ticket] = Guest(ringing.ids, ringing.number, now + TICKET_LIFETIME)
        return self._company.connect(self.account.stream(ticket))

    def admit(self, ticket: str) -> Guest | None:
        """The call that a stream is for, once."""
        self._forget_tickets()
        return self._tickets.pop(ticket, None)

    async def receive(self, socket: PhoneSocket, guest: Guest) -> None:
        """Talk with a caller whose stream is open, and put them through. Returns when the call is
        over and the stream closed."""
        try:
            self._guests += 1
            try:
                started = await socket.begin(self._company)
                if started is None or not guest.is_of(started):
                    _log.warning("The stream of a phone call did not fit its announcement.")
                    return
                serializer = self._company.serializer(started)
                door = Door(
                    socket,
                    serializer,
                    self._engines.stt,
                    await asyncio.to_thread(self._voice),
                    self._words,
                    languages=self._languages,
                    rules=self._rules,
                )
                member = await self._meet(door, guest.number)
            finally:
                self._guests -= 1
            if member is not None:
                await self._put_through(PhoneLeg(socket, serializer), door, member)
        except OfrendaError as error:
            _log.error("A phone call could not be taken: %s", type(error).__name__)
        finally:
            await close(socket)

    async def prepare(self) -> None:
        """Have everything ready that is said at the door, so that no caller has to wait for it
        and no stranger costs the engines anything."""
        voice = await asyncio.to_thread(self._voice)
        for kind in SAID:
            await voice.sound(self._words(kind))

    async def _meet(self, door: Door, number: str | None) -> Member | None:
        """The member who is calling, once that is certain; all others were told something."""
        members = await asyncio.to_thread(self._members, number)
        if number is None or not members:
            await door.farewell("nobody")
            return None
        if not self._room():
            await door.farewell("busy")
            return None
        if await asyncio.to_thread(self._book.closed, number):
            await door.farewell("later")
            return None

        async def check(pin: str) -> tuple[Tried, MemberId | None]:
            return await asyncio.to_thread(self._book.try_pin, number, pin, tuple(members))

        known = await door.ask(check)
        return members[known] if known is not None else None

    async def _put_through(self, leg: PhoneLeg, door: Door, member: Member) -> None:
        try:
            await self._switchboard.carry(leg, member)
        except LineBusy:
            await door.farewell("busy")
        except OfrendaError:
            await door.farewell("line")
            raise

    def _members(self, number: str | None) -> dict[MemberId, Member]:
        """Who may be calling from that number, by id."""
        if number is None:
            return {}
        ids = set(self._book.callers(number))
        return {
            member.id: member
            for member in self._life.members()
            if member.id in ids and can(member.role, Action.CALL)
        }

    def _room(self) -> bool:
        try:
            self._switchboard.require_room()
        except CallError:
            return False
        return True

    def _voice(self) -> HouseVoice:
        voice = neutral_profile(voice_in_use(self._life), self._language)
        return HouseVoice(self._engines.tts, self._switchboard.house_lines, voice)

    def _words(self, kind: str) -> Sentence:
        return at_the_door(kind, self._language)

    def _too_many(self, number: str | None) -> bool:
        self._forget_tickets()
        if self._guests + len(self._tickets) >= MOST_AT_THE_DOOR:
            return True
        now = self._clock.monotonic()
        return self._each.wait(number or "", now) > 0.0 or self._all.wait("", now) > 0.0

    def _forget_tickets(self) -> None:
        now = self._clock.now()
        self._tickets = {key: one for key, one in self._tickets.items() if one.until > now}

"""The house: one awake life, the line into it, and who may use it just now."""

from __future__ import annotations

import asyncio
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta

from ofrenda.call import Answer, Offer
from ofrenda.clock import Clock
from ofrenda.engines.protocols import Embedder, TextToSpeech
from ofrenda.errors import CallError, NotInvited
from ofrenda.house import tokens
from ofrenda.house.access import Action, can
from ofrenda.house.keep.booth import Booth
from ofrenda.house.keep.desk import Desk
from ofrenda.house.line import Line
from ofrenda.house.refusals import Refusal, no_session, too_many
from ofrenda.house.sessions import Pace, Session, Sessions, Spent
from ofrenda.settings import Settings
from ofrenda.types import Member, MemberId
from ofrenda.vault import Life

LINK = "link"
LINK_LIFETIME = timedelta(hours=12)
"""A link handed out at the keeper's own screen: good for the day."""

CALL = "call"
CALL_LIFETIME = timedelta(seconds=60)
"""From asking for the token to handing in the offer: gathering addresses takes under 2 s."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who is asking: a member, through one session."""

    member: Member
    session: Session


class House:
    """State of the house while it is open. The signing secret is new at every start and is never
    written down: a restart makes all links and sessions void."""

    def __init__(
        self,
        life: Life,
        line: Line,
        settings: Settings,
        *,
        clock: Clock,
        embed: Embedder | None = None,
        tts: TextToSpeech | None = None,
    ) -> None:
        """``embed``, ``tts``: the engines that run for calls, if any; the keeper's desk and the
        booth use them, too."""
        self.life = life
        self.line = line
        self.desk = Desk(life, settings, clock, embed)
        self.booth = Booth(life, settings, clock, tts, lambda: bool(line.calls))
        self.settings = settings
        self.clock = clock
        self._secret = secrets.token_bytes(32)
        self._sessions = Sessions()
        self._spent = Spent()
        # A person opens a link or dials a few times; a script tries hundreds.
        self._knocks = Pace(burst=10, seconds_each=6.0)
        self._offers = Pace(burst=6, seconds_each=5.0)

    @property
    def address(self) -> str:
        """Where the page is, as a browser on this computer reaches it."""
        return f"http://{self._name}:{self.settings.port}/"

    @property
    def _name(self) -> str:
        host = self.settings.host
        if host in {"", "localhost"} or _is_everywhere(host):
            return "127.0.0.1"
        return f"[{host}]" if ":" in host else host

    @property
    def hosts(self) -> frozenset[str]:
        """Values of the ``Host`` header that the house answers to: this computer's own names and
        the address it was told to listen on."""
        names = {"127.0.0.1", "localhost", "[::1]", self._name.lower()}
        with_port = {f"{name}:{self.settings.port}" for name in names}
        # Browsers leave the default port out (RFC 9110, 7.2).
        return frozenset(with_port | names if self.settings.port in {80, 443} else with_port)

    @property
    def cookie_name(self) -> str:
        """Named by port, since browsers share cookies between the ports of one host."""
        return f"ofrenda_{self.settings.port}"

    def link_for(self, member: Member) -> str:
        """A link that lets this member in for 12 hours. The token is behind the ``#``, so that no
        browser sends it to a server, a log or another page. Raises NotInvited."""
        if not can(member.role, Action.CALL):
            raise NotInvited("Only the keeper and the family can call; give another member.")
        token = tokens.issue(
            self._secret,
            purpose=LINK,
            subject=member.id,
            now=self.clock.now(),
            lifetime=LINK_LIFETIME,
        )
        return f"{self.address}#{token}"

    def keep_link_for(self, member: Member) -> str:
        """As :meth:`link_for`, to the keeper's pages. Raises NotInvited."""
        if not can(member.role, Action.KEEP):
            raise NotInvited("Only the keeper can look after a life; give the keeper's name.")
        return self.link_for(member).replace(self.address, f"{self.address}keep", 1)

    def keep_links(self) -> list[tuple[Member, str]]:
        """A link to the keeper's pages for each keeper."""
        return [
            (member, self.keep_link_for(member))
            for member in self.life.members()
            if can(member.role, Action.KEEP)
        ]

    def links(self) -> list[tuple[Member, str]]:
        """A link for each member who may call, in the order of the list."""
        return [
            (member, self.link_for(member))
            for member in self.life.members()
            if can(member.role, Action.CALL)
        ]

    async def welcome(self, token: str, address: str) -> tuple[str, Caller]:
        """Trade the token of a link for a session; returns its cookie and who it is."""
        self._keep_pace(self._knocks, address)
        now = self.clock.now()
        slip = tokens.read(self._secret, token, purpose=LINK, now=now)
        if slip is None:
            raise no_session()
        member = await self._member(slip.subject)
        cookie, session = self._sessions.open(member.id, now)
        return cookie, Caller(member, session)

    async def admit(self, cookie: str | None, action: Action) -> Caller:
        """Who asks, when they may; the list is read anew, so a member taken off it is out."""
        session = self._sessions.find(cookie, self.clock.now())
        if session is None:
            raise no_session()
        member = await self._member(session.member)
        if not can(member.role, action):
            raise Refusal(403, "not_allowed", "Please ask the keeper; this is not open to you.")
        return Caller(member, session)

    def call_token(self, caller: Caller) -> str:
        """A slip for one call, good for 60 s, in this session only."""
        return tokens.issue(
            self._secret,
            purpose=CALL,
            subject=caller.session.key,
            now=self.clock.now(),
            lifetime=CALL_LIFETIME,
        )

    async def place_call(
        self,
        caller: Caller,
        token: str,
        offer: Offer,
        *,
        language: str | None,
        address: str,
        resumes: str | None = None,
    ) -> Answer:
        """Put a call through. A session has one call at a time: an older one, left behind by a
        page that was reloaded, is hung up first. ``resumes``: the call of this session that goes
        on over a new connection; raises CallError where it is over."""
        self._keep_pace(self._offers, address)
        now = self.clock.now()
        slip = tokens.read(self._secret, token, purpose=CALL, now=now)
        if slip is None or slip.subject != caller.session.key:
            raise _call_refused()
        if not self._spent.spend(slip.nonce, slip.expires, now):
            raise _call_refused()
        if resumes is not None:
            if resumes not in caller.session.calls:
                raise CallError("That call is over. Call again.")
            return await self.line.resume(resumes, offer, caller.member)
        for left_behind in tuple(caller.session.calls):
            await self.hang_up(caller, left_behind)
        answer = await self.line.answer(offer, caller.member, language=language)
        caller.session.calls.add(answer.call_id)
        return answer

    async def hang_up(self, caller: Caller, call_id: str) -> None:
        """End a call of this session; one that is over, or somebody else's, is left alone."""
        if call_id not in caller.session.calls:
            return
        caller.session.calls.discard(call_id)
        if call_id in self.line.calls:
            await self.line.hang_up(call_id)

    async def _member(self, subject: str) -> Member:
        try:
            return await asyncio.to_thread(self.life.member, MemberId(subject))
        except NotInvited as missing:
            raise no_session() from missing

    def _keep_pace(self, pace: Pace, address: str) -> None:
        wait = pace.wait(address, self.clock.monotonic())
        if wait > 0.0:
            raise too_many(wait)


def _call_refused() -> Refusal:
    return Refusal(
        403, "call_token", "That took too long. Please press Call again.", retryable=True
    )


def _is_everywhere(host: str) -> bool:
    """Whether listening there means listening on every address of this computer."""
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False

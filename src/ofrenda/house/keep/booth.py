"""The booth: where a listening test is laid out, and where those who are invited take it."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, cast

from ofrenda.clock import Clock
from ofrenda.dialogue.read_aloud import lines_for_all, may_still_hear
from ofrenda.engines.protocols import EngineKind, TextToSpeech
from ofrenda.engines.registry import create, create_tts
from ofrenda.engines.tts.by_voice import ByVoice
from ofrenda.errors import BadInput, OfrendaError
from ofrenda.house.access import Action, can
from ofrenda.settings import Settings
from ofrenda.types import LANGUAGES, Member, MemberId
from ofrenda.vault import Life
from ofrenda.voice import listening
from ofrenda.voice.listening import OWN, PLAIN, Line, Trial
from ofrenda.voice.listening_sound import lay_out
from ofrenda.voice.sample import SENTENCES
from ofrenda.voice.store import voices

LINES: Final = 6
"""Lines that are laid out: with four pairs of voices each is heard as often as is bearable."""
EACH: Final = 3
"""Lines that each listener should at least have, of their own or plain."""
_LOOK_S: Final = 0.5
"""How often it is looked whether a call is over that has the machine to itself."""


@dataclass(slots=True)
class Making:
    """How the sound of a listening test comes along. ``step``: ``nothing``, ``making``, ``done`` or
    ``failed``; ``share`` 0..1; ``trouble``: sentences for the keeper."""

    step: str = "nothing"
    share: float = 0.0
    trouble: list[str] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """JSON-ready data."""
        return {"step": self.step, "share": round(self.share, 3), "trouble": self.trouble}


@dataclass(frozen=True, slots=True)
class Proposed:
    """A line to choose by its ``name``, and the members who may ``hear`` it."""

    name: str
    line: Line
    hear: tuple[Member, ...]


class Booth:
    """The listening test of one awake life. ``tts``: the engine that runs for calls, if any; while
    ``busy`` says that there is a call, nothing is made."""

    def __init__(
        self,
        life: Life,
        settings: Settings,
        clock: Clock,
        tts: TextToSpeech | None,
        busy: Callable[[], bool],
    ) -> None:
        self.making = Making()
        self._life = life
        self._settings = settings
        self._clock = clock
        self._tts = tts
        self._busy = busy
        self._task: asyncio.Task[None] | None = None
        self._proposed: dict[str, Line] = {}
        self._offered: dict[MemberId, tuple[str, Trial]] = {}

    def propose(self) -> list[Proposed]:
        """Lines to choose from: the person's own that all who listen may hear; where those are few,
        also some that only one of them may; and plain ones for whom that leaves too few."""
        life = self._life
        who = [one for one in life.members() if can(one.role, Action.LISTEN)]
        languages = [one for one in life.person().languages if one in LANGUAGES] or ["en"]
        own = lines_for_all(life, who, languages=languages, most=LINES)
        if len(own) < LINES:
            for one in who:
                chosen = [line.spoken for line in own]
                own += lines_for_all(life, [one], languages=languages, most=EACH, without=chosen)
        told: list[Proposed] = []
        for spoken, language in dict.fromkeys((one.spoken, one.language) for one in own):
            hear = tuple(one for one in who if may_still_hear(life, one, spoken))
            told.append(Proposed(secrets.token_urlsafe(9), Line(OWN, spoken, language), hear))
        heard = min((sum(one in line.hear for line in told) for one in who), default=0)
        plain = [Line(PLAIN, text, one) for one in languages for text in SENTENCES[one]]
        told += [
            Proposed(secrets.token_urlsafe(9), line, tuple(who))
            for line in plain[: max(0, EACH + 1 - heard)]
        ]
        self._proposed = {one.name: one.line for one in told}
        return told

    def prepare(
        self, chosen: Sequence[str], lines: Sequence[str], recordings: Sequence[int]
    ) -> None:
        """Begin to lay out a test: of voices by their ids, of proposed lines by their names, of
        recordings by their segments. Raises BadInput."""
        if self._task is not None and not self._task.done():
            raise BadInput("The sound is being made just now. Wait until that is done.")
        kept = {one.id: one for one in voices(self._life)}
        if not set(chosen) <= kept.keys() or not set(lines) <= self._proposed.keys():
            raise BadInput("This page is not up to date any more. Open it anew.")
        self.making = Making("making")
        profiles = [kept[id] for id in dict.fromkeys(chosen)]
        told = [self._proposed[name] for name in dict.fromkeys(lines)]
        self._task = asyncio.create_task(self._make(profiles, told, list(recordings)))

    async def stop(self) -> None:
        """Stop making sound; what was made of it is taken away."""
        if self._task is not None and not self._task.done():
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        self.making = Making()

    close = stop

    def next(self, listener: Member) -> tuple[str, Trial] | None:
        """A pair for a listener, and the name under which it is heard and answered; None when there
        is none left. A new one takes the place of one that was not answered."""
        trial = listening.next_trial(
            self._life, listener.id, may_hear=partial(self._may_hear, listener)
        )
        if trial is None:
            self._offered.pop(listener.id, None)
            return None
        self._offered[listener.id] = secrets.token_urlsafe(12), trial
        return self._offered[listener.id]

    def standing(self, listener: Member) -> tuple[int, int]:
        """How many pairs a listener answered, and how many there are left to hear."""
        return listening.left_for(
            self._life, listener.id, may_hear=partial(self._may_hear, listener)
        )

    def sound(self, listener: Member, name: str, side: str) -> bytes:
        """A side of the pair that was offered, as a WAV file. Raises BadInput."""
        trial = self._trial(listener, name)
        if not self._may_hear(listener, trial.line):
            raise BadInput("This line is not to be heard any more. Go on to the next.")
        return listening.sound(self._life, trial, side)

    def answer(self, listener: Member, name: str, nearer: str | None) -> None:
        """Keep an answer: ``left``, ``right`` or None for no difference. Raises BadInput."""
        trial = self._trial(listener, name)
        del self._offered[listener.id]
        listening.keep_answer(self._life, listener.id, trial, nearer, clock=self._clock)

    def _trial(self, listener: Member, name: str) -> Trial:
        offered = self._offered.get(listener.id)
        if offered is None or not secrets.compare_digest(offered[0], name):
            raise BadInput("This pair is not asked any more. Go on to the next.")
        return offered[1]

    def _may_hear(self, listener: Member, line: Line) -> bool:
        return line.kind != OWN or may_still_hear(self._life, listener, line.text)

    async def _make(self, profiles: Any, lines: list[Line], recordings: list[int]) -> None:
        making = self.making

        def tell(share: float) -> None:
            making.share = share

        tts = self._tts or ByVoice(
            cast(TextToSpeech, create(EngineKind.TTS, self._settings)),
            partial(create_tts, self._settings),
        )
        try:
            making.trouble = await lay_out(
                self._life, profiles, lines, recordings, tts, give_way=self._give_way, tell=tell
            )
            making.step, making.share = "done", 1.0
        except OfrendaError as error:
            making.step, making.trouble = "failed", [error.message]
        finally:
            if self._tts is None:
                await tts.close()

    async def _give_way(self) -> None:
        while self._busy():
            await self._clock.sleep(_LOOK_S)

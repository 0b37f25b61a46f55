"""One conversation of one member with the life: the state of a call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Literal

from ofrenda.care import acknowledged, disclosure, trouble
from ofrenda.clock import Clock
from ofrenda.dialogue import everyday, prompt
from ofrenda.dialogue.asked import understand
from ofrenda.dialogue.chat import Answers
from ofrenda.dialogue.compose import Setting, compose
from ofrenda.dialogue.feeling import set_in_its_time
from ofrenda.dialogue.fitness import unfit_now
from ofrenda.dialogue.speech import mood_between, spoken
from ofrenda.dialogue.trust import Trust, trust_of
from ofrenda.engines.protocols import Engines, Message
from ofrenda.errors import ClipRejected, EngineError
from ofrenda.memory import Passage, Recall, Since, SpokenRecord, own_passages
from ofrenda.memory.script import language_of
from ofrenda.memory.told import Told, told_by
from ofrenda.orders import planted
from ofrenda.persona import (
    Correction,
    Line,
    Manner,
    corrected,
    corrections,
    heard_correction,
    manner_for,
)
from ofrenda.persona.corrections import correct, undo
from ofrenda.types import (
    LANGUAGES,
    Member,
    Person,
    Provenance,
    Sentence,
    SourceRef,
    Transcript,
    VoiceProfile,
)
from ofrenda.vault import Life

UNHEARD = 0.25
"""Mean token probability under which a transcript is asked for again rather than answered."""


class Conversation:
    """A member talks with the life, from :meth:`open` to :meth:`close`."""

    def __init__(
        self,
        life: Life,
        listener: Member,
        engines: Engines,
        *,
        clock: Clock,
        channel: str = "browser",
        language: str | None = None,
        recall: Recall | None = None,
    ) -> None:
        """``language``: what the house speaks until the caller has spoken; the person's first when
        None. ``recall``: a loaded memory to share; loaded on opening when None."""
        self._life = life
        self._listener = listener
        self._engines = engines
        self._channel = channel
        self._person: Person = life.person()
        self._language = language or next(
            (one for one in self._person.languages if one in LANGUAGES), "en"
        )
        self._clock = clock
        self._since = Since(life, clock)
        self._recall = recall
        self._setting: Setting | None = None
        self._voice: VoiceProfile | None = None
        self._neutral: VoiceProfile | None = None
        self._call_id: str | None = None
        self._history: list[Message] = []
        self._said: dict[str, None] = {}

    @staticmethod
    def language_of(text: str) -> str:
        """The language of something typed, by its script."""
        return language_of(text)

    @property
    def call_id(self) -> str | None:
        """The call in the record; None before :meth:`open`."""
        return self._call_id

    @property
    def voice(self) -> VoiceProfile:
        """The voice that speaks for the person. Raises ClipRejected when none was chosen yet."""
        if self._voice is None:
            from ofrenda.voice import voice_in_use

            self._voice = voice_in_use(self._life)
        if self._voice is None:
            raise ClipRejected(
                "no_voice", "This life has no voice yet. Give it one with 'ofrenda voice'."
            )
        return self._voice

    @property
    def neutral_voice(self) -> VoiceProfile:
        """The voice of the house, unlike the person's."""
        if self._neutral is None:
            from ofrenda.engines.tts.stock import neutral_profile
            from ofrenda.voice import voice_in_use

            if self._voice is None:
                self._voice = voice_in_use(self._life)
            self._neutral = neutral_profile(self._voice, self._language)
        return self._neutral

    async def make_ready(self) -> None:
        """Load what replies are made from. No call begins: nothing is recorded of what follows."""
        if self._recall is None:
            self._recall = await Recall.load(self._life, self._engines.embed)
        if self._setting is None:
            self._setting = await asyncio.to_thread(self._prepared, self._recall)

    async def open(self) -> list[Sentence]:
        """Begin the call: what the house says before the person's voice is heard."""
        await self.make_ready()
        if self._call_id is None:
            self._call_id = await asyncio.to_thread(
                self._since.begin_call, self._listener, self._channel
            )
        return disclosure(self._person, self._language)

    async def prefill(self) -> None:
        """Learn how the person answered, and let the language model read what will not change in
        this call. Its failure is no matter: own words need no model."""
        setting = self._setting
        if setting is not None and setting.answers is not None:
            await setting.answers.learn()
        if setting is None or trust_of(self._engines.llm.capabilities) is Trust.SMALL:
            return
        head = prompt.build(
            self._person, self._listener, setting.manner, self._history, today=setting.today
        )
        try:
            await self._engines.llm.prefill(head)
        except EngineError:
            return

    async def reply(self, heard: Transcript) -> AsyncGenerator[Sentence, None]:
        """Answer, sentence by sentence; nothing only when nothing was heard. Closing the iterator
        stops the work. Raises RuntimeError before :meth:`open`."""
        setting = self._setting
        if setting is None:
            raise RuntimeError("open() comes first")
        text = heard.text.strip()
        if not text:
            return
        language = language_of(text, heard.language)
        if heard.language not in LANGUAGES and language not in LANGUAGES:
            yield self.trouble("unsupported")
            return
        self._language = language
        if heard.confidence < UNHEARD:
            yield everyday.plain("again", setting.manner, language, already=())
            return
        right = await asyncio.to_thread(self._set_right, text, language)
        if right is not None:
            yield right
            return
        held = await asyncio.to_thread(corrections, self._life, self._listener)
        never = {one.said: None for one in held if one.instead is None}
        said = 0
        sentences = compose(setting, text, language, tuple(self._history), {**self._said, **never})
        async with aclosing(sentences):
            async for sentence in sentences:
                kept = as_corrected(sentence, held)
                if kept is None:
                    continue
                said += 1
                framed = set_in_its_time(kept)
                if framed is not None:
                    yield framed
                yield replace(kept, mood=mood_between(kept, text))
        if not said:
            asked = understand(text, language)
            yield everyday.not_known(asked, setting.manner, already={**self._said, **never})

    def acts(self, heard: Transcript) -> bool:
        """Whether the answer to ``heard`` does something that lasts: it takes a correction."""
        return heard_correction(heard.text.strip()) is not None

    async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
        """Take into the history and the record what was really heard of each sentence: all of it,
        its first words, or "" for nothing. ``heard`` None: the house spoke unasked."""
        if heard is not None and heard.text.strip():
            self._history.append(Message("user", heard.text.strip()))
        spoken = [
            words
            for sentence, words in parts
            if words and sentence.provenance is not Provenance.HOUSE
        ]
        if spoken:
            self._history.append(Message("assistant", " ".join(spoken)))
        for sentence, words in parts:
            if words and sentence.provenance is not Provenance.HOUSE:
                self._said.pop(sentence.text, None)
                self._said[sentence.text] = None
        if self._call_id is not None and (parts or heard is not None):
            await asyncio.to_thread(
                self._since.record_turn,
                self._call_id,
                None if heard is None else heard.text,
                [SpokenRecord(sentence, words) for sentence, words in parts],
            )

    async def close(self, ending: Literal["caller", "house", "lost"]) -> None:
        """End the call in the record."""
        if self._call_id is not None:
            await asyncio.to_thread(self._since.end_call, self._call_id, ending)

    def trouble(self, kind: str) -> Sentence:
        """A calm sentence of the house for when something on the line fails."""
        if kind == "speaking" and self._channel == "phone":
            kind = "line"  # there is no screen for the words
        return trouble(kind, self._person, self._language)

    def _set_right(self, text: str, language: str) -> Sentence | None:
        """Take a correction that was spoken; None when ``text`` is none."""
        heard = heard_correction(text)
        if heard is None:
            return None
        now = self._clock.now()
        if heard.kind == "back":
            mine = [one for one in corrections(self._life, self._listener) if self._mine(one)]
            if not mine:
                return acknowledged("nothing", self._person, language)
            undo(self._life, self._listener, mine[0].id, now)
            return acknowledged("back", self._person, language)
        wrong = next(reversed(self._said), None)
        if wrong is None:
            return acknowledged("nothing", self._person, language)
        earlier = next(
            (one for one in corrections(self._life, self._listener) if one.said == wrong), None
        )
        if heard.kind == "instead" and earlier is not None and self._mine(earlier):
            undo(self._life, self._listener, earlier.id, now)
        correct(self._life, self._listener, wrong, heard.line, now)
        return acknowledged(heard.kind, self._person, language)

    def _mine(self, one: Correction) -> bool:
        return one.by == self._listener.name

    def _prepared(self, recall: Recall) -> Setting:
        return Setting(
            self._person,
            self._listener,
            manner_with(self._life, self._listener),
            names_of_others(self._life, self._listener),
            recall,
            self._engines,
            today=self._clock.now().date(),
            told=self._told(),
            answers=Answers(self._life, self._listener, self._engines.embed),
        )

    def _told(self) -> tuple[Told, ...]:
        return tuple(told_by(self._life, self._listener))


def manner_with(life: Life, listener: Member) -> Manner:
    """How the person speaks to ``listener``, by what this listener may hear."""
    lines = [
        line
        for passage in own_passages(life, listener)
        for line in _lines(passage, listener)
        if not planted(line.text) and not (line.cue and planted(line.cue))
    ]
    return _timeless(manner_for(life.person(), listener, lines))


def names_of_others(life: Life, listener: Member) -> tuple[str, ...]:
    """Names of the other members: lines that address them are not for this one."""
    return tuple(
        sorted(
            {
                name
                for member in life.members()
                if member.id != listener.id
                for name in (member.called, member.name)
                if name and name not in (listener.called, listener.name)
            }
        )
    )


def as_corrected(sentence: Sentence, held: list[Correction]) -> Sentence | None:
    """``sentence`` as the family set it right; None when it is not to be said at all."""
    if sentence.provenance is Provenance.HOUSE:
        return sentence
    one = corrected(sentence.text, held)
    if one is None:
        return sentence
    if one.instead is None:
        return None
    return Sentence(
        text=one.instead,
        spoken=spoken(one.instead),
        language=language_of(one.instead, sentence.language),
        # The family's words, labelled so: not the person's own.
        provenance=Provenance.IN_CHARACTER,
        sources=(SourceRef("correction", one.id, one.at.date(), one.said[:300]),),
        mood=sentence.mood,
    )


def _lines(passage: Passage, listener: Member) -> list[Line]:
    own = passage.to_member == str(listener.id)
    return [
        Line(
            text=part.text,
            source=part.source,
            language=language_of(part.text, passage.language),
            cue=passage.cue if place == 0 else None,
            to_listener=own,
        )
        for place, part in enumerate(passage.parts)
    ]


def _timeless(manner: Manner) -> Manner:
    """The same manner without exemplars that were true only for their hour: a model shown "be home
    by seven" promises the same."""
    kept = tuple(line for line in manner.exemplars if not unfit_now(line.text))
    return replace(manner, exemplars=kept)

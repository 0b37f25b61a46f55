"""What a call needs of a conversation: the wall between words and line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import Literal, Protocol

from ofrenda.types import Member, Sentence, Transcript, VoiceProfile

Ending = Literal["caller", "house", "lost"]
"""Who ended a call: the caller, the house (limits, a fault, closing down), or nobody (lost)."""


class Talk(Protocol):
    """One conversation of one member with the life; :class:`ofrenda.dialogue.Conversation`."""

    @property
    def voice(self) -> VoiceProfile:
        """The person's voice."""
        ...

    @property
    def neutral_voice(self) -> VoiceProfile:
        """The voice of the house."""
        ...

    async def open(self) -> list[Sentence]:
        """Begin the call: what the house says before the person's voice is heard."""
        ...

    def reply(self, heard: Transcript) -> AsyncIterator[Sentence]:
        """Answer, sentence by sentence. Closing the iterator stops the work."""
        ...

    def acts(self, heard: Transcript) -> bool:
        """Whether the answer to ``heard`` does something that lasts, so that it may be given only
        once, and not before the turn is over."""
        ...

    async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
        """Take into the history what was really heard of each sentence ("" = nothing)."""
        ...

    async def close(self, ending: Ending) -> None:
        """End the call in the record."""
        ...

    async def prefill(self) -> None:
        """Let the language model read what will not change in this call."""
        ...

    def trouble(self, kind: str) -> Sentence:
        """A calm sentence of the house for when something on the line fails."""
        ...


TalkMaker = Callable[[Member, str | None], Talk]
"""Begins a conversation for a member, in a language (ISO 639-1, or None: the person's)."""

"""What a caller hears when the house holds as many calls as it can: the house says so, kindly."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from ofrenda.call.talk import Ending, Talk
from ofrenda.types import Sentence, Transcript, VoiceProfile


class BusyTalk:
    """A :class:`ofrenda.call.talk.Talk` of one sentence of the house, in its neutral voice.

    Nothing of it is a conversation: the person is not heard, and nothing is kept."""

    def __init__(self, talk: Talk) -> None:
        self._talk = talk
        self.voice: VoiceProfile = talk.voice
        self.neutral_voice: VoiceProfile = talk.neutral_voice

    async def open(self) -> list[Sentence]:
        """That the line is busy."""
        return [self.sentence]

    @property
    def sentence(self) -> Sentence:
        """That the line is busy."""
        return self._talk.trouble("busy")

    async def reply(self, heard: Transcript) -> AsyncGenerator[Sentence, None]:
        """Nothing."""
        return
        yield

    def acts(self, heard: Transcript) -> bool:
        """Nothing lasts."""
        return False

    async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
        """Nothing is kept."""

    async def close(self, ending: Ending) -> None:
        """Nothing is kept."""

    async def prefill(self) -> None:
        """There is nothing to read."""

    def trouble(self, kind: str) -> Sentence:
        """As in any call."""
        return self._talk.trouble(kind)

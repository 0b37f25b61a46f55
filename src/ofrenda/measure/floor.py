"""A conversation that costs nothing, to measure what the line alone takes."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ofrenda.call.talk import Ending
from ofrenda.types import Provenance, Sentence, Transcript, VoiceProfile

_PERSON = VoiceProfile("floor-person", "scripted", "", ("en",))
_HOUSE = VoiceProfile("floor-house", "scripted", "", ("en",))


class FloorTalk:
    """Answers at once, with the same long sentence; keeps nothing."""

    voice = _PERSON
    neutral_voice = _HOUSE

    async def open(self) -> list[Sentence]:
        """One short line."""
        return [self.trouble("opening")]

    async def reply(self, heard: Transcript) -> AsyncIterator[Sentence]:
        """The same whatever was heard."""
        text = "This is a sentence that is long enough to be interrupted by somebody."
        yield Sentence(text, text, "en", Provenance.IN_CHARACTER)

    def acts(self, heard: Transcript) -> bool:
        """Nothing lasts."""
        return False

    async def played(self, heard: Transcript | None, parts: list[tuple[Sentence, str]]) -> None:
        """Nothing is kept."""

    async def close(self, ending: Ending) -> None:
        """Nothing is kept."""

    async def prefill(self) -> None:
        """Nothing to read."""

    def trouble(self, kind: str) -> Sentence:
        """A line of the house."""
        return Sentence("One moment.", "One moment.", "en", Provenance.HOUSE)

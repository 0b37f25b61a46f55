"""What a replaceable model must be able to do.

An engine is asynchronous on the outside; a model that computes on the CPU runs on a thread of its
own inside its adapter. All engines raise only :class:`ofrenda.errors.EngineError` and
:class:`ofrenda.errors.ModelError`. Cancelling the awaiting task stops the work as soon as the
model can be interrupted.
"""

from __future__ import annotations

import enum
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import CALM, Audio, Mood, ReferenceClip, Transcript, VoiceProfile


class EngineKind(enum.StrEnum):
    """The five things an engine can be."""

    STT = "stt"
    TTS = "tts"
    LLM = "llm"
    EMBED = "embed"
    TURN = "turn"


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine is: ``sample_rate`` in Hz (what it wants or gives; None for text engines),
    ``models`` the catalog names it loads, ``licence`` an SPDX expression or a name from the
    catalog, ``offline`` False when words or sound leave this machine."""

    name: str
    kind: EngineKind
    languages: tuple[str, ...]
    streaming: bool
    sample_rate: int | None
    models: tuple[str, ...]
    licence: str
    offline: bool
    scripted: bool = False
    """True for the fakes that ship for tests; the faces say so whenever one is in use."""


class Engine(Protocol):
    """What all engines share."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        ...

    async def warm(self) -> None:
        """Load the model and run it once, so that the first real request is not slower."""
        ...

    async def close(self) -> None:
        """Give the model's memory back."""
        ...


class SpeechToText(Engine, Protocol):
    """Hears."""

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        """What was said. ``languages``: ISO 639-1 codes to choose among; empty means any.

        Speech-free sound gives an empty text."""
        ...


class TextToSpeech(Engine, Protocol):
    """Speaks."""

    def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text``, clause by clause, with silence trimmed at both ends.

        ``language`` is the main language of the text; parts in another script are still spoken
        right. None means: find out."""
        ...


class VoiceMaker(Protocol):
    """A speech engine that can learn a person's voice. All learn from the same reference."""

    async def enroll(
        self, reference: Sequence[ReferenceClip], *, consent_id: str, name: str
    ) -> VoiceProfile:
        """Make a voice profile of this engine from the person's own clips.

        ``name`` is a random id for the profile, never a personal name. Cloud engines upload the
        clips: the faces ask for the keeper's agreement first. Raises
        :class:`ofrenda.errors.EngineRefused` where the reference is not enough for this engine."""
        ...

    async def forget(self, profile: VoiceProfile) -> None:
        """Delete whatever the engine keeps of the voice outside the life (a cloud's copy, say)."""
        ...


@dataclass(frozen=True, slots=True)
class Message:
    """One line of a conversation. ``role`` is ``user`` (the caller) or ``assistant`` (the life)."""

    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Prompt:
    """What a language model is given.

    ``instructions``: who speaks to whom, and how. ``notes``: passages of the archive, data and
    never instructions. ``exchanges``: real exchanges of the person, then this call so far; the
    last message is the caller's. ``caller`` and ``person`` are the names a completion-style
    model writes before each line. The order is instructions, notes that do not change in a call,
    exchanges, fresh notes, last message, so that the unchanging head can be cached.
    """

    instructions: str
    exchanges: tuple[Message, ...]
    caller: str
    person: str
    notes: tuple[str, ...] = ()
    fresh_notes: tuple[str, ...] = ()


class LanguageModel(Engine, Protocol):
    """Writes."""

    def generate(
        self,
        prompt: Prompt,
        *,
        max_tokens: int = 96,
        temperature: float = 0.7,
        seed: int | None = None,
    ) -> AsyncIterator[str]:
        """The reply's text in pieces as they come; stops at the end of the speaker's turn."""
        ...

    async def prefill(self, prompt: Prompt) -> None:
        """Read the unchanging head of ``prompt`` into the cache, so that the reply starts soon."""
        ...


class EmbedRole(enum.StrEnum):
    """Asymmetric embedders treat what is sought and what is stored differently."""

    QUERY = "query"
    PASSAGE = "passage"


class Embedder(Engine, Protocol):
    """Places text in a space where nearness is likeness of meaning."""

    @property
    def dimensions(self) -> int:
        """Length of a vector."""
        ...

    async def embed(self, texts: Sequence[str], *, role: EmbedRole) -> NDArray[np.float32]:
        """Vectors ``[len(texts), dimensions]``, float32, of length 1."""
        ...


class TurnDetector(Engine, Protocol):
    """Hears whether the caller has finished, or is only pausing."""

    async def end_probability(self, audio: Audio) -> float:
        """Probability 0..1 that the speech in ``audio`` (16 kHz, the turn so far) is complete."""
        ...


@dataclass(frozen=True, slots=True)
class Engines:
    """The engines of a house, one of each kind."""

    stt: SpeechToText
    tts: TextToSpeech
    llm: LanguageModel
    embed: Embedder
    turn: TurnDetector

"""The plain data that all rooms of the house share. No behaviour beyond what the data means."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple, NewType

import numpy as np
from numpy.typing import NDArray

LifeId = NewType("LifeId", str)
MemberId = NewType("MemberId", str)
BlobId = NewType("BlobId", str)

Samples = NDArray[np.float32]
"""Mono samples, shape ``[n]``, float32 in -1..1."""

LANGUAGES = ("en", "zh")
"""Languages the embedded default speaks and hears (ISO 639-1)."""


@dataclass(frozen=True, slots=True)
class Audio:
    """Mono sound: ``samples`` float32 ``[n]`` in -1..1 at ``sample_rate`` Hz."""

    samples: Samples
    sample_rate: int

    @property
    def seconds(self) -> float:
        """Duration in seconds."""
        return len(self.samples) / self.sample_rate


class MoodName(enum.StrEnum):
    """The feelings a sentence may be spoken with."""

    CALM = "calm"
    WARM = "warm"
    GLAD = "glad"
    PLAYFUL = "playful"
    TENDER = "tender"
    SAD = "sad"
    CONCERNED = "concerned"


@dataclass(frozen=True, slots=True)
class Mood:
    """How a sentence is to be spoken: ``intensity`` 0..1, ``pace`` -1 (slow) .. 1 (fast)."""

    name: MoodName = MoodName.CALM
    intensity: float = 0.5
    pace: float = 0.0


CALM = Mood()


@dataclass(frozen=True, slots=True)
class Transcript:
    """What was heard: ``confidence`` is the mean token probability 0..1, ``language`` ISO 639-1."""

    text: str
    language: str
    confidence: float


@dataclass(frozen=True, slots=True)
class VoiceProfile:
    """What a text-to-speech engine speaks with: chosen, fitted or enrolled from voice clips.

    ``engine`` names the engine that understands ``parameters`` (JSON) and ``artefact`` (bytes, or
    None). For the embedded engine ``parameters["mix"]`` maps stock voice names to weights that
    sum to 1. ``base_model_sha256`` pins the model the profile was made for.
    """

    id: str
    engine: str
    base_model_sha256: str
    languages: tuple[str, ...]
    parameters: Mapping[str, Any] = field(default_factory=dict)
    artefact: bytes | None = None
    consent_id: str | None = None
    format_version: int = 1


@dataclass(frozen=True, slots=True)
class ReferenceClip:
    """One clean stretch of the person speaking, with what they say: what a voice is made from.

    ``audio`` is mono, 3 to 12 s, loudness even across a reference; ``text`` the words spoken, in
    ``language`` (ISO 639-1); ``mood`` the feeling heard. The same clips serve every engine.
    """

    audio: Audio
    text: str
    language: str
    mood: MoodName = MoodName.CALM


class Provenance(enum.StrEnum):
    """Where a spoken sentence comes from."""

    OWN_WORDS = "own_words"
    """Verbatim what the person wrote; has exactly the sources it quotes."""
    REMEMBERED = "remembered"
    """Said anew, and supported by the named sources."""
    IN_CHARACTER = "in_character"
    """Makes no claim about the person's life."""
    UNKNOWN = "unknown"
    """Says that it does not know."""
    HOUSE = "house"
    """Not the person: the house speaks, in its neutral voice (disclosure, trouble on the line)."""


@dataclass(frozen=True, slots=True)
class SourceRef:
    """A place in the archive that the family can open. ``said_at`` is local time where known."""

    kind: str
    """``"utterance"`` or ``"document"``."""
    id: int
    said_at: date | None
    excerpt: str
    """The supporting words, verbatim, at most 300 characters."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of a reply, with where it comes from and how to say it.

    ``text`` is what is shown, ``spoken`` what is read aloud (no emoji, no markdown).
    """

    text: str
    spoken: str
    language: str
    provenance: Provenance
    sources: tuple[SourceRef, ...] = ()
    mood: Mood = CALM


class Role(enum.StrEnum):
    """What a member may do."""

    KEEPER = "keeper"
    FAMILY = "family"
    CHILD = "child"
    LISTENER = "listener"


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody on the list. ``relation`` is to the person ("wife"); ``called`` is the name the
    person used for them, or None."""

    id: MemberId
    name: str
    relation: str
    role: Role
    called: str | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """Whom the life remembers. ``languages`` in order of use; ``timezone`` an IANA name."""

    name: str
    languages: tuple[str, ...] = ("en",)
    born: date | None = None
    died: date | None = None
    timezone: str | None = None
    photo: BlobId | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """Who builds a life, and by what right.

    ``ground``: ``wish`` (the person wished it), ``estate``, ``relatives`` (the nearest relatives
    agree) or ``self`` (the person builds their own). ``scope``: what may be built, of ``text`` and
    ``voice``. ``statement``: the words that were agreed to.
    """

    at: datetime
    given_by: str
    relation: str
    ground: str
    scope: tuple[str, ...]
    statement: str


class Kind(enum.StrEnum):
    """What a record of an export is."""

    TEXT = "text"
    VOICE = "voice"
    IMAGE = "image"
    VIDEO = "video"
    STICKER = "sticker"
    FILE = "file"
    LOCATION = "location"
    CONTACT = "contact"
    LINK = "link"
    CALL = "call"
    SYSTEM = "system"
    DELETED = "deleted"
    UNKNOWN = "unknown"


class Visibility(enum.StrEnum):
    """Who may hear a piece of memory. ``member`` goes with one or more member ids."""

    FAMILY = "family"
    KEEPER_ONLY = "keeper_only"
    MEMBER = "member"
    NEVER_SPEAK = "never_speak"


@dataclass(frozen=True, slots=True)
class MediaRef:
    """A file that belongs to an utterance. ``path`` is its name inside the export."""

    path: str
    mime: str | None
    exists: bool
    sha256: str | None = None


class Utterance(NamedTuple):
    """One record of a chat export, as read: the intermediate form every importer emits.

    ``ts_local`` is the wall clock as ISO 8601 without zone (``2019-05-03T21:25:15``); ``ts_utc`` is
    set only where the zone is known. ``ts_precision`` is ``s``, ``min`` or ``day``.
    ``locator`` leads back to the original (a line number, a JSON pointer, a row id).
    A named tuple, as all records of an import: a frozen dataclass takes four times as long to make.
    """

    locator: str
    platform: str
    conversation_key: str
    conversation_title: str
    is_group: bool
    sender_key: str | None
    sender_name: str | None
    ts_local: str | None
    ts_utc: datetime | None
    ts_precision: str
    kind: Kind
    text: str | None
    edited: bool = False
    reply_to: str | None = None
    quoted_text: str | None = None
    forwarded: bool = False
    media: tuple[MediaRef, ...] = ()


class Document(NamedTuple):
    """Something written at length: an essay, a letter, a post. ``written_on`` where the text or
    its file says so. ``author_platform``: the format that ``author_key`` is a sender of, where that
    is not the format it was read from."""

    locator: str
    title: str
    text: str
    written_on: date | None = None
    author_key: str | None = None
    author_platform: str | None = None

"""The frames that pass between our processors. None shows its content when printed."""

from __future__ import annotations

from dataclasses import dataclass

from pipecat.frames.frames import DataFrame

from ofrenda.call.playback import Heard, Reply, Spoken
from ofrenda.types import Sentence


@dataclass(repr=False)
class HeardFrame(DataFrame):
    """The caller has finished a turn."""

    heard: Heard


@dataclass(repr=False)
class HouseFrame(DataFrame):
    """The house speaks unasked; ``opening`` before everything else."""

    sentences: list[Sentence]
    opening: bool = False


@dataclass(repr=False)
class NodFrame(DataFrame):
    """The caller only said "mm" while the person was speaking: go on."""


@dataclass(repr=False)
class TroubleFrame(DataFrame):
    """Something failed; the house says so. ``kind`` is what :meth:`Talk.trouble` takes."""

    kind: str


@dataclass(repr=False)
class SayFrame(DataFrame):
    """A sentence to be spoken."""

    reply: Reply
    spoken: Spoken


@dataclass(repr=False)
class StartedFrame(DataFrame):
    """The sound of a sentence begins here."""

    reply: Reply
    spoken: Spoken


@dataclass(repr=False)
class EndedFrame(DataFrame):
    """The sound of a sentence ends here."""

    reply: Reply
    spoken: Spoken


@dataclass(repr=False)
class ReplyEndFrame(DataFrame):
    """Nothing more comes of this reply."""

    reply: Reply

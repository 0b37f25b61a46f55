"""What a page and the switchboard hand each other to set up a call."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Offer:
    """A page's WebRTC offer: session description ``sdp``, ``type`` always ``"offer"``."""

    sdp: str
    type: str


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Our WebRTC answer, with the id that the call goes by."""

    sdp: str
    type: str
    call_id: str

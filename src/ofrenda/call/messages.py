"""What the page is told over the data channel: plain JSON objects."""

from __future__ import annotations

from typing import Any, Literal

from ofrenda.call.playback import Reply, Spoken
from ofrenda.types import Provenance, Sentence, Transcript

Message = dict[str, Any]

State = Literal["connecting", "disclosing", "listening", "thinking", "speaking", "ended"]
Reason = Literal["caller", "house", "lost", "error", "busy"]


def state(name: State) -> Message:
    """What the line is doing."""
    return {"type": "state", "state": name}


def ended(reason: Reason) -> Message:
    """The call is over."""
    return {"type": "ended", "reason": reason}


def cut(spoken: Spoken) -> Message:
    """This sentence was interrupted."""
    return {"type": "cut", "id": spoken.id}


def withdrawn(reply: Reply) -> Message:
    """The caller had not finished: what they were taken to have said, and the answer to it, are
    gone; both parts come as one."""
    asked = [] if reply.asked is None else [reply.asked]
    return {"type": "withdrawn", "ids": asked + [s.id for s in reply.sentences if s.started]}


def caption(spoken: Spoken) -> Message:
    """A sentence whose sound begins now, with where it comes from."""
    sentence = spoken.sentence
    who = "house" if sentence.provenance is Provenance.HOUSE else "person"
    return {
        "type": "caption",
        "id": spoken.id,
        "who": who,
        "text": sentence.text,
        "language": sentence.language,
        "provenance": sentence.provenance.value,
        "source": _source(sentence),
    }


def caller_caption(id_: int, heard: Transcript) -> Message:
    """What the caller was understood to say."""
    return {
        "type": "caption",
        "id": id_,
        "who": "caller",
        "text": heard.text,
        "language": heard.language,
        "provenance": "caller",
        "source": None,
    }


def _source(sentence: Sentence) -> Message | None:
    if not sentence.sources:
        return None
    first = sentence.sources[0]
    return {
        "kind": first.kind,
        "said_at": first.said_at.isoformat() if first.said_at else None,
        "excerpt": first.excerpt,
    }

"""What travels between the house and the engine process: msgpack, with arrays as raw bytes.

Every call is one request and a stream of answers; the method of a call is named
``/ofrenda.Engines/<kind>.<verb>``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgpack
import numpy as np
from numpy.typing import NDArray

from ofrenda import errors
from ofrenda.engines.protocols import Capabilities, EngineKind, Message, Prompt
from ofrenda.errors import EngineUnavailable, OfrendaError
from ofrenda.types import Audio, Mood, MoodName, Transcript, VoiceProfile

SERVICE = "ofrenda.Engines"
SECRET_KEY = "ofrenda-secret"  # noqa: S105 - the name of the metadata entry, not a secret
ERROR_KEY = "ofrenda-error-bin"
CHANNEL_OPTIONS = (
    ("grpc.max_receive_message_length", -1),
    ("grpc.max_send_message_length", -1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 500),
)

Payload = dict[str, Any]


def pack(payload: Mapping[str, Any]) -> bytes:
    """A message as bytes."""
    return bytes(msgpack.packb(payload))


def unpack(data: bytes) -> Payload:
    """The message of :func:`pack`."""
    payload: Payload = msgpack.unpackb(data)
    return payload


def audio_out(audio: Audio) -> Payload:
    """Sound as a message."""
    return {"rate": audio.sample_rate, "samples": audio.samples.astype("<f4").tobytes()}


def audio_in(payload: Payload) -> Audio:
    """Sound from a message; the samples can be written to."""
    return Audio(np.frombuffer(payload["samples"], "<f4").copy(), payload["rate"])


def vectors_out(vectors: NDArray[np.float32]) -> Payload:
    """Vectors ``[n, dimensions]`` as a message."""
    return {"shape": list(vectors.shape), "data": vectors.astype("<f4").tobytes()}


def vectors_in(payload: Payload) -> NDArray[np.float32]:
    """Vectors from a message."""
    return np.frombuffer(payload["data"], "<f4").reshape(payload["shape"]).copy()


def transcript_out(transcript: Transcript) -> Payload:
    """What was heard as a message."""
    return {
        "text": transcript.text,
        "language": transcript.language,
        "confidence": transcript.confidence,
    }


def voice_out(voice: VoiceProfile) -> Payload:
    """A voice as a message."""
    return {
        "id": voice.id,
        "engine": voice.engine,
        "base_model_sha256": voice.base_model_sha256,
        "languages": list(voice.languages),
        "parameters": dict(voice.parameters),
        "artefact": voice.artefact,
        "consent_id": voice.consent_id,
        "format_version": voice.format_version,
    }


def voice_in(payload: Payload) -> VoiceProfile:
    """A voice from a message."""
    return VoiceProfile(**payload | {"languages": tuple(payload["languages"])})


def mood_out(mood: Mood) -> Payload:
    """A mood as a message."""
    return {"name": mood.name.value, "intensity": mood.intensity, "pace": mood.pace}


def mood_in(payload: Payload) -> Mood:
    """A mood from a message."""
    return Mood(MoodName(payload["name"]), payload["intensity"], payload["pace"])


def prompt_out(prompt: Prompt) -> Payload:
    """A prompt as a message."""
    return {
        "instructions": prompt.instructions,
        "exchanges": [[message.role, message.text] for message in prompt.exchanges],
        "caller": prompt.caller,
        "person": prompt.person,
        "notes": list(prompt.notes),
        "fresh_notes": list(prompt.fresh_notes),
    }


def prompt_in(payload: Payload) -> Prompt:
    """A prompt from a message."""
    return Prompt(
        instructions=payload["instructions"],
        exchanges=tuple(Message(role, text) for role, text in payload["exchanges"]),
        caller=payload["caller"],
        person=payload["person"],
        notes=tuple(payload["notes"]),
        fresh_notes=tuple(payload["fresh_notes"]),
    )


def capabilities_out(capabilities: Capabilities) -> Payload:
    """What an engine is, as a message."""
    return {
        "name": capabilities.name,
        "kind": capabilities.kind.value,
        "languages": list(capabilities.languages),
        "streaming": capabilities.streaming,
        "sample_rate": capabilities.sample_rate,
        "models": list(capabilities.models),
        "licence": capabilities.licence,
        "offline": capabilities.offline,
        "scripted": capabilities.scripted,
    }


def capabilities_in(payload: Payload) -> Capabilities:
    """What an engine is, from a message."""
    lists = {"languages": tuple(payload["languages"]), "models": tuple(payload["models"])}
    return Capabilities(**payload | lists | {"kind": EngineKind(payload["kind"])})


def error_out(error: OfrendaError) -> bytes:
    """An error as bytes: the name of its class and its message."""
    return pack({"class": type(error).__name__, "message": error.message})


def error_in(data: bytes) -> OfrendaError:
    """The error of :func:`error_out`, of the class of that name."""
    payload = unpack(data)
    for known in _family(OfrendaError):
        if known.__name__ == payload["class"] and known is not errors.ClipRejected:
            return known(payload["message"])
    return EngineUnavailable(payload["message"])


def _family(ancestor: type[OfrendaError]) -> Iterator[type[OfrendaError]]:
    yield ancestor
    for child in ancestor.__subclasses__():
        yield from _family(child)

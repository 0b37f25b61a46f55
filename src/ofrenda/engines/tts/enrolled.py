"""Profiles of engines that learn a voice from its reference: how one is made, and what is in it."""

from __future__ import annotations

from collections.abc import Sequence

from ofrenda.engines.tts.prompts import (
    VoicePrompt,
    pack_prompts,
    prompt_for,
    prompts_of,
    unpack_prompts,
)
from ofrenda.errors import EngineRefused
from ofrenda.types import Mood, ReferenceClip, VoiceProfile

_OTHER = (
    "The voice of this life was made for another speech engine. Make one for this engine with "
    "'ofrenda voice', or choose the other engine again (OFRENDA_TTS)."
)


def prompted(
    reference: Sequence[ReferenceClip],
    *,
    engine: str,
    name: str,
    consent_id: str,
    least: float,
    most: float,
    languages: tuple[str, ...] = (),
    model: str | None = None,
) -> VoiceProfile:
    """A profile that holds the clips to speak like, one of ``least`` to ``most`` seconds for each
    mood heard. ``languages``: else those of the clips; ``model``: of an engine that has several.
    Raises :class:`EngineRefused` where no clip is long enough."""
    chosen = prompts_of(reference, least=least, most=most)
    return VoiceProfile(
        id=name,
        engine=engine,
        base_model_sha256="",
        languages=languages or tuple(dict.fromkeys(prompt.language for prompt in chosen)),
        parameters={} if model is None else {"model": model},
        artefact=pack_prompts(chosen),
        consent_id=consent_id,
    )


def prompt_in(voice: VoiceProfile, mood: Mood, *, engine: str) -> VoicePrompt:
    """The clip to speak like in this mood. Raises :class:`EngineRefused` for a profile that
    another engine made, or that holds none."""
    if voice.engine != engine:
        raise EngineRefused(_OTHER)
    return prompt_for(unpack_prompts(voice.artefact), mood)


def hosted(
    reference: Sequence[ReferenceClip], *, engine: str, name: str, consent_id: str, voice_id: str
) -> VoiceProfile:
    """A profile of a voice that lies with a service, under ``voice_id``."""
    return VoiceProfile(
        id=name,
        engine=engine,
        base_model_sha256="",
        languages=tuple(dict.fromkeys(clip.language for clip in reference)),
        parameters={"voice_id": voice_id},
        consent_id=consent_id,
    )


def voice_id_in(voice: VoiceProfile, *, engine: str) -> str:
    """The ``voice_id`` of :func:`hosted`. Raises :class:`EngineRefused` for another engine's."""
    voice_id = voice.parameters.get("voice_id")
    if voice.engine != engine or not isinstance(voice_id, str) or not voice_id:
        raise EngineRefused(_OTHER)
    return voice_id

"""The person's own clips as what an engine wants to hear: a prompt, a reel, files.

Engines that clone from a prompt keep no model of the voice; what they are given each time lies in
the profile's artefact (:func:`pack_prompts`), encrypted with everything else of the life.
"""

from __future__ import annotations

import io
import wave
from collections.abc import Sequence
from dataclasses import dataclass

import msgpack
import numpy as np
import soxr

from ofrenda.errors import EngineRefused
from ofrenda.types import Audio, Mood, MoodName, ReferenceClip, Samples

PROMPT_RATE = 24_000
"""Hz of stored prompts; every engine here resamples to its own."""
GAP_S = 0.4
"""Silence between the clips of a reel."""
_FORM = 1


@dataclass(frozen=True, slots=True)
class VoicePrompt:
    """One clip for an engine to speak like: ``wav`` is a 16-bit mono WAV file."""

    wav: bytes
    text: str
    language: str
    mood: MoodName
    seconds: float


def wav_bytes(audio: Audio) -> bytes:
    """``audio`` as a 16-bit mono WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(audio.sample_rate)
        out.writeframes((np.clip(audio.samples, -1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def samples_of(wav: bytes) -> Audio:
    """The sound in a file of :func:`wav_bytes`."""
    with wave.open(io.BytesIO(wav)) as file:
        raw = file.readframes(file.getnframes())
        return Audio(np.frombuffer(raw, "<i2").astype(np.float32) / 32768.0, file.getframerate())


def at_rate(audio: Audio, rate: int) -> Audio:
    """``audio`` at ``rate`` Hz."""
    if audio.sample_rate == rate:
        return audio
    samples: Samples = soxr.resample(audio.samples, audio.sample_rate, rate).astype(np.float32)
    return Audio(samples, rate)


def reel(reference: Sequence[ReferenceClip], *, least: float, most: float) -> Audio:
    """The clips one after the other with a short rest between them, at 24 kHz, at most ``most`` s.

    Raises :class:`EngineRefused` where all of them together have under ``least`` seconds."""
    pieces: list[Samples] = []
    seconds = 0.0
    rest = np.zeros(int(GAP_S * PROMPT_RATE), np.float32)
    for clip in reference:
        sound = at_rate(clip.audio, PROMPT_RATE)
        if pieces and seconds + GAP_S + sound.seconds > most:
            continue
        pieces += [rest, sound.samples] if pieces else [sound.samples]
        seconds += sound.seconds + (GAP_S if len(pieces) > 1 else 0.0)
    if seconds < least:
        raise EngineRefused(
            f"This engine needs at least {least:.0f} s of clean speech, and there are "
            f"{seconds:.0f} s. Add another recording with 'ofrenda voice'."
        )
    return Audio(np.concatenate(pieces)[: int(most * PROMPT_RATE)], PROMPT_RATE)


def prompts_of(
    reference: Sequence[ReferenceClip], *, least: float, most: float
) -> tuple[VoicePrompt, ...]:
    """One prompt for each mood heard, each of ``least`` to ``most`` seconds, the longest that fit.

    The calmest comes first: it is what speaks where a mood was never heard. Raises
    :class:`EngineRefused` where no clip is long enough."""
    best: dict[MoodName, ReferenceClip] = {}
    for clip in reference:
        if not least <= clip.audio.seconds <= most:
            continue
        before = best.get(clip.mood)
        if before is None or clip.audio.seconds > before.audio.seconds:
            best[clip.mood] = clip
    if not best:
        raise EngineRefused(
            f"This engine speaks like one clip of {least:.0f} to {most:.0f} s, and there is none. "
            "Add another recording with 'ofrenda voice'."
        )
    order = sorted(best.values(), key=lambda clip: clip.mood is not MoodName.CALM)
    return tuple(
        VoicePrompt(
            wav_bytes(at_rate(clip.audio, PROMPT_RATE)),
            clip.text,
            clip.language,
            clip.mood,
            clip.audio.seconds,
        )
        for clip in order
    )


_NEAR: dict[MoodName, tuple[MoodName, ...]] = {
    MoodName.WARM: (MoodName.TENDER, MoodName.GLAD),
    MoodName.GLAD: (MoodName.PLAYFUL, MoodName.WARM),
    MoodName.PLAYFUL: (MoodName.GLAD,),
    MoodName.TENDER: (MoodName.WARM, MoodName.SAD),
    MoodName.SAD: (MoodName.TENDER,),
    MoodName.CONCERNED: (MoodName.TENDER, MoodName.SAD),
}
"""What is nearest to a mood that was never heard: a choice, and never a mood made up."""


def prompt_for(prompts: Sequence[VoicePrompt], mood: Mood) -> VoicePrompt:
    """The prompt whose mood is nearest; the first where none is near or the feeling is slight."""
    if mood.intensity >= 0.3:
        for wanted in (mood.name, *_NEAR.get(mood.name, ())):
            for prompt in prompts:
                if prompt.mood is wanted:
                    return prompt
    return prompts[0]


def pack_prompts(prompts: Sequence[VoicePrompt]) -> bytes:
    """Prompts as the artefact of a profile."""
    rows = [[p.wav, p.text, p.language, p.mood.value, p.seconds] for p in prompts]
    packed: bytes = msgpack.packb({"form": _FORM, "prompts": rows})
    return packed


def unpack_prompts(artefact: bytes | None) -> tuple[VoicePrompt, ...]:
    """The prompts of :func:`pack_prompts`; :class:`EngineRefused` for anything else."""
    try:
        held = msgpack.unpackb(artefact or b"")
        if held["form"] != _FORM:
            raise ValueError
        prompts = tuple(
            VoicePrompt(wav, text, language, MoodName(mood), seconds)
            for wav, text, language, mood, seconds in held["prompts"]
        )
    except (ValueError, TypeError, KeyError, msgpack.UnpackException):
        prompts = ()
    if not prompts:
        raise EngineRefused(
            "The voice of this life is not stored in a form that this engine can speak with. "
            "Make it again with 'ofrenda voice'."
        )
    return prompts

"""Making the sound of a listening test: each line in each voice, alike in all but the voice."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.tts.sound import trim
from ofrenda.errors import BadInput, OfrendaError
from ofrenda.types import Audio, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice import lab_store
from ofrenda.voice.lab_store import HELD_OUT, Segment
from ofrenda.voice.listening import RECORDING, Line, begin, clear, put_sound
from ofrenda.voice.loudness import level_to
from ofrenda.voice.preference import PERSON
from ofrenda.voice.reference import LOUDNESS, RATE, final_sound
from ofrenda.voice.segment_sound import at_rate, to_wav

MOST_VOICES: Final = 5
"""Five are ten pairs already; more would tire a listener before anything could be told."""


async def _at_once() -> None:
    """Nothing to wait for."""


async def lay_out(
    life: Life,
    voices: Sequence[VoiceProfile],
    lines: Sequence[Line],
    recordings: Sequence[int],
    tts: TextToSpeech,
    *,
    give_way: Callable[[], Awaitable[None]] = _at_once,
    tell: Callable[[float], None] = lambda _share: None,
) -> list[str]:
    """Lay out a listening test of ``lines`` and have every voice say every line.

    ``recordings`` are segments kept back, which the keeper lets all who listen hear: what is said
    in them is a line, too, and the recording one of its voices. ``give_way`` is awaited before
    each sentence. All is mono at :data:`~.reference.RATE`, trimmed and at the same loudness, so
    that no side is told by anything but its voice. Returns why a voice could not be heard, a
    sentence each; raises BadInput where fewer than two things are left to compare, and takes all
    of it away again when it does not come to its end."""
    fewest = 1 if recordings else 2
    if not fewest <= len(voices) <= MOST_VOICES:
        raise BadInput(f"Choose two to {MOST_VOICES} voices to compare.")
    chosen = [_held_out(life, number) for number in recordings]
    own = [Line(RECORDING, one.text, one.language) for one in chosen]
    if not lines and not own:
        raise BadInput("There is nothing to say in these voices. Bring texts first.")
    kept = await asyncio.to_thread(begin, life, [*lines, *own])
    whole = False
    try:
        for line, segment in zip(kept[len(lines) :], chosen, strict=True):
            recorded = await asyncio.to_thread(final_sound, life, segment)
            wav = await asyncio.to_thread(_even, recorded)
            await asyncio.to_thread(put_sound, life, line, PERSON, wav)
        trouble = []
        for i, voice in enumerate(voices):
            try:
                for j, line in enumerate(kept):
                    await give_way()
                    tell((i + j / len(kept)) / len(voices))
                    wav = await _said(tts, voice, line)
                    await asyncio.to_thread(put_sound, life, line, voice.id, wav)
            except OfrendaError as error:
                trouble.append(error.message)
        if len(voices) - len(trouble) + bool(own) < 2:
            raise BadInput(trouble[0])
        whole = True
    finally:
        if not whole:
            clear(life)
    return trouble


async def _said(tts: TextToSpeech, voice: VoiceProfile, line: Line) -> bytes:
    pieces = [
        audio async for audio in tts.synthesize(line.text, voice=voice, language=line.language)
    ]
    if not pieces:
        raise BadInput("A voice stayed silent. Run 'ofrenda doctor' to check the engines.")
    samples = np.concatenate([piece.samples for piece in pieces])
    return await asyncio.to_thread(_even, Audio(samples, pieces[0].sample_rate))


def _even(audio: Audio) -> bytes:
    audio = at_rate(audio, RATE)
    return to_wav(level_to(Audio(trim(audio.samples, RATE), RATE), LOUDNESS))


def _held_out(life: Life, number: int) -> Segment:
    segment = lab_store.segment(life, number)
    if segment.role != HELD_OUT:
        raise BadInput("Only a recording that no voice was made from can be listened to here.")
    return segment

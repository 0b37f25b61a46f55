"""What a voice is asked to say so that it can be compared, and how the encoder hears it."""

from __future__ import annotations

import asyncio
from typing import Final

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.errors import EngineRefused
from ofrenda.types import Audio, VoiceProfile
from ofrenda.voice.pitch import median_pitch
from ofrenda.voice.speaker import RATE, Embeddings, speaker_encoder

SENTENCES: Final[dict[str, tuple[str, ...]]] = {
    "en": (
        "The kettle was on, and I sat by the window for a while to watch the rain.",
        "We leave before nine, because the road along the river is busy on Saturdays.",
        "There used to be a small shop on the corner that sold warm bread and soup.",
    ),
    "zh": (
        "今天早上我坐在窗边，慢慢地喝了一杯热茶。",
        "我们明天九点以前出发，因为周末路上车很多。",
        "小时候我常常跟着爷爷去河边，看别人钓鱼。",
    ),
}
"""Plain statements of four to five seconds: long enough for the encoder, which hears 1.6 s at a
time, and of no feeling that a voice might put on."""


async def speak(tts: TextToSpeech, text: str, voice: VoiceProfile, language: str) -> Audio:
    """``text`` as ``voice`` says it, at 16 kHz. Raises the engine's errors."""
    import soxr

    pieces = [audio async for audio in tts.synthesize(text, voice=voice, language=language)]
    if not pieces:
        raise EngineRefused("The voice stayed silent. Run 'ofrenda doctor' to check the engines.")
    samples = np.concatenate([piece.samples for piece in pieces])
    rate = pieces[0].sample_rate
    heard = await asyncio.to_thread(soxr.resample, samples, rate, RATE)
    return Audio(np.asarray(heard, np.float32), RATE)


async def listen(
    tts: TextToSpeech, voice: VoiceProfile, language: str
) -> tuple[Embeddings, float | None]:
    """One embedding per sentence of ``language`` (``[3, 256]``), and the median pitch in Hz."""
    encoder = speaker_encoder()
    rows, spoken = [], []
    for text in SENTENCES[language]:
        audio = await speak(tts, text, voice, language)
        rows.append(await asyncio.to_thread(encoder.embed, audio))
        spoken.append(audio.samples)
    pitch = await asyncio.to_thread(median_pitch, Audio(np.concatenate(spoken), RATE))
    return np.stack(rows), pitch

"""What a voice is asked to say so that it can be compared, and how the encoder hears it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Final

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.errors import EngineRefused
from ofrenda.types import Audio, VoiceProfile
from ofrenda.voice.pitch import median_pitch
from ofrenda.voice.quality import TELEPHONE_BAND
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


@dataclass(frozen=True, slots=True)
class Heard:
    """A voice as the encoder hears it: an embedding per sentence ``[3, 256]``, at full band and
    behind a telephone, and the median pitch in Hz (None: nothing voiced)."""

    wide: Embeddings
    narrow: Embeddings
    pitch: float | None


async def listen(tts: TextToSpeech, voice: VoiceProfile, language: str) -> Heard:
    """Have ``voice`` say the sentences of ``language``. Raises the engine's errors."""
    spoken = [await speak(tts, text, voice, language) for text in SENTENCES[language]]
    return await asyncio.to_thread(_heard, spoken)


def _heard(spoken: list[Audio]) -> Heard:
    embed = speaker_encoder().embed
    return Heard(
        np.stack([embed(audio) for audio in spoken]),
        np.stack([embed(by_telephone(audio)) for audio in spoken]),
        median_pitch(Audio(np.concatenate([audio.samples for audio in spoken]), RATE)),
    )


def by_telephone(audio: Audio) -> Audio:
    """The sound as a telephone lets it through (:data:`TELEPHONE_BAND`); the encoder hears the
    band at least as much as the person, so that a clip from a telephone is compared with this."""
    spectrum = np.fft.rfft(audio.samples)
    hertz = np.fft.rfftfreq(len(audio.samples), 1 / audio.sample_rate)
    low, top = TELEPHONE_BAND
    spectrum *= 1 / (1 + (low / np.maximum(hertz, 1.0)) ** 8) / (1 + (hertz / top) ** 16)
    narrow = np.fft.irfft(spectrum, len(audio.samples))
    return Audio(np.asarray(narrow, np.float32), audio.sample_rate)

"""From which confidence on heard words may pass for what somebody said: chooses OWN_CONFIDENCE.

Debian's recorded English prompts as the voice messages of a family would hold them: Opus and
AMR-NB, with noise from none to as loud as the voice. For each threshold: how many messages are
kept, their word error rate, and how many of the kept are bad (more than a quarter of the words
wrong). The constant is chosen on the even prompts; quote the odd ones (--part odd, the default).

    python scripts/measure_spoken.py [--part odd|even] [--count 20]
"""

from __future__ import annotations

import argparse
import asyncio
import io

import av
import numpy as np
from measure_stt import distance, load, prompts, words

from ofrenda.engines.stt.whisper import create
from ofrenda.settings import Settings
from ofrenda.sound import decode
from ofrenda.types import Audio, Samples

RATE = 16_000
NOISE_DB = (None, 10.0, 3.0, -3.0)
CODECS = (("libopus", "ogg", 48_000, 16_000), ("libopencore_amrnb", "amr", 8_000, 5_900))
BAD = 0.25


def noisy(samples: Samples, snr: float | None, dice: np.random.Generator) -> Samples:
    """The voice with brownish noise under it, ``snr`` dB softer."""
    if snr is None:
        return samples
    noise = np.convolve(dice.standard_normal(len(samples)), np.ones(8) / 8, "same")
    level = np.sqrt(np.mean(np.square(samples))) * 10 ** (-snr / 20)
    return (samples + noise * level / np.sqrt(np.mean(np.square(noise)))).astype(np.float32)


def packed(samples: Samples, codec: str, form: str, rate: int, bits: int) -> bytes:
    """As a phone would keep it."""
    file = io.BytesIO()
    with av.open(file, "w", format=form) as out:
        stream = out.add_stream(codec, rate=rate)
        stream.layout, stream.bit_rate = "mono", bits
        pcm = (np.clip(samples, -1, 1) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(pcm, "s16", "mono")
        frame.sample_rate = RATE
        resampler = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        fifo = av.AudioFifo()
        for each in [*resampler.resample(frame), *resampler.resample(None)]:
            each.pts = None
            fifo.write(each)
        size = stream.codec_context.frame_size or 160
        while (each := fifo.read(size, partial=True)) is not None:
            each.pts = None
            out.mux(stream.encode(each))
        out.mux(stream.encode(None))
    return file.getvalue()


async def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("odd", "even"), default="odd")
    parser.add_argument("--count", type=int, default=20)
    options = parser.parse_args()
    stt, dice = create(Settings()), np.random.default_rng(4)
    rows: list[tuple[float, int, int]] = []
    for path, text in prompts(options.part, options.count):
        clean = load(path).samples
        for codec in CODECS:
            for snr in NOISE_DB:
                sound = decode(packed(noisy(clean, snr, dice), *codec))
                heard = await stt.transcribe(Audio(sound.samples, RATE), languages=("en",))
                said = words(text)
                rows.append((heard.confidence, distance(said, words(heard.text)), len(said)))
    await stt.close()
    spoken = [row for row in rows if row[0] > 0]
    print(f"{len(rows)} messages, {len(spoken)} with words")
    print("from   kept   WER     bad among kept")
    for threshold in (0.0, 0.4, 0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85):
        kept = [row for row in spoken if row[0] >= threshold]
        wrong, total = sum(row[1] for row in kept), max(1, sum(row[2] for row in kept))
        bad = sum(row[1] > BAD * row[2] for row in kept)
        share = len(kept) / len(spoken)
        print(f"{threshold:.2f}   {share:4.0%}   {wrong / total:6.2%}   {bad} of {len(kept)}")


if __name__ == "__main__":
    asyncio.run(main())

"""What a recording is like: level, noise, clipping, band, echo. Each a number with a known scale.

The figures behind the thresholds come from studio recordings of a woman (English), a man
(Italian) and another woman (Russian), every second prompt of Debian's asterisk-core-sounds,
made worse on purpose. Held against the other prompts and ten further synthetic voices: all of
14 clips are refused as clipped when 3 % of their samples are flat, none at 0.3 %; after Opus 9 of
14 at 10 %. All 28 with noise as loud as the voice or louder are drowned, none 6 dB below; with
music on hold as loud 8 of 14. One of 14 in a very echoing room is called drowned as well.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.types import Audio
from ofrenda.voice.speech import Span

SILENT_DBFS: Final = -60.0
"""A recording whose loudest tenth of a second stays under this holds nothing: quiet speech in a
voice note lies above -45 dBFS, a switched-off microphone under -70."""
CLIPPED_CREST_DB: Final = 8.5
"""Speech whose peaks stand less than this above its mean power was cut off at the top.

Untouched prompts: 11.3 to 12.0 dB, also after Opus at 16 kbit/s and MP3. Cut so that 1 to 4 % of
all samples lie flat: 7.3 to 9.0 dB; 6 % and more: under 6.5 dB, or 6.5 to 8.5 dB when Opus has
since rounded off the flat tops and made them impossible to count. Voices of spiky sound start from
as much as 17 dB; for them the flat samples are counted too."""
CLIPPED_FLAT: Final = 0.015
"""Share of the voice's samples that lie within 5 % of the highest one. Untouched prompts: 0.0003 at
most; cut so that 1 % lie flat: 0.015 to 0.02; 3 %: 0.05, and half of that after MP3."""
STRAINED_CREST_DB: Final = 10.0
STRAINED_FLAT: Final = 0.003
"""Beyond these a tenth of a percent or more was cut off: worth a warning."""
NOISY_SNR_DB: Final = 20.0
"""Voice cloning copies what lies under the voice; under 20 dB it is plainly heard."""
DROWNED_SNR_DB: Final = 6.0
DROWNED_LULL_DB: Final = 9.0
"""A voice this little above the middle of its pauses, and above their quietest fifth, is drowned:
whatever is chosen is chosen by the noise as well. Steady noise as loud as the voice gives 3 and
3.5 dB, music as loud 2 to 6 and 5 to 9; 5 dB softer noise 6.2 and 6.5 and more. The second figure
is for rooms that echo: there the speech finder misses words, and they count as pauses (6 dB above
the middle, but 27 and more above the quietest fifth)."""
TELEPHONE_BAND: Final = (300.0, 3300.0)
"""What a telephone lets through, a little inside its edges."""

TELEPHONE_DROP_DB: Final = 15.0
"""Fall of the speech spectrum from 2.6-3.3 kHz to 4.3-5.2 kHz. Wide-band prompts: 3 to 10 dB, with
noise, echo or Opus at 16 kbit/s too; sent through 8 kHz: 34 dB and more after Opus, 90 before;
Opus at 6 kbit/s, which sends no more than a telephone does: 17 to 24 dB."""
ECHO_SECONDS: Final = 0.45
"""Decay time estimated from the fastest tenth of decays. Dry prompts give 0.12 to 0.20 s; a living
room (0.3 s) 0.25 to 0.32; a bare room (0.8 s, as much echo as voice) 0.48 to 0.54."""

_BEST_SNR_DB: Final = 60.0


@dataclass(frozen=True, slots=True)
class Quality:
    """``level`` of the speech in dBFS; ``snr`` and ``crest`` in dB; ``flat`` the share of samples
    at the very top; ``drowned`` True when noise or music is about as loud as the voice;
    ``telephone`` True when nothing above 3.5 kHz was recorded; ``echo`` the decay time in seconds
    (None: too few decays)."""

    level: float
    snr: float
    crest: float
    flat: float
    drowned: bool
    telephone: bool
    echo: float | None

    @property
    def clipped(self) -> bool:
        """Whether the peaks were cut off, so that the voice is distorted."""
        return self.crest < CLIPPED_CREST_DB or self.flat > CLIPPED_FLAT

    @property
    def strained(self) -> bool:
        """Whether some peaks were."""
        return self.crest < STRAINED_CREST_DB or self.flat > STRAINED_FLAT


def loudest_dbfs(audio: Audio) -> float:
    """Power of the loudest tenth of a second, in dB below full scale."""
    return float(_levels(audio, 0.1).max(initial=-120.0))


def measure_quality(audio: Audio, speech: Sequence[Span]) -> Quality:
    """Judge the sound inside and between the spans of ``speech``, at 16 kHz."""
    levels = _levels(audio, 0.02)
    inside = np.zeros(len(levels), bool)
    for span in speech:
        inside[round(span.start * 50) : round(span.end * 50)] = True
    voice = levels[inside]
    loud = float(_mean_db(voice[voice > np.quantile(voice, 0.95) - 20]))
    middle, lull = _pauses(levels, inside)
    snr = float(np.clip(loud - middle, 0.0, _BEST_SNR_DB))
    crest, flat = _peaks(audio, inside)
    return Quality(
        level=round(loud, 1),
        snr=round(snr, 1),
        crest=round(crest, 1),
        flat=round(flat, 4),
        drowned=snr < DROWNED_SNR_DB and loud - lull < DROWNED_LULL_DB,
        telephone=telephone_drop(audio) > TELEPHONE_DROP_DB,
        echo=_echo(audio),
    )


def _levels(audio: Audio, seconds: float) -> NDArray[np.float64]:
    size = round(seconds * audio.sample_rate)
    whole = len(audio.samples) // size
    frames = audio.samples[: whole * size].reshape(whole, size).astype(np.float64)
    levels: NDArray[np.float64] = 10 * np.log10(np.mean(np.square(frames), axis=1) + 1e-12)
    return levels


def _mean_db(levels: NDArray[np.float64]) -> float:
    return float(10 * np.log10(np.mean(10 ** (levels / 10))))


def _pauses(levels: NDArray[np.float64], inside: NDArray[np.bool_]) -> tuple[float, float]:
    """Level of what lies under the voice in dBFS: the middle, and the quietest fifth."""
    # a frame at the edge of a span holds the tail of a word: leave a tenth of a second around
    near = np.convolve(inside, np.ones(11), mode="same") > 0
    pauses = levels[~near]
    if len(pauses) >= 25:
        return float(np.median(pauses)), float(np.quantile(pauses, 0.2))
    # less than half a second of pauses: the quietest frames must do, which in unbroken speech are
    # the closures of p, t and k
    return float(np.quantile(levels, 0.05)), float(np.quantile(levels, 0.02))


def _peaks(audio: Audio, inside: NDArray[np.bool_]) -> tuple[float, float]:
    """How far the peaks stand above the mean power in dB, and the share of samples at the top."""
    size = round(0.02 * audio.sample_rate)
    frames = audio.samples[: len(inside) * size].reshape(len(inside), size)[inside]
    power = np.mean(np.square(frames), axis=1)
    voiced = np.abs(frames[power > 0.01 * np.quantile(power, 0.95)])
    rms = float(np.sqrt(np.mean(np.square(voiced))))
    crest = float(20 * np.log10(np.quantile(voiced, 0.9995) / max(rms, 1e-9)))
    return crest, float(np.mean(voiced > 0.95 * voiced.max()))


def telephone_drop(audio: Audio) -> float:
    """dB that the speech spectrum falls by around the edge of a telephone's band."""
    size = 512
    frames = np.lib.stride_tricks.sliding_window_view(audio.samples, size)[:: size // 2]
    power = np.abs(np.fft.rfft(frames * np.hanning(size), axis=1)) ** 2
    total = power.sum(axis=1)
    mean = power[total > 0.003 * np.quantile(total, 0.95)].mean(axis=0)
    hertz = np.fft.rfftfreq(size, 1 / audio.sample_rate)

    def band(low: float, high: float) -> float:
        return float(10 * np.log10(mean[(hertz >= low) & (hertz < high)].mean() + 1e-15))

    return band(2600, 3300) - band(4300, 5200)


def _echo(audio: Audio) -> float | None:
    """Decay time (to -60 dB) read off the fastest tenth of all decays of 100 ms.

    A room sets a limit to how fast sound can die away; the fastest decays show it.
    """
    levels = np.convolve(_levels(audio, 0.01), np.ones(3) / 3, mode="same")
    width = 10
    if len(levels) <= width:
        return None
    runs = np.lib.stride_tricks.sliding_window_view(levels, width)
    time = np.arange(width) - (width - 1) / 2
    slope = (runs @ time) / (time @ time) * 100  # dB per second
    loud = runs[:, 0] > np.quantile(levels, 0.95) - 15
    falling = np.diff(runs, axis=1).max(axis=1) < 0.5
    decays = -slope[loud & falling & (slope < -30)]
    return round(float(60 / np.quantile(decays, 0.9)), 2) if len(decays) >= 20 else None

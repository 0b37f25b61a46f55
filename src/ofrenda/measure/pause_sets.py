"""Turns with pauses inside them, for measuring whether a call waits: real speech and synthetic.

The real speech is Debian's asterisk-core-sounds, one professional speaker a language, with their
transcripts; what is installed is used, English alone is enough. Three turns come of a prompt: as it
is (``clean``), with up to two of the pauses that the speaker made between phrases drawn out
(``phrases``), and with one put between two words of a phrase (``words``). A pause is 0.4 to 1.5 s
long and filled with the recording's own room. Every second prompt is half 0, on which the rules of
:mod:`ofrenda.call.patience` were chosen; figures are published of half 1.
"""

from __future__ import annotations

import gzip
import itertools
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.measure.questions import ENGLISH, MANDARIN, Questions, caller_voice, say, with_pauses
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples
from ofrenda.voice import decode
from ofrenda.weights import resolve

RATE: Final = 16_000
SOUNDS: Final = Path("/usr/share/asterisk/sounds")
TEXTS: Final = Path("/usr/share/doc")
SETS: Final = {
    "en": "en_US_f_Allison",
    "es": "es_MX_f_Allison",
    "fr": "fr_CA_f_June",
    "it": "it_IT_m_Carlo",
}
SHORTEST, LONGEST = 0.4, 1.5
"""Seconds of a pause."""
VOICES: Final = 3
"""Stock voices that ask the synthetic questions."""
_LEVEL: Final = 0.06
_QUIET: Final = -45.0
"""Decibels (of full scale) that a step of 10 ms must reach to be speech, and not more than 38 under
the loudest step."""
_REAL: Final = 0.12
"""Seconds of silence that are a pause of the speaker and not the closing of the lips."""
_MARGIN: Final = 0.5
"""Seconds at both ends, with the silence there, that a pause keeps away from."""
_FADE: Final = 80
_ROOM: Final = 800
"""Samples of silence that are enough to go on with."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What one caller says in one go: ``set`` it belongs to, language, half, the sound at 16 kHz,
    and the seconds of the pauses put into it."""

    set: str
    language: str
    half: int
    audio: Audio
    pauses: tuple[float, ...] = ()


def languages_there(sounds: Path = SOUNDS) -> list[str]:
    """The languages whose prompts are installed."""
    return [language for language, folder in SETS.items() if (sounds / folder).is_dir()]


def spoken_turns(
    settings: Settings, language: str, half: int, *, most: int | None = None
) -> Iterator[Turn]:
    """The turns that come of one half of the prompts of a language, ``most`` prompts at most."""
    from faster_whisper import WhisperModel

    whisper = WhisperModel(
        str(resolve("whisper-base-int8", settings).folder),
        device="cpu",
        compute_type="int8",
        cpu_threads=settings.threads,
        local_files_only=True,
    )
    chosen = itertools.islice(prompts(language), half, None, 2)
    for name, samples in itertools.islice(chosen, most):
        dice = np.random.default_rng(zlib.crc32(f"{language} {name}".encode()))
        yield Turn("clean", language, half, Audio(samples, RATE))
        pauses = silences(samples)
        drawn, seconds = _drawn_out(samples, pauses, dice)
        if seconds:
            yield Turn("phrases", language, half, Audio(drawn, RATE), seconds)
        gaps = _between_words(whisper, samples, language, pauses)
        if gaps:
            pause = dice.uniform(SHORTEST, LONGEST)
            at = _quietest(samples, gaps[int(dice.integers(len(gaps)))])
            cut = _with_silence(samples, at, samples[:0], round(pause * RATE))
            yield Turn("words", language, half, Audio(cut, RATE), (pause,))


async def synthetic_turns(tts: TextToSpeech, *, voices: int = VOICES) -> list[Turn]:
    """The bench's questions in stock voices, clean and with pauses: English, and Mandarin, of
    which there is no recorded set. No rule was chosen on them: all are half 1."""
    turns = []
    for language, texts in (("en", ENGLISH), ("zh", MANDARIN)):
        taken: set[str] = set()
        for _ in range(voices):
            voice = caller_voice(language, taken)
            taken |= set(voice.parameters.get("mix", {}))
            asked = [await say(tts, text, voice, language) for text in texts]
            turns += _synthetic(f"synthetic_clean_{language}", language, asked)
            paused = with_pauses(Questions(tuple(asked), asked[0])).asked
            turns += _synthetic(f"synthetic_{language}", language, paused)
    return turns


def _synthetic(name: str, language: str, asked: Iterable[Audio]) -> list[Turn]:
    import soxr

    return [
        Turn(name, language, 1, Audio(soxr.resample(a.samples, a.sample_rate, RATE), RATE))
        for a in asked
    ]


def prompts(language: str) -> Iterator[tuple[str, Samples]]:
    """Name and sound of the prompts that are whole sentences, equally loud, ends cut close."""
    for name, text in sorted(_texts(language).items()):
        file = SOUNDS / SETS[language] / f"{name}.g722"
        if not _is_sentence(text) or not file.is_file():
            continue
        samples = decode(file.read_bytes(), name=file.name).samples
        loud = np.flatnonzero(np.abs(samples) > 0.01)
        if not len(loud):
            continue
        samples = samples[max(0, loud[0] - 1600) : loud[-1] + 2400]
        if 1.2 <= len(samples) / RATE <= 14.0:
            yield name, samples * np.float32(_LEVEL / np.sqrt(np.mean(np.square(samples))))


def _texts(language: str) -> dict[str, str]:
    file = TEXTS / f"asterisk-core-sounds-{language}" / f"core-sounds-{language}.txt.gz"
    with gzip.open(file, "rt", encoding="utf-8", errors="replace") as lines:
        pairs = [line.partition(": ") for line in lines if not line.startswith(";")]
    return {name.strip(): text.strip() for name, _, text in pairs if text}


def _is_sentence(text: str) -> bool:
    whole = re.match(r"[A-ZÀ-Ý¿¡]", text) and re.search(r"[^.][.!?]$", text)
    return bool(whole) and "[" not in text and len(text.split()) >= 4


def silences(samples: Samples) -> list[tuple[int, int]]:
    """First and last sample of the pauses that the speaker made."""
    step = RATE // 100
    steps = samples[: len(samples) // step * step].reshape(-1, step)
    power = 10 * np.log10(np.square(steps).mean(axis=1) + 1e-12)
    loud = power > max(_QUIET, float(power.max()) - 38)
    found, place = [], 0
    for is_loud, group in itertools.groupby(loud):
        length = len(list(group))
        inside = place > 0 and place + length < len(loud)
        if not is_loud and inside and length * 0.01 >= _REAL:
            found.append((place * step, (place + length) * step))
        place += length
    return found


def _drawn_out(
    samples: Samples, pauses: list[tuple[int, int]], dice: np.random.Generator
) -> tuple[Samples, tuple[float, ...]]:
    margin = round(_MARGIN * RATE)
    real = [(a, b) for a, b in pauses if a > margin and len(samples) - b > margin]
    chosen = dice.permutation(len(real))[:2]
    seconds = []
    for start, end in sorted((real[int(n)] for n in chosen), reverse=True):
        pause = dice.uniform(SHORTEST, LONGEST)
        more = round(pause * RATE) - (end - start)
        if more > 0:
            room = samples[start:end][_FADE * 2 : -_FADE * 2]
            samples = _with_silence(samples, (start + end) // 2, room, more)
        seconds.append(max(pause, (end - start) / RATE))
    return samples, tuple(reversed(seconds))


def _between_words(
    whisper: Any, samples: Samples, language: str, pauses: list[tuple[int, int]]
) -> list[float]:
    """Seconds at which a word of a phrase ends and the next begins; after the second word, and
    not where the speaker pauses."""
    segments, _ = whisper.transcribe(samples, language=language, word_timestamps=True, beam_size=1)
    words = [word for segment in segments for word in segment.words]
    found = []
    for one, other in itertools.pairwise(words[1:]):
        at = (one.end + other.start) / 2
        inside = _MARGIN < at < len(samples) / RATE - _MARGIN
        near = any(a / RATE - _REAL < at < b / RATE + _REAL for a, b in pauses)
        if inside and not near and one.word.strip()[-1:] not in ".,!?;:":
            found.append(at)
    return found


def _quietest(samples: Samples, at: float) -> int:
    around = range(
        max(160, round((at - 0.08) * RATE)), min(len(samples) - 160, round((at + 0.08) * RATE)), 80
    )
    return min(around, key=lambda n: float(np.square(samples[n - 160 : n + 160]).sum()))


def room_tone(samples: Samples, silence: Samples, length: int) -> Samples:
    """``length`` samples of the room: ``silence`` to and fro, or the quietest 0.05 s there is."""
    if len(silence) < _ROOM:
        step = _ROOM // 4
        power = np.square(samples[: len(samples) // step * step].reshape(-1, step)).mean(axis=1)
        start = int(np.convolve(power, np.ones(4), "valid").argmin()) * step
        silence = samples[start : start + _ROOM]
    there_and_back = np.concatenate([silence, silence[::-1]])
    return np.tile(there_and_back, length // len(there_and_back) + 1)[:length]


def _with_silence(samples: Samples, at: int, silence: Samples, length: int) -> Samples:
    before, after = samples[:at].copy(), samples[at:].copy()
    room = room_tone(samples, silence, length).copy()
    fade = np.linspace(1.0, 0.0, _FADE, dtype=np.float32)
    for piece in (before, room):
        piece[-_FADE:] *= fade
    for piece in (room, after):
        piece[:_FADE] *= fade[::-1]
    return np.concatenate([before, room, after])

"""The people that the voice bench fits: announcers of a telephone exchange, with what they say.

Debian's ``asterisk-core-sounds-{en,es,it,fr}-g722`` hold a few hundred prompts each, 16 kHz, by
people of both sexes, and ``asterisk-core-sounds-{en,es,it,fr}`` the texts (CC BY-SA 3.0). One of
them is kept for the end: no setting was ever chosen by looking at her.
"""

from __future__ import annotations

import gzip
import importlib.resources
import random
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import soxr

from ofrenda.engines.tts.kokoro import MODEL, MODEL_FILE
from ofrenda.engines.tts.session import session
from ofrenda.engines.tts.stock import pack
from ofrenda.engines.tts.symbols import Symbols
from ofrenda.errors import BadInput
from ofrenda.measure.voice_judge import trimmed
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip
from ofrenda.voice import decode
from ofrenda.weights import resolve

_SOUNDS: Final = Path("/usr/share/asterisk/sounds")
_TEXTS: Final = Path("/usr/share/doc")
_UNSAID: Final = re.compile(r"[(\[<\d]|\.\.\.")
"""Remarks and figures in a text that the speaker may have said in any way."""
_SHORTEST, _LONGEST = 2.0, 9.0
_LEAST_WORDS: Final = 5


@dataclass(frozen=True, slots=True)
class Speaker:
    """One person in one language. ``who`` tells that two rows are the same person; ``final`` that
    nothing may be chosen by looking at them; ``stock`` that it is no person at all but a stock
    voice, and its fit begins from ``start``."""

    name: str
    who: str
    language: str
    folder: str
    final: bool = False
    stock: str | None = None
    start: str | None = None


SPEAKERS: Final = (
    Speaker("allison-en", "Allison", "en", "en_US_f_Allison"),
    Speaker("carlo-it", "Carlo", "it", "it_IT_m_Carlo"),
    Speaker("allison-es", "Allison", "es", "es_MX_f_Allison"),
    Speaker("yunxi-zh", "yunxi", "zh", "", stock="zm_yunxi", start="zm_yunjian"),
    Speaker("june-fr", "June", "fr", "fr_CA_f_June", final=True),
)


@dataclass(frozen=True, slots=True)
class Recordings:
    """``fitting`` clips of about 90 s in all, and ``held_out`` ones that no fit is given."""

    speaker: Speaker
    fitting: tuple[ReferenceClip, ...]
    held_out: tuple[ReferenceClip, ...]


def recordings(
    speaker: Speaker, *, seconds: float = 90.0, held_out: int = 20, seed: int = 1
) -> Recordings:
    """A random part of what a speaker has said. Raises ``BadInput`` where the packages are not
    installed."""
    found = _synthetic(speaker) if speaker.stock else _prompts(speaker)
    random.Random(seed).shuffle(found)  # noqa: S311 - which prompts, not a secret
    back = found[:held_out]
    said = {clip.text.lower() for clip in back}
    fitting: list[ReferenceClip] = []
    for clip in found[held_out:]:
        if sum(one.audio.seconds for one in fitting) >= seconds:
            break
        if clip.text.lower() not in said:
            fitting.append(clip)
    return Recordings(speaker, tuple(fitting), tuple(back))


def _synthetic(speaker: Speaker) -> list[ReferenceClip]:
    """A stock voice reading invented sentences: no Mandarin recording of a person is at hand."""
    settings = Settings()
    texts = importlib.resources.files(__package__).joinpath("mandarin.txt").read_text("utf-8")
    symbols = Symbols(settings)
    model = session(resolve(MODEL, settings).path(MODEL_FILE), settings.threads)
    style = pack(speaker.stock or "")
    found = []
    for text in texts.split():
        tokens = symbols.tokens(text, speaker.language)
        feeds = {
            "tokens": np.array([[0, *tokens, 0]], np.int64),
            "style": style[len(tokens) - 1][None],
            "speed": np.ones(1, np.float32),
        }
        sound = soxr.resample(model.run(None, feeds)[0].ravel(), 24_000, 16_000)
        audio = trimmed(Audio(np.asarray(sound, np.float32), 16_000))
        found.append(ReferenceClip(audio, text, speaker.language))
    return found


def _prompts(speaker: Speaker) -> list[ReferenceClip]:
    package = f"asterisk-core-sounds-{speaker.language}"
    texts = _TEXTS / package / f"core-sounds-{speaker.language}.txt.gz"
    folder = _SOUNDS / speaker.folder
    if not texts.is_file() or not folder.is_dir():
        raise BadInput(
            f"The recordings of {speaker.name} are not here. Install Debian's packages {package} "
            f"and {package}-g722."
        )
    found = []
    with gzip.open(texts, "rt", encoding="utf-8-sig", errors="replace") as lines:
        for line in lines:
            name, mark, text = line.partition(":")
            path, text = folder / f"{name.strip()}.g722", " ".join(text.split())
            spoken = mark and not name.startswith(";") and path.is_file()
            if not spoken or _UNSAID.search(text) or len(text.split()) < _LEAST_WORDS:
                continue
            audio = trimmed(decode(path.read_bytes(), name=path.name))
            if _SHORTEST <= audio.seconds <= _LONGEST:
                found.append(ReferenceClip(audio, text, speaker.language))
    return found

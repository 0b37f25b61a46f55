"""Sounds of languages that no free dictionary here covers, by the system's espeak-ng.

espeak-ng (GPL-3.0) is never part of Ofrenda: where the family's machine has the program, it is
asked, as one program asks another, and where not, the language is refused. Its notation becomes the
speech model's by the table that kokoro's own front end uses (misaki 0.9.4, Apache-2.0).
"""

from __future__ import annotations

import functools
import re
import shutil
import subprocess
from typing import Final

from ofrenda.errors import EngineRefused

LANGUAGES: Final = {"es": "es", "fr": "fr-fr", "it": "it", "pt": "pt-br"}
"""What the base model was taught beside English and Mandarin and espeak-ng can read: ISO 639-1 to
espeak's name."""
_JOINED: Final = {
    "a^ɪ": "I", "a^ʊ": "W", "d^z": "ʣ", "d^ʒ": "ʤ", "e^ɪ": "A", "o^ʊ": "O",
    "ə^ʊ": "Q", "s^s": "S", "t^s": "ʦ", "t^ʃ": "ʧ", "ɔ^ɪ": "Y",
}  # fmt: skip
_MARKS: Final = re.compile(r"([.,!?;:…—]+)")
_LONGEST_S: Final = 10


def available() -> bool:
    """Whether espeak-ng is installed on this machine."""
    return shutil.which("espeak-ng") is not None


def say(text: str, language: str) -> str:
    """The sounds of ``text`` in one of :data:`LANGUAGES`, its marks kept.

    Raises :class:`~ofrenda.errors.EngineRefused` without espeak-ng."""
    said = ""
    for part in _MARKS.split(text):
        if _MARKS.fullmatch(part):
            said = said.rstrip() + part[0] + " "
        elif part.strip():
            said += _sounds(part.strip(), LANGUAGES[language]) + " "
    return said.strip()


@functools.lru_cache(4096)
def _sounds(text: str, voice: str) -> str:
    program = shutil.which("espeak-ng")
    if program is None:
        raise EngineRefused(
            "This language is read with espeak-ng, which is not on this machine. Install it with "
            "the system's own packages ('apt install espeak-ng', 'brew install espeak-ng')."
        )
    try:
        done = subprocess.run(  # noqa: S603 - the text goes in by the standard input
            [program, "-q", "--ipa", "--tie=^", "-v", voice, "--stdin"],
            input=text, capture_output=True, text=True, timeout=_LONGEST_S, check=True,
            encoding="utf-8",
        )  # fmt: skip
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineRefused("espeak-ng could not read this text. Try another wording.") from error
    sounds = " ".join(done.stdout.split())
    sounds = re.sub(r"\([a-z-]+\)", "", sounds).replace("\u0361", "^")
    for joined, symbol in _JOINED.items():
        sounds = sounds.replace(joined, symbol)
    return sounds.translate({ord(c): None for c in "^_-"})

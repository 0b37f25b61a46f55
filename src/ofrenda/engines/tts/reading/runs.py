"""Text in two scripts, split into runs of one language, each read in its own way."""

from __future__ import annotations

import re
from dataclasses import dataclass

from ofrenda.engines.tts.reading.english import read_english
from ofrenda.engines.tts.reading.mandarin import read_mandarin
from ofrenda.engines.tts.reading.plain import is_han, plain

_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f]")
_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")
_MARKS = ",.!?;:—…"
_COUNTED = "年月日号点时个次天岁元块人位"
_UNIT_AFTER_DIGIT = re.compile(
    r"(?<=\d)\s?(?:km/h|m/s|km|cm|mm|kg|mg|ml|mL|kcal|kW|°C|°F|m squared|km squared|m cubed|RMB"
    r"|[mgLlWVhs]|min|[xX])(?![A-Za-z])"
)
_MONEY_BEFORE_DIGIT = re.compile(r"(?:US|S|HK|NT|A)(?=\$\s?\d)|RMB(?=\s?\d)")


@dataclass(frozen=True, slots=True)
class Run:
    """Words of one language, with marks of punctuation: ``en`` or ``zh``, or another that the
    system's espeak-ng reads."""

    language: str
    text: str


def main_language(text: str) -> str:
    """``zh`` when at least as many Chinese characters as words in Latin letters, else ``en``.

    Text without either is English."""
    han = sum(is_han(c) for c in text)
    return "zh" if han and han >= len(_WORD.findall(text)) else "en"


def read(text: str, language: str | None = None, *, day_first: bool = False) -> list[Run]:
    """What is said for ``text``, in runs of one language; empty when nothing can be said.

    ``language`` is that of the whole (found out when None): numbers and signs are read in it
    unless they stand right beside the other script."""
    bare = plain(text)
    main = language if language in {"en", "zh"} else main_language(bare)
    runs: list[Run] = []
    for piece_language, piece in _split(bare, main):
        if piece_language == "zh":
            said = read_mandarin(piece)
        else:
            said = read_english(piece, day_first=day_first)
        if not said:
            continue
        if not any(c not in _MARKS and not c.isspace() for c in said):
            if runs:
                runs[-1] = Run(runs[-1].language, runs[-1].text + said.strip()[:1])
            continue
        runs.append(Run(piece_language, said))
    return runs


def _split(text: str, main: str) -> list[tuple[str, str]]:
    """Pieces of ``text`` by language, in order; joined they are ``text``."""
    owner: list[str | None] = [
        "zh" if is_han(c) else "en" if _LATIN.match(c) else None for c in text
    ]
    if main == "zh":
        for pattern in (_UNIT_AFTER_DIGIT, _MONEY_BEFORE_DIGIT):
            for match in pattern.finditer(text):
                owner[match.start() : match.end()] = [None] * (match.end() - match.start())
    _give_digits(text, owner, main)
    pieces: list[tuple[str, str]] = []
    start = 0
    current: str | None = None
    for i, who in enumerate(owner):
        if who is None or who == current:
            continue
        if current is not None:
            pieces.append((current, text[start:i]))
            start = i
        current = who
    pieces.append((current or main, text[start:]))
    return pieces


def _give_digits(text: str, owner: list[str | None], main: str) -> None:
    """Numbers with their signs go to the script that they touch, else to the main language.

    Beside Latin letters without a space they are English (``MP3``, ``4G``), unless a Chinese word
    counts with them (``Harbin2019年``)."""
    for match in re.finditer(r"[^\w\s,.!?;:—…]*\d(?:[\d\s,.:/%°$£€¥+×~–-]*\d)?[%‰°]*", text):
        before = owner[match.start() - 1] if match.start() else None
        after = owner[match.end()] if match.end() < len(owner) else None
        counted = match.end() < len(owner) and text[match.end()] in _COUNTED
        if after == "en" or (before == "en" and not counted):
            who = "en"
        else:
            who = "zh" if "zh" in (before, after) else main
        for i in range(match.start(), match.end()):
            owner[i] = owner[i] or who

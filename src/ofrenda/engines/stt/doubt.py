"""When a transcript is not to be trusted: loops, low confidence, and lengths that cannot be.

Pure functions over text and figures, so that each rule can be tested without a model.
"""

from __future__ import annotations

import unicodedata
import zlib

MAX_COMPRESSION = 2.4
"""Length over deflated length above which text repeats itself (Whisper's own threshold)."""
MIN_CONFIDENCE = 0.37
"""Mean token probability below which a decoding failed: e^-1.0, Whisper's own threshold."""
MAX_UNITS_PER_S = 9.0
"""Syllable-like units a second of speech that nobody keeps up: speakers of 17 languages read at 4
to 8 syllables a second (Coupé et al., Science Advances 2019)."""
MIN_UNITS_PER_S = 0.8
"""Units a second of detected speech below which words were left out (drawn-out speech has 2)."""
_MIN_LOOP_UNITS = 12


def compression(text: str) -> float:
    """How many times shorter the text becomes when deflated; prose stays below 2."""
    raw = text.encode()
    return len(raw) / len(zlib.compress(raw)) if raw else 0.0


def loops(text: str) -> bool:
    """Whether the text ends in the same one to eight units three times or more.

    Short ones ("no no no") are things that people say: a loop has at least 12 units."""
    words = _words(text)
    for size in range(1, 9):
        unit = words[-size:]
        if len(unit) < size:
            break
        times = 1
        while words[-size * (times + 1) : -size * times] == unit:
            times += 1
        if times >= 3 and size * times >= _MIN_LOOP_UNITS:
            return True
    return False


def units(text: str) -> int:
    """About how many syllables a text has: one for each Chinese character, and one for each run
    of vowels in a word of letters (at least one; digits count two each)."""
    count = 0
    for word in _words(text):
        if len(word) == 1 and is_han(word):
            count += 1
            continue
        digits = sum(char.isdigit() for char in word)
        plain = unicodedata.normalize("NFD", word.lower())
        vowels = [char in "aeiouy" for char in plain]
        runs = sum(
            now and not before for before, now in zip([False, *vowels], vowels, strict=False)
        )
        count += max(1, runs if not digits else 2 * digits + runs)
    return count


def doubtful(text: str, confidence: float, speech_seconds: float) -> str | None:
    """Why a transcript of ``speech_seconds`` of detected speech is not to be trusted, or None."""
    if not text:
        return "empty"
    if loops(text) or compression(text) > MAX_COMPRESSION:
        return "repetition"
    if confidence < MIN_CONFIDENCE:
        return "confidence"
    # Half a second of grace either way: the detector's edges are that rough.
    if units(text) > MAX_UNITS_PER_S * (speech_seconds + 0.5):
        return "too long"
    if units(text) < MIN_UNITS_PER_S * (speech_seconds - 0.5):
        return "too short"
    return None


def is_han(char: str) -> bool:
    """Whether a character is Chinese (CJK unified ideographs and extension A)."""
    return "\u4e00" <= char <= "\u9fff" or "\u3400" <= char <= "\u4dbf"


def _words(text: str) -> list[str]:
    words: list[str] = []
    current = ""
    for char in text.lower():
        if is_han(char):
            words.extend(filter(None, (current, char)))
            current = ""
        elif char.isalnum() or char == "'":
            current += char
        else:
            words.extend(filter(None, (current,)))
            current = ""
    words.extend(filter(None, (current,)))
    return words

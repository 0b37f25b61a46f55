"""Chinese names inside English text (``Xiaowen``, ``Xi'an``) as an English speaker says them."""

from __future__ import annotations

import functools
import re

_INITIALS = {
    "zh": "ʤ", "ch": "ʧ", "sh": "ʃ", "b": "b", "p": "p", "m": "m", "f": "f", "d": "d", "t": "t",
    "n": "n", "l": "l", "g": "ɡ", "k": "k", "h": "h", "j": "ʤ", "q": "ʧ", "x": "ʃ", "r": "ɹ",
    "z": "dz", "c": "ts", "s": "s", "y": "j", "w": "w",
}  # fmt: skip
_FINALS = {
    "a": "ɑ", "ai": "I", "an": "ɑn", "ang": "ɑŋ", "ao": "W", "e": "ʌ", "ei": "A", "en": "ʌn",
    "eng": "ʌŋ", "er": "ɑɹ", "i": "i", "ia": "jɑ", "ian": "jɛn", "iang": "jɑŋ", "iao": "jW",
    "ie": "jɛ", "in": "ɪn", "ing": "ɪŋ", "iong": "jʊŋ", "iu": "jO", "o": "O", "ong": "ʊŋ",
    "ou": "O", "u": "u", "ua": "wɑ", "uai": "wI", "uan": "wɑn", "uang": "wɑŋ", "ue": "wɛ",
    "ui": "wA", "un": "un", "uo": "wɔ", "v": "u", "ve": "wɛ",
}  # fmt: skip
_WHOLE = {
    "yi": "ji", "yin": "jɪn", "ying": "jɪŋ", "yan": "jɛn", "ye": "jɛ", "yu": "ju", "wu": "wu",
    "yue": "jwɛ", "yuan": "jwɑn", "yun": "jun", "yong": "jʊŋ", "zhi": "ʤɜɹ", "chi": "ʧɜɹ",
    "shi": "ʃɜɹ", "ri": "ɹɜɹ", "zi": "dzə", "ci": "tsə", "si": "sə", "bo": "bɔ", "po": "pɔ",
    "mo": "mɔ", "fo": "fɔ", "lv": "lu", "nv": "nu",
}  # fmt: skip
_VOWEL = re.compile("[AIOQWYaiuæɑɔəɛɜɪʊʌ]")
_MOST_SYLLABLES = 4
_ALONE = frozenset(("a", "ai", "an", "ang", "ao", "e", "ei", "en", "er", "ou"))
"""Syllables that begin with a vowel; inside a word they need an apostrophe, as pinyin asks."""


@functools.cache
def syllables() -> frozenset[str]:
    """Every syllable of Mandarin in plain letters, with ``v`` for ü."""
    from pypinyin.constants import PINYIN_DICT
    from pypinyin.contrib.tone_convert import to_normal

    found = {to_normal(reading) for row in PINYIN_DICT.values() for reading in row.split(",")}
    odd = {"m", "n", "ng", "hm", "hng", "o", "ê", "biang", "fiao", "eng", "yo"}
    return frozenset(s for s in found - odd if s.isascii())


def split(word: str) -> list[str] | None:
    """The syllables of ``word`` when all of it is pinyin of at most four syllables, else None."""
    found: list[str] = []
    for part in word.lower().replace("ü", "v").split("'"):
        pieces = _fewest(part, first=True)
        if not pieces:
            return None
        found += pieces
    return found if len(found) <= _MOST_SYLLABLES else None


def _fewest(part: str, *, first: bool) -> list[str] | None:
    """The split of ``part`` into the fewest syllables, the longest ones first."""
    if not part:
        return []
    best: list[str] | None = None
    for size in range(min(6, len(part)), 0, -1):
        head = part[:size]
        if head not in syllables() or (head in _ALONE and not first):
            continue
        rest = _fewest(part[size:], first=False)
        if rest is not None and (best is None or len(rest) + 1 < len(best)):
            best = [head, *rest]
    return best


def say(word: str) -> str | None:
    """The English sounds of a word in pinyin, or None when it is none."""
    pieces = split(word)
    if not pieces:
        return None
    said = [sound for piece in pieces if (sound := _syllable(piece))]
    if len(said) < len(pieces):
        return None
    last = len(said) - 1
    return "".join(
        _stressed(sound, "ˈ" if i == last else "ˌ" if i == 0 else "")
        for i, sound in enumerate(said)
    )


def _stressed(sound: str, mark: str) -> str:
    """``sound`` with a stress mark before its vowel."""
    return _VOWEL.sub(lambda m: mark + m[0], sound, count=1)


def _syllable(piece: str) -> str | None:
    if piece in _WHOLE:
        return _WHOLE[piece]
    size = 2 if piece[:2] in _INITIALS else 1 if piece[0] in _INITIALS else 0
    final = _FINALS.get(piece[size:])
    if final is None:
        return None
    head = _INITIALS.get(piece[:size], "")
    if head in {"j", "w"} and final[0] == head:
        final = final[1:]
    return head + final

"""Which language a text is in, and where its sentences end."""

from __future__ import annotations

import re
from collections.abc import Iterator

_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]+")
_LATIN_WORD = re.compile(r"[A-Za-z\u00c0-\u024f]+")

# A full stop ends an English sentence only before a space or the end, so that "3.5" and "e.g.x"
# stay whole; a Chinese one always does. Closing quotes and brackets stay with their sentence.
_END = re.compile(r"(?:[。！？…]+|[.!?]+(?=[\s\"'”’)\]]|$)|\n+)[\"'”’」』）)\]]*")

# What ends in a full stop without ending a sentence.
_ABBREVIATION = re.compile(
    r"(?:\b(?:Mr|Mrs|Ms|Dr|St|Prof|Sr|Jr|vs|etc|No)|\b[A-Z]|\b[A-Za-z]\.[A-Za-z])\.$"
)


def han_count(text: str) -> int:
    """How many Han characters ``text`` holds."""
    return sum(map(len, _HAN.findall(text)))


def language_of(text: str, default: str = "en") -> str:
    """``zh`` or ``en`` by script; ``default`` when the text has neither (an emoji, a number).

    A Han character counts as two thirds of a word (Mandarin words are about 1.5 characters long
    in running text), so a text is in the language that carries most of its words.
    """
    if default == "en" and text.isascii():
        return "en"
    han = han_count(text) / 1.5
    latin = len(_LATIN_WORD.findall(text))
    if han == latin == 0:
        return default
    return "zh" if han >= latin else "en"


def sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    """The (start, end) of each sentence of ``text``, without the white space around it."""
    start = 0
    for match in _END.finditer(text):
        end = match.end()
        if match.group().startswith(".") and _ABBREVIATION.search(text, start, match.start() + 1):
            continue
        yield from _trimmed(text, start, end)
        start = end
    yield from _trimmed(text, start, len(text))


def sentences(text: str) -> list[str]:
    """The sentences of ``text``, each a verbatim piece of it."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end

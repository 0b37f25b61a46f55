"""How what was said ends: the turn detector hears the voice and not the words."""

from __future__ import annotations

import enum
import re
from typing import Final

from ofrenda.types import Transcript

_ENGLISH: Final = {
    "a", "an", "the", "my", "our", "their", "its", "your", "every",
    "and", "or", "but", "because", "if", "although", "unless", "than", "whether",
    "i'm", "you're", "we're", "they're", "he's", "she's", "it's",
    "i've", "you've", "we've", "they've", "i'd", "i'll", "you'll",
}  # fmt: skip
"""Articles, possessives, conjunctions and shortened verbs. Prepositions, "when", "that" and "is"
are not among them: "Where are you from?", "Since when?", "I know that", "Yes, it is" are whole."""
_MANDARIN: Final = re.compile(
    r"(?:和|跟|因为|但是|可是|不过|如果|要是|或者|比如|而且|虽然|还有|关于|对于|把|被)$"
)
_WHOLE: Final = re.compile(r"[.!?。！？][\s\"'”’)）]*$")
"""What speech to text writes after a sentence. It leaves the mark out where it misses the rest:
after half of 68 pauses between two words of a phrase, and after none of 54 whole prompts."""
_TRAILS: Final = re.compile(r"(?:\.\.\.|…|[,，、:：;；\-–—])$")
"""What speech to text writes where a voice breaks off."""
_MARKS: Final = re.compile(r"[\s.。!！?？\"'”’]+$")


class Words(enum.Enum):
    """How what was said ends."""

    WHOLE = "whole"
    """Like a sentence."""
    BARE = "bare"
    """Without a mark: speech to text expects more."""
    OPEN = "open"
    """It trails off, or ends in a word that opens something."""


def words_of(heard: Transcript) -> Words:
    """How what was heard ends."""
    if is_unfinished(heard):
        return Words.OPEN
    return Words.WHOLE if _WHOLE.search(heard.text.strip()) else Words.BARE


def is_unfinished(heard: Transcript) -> bool:
    """Whether what was heard must go on: it trails off, or ends in a word that opens something."""
    text = heard.text.strip()
    if _TRAILS.search(text):
        return True
    bare = _MARKS.sub("", text).casefold().replace("’", "'")
    if _MANDARIN.search(bare):
        return True
    return bool(bare) and bare.split()[-1] in _ENGLISH

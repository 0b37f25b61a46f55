"""Words after which nobody has finished: the turn detector hears the voice and not the words."""

from __future__ import annotations

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
_TRAILS: Final = re.compile(r"(?:\.\.\.|…|[,，、:：;；\-–—])$")
"""What speech to text writes where a voice breaks off."""
_MARKS: Final = re.compile(r"[\s.。!！?？\"'”’]+$")


def is_unfinished(heard: Transcript) -> bool:
    """Whether what was heard must go on: it trails off, or ends in a word that opens something."""
    text = heard.text.strip()
    if _TRAILS.search(text):
        return True
    bare = _MARKS.sub("", text).casefold().replace("’", "'")
    if _MANDARIN.search(bare):
        return True
    return bool(bare) and bare.split()[-1] in _ENGLISH

"""Where one may breathe inside a sentence that has no mark there.

Only before words that begin a new clause, where people pause, too: before "because", "when", "and
then I", 因为, 但是. Never inside a phrase ("salt and pepper", "the day that"): a pause there sounds
like stumbling. The list is short on purpose: a place that is missed costs half a second of waiting,
one too many sounds wrong.
"""

from __future__ import annotations

import re
from typing import Final

_CLAUSE_WORDS: Final = (
    r"because|although|though|unless|until|while|whenever|wherever|whereas|so\s+that|even\s+if"
    r"|as\s+soon\s+as|as\s+long\s+as|as\s+if"
)
"""They begin a clause wherever they stand."""
_SUBJECTS: Final = (
    r"I|you|he|she|it|we|they|there|my|your|his|her|our|their|the|this|that|then|everybody|nobody"
)
_SECOND: Final = r"I(?:'m|'d|'ve|'ll)?|you|he|she|it|we|they|there"
"""After "and" and "or" only these: "bread and the butter" is one phrase."""
_ENGLISH: Final = re.compile(
    rf"\s(?=(?:(?:{_CLAUSE_WORDS})\b"
    rf"|(?:and|or)\s+(?:then\s+)?(?:{_SECOND})\b"
    rf"|(?:but|so|when|before|after|since|if|as)\s+(?:{_SUBJECTS})\b))",
    re.IGNORECASE,
)
_NOT_AFTER: Final = re.compile(
    r"\b(?:and|but|or|so|just|even|only|not|is|was|are|were|be|that|than|the|a|of|to|know|knew|ask"
    r"|asked|wonder|wondered|see|remember|forget|like|day|time|place|moment|year|night|much|many"
    r"|such|same|long|far|soon|out|tell|told|idea|sure|hear|heard|find|found|say|said)$",
    re.IGNORECASE,
)
"""What clings to the word after it: "the day when I", "I know where you", "so much so"."""

_MANDARIN: Final = re.compile(
    r"(?=因为|但是|可是|不过|所以|而且|然后|于是|虽然|如果|要是|只要|除非|直到)|(?<=的时候)|(?<=之后)|(?<=以后)|(?<=之前)"
)
_NOT_AFTER_HAN: Final = re.compile(r"(?:是|不|就|都|也|还|才|又|很|把|被|给|在|的)$")

LEAST_WORDS, MOST_WORDS = 4, 9
"""Words of a first piece: fewer are a false start, more are no gain."""
LEAST_HAN, MOST_HAN = 5, 14
"""The same in Chinese characters."""
_REST_WORDS, _REST_HAN = 4, 5
"""What is left must be as long as a clause, too."""


def first_breath(text: str, language: str) -> int | None:
    """Where the first clause of ``text`` (one piece without marks inside) may end: an index into
    it, or None where it is better said in one go."""
    if language == "zh":
        places = [found.start() for found in _MANDARIN.finditer(text)]
        return next((place for place in places if _fits_han(text, place)), None)
    if language != "en":
        return None
    places = [found.start() for found in _ENGLISH.finditer(text)]
    return next((place for place in places if _fits_english(text, place)), None)


def _fits_english(text: str, place: int) -> bool:
    before, after = text[:place], text[place:]
    return (
        LEAST_WORDS <= len(before.split()) <= MOST_WORDS
        and len(after.split()) >= _REST_WORDS
        and not _NOT_AFTER.search(before)
    )


def _fits_han(text: str, place: int) -> bool:
    before, after = text[:place], text[place:]
    return (
        LEAST_HAN <= len(before) <= MOST_HAN
        and len(after) >= _REST_HAN
        and not _NOT_AFTER_HAN.search(before)
    )

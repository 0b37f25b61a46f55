"""Instructions planted in what was left behind: text that speaks to a machine, not to a person.

Archive text is data. It reaches a model only as quoted notes, or as real exchanges; text that gives
orders to a machine is kept out of both, is never read aloud, and is shown to the keeper.
"""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from typing import Final

from ofrenda.care.patterns import patterns

_HIDDEN: Final = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
_SPACED: Final = re.compile(r"\b(?:\w[ ._*-]){5,}\w\b")
_BASE64: Final = re.compile(r"(?<![\w/+])[A-Za-z0-9+/]{24,}={0,2}(?![\w/+])")
_LEET: Final = str.maketrans("013457@$", "oieastas")


def planted(text: str) -> bool:
    """Whether ``text`` holds an order to a machine, plain, spaced out, hidden or encoded."""
    return any(_speaks_to_machine(reading) for reading in _readings(text))


def _readings(text: str) -> list[str]:
    plain = unicodedata.normalize("NFKC", text.replace("’", "'"))
    shown = _HIDDEN.sub("", plain)
    readings = [shown, " ".join(shown.split())]
    tags = "".join(chr(ord(c) - 0xE0000) for c in plain if 0xE0020 <= ord(c) <= 0xE007E)
    if tags:
        readings.append(tags)
    if _SPACED.search(shown):
        readings.append(_SPACED.sub(lambda m: re.sub(r"[ ._*-]", "", m.group()), shown))
    if any(c in shown for c in "013457@$"):
        readings.append(shown.translate(_LEET))
    for found in _BASE64.findall(shown)[:8]:
        try:
            readings.append(base64.b64decode(found + "=" * (-len(found) % 4)).decode("utf-8"))
        except (binascii.Error, UnicodeDecodeError, ValueError):
            continue
    return readings


def _speaks_to_machine(text: str) -> bool:
    return any(pattern.search(text) for pattern in patterns("planted").values())

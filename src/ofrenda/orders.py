"""Orders to a machine that were planted in what was left behind: text that speaks to no person.

Archive text is data. What a model reads of it are quoted notes and real exchanges; text that gives
orders to a machine (:func:`planted`) is kept out of both, and is never read aloud. The keeper is
shown what is written so beyond doubt (:func:`unmistakable`), which is always among it.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
import tomllib
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from importlib import resources
from itertools import accumulate
from typing import Final

HINTS: Final = (
    "instruction", "prompt", "system", "assistant", "<|", "[inst", "<<sys", "of_turn>", "developer",
    "everything", "ignore all", "disregard all", "language model", "chatbot", "you are now",
    "no longer", "rules", "command", "guideline", "direction", "previous", "context",
    "指令", "提示", "规则", "規則", "命令", "设定", "設定", "指示", "要求", "系统", "系統", "助手",
    "人工智能", "模型", "从现在", "現在開始",
)  # fmt: skip
"""Any unmistakable order holds one of these, which are looked for first: in many texts at once,
since one search through a long string takes a fraction of many through short ones."""
_WRITTEN: Final = [hint.encode() for hint in HINTS]

_HIDDEN: Final = re.compile(
    "[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]"
)
_SPACED: Final = re.compile(r"\b(?:\w[ ._*-]){5,}\w\b")
_BASE64: Final = re.compile(r"(?<![\w/+])[A-Za-z0-9+/]{24,}={0,2}(?![\w/+])")
_LEET: Final = str.maketrans("013457@$", "oieastas")


def planted(text: str) -> bool:
    """Whether ``text`` holds an order to a machine, plain, spaced out, hidden or encoded."""
    return any(
        pattern.search(reading) for reading in _readings(text) for pattern in _patterns("likely")
    ) or unmistakable(text)


def unmistakable(text: str) -> bool:
    """Whether ``text`` is written as an order to an AI and can be nothing else."""
    return any(pattern.search(text) for pattern in _patterns("unmistakable"))


def all_unmistakable(texts: Sequence[str]) -> list[int]:
    """The places of the texts that are :func:`unmistakable`."""
    lowered = [text.lower().encode("utf-8", "replace") for text in texts]
    begins = list(accumulate((len(text) + 1 for text in lowered), initial=0))
    together = b"\0".join(lowered)
    hinted: set[int] = set()
    for hint in _WRITTEN:
        at = together.find(hint)
        while at >= 0:
            place = bisect_right(begins, at) - 1
            hinted.add(place)
            at = together.find(hint, begins[place + 1])
    return [place for place in sorted(hinted) if unmistakable(texts[place])]


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


@functools.cache
def _patterns(strength: str) -> tuple[re.Pattern[str], ...]:
    table = tomllib.loads((resources.files("ofrenda") / "orders.toml").read_text("utf-8"))
    return tuple(
        re.compile(pattern, re.IGNORECASE | re.VERBOSE | re.MULTILINE)
        for pattern in table[strength].values()
    )

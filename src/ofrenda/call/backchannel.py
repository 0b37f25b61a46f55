"""Sounds that say "I am listening": they are no turn, and nobody stops for them."""

from __future__ import annotations

import re
from typing import Final

from ofrenda.types import Transcript

_SOUNDS: Final = {
    "m", "mm", "mmm", "mhm", "mmhm", "hm", "hmm", "uhhuh", "uhuh", "aha", "ah", "oh", "uh", "um",
    "嗯", "嗯嗯", "哦", "噢", "啊", "呃", "唔", "嗯哼", "喔",
}  # fmt: skip
"""Sounds without words, in the two languages of the embedded default. "Yes" and "对" are not
among them: they may answer a question."""
_NODS: Final = {
    "yeah", "yes", "yep", "right", "ok", "okay", "sure", "really", "i see", "go on", "wow",
    "对", "对对", "是", "是的", "好", "好的", "是吗", "真的", "对啊", "是啊", "嗯对",
}  # fmt: skip
"""Words that nod while the other speaks, and answer when nobody does."""
_MOST_SECONDS: Final = 1.2
"""Longer than this is a turn, whatever was understood: 'mm' is a third of a second long."""


def is_sound(heard: Transcript) -> bool:
    """Whether nothing was said but a sound of listening."""
    words = _words(heard.text)
    return bool(words) and all(word in _SOUNDS for word in words)


def is_nod(heard: Transcript, seconds: float) -> bool:
    """Whether what was heard while the other was speaking only says "go on"."""
    if seconds > _MOST_SECONDS:
        return False
    told = " ".join(_words(heard.text))
    return bool(told) and (is_sound(heard) or told in _NODS)


def _words(text: str) -> list[str]:
    """Lower-case words without marks; "uh-huh" is one word, and so is a run of characters."""
    return re.findall(r"[^\W_]+", text.casefold().replace("-", "").replace("'", ""))

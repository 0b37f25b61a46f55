"""Meta writes each byte of UTF-8 as a character of its own; put together again, exactly."""

from __future__ import annotations

import re

_OLD_EMOJI = re.compile("[\U000fe000-\U000fefff]")
"""Private characters for emoji, from before 2013: nothing shows them."""


def repaired(text: str) -> str:
    """``text`` as it was written. Nothing changes unless every character stands for a byte and
    the bytes are UTF-8."""
    if text.isascii():
        return text
    try:
        text = text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text
    return _OLD_EMOJI.sub("", text)

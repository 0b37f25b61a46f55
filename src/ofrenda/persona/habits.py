"""What a short line of the person's does: greets, says goodbye, comforts, admits not to know."""

from __future__ import annotations

import enum
import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any, Final


class Habit(enum.StrEnum):
    """The everyday turns that everybody answers in their own way."""

    GREETING = "greeting"
    GOODBYE = "goodbye"
    GOODNIGHT = "goodnight"
    LOVE = "love"
    MISSING = "missing"
    THANKS = "thanks"
    COMFORT = "comfort"
    UNKNOWN = "unknown"
    LISTENING = "listening"


@functools.cache
def patterns() -> Mapping[str, Any]:
    """``patterns.toml`` of this package."""
    return tomllib.loads((resources.files("ofrenda.persona") / "patterns.toml").read_text("utf-8"))


_COMPILED: Final = {
    Habit(habit): re.compile(pattern, re.IGNORECASE | re.VERBOSE)
    for habit, pattern in patterns()["habit"].items()
}


def habits_of(line: str) -> frozenset[Habit]:
    """What ``line`` does; empty when it does nothing of the kind."""
    plain = line.replace("’", "'")
    return frozenset(habit for habit, pattern in _COMPILED.items() if pattern.search(plain))

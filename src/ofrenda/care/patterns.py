"""The regular expressions of ``patterns.toml``, compiled once."""

from __future__ import annotations

import functools
import re
import tomllib
from collections.abc import Mapping
from importlib import resources
from typing import Any


@functools.cache
def patterns(*path: str) -> Mapping[str, re.Pattern[str]]:
    """The patterns under ``path`` by topic, in the order in which they are to be tried."""
    table = _table()
    for part in path:
        table = table[part]
    return {
        topic: re.compile(pattern, re.IGNORECASE | re.VERBOSE) for topic, pattern in table.items()
    }


@functools.cache
def _table() -> dict[str, Any]:
    return tomllib.loads((resources.files("ofrenda.care") / "patterns.toml").read_text("utf-8"))

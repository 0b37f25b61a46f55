"""The invented family of ``invented_family.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))

MEI: list[tuple[str, str]] = [tuple(one) for one in _DATA["chats"]["Mei"]]
SHUFEN: list[tuple[str, str]] = [tuple(one) for one in _DATA["chats"]["Shufen"]]
JUN: list[tuple[str, str]] = [tuple(one) for one in _DATA["chats"]["Jun"]]
GROUP: list[tuple[str, str, str]] = [tuple(one) for one in _DATA["group"]["exchanges"]]
ESSAYS: dict[str, str] = _DATA["essays"]
_QUESTIONS = _DATA["questions"]
ANSWERABLE: list[tuple[str, str, list[str]]] = [tuple(one) for one in _QUESTIONS["answerable"]]
FRESH_ANSWERABLE: list[tuple[str, str, list[str]]] = [
    tuple(one) for one in _QUESTIONS["fresh_answerable"]
]
UNANSWERABLE: list[tuple[str, str]] = [tuple(one) for one in _QUESTIONS["unanswerable"]]
FRESH_UNANSWERABLE: list[tuple[str, str]] = [tuple(one) for one in _QUESTIONS["fresh_unanswerable"]]
NEAR_MISSES: list[tuple[str, str]] = [tuple(one) for one in _QUESTIONS["near_misses"]]
TALK: list[tuple[str, str]] = [tuple(one) for one in _QUESTIONS["talk"]]
PROTECTED: list[tuple[str, str]] = [tuple(one) for one in _QUESTIONS["protected"]]

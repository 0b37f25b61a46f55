"""Whether a turn of the caller's touches what must not be invented, by its words or its meaning."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from ofrenda.care.meaning import protected_meaning
from ofrenda.care.protected import names_protected
from ofrenda.dialogue.asked import Asked, Doing, understand
from ofrenda.dialogue.wanted import about_caller, heavy
from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.errors import EngineError
from ofrenda.memory.embedding import model_key
from ofrenda.memory.words import content_words

_ASKS: Final = frozenset({Doing.QUESTION, Doing.ADVICE})
"""Turns whose meaning is asked: it was learnt from questions, and takes what somebody merely tells
("nobody is there to take your call") for one of these."""


async def understand_meaning(text: str, language: str, embed: Embedder) -> Asked:
    """What ``text`` does, as :func:`understand` has it; where its words touch nothing protected,
    its meaning is asked too. An embedder that fails, or that nothing was learnt for, leaves it at
    the words."""
    asked = understand(text, language)
    if asked.topic is not None or asked.doing not in _ASKS or not asked.wanted:
        return asked
    try:
        vectors = np.asarray(await embed.embed([text], role=EmbedRole.QUERY))
    except EngineError:
        return asked
    return replace(asked, topic=protected_meaning(vectors[0], model_key(embed)))


def out_of_place(asked: Asked, lines: list[str]) -> bool:
    """Whether ``lines`` speak of what is protected to one who asked nothing of the kind: a line of
    forgiveness is no answer about dinner, unless it holds everything that was asked for."""
    if asked.topic is not None or all(names_protected(line) is None for line in lines):
        return False
    wanted = heavy(asked.text)
    return not wanted or not wanted <= content_words(" ".join(lines)).keys()


_ME: Final = re.compile(r"\b(?:me|my|mine)\b|我(?!们)", re.IGNORECASE)
_WHAT_YOU_DID: Final = re.compile(
    r"\byou(?:'ve|'d)?\s+(?:were|had|did|went|came|said|told|gave|made|took|\w{3,}ed)\b"
    r"|\byou\s+have\b|(?:of|to|with|for|about)\s+you\b"
    r"|\byour\s+(?:mother|father|mum|dad|brother|sister|wife|husband)\b"
    r"|你(?:们)?[^，。！？]*[了过]|(?:为|给|跟|对|想|爱)你|你(?:妈|爸|姐|妹|哥|弟)",
    re.IGNORECASE,
)


def told_another(asked: Asked, lines: Sequence[str]) -> bool:
    """Whether ``lines`` of a letter to somebody else would be taken by the caller as said to them:
    where they ask after themselves, anything; else what tells "you" of what you were or did.
    Advice ("when you don't know what to do") is for everybody."""
    about_me = about_caller(asked.text) or bool(_ME.search(asked.text))
    if about_me and asked.doing is not Doing.ADVICE:
        return True
    return any(_WHAT_YOU_DID.search(line.replace("’", "'")) for line in lines)

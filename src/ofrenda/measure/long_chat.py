"""A WhatsApp export as long as wanted, made up line by line from a seed, and what is true of it.

Nobody's words: everyday phrases of five languages, put together at random, with the habits of real
chats: short answers that come again and again, bursts, long silences, messages of several lines,
emoji, links, omitted media, names of places and numbers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

PERSON: Final = "Mum"
MEMBER: Final = "Sam"
FILE_NAME: Final = f"WhatsApp Chat with {PERSON}.txt"

_SHORT: Final = (
    "ok", "Ok", "yes", "no", "haha", "Good night", "Good morning ☀️", "On my way", "Home safe",
    "Call you later", "❤️", "👍", "😂😂", "xx", "好的", "嗯", "知道了", "晚安", "早", "到家了",
    "哈哈哈", "vale", "buenas noches", "d'accord", "bis gleich", "Gute Nacht", "danke dir",
)  # fmt: skip
_WHO: Final = ("I", "we", "your aunt", "the neighbour", "Ida", "old Mr Pell", "the doctor", "Leo")
_DID: Final = (
    "went to", "is coming back from", "was asking about", "has finally painted", "forgot",
    "found the key of", "is tired of", "walked all the way to", "dreamt of", "paid for",
)  # fmt: skip
_WHAT: Final = (
    "the market", "the ferry", "the garden shed", "that blue chair", "the bus to Harwick",
    "the choir", "number 14", "the tin roof", "a whole bag of plums", "the allotment",
    "the post office", "the dentist", "the last train", "the kitchen",
)  # fmt: skip
_TAIL: Final = (
    "again", "this morning", "in the rain", "and would not say why", "before lunch",
    "as it was 1986", "with two umbrellas", "but never mind", "so bring a coat", "on Tuesday",
)  # fmt: skip
_ASK: Final = ("Did you eat?", "When are you coming?", "Have you seen it?", "Is it still cold?")
_ZH_WHO: Final = ("我", "我们", "你姑姑", "隔壁老王", "小梅", "医生", "奶奶")
_ZH_DID: Final = (
    "今天去了",
    "刚从回来的路上经过",
    "又问起",
    "终于修好了",
    "忘了",
    "找到了",
    "梦见了",
)
_ZH_WHAT: Final = (
    "菜市场",
    "火车站",
    "院子里的棚子",
    "那把蓝椅子",
    "合唱团",
    "图书馆",
    "一大袋李子",
    "厨房的灯",
)
_ZH_TAIL: Final = (
    "，下雨也没带伞",
    "，你别担心",
    "，吃饭了吗",
    "，早点睡",
    "，周二再说",
    "，真的很好看",
    "",
)
_OTHER: Final = (
    "¿Ya has comido? Mañana vamos al mercado con tu tía",
    "El tren llega a las ocho, no corras",
    "On se retrouve devant la gare, il pleut encore",
    "J'ai retrouvé la clé du jardin, elle était dans la boîte bleue",
    "Der Zug hat Verspätung, ich nehme den nächsten",
    "Hast du den Schlüssel vom Schuppen gesehen?",
)
_GAPS: Final = (4, 7, 12, 20, 35, 50, 90, 200, 600, 1800, 5400)
_GAP_WEIGHTS: Final = (14, 16, 16, 14, 10, 8, 8, 6, 4, 3, 1)


@dataclass(frozen=True, slots=True)
class Truth:
    """What one message of the export is: ``sender`` wrote ``text`` (None: a file that the phone
    left out) at ``at``, to the minute."""

    at: datetime
    sender: str
    text: str | None


def messages(count: int, seed: int = 20) -> Iterator[Truth]:
    """``count`` messages between :data:`PERSON` and :data:`MEMBER`; the same for the same seed."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    at = datetime(2012, 3, 4, 7, 30)
    sender = MEMBER
    for _ in range(count):
        at += timedelta(seconds=rng.choices(_GAPS, _GAP_WEIGHTS)[0])
        if at.hour < 6:
            at = at.replace(hour=7) + timedelta(minutes=rng.randrange(50))
        if rng.random() < 0.6:
            sender = PERSON if sender == MEMBER else MEMBER
        yield Truth(at.replace(second=0), sender, _text(rng))


def write_export(path: Path, count: int, seed: int = 20) -> int:
    """Write the export as an Android phone does, message by message; returns its bytes."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for one in messages(count, seed):
            text = "<Media omitted>" if one.text is None else one.text
            file.write(f"{one.at:%d/%m/%Y, %H:%M} - {one.sender}: {text}\n")
    return path.stat().st_size


def _text(rng: random.Random) -> str | None:
    kind = rng.random()
    if kind < 0.28:
        return rng.choice(_SHORT)
    if kind < 0.31:
        return None
    if kind < 0.55:
        return "".join(map(rng.choice, (_ZH_WHO, _ZH_DID, _ZH_WHAT, _ZH_TAIL)))
    if kind < 0.60:
        return rng.choice(_OTHER)
    if kind < 0.62:
        return f"https://example.org/{rng.randrange(10**6)}"
    said = " ".join(map(rng.choice, (_WHO, _DID, _WHAT, _TAIL)))
    said = said[0].upper() + said[1:]
    if kind < 0.70:
        return f"{said}. {rng.choice(_ASK)}"
    if kind < 0.76:
        return f"{said}\n{rng.choice(_ASK)}\n\n- {rng.choice(_WHAT)}\n- {rng.choice(_WHAT)}"
    if kind < 0.82:
        return f"{said} {rng.choice(('😂', '🙈', '❤️', '👨‍👩‍👧'))} {rng.randrange(2000)}"
    return said

"""Made-up chats in which every message carries a word of its own, so that whoever is given a word
can be held to who said it."""

from __future__ import annotations

import random
import re
from datetime import datetime, timedelta

from ofrenda.measure.exports.form import Chat, Said

_MARK = re.compile(r"zq[b-df-hj-np-tv-y]{4}qz")
_LETTERS = "bcdfghjklmnpqrstvwxy"


def mark(number: int) -> str:
    """The word that only message ``number`` of a chat holds; one wrong letter unmakes it."""
    out = ""
    number = number * 7 + 3
    for _ in range(3):
        number, letter = divmod(number, len(_LETTERS))
        out += _LETTERS[letter]
    check = sum(map(ord, out)) % len(_LETTERS)
    return f"zq{out}{_LETTERS[check]}qz"


def marks(text: str | None) -> list[str]:
    """All such words in a text, in order."""
    return _MARK.findall(text or "")


_NAMES = [
    *("Mum", "Sam", "Dr: House", "Anna: work", "Bob - home", "[Zed]", "Lee :)", "אמא", "أمي"),
    *("妈妈", "小林", "엄마", "お母さん", "👩‍👧 Ruth ❤", "3:15 club", "R2-D2 [x]: y", "O'Hara"),
    *("阿强 (上班)", "12:30", "a, b", 'Jo "Red"', "Zoë", "Bäcker", "\u202aأبي\u202c", "user42"),
    *("Ann\u00a0Lee", "x@y.org", "+44 7700 900123", "Ида", "Θεία", "<b>", "&amp;", "José María"),
]
_PLAIN = [
    *("and then?", "so be it", "早点睡", "ありがとう", "잘 자", "à demain", "مرحبا"),
    "hasta mañana 😴",
]
_FILLERS = [
    *_PLAIN,
    *("12:30 - ok?", "[note] to self: buy salt", "2016-04-29 10:30:00", "13/06", "9:25 PM"),
    *("Mum: no", "Dr: House: yes", "image omitted!", "http://x.org/?a=b: c", "\u2028", "妈妈: 不"),
    *('I changed the subject to "x: y', "[图片] 好", "> no", "引用:", "\\n", "=SUM(1)", "{", "}"),
    *('"', '""', '","from_id":"user1"', "<b>x</b>", "&amp;", "🙂\u200d↔️", "-- ", "''", "Tapbacks:"),
    *("Mum\n22:31\tSam\tno", "13/06/2018, 21:25 - Mum: no", "2024-01-01 08:00:00 妈妈\n不"),
    *("[13/06/2018, 21:25:15] Sam: no", "[엄마] [오전 8:00] no", "On Fri, Sam wrote:", "From: Mum"),
    *("May 17, 2022  5:30:00 PM\nMe\nno", "\u200f12", "\u200etext", "a\n\nb", "\n- \n"),
    *("до завтра", "ｆｕｌｌ", "ﬁne"),
]


def tricky(rng: random.Random, most: int, forgery: str | None = None) -> Chat:
    """A chat of up to ``most`` people whose names and words look like anything but names and
    words; 1 to 14 messages, minutes or months apart. Nobody writes ``forgery``."""
    fillers = [one for one in _FILLERS if forgery is None or forgery not in one]
    people = rng.sample(_NAMES, rng.randint(1, most))
    # Of "Dr" and "Dr: House" the second cannot be told from the first who says "House: ...".
    people = [a for a in people if not any(a != b and a.startswith(b + ":") for b in people)]
    at = datetime(2012, 1, 1) + timedelta(seconds=rng.randrange(380_000_000))
    chat = []
    for n in range(rng.randint(1, 14)):
        at += timedelta(minutes=rng.choice([0, 0, 1, 7, 600, 3000, 50_000]))
        parts = [rng.choice(fillers) for _ in range(rng.randint(0, 3))]
        parts.insert(rng.choice([0, 0, 0, len(parts)]), mark(n))
        body = rng.choice([" ", "\n", " "]).join(parts).strip()
        chat.append(Said(at, rng.choice(people), body))
    return chat


def plain(seed: int, most: int, messages: int = 24) -> Chat:
    """A chat of ordinary people, for damaging: every kind of name, several languages."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    names = [name for name in _NAMES if name not in ("<b>", "&amp;", "12:30", "3:15 club")]
    people = rng.sample([n for n in names if ":" not in n], min(most, 2 + seed % 3))
    at = datetime(2018, 6, 13 + seed % 3, 21, 25, 15) + timedelta(days=40 * seed)
    chat = []
    for n in range(messages):
        at += timedelta(minutes=rng.choice([1, 7, 600, 3000, 3000]), seconds=rng.randrange(60))
        words = f"{mark(n)} {rng.choice(_PLAIN)}"
        if rng.random() < 0.25:
            words += f"\n{rng.choice(_PLAIN)}"
        chat.append(Said(at, people[n % len(people)] if n < 4 else rng.choice(people), words))
    return chat

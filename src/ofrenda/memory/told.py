"""What a member said to the life since: read, found again, set right, erased, by that member alone.

Kept apart from memory. Every query names the member: what one of them said is never found for
another, and none of it is ever the person's own past.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from ofrenda.errors import BadInput
from ofrenda.memory.words import content_words
from ofrenda.types import Member
from ofrenda.vault import Life

SEARCHED: Final = 600
"""Things said, newest first, that are looked through for one question."""
LEAST: Final = 1.0
"""Weight of the content words that must be shared (one that is not in every question)."""


@dataclass(frozen=True, slots=True)
class Told:
    """One thing a member said in a call (``kind`` ``call``) or wrote (``letter``). ``key`` names
    it for correcting and erasing."""

    key: str
    kind: str
    at: datetime
    text: str


def told_by(life: Life, member: Member, *, limit: int = SEARCHED) -> list[Told]:
    """What is remembered of ``member``, newest first."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT 'call' AS kind, t.id AS id, t.at_utc AS at_utc, t.caller_said AS text"
            " FROM turn AS t JOIN call AS c ON c.id = t.call"
            " WHERE c.member = :member AND t.caller_said IS NOT NULL"
            " UNION ALL"
            " SELECT 'letter', id, at_utc, text FROM told WHERE member = :member"
            " ORDER BY at_utc DESC, id DESC LIMIT :limit",
            {"member": str(member.id), "limit": limit},
        ).fetchall()
    return [
        Told(
            f"{row['kind']}-{row['id']}",
            str(row["kind"]),
            datetime.fromisoformat(str(row["at_utc"]).replace("Z", "+00:00")),
            str(row["text"]),
        )
        for row in rows
    ]


def tell(life: Life, member: Member, text: str, at: datetime, *, channel: str = "letter") -> str:
    """Remember something that ``member`` wrote to the life; gives its key."""
    with life.db.write() as db:
        cursor = db.execute(
            "INSERT INTO told (member, at_utc, channel, text) VALUES (?, ?, ?, ?)",
            (str(member.id), at.strftime("%Y-%m-%dT%H:%M:%SZ"), channel, text.strip()),
        )
        return f"letter-{cursor.lastrowid}"


def correct(life: Life, member: Member, key: str, text: str) -> None:
    """Replace what is remembered under ``key``. Raises BadInput when it is not this member's."""
    if not text.strip():
        raise BadInput("There is nothing in the corrected text. To remove it, erase it instead.")
    kind, number = _split(key)
    with life.db.write() as db:
        changed = db.execute(_UPDATE[kind], (text.strip(), number, str(member.id))).rowcount
    if not changed:
        raise _unknown()


def erase(life: Life, member: Member, key: str | None = None) -> int:
    """Forget what is remembered under ``key``, or everything of this member: also what was said to
    it, as an answer tells what was asked. Gives how many things; BadInput for another's key."""
    if key is not None:
        kind, number = _split(key)
        with life.db.write() as db:
            gone = db.execute(_DELETE[kind], (number, str(member.id))).rowcount
        if not gone:
            raise _unknown()
        return int(gone)
    count = len(told_by(life, member, limit=1_000_000))
    with life.db.write() as db:
        # Turns and what was spoken in them go with their call.
        db.execute("DELETE FROM call WHERE member = ? AND ended_utc IS NOT NULL", (str(member.id),))
        db.execute(
            "DELETE FROM turn WHERE call IN (SELECT id FROM call WHERE member = ?)",
            (str(member.id),),
        )
        db.execute("DELETE FROM told WHERE member = ?", (str(member.id),))
    return count


_UPDATE: Final = {
    "call": "UPDATE turn SET caller_said = ? WHERE id = ?"
    " AND call IN (SELECT id FROM call WHERE member = ?)",
    "letter": "UPDATE told SET text = ? WHERE id = ? AND member = ?",
}
_DELETE: Final = {
    "call": "DELETE FROM turn WHERE id = ? AND call IN (SELECT id FROM call WHERE member = ?)",
    "letter": "DELETE FROM told WHERE id = ? AND member = ?",
}


def _split(key: str) -> tuple[str, int]:
    kind, _, number = key.partition("-")
    if kind not in _UPDATE or not number.isdigit():
        raise _unknown()
    return kind, int(number)


def _unknown() -> BadInput:
    return BadInput("Nothing of that name is remembered of this member. List it first.")


# --------------------------------------------------------------------- finding it again

_WINDOWS: Final = (
    (re.compile(r"\byesterday\b|昨天", re.IGNORECASE), 1, 1),
    (re.compile(r"\bthe\s+day\s+before\s+yesterday\b|前天", re.IGNORECASE), 2, 2),
    (re.compile(r"\b(?:earlier\s+)?today\b|\bthis\s+morning\b|今天", re.IGNORECASE), 0, 0),
    (re.compile(r"\blast\s+week\b|上(?:个)?(?:周|星期|礼拜)", re.IGNORECASE), 1, 14),
    (re.compile(r"\blast\s+month\b|上个月", re.IGNORECASE), 1, 62),
)
_DAYS_EN: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LAST_TIME: Final = re.compile(
    r"\blast\s+time\b|\blast\s+call\b|\bwhen\s+we\s+last\b|上次|上回|上一次", re.IGNORECASE
)
ASKS_SINCE: Final = re.compile(
    r"\b(?:what|which|did|do\s+you\s+(?:remember|know)\s+what)\b[^?]*\bi\s+(?:just\s+)?(?:tell|told|say|said|mention\w*|talk\w*|ask\w*)\b"
    r"|\b(?:remember|recall)\b[^?]*\bi\s+(?:told|said|mentioned|wrote|asked)\b"
    r"|\bi\s+told\s+you\b[^.!?]*\?"
    r"|\bwhat\s+did\s+we\s+(?:talk|speak)\s+about\b|\blast\s+time\s+we\s+(?:talked|spoke)\b"
    r"|我(?:上次|上回|昨天|上周|上个?星期|前天)?(?:跟你|和你|对你|给你)(?:说|讲|聊|写|提)|我(?:告诉|跟)过?你|(?:上次|上回|昨天).*(?:聊|说|讲)(?:了|到|的|过)?(?:什么|啥)",
    re.IGNORECASE,
)
"""Says that a question is about what the caller said before, not about the person's past."""


def recollect(
    told: Sequence[Told], question: str, today: date, *, zone: str | None = None
) -> list[Told]:
    """What of ``told`` the ``question`` is about, best first: sharing its words, within the time
    it names; the last call's when it asks for "last time"."""
    wanted = {
        word: weight for word, weight in content_words(question).items() if word not in _TELLING
    }
    here = ZoneInfo(zone) if zone else None
    near = [one for one in told if _within(question, one.at.astimezone(here).date(), today)]
    # A question about what was said is no thing that was said.
    near = [
        one
        for one in near
        if not ASKS_SINCE.search(one.text) and not one.text.rstrip().endswith(("?", "？", "吗"))
    ]
    if _LAST_TIME.search(question) and near:
        day = near[0].at.date()
        near = [one for one in near if one.at.date() == day]
    scored = [
        (sum(weight for word, weight in wanted.items() if word in content_words(one.text)), one)
        for one in near
    ]
    found = sorted((one for one in scored if one[0] >= LEAST), key=lambda one: -one[0])
    if found:
        return [one for _, one in found]
    subject = any(weight >= LEAST for weight in wanted.values())
    timed = _LAST_TIME.search(question) or any(p.search(question) for p, _, _ in _WINDOWS)
    return [] if subject or not timed else [one for one in near if len(content_words(one.text)) > 1]


_TELLING: Final = frozenset(
    {"last", "tell", "told", "week", "month", "yesterday", "today", "talk", "speak", "mention"}
    | {"上次", "上回", "昨天", "前天", "聊", "告诉", "提", "星期", "礼拜", "上周", "回", "周"}
    | set(_DAYS_EN)
)


def _within(question: str, day: date, today: date) -> bool:
    back = (today - day).days
    for pattern, first, last in _WINDOWS:
        if pattern.search(question):
            return first <= back <= last
    for number, name in enumerate(_DAYS_EN):
        if re.search(rf"\b(?:on|last)\s+{name}\b", question, re.IGNORECASE):
            return day.weekday() == number and 0 < back <= 14
    return True


def distance(at: date, today: date, language: str) -> str:
    """When ``at`` was, seen from ``today``, as one says it: "yesterday", "on Tuesday", "last
    week", "three weeks ago", "on 4 May 2023"; 昨天, 上个星期二, 三个星期前."""
    back = (today - at).days
    if language == "zh":
        if back <= 0:
            return "今天"
        if back <= 2:
            return ("昨天", "前天")[back - 1]
        weekday = "一二三四五六日"[at.weekday()]
        if back < 7:
            monday = today - timedelta(days=today.weekday())
            return f"{'这个' if at >= monday else '上个'}星期{weekday}"
        if back < 14:
            return "上个星期" if back < 7 + today.weekday() + 1 else "大约两个星期前"
        if back < 60:
            return f"{'二三四五六七八'[max(0, back // 7 - 2)]}个星期前".replace("二个", "两个")
        return f"{at.year}年{at.month}月{at.day}日"
    if back <= 0:
        return "earlier today"
    if back == 1:
        return "yesterday"
    if back < 7:
        return f"on {_DAYS_EN[at.weekday()].capitalize()}"
    if back < 14:
        return "last week"
    if back < 60:
        count = ("two", "three", "four", "five", "six", "seven", "eight")[back // 7 - 2]
        return f"{count} weeks ago"
    return f"on {at.day} {at:%B %Y}"

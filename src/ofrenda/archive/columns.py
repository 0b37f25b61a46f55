"""What the columns of a table from anywhere mean: proposed from what stands in them, and checked.

A mapping is written ``time:1,sender:2,text:3`` with the numbers of the columns, from 1. ``time``
and ``text`` are needed. Without ``sender`` everything is by one writer; ``chat`` tells
conversations apart. ``leave`` says that the table is no writing of anybody's.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from ofrenda.archive.clockwork import wall
from ofrenda.archive.instants import Instant, naive, since_epoch, whole

LEAVE = "leave"
PARTS = ("time", "sender", "text", "chat")
_MOST_COLUMNS = 60
_READABLE = 0.9
"""Share of the sample rows whose time must be readable."""

_NAMED: Mapping[str, tuple[str, ...]] = {
    "time": (
        "time", "date", "datetime", "timestamp", "createtime", "createdat", "sentat", "when",
        "时间", "日期", "發送時間", "发送时间", "时间戳", "時間",
    ),
    "sender": (
        "sender", "from", "author", "user", "name", "sendername", "nickname", "who", "speaker",
        "screenname", "username", "发送者", "发送人", "昵称", "发言人", "作者", "姓名", "傳送者",
    ),
    "text": (
        "text", "message", "content", "body", "msg", "post", "says", "正文", "内容", "消息",
        "消息内容", "文本", "內容", "微博正文",
    ),
    "chat": (
        "chat", "conversation", "thread", "room", "group", "channel", "talker", "chatname",
        "会话", "聊天", "群", "群名", "聊天对象", "對話",
    ),
}  # fmt: skip
_DAY_FIRST = re.compile(
    r"(?P<a>\d{1,2})[/.\-](?P<b>\d{1,2})[/.\-](?P<year>\d{4}|\d{2})"
    r"(?:[ ,T]+(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_EPOCH = (631_152_000, 4_102_444_800)
"""Seconds from 1990 to 2100: a number in between may be a time."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns from 0; None where there is none."""

    time: int
    text: int
    sender: int | None
    chat: int | None

    def written(self) -> str:
        """As the keeper writes it."""
        told = {"time": self.time, "sender": self.sender, "text": self.text, "chat": self.chat}
        return ",".join(f"{part}:{place + 1}" for part, place in told.items() if place is not None)


def shape(header: Sequence[str]) -> str:
    """Eight letters that tell one form of table from another, by its column names."""
    plain = "\0".join(cell.strip().casefold() for cell in header)
    return hashlib.blake2b(plain.encode("utf-8", "replace"), digest_size=4).hexdigest()


def parse(answer: str, count: int) -> Columns | None:
    """A keeper's mapping for a table of ``count`` columns; None where it is not written so."""
    told: dict[str, int] = {}
    for piece in answer.split(","):
        part, mark, number = (each.strip() for each in piece.partition(":"))
        if not mark or part not in PARTS or part in told or not number.isascii():
            return None
        if not number.isdigit() or not 1 <= int(number) <= count:
            return None
        told[part] = int(number) - 1
    if "time" not in told or "text" not in told or len(set(told.values())) != len(told):
        return None
    return Columns(told["time"], told["text"], told.get("sender"), told.get("chat"))


def propose(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Columns | None:
    """The likeliest meaning, from the column names and what stands in ``rows``; None where no
    column holds times or none holds words."""
    count = len(header)
    if not 2 <= count <= _MOST_COLUMNS or not rows:
        return None
    cells = [[row[place].strip() for row in rows] for place in range(count)]
    times = [_share(column, lambda cell: bool(moments(cell))) for column in cells]

    def timely(at: int) -> tuple[bool, int, float]:
        return times[at] >= _READABLE, _named(header[at], "time"), times[at]

    time = max(range(count), key=timely)
    if times[time] < _READABLE:
        return None
    rest = [at for at in range(count) if at != time]

    def wordy(at: int) -> tuple[int, float]:
        column = cells[at]
        filled = [cell for cell in column if any(c.isalpha() for c in cell)]
        many = len(set(filled)) / max(1, len(filled))
        return _named(header[at], "text"), (sum(map(len, filled)) / max(1, len(column))) * many

    text = max(rest, key=wordy)
    if wordy(text)[1] < 2:
        return None
    rest.remove(text)

    def namely(at: int) -> tuple[int, int, float]:
        filled = [cell for cell in cells[at] if cell]
        few = 0 < len(set(filled)) <= max(2, len(rows) // 2)
        short = bool(filled) and max(map(len, filled)) <= 40
        letters = _share(filled, lambda cell: any(c.isalpha() for c in cell))
        return _named(header[at], "sender"), int(few and short), letters

    sender = max(rest, key=namely, default=None)
    if sender is not None:
        called, few_and_short, letters = namely(sender)
        if not called and not (few_and_short and letters > 0.9):
            sender = None
    chat = next((at for at in rest if at != sender and _named(header[at], "chat")), None)
    return Columns(time, text, sender, chat)


def trouble(columns: Columns, rows: Sequence[Sequence[str]]) -> str | None:
    """Why a mapping cannot be right for these rows, in a sentence for the keeper, or None."""
    unread = sum(not moments(row[columns.time].strip()) for row in rows)
    if rows and unread > (1 - _READABLE) * len(rows):
        return (
            f"Column {columns.time + 1} does not hold times: {unread} of the first {len(rows)} "
            "rows cannot be read as one."
        )
    words = sum(any(c.isalpha() for c in row[columns.text]) for row in rows)
    if rows and words * 5 < len(rows):
        return f"Column {columns.text + 1} holds hardly any words, so it is not what was written."
    if columns.sender is not None:
        empty = sum(not row[columns.sender].strip() for row in rows)
        if empty * 5 > len(rows):
            return f"Column {columns.sender + 1} is mostly empty, so it does not say who wrote."
    return None


def moments(cell: str) -> dict[str, tuple[Instant, str]]:
    """The moments that a cell may mean, by the order of its date: ``""`` where there is but one
    way to read it, else ``dmy`` and ``mdy``. With each its precision (``s``, ``min``, ``day``)."""
    number = whole(cell)
    if number is not None:
        seconds = number / 1000 if number > _EPOCH[1] else number
        if _EPOCH[0] <= seconds <= _EPOCH[1] and (at := since_epoch(seconds)) is not None:
            return {"": (at, "s")}
        return {}
    if (found := _DAY_FIRST.fullmatch(cell)) is None:
        if re.fullmatch(r"\d{4}[-/.]\d{1,2}[-/.]\d{1,2}", cell):
            at, _ = wall(f"{cell} 00:00")
            return {} if at is None else {"": (at, "day")}
        at, precision = wall(re.sub(r"(\d)年(\d{1,2})月(\d{1,2})日", r"\1-\2-\3", cell))
        return {} if at is None else {"": (at, precision)}
    orders = {"dmy": ("a", "b"), "mdy": ("b", "a")}
    read = {order: _day_first(found, *parts) for order, parts in orders.items()}
    sure = {order: at for order, at in read.items() if at is not None}
    if len(sure) == 2 and sure["dmy"] == sure["mdy"]:
        return {"": sure["dmy"]}
    return sure


def _day_first(found: re.Match[str], day: str, month: str) -> tuple[Instant, str] | None:
    year = int(found["year"])
    year += 2000 if year < 70 else 1900 if year < 100 else 0
    hour, half = int(found["hour"] or 0), (found["half"] or "").casefold()[:1]
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + 12 * (half == "p")
    try:
        moment = datetime(
            year, int(found[month]), int(found[day]), hour, int(found["minute"] or 0),
            int(found["second"] or 0),
        )  # fmt: skip
    except ValueError:
        return None
    precision = "day" if found["hour"] is None else "min" if found["second"] is None else "s"
    at = naive(moment)
    return None if at is None else (at, precision)


def _named(header: str, part: str) -> int:
    """2 where a column is called so, 1 where its name holds such a word, else 0."""
    plain = re.sub(r"[\s_\-.]", "", header).casefold()
    if plain in _NAMED[part]:
        return 2
    telling = (name for name in _NAMED[part] if len(name) > 3 or not name.isascii())
    return int(any(name in plain for name in telling))


def _share(cells: Sequence[str], holds: Callable[[str], bool]) -> float:
    return sum(map(holds, cells)) / len(cells) if cells else 0.0

"""LINE's saved chats (txt): time, name and words between tabs, under a line for each day."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import hour_of, out_of_time, seconds_of
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, naive
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.report import Question
from ofrenda.archive.telling import LONGEST, Chat, Said, bare, named, pair_or_group, tell
from ofrenda.types import Kind

_HALF = "上午|下午|凌晨|早上|中午|晚上|午前|午後|오전|오후"
_TIME = (
    rf"(?:(?P<before>{_HALF}) ?)?(?P<hour>\d{{1,2}}):(?P<minute>\d{{2}})"
    r"(?: ?(?P<after>[AaPp]\.?[Mm]\.?))?"
)
_MESSAGE = re.compile(rf"{_TIME}\t(?P<name>[^\t]*)\t(?P<body>.*)", re.DOTALL)
_NOTICE = re.compile(rf"{_TIME}\t(?P<body>[^\t]*)")
_INSIDE = re.compile(r"\d{1,2}:\d{2}(?: ?[AaPp][Mm])?\t[^\t]*\t")
_WEEKDAY = r"[(（]?(?P<week>[^\W\d_]{1,12})?\.?[)）]?"
_YEAR_FIRST = re.compile(
    rf"(?P<year>\d{{4}})[/.\-](?P<month>\d{{1,2}})[/.\-](?P<day>\d{{1,2}})\.? ?{_WEEKDAY}"
)
_YEAR_LAST = re.compile(
    r"(?P<week>[^\W\d_]{2,12})\.?, ?(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>\d{4})"
)
_TITLES = tuple(
    (re.compile(pattern), group)
    for pattern, group in (
        (r"Chat history with (?P<name>.+)", False),
        (r"Chat history in (?P<name>.+)", True),
        (r"(?P<name>.+?)とのトーク履歴", False),
        (r"(?P<name>.+?)のトーク履歴", True),
        (r"[与與](?P<name>.+?)的聊天[记記][录錄]", False),
        (r"(?P<name>.+?)的聊天[记記][录錄]", True),
        (r"ประวัติการแชทกับ ?(?P<name>.+)", False),
        (r"(?P<name>.+?)님과의 (?:대화|채팅 기록)", False),
    )
)
_SAVED = re.compile(
    r"(?:Saved on|保存日時|保存日期|儲存日期|儲存時間|저장한 날짜|บันทึกเมื่อ|บันทึกวันที่)\s?[:：]"
)
_WEEK = ("mon一月월", "tue二火화", "wed三水수", "thu四木목", "fri五金금", "sat六土토", "sun日天일")
_KINDS = {
    token: kind
    for kind, tokens in (
        (
            Kind.IMAGE,
            ("[Photo]", "[照片]", "[写真]", "[圖片]", "[图片]", "[사진]", "[รูปภาพ]", "[รูป]"),
        ),
        (
            Kind.VOICE,
            ("[Voice message]", "[语音信息]", "[語音訊息]", "[ボイスメッセージ]", "[음성 메시지]"),
        ),
        (Kind.VIDEO, ("[Video]", "[视频]", "[影片]", "[動画]", "[동영상]", "[วิดีโอ]")),
        (Kind.FILE, ("[File]", "[文件]", "[檔案]", "[ファイル]", "[파일]", "[ไฟล์]")),
        (Kind.STICKER, ("[Sticker]", "[贴图]", "[貼圖]", "[スタンプ]", "[스티커]", "[สติกเกอร์]")),
        (Kind.LOCATION, ("[Location]", "[位置]", "[位置情報]", "[위치]")),
        (Kind.CONTACT, ("[Contact]", "[联系人]", "[聯絡資訊]", "[連絡先]")),
        (
            Kind.LINK,
            ("[Album]", "[相簿]", "[アルバム]", "[Notes]", "[记事本]", "[記事本]", "[ノート]"),
        ),
    )
    for token in tokens
}
_CALL = re.compile(r"☎ ?[^\n]{0,60}")
_UNSENT = re.compile(
    r"[^\n]{0,60}(?:unsent a message|Message unsent|撤回了一[条條]消息|已收回訊息|"
    r"送信を取り消しました|메시지를 취소했습니다)[^\n]{0,10}"
)
_LINK = re.compile(r"https?://\S+")


@dataclass(slots=True)
class _Piece:
    """What the file holds, line by line; ``kind`` is ``day``, ``said``, ``notice`` or a reason."""

    line: int
    kind: str
    hour: int | None = None
    minute: int = 0
    name: str = ""
    body: str = ""
    quoted: str | None = None


@dataclass(slots=True)
class _Survey:
    title: str | None = None
    group: bool | None = None
    count: int = 0
    names: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=lambda: {"dmy", "mdy"})
    loose: bool = False
    year_last: bool = False


class Line:
    """The importer."""

    name = "line"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its title and by lines with a time, a tab, a name and a tab below a day."""
        text = (peek(head) or "").lstrip("\ufeff")
        filled = [line.rstrip("\r") for line in text.split("\n")[:300] if line.strip()]
        messages = sum(_MESSAGE.fullmatch(line) is not None for line in filled)
        days = sum(_day(line, None) is not None or _is_day(line) for line in filled)
        titled = bool(filled) and _title(filled[0]) is not None
        saved = any(_SAVED.match(line) for line in filled[:3])
        if titled and (saved or filled[0].startswith("[LINE]")):
            return 0.95
        if messages and days:
            return 0.9 if messages > 1 or saved else 0.7
        return 0.6 if filled[:1] and filled[0].startswith("[LINE]") else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """How the days are written first, for the file as a whole; then the messages."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        found = _survey(entry, code)
        if not found.count:
            raise not_whole()
        order = next(iter(found.orders)) if len(found.orders) == 1 else None
        if found.year_last and order is None:
            answer = circumstances.answers.get("date_order")
            order = answer if answer in ("dmy", "mdy") else None
            if order is None:
                question = Question(
                    key="date_order",
                    text="In what order does this export write its dates?",
                    choices={"dmy": "day, month, year", "mdy": "month, day, year"},
                    waiting=found.count,
                )
                return Reading(records=(), questions=[question], waiting=found.count)
        reading = Reading(records=_records(entry, code, found, order or "dmy"))
        if not code.certain:
            reading.warnings.append(
                f"The text was read as {code.name}. If letters look wrong, save the file as "
                "UTF-8 and add it again."
            )
        if found.loose:
            reading.advice.append(
                "This is a chat saved on a computer, which does not mark where a name ends. "
                "Save the chat on the phone (chat, settings, export chat) and add that file too."
            )
        return reading


IMPORTER = Line()


def _survey(entry: Entry, code: Code) -> _Survey:
    found = _Survey()
    for number, line in enumerate(lines(entry, code)):
        line = line.lstrip("\ufeff") if number == 0 else line
        if number < 3 and found.title is None and (titled := _title(line)) is not None:
            found.title, found.group = titled
        elif number > 5:
            break
    for piece in _pieces(lines(entry, code)):
        if piece.kind == "said":
            found.count += 1
            found.names.add(bare(piece.name))
        elif piece.kind == "day" and _YEAR_LAST.fullmatch(piece.body) is not None:
            found.year_last = True
            fits = {order for order in ("dmy", "mdy") if _day(piece.body, order) is not None}
            # The day of the week tells which number is the day; a damaged line tells nothing.
            found.orders = found.orders & fits or found.orders
        elif piece.kind == "loose":
            found.count += 1
            found.loose = True
    if found.title is None:
        stem = PurePosixPath(entry.name).stem.removeprefix("[LINE]").strip()
        found.title = (_title(stem) or (stem, None))[0]
    return found


def _title(line: str) -> tuple[str, bool] | None:
    line = line.strip().removeprefix("[LINE]").strip()
    for pattern, group in _TITLES:
        if found := pattern.fullmatch(line):
            return found["name"].strip(), group
    return None


def _is_day(line: str) -> bool:
    return _YEAR_FIRST.fullmatch(line) is not None or _YEAR_LAST.fullmatch(line) is not None


def _day(line: str, order: str | None) -> date | None:
    """The day that a line names; None where it names none or the day of the week is another."""
    if found := _YEAR_FIRST.fullmatch(line):
        numbers = (int(found["year"]), int(found["month"]), int(found["day"]))
    elif (found := _YEAR_LAST.fullmatch(line)) and order is not None:
        one, two = int(found["one"]), int(found["two"])
        numbers = (int(found["year"]), *((two, one) if order == "dmy" else (one, two)))
    else:
        return None
    try:
        day = date(*numbers)
    except ValueError:
        return None
    week = (found["week"] or "").casefold().removeprefix("周").removeprefix("週")
    week = week.removeprefix("星期").removesuffix("曜日").removesuffix("요일")
    told = [at for at, names in enumerate(_WEEK) if week and (week[:3] in names)]
    return None if told and day.weekday() not in told else day


def _pieces(source: Iterable[str]) -> Iterator[_Piece]:
    numbered = iter(enumerate(source, 1))
    again: deque[tuple[int, str]] = deque()
    while True:
        first = again.popleft() if again else next(numbered, None)
        if first is None:
            return
        number, line = first
        line = line.lstrip("\ufeff") if number == 1 else line
        if not line.strip() or (number <= 3 and (_title(line) or _SAVED.match(line))):
            continue
        if _is_day(line):
            yield _Piece(number, "day", body=line)
        elif (match := _MESSAGE.fullmatch(line)) is not None:
            piece = _message(number, match, numbered, again)
            yield piece
            if piece.kind == "damaged":
                _swallow(line, numbered, again)
        elif (match := _NOTICE.fullmatch(line)) is not None:
            hour, minute = _clock(match)
            yield _Piece(number, "notice", hour, minute, "", match["body"])
        elif (match := re.match(_TIME + " ", line)) is not None and "\t" not in line:
            hour, minute = _clock(match)
            yield _Piece(number, "loose", hour, minute, "", line[match.end() :])
        else:
            yield _Piece(number, "damaged", body=line)
            _swallow(line, numbered, again)


def _swallow(line: str, numbered: Iterator[tuple[int, str]], again: deque[tuple[int, str]]) -> None:
    """Drop the rest of a damaged message of several lines: what it quotes is nobody's words."""
    if _closes(line) is False:
        span, closed = _to_the_end(len(line), numbered, again)
        if not closed:
            again.extendleft(reversed(span))


def _message(
    number: int,
    match: re.Match[str],
    numbered: Iterator[tuple[int, str]],
    again: deque[tuple[int, str]],
) -> _Piece:
    """A message; one of several lines stands in quotation marks, its own doubled."""
    hour, minute = _clock(match)
    name, body = match["name"], match["body"]
    piece = _Piece(number, "said" if name.strip() else "notice", hour, minute, name, body)
    if _INSIDE.search(body):
        # The end of a line was lost, and another's message with it.
        piece.kind = "damaged"
        return piece
    if not body.startswith('"') or _closes(body[1:]) is not None:
        return piece
    span, closed = _to_the_end(len(body), numbered, again)
    if not closed:
        again.extendleft(reversed(span))
        return piece
    if not span or _closes(span[-1][1]) is None:
        piece.kind = "damaged"
        return piece
    text = "\n".join([body[1:], *(line for _, line in span)])[:-1].replace('""', '"')
    parts = text.split("\n")
    pasted = next((at for at, one in enumerate(parts) if at and _INSIDE.match(one)), None)
    piece.body = "\n".join(parts[:pasted])
    piece.quoted = None if pasted is None else "\n".join(parts[pasted:])
    return piece


_CUT_OFF = 20
"""Lines at the end of a file that may belong to a message which was cut short there."""


def _to_the_end(
    size: int, numbered: Iterator[tuple[int, str]], again: deque[tuple[int, str]]
) -> tuple[list[tuple[int, str]], bool]:
    """The lines up to the one with the closing quotation mark, and whether there is one."""
    span: list[tuple[int, str]] = []
    closed: bool | None = None
    while closed is None and size <= LONGEST:
        following = again.popleft() if again else next(numbered, None)
        if following is None:
            # Cut short within a message, or a message that merely begins with such a mark.
            closed = len(span) <= _CUT_OFF
            break
        span.append(following)
        size += len(following[1]) + 1
        closed = _closes(following[1])
        inner = _MESSAGE.fullmatch(following[1])
        if inner is not None and inner["body"].startswith('"') and inner["body"][:2] != '""':
            # A message that begins with a quotation mark, not the end of one.
            closed = False
    return span, bool(closed)


def _closes(line: str) -> bool | None:
    """Whether a quotation ends with this line: None if it goes on, False if it is none."""
    bare_line = line.replace('""', "")
    if '"' not in bare_line:
        return None
    return bare_line.endswith('"') and bare_line.count('"') == 1


def _clock(match: re.Match[str]) -> tuple[int | None, int]:
    hour = hour_of(int(match["hour"]), match["before"] or match["after"])
    return hour if int(match["minute"]) < 60 else None, int(match["minute"])


def _timed(entry: Entry, code: Code, order: str) -> Iterator[tuple[_Piece, Instant | None]]:
    """Each piece with its moment. After a line that may be a damaged day no day is known."""
    day: date | None = None
    for piece in _pieces(lines(entry, code)):
        if piece.kind == "day":
            day = _day(piece.body, order)
            continue
        if piece.kind == "damaged" and "\t" not in piece.body and _digits(piece.body) >= 5:
            day = None
        at = None
        if day is not None and piece.hour is not None:
            at = naive(datetime(day.year, day.month, day.day, piece.hour, piece.minute))
        yield piece, at


def _digits(text: str) -> int:
    return sum(character.isdigit() for character in text[:16])


def _records(entry: Entry, code: Code, found: _Survey, order: str) -> Iterator[Record]:
    moments = [seconds_of(at) for _, at in _timed(entry, code, order) if at is not None]
    off = out_of_time(moments)
    chat = pair_or_group(
        "line", found.names or {found.title or "?"}, found.title, group=found.group
    )
    owner = _owner_of_loose(entry, code, found) if found.loose else None
    place = -1
    for piece, at in _timed(entry, code, order):
        locator = str(piece.line)
        if piece.kind == "damaged":
            yield Skipped("damaged", locator)
            continue
        place += at is not None
        if at is not None and place in off:
            yield Skipped("doubtful", locator)
        elif piece.kind == "loose":
            yield _loose(locator, chat, piece, at, found, owner)
        else:
            sender = named(piece.name) if piece.kind == "said" else None
            yield tell(locator, chat, sender, at, _said(piece), precision="min")


def _said(piece: _Piece) -> Said:
    body = piece.body
    if piece.kind == "notice":
        return Said(Kind.DELETED) if _UNSENT.fullmatch(body) else Said(Kind.SYSTEM, body)
    if (kind := _KINDS.get(body.strip())) is not None:
        return Said(kind)
    if _CALL.fullmatch(body):
        return Said(Kind.CALL)
    if _UNSENT.fullmatch(body):
        return Said(Kind.DELETED)
    if not body.strip() and piece.quoted is None:
        return Said(Kind.UNKNOWN)
    return Said(Kind.LINK if _LINK.fullmatch(body) else Kind.TEXT, body, piece.quoted)


def _owner_of_loose(entry: Entry, code: Code, found: _Survey) -> str | None:
    """The other name in a computer's export of a chat of two: what all lines that do not begin
    with the title begin with, while they go on differently. None where that is not certain."""
    if found.group or not found.title:
        return None
    other = found.title + " "
    rest: list[list[str]] = []
    theirs = 0
    for piece in _pieces(lines(entry, code)):
        if piece.kind == "loose" and not _UNSENT.fullmatch(piece.body):
            theirs += piece.body.startswith(other)
            if not piece.body.startswith(other) and len(rest) < 10_000:
                rest.append(piece.body.split(" "))
    if len(rest) < 3 or not theirs:
        return None
    shared = 0
    while all(len(one) > shared + 1 and one[shared] == rest[0][shared] for one in rest):
        shared += 1
    if not shared or len({one[shared] for one in rest}) < 3:
        return None
    return " ".join(rest[0][:shared])


def _loose(
    locator: str, chat: Chat, piece: _Piece, at: Instant | None, found: _Survey, owner: str | None
) -> Record:
    if _UNSENT.fullmatch(piece.body):
        return tell(locator, chat, None, at, Said(Kind.DELETED), precision="min")
    for name in (found.title, owner):
        if name and re.search(rf"\d{{1,2}}:\d{{2}}.?{re.escape(name)} ", piece.body):
            return Skipped("damaged", locator)
    for name in (found.title, owner):
        if owner is not None and name and piece.body.startswith(name + " "):
            piece.body = piece.body[len(name) + 1 :]
            return tell(locator, chat, named(name), at, _said(piece), precision="min")
    return Skipped("unclear_sender", locator)

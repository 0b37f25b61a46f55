"""LINE's saved chats (txt): time, name and words between tabs, under a line for each day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import out_of_time, seconds_of
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.line.days import (
    day_of,
    is_day,
    is_saved,
    is_year_last,
    title_of,
)
from ofrenda.archive.importers.line.pieces import MESSAGE, Piece, pieces
from ofrenda.archive.instants import Instant, naive
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.report import Question
from ofrenda.archive.telling import Chat, Said, bare, named, pair_or_group, tell
from ofrenda.types import Kind

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
class _Survey:
    title: str | None = None
    group: bool | None = None
    count: int = 0
    names: set[str] = field(default_factory=set)
    orders: set[str] = field(default_factory=lambda: {"dmy", "mdy"})
    loose: bool = False
    doubtful: int = 0
    year_last: bool = False


class Line:
    """The importer."""

    name = "line"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its title and by lines with a time, a tab, a name and a tab below a day."""
        text = (peek(head) or "").lstrip("\ufeff")
        filled = [line.rstrip("\r") for line in text.split("\n")[:300] if line.strip()]
        messages = sum(MESSAGE.fullmatch(line) is not None for line in filled)
        days = sum(day_of(line, None) is not None or is_day(line) for line in filled)
        titled = bool(filled) and title_of(filled[0]) is not None
        saved = any(is_saved(line) for line in filled[:3])
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
        if found.doubtful:
            reading.advice.append(
                f"{found.doubtful} lines stand between quotation marks: somebody may have pasted "
                "them. LINE's export does not say, so they are given to nobody."
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
        if number < 3 and found.title is None and (titled := title_of(line)) is not None:
            found.title, found.group = titled
        elif number > 5:
            break
    for piece in pieces(lines(entry, code)):
        if piece.kind == "said":
            found.count += 1
            found.names.add(bare(piece.name))
        elif piece.kind == "day" and is_year_last(piece.body):
            found.year_last = True
            fits = {order for order in ("dmy", "mdy") if day_of(piece.body, order) is not None}
            # The day of the week tells which number is the day; a damaged line tells nothing.
            found.orders = found.orders & fits or found.orders
        elif piece.kind == "doubtful":
            found.doubtful += 1
        elif piece.kind == "loose":
            found.count += 1
            found.loose = True
    if found.title is None:
        stem = PurePosixPath(entry.name).stem.removeprefix("[LINE]").strip()
        found.title = (title_of(stem) or (stem, None))[0]
    return found


def _timed(entry: Entry, code: Code, order: str) -> Iterator[tuple[Piece, Instant | None]]:
    """Each piece with its moment. After a line that may be a damaged day no day is known."""
    day: date | None = None
    for piece in pieces(lines(entry, code)):
        if piece.kind == "day":
            day = day_of(piece.body, order)
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
        if piece.kind in ("damaged", "doubtful"):
            yield Skipped(piece.kind, locator)
            continue
        place += at is not None
        if at is not None and place in off:
            yield Skipped("doubtful", locator)
        elif piece.kind == "loose":
            yield _loose(locator, chat, piece, at, found, owner)
        else:
            sender = named(piece.name) if piece.kind == "said" else None
            yield tell(locator, chat, sender, at, _said(piece), precision="min")


def _said(piece: Piece) -> Said:
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
    for piece in pieces(lines(entry, code)):
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
    locator: str, chat: Chat, piece: Piece, at: Instant | None, found: _Survey, owner: str | None
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

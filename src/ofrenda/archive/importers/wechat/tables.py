"""The tables (CSV): MemoTrace full and per chat, WeClone and PyWxDump, chatlog."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from ofrenda.archive.clockwork import agreed, wall
from ofrenda.archive.decoding import lines
from ofrenda.archive.importers.wechat.chats import Raw, Source
from ofrenda.archive.importers.wechat.kinds import (
    NOBODY,
    OWNER,
    Meaning,
    by_name,
    by_number,
    from_text,
    said,
)
from ofrenda.archive.importers.wechat.markup import reply_in
from ofrenda.archive.instants import since_epoch, whole
from ofrenda.archive.report import Question
from ofrenda.archive.tabular import CELL, first_row, rows
from ofrenda.archive.telling import Said, attached
from ofrenda.types import Kind, MediaRef

_DATE = r'"?\d{4}[-/]\d{1,2}[-/]\d{1,2}[ T]\d{1,2}:\d{2}'
_SYSTEM = Meaning(Kind.SYSTEM, "own")

Cells = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A layout with one message in a row. ``needs`` are the columns it is known by; ``extra`` is
    how many more cells than columns a row may have."""

    needs: tuple[str, ...]
    begins: re.Pattern[str]
    read: Callable[[Cells, Source], Raw | str]
    extra: int = 0
    ask: Callable[[list[str], Source], Question | None] = lambda columns, source: None

    def recognise(self, text: str, cells: list[str]) -> float:
        """By the names of its columns."""
        return 0.95 if cells and all(column in cells for column in self.needs) else 0.0

    def question(self, source: Source) -> Question | None:
        """What the columns leave open."""
        return self.ask(self._columns(source), source)

    def rests_on_one_digit(self, source: Source) -> bool:
        """Whether who wrote is told by one digit alone, which damage can turn unnoticed."""
        columns = self._columns(source)
        return "IsSender" in columns and "Sender" not in columns

    def _columns(self, source: Source) -> list[str]:
        return first_row(next(lines(source.entry, source.code), ""))

    def raws(self, source: Source) -> Iterator[tuple[str, Raw | str]]:
        """A message for each row, or why it is none."""
        columns = self._columns(source)
        for row in rows(lines(source.entry, source.code), self.begins.match):
            locator = str(row.line)
            if row.reason is not None:
                yield locator, row.reason
            elif not len(columns) <= len(row.cells) <= len(columns) + self.extra:
                yield locator, "damaged"
            else:
                cells = dict(zip(columns, row.cells, strict=False))
                yield locator, self.read(cells, source)


def _own(written: str) -> bool | None:
    """A direction; None where the cell holds none."""
    return {"1": True, "0": False, "true": True, "false": False}.get(written.strip().casefold())


def _locate(source: Source) -> Callable[[str], MediaRef]:
    return lambda name: attached(source.entry, source.files, name)


def _memotrace(cells: Cells, source: Source) -> Raw | str:
    """localId, TalkerId, Type, SubType, IsSender, CreateTime, Status, StrContent, StrTime, and in
    most versions Remark, NickName, Sender. Where all chats are in one table, Sender is a name and
    Remark and NickName are those of the chat; in the table of one chat, Sender is an id and they
    are those of the sender."""
    own = _own(cells["IsSender"])
    number, subtype = whole(cells["Type"]), whole(cells["SubType"])
    if own is None or number is None or whole(cells["CreateTime"]) is None:
        return "damaged"
    local, _ = wall(cells["StrTime"])
    epoch = since_epoch(whole(cells["CreateTime"]))
    at = None if local is None else agreed(local, epoch)
    meaning = by_number(number, subtype or 0)
    content = cells["StrContent"]
    words = reply_in(content) if meaning.voice in ("quote", "other") else None
    what = words or said(meaning, content)
    named = [column in cells for column in ("Sender", "Remark", "NickName")]
    if any(named) and not all(named):
        return "damaged"
    if "Sender" not in cells:
        group = source.circumstances.answers.get("chat_kind") == "group"
        other = "" if group or source.title is None else (source.folder or ("", source.title))[1]
        return Raw("" if own else other, source.title or "", own, at, what, group=group)
    sender, chat = cells["Sender"], cells["Remark"] or cells["NickName"]
    if not source.names_owner:
        return Raw(sender, chat, own, at, what)
    # The numbers of chats begin anew in each of the phone's databases: only names tell them apart.
    talker = f"{chat} ({cells['NickName']})"
    if own or what.kind is Kind.SYSTEM:
        return Raw(sender, sender, own, at, what, talker, chat)
    if sender and sender in (cells["Remark"], cells["NickName"]):
        return Raw(chat, chat, own, at, what, talker, chat)
    return Raw(sender, sender, own, at, what, talker, chat, group=True if sender else None)


def _ask_memotrace(columns: list[str], source: Source) -> Question | None:
    if "Sender" in columns or source.circumstances.answers.get("chat_kind") in ("direct", "group"):
        return None
    if source.folder is not None:
        return None
    waiting = sum(1 for _ in rows(lines(source.entry, source.code), _MEMOTRACE.begins.match))
    return Question(
        key="chat_kind",
        text="This table does not say who wrote what others sent. Is it a chat with one person?",
        choices={
            "direct": "a chat with the one person whom the file is called after",
            "group": "a group; only what the phone's owner wrote is taken",
        },
        waiting=waiting,
    )


def _per_chat(cells: Cells, source: Source) -> Raw | str:
    """消息ID, 类型, 发送人, 时间, 内容. The direction is not said; 发送人 is a name."""
    at, precision = wall(cells["时间"])
    kind, sender = cells["类型"].strip(), cells["发送人"]
    number = whole(kind)
    meaning = by_name(kind) if number is None else by_number(number, 0)
    if sender.strip() in NOBODY:
        meaning = _SYSTEM
    what = said(meaning, cells["内容"], locate=_locate(source))
    return Raw(sender, sender, None, at, what, precision=precision)


def _weclone(cells: Cells, source: Source) -> Raw | str:
    """id, MsgSvrID, type_name, is_sender, talker, room_name (not in all), msg, src, CreateTime."""
    own = _own(cells["is_sender"])
    if own is None:
        return "damaged"
    at, precision = wall(cells["CreateTime"])
    if at is None and (seconds := whole(cells["CreateTime"])) is not None:
        at, precision = since_epoch(seconds), "s"
    meaning = by_name(cells["type_name"])
    what = said(meaning, cells["msg"])
    if cells["src"].strip() and what.kind in _FILED:
        what = Said(what.kind, what.text, what.quoted, media=(_locate(source)(cells["src"]),))
    talker = cells["talker"]
    room = cells.get("room_name", "")
    group = True if room.endswith("@chatroom") else None
    return Raw(talker, talker, own, at, what, room, group=group, precision=precision)


def _chatlog(cells: Cells, source: Source) -> Raw | str:
    """Time, SenderName, Sender, TalkerName, Talker, Content. Ids throughout; no types."""
    at, precision = wall(cells["Time"])
    sender, talker = cells["Sender"], cells["Talker"]
    what = from_text(cells["Content"])
    if sender in NOBODY:
        what = said(_SYSTEM, cells["Content"])
    name = cells["SenderName"]
    group = talker.endswith("@chatroom")
    own = True if sender in ("", OWNER) else None
    return Raw(
        *(sender, name, own, at, what, talker, cells["TalkerName"]),
        group=group,
        precision=precision,
    )


_FILED = frozenset({Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.STICKER, Kind.FILE})

_MEMOTRACE = Table(
    needs=(
        *("localId", "TalkerId", "Type", "SubType", "IsSender", "CreateTime", "StrContent"),
        "StrTime",
    ),
    begins=re.compile(r"(?:\d*,)?\d{1,12},\d{1,9},\d{1,20},\d{1,9},[01],\d{9,10},"),
    read=_memotrace,
    extra=1,
    ask=_ask_memotrace,
)

TABLES = (
    _MEMOTRACE,
    Table(
        needs=("消息ID", "类型", "发送人", "时间", "内容"),
        begins=re.compile(rf'"?\d{{1,20}}"?,{CELL},{CELL},{_DATE}'),
        read=_per_chat,
    ),
    Table(
        needs=("id", "MsgSvrID", "type_name", "is_sender", "talker", "msg", "src", "CreateTime"),
        begins=re.compile(rf"\d{{1,12}},{CELL},{CELL},(?:[01]|true|false|TRUE|FALSE),"),
        read=_weclone,
    ),
    Table(
        needs=("Time", "SenderName", "Sender", "TalkerName", "Talker", "Content"),
        begins=re.compile(rf"{_DATE}(?::\d\d)?[^,\n]{{0,12}},{CELL},{CELL},{CELL},{CELL},"),
        read=_chatlog,
    ),
)

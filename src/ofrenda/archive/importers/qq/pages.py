"""The web archive (mht) that QQ's own message manager writes: one page, a table row a message.

Pictures lie in the same file behind the page; they are not taken out here.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Entry
from ofrenda.archive.decoding import Code, lines
from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.importers.qq.texts import sender_of
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.telling import Said, Sender, bare, pair_or_group, tell
from ofrenda.types import Kind

_LONGEST = 2 * 2**20
_DAY = re.compile(r"日期: ?(?P<day>\d{4}-\d{1,2}-\d{1,2})")
_CHAT = re.compile(r"消息对象:(?P<name>[^<]*)")
_HEAD = re.compile(
    r"<div style=[\"']?float:left;margin-right:6px;?[\"']?>(?P<name>[^<]{1,200})</div>"
    r"(?P<time>\d{1,2}:\d{2}:\d{2})(?: (?P<half>[AP]M))?</div>",
    re.IGNORECASE,
)
_CELL = re.compile(r"<td", re.IGNORECASE)
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_IMAGE = re.compile(r"<img\b[^>]{0,500}>", re.IGNORECASE)
_TAG = re.compile(r"</?[a-zA-Z][^>]{0,2000}>")


def recognise(text: str) -> float:
    """By the heading of the mail that the page pretends to be."""
    begin = text[:4096]
    if "Tencent IM Message" in begin or "Tencent MsgMgr" in begin:
        return 0.97
    return 0.9 if "multipart/related" in begin and "消息对象:" in text else 0.0


@dataclass(slots=True)
class _Message:
    """A row: where, who, when, what; or why it is none."""

    row: int
    sender: Sender | None = None
    stamp: str = ""
    said: Said | None = None
    reason: str = ""
    chat: int = 0


@dataclass(slots=True)
class _Talk:
    title: str | None = None
    people: dict[str, str] = field(default_factory=dict)


def records(entry: Entry) -> Iterator[Record]:
    """The messages of a page; read once to know who is in each chat, then again.

    Raises ``ArchiveError`` before the first record where there is none.
    """
    talks: list[_Talk] = [_Talk()]
    count = 0
    for message in _messages(entry, talks):
        count += message.said is not None
        if message.sender is not None:
            talks[message.chat].people[message.sender.key] = message.sender.name
    if not count:
        raise not_whole()
    return _told(entry, talks)


def _told(entry: Entry, talks: list[_Talk]) -> Iterator[Record]:
    chats = []
    for talk in talks:
        named = bare(talk.title or "") in {bare(name) for name in talk.people.values()}
        group = None if not named else len(talk.people) > 2
        chats.append(pair_or_group("qq", talk.people, talk.title, group=group))
    for message in _messages(entry, [_Talk()]):
        locator = str(message.row)
        if message.said is None:
            yield Skipped(message.reason, locator)
        else:
            at, _ = wall(message.stamp)
            yield tell(locator, chats[message.chat], message.sender, at, message.said)


def _messages(entry: Entry, talks: list[_Talk]) -> Iterator[_Message]:
    day = ""
    for number, row in enumerate(_rows(entry), 1):
        heads = list(_HEAD.finditer(row))
        if found := _CHAT.search(row) if not heads else None:
            talks.append(_Talk(html.unescape(found["name"]).strip()))
            day = ""
        elif not heads and (dated := _DAY.search(row)):
            day = dated["day"]
        elif len(heads) == 1 and len(_CELL.findall(row)) == 1 and len(row) <= _LONGEST:
            head = heads[0]
            stamp = f"{day} {head['time']}" + (f" {head['half']}" if head["half"] else "")
            sender = sender_of(html.unescape(head["name"]))
            said = _said(row[head.end() :], sender)
            yield _Message(number, sender, stamp, said, chat=len(talks) - 1)
        elif "margin-right" in row or "padding-left:20px" in row or len(heads) > 1:
            yield _Message(number, reason="damaged", chat=len(talks) - 1)


def _said(cell: str, sender: Sender | None) -> Said:
    images = len(_IMAGE.findall(cell))
    text = _TAG.sub("", _BREAK.sub("\n", _IMAGE.sub("", cell)))
    text = html.unescape(text).replace("\u00a0", " ").strip("\r\n ")
    if sender is None:
        return Said(Kind.SYSTEM, text)
    if not text:
        return Said(Kind.IMAGE if images else Kind.UNKNOWN)
    return Said(Kind.TEXT, text)


def _rows(entry: Entry) -> Iterator[str]:
    """The table rows of the page, as the file streams by; ends where the page ends."""
    held = ""
    inside = False
    for line in lines(entry, Code("utf-8", damaged=True)):
        if not inside:
            inside = "<html" in line.casefold() or "<table" in line.casefold()
            if not inside:
                continue
        if line.startswith("------=_NextPart"):
            break
        held += line + "\n"
        while (end := held.find("</tr>")) >= 0:
            yield held[:end]
            held = held[end + 5 :]
        if len(held) > 2 * _LONGEST:
            held = held[-_LONGEST:]
    if "margin-right" in held:
        yield held + "<td<td"

"""The text that QQ's own message manager writes: one file for one chat, or for all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ofrenda.archive.blocks import STAMPS, Block, Head, blocks, resembles
from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Entry
from ofrenda.archive.decoding import Code, lines
from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.telling import Chat, Said, Sender, bare, tell
from ofrenda.types import Kind

_HALF = r"(?:上午|下午|凌晨|早上|中午|晚上) ?"
_HEAD = re.compile(
    rf"(?P<stamp>\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}} (?:{_HALF})?\d{{1,2}}:\d{{2}}:\d{{2}}"
    r"(?: [AP]M)?) (?P<name>[^\n]{1,200})"
)
_HALVED = re.compile(rf".{{0,2}}\d{{4}}[-/]\d{{1,2}}[-/]\d{{1,2}}.{{0,2}}{_HALF}")
_ID = re.compile(r"(?P<name>.*?)(?:\((?P<uin>\d{5,})\)|<(?P<mail>[^<>@\s]+@[^<>\s]+)>)")
_ROLE = re.compile(r"【[^【】\n]{1,16}】(?=.)")
_RULE = re.compile("={20,}")
_OBJECT = re.compile(r"消息对象:(?P<name>[^\n]*)")
_GROUPING = re.compile(r"消息分组:[^\n]*")
_FIRST = "消息记录（此消息记录为文本格式"

_KINDS = {
    "[图片]": Kind.IMAGE,
    "[表情]": Kind.STICKER,
    "[动画表情]": Kind.STICKER,
    "[语音]": Kind.VOICE,
    "[视频]": Kind.VIDEO,
    "[短视频]": Kind.VIDEO,
    "[文件]": Kind.FILE,
    "[位置]": Kind.LOCATION,
    "[红包]": Kind.UNKNOWN,
    "[QQ红包]": Kind.UNKNOWN,
    "[转账]": Kind.UNKNOWN,
}
_CARDS = ("[聊天记录]", "[转发]", "[卡片消息]", "[分享]")
_NOBODY = frozenset({"系统消息", "系统提示", "系统消息(10000)", "系统消息(1000000)"})
_RECALLED = re.compile(r"[^\n]{0,60}撤回了一条消息[^\n]{0,20}")


class _Grammar:
    def head(self, line: str) -> Head | None:
        """Time, then name and id."""
        if not line[:1].isdigit() or (match := _HEAD.fullmatch(line)) is None:
            return None
        at, precision = wall(match["stamp"])
        return None if at is None else Head(at, precision, match["name"])

    def near(self, line: str) -> bool:
        """A stamp with a wrong letter or two."""
        return resembles(line, STAMPS) or _HALVED.match(line) is not None

    def section(self, line: str, before: str) -> str | None:
        """``消息对象:name`` between rules; the rules, and the group of the chat, say nothing."""
        if _RULE.fullmatch(line):
            return ""
        if not _RULE.fullmatch(before):
            return None
        if found := _OBJECT.fullmatch(line):
            return found["name"].strip()
        return "" if _GROUPING.fullmatch(line) else None


@dataclass(slots=True)
class _Talk:
    """One chat in a file that may hold many."""

    title: str = ""
    keys: dict[str, str] = field(default_factory=dict)
    with_ids: bool = False

    def chat(self, stem: str | None) -> Chat:
        """The conversation. Two people of whom one is the title are alone with each other."""
        title = bare(self.title) or bare(stem or "")
        names = {bare(name) for name in self.keys.values()} | set(self.keys)
        group = len(self.keys) > 2 or (bool(self.title) and self.with_ids and title not in names)
        if not group and len(self.keys) == 2 and self.title and title not in names:
            group = True
        if group:
            key = title or "\n".join(sorted(self.keys))
            return Chat("qq", f"group:{key}", title or ", ".join(sorted(names)[:4]), True)
        people = sorted(self.keys)
        if title and title not in names and len(people) < 2:
            people = sorted({*people, title})
        return Chat("qq", "direct:" + "\n".join(people), title or " & ".join(people), False)


def recognise(text: str) -> float:
    """By its first line, or by heads with ids."""
    begin = text.lstrip("\ufeff \r\n\t=")
    if begin.startswith(_FIRST):
        return 0.97
    heads = with_id = 0
    for line in begin.split("\n")[:400]:
        if (match := _HEAD.fullmatch(line.rstrip("\r"))) is not None:
            heads += 1
            with_id += _ID.fullmatch(match["name"]) is not None
    if "消息对象:" in begin[:2000] and "====" in text[:2000]:
        return 0.9
    return 0.8 if with_id and with_id * 2 >= heads else 0.0


def records(entry: Entry, code: Code, stem: str | None) -> Iterator[Record]:
    """The messages of a file; read as blocks once to know who is in each chat, then again."""
    talks = [_Talk()]
    for block in _blocks(entry, code):
        if block.section is not None:
            if block.section:
                talks.append(_Talk(block.section))
        elif block.head is not None and (sender := sender_of(block.head.name)) is not None:
            talks[-1].keys[sender.key] = sender.name
            talks[-1].with_ids |= sender.key != sender.name
    chats = [talk.chat(stem if len(talks) <= 2 else None) for talk in talks]
    at = 0
    for block in _blocks(entry, code):
        if block.section is not None:
            at += bool(block.section)
        elif block.head is None:
            if not _is_preamble(block):
                yield Skipped(block.reason or "damaged", str(block.line))
        else:
            yield _record(block, block.head, chats[at])


def count(entry: Entry, code: Code) -> int:
    """How many messages there are."""
    return sum(block.head is not None for block in _blocks(entry, code))


def _is_preamble(block: Block) -> bool:
    return block.reason == "no_header" and block.line <= 3


def _blocks(entry: Entry, code: Code) -> Iterator[Block]:
    def opened() -> Iterator[str]:
        for number, line in enumerate(lines(entry, code)):
            yield line.lstrip("\ufeff") if number == 0 else line

    return blocks(opened, _Grammar())


def sender_of(written: str) -> Sender | None:
    """Number or address as the key where there is one; None for QQ itself."""
    written = written.strip()
    if written in _NOBODY:
        return None
    found = _ID.fullmatch(written)
    name = bare(_ROLE.sub("", found["name"] if found else written, count=1))
    if found is None:
        return Sender(name, name) if name else None
    key = found["uin"] or found["mail"]
    return Sender(key, name or key)


def _record(block: Block, head: Head, chat: Chat) -> Record:
    sender = sender_of(head.name)
    locator = str(block.line)
    body = block.body
    if sender is None:
        recalled = _RECALLED.fullmatch(body) is not None
        said = Said(Kind.DELETED) if recalled else Said(Kind.SYSTEM, body)
    elif (kind := _KINDS.get(body)) is not None:
        said = Said(kind)
    elif body in _CARDS:
        said = Said(Kind.LINK, forwarded=body in _CARDS[:2])
    elif not body and block.quoted is None:
        said = Said(Kind.UNKNOWN)
    elif _RECALLED.fullmatch(body):
        said = Said(Kind.DELETED)
    else:
        said = Said(Kind.TEXT, body, block.quoted)
    return tell(locator, chat, sender, head.at, said, precision=head.precision)

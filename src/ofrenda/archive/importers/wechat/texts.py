"""The texts: MemoTrace, WeFlow and chatlog, a head line with time and name above the words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ofrenda.archive.blocks import STAMPS, Block, Head, blocks, resembles
from ofrenda.archive.clockwork import wall
from ofrenda.archive.decoding import lines
from ofrenda.archive.importers.wechat.chats import Raw, Source
from ofrenda.archive.importers.wechat.kinds import NOBODY, OWNER, Meaning, from_text, said
from ofrenda.archive.instants import naive
from ofrenda.archive.report import Question
from ofrenda.archive.telling import Said
from ofrenda.types import Kind

_STAMP = r"\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"
_MEMOTRACE = re.compile(rf"(?P<stamp>{_STAMP})(?: (?P<name>[^\n]{{1,200}}))?")
_WEFLOW = re.compile(rf"(?P<stamp>{_STAMP}) '(?P<name>[^\n]{{0,200}})'")
_CHATLOG = re.compile(
    r"(?P<who>[^\n]{1,200}?)(?: \[(?P<chat>[^\n]{1,200})\])? "
    r"(?P<stamp>(?:\d{4}-)?\d{2}-\d{2} \d{2}:\d{2}:\d{2})"
)
_ID_LAST = re.compile(r"(?P<name>.*)\((?P<id>[^()]{1,80})\)")
_QQ = re.compile(r".*(?:\(\d{5,}\)|<[^<>@\s]+@[^<>\s]+>)")
_SYSTEM = Meaning(Kind.SYSTEM, "own")
_SHORT = ("00-00 00:00:00", "0000-00-00 00:00:00")


class _Stamped:
    """The grammar of MemoTrace and WeFlow."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._pattern = pattern

    def head(self, line: str) -> Head | None:
        """Time, then name."""
        if not line[:1].isdigit() or (match := self._pattern.fullmatch(line)) is None:
            return None
        at, precision = wall(match["stamp"])
        return None if at is None else Head(at, precision, match["name"] or "")

    def near(self, line: str) -> bool:
        """A stamp with a wrong letter, or a stamp whose name is not written as it should be."""
        return resembles(line, STAMPS)

    def section(self, line: str, before: str) -> str | None:
        """There is one chat in the file."""
        return None


class _NameFirst:
    """The grammar of chatlog: name and id, then the time, without its year in most exports."""

    def __init__(self, year: int | None) -> None:
        self._year = year

    def head(self, line: str) -> Head | None:
        """Name, then time."""
        if line.startswith("> ") or (match := _CHATLOG.fullmatch(line)) is None:
            return None
        stamp = match["stamp"]
        if len(stamp) == 14:
            stamp = f"{2000 if self._year is None else self._year}-{stamp}"
        at, precision = wall(stamp)
        return None if at is None else Head(at, precision, line[: match.start("stamp") - 1])

    def near(self, line: str) -> bool:
        """A time near the end that is not written as it should be."""
        if line.startswith("> "):
            return False
        tail = line[-24:]
        return any(
            resembles(tail[at:], _SHORT, shift=0) for at in range(max(0, len(tail) - 13))
        ) or bool(re.search(r"\) (?:\d{4}-)?\d\d-\d\d \d\d:\d\d:\d\d", line))

    def section(self, line: str, before: str) -> str | None:
        """There are no rules between chats."""
        return None


class MemoTraceText:
    """``2018-11-04 22:51:18 name``, words, an empty line."""

    _pattern = _MEMOTRACE

    def recognise(self, text: str, cells: list[str]) -> float:
        """By its heads, each after an empty line; QQ writes its ids behind names, WeFlow puts
        names in quotation marks."""
        heads = _heads(text, self._pattern)
        if not heads or any(_QQ.fullmatch(name) for name in heads):
            return 0.0
        return 0.0 if all(_quoted(name) for name in heads) else 0.7 if len(heads) > 1 else 0.5

    def question(self, source: Source) -> Question | None:
        """Nothing is left open."""
        return None

    def raws(self, source: Source) -> Iterator[tuple[str, Raw | str]]:
        """A message for each block. A block without words is a notice: WeChat has no empty
        messages."""
        opened = blocks(lambda: _clean(source), _Stamped(self._pattern))
        for block in opened:
            yield str(block.line), self._raw(block)

    def _raw(self, block: Block) -> Raw | str:
        head = block.head
        if head is None:
            return block.reason or "damaged"
        name = self._name(head.name)
        if not name or not (block.body or block.quoted):
            text = block.body if not name else head.name
            return Raw("系统", "", None, head.at, Said(Kind.SYSTEM, text), precision=head.precision)
        what = _with(from_text(block.body), block.quoted)
        if name in NOBODY:
            what = said(_SYSTEM, block.body)
        return Raw(name, name, None, head.at, what, precision=head.precision)

    def _name(self, written: str) -> str:
        return written


class WeFlowText(MemoTraceText):
    """``2024-01-01 08:00:00 'name'``, words, an empty line; the owner is ``'我'``."""

    _pattern = _WEFLOW

    def recognise(self, text: str, cells: list[str]) -> float:
        """By its heads."""
        heads = _heads(text, _MEMOTRACE)
        return 0.85 if heads and all(_quoted(name) for name in heads) else 0.0


class ChatlogText:
    """``name(wxid) 11-04 22:51:18``, words, an empty line; the owner is ``name(我)``."""

    def recognise(self, text: str, cells: list[str]) -> float:
        """By its heads, which bear an id."""
        filled = text.split("\n")[:400]
        heads = [match for line in filled if (match := _CHATLOG.fullmatch(line.rstrip("\r")))]
        ids = sum(_ID_LAST.fullmatch(match["who"]) is not None for match in heads)
        first = _CHATLOG.fullmatch(next((line for line in filled if line.strip()), "").strip())
        return 0.8 if heads and first is not None and ids * 2 >= len(heads) else 0.0

    def question(self, source: Source) -> Question | None:
        """The year, where the times have none."""
        answer = source.circumstances.answers.get("year", "")
        if answer.isdigit() and len(answer) == 4:
            return None
        waiting = 0
        for line in _clean(source):
            match = None if line.startswith("> ") else _CHATLOG.fullmatch(line)
            waiting += match is not None and len(match["stamp"]) == 14
        if not waiting:
            return None
        years = range(source.circumstances.today.year, 2010, -1)
        return Question(
            key="year",
            text="This chat is written without years. In which year was it?",
            choices={str(year): str(year) for year in years},
            waiting=waiting,
        )

    def raws(self, source: Source) -> Iterator[tuple[str, Raw | str]]:
        """A message for each block."""
        answer = source.circumstances.answers.get("year", "")
        year = int(answer) if answer.isdigit() and len(answer) == 4 else None
        for block in blocks(lambda: _clean(source), _NameFirst(year)):
            yield str(block.line), self._raw(block, year)

    def _raw(self, block: Block, year: int | None) -> Raw | str:
        head = block.head
        if head is None:
            return block.reason or "damaged"
        match = _CHATLOG.fullmatch(f"{head.name} 01-01 00:00:00")
        who, chat = (match["who"], match["chat"]) if match else (head.name, None)
        named = _ID_LAST.fullmatch(who)
        name, key = (named["name"], named["id"]) if named else (who, who)
        what = _with(from_text(block.body), block.quoted)
        if key in NOBODY:
            what = said(_SYSTEM, block.body)
        room = _ID_LAST.fullmatch(chat) if chat else None
        talker, title = (room["id"], room["name"]) if room else (chat or "", "")
        own = True if key == OWNER else None
        at = head.at
        if year is not None and at.local.startswith("2000-"):
            at = naive(datetime.fromisoformat(at.local).replace(year=year)) or at
        group = True if talker.endswith("@chatroom") else None
        return Raw(
            *(key, name or key, own, at, what, talker, title), group=group, precision=head.precision
        )


TEXTS = (WeFlowText(), MemoTraceText(), ChatlogText())


def _with(what: Said, pasted: str | None) -> Said:
    if pasted is None:
        return what
    quoted = f"{what.quoted}\n{pasted}" if what.quoted else pasted
    return Said(what.kind, what.text, quoted)


def _clean(source: Source) -> Iterator[str]:
    for number, line in enumerate(lines(source.entry, source.code)):
        yield line.lstrip("\ufeff") if number == 0 else line


def _heads(text: str, pattern: re.Pattern[str]) -> list[str]:
    """The names of the heads at the beginning of a file that stand where heads stand; none when
    the first line is no head."""
    found: list[str] = []
    before = ""
    for line in text.lstrip("\ufeff").split("\n")[:400]:
        line = line.rstrip("\r")
        match = pattern.fullmatch(line)
        if match is not None and not before.strip():
            found.append(match["name"] or "")
        elif line.strip() and not found:
            return []
        before = line
    return found


def _quoted(name: str) -> bool:
    return len(name) > 1 and name.startswith("'") and name.endswith("'")

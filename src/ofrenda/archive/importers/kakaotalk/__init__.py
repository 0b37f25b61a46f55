"""KakaoTalk's exported chats: the texts of computers and phones, and the table of the Mac."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import out_of_time, seconds_of, wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, find_code, lines
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.kakaotalk.dialects import (
    BRACKETS,
    Head,
    day_of,
    dialects,
    head,
    inside,
    is_notice,
    is_separator,
    moment,
    near,
)
from ofrenda.archive.instants import Instant
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.tabular import first_row, rows
from ofrenda.archive.telling import LONGEST, Chat, Said, bare, glimpse, named, pair_or_group, tell
from ofrenda.types import Kind

_SAVED = re.compile(r"(?:저장한 날짜|Date Saved|Saved on) ?: ?.*")
_TITLE = re.compile(
    r"(?P<korean>.+?)(?: (?P<count>\d{1,5}))? 님과 카카오톡 대화(?:\.txt)?"
    r"|KakaoTalk Chats? with (?P<english>.+)"
)
_COLUMNS = ["Date", "User", "Message"]
_BEGINS = re.compile(r'"?\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}"?,')
_STEM = re.compile(
    r"(?:KakaoTalk(?:Chats)?[_-]?(?:Chat)?[_-]?.*|Talk_.*|chat|messages)", re.IGNORECASE
)
_KINDS = {
    token: kind
    for kind, tokens in (
        (Kind.IMAGE, ("사진", "Photo", "<사진 읽지 않음>")),
        (Kind.VIDEO, ("동영상", "Video")),
        (Kind.STICKER, ("이모티콘", "Emoticon", "(이모티콘)", "Emoticons")),
        (Kind.VOICE, ("음성메시지", "음성 메시지", "Voice Note", "Voice Message")),
        (Kind.LOCATION, ("지도", "Map")),
        (Kind.CALL, ("보이스톡 해요", "페이스톡 해요", "보이스톡", "페이스톡")),
        (
            Kind.DELETED,
            ("삭제된 메시지입니다.", "This message was deleted.", "메시지가 삭제되었습니다."),
        ),
    )
    for token in tokens
}
_PHOTOS = re.compile(r"(?:사진|Photos?) \d{1,3}장?")
_FILE = re.compile(r"(?:파일|File) ?: ?(?P<name>[^\n]{1,200})")
_IMAGE_NAME = re.compile(r"[0-9a-f]{40,64}\.(?P<ending>jpe?g|png|gif|mp4|m4a)")
_CALLED = re.compile(
    r"(?:보이스톡|페이스톡|Voice Call|Video Call) ?[^\n]{0,4} ?\d{1,2}:\d{2}(?::\d{2})?"
)
_LINK = re.compile(r"https?://\S+")


@dataclass(slots=True)
class _File:
    """A text, and what was decided about it as a whole."""

    entry: Entry
    code: Code
    dialect: int = BRACKETS
    title: str | None = None
    group: bool | None = None
    names: Counter[str] = field(default_factory=Counter)

    def lines(self) -> Iterator[tuple[int, str]]:
        """The lines, numbered from 1."""
        for number, line in enumerate(lines(self.entry, self.code), 1):
            yield number, line.lstrip("\ufeff") if number == 1 else line


class KakaoTalk:
    """The importer."""

    name = "kakaotalk"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head_bytes: bytes) -> float:
        """By its title, or by its heads."""
        text = glimpse(head_bytes, "cp949")
        if first_row(text) == _COLUMNS and _BEGINS.match(text.partition("\n")[2]):
            return 0.9
        filled = [line.rstrip("\r") for line in text.lstrip("\ufeff").split("\n")[:300]]
        filled = [line for line in filled if line.strip()]
        titled = any(_TITLE.fullmatch(line.strip()) for line in filled[:3])
        saved = any(_SAVED.fullmatch(line) for line in filled[:3])
        counts = [sum(_believed(line, one) for line in filled) for one in dialects()]
        if titled and saved:
            return 0.96
        if max(counts, default=0) and (saved or titled):
            return 0.93
        ruled = any(day_of(line)[1] is not None for line in filled)
        # WhatsApp sets the name off by a dash or a bracket; " : " after a comma is KakaoTalk's.
        return 0.92 if max(counts, default=0) >= 2 and (ruled or not counts[0]) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """The table of the Mac, or a text whose dialect is decided first."""
        code = find_code(entry, circumstances.answers.get("encoding"))
        if first_row(glimpse(entry.head(), "cp949")) == _COLUMNS:
            found = _File(entry, code, title=_stem(entry))
            found.names.update(bare(cells[1]) for _, cells, _ in _table(found) if cells)
            if not found.names:
                raise not_whole()
            reading = Reading(records=_from_table(found))
        else:
            found = _survey(entry, code)
            if not found.names:
                raise not_whole()
            reading = Reading(records=_from_text(found))
        if not code.certain:
            reading.warnings.append(
                f"The text was read as {code.name}. If letters look wrong, save the file as "
                "UTF-8 and add it again."
            )
        return reading


IMPORTER = KakaoTalk()


def _stem(entry: Entry) -> str | None:
    stem = PurePosixPath(entry.name).stem
    if found := _TITLE.fullmatch(stem):
        return found["korean"] or found["english"]
    return None if _STEM.fullmatch(stem) else stem


def _believed(line: str, dialect: int) -> bool:
    found = head(line, dialect)
    return found is not None and (found.name is not None or " : " in found.rest)


def _survey(entry: Entry, code: Code) -> _File:
    found = _File(entry, code)
    counts: Counter[int] = Counter()
    names: dict[int, Counter[str]] = {dialect: Counter() for dialect in dialects()}
    for number, line in found.lines():
        if number <= 3 and (titled := _TITLE.fullmatch(line.strip())) is not None:
            found.title = titled["korean"] or titled["english"]
            found.group = True if titled["count"] and int(titled["count"]) > 2 else None
        for dialect in dialects():
            if (one := head(line, dialect)) is not None:
                counts[dialect] += 1
                name = one.name if one.name is not None else one.rest.partition(" : ")[0]
                if one.name is not None or " : " in one.rest:
                    names[dialect][bare(name)] += 1
    if counts:
        found.dialect = counts.most_common(1)[0][0]
        found.names = names[found.dialect]
    found.title = found.title or _stem(entry)
    return found


def _from_text(found: _File) -> Iterator[Record]:
    moments: list[int] = []
    day = None
    for _, line in found.lines():
        ruled, told = day_of(line)
        day = told if ruled else day
        if not ruled and (one := head(line, found.dialect)) is not None:
            at = moment(one, day)
            moments.append(0 if at is None else seconds_of(at))
    known = [place for place, at in enumerate(moments) if at]
    off = {known[place] for place in out_of_time([moments[at] for at in known], tolerance=0)}
    yield from _Reader(found, off, moments).records()


class _Reader:
    """The second reading of a text."""

    def __init__(self, found: _File, off: set[int], moments: list[int]) -> None:
        self._found = found
        self._off = off
        self._moments = moments
        self._chat = pair_or_group("kakaotalk", found.names, found.title, group=found.group)
        written = "|".join(re.escape(n) for n in sorted(found.names, key=len, reverse=True) if n)
        forms = rf"(?:{written}) :"
        if found.dialect == BRACKETS:
            forms = rf".{{0,2}}(?:{written}).{{0,4}}(?:오전|오후|\d|\[)"
        self._names = re.compile(forms if written else r"(?!)")

    def records(self) -> Iterator[Record]:
        """The records, in order."""
        day = None
        at = None
        place = -1
        latest = 0
        current: tuple[int, Head, Instant | None] | None = None
        parts: list[str] = []
        cut: int | None = None
        size = 0
        begun = False
        for number, line in self._found.lines():
            ruled, told = day_of(line)
            one = None if ruled else head(line, self._found.dialect)
            if one is not None:
                place += 1
            pasted = one is not None and place in self._off and self._moments[place] < latest
            if pasted and current is not None:
                cut = len(parts) if cut is None else cut
                one = None
            elif ruled or one is not None or self._ends(line, current is None, begun):
                if current is not None:
                    yield self._record(current, parts, cut, size)
                current, parts, cut, size = None, [], None, 0
                if ruled:
                    day, begun = told, True
                elif one is None:
                    yield from self._stray(number, line, at, begun)
                elif place in self._off:
                    begun = True
                    yield Skipped("doubtful", str(number))
                else:
                    begun = True
                    at = moment(one, day)
                    latest = max(latest, self._moments[place])
                    current = (number, one, at)
                continue
            if current is not None:
                size += len(line) + 1
                if size <= LONGEST:
                    parts.append(line)
            elif line.strip() and not begun and number > 4 and not is_separator(line):
                begun = True
                yield Skipped("no_header", str(number))
        if current is not None:
            yield self._record(current, parts, cut, size)

    def _ends(self, line: str, between: bool, begun: bool) -> bool:
        """Whether ``line`` ends a message without beginning another."""
        if not begun or not line:
            return False
        if is_notice(line) or is_separator(line):
            return True
        return not between and near(line, self._found.dialect, self._names)

    def _stray(self, number: int, line: str, at: Instant | None, begun: bool) -> Iterator[Record]:
        if is_separator(line):
            return
        if is_notice(line):
            said = Said(Kind.SYSTEM, line)
            yield tell(str(number), self._chat, None, at, said, precision="min")
        else:
            yield Skipped("damaged", str(number))

    def _record(
        self,
        current: tuple[int, Head, Instant | None],
        parts: list[str],
        cut: int | None,
        size: int,
    ) -> Record:
        number, one, at = current
        if size > LONGEST:
            return Skipped("too_long", str(number))
        name, first = one.name, one.rest
        if name is None:
            name, colon, first = one.rest.partition(" : ")
            if not colon:
                text = "\n".join([one.rest, *parts]).strip("\n")
                kind = Said(Kind.SYSTEM, text)
                return tell(str(number), self._chat, None, at, kind, precision="min")
        own = parts if cut is None else parts[:cut]
        quoted = None if cut is None else "\n".join(parts[cut:]).strip("\n")
        body = "\n".join([first, *own]).rstrip("\n")
        if (place := inside(body, self._found.dialect)) is not None:
            quoted = body[place:] if quoted is None else f"{body[place:]}\n{quoted}"
            body = body[:place].rstrip()
        return tell(str(number), self._chat, named(name), at, _said(body, quoted), precision="min")


def _said(body: str, quoted: str | None = None) -> Said:
    plain = body.strip()
    if (kind := _KINDS.get(plain)) is not None:
        return Said(kind)
    if _PHOTOS.fullmatch(plain):
        return Said(Kind.IMAGE)
    if _FILE.fullmatch(plain):
        return Said(Kind.FILE)
    if found := _IMAGE_NAME.fullmatch(plain):
        ending = found["ending"]
        return Said({"mp4": Kind.VIDEO, "m4a": Kind.VOICE}.get(ending, Kind.IMAGE))
    if _CALLED.fullmatch(plain):
        return Said(Kind.CALL)
    if not plain and not quoted:
        return Said(Kind.UNKNOWN)
    return Said(Kind.LINK if _LINK.fullmatch(plain) else Kind.TEXT, body, quoted)


def _table(found: _File) -> Iterator[tuple[str, tuple[str, ...], str | None]]:
    for row in rows(lines(found.entry, found.code), _BEGINS.match):
        whole = len(row.cells) == len(_COLUMNS)
        yield (
            str(row.line),
            row.cells if whole else (),
            row.reason or (None if whole else "damaged"),
        )


def _from_table(found: _File) -> Iterator[Record]:
    chat: Chat = pair_or_group("kakaotalk", found.names, found.title)
    for locator, cells, reason in _table(found):
        if reason is not None:
            yield Skipped(reason, locator)
            continue
        at, precision = wall(cells[0])
        notice = is_notice(cells[2])
        said = Said(Kind.SYSTEM, cells[2]) if notice else _said(cells[2])
        yield tell(locator, chat, named(cells[1]), at, said, precision=precision)

"""What all layouts have in common: who is who in a file, and from a raw message to a record."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Protocol

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, lines
from ofrenda.archive.importer import Circumstances, Record
from ofrenda.archive.importers.wechat.kinds import NOBODY, OWNER
from ofrenda.archive.instants import Instant
from ofrenda.archive.report import Question
from ofrenda.archive.telling import Chat, Said, Sender, bare, fingerprint, tell
from ofrenda.types import Kind

PLATFORM = "wechat"

_ID = re.compile(r"(?:wxid_|gh_)?[A-Za-z0-9_\-]{4,40}|[A-Za-z0-9_\-]{3,40}@(?:chatroom|openim)")
_FOLDER = re.compile(rf"(?P<name>.*?)[(（](?P<id>{_ID.pattern})[)）]")
_SUFFIX = re.compile(r"(?:_utf8|_chat|_messages)?(?: ?\(\d{1,2}\))?$", re.IGNORECASE)
_NOTICES = (Kind.SYSTEM, Kind.DELETED)
_GENERIC = frozenset({"messages", "message", "chat", "wechat_messages", "export", "聊天记录"})


@dataclass(frozen=True, slots=True)
class Raw:
    """A message as a layout gives it. ``sender`` is an id or, failing that, a name; ``own`` is
    whether the owner of the phone sent it (None: the layout does not say); ``talker`` is the chat
    as the layout calls it (an id, a number, or empty)."""

    sender: str
    name: str
    own: bool | None
    at: Instant | None
    said: Said
    talker: str = ""
    talker_name: str = ""
    group: bool | None = None
    precision: str = "s"


@dataclass(frozen=True)
class Source:
    """A file to be read, and what came with it."""

    entry: Entry
    files: Container
    code: Code
    circumstances: Circumstances

    @functools.cached_property
    def names_owner(self) -> bool:
        """Whether a cell of a table calls the owner 我: only tables of all chats do."""
        return any(f",{OWNER}" in line[-4:] for line in lines(self.entry, self.code))

    @functools.cached_property
    def folder(self) -> tuple[str, str] | None:
        """Name and id of the chat, where the file's folder or the file itself bears both."""
        path = PurePosixPath(self.entry.name)
        for part in (path.stem, path.parent.name):
            if found := _FOLDER.fullmatch(_SUFFIX.sub("", part)):
                return found["name"], found["id"]
        return None

    @functools.cached_property
    def title(self) -> str | None:
        """What the file is called, where that can be the name of a chat."""
        if (named := self.folder) is not None:
            return named[0] or None
        stem = _SUFFIX.sub("", PurePosixPath(self.entry.name).stem)
        return None if stem.casefold() in _GENERIC else stem


class Layout(Protocol):
    """One way in which tools write WeChat messages to files."""

    def recognise(self, text: str, cells: list[str]) -> float:
        """How sure the beginning of a file is of it; ``cells`` is its first row as a table."""
        ...

    def raws(self, source: Source) -> Iterator[tuple[str, Raw | str]]:
        """Locator and message, or why there is none. Walked twice."""
        ...

    def question(self, source: Source) -> Question | None:
        """What has to be asked before the file can be read."""
        ...


@dataclass(slots=True)
class _Talk:
    """What is known of one chat in a file."""

    title: str = ""
    group: bool | None = None
    directed: bool = False
    names: dict[str, str] = field(default_factory=dict)
    own: Counter[str] = field(default_factory=Counter)
    others: Counter[str] = field(default_factory=Counter)


class Directory:
    """The people and chats of one file, found by reading all of it once."""

    def __init__(self, source: Source) -> None:
        self.count = 0
        self._source = source
        self._talks: dict[str, _Talk] = {}
        self._first = ""
        self._chats: dict[str, Chat] = {}

    def note(self, raw: Raw) -> None:
        """Take one message into account."""
        self.count += 1
        if not self._first and raw.at is not None and raw.said.kind is not Kind.SYSTEM:
            self._first = f"{raw.at.local}\0{raw.said.text or ''}"
        talk = self._talks.setdefault(raw.talker, _Talk())
        talk.title = talk.title or raw.talker_name
        talk.group = raw.group if talk.group is None else talk.group or bool(raw.group)
        if raw.said.kind in _NOTICES or raw.sender in NOBODY:
            return
        (talk.own if raw.own else talk.others)[raw.sender] += 1
        talk.names.setdefault(raw.sender, raw.name)
        talk.directed |= raw.own is not None

    def record(self, locator: str, raw: Raw) -> Record:
        """The message as a record."""
        # Who a notice is about stands only in its words.
        sender = None if raw.said.kind in _NOTICES else self._sender(raw)
        return tell(
            locator, self.chat(raw.talker), sender, raw.at, raw.said, precision=raw.precision
        )

    def _sender(self, raw: Raw) -> Sender | None:
        """Who wrote it. Where id and direction contradict each other nobody did."""
        key = raw.sender
        if key in NOBODY or key.endswith("@chatroom"):
            return None
        talk = self._talks[raw.talker]
        if raw.own is None:
            return self._owner(raw.talker) if key == OWNER else _person(key, raw.name)
        if raw.own and key in ("", OWNER):
            return self._owner(raw.talker)
        mine, theirs = talk.own[key], talk.others[key]
        if not raw.own:
            return None if key in ("", OWNER) or mine > theirs else _person(key, raw.name)
        if mine > theirs:
            return _person(key, raw.name)
        # The layout may write the other side's id on both sides; then it does so throughout.
        throughout = all(talk.others[name] >= count for name, count in talk.own.items())
        return self._owner(raw.talker) if throughout and mine * 10 >= theirs and mine > 2 else None

    def _owner(self, talker: str) -> Sender:
        """The owner of the phone, whom the file does not name: somebody else in each file that
        does not begin with the same message, so that two phones are never one person."""
        title = self._talks[talker].title or self._source.title or ""
        shown = f"{OWNER} ({bare(title)})" if title else OWNER
        return Sender(f"{OWNER}@{fingerprint(talker, self._first)}", shown)

    def chat(self, talker: str) -> Chat:
        """The conversation that the layout calls ``talker``."""
        if (known := self._chats.get(talker)) is None:
            known = self._chats[talker] = self._find(talker)
        return known

    def _find(self, talker: str) -> Chat:
        talk = self._talks[talker]
        folder = self._source.folder
        number = talker if _is_id(talker) else folder[1] if folder else ""
        title = bare(talk.title or self._source.title or "")
        others = {*talk.others} - {"", OWNER}
        people = others | ({*talk.own} - {"", OWNER})
        nameless = talk.own[""] + talk.own[OWNER] + talk.others[OWNER] > 0
        if number.endswith("@chatroom"):
            group = True
        elif talk.group is None:
            group = number not in others and _is_group(talk, title, folder)
        else:
            group = bool(talk.group)
        if group:
            key = number or title or "\n".join(sorted(people))
            return Chat(PLATFORM, f"group:{key}", title or ", ".join(sorted(people)[:4]), True)
        if not others and (number or title):
            people.add(number or title)
        if nameless:
            people.add(self._owner(talker).key)
        names = sorted(bare(name) for name in people)
        return Chat(PLATFORM, "direct:" + "\n".join(names), title or " & ".join(names), False)


def _is_group(talk: _Talk, title: str, folder: tuple[str, str] | None) -> bool:
    """Whether a chat whose layout does not say so is a group. In doubt it is one: what was said
    in a group must not pass for said in private."""
    others = {*talk.others} - {"", OWNER}
    people = others | ({*talk.own} - {"", OWNER})
    with_owner = talk.directed or talk.others[OWNER] > 0
    if len(others) > (1 if with_owner else 2):
        return True
    if (
        with_owner
        and others
        and all(talk.names[key] in ("", key) and _is_id(key) for key in others)
    ):
        # Only ids, so the file's name says nothing: one person, and the owner of the phone.
        return False
    if folder is not None or not title or len(people) + (talk.others[OWNER] > 0) < 2:
        return False
    return title not in {bare(name) for key in people for name in (key, talk.names.get(key, key))}


def _is_id(talker: str) -> bool:
    return not talker.isdigit() and _ID.fullmatch(talker) is not None


def _person(key: str, name: str) -> Sender | None:
    plain = bare(key)
    return Sender(plain, bare(name) or plain) if plain else None

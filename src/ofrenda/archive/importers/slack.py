"""Slack's export of a workspace: one folder for each channel, one file for each day."""

from __future__ import annotations

import re
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, since_epoch, whole
from ofrenda.archive.jsonstream import BadJson, TooLarge, list_of, map_of, text_of, values
from ofrenda.archive.mending import is_lost, is_misspelt, mended
from ofrenda.archive.quoting import without_quotes
from ofrenda.archive.sidefiles import kind_of
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind

PLATFORM = "slack"

_MESSAGE = re.compile(r'"type"\s*:\s*"message"')
_STAMP = re.compile(r'"ts"\s*:\s*"\d{9,10}\.\d{6}"')
_TS = re.compile(r"(\d{9,10})\.\d{6}")
_SAID = frozenset({None, "thread_broadcast", "me_message", "file_share", "bot_message"})
_KNOWN_WORDS = (
    "type subtype user username bot_id bot_profile app_id text ts thread_ts edited files upload "
    "file reactions blocks attachments team user_team source_team user_profile client_msg_id "
    "reply_count reply_users replies reply_users_count latest_reply subscribed last_read is_locked "
    "parent_user_id root display_as_bot x_files hidden inviter purpose topic name old_name members "
    "permalink icons metadata room no_notifications channel channel_type comment pinned_to "
    "event_ts message previous deleted_ts is_starred item item_type"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_TELLING = ("type", "subtype", "user", "bot_id", "text", "ts", "attachments")
_REFERENCE = re.compile(r"<([@#!]?)([^<>|]{1,2000})(?:\|([^<>]{0,2000}))?>")
_NOT_ESCAPED = re.compile(r"&(?!amp;|lt;|gt;)|^[^&\w]?gt; ", re.MULTILINE)
"""What Slack never writes: so a mark of quotation is damaged, and who said the words is unclear."""

_LISTS = (("channels.json", True), ("groups.json", True), ("mpims.json", True), ("dms.json", False))
_FEW = 200_000
_DIRECT = re.compile(r"D[A-Z0-9]{5,}")
"""How a chat of two is numbered."""


@dataclass(frozen=True)
class _Workspace:
    """Who is called what, and which folder is which channel."""

    people: dict[str, str] = field(default_factory=dict)
    channels: dict[str, Chat] = field(default_factory=dict)


class Slack:
    """The importer."""

    name = "slack"
    gives = Gives.CHAT

    def __init__(self) -> None:
        # An export has thousands of days, and one list of people: kept while it is read.
        self._last: tuple[weakref.ref[Container], str, _Workspace] | None = None

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By a list of messages whose time is their id."""
        text = peek(head)
        if text is None or not text.lstrip("\ufeff \r\n\t").startswith("["):
            return 0.0
        return 0.95 if _MESSAGE.search(text) and _STAMP.search(text) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One day of one channel."""
        folder = PurePosixPath(entry.name).parent
        workspace = self._workspace(files, folder.parent)
        name = folder.name or PurePosixPath(entry.name).stem
        chat = workspace.channels.get(name)
        if chat is None:
            chat = Chat(PLATFORM, f"channel:{name}", name, _DIRECT.fullmatch(name) is None)
        reading = Reading(records=())
        if not workspace.people:
            reading.advice.append(
                "The list of people (users.json) is missing, so they are shown by number. "
                "Add the whole export."
            )
        reading.records = _records(entry, chat, workspace.people)
        return reading

    def _workspace(self, files: Container, top: PurePosixPath) -> _Workspace:
        if self._last is not None and self._last[0]() is files and self._last[1] == str(top):
            return self._last[2]
        found = _workspace(files, top)
        self._last = (weakref.ref(files), str(top), found)
        return found


IMPORTER = Slack()


def _workspace(files: Container, top: PurePosixPath) -> _Workspace:
    people = {
        key: name
        for one in _listed(files, top / "users.json")
        if (key := text_of(one.get("id"))) is not None
        and (name := _called(map_of(one.get("profile"))) or text_of(one.get("name"))) is not None
    }
    channels: dict[str, Chat] = {}
    for file, is_group in _LISTS:
        for one in _listed(files, top / file):
            key = text_of(one.get("id"))
            name = text_of(one.get("name")) if is_group else key
            if key is None or name is None:
                continue
            members = [text_of(member) or "" for member in list_of(one.get("members"))]
            others = ", ".join(people.get(member, member) for member in members[:4])
            title = name if is_group and not name.startswith("mpdm-") else others or name
            channels[name] = Chat(PLATFORM, f"channel:{key}", title, is_group)
    return _Workspace(people, channels)


def _listed(files: Container, place: PurePosixPath) -> Iterator[dict[str, object]]:
    entry = files.entries.get(place.as_posix())
    if entry is None:
        return
    try:
        for number, (_, value) in enumerate(values(mended(entry), {"item"})):
            if number < _FEW and isinstance(value, dict) and not is_lost(value):
                yield value
    except BadJson:
        return


def _called(profile: dict[str, object]) -> str | None:
    return text_of(profile.get("real_name")) or text_of(profile.get("display_name"))


def _records(entry: Entry, chat: Chat, people: dict[str, str]) -> Iterator[Record]:
    place = -1
    try:
        for place, (_, value) in enumerate(values(mended(entry), {"item"})):
            yield _record(f"/{place}", value, chat, people)
    except BadJson:
        yield Skipped("damaged", f"/{place + 1}")


def _record(locator: str, value: object, chat: Chat, people: dict[str, str]) -> Record:
    if isinstance(value, TooLarge):
        return Skipped("too_long", locator)
    message = map_of(value)
    if not message or is_lost(value) or is_misspelt(message, _KNOWN, _TELLING):
        return Skipped("damaged", locator)
    at = _moment(message.get("ts"))
    subtype = message.get("subtype")
    words = message.get("text")
    text = words if isinstance(words, str) else ""
    if _NOT_ESCAPED.search(text):
        return Skipped("damaged", locator)
    if message.get("type") != "message" or not isinstance(subtype, str | None):
        return Skipped("not_recognised", locator)
    if subtype == "tombstone":
        return tell(locator, chat, None, at, Said(Kind.DELETED))
    if subtype not in _SAID or message.get("hidden") is True:
        return tell(locator, chat, None, at, Said(Kind.SYSTEM, _plain(text, people) or None))
    return tell(locator, chat, _sender(message, people), at, _said(message, text, people))


def _moment(ts: object) -> Instant | None:
    found = _TS.fullmatch(ts) if isinstance(ts, str) else None
    return None if found is None else since_epoch(whole(found[1]))


def _sender(message: dict[str, object], people: dict[str, str]) -> Sender | None:
    key = text_of(message.get("user"))
    if key is not None and message.get("subtype") != "bot_message":
        name = people.get(key) or _called(map_of(message.get("user_profile")))
        return Sender(key, name or key)
    bot = text_of(message.get("bot_id")) or key
    if bot is None:
        return None
    return Sender(f"bot:{bot}", text_of(message.get("username")) or people.get(bot) or bot)


def _said(message: dict[str, object], text: str, people: dict[str, str]) -> Said:
    own, quoted = without_quotes(_plain(text, people), mark=">")
    shared = [
        _plain(words, people)
        for one in map(map_of, list_of(message.get("attachments")))
        if (one.get("is_share") or one.get("is_msg_unfurl"))
        and isinstance(words := one.get("text"), str)
        and words
    ]
    if shared:
        quoted = "\n".join([*([quoted] if quoted else []), *shared])
    kind = Kind.TEXT
    if own is None and quoted is None:
        # Files lie behind a link with a key in it, and are not fetched.
        files = [map_of(one) for one in list_of(message.get("files"))]
        gone = bool(files) and all(one.get("mode") == "tombstone" for one in files)
        name = text_of(files[0].get("name")) if files else None
        kind = Kind.DELETED if gone else kind_of(name or "") if files else Kind.UNKNOWN
    elif own is not None and own.startswith(("http://", "https://")) and len(own.split()) == 1:
        kind = Kind.LINK
    thread, ts = text_of(message.get("thread_ts")), text_of(message.get("ts"))
    reply = thread if thread != ts else None
    return Said(kind, own, quoted, reply_to=reply, edited="edited" in message)


def _plain(text: str, people: dict[str, str]) -> str:
    """A message as it was seen: names for numbers, labels for links, no escapes."""

    def shown(found: re.Match[str]) -> str:
        mark, target, label = found.groups()
        if mark == "@":
            return "@" + (label or people.get(target) or target)
        if mark == "#":
            return "#" + (label or target)
        if mark == "!":
            if label:
                return str(label)
            return "@" + target if target in ("here", "channel", "everyone") else target
        return str(label or target.removeprefix("mailto:"))

    return _unescaped(_REFERENCE.sub(shown, text))


def _unescaped(text: str) -> str:
    """``text`` without the three escapes that Slack writes, each once."""
    if "&" not in text:
        return text
    return re.sub(r"&(?:amp|lt|gt);", lambda found: unescape(found[0]), text)

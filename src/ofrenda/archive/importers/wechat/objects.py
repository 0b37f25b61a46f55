"""The objects (JSON): WeFlow, EchoTrace, chatlog and chatlog-keeper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass

from ofrenda.archive.clockwork import agreed, wall
from ofrenda.archive.importers.wechat.chats import Raw, Source
from ofrenda.archive.importers.wechat.kinds import (
    NOBODY,
    OWNER,
    Meaning,
    by_name,
    by_number,
    is_known_name,
    said,
)
from ofrenda.archive.importers.wechat.markup import reply_in
from ofrenda.archive.instants import Instant, since_epoch, whole
from ofrenda.archive.jsonstream import BadJson, list_of, map_of, text_of, values
from ofrenda.archive.report import Question
from ofrenda.archive.telling import Said, attached
from ofrenda.types import Kind

_SYSTEM = Meaning(Kind.SYSTEM, "own")

Heads = dict[str, object]
Item = dict[str, object]


@dataclass(frozen=True, slots=True)
class Objects:
    """A layout with one object for each message, at ``place``. ``heads`` are the other values
    that have to be known before."""

    place: str
    marks: tuple[str, ...]
    sure: float
    read: Callable[[Item, Heads, Source], Raw | str]
    heads: tuple[str, ...] = ()

    def recognise(self, text: str, cells: list[str]) -> float:
        """By keys that only this layout has."""
        opening = "[" if self.place.startswith("item") else "{"
        begin = text.lstrip("\ufeff \r\n\t")
        return self.sure if begin[:1] == opening and all(m in begin for m in self.marks) else 0.0

    def question(self, source: Source) -> Question | None:
        """Nothing is left open."""
        return None

    def raws(self, source: Source) -> Iterator[tuple[str, Raw | str]]:
        """A message for each object; the last may stand for all that is damaged."""
        heads: Heads = {}
        if self.heads:
            with suppress(BadJson):
                heads.update(values(source.entry, self.heads))
        pointer = "/" + self.place.rpartition("item")[0].strip(".").replace(".", "/")
        number = 0
        try:
            for _, value in values(source.entry, {self.place}):
                locator = f"{pointer.rstrip('/')}/{number}"
                number += 1
                read = self.read(value, heads, source) if isinstance(value, dict) else "damaged"
                yield locator, read
        except BadJson:
            yield f"{pointer.rstrip('/')}/{number}", "damaged"


def _flag(value: object) -> bool | None:
    if isinstance(value, bool):
        return value
    return {0: False, 1: True}.get(value) if isinstance(value, int) else None


def _stamp(text: object, seconds: object) -> tuple[Instant | None, str]:
    """One moment from a wall clock and a count, of which either may be absent."""
    local, precision = wall(text) if isinstance(text, str) else (None, "s")
    epoch = None
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        epoch = since_epoch(float(seconds))
    if isinstance(text, str) and text.strip() and local is None:
        return None, precision
    if seconds is not None and epoch is None:
        return None, precision
    if local is not None and local.utc is not None:
        return local, precision
    return agreed(local, epoch), precision


def _session(item: Item, heads: Heads, source: Source) -> Raw | str:
    """WeFlow, its variant with a list of senders, and EchoTrace, which has no ``weflow``."""
    session = map_of(heads.get("session"))
    kind = text_of(item.get("type")) or ""
    at, _ = _stamp(item.get("formattedTime"), item.get("createTime"))
    own = _flag(item.get("isSend"))
    sender = text_of(item.get("senderUsername")) or ""
    name = text_of(item.get("senderDisplayName")) or ""
    if not sender and (number := item.get("senderID")) is not None:
        sender, name = _listed(heads, number)
    talker = text_of(session.get("wxid")) or text_of(session.get("accountId")) or ""
    group = {"群聊": True, "私聊": False}.get(str(session.get("type")))
    if talker.endswith("@chatroom"):
        group = True
    shown = next(
        (t for key in ("remark", "displayName", "nickname") if (t := text_of(session.get(key)))), ""
    )
    if not sender and own is not None and group is False and "senderID" not in item:
        sender, name = (OWNER, OWNER) if own else (talker, shown)
    meaning = by_name(kind)
    if kind == "系统消息" or sender in NOBODY or (own is None and sender.endswith("@chatroom")):
        meaning = _SYSTEM
    elif not is_known_name(kind) and isinstance(item.get("localType"), int):
        meaning = by_number(_number(item.get("localType")), 0)
    content = item.get("content")
    if content is not None and not isinstance(content, str):
        return "damaged"
    quoted = text_of(item.get("quotedContent"))
    if quoted is not None and (whom := text_of(item.get("quotedSender"))):
        quoted = f"{whom}: {quoted}"
    what = said(
        *(meaning, content or ""),
        quoted=quoted,
        reply_to=text_of(item.get("replyToMessageId")),
        locate=lambda path: attached(source.entry, source.files, path),
    )
    # The direction is only asked where there is no id: builds differ in how they set it.
    direction = own if sender == OWNER else None
    return Raw(sender, name, direction, at, what, talker, shown, group)


def _listed(heads: Heads, number: object) -> tuple[str, str]:
    for one in map(map_of, list_of(heads.get("senders"))):
        if number in (one.get("senderID"), one.get("id")):
            ids = ("wxid", "username", "senderUsername", "platformId")
            names = ("displayName", "senderDisplayName", "remark", "nickname", "name")
            key = next((t for k in ids if (t := text_of(one.get(k)))), "")
            return key, next((t for k in names if (t := text_of(one.get(k)))), key)
    return "", ""


def _chatlog(item: Item, heads: Heads, source: Source) -> Raw | str:
    """chatlog's array. ``isSelf`` can be wrong for WeChat 4, so only ``sender`` counts."""
    at, _ = _stamp(item.get("time"), None)
    seq = whole(item.get("seq"))
    if at is None or at.utc is None:
        return "unclear_date"
    if seq is not None and seq > 10**12 and abs(seq // 1000 - at.utc.timestamp()) > 1:
        return "unclear_date"
    sender, talker = text_of(item.get("sender")) or "", text_of(item.get("talker")) or ""
    content = item.get("content")
    if not isinstance(content, str) and content is not None:
        return "damaged"
    meaning = by_number(_number(item.get("type")), _number(item.get("subType")))
    if sender in NOBODY:
        meaning = _SYSTEM
    parts = map_of(item.get("contents"))
    what = _chatlog_said(meaning, content or "", parts, source)
    group = item.get("isChatRoom") is True or talker.endswith("@chatroom")
    name = text_of(item.get("senderName")) or ""
    return Raw(sender, name, None, at, what, talker, text_of(item.get("talkerName")) or "", group)


def _chatlog_said(meaning: Meaning, content: str, parts: Item, source: Source) -> Said:
    if meaning.voice == "quote":
        refer = map_of(parts.get("refer"))
        whom = text_of(refer.get("senderName")) or text_of(refer.get("sender")) or ""
        words = text_of(refer.get("content")) or "[...]"
        return Said(Kind.TEXT, content, f"{whom}: {words}" if refer else None)
    if meaning.voice == "other":
        shown = [text_of(parts.get(key)) for key in ("title", "desc", "url")]
        quoted = "\n".join(part for part in shown if part) or content
        return Said(meaning.kind, None, quoted, meaning.forwarded)
    what = said(meaning, content)
    file = next(
        (t for key in ("path", "imgfile", "videofile") if (t := text_of(parts.get(key)))), ""
    )
    if file and what.kind in (Kind.IMAGE, Kind.VIDEO, Kind.VOICE, Kind.FILE):
        return Said(what.kind, media=(attached(source.entry, source.files, file),))
    return what


def _number(value: object) -> int:
    return whole(value) or 0


def _keeper(item: Item, heads: Heads, source: Source) -> Raw | str:
    """chatlog-keeper's ``wechat_messages.json``; ``ts`` counts seconds, with a fraction."""
    at, _ = _stamp(None, item.get("ts"))
    own = _flag(item.get("is_self"))
    content = item.get("content")
    if at is None or (content is not None and not isinstance(content, str)):
        return "unclear_date" if at is None else "damaged"
    sender = text_of(item.get("sender_wxid")) or ""
    if not sender and own:
        sender = text_of(item.get("account_id")) or OWNER
    kind = item.get("msg_type")
    named = kind if isinstance(kind, str) and not kind.isdigit() else ""
    number = whole(kind)
    meaning = by_name(named) if number is None else by_number(number, 0)
    if named.casefold() in _ENGLISH:
        meaning = _ENGLISH[named.casefold()]
    if sender in NOBODY:
        meaning = _SYSTEM
    words = reply_in(content or "")
    what = words or said(meaning, content or "")
    talker = text_of(item.get("conversation_id")) or text_of(item.get("chat_room")) or ""
    room = text_of(item.get("chat_room")) or ""
    group = True if "@chatroom" in f"{talker} {room}" else None
    title = room if "@chatroom" not in room else ""
    direction = own if sender in ("", OWNER) else None
    return Raw(sender, text_of(item.get("sender")) or "", direction, at, what, talker, title, group)


_ENGLISH = {
    "text": Meaning(Kind.TEXT, "own"),
    "image": Meaning(Kind.IMAGE),
    "voice": Meaning(Kind.VOICE),
    "video": Meaning(Kind.VIDEO),
    "emoji": Meaning(Kind.STICKER),
    "sticker": Meaning(Kind.STICKER),
    "file": Meaning(Kind.FILE),
    "link": Meaning(Kind.LINK, "other"),
    "quote": Meaning(Kind.TEXT, "quote"),
    "forward": Meaning(Kind.LINK, "other", True),
    "system": _SYSTEM,
}

OBJECTS = (
    Objects("messages.item", ('"weflow"', '"messages"'), 0.95, _session, ("session", "senders")),
    Objects(
        "messages.item", ('"session"', '"senderUsername"'), 0.9, _session, ("session", "senders")
    ),
    Objects("item", ('"talker"', '"isSelf"', '"seq"'), 0.92, _chatlog),
    Objects("item", ('"sender_wxid"', '"msg_type"', '"ts"'), 0.92, _keeper),
    Objects("messages.item", ('"sender_wxid"', '"msg_type"', '"ts"'), 0.92, _keeper),
)

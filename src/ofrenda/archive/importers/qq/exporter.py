"""What qq-chat-exporter writes (versions 4 and 5): one object, or a manifest and JSONL pieces."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import PurePosixPath

from ofrenda.archive.clockwork import agreed, wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, lines
from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.instants import Instant, since_epoch, whole
from ofrenda.archive.jsonstream import BadJson, list_of, map_of, text_of, values
from ofrenda.archive.telling import Chat, Said, Sender, attached, bare, tell
from ofrenda.types import Kind, MediaRef

_LONGEST_LINE = 4 * 2**20
_FILED = {
    "image": Kind.IMAGE,
    "pic": Kind.IMAGE,
    "video": Kind.VIDEO,
    "voice": Kind.VOICE,
    "audio": Kind.VOICE,
    "ptt": Kind.VOICE,
    "file": Kind.FILE,
    "market_face": Kind.STICKER,
    "location": Kind.LOCATION,
}
_CARDS = frozenset({"json", "ark", "xml", "forward", "multi_forward", "multiforward", "markdown"})
_FORWARDS = frozenset({"forward", "multi_forward", "multiforward"})
_WORDS = frozenset({"text", "at", "face", "emoji"})
_REPLIED = re.compile(r"\[[^\[\]\n]{1,5} [^\n]{0,400}\]\n")
_PLACEHOLDER = re.compile(
    r"\[(?:图片|视频|语音|文件|表情|动画表情|位置)(?:[:：][^\[\]\n]{0,200})?\]"
)

Item = dict[str, object]


@dataclass(slots=True)
class Export:
    """One export: what it says of the chat, and who writes in it."""

    entry: Entry
    files: Container
    info: Item = field(default_factory=dict)
    people: set[str] = field(default_factory=set)
    messages: int = 0

    def chat(self) -> Chat:
        """The conversation. Two are keyed by their numbers, whoever exported."""
        title = bare(text_of(self.info.get("name")) or "")
        people = set(self.people)
        if (own := text_of(self.info.get("selfUin"))) and own != "0":
            people.add(own)
        kind = self.info.get("type")
        if kind == "private" or (kind is None and len(people) <= 2):
            names = sorted(people) or [title]
            return Chat("qq", "direct:" + "\n".join(names), title or " & ".join(names), False)
        key = next((t for k in ("groupCode", "peerUin") if (t := text_of(self.info.get(k)))), title)
        return Chat("qq", f"group:{key}", title or key, True)


def recognise(text: str) -> float:
    """By the name that the tool leaves in its exports, or by the shape of its pieces."""
    begin = text.lstrip("\ufeff \r\n\t")
    if not begin.startswith("{"):
        return 0.0
    if "QQChatExporter" in begin[:4096] and '"metadata"' in begin[:4096]:
        return 0.96
    return 0.9 if is_piece(begin) else 0.0


def is_piece(begin: str) -> bool:
    """Whether it is JSONL with a message in each line."""
    first = begin.lstrip("\ufeff \r\n\t").partition("\n")[0]
    marks = ('"sender"', '"uid"', '"content"', '"timestamp"')
    return first.startswith("{") and first.rstrip().endswith("}") and all(m in first for m in marks)


def survey(export: Export, code: Code | None) -> None:
    """The first reading; ``code`` is set for a piece, whose manifest lies beside or above it."""
    if code is not None:
        export.info = _manifest(export)
    with suppress(BadJson):
        for place, value in _items(export, code):
            if place == "chatInfo":
                export.info = map_of(value)
            elif isinstance(value, dict):
                export.messages += 1
                if (sender := _sender(value)) is not None and not _is_system(value):
                    export.people.add(sender.key)


def records(export: Export, code: Code | None) -> Iterator[Record]:
    """The second reading."""
    chat = export.chat()
    number = 0
    try:
        for place, value in _items(export, code):
            if place == "chatInfo":
                continue
            locator = f"/messages/{number}" if code is None else place
            number += 1
            if isinstance(value, dict):
                yield _record(export, chat, locator, value)
            else:
                yield Skipped("damaged", locator)
    except BadJson:
        yield Skipped("damaged", f"/messages/{number}")


def _items(export: Export, code: Code | None) -> Iterator[tuple[str, object]]:
    if code is None:
        yield from values(export.entry, ("chatInfo", "messages.item"))
        return
    for number, line in enumerate(lines(export.entry, code), 1):
        line = line.lstrip("\ufeff").strip()
        if line:
            value: object = None
            with suppress(ValueError, RecursionError):
                value = json.loads(line) if len(line) <= _LONGEST_LINE else None
            yield str(number), value


def _manifest(export: Export) -> Item:
    folder = PurePosixPath(export.entry.name).parent
    for place in (folder, folder.parent):
        beside = export.files.entries.get((place / "manifest.json").as_posix())
        if beside is not None:
            with suppress(BadJson):
                for _, value in values(beside, ("chatInfo",)):
                    return map_of(value)
    return {}


def _is_system(item: Item) -> bool:
    return (
        item.get("system") is True
        or item.get("isSystemMessage") is True
        or item.get("type") == "system"
    )


def _sender(item: Item) -> Sender | None:
    """The number, else the uid; names as the sender set them, never the exporter's remark."""
    sender, raw = map_of(item.get("sender")), map_of(item.get("rawMessage"))
    numbers = (sender.get("uin"), raw.get("senderUin"), sender.get("uid"), raw.get("senderUid"))
    key = next((t for n in numbers if (t := text_of(n)) and t != "0"), None)
    if key is None:
        return None
    names = (
        *(sender.get("nickname"), raw.get("sendMemberName"), raw.get("sendNickName")),
        *(sender.get("groupCard"), sender.get("name")),
    )
    return Sender(bare(key), bare(next((t for n in names if (t := text_of(n))), key)))


def _moment(item: Item) -> Instant | None:
    stamp, written = item.get("timestamp"), text_of(item.get("time"))
    if isinstance(stamp, str) and whole(stamp) is None:
        return wall(stamp)[0]
    number = whole(stamp)
    if number is None and isinstance(stamp, float):
        number = int(stamp)
    if number is None:
        return None
    epoch = since_epoch(number / 1000 if number >= 10**11 else float(number))
    if written is None or epoch is None:
        return epoch
    local, _ = wall(written)
    return None if local is None else agreed(local, epoch)


def _record(export: Export, chat: Chat, locator: str, item: Item) -> Record:
    content = map_of(item.get("content"))
    text = content.get("text")
    if not isinstance(text, str | None):
        return Skipped("damaged", locator)
    if _is_system(item):
        return tell(locator, chat, None, _moment(item), Said(Kind.SYSTEM, text))
    if item.get("recalled") is True or item.get("isRecalled") is True:
        said = Said(Kind.DELETED)
    else:
        said = _said(export, content, text or "", str(item.get("type")))
    return tell(locator, chat, _sender(item), _moment(item), said)


def _said(export: Export, content: Item, text: str, kind: str) -> Said:
    elements = [map_of(one) for one in list_of(content.get("elements"))]
    types = [str(one.get("type")) for one in elements]
    media = _media(export, content)
    kinds = [_FILED[t] for t in types if t in _FILED]
    kinds += [_FILED[t] for t, _ in media if t in _FILED]
    refs = tuple(ref for _, ref in media)
    reply = map_of(content.get("reply"))
    if not reply:
        reply = next(
            (map_of(one.get("data")) for one in elements if one.get("type") == "reply"), {}
        )
    quoted = text_of(reply.get("content"))
    if quoted is not None and (whom := text_of(reply.get("senderName"))):
        quoted = f"{whom}: {quoted}"
    reply_to = text_of(reply.get("referencedMessageId")) or text_of(reply.get("messageId"))
    if any(t in _CARDS for t in types) or (not elements and kind in ("json", "forward")):
        forwarded = kind == "forward" or any(t in _FORWARDS for t in types)
        return Said(Kind.LINK, None, text or None, forwarded)
    if any(t in _WORDS for t in types):
        words = "".join(_words(one) for one in elements if str(one.get("type")) in _WORDS)
    elif elements and all(t in _FILED or t == "reply" for t in types):
        words = ""
    else:
        words = _PLACEHOLDER.sub("", text).strip()
        marked = "[回复" in words or _REPLIED.match(words) is not None
        if marked or (reply and not elements and quoted and quoted in words):
            # Where the quotation ends is not marked: none of it can be taken for the sender's.
            quoted, words = quoted or words, ""
    words = words.strip("\n")
    found = kinds[0] if kinds and not words.strip() else Kind.TEXT if words else Kind.UNKNOWN
    if kinds and words.strip():
        found = kinds[0] if refs else Kind.TEXT
    if found is Kind.UNKNOWN and (quoted or reply):
        found = Kind.TEXT
    return Said(found, words or None, quoted, False, reply_to, refs)


def _words(element: Item) -> str:
    data = map_of(element.get("data"))
    kind = element.get("type")
    if kind == "text":
        return text_of(data.get("text")) or text_of(element.get("text")) or ""
    if kind == "at":
        name = text_of(data.get("name")) or text_of(data.get("text")) or ""
        return name if name.startswith("@") or not name else f"@{name}"
    name = text_of(data.get("name")) or text_of(data.get("text")) or ""
    return name if not name or name.startswith(("/", "[")) else f"/{name}"


def _media(export: Export, content: Item) -> list[tuple[str, MediaRef]]:
    found: list[tuple[str, MediaRef]] = []
    for one in map(map_of, list_of(content.get("resources"))):
        paths = (one.get("localPath"), one.get("path"), one.get("filename"))
        name = next((t for p in paths if (t := text_of(p))), None)
        kind = str(one.get("type"))
        if name is not None and kind in _FILED:
            found.append((kind, attached(export.entry, export.files, name)))
    return found

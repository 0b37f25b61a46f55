"""The pages (HTML): MemoTrace's and WeFlow's, in which the messages lie as data for a script.

Written from what other readers of these pages do with them; no real page was at hand. The script
is not run: MemoTrace's data are read as the plain literals they are, WeFlow's as JSON with one
piece of markup for each bubble. A bubble with a part that is not known is given up.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape

from ofrenda.archive.clockwork import agreed, wall
from ofrenda.archive.elements import Element, blocks
from ofrenda.archive.importers.wechat.chats import Raw, Source
from ofrenda.archive.importers.wechat.kinds import OWNER, by_number, from_text, said
from ofrenda.archive.importers.wechat.literals import literal
from ofrenda.archive.instants import since_epoch
from ofrenda.archive.jsonstream import map_of, text_of
from ofrenda.archive.report import Question
from ofrenda.archive.telling import Said, attached
from ofrenda.types import Kind, MediaRef

_MAX_BYTES = 128 * 2**20
_ARRAY = re.compile(r"\bchatMessages\s*=\s*\[")
_OBJECT = re.compile(r"\{\s*[\"']?type[\"']?\s*:")
_EMOJI = re.compile(r"<img[^<>]{0,300}?\bid=[\"']?(?P<name>[^\"'<>\s]{1,20})[^<>]{0,300}>")
_BREAK = re.compile(r"<br ?/?>", re.IGNORECASE)
_AVATAR = re.compile(r"(?:^|[/\\])avatars?[/\\](?P<id>[^/\\]{1,80})\.\w{2,5}$")
_FLOW = re.compile(r"\bWEFLOW_DATA\s*=\s*\[")
_GROUP = re.compile(r"<span>(私聊|群聊)</span>")
_TITLE = re.compile(r"<h1 class=\"title\">([^<]{1,200})</h1>|<title>([^<]{1,200})</title>")
_FILES = (Kind.IMAGE, Kind.VOICE, Kind.VIDEO, Kind.FILE, Kind.STICKER)
_PARTS = frozenset(
    {
        "message", "message-wrapper", "message-row", "message-content", "message-body",
        "message-bubble", "bubble", "message-time", "message-text", "sender-name",
        "quoted-message", "quoted-sender", "quoted-text", "message-link-card", "message-media",
        "inline-emoji", "image", "video", "audio", "voice", "emoji", "sent", "received", "file",
        "avatar", "system",
    }
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pages:
    """A page with the messages in a script; ``marks`` are words of its beginning."""

    marks: tuple[str, ...]
    read: Callable[[str, Source], Iterator[tuple[str, Raw | str]]]

    def recognise(self, text: str, cells: list[str]) -> float:
        """By the name of its data, or of the tool above a long style sheet."""
        begin = text.lstrip("\ufeff \r\n\t")
        page = begin[:1] == "<"
        return 0.95 if page and any(mark in begin for mark in self.marks) else 0.0

    def question(self, source: Source) -> Question | None:
        """Nothing is left open."""
        return None

    def raws(self, source: Source) -> Iterator[tuple[str, Raw | str]]:
        """A message for each bubble."""
        data = source.entry.bytes(_MAX_BYTES)
        errors = "surrogateescape" if source.code.damaged else "strict"
        yield from self.read(data.decode(source.code.name, errors), source)


def _memotrace(html: str, source: Source) -> Iterator[tuple[str, Raw | str]]:
    array = _ARRAY.search(html)
    if array is None:
        return
    title = _titled(html)
    number, place = 0, array.end()
    while (start := _OBJECT.search(html, place)) is not None:
        if re.search(r"\]\s*;?\s*\n", html[place : start.start()]):
            return  # the array is over; what follows is the page's own script
        found, place = literal(html, start.start())
        if found is not None and found.get("type") in (0, "0"):
            continue  # a line with the time between bubbles
        number += 1
        if found is None:
            place = start.end()
            yield str(number), "damaged"
        else:
            yield str(number), _bubble(found, title, source)


def _bubble(found: dict[str, object], title: str, source: Source) -> Raw | str:
    kind, sub = _whole(found.get("type")), _whole(found.get("sub_type"))
    own = {0: False, 1: True}.get(-1 if (sent := _whole(found.get("is_send"))) is None else sent)
    seconds = found.get("timestamp")
    at = since_epoch(seconds) if isinstance(seconds, float) else None
    if at is None or kind is None or own is None:
        return "unclear_date" if at is None else "damaged"
    name = text_of(found.get("displayname")) or text_of(found.get("display_name")) or ""
    name = unescape(name)
    avatar = _AVATAR.search(text_of(found.get("avatar_path")) or "")
    sender = avatar["id"] if avatar else name
    text = text_of(found.get("text")) or ""
    group = _whole(found.get("is_chatroom")) == 1
    meaning = by_number(kind, sub or 0)
    if kind == 49 and sub is None:
        meaning = by_number(49, 57 if found.get("refer_text") else 5)
    if meaning.kind in _FILES:
        media = _file(source, text)
        return Raw(sender, name, own, at, Said(meaning.kind, media=media), "", title, group)
    quoted = text_of(found.get("refer_text"))
    words = said(meaning, _plain(text), quoted=_plain(quoted) if quoted else None)
    return Raw(sender, name, own, at, words, "", title, group)


def _plain(text: str) -> str:
    """The words without the markup that the page puts around line ends and small pictures."""
    text = _EMOJI.sub(lambda match: f"[{match['name'].strip('[]')}]", _BREAK.sub("\n", text))
    return unescape(text)


def _file(source: Source, path: str) -> tuple[MediaRef, ...]:
    if not path or "://" in path or "\n" in path or len(path) > 400 or "." not in path:
        return ()
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source.entry.name), path))
    if not beside.startswith(("../", "/")) and beside in source.files.entries:
        return (MediaRef(beside, None, True),)
    plain = path.removeprefix("./")
    while plain.startswith("../"):
        plain = plain.removeprefix("../")
    return (attached(source.entry, source.files, plain),)


def _whole(value: object) -> int | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return int(value) if isinstance(value, str) and value.isdigit() and len(value) < 20 else None


def _titled(html: str) -> str:
    found = _TITLE.search(html[:200_000])
    title = unescape(next(filter(None, found.groups()))).strip() if found else ""
    for word in ("的聊天记录", "聊天记录", "出错了"):
        title = title.removesuffix(word).strip(" -_")
    return title


def _weflow(html: str, source: Source) -> Iterator[tuple[str, Raw | str]]:
    start = _FLOW.search(html)
    if start is None:
        return
    kind = _GROUP.search(html[: start.start()])
    group = None if kind is None else kind[1] == "群聊"
    title = _titled(html[: start.start()])
    decoder = json.JSONDecoder()
    number, place = 0, start.end()
    while True:
        while place < len(html) and html[place] in " ,\r\n\t":
            place += 1
        if place >= len(html) or html[place] != "{":
            if place >= len(html) or html[place] != "]":
                yield str(number + 1), "damaged"
            return
        number += 1
        try:
            value, place = decoder.raw_decode(html, place)
        except (ValueError, RecursionError):
            yield str(number), "damaged"
            following = re.compile(r"\{\s*\"i\"\s*:").search(html, place + 1)
            if following is None:
                return
            place = following.start()
            continue
        yield str(number), _flowing(map_of(value), title, group, source)


def _flowing(item: dict[str, object], title: str, group: bool | None, source: Source) -> Raw | str:
    body, avatar = text_of(item.get("b")) or "", text_of(item.get("a")) or ""
    seconds, sent = item.get("t"), item.get("s")
    parts = list(blocks(f"<div>{body}</div>", lambda tag: True))
    if len(parts) != 1 or parts[0] is None or sent not in (0, 1):
        return "damaged"
    whole = parts[0]
    epoch = since_epoch(seconds) if isinstance(seconds, int) and seconds > 0 else None
    times = [one.text().strip() for one in whole.within("message-time")]
    local = wall(times[0])[0] if len(times) == 1 else None
    at = agreed(local, epoch)
    if at is None:
        return "unclear_date"
    names = [one.text().strip() for one in whole.within("sender-name")]
    pictures = list(_images(avatar))
    alt = pictures[0].attributes.get("alt", "") if pictures else ""
    number = _AVATAR.search(pictures[0].attributes.get("src", "")) if pictures else None
    name = names[0] if len(names) == 1 else alt
    if number is None and name in ("", "系统消息"):
        notice = "\n".join(one.text() for one in whole.within("message-text")).strip()
        return Raw("系统消息", "", None, at, said(by_number(10000, 0), notice), "", title, group)
    sender = number["id"] if number else OWNER if sent == 1 and not name else name
    what = _flowing_said(whole, source)
    if what is None:
        return "damaged"
    return Raw(sender, name, bool(sent), at, what, "", title, group)


def _images(html: str) -> Iterator[Element]:
    for part in blocks(f"<div>{html}</div>", lambda tag: True):
        for one in part.all() if part is not None else ():
            if one.name == "img":
                yield one


def _flowing_said(whole: Element, source: Source) -> Said | None:
    for part in whole.all():
        if part.name in ("div", "span", "a", "p") and part.marks and not part.marks & _PARTS:
            return None
    quotes = whole.within("quoted-message")
    quoted: str | None = None
    if quotes:
        whom = "".join(one.text() for one in quotes[0].within("quoted-sender")).strip()
        words = "".join(one.text() for one in quotes[0].within("quoted-text")).strip()
        quoted = f"{whom}: {words}" if whom else words or "[...]"
    text = "\n".join(_words(one) for one in whole.within("message-text")).strip("\n ")
    cards = whole.within("message-link-card")
    if cards:
        shown = "\n".join(filter(None, [text, *(one.text().strip() for one in cards)]))
        return Said(Kind.LINK, None, shown)
    for one in whole.within("message-media"):
        inside = [one, *one.all()]
        path = next(
            (p for part in inside for key in ("src", "href") if (p := part.attributes.get(key))), ""
        )
        kind = _media_kind(one, path)
        return Said(kind, text or None, quoted, media=_file(source, path))
    if quoted is not None:
        return Said(Kind.TEXT, text, quoted)
    return from_text(text) if text else Said(Kind.UNKNOWN)


def _media_kind(part: Element, path: str) -> Kind:
    names = {one.name for one in (part, *part.all())}
    if "emoji" in part.marks:
        return Kind.STICKER
    if "audio" in names or path.endswith((".wav", ".mp3", ".silk", ".amr", ".m4a")):
        return Kind.VOICE
    if "video" in names or path.endswith((".mp4", ".mov")):
        return Kind.VIDEO
    return Kind.IMAGE if "img" in names else Kind.FILE


def _words(part: Element) -> str:
    """The words, small pictures of faces as the names they had."""
    words = ""
    for one in part.content:
        if isinstance(one, str):
            words += one
        elif one.name == "br":
            words += "\n"
        elif one.name == "img":
            words += one.attributes.get("alt", "")
        elif not one.marks & _APART:
            words += _words(one)
    return words


_APART = frozenset({"quoted-message", "message-link-card", "message-media", "message-time"})

PAGES = (
    Pages(("WEFLOW_DATA",), _weflow),
    Pages(("chatMessages = [", "chatMessages=["), _memotrace),
)

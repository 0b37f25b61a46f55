"""Direct messages: who wrote is a number; in a chat of two it must be one of the two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Reading, Record, Skipped
from ofrenda.archive.importers.x_archive.posts import BROKEN
from ofrenda.archive.importers.x_archive.script import PLATFORM, Owner, listed, media_of
from ofrenda.archive.jsonstream import BadJson, TooLarge, list_of, map_of, text_of
from ofrenda.archive.mending import is_lost, is_misspelt
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind, MediaRef

_PAIR = re.compile(r"(\d{1,20})-(\d{1,20})")
_ESCAPES = re.compile(r"&(?:amp|lt|gt);")
_CONVERSATION = "item.dmConversation.conversationId"
_MESSAGE = "item.dmConversation.messages.item"
_KNOWN_WORDS = (
    "recipientId reactions urls text mediaUrls senderId id createdAt editHistory affectsSort"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_TELLING = ("senderId", "recipientId", "text", "createdAt")
_FOLDERS = {False: "direct_messages_media", True: "direct_messages_group_media"}


def direct_messages(
    entry: Entry, files: Container, owner: Owner | None, reading: Reading, *, is_group: bool
) -> Iterator[Record]:
    """Every message of every conversation, then what is worth telling."""
    media = media_of(entry, files, _FOLDERS[is_group])
    talk = _Talk(owner, media, is_group=is_group)
    reading.advice.append(
        "X writes direct messages with account numbers and without names. "
        "The sample lines show who each number is."
    )
    conversation: str | None = None
    number = place = -1
    try:
        for where, value in listed(entry, {_CONVERSATION, _MESSAGE}):
            if where == _CONVERSATION:
                conversation = None if is_lost(value) else text_of(value)
                number, place = number + 1, -1
                continue
            place += 1
            yield talk.record(f"/{number}/{place}", conversation, value)
    except BadJson:
        yield Skipped("damaged", f"/{number}/{place + 1}")
        reading.warnings.append(BROKEN)


class _Talk:
    """Makes records of messages."""

    def __init__(self, owner: Owner | None, media: dict[str, list[str]], *, is_group: bool) -> None:
        self._owner = owner
        self._media = media
        self._is_group = is_group

    def record(self, locator: str, conversation: str | None, value: object) -> Record:
        """One message or event."""
        if isinstance(value, TooLarge):
            return Skipped("too_long", locator)
        event = map_of(value)
        if conversation is None or len(event) != 1 or is_lost(value):
            return Skipped("damaged", locator)
        kind, held = next(iter(event.items()))
        message = map_of(held)
        stamp = message.get("createdAt")
        at = wall(stamp)[0] if isinstance(stamp, str) else None
        at = at if at is not None and at.utc is not None else None
        chat = self._chat(conversation)
        if kind != "messageCreate":
            # Joined, left, renamed, reacted: what happened, not what anybody wrote.
            return tell(locator, chat, None, at, Said(Kind.SYSTEM, kind))
        if is_misspelt(message, _KNOWN, _TELLING):
            return Skipped("damaged", locator)
        return tell(locator, chat, self._sender(message, conversation), at, self._said(message))

    def _chat(self, conversation: str) -> Chat:
        pair = _PAIR.fullmatch(conversation)
        if pair is None or self._is_group:
            title = f"X messages {conversation}"
            return Chat(PLATFORM, f"dm:{conversation}", title, self._is_group)
        mine = self._owner.key if self._owner else ""
        other = pair[1] if pair[2] == mine else pair[2]
        return Chat(PLATFORM, f"dm:{conversation}", f"X messages with {other}", False)

    def _sender(self, message: dict[str, object], conversation: str) -> Sender | None:
        key = text_of(message.get("senderId"))
        if key is None or not key.isdigit():
            return None
        pair = _PAIR.fullmatch(conversation)
        if pair is not None and not self._is_group:
            heard = text_of(message.get("recipientId"))
            if {key, heard} != {pair[1], pair[2]}:
                return None
        mine = self._owner is not None and self._owner.key == key
        return Sender(key, self._owner.name if mine and self._owner else key)

    def _said(self, message: dict[str, object]) -> Said:
        words = message.get("text")
        raw = words if isinstance(words, str) else ""
        for one in map(map_of, list_of(message.get("urls"))[:100]):
            short, long = one.get("url"), one.get("expanded")
            if isinstance(short, str) and short and isinstance(long, str):
                raw = raw.replace(short, long)
        own = _ESCAPES.sub(lambda found: unescape(found[0]), raw).strip() or None
        paths = self._media.get(text_of(message.get("id")) or "", [])
        files = tuple(MediaRef(path, None, True) for path in paths)
        kind = Kind.TEXT if own else Kind.IMAGE if files or message.get("mediaUrls") else None
        return Said(kind or Kind.UNKNOWN, own, media=files)

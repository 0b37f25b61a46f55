"""Discord chats as DiscordChatExporter writes them (JSON), one channel in a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from ofrenda.archive.clockwork import wall
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.jsonstream import (
    BadJson,
    TooLarge,
    list_of,
    map_of,
    not_whole,
    text_of,
    values,
)
from ofrenda.archive.mending import Namesakes, is_lost, is_misspelt, mended
from ofrenda.archive.quoting import without_quotes
from ofrenda.archive.sidefiles import kind_of, named_file
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.types import Kind, MediaRef

PLATFORM = "discord"

_GUILD = re.compile(r'"guild"\s*:\s*\{')
_CHANNEL = re.compile(r'"channel"\s*:\s*\{')
_EXPORTED = re.compile(r'"(?:dateRange|exportedAt|messages)"\s*:')
_KNOWN_WORDS = (
    "id type timestamp timestampEdited callEndedTimestamp isPinned content author attachments "
    "embeds stickers reactions mentions reference forwardedMessage inlineEmojis interaction "
    "poll"
)
_KNOWN = frozenset(_KNOWN_WORDS.split())
_TELLING = ("type", "forwardedMessage", "content", "author", "interaction", "timestamp")
_SAID = frozenset({"Default", "Reply", "0", "19"})
_CALL = frozenset({"Call", "3"})
_TOLD_TO_BOT = frozenset({"ChatInputCommand", "ContextMenuCommand", "20", "23"})


@dataclass(slots=True)
class _Found:
    guild: dict[str, object] = field(default_factory=dict)
    channel: dict[str, object] = field(default_factory=dict)
    namesakes: Namesakes = field(default_factory=Namesakes)
    messages: int = 0


class Discord:
    """The importer."""

    name = "discord"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the server and channel that stand before the messages."""
        text = peek(head)
        if text is None or not text.lstrip("\ufeff \r\n\t").startswith("{"):
            return 0.0
        headed = _GUILD.search(text) and _CHANNEL.search(text) and _EXPORTED.search(text)
        return 0.95 if headed else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Find out which channel it is and who is called what, then give the messages."""
        found = _survey(entry)
        if not found.messages or not text_of(found.channel.get("id")):
            raise not_whole()
        reading = Reading(records=())
        reading.records = _Messages(entry, files, found, reading).records()
        return reading


IMPORTER = Discord()


def _survey(entry: Entry) -> _Found:
    found = _Found()
    wanted = {"guild", "channel", "messages.item.author.id", "messages.item.author.name"}
    key: str | None = None
    try:
        for place, value in values(mended(entry), wanted):
            if place == "guild":
                found.guild = map_of(value)
            elif place == "channel":
                found.channel = map_of(value)
            elif place.endswith(".id"):
                found.messages += 1
                key = text_of(value)
            elif key is not None and isinstance(value, str):
                found.namesakes.note(key, value)
                key = None
    except BadJson:
        pass  # The second reading comes to the same place, and says so.
    return found


class _Messages:
    """Makes records of messages."""

    def __init__(self, entry: Entry, files: Container, found: _Found, reading: Reading) -> None:
        self._entry = entry
        self._files = files
        self._found = found
        self._reading = reading
        self._chat = _chat(found)
        self._remote = self._missing = 0

    def records(self) -> Iterator[Record]:
        """Every message, then what is worth telling."""
        place = -1
        try:
            for place, (_, value) in enumerate(values(mended(self._entry), {"messages.item"})):
                yield self._record(f"/messages/{place}", value)
        except BadJson:
            yield Skipped("damaged", f"/messages/{place + 1}")
            self._reading.warnings.append(
                "The file is damaged or cut short; what comes after that place could not be read. "
                "Export or copy it again and add the new file."
            )
        if self._remote:
            self._reading.advice.append(
                f"Photos and files that are only linked to: {self._remote}. "
                "Export again with the option to download media while the links still work."
            )
        if self._missing:
            self._reading.advice.append(
                f"Files that messages speak of and that did not come along: {self._missing}. "
                "Add the folder that the exporter wrote beside the file, too."
            )

    def _record(self, locator: str, value: object) -> Record:
        if isinstance(value, TooLarge):
            return Skipped("too_long", locator)
        message = map_of(value)
        if not message or is_lost(value) or is_misspelt(message, _KNOWN, _TELLING):
            return Skipped("damaged", locator)
        author = map_of(message.get("author"))
        if is_misspelt(author, frozenset(), ("id", "name")):
            return Skipped("unclear_sender", locator)
        key, name = text_of(author.get("id")), text_of(author.get("name"))
        if key is not None and name is not None and self._found.namesakes.contradict(key, name):
            return Skipped("unclear_sender", locator)
        sender = None
        if key is not None:
            sender = Sender(key, text_of(author.get("nickname")) or name or key)
        stamp = message.get("timestamp")
        at = wall(stamp)[0] if isinstance(stamp, str) else None
        if at is not None and at.utc is None:
            at = None  # The exporter always states the zone.
        return tell(locator, self._chat, sender, at, self._said(message))

    def _said(self, message: dict[str, object]) -> Said:
        kind, content = str(message.get("type")), message.get("content")
        words = content if isinstance(content, str) else ""
        if kind in _CALL:
            return Said(Kind.CALL)
        if kind not in _SAID:
            # Joined, pinned, boosted: the service's words. What a bot was told is no talk either.
            return Said(Kind.SYSTEM, None if kind in _TOLD_TO_BOT else words or None)
        forwarded = map_of(message.get("forwardedMessage"))
        media, what = self._media([*list_of(message.get("attachments"))])
        if not media and list_of(message.get("stickers")):
            what = Kind.STICKER
        reply = text_of(map_of(message.get("reference")).get("messageId"))
        own, quoted = without_quotes(words)
        if message.get("forwardedMessage") is not None:
            passed_on = forwarded.get("content")
            parts = (own, quoted, passed_on if isinstance(passed_on, str) else None)
            text = "\n".join(part for part in parts if part) or None
            return Said(Kind.TEXT, None, text, forwarded=True, reply_to=reply, media=media)
        if own is not None and what is None and _is_link(own):
            what = Kind.LINK
        kind_found = what or (Kind.TEXT if own or quoted else Kind.UNKNOWN)
        edited = message.get("timestampEdited") is not None
        return Said(kind_found, own, quoted, reply_to=reply, media=media, edited=edited)

    def _media(self, attachments: list[object]) -> tuple[tuple[MediaRef, ...], Kind | None]:
        media: list[MediaRef] = []
        first: Kind | None = None
        for one in attachments:
            attachment = map_of(one)
            file = named_file(self._entry, self._files, attachment.get("url"))
            name = attachment.get("fileName")
            known = file.path if file is not None else name if isinstance(name, str) else ""
            if isinstance(name, str) and name == "voice-message.ogg":
                first = first or Kind.VOICE
            first = first or kind_of(known)
            if file is None:
                self._remote += 1
            else:
                media.append(file)
                self._missing += not file.exists
        return tuple(media), first


def _chat(found: _Found) -> Chat:
    channel, guild = found.channel, found.guild
    kind = str(channel.get("type"))
    name = text_of(channel.get("name")) or "Discord"
    key = text_of(channel.get("id")) or ""
    if text_of(guild.get("id")) in (None, "0"):
        group = kind in ("DirectGroupTextChat", "3")
        return Chat(PLATFORM, f"channel:{key}", name, group)
    server = text_of(guild.get("name"))
    return Chat(PLATFORM, f"channel:{key}", f"{server} / {name}" if server else name, True)


def _is_link(words: str) -> bool:
    return words.startswith(("http://", "https://")) and not any(c.isspace() for c in words)

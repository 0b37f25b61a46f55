"""Signal's own plaintext export: ``main.jsonl``, one frame of the backup a line, and ``files/``."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code, lines, peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import past, since_epoch, whole
from ofrenda.archive.jsonstream import list_of, map_of, text_of
from ofrenda.archive.telling import Chat, Said, Sender, fingerprint, tell
from ofrenda.types import Kind, MediaRef

_BEGINS = re.compile(r'\s*\{\s*"(?:version|backupTimeMs|account|recipient)"\s*:')
_FRAME = re.compile(r'"(?:recipient|chatItem|chat|account)"\s*:\s*\{')
_MOST_LINES = 1_000
"""Lines that one frame may be broken into: some exports hold raw line ends inside words."""

_MOST_CHARACTERS = 4 * 2**20
_HIGHEST_VERSION = 1
"""The version of the export that is known; a later one is read, and told."""

_OWNER_NAME = "Owner of the phone"
_WORDLESS = {
    "stickerMessage": Kind.STICKER,
    "remoteDeletedMessage": Kind.DELETED,
    "viewOnceMessage": Kind.IMAGE,
    "contactMessage": Kind.CONTACT,
    "giftBadge": Kind.UNKNOWN,
    "paymentNotification": Kind.UNKNOWN,
    "poll": Kind.UNKNOWN,
}


class Signal:
    """The importer."""

    name = "signal"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its first frames."""
        text = peek(head)
        if text is None or _BEGINS.match(text.lstrip("\ufeff")) is None:
            return 0.0
        first = text.lstrip("\ufeff").split("\n", 1)[0]
        dated = '"backupTimeMs"' in first
        framed = _FRAME.search(text) is not None
        return 0.95 if dated and framed else 0.6 if dated and "\n" in text else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every chat item."""
        reading = Reading(records=())
        reading.records = _Export(entry, files, circumstances.today, reading).records()
        return reading


IMPORTER = Signal()


@dataclass(frozen=True, slots=True)
class _Party:
    """Somebody or a group, as the backup numbers them. ``myself``: the owner."""

    key: str
    name: str
    group: bool = False
    myself: bool = False


class _Export:
    def __init__(self, entry: Entry, files: Container, today: date, reading: Reading) -> None:
        self._entry = entry
        self._files = files
        self._today = today
        self._reading = reading
        self._account = self._owner = ""
        self._parties: dict[str, _Party] = {}
        self._chats: dict[str, str] = {}
        self._stems: dict[str, str] | None = None

    def records(self) -> Iterator[Record]:
        """Every chat item, in the file's order."""
        for number, frame in _frames(self._entry):
            locator = str(number)
            if frame is None:
                yield Skipped("damaged", locator)
                continue
            if (version := whole(frame.get("version"))) is not None and version > _HIGHEST_VERSION:
                self._reading.warnings.append(
                    "The export is of a newer kind than is known. What was read should be looked "
                    "through before it is used."
                )
            if account := map_of(frame.get("account")):
                self._account = text_of(account.get("profileKey")) or ""
            elif recipient := map_of(frame.get("recipient")):
                self._meet(recipient)
            elif chat := map_of(frame.get("chat")):
                self._chats[text_of(chat.get("id")) or ""] = text_of(chat.get("recipientId")) or ""
            elif "chatItem" in frame:
                item = map_of(frame["chatItem"])
                # Some exports pack the item once more.
                yield self._item(map_of(item.get("chatItem")) or item, locator)

    def _meet(self, recipient: dict[str, object]) -> None:
        number = text_of(recipient.get("id"))
        if number is None:
            return
        if number in self._parties:
            # Two parties under one number: nobody can say who wrote.
            self._parties[number] = _Party("", "")
            return
        if "self" in recipient:
            self._parties[number] = _Party("self", _OWNER_NAME, myself=True)
        elif contact := map_of(recipient.get("contact")):
            key = text_of(contact.get("aci")) or text_of(contact.get("e164")) or ""
            self._parties[number] = _Party(key, _name(contact) or key)
        elif group := map_of(recipient.get("group")):
            snapshot = map_of(group.get("snapshot"))
            title = text_of(map_of(snapshot.get("title")).get("title")) or "Group"
            key = text_of(group.get("masterKey")) or title
            self._parties[number] = _Party(key, title, group=True)

    def _item(self, item: dict[str, object], locator: str) -> Record:
        where = self._parties.get(self._chats.get(text_of(item.get("chatId")) or "", ""))
        author = self._parties.get(text_of(item.get("authorId")) or "")
        if where is None or not where.key:
            return Skipped("unclear_sender", locator)
        milliseconds = whole(item.get("dateSent"))
        if not self._owner:
            # The account's own key, or else what this export begins with.
            own = (self._account,) if self._account else (where.key, str(milliseconds))
            self._owner = f"owner:{fingerprint(*own)}"
        ways = [way for way in ("incoming", "outgoing", "directionless") if way in item]
        said = self._said(item)
        sender = self._sender(ways, where, author)
        if sender is None and said.kind is not Kind.SYSTEM:
            return Skipped("unclear_sender", locator)
        if said.kind is Kind.TEXT and not said.text and not said.quoted:
            return Skipped("empty", locator)
        at = None if milliseconds is None else since_epoch(milliseconds / 1000)
        chat = Chat("signal", f"{self._owner}\n{where.key}", where.name, where.group)
        return tell(locator, chat, sender, past(at, self._today), said)

    def _sender(self, ways: Sequence[str], where: _Party, author: _Party | None) -> Sender | None:
        """Who wrote, where direction, author and chat agree."""
        if author is None or not author.key or author.group:
            return None
        if tuple(ways) == ("outgoing",):
            return Sender(self._owner, _OWNER_NAME) if author.myself else None
        if tuple(ways) == ("incoming",) and not author.myself:
            fits = where.group or author == where
            return Sender(author.key, author.name) if fits else None
        return None

    def _said(self, item: dict[str, object]) -> Said:
        edited = bool(list_of(item.get("revisions")))
        if "updateMessage" in item:
            return Said(Kind.SYSTEM)
        for name, wordless in _WORDLESS.items():
            if name in item:
                return Said(wordless, edited=edited)
        message = map_of(item.get("standardMessage"))
        if story := map_of(item.get("directStoryReplyMessage")):
            message = map_of(story.get("textReply"))
        words = text_of(map_of(message.get("text")).get("body"))
        quote = map_of(message.get("quote"))
        media: list[MediaRef] = []
        kind: Kind | None = None
        for attachment in list_of(message.get("attachments")):
            kind = kind or _kind(map_of(attachment))
            media.append(self._file(map_of(attachment)))
        return Said(
            kind or Kind.TEXT,
            words,
            text_of(map_of(quote.get("text")).get("body")),
            reply_to=text_of(quote.get("targetSentTimestamp")),
            media=tuple(media),
            edited=edited,
        )

    def _file(self, attachment: dict[str, object]) -> MediaRef:
        """The file whose name begins with the digest of what is in it."""
        pointer = map_of(attachment.get("pointer"))
        digest = text_of(map_of(pointer.get("locatorInfo")).get("plaintextHash")) or ""
        try:
            stem = base64.b64decode(digest, validate=True).hex()
        except (binascii.Error, ValueError):
            stem = ""
        if self._stems is None:
            self._stems = {
                name.rpartition("/")[2].partition(".")[0].casefold()[:64]: name
                for name in self._files.entries
                if "files/" in name
            }
        path = self._stems.get(stem[:64]) if stem else None
        named = text_of(pointer.get("fileName")) or stem or "attachment"
        return MediaRef(path or named.replace("\0", "?"), None, path is not None)


def _name(contact: dict[str, object]) -> str:
    for kind in ("nickname", "system", "profile"):
        inner = map_of(contact.get(kind)) if kind == "nickname" else contact
        prefix = "" if kind == "nickname" else kind
        given = inner.get(f"{prefix}GivenName" if prefix else "given")
        family = inner.get(f"{prefix}FamilyName" if prefix else "family")
        if name := " ".join(part for part in (text_of(given), text_of(family)) if part):
            return name
    return text_of(contact.get("e164")) or text_of(contact.get("username")) or ""


def _kind(attachment: dict[str, object]) -> Kind:
    if attachment.get("flag") == "VOICE_MESSAGE":
        return Kind.VOICE
    mime = text_of(map_of(attachment.get("pointer")).get("contentType")) or ""
    return {"image": Kind.IMAGE, "video": Kind.VIDEO, "audio": Kind.VOICE}.get(
        mime.partition("/")[0], Kind.FILE
    )


def _frames(entry: Entry) -> Iterator[tuple[int, dict[str, object] | None]]:
    """Each frame with the number of its first line; None for one that cannot be read."""
    held: list[str] = []
    begun = size = 0
    for number, line in enumerate(lines(entry, find_code(entry)), start=1):
        if held and line.startswith('{"'):
            yield begun, None
            held, size = [], 0
        if not held:
            if not line.strip():
                continue
            begun = number
        if len(held) < _MOST_LINES and size < _MOST_CHARACTERS:
            held.append(line)
            size += len(line)
            if line.rstrip().endswith("}") and (frame := _parsed("\n".join(held))) is not None:
                yield begun, frame
                held, size = [], 0
    if held:
        yield begun, None


def _parsed(text: str) -> dict[str, object] | None:
    try:
        found = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None

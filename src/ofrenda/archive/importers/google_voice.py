"""Google Takeout's Voice: a page for each chat, call and message on the answering machine.

Written from descriptions of the pages (hChatLog and hAudio microformats) and other readers' tests;
no real export was at hand. What the machine recorded is somebody speaking: it is kept as a voice
message, and Google's own guess at its words is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek, read_text
from ofrenda.archive.elements import Element, blocks
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.instants import Instant, aware, past
from ofrenda.archive.markup import Tag
from ofrenda.archive.sidefiles import kind_of, named_file
from ofrenda.archive.telling import Chat, Said, Sender, bare, fingerprint, named, tell
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind, MediaRef

PLATFORM = "google-voice"
_MAX_BYTES = 32 * 2**20
_CHAT = re.compile(r'<div class="[^"]{0,40}\bhChatLog\b')
_AUDIO = re.compile(r'<div class="[^"]{0,40}\bhaudio\b')
_TEL = re.compile(r"tel:(\+?[\d*#]{1,20})")
_CALLS = ("Placed", "Received", "Missed", "Recorded")


class GoogleVoice:
    """The importer."""

    name = "google-voice"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the names of the microformats."""
        text = peek(head) or ""
        if not text.lstrip("\ufeff \r\n\t").startswith("<"):
            return 0.0
        if _CHAT.search(text) or (_AUDIO.search(text) and 'class="contributor vcard"' in text):
            return 0.95
        return 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """A chat, or one call."""
        html, _ = read_text(entry, _MAX_BYTES)
        reading = Reading(records=())
        page = _Page(entry, files, circumstances)
        if _AUDIO.search(html):
            reading.records = page.call(html)
            return reading
        if not page.count(html):
            raise ArchiveError(
                "No message was found in the page. Export again from Google Takeout and add the "
                "new files unchanged."
            )
        reading.records = page.chat(html)
        return reading


IMPORTER = GoogleVoice()


def _is_message(tag: Tag) -> bool:
    return "message" in tag.attributes.get("class", "").split()


def _is_party(tag: Tag) -> bool:
    return "participants" in tag.attributes.get("class", "").split()


def _is_call(tag: Tag) -> bool:
    return "haudio" in tag.attributes.get("class", "").split()


class _Page:
    def __init__(self, entry: Entry, files: Container, circumstances: Circumstances) -> None:
        self._entry = entry
        self._files = files
        self._today = circumstances.today
        self._mine = ""
        self._others: dict[str, str] = {}
        self._group = False

    def count(self, html: str) -> int:
        """How many messages there are; finds out who is who."""
        found = 0
        for party in blocks(html, _is_party):
            for cite in party.all() if party is not None else ():
                if cite.name == "cite":
                    self._meet(cite)
                    self._group = True
        for message in blocks(html, _is_message):
            found += 1
            for cite in message.elements() if message is not None else ():
                if cite.name == "cite":
                    self._meet(cite)
        return found

    def _meet(self, cite: Element) -> Sender | None:
        number, name = _who(cite)
        if name == "Me":
            self._mine = number or self._mine
            return Sender(self._me(), "Me")
        sender = Sender(number, name or number) if number else named(name)
        if sender is not None:
            self._others.setdefault(sender.key, sender.name)
        return sender

    def _me(self) -> str:
        """The owner, by number; without one this page's "Me" is nobody else's."""
        return self._mine or f"me:{fingerprint(*sorted(self._others))}"

    def _conversation(self) -> Chat:
        keys = sorted({*self._others, self._me()})
        names = ", ".join(sorted(self._others.values())[:4]) or "Google Voice"
        group = self._group or len(self._others) > 1
        kind = "group" if group else "direct"
        return Chat(PLATFORM, f"{kind}:" + "\n".join(keys), names, group)

    def chat(self, html: str) -> Iterator[Record]:
        """Every message, in the page's order."""
        chat = self._conversation()
        for place, message in enumerate(blocks(html, _is_message), 1):
            locator = str(place)
            if message is None:
                yield Skipped("damaged", locator)
                continue
            stamps = [one for one in message.elements() if "dt" in one.marks]
            cites = [one for one in message.elements() if one.name == "cite"]
            words = [one for one in message.elements() if one.name == "q"]
            if len(stamps) != 1 or len(cites) != 1 or len(words) > 1:
                yield Skipped("damaged", locator)
                continue
            text = words[0].text().strip() if words else ""
            media, kind = self._media(message)
            if not text and not media and kind is None:
                yield Skipped("empty", locator)
                continue
            if media and text in ("MMS Sent", "MMS Received"):
                text = ""
            said = Said(kind or Kind.TEXT, text or None, media=media)
            yield tell(locator, chat, self._meet(cites[0]), self._at(stamps[0]), said)

    def _media(self, message: Element) -> tuple[tuple[MediaRef, ...], Kind | None]:
        media: list[MediaRef] = []
        for part in message.all():
            path = part.attributes.get("src") or (
                part.attributes.get("href", "") if "vcard" not in part.marks else ""
            )
            if part.name not in ("img", "audio", "video", "a") or path.startswith("tel:"):
                continue
            if not path or "://" in path:
                continue
            found = named_file(self._entry, self._files, path)
            media += [] if found is None else [self._with_ending(found)]
        named = tuple(dict.fromkeys(media))
        return named, kind_of(named[0].path) if named else None

    def _with_ending(self, found: MediaRef) -> MediaRef:
        """The pages leave out the ending of a picture's file."""
        if not found.exists:
            for ending in (".jpg", ".gif", ".png", ".mp4", ".3gp", ".amr", ".mp3", ".vcf"):
                other = named_file(self._entry, self._files, found.path + ending)
                if other is not None and other.exists:
                    return other
        return found

    def _at(self, stamp: Element) -> Instant | None:
        written = stamp.attributes.get("title", "")
        try:
            moment = datetime.fromisoformat(written)
        except ValueError:
            return None
        return past(aware(moment), self._today) if moment.tzinfo is not None else None

    def call(self, html: str) -> Iterator[Record]:
        """The one call of a page."""
        for place, block in enumerate(blocks(html, _is_call), 1):
            locator = str(place)
            if block is None:
                yield Skipped("damaged", locator)
                continue
            people = block.within("contributor")
            stamps = block.within("published")
            kinds = {bare(one.text()) for one in block.within("album")}
            if len(people) != 1 or len(stamps) != 1:
                yield Skipped("damaged", locator)
                continue
            sender = self._meet(people[0])
            at = self._at(stamps[0])
            told = bare(people[0].text())
            if told.startswith("Voicemail") or any(one.startswith("Voicemail") for one in kinds):
                media, _ = self._media(block)
                said = Said(Kind.VOICE, media=media)
            elif told.startswith(_CALLS):
                said = Said(Kind.CALL)
            else:
                said = Said(Kind.UNKNOWN)
            if said.kind is Kind.CALL and told.startswith("Placed"):
                sender = Sender(self._me(), "Me")
            yield tell(locator, self._conversation(), sender, at, said)


def _who(cite: Element) -> tuple[str, str]:
    """Number and name of a card; either may be empty."""
    number = next(
        (found[1] for part in cite.all() if (found := _TEL.match(part.attributes.get("href", "")))),
        "",
    )
    names = [bare(part.text()) for part in cite.all() if "fn" in part.marks]
    return number, names[0] if len(names) == 1 else ""

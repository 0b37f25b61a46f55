"""Telegram Desktop's exports: ``result.json`` of one chat or of everything, and ``messages.html``.

The JSON says by number who wrote each message. The pages say only names; they are read where
nothing better is left.
"""

from __future__ import annotations

import re

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.archive.importers.telegram.chats import survey
from ofrenda.archive.importers.telegram.messages import Messages
from ofrenda.archive.importers.telegram.pages import read_page
from ofrenda.errors import ArchiveError

_WHOLE = re.compile(r'\{\s*"about"\s*:')
_PARTS = re.compile(
    r'"(?:personal_information|frequent_contacts|contacts|chats|left_chats|profile_pictures)"'
    r"\s*:\s*[\[{]"
)
_CHAT = re.compile(
    r'"type"\s*:\s*"(?:saved_messages|replies|verification_codes|personal_chat|bot_chat|'
    r'(?:private|public)_(?:group|supergroup|channel))"'
)
_MESSAGES = re.compile(r'"messages"\s*:\s*\[')
_OWN_KEYS = re.compile(r'"(?:from_id|actor_id|date_unixtime|text_entities)"\s*:')


class Telegram:
    """The importer."""

    name = "telegram"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the keys of the JSON, by the marks of the pages."""
        text = peek(head)
        if text is None:
            return 0.0
        begin = text.lstrip("\ufeff \r\n\t")
        if begin.startswith("<"):
            page = 'class="page_wrap"' in text and "tgme" not in begin[:200]
            return 0.95 if page and 'class="history"' in text else 0.0
        if not begin.startswith("{"):
            return 0.0
        if _WHOLE.match(begin) and "Telegram" in begin[:2_000] and _PARTS.search(begin):
            return 0.95
        chat = _CHAT.search(begin) is not None
        if _MESSAGES.search(begin) and (chat or '"from_id"' in begin) and _OWN_KEYS.search(begin):
            return 0.95
        return 0.6 if chat and _MESSAGES.search(begin) and '"id"' in begin else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Find out which chats there are and who is called what, then give the records."""
        reading = Reading(records=())
        if entry.head().lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            reading.records = read_page(entry, files, reading)
            return reading
        found = survey(entry)
        if not found.messages:
            raise ArchiveError(
                "No message was found in the export. Export again from Telegram Desktop "
                "(Settings, Advanced, Export Telegram data, JSON) with chats ticked."
            )
        reading.records = Messages(entry, files, found, reading).records()
        return reading


IMPORTER = Telegram()

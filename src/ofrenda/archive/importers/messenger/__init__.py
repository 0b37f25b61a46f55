"""Messages of Facebook Messenger and Instagram: the threads of Meta's data export
(``message_1.json``, ``message_2.json`` ...) and Messenger's own export of encrypted chats.

Both know people by name alone. Which of the two a thread is from shows by where its file lies.
"""

from __future__ import annotations

import re

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.archive.importers.messenger.messages import Messages
from ofrenda.archive.importers.messenger.pages import read_pages
from ofrenda.archive.importers.messenger.threads import survey
from ofrenda.errors import ArchiveError

_CLASSIC = re.compile(r'"participants"\s*:\s*\[\s*\{\s*"name"\s*:')
_CLASSIC_KEYS = ('"sender_name"', '"timestamp_ms"')
_SEALED = re.compile(r'"participants"\s*:\s*\[\s*"')
_SEALED_KEYS = ('"senderName"', '"threadName"')
_MESSAGES = re.compile(r"(?:^|/)message(?:_\d{1,6})?\.html$", re.IGNORECASE)
_PAGE = re.compile(r'class="[^"]{0,60}\b_a6-[gh]\b')


class Messenger:
    """The importer."""

    name = "messenger"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the keys of the JSON, by the classes of the pages."""
        text = peek(head)
        if text is None:
            return 0.0
        begin = text.lstrip("\ufeff \r\n\t")
        if begin.startswith("<"):
            return 0.95 if _PAGE.search(begin) else 0.0
        if not begin.startswith("{"):
            return 0.0
        if _CLASSIC.search(begin) and '"messages"' in begin:
            return 0.95
        if all(key in begin for key in _CLASSIC_KEYS):
            return 0.9
        if _SEALED.search(begin) and any(key in begin for key in _SEALED_KEYS):
            return 0.95
        return 0.9 if all(key in begin for key in ('"senderName"', '"isUnsent"')) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Find out who is in the thread, then give its messages."""
        if entry.head().lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"<"):
            if _MESSAGES.search(entry.name) is None:
                raise ArchiveError(
                    "This page of Facebook's or Instagram's export holds no messages; of that "
                    "export only messages are read. Add the folder “messages”."
                )
            reading = Reading(records=())
            reading.records = read_pages(entry, files, reading)
            return reading
        found = survey(entry, files)
        if not found.messages:
            raise ArchiveError(
                "No message was found in the thread. Ask for the export once more in the format "
                "JSON, with messages ticked, and add the whole of it."
            )
        reading = Reading(records=())
        reading.records = Messages(entry, files, found, reading).records()
        return reading


IMPORTER = Messenger()

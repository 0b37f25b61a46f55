"""Contact cards: kept as they are, and used to propose which names and numbers are one person."""

from __future__ import annotations

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading


class VCard:
    """The importer. It reads no words: the card itself is the record."""

    name = "vcard"
    gives = Gives.ORIGINAL

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its first line."""
        begin = (peek(head) or "").lstrip("\ufeff \r\n")[:40].upper()
        return 0.95 if begin.startswith("BEGIN:VCARD") else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Nothing but the file."""
        return Reading(records=())


IMPORTER = VCard()

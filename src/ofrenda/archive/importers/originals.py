"""Photos, recordings, films and address cards that belong to no message: kept as they are."""

from __future__ import annotations

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.archive.media import sniff

_KEPT = ("image/", "audio/", "video/", "text/vcard")


class Originals:
    """The importer. It reads no words: the file itself is the record."""

    name = "originals"
    gives = Gives.ORIGINAL

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the first bytes, never by the name."""
        mime = sniff(head)
        kept = mime is not None and mime.startswith(_KEPT)
        return 0.3 if kept else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Nothing but the file."""
        return Reading(records=())


IMPORTER = Originals()

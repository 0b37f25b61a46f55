"""The archive of an X (Twitter) account: posts, long posts and direct messages.

What was liked, advertised or logged is not taken: it is nobody's words, or too private.
"""

from __future__ import annotations

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.archive.importers.x_archive.direct import direct_messages
from ofrenda.archive.importers.x_archive.posts import long_posts, posts
from ofrenda.archive.importers.x_archive.script import owner_of, part_of
from ofrenda.errors import ArchiveError


class XArchive:
    """The importer."""

    name = "x"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the variable that the file sets."""
        text = peek(head[:512])
        return 0.95 if text is not None and part_of(text) in _TAKEN else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """The posts or messages of one file."""
        part = part_of(peek(entry.head()[:512]) or "")
        owner = owner_of(entry, files)
        reading = Reading(records=())
        if part in _DIRECT:
            reading.records = direct_messages(
                entry, files, owner, reading, is_group=part.endswith("group")
            )
            return reading
        if owner is None:
            raise ArchiveError(
                "These posts are a part of an X (Twitter) archive that does not say whose they "
                "are. Add the whole archive, with data/account.js in it."
            )
        if part == "note_tweet":
            reading.records = long_posts(entry, owner, reading)
        else:
            reading.records = posts(entry, files, owner, reading)
        return reading


_DIRECT = frozenset({"direct_messages", "direct_message", "direct_messages_group"})
_TAKEN = _DIRECT | {"tweets", "tweet", "note_tweet", "community_tweet"}

IMPORTER = XArchive()

"""What makes two records the same: adding a chat twice, or two exports that overlap, adds once."""

from __future__ import annotations

from collections import OrderedDict
from hashlib import blake2b
from unicodedata import normalize

from ofrenda.types import Document, Kind, Utterance

_MINUTES_HELD = 4_096
"""Minutes for which equal messages are counted; late lines are never that late."""

_FILED = frozenset(
    {Kind.VOICE, Kind.IMAGE, Kind.VIDEO, Kind.STICKER, Kind.FILE, Kind.CONTACT, Kind.UNKNOWN}
)
"""Kinds that are one kind when the same message is exported with and without files."""

_WORD = {kind: "file" if kind in _FILED else kind.value for kind in Kind}


class Sameness:
    """Gives each message of one file, in order, the key under which the life holds it once."""

    def __init__(self) -> None:
        self._minutes: OrderedDict[tuple[str, str], dict[bytes, int]] = OrderedDict()
        self._chats: dict[tuple[str, str], bytes] = {}

    def key(self, record: Utterance) -> bytes:
        """Conversation, minute, and a digest of sender, kind and text with how many equal ones
        the minute held before (two "ok" in one minute are two messages).

        The minute, because one phone exports seconds and another does not. Conversation and
        minute come first, so that the index grows at its end and stays quick.
        """
        minute = (record.ts_local or "")[:16]
        kind = "text" if record.kind is Kind.TEXT else _WORD[record.kind]
        text, quoted = record.text or "", record.quoted_text or ""
        if not (text.isascii() and quoted.isascii()):
            text, quoted = normalize("NFC", text), normalize("NFC", quoted)
        words = f"{record.sender_key}\0{kind}\0{text}\0{quoted}"
        body = blake2b(words.encode(), digest_size=16).digest()
        place = (record.conversation_key, minute)
        seen = self._minutes.get(place)
        if seen is None:
            seen = self._minutes[place] = {}
            if len(self._minutes) > _MINUTES_HELD:
                self._minutes.popitem(last=False)
        again = seen.get(body, 0)
        seen[body] = again + 1
        chat = self._chats.get((record.platform, record.conversation_key)) or self._chat(record)
        return b"".join((chat, minute.encode(), body, again.to_bytes(4, "big")))

    def _chat(self, record: Utterance) -> bytes:
        place = (record.platform, record.conversation_key)
        known = self._chats[place] = blake2b("\0".join(place).encode(), digest_size=8).digest()
        return known


def document_key(document: Document) -> bytes:
    """The same words are the same document, whatever its file is called."""
    return blake2b(normalize("NFC", document.text).encode(), digest_size=24).digest()

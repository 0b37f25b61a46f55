"""Android's "SMS Backup & Restore" (and what writes the same XML): messages and calls.

Each record is cut out of the stream and parsed on its own, so that damage costs one record, and
a backup of many gigabytes costs the memory of one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.sms_backup.cutting import (
    as_utf8,
    cut_out,
    number_key,
    oldest,
    repaired,
)
from ofrenda.archive.instants import past, since_epoch, whole
from ofrenda.archive.telling import Chat, Said, Sender, tell
from ofrenda.archive.xmltree import BadXml, Node
from ofrenda.archive.xmltree import whole as whole_xml
from ofrenda.errors import ArchiveError
from ofrenda.types import Kind

_ROOT = re.compile(r"<(?:smses|calls|allsms)[\s>/]")
_FORBIDDEN = re.compile(rb"<!(?:DOCTYPE|ENTITY)", re.IGNORECASE)
_OWNER = "insert-address-token"
OWNER_NAME = "Owner of the phone"
"""Whose phone it was: the backup does not say the number."""

WITHHELD = "withheld"

_RECEIVED, _SENT = 1, 2
_UNSENT = {3, 4, 5, 6}
_NOTIFICATION = 130
_FORMS = {(None, _RECEIVED), (None, _SENT), (132, _RECEIVED), (128, _SENT)}
"""Which kinds of MMS lie in which box."""

_FROM = 137
_CALLED = 2
_CALLS = {1, _CALLED, 3, 4, 5, 6}
_WITHHELD = {2, 3, 4}


class SmsBackup:
    """The importer."""

    name = "sms-backup"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its root element."""
        text = peek(head)
        if text is None or not text.lstrip("\ufeff \r\n\t").startswith("<"):
            return 0.0
        return 0.95 if _ROOT.search(text[:4096]) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Every message and call."""
        head = entry.head()
        if _FORBIDDEN.search(head):
            raise ArchiveError(
                "The backup declares entities of its own, which no backup does. "
                "Make the backup again on the phone and add that file."
            )
        reading = Reading(records=())
        reading.records = _Backup(entry, circumstances.today, reading).records()
        return reading


IMPORTER = SmsBackup()


class _Backup:
    def __init__(self, entry: Entry, today: date, reading: Reading) -> None:
        self._entry = entry
        self._today = today
        self._reading = reading
        self._names: dict[str, str] = {}
        self._files = self._unsent = self._lost = 0
        self._owner = Sender("", "")

    def records(self) -> Iterator[Record]:
        """Every record, in the file's order."""
        head = self._entry.head()
        self._owner = Sender(f"owner:{oldest(as_utf8(self._entry, head))}", OWNER_NAME)
        for number, cut in enumerate(cut_out(as_utf8(self._entry, head)), start=1):
            locator = str(number)
            yield Skipped("too_long", locator) if cut is None else self._record(cut, locator)
        for count, note in (
            (
                self._files,
                "Pictures and recordings inside the backup: {}. They are kept with it and not "
                "yet shown one by one.",
            ),
            (
                self._unsent,
                "Drafts and messages that were never sent: {}. They stay in the original and do "
                "not count as said.",
            ),
            (
                self._lost,
                "Messages in which signs (mostly emoji) are damaged in the backup itself: {}.",
            ),
        ):
            if count:
                self._reading.warnings.append(note.format(count))

    def _record(self, cut: bytes, locator: str) -> Record:
        if b"\0" in cut:
            return Skipped("damaged", locator)
        try:
            node = whole_xml(repaired(cut))
        except BadXml:
            return Skipped("damaged", locator)
        if node.name == "call":
            return self._call(node, locator)
        return self._sms(node, locator) if node.name == "sms" else self._mms(node, locator)

    def _sms(self, node: Node, locator: str) -> Record:
        kind = whole(_of(node, "type"))
        if kind in _UNSENT:
            self._unsent += 1
            return Skipped("unsent", locator)
        address = _of(node, "address")
        if kind not in (_RECEIVED, _SENT) or address is None:
            return Skipped("unclear_sender", locator)
        sender = self._owner if kind == _SENT else self._somebody(node, [address], address)
        return self._said(node, locator, [address], sender, _of(node, "body"), Kind.TEXT)

    def _mms(self, node: Node, locator: str) -> Record:
        box = whole(_of(node, "msg_box"))
        form = whole(_of(node, "m_type"))
        if form == _NOTIFICATION:
            return Skipped("empty", locator)
        if box in _UNSENT:
            self._unsent += 1
            return Skipped("unsent", locator)
        others = [part for part in (_of(node, "address") or "").split("~") if part]
        others = [part for part in others if part != _OWNER]
        address = self._sender_of(node, box, form, others)
        if address is None or not others:
            return Skipped("unclear_sender", locator)
        words: list[str] = []
        kind: Kind | None = None
        for part in (part for parts in node.children("parts") for part in parts.children("part")):
            mime = (_of(part, "ct") or "").casefold()
            if mime == "text/plain":
                words += [text] if (text := _of(part, "text")) else []
            elif mime and mime != "application/smil":
                self._files += 1
                kind = kind or _kind(mime)
        if subject := _of(node, "sub"):
            words.insert(0, subject)
        sender = self._owner if box == _SENT else self._somebody(node, others, address)
        return self._said(node, locator, others, sender, "\n".join(words), kind or Kind.TEXT)

    def _sender_of(
        self, node: Node, box: int | None, form: int | None, others: list[str]
    ) -> str | None:
        """Who wrote an MMS; None where the record contradicts itself."""
        if box not in (_RECEIVED, _SENT) or (form, box) not in _FORMS:
            return None
        listed = [
            _of(addr, "address")
            for group in node.children("addrs")
            for addr in group.children("addr")
            if whole(_of(addr, "type")) == _FROM
        ]
        senders = {address for address in listed if address}
        if len(senders) > 1:
            return None
        sender = next(iter(senders), None)
        if box == _SENT:
            # Sent from this phone, and yet written by one of those it went to?
            return None if sender in others and len(others) > 1 else _OWNER
        if sender == _OWNER:
            return None
        return sender or (others[0] if len(others) == 1 else None)

    def _call(self, node: Node, locator: str) -> Record:
        number = _of(node, "number")
        kind = whole(_of(node, "type"))
        if number is None or whole(_of(node, "presentation")) in _WITHHELD:
            return self._told(locator, WITHHELD, "Withheld number", False, None, node, Kind.CALL)
        caller = self._somebody(node, [number], number)
        if kind not in _CALLS:
            return Skipped("unclear_sender", locator)
        sender = self._owner if kind == _CALLED else caller
        return self._told(locator, caller.key, caller.name, False, sender, node, Kind.CALL)

    def _said(
        self,
        node: Node,
        locator: str,
        others: list[str],
        sender: Sender,
        text: str | None,
        kind: Kind,
    ) -> Record:
        if not text and kind is Kind.TEXT:
            return Skipped("empty", locator)
        self._lost += text is not None and "\ufffd" in text
        keys = sorted({number_key(address) for address in others})
        title = self._somebody(node, others, others[0]).name
        if len(keys) > 1:
            title = _of(node, "contact_name") or ", ".join(keys)
        return self._told(
            locator, "\n".join(keys), title, len(keys) > 1, sender, node, kind, text or None
        )

    def _told(
        self,
        locator: str,
        key: str,
        title: str,
        group: bool,
        sender: Sender | None,
        node: Node,
        kind: Kind,
        text: str | None = None,
    ) -> Record:
        milliseconds = whole(_of(node, "date"))
        at = None if milliseconds is None else since_epoch(milliseconds / 1000)
        if sender is None and kind is Kind.CALL:
            kind = Kind.SYSTEM  # nobody's number: nobody said anything either
        # With whom, and from whose phone: two phones of a family may know the same number.
        chat = Chat("sms", f"{self._owner.key}\n{key}", title, group)
        return tell(locator, chat, sender, past(at, self._today), Said(kind, text))

    def _somebody(self, node: Node, others: list[str], address: str) -> Sender:
        """The other side. A group names its members in one string, in no sure order: there only
        a number that was seen alone has a name."""
        key = number_key(address)
        stated = _of(node, "contact_name")
        if len(others) == 1 and stated not in (None, "(Unknown)"):
            self._names[key] = str(stated)
        return Sender(key, self._names.get(key, address))


def _of(node: Node, key: str) -> str | None:
    value = node.attributes.get(key)
    return None if value is None or value in ("", "null") else value


def _kind(mime: str) -> Kind:
    if "vcard" in mime:
        return Kind.CONTACT
    return {"image": Kind.IMAGE, "audio": Kind.VOICE, "video": Kind.VIDEO}.get(
        mime.partition("/")[0], Kind.FILE
    )

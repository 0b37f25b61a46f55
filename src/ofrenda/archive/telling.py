"""From what an importer understood to a record, with the checks that hold for every format."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Record, Skipped
from ofrenda.archive.instants import Instant
from ofrenda.types import Kind, MediaRef, Utterance

LONGEST = 2**20
"""Characters of one message; longer is no message."""

_MARKS = dict.fromkeys(
    [0x200E, 0x200F, 0x061C, 0xFEFF, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
)
_UNSOUND = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Chat:
    """Which conversation a record belongs to."""

    platform: str
    key: str
    title: str
    is_group: bool


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote: ``key`` as stable as the format allows, ``name`` for people to read."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a message holds. ``text`` is the sender's own; ``quoted`` is somebody else's."""

    kind: Kind
    text: str | None = None
    quoted: str | None = None
    forwarded: bool = False
    reply_to: str | None = None
    media: tuple[MediaRef, ...] = ()
    edited: bool = False


def bare(name: str) -> str:
    """A name for comparing and as a key: no direction marks, trimmed, NFC."""
    return unicodedata.normalize("NFC", " ".join(name.translate(_MARKS).split()))


def named(name: str) -> Sender | None:
    """A sender whom the format knows by name alone; None where the name is empty."""
    plain = bare(name)
    return Sender(plain, plain) if plain else None


def tell(
    locator: str,
    chat: Chat,
    sender: Sender | None,
    at: Instant | None,
    said: Said,
    *,
    precision: str = "s",
) -> Record:
    """One record, or why it is none. Only what nobody wrote may be without ``sender``."""
    texts = [part for part in (said.text, said.quoted) if part is not None]
    if any(len(part) > LONGEST for part in texts):
        return Skipped("too_long", locator)
    words = (*texts, chat.key, chat.title, said.reply_to or "")
    if any(_UNSOUND.search(part) for part in words):
        return Skipped("damaged", locator)
    nobody = said.kind is Kind.SYSTEM or (said.kind is Kind.DELETED and sender is None)
    if sender is None and not nobody:
        return Skipped("unclear_sender", locator)
    if sender is not None and (_UNSOUND.search(sender.key) or _UNSOUND.search(sender.name)):
        return Skipped("unclear_sender", locator)
    if at is None:
        return Skipped("unclear_date", locator)
    return Utterance(
        locator,
        chat.platform,
        chat.key,
        chat.title,
        chat.is_group,
        None if nobody or sender is None else sender.key,
        None if nobody or sender is None else sender.name,
        at.local,
        at.utc,
        precision,
        said.kind,
        said.text or None,
        said.edited,
        said.reply_to,
        said.quoted or None,
        said.forwarded,
        said.media,
    )


def pair_or_group(
    platform: str, people: Iterable[str], title: str | None, *, group: bool | None = None
) -> Chat:
    """The conversation of these senders, where the format gives it no id of its own.

    Two people whose file is called like one of them are alone with each other, and their chat is
    keyed by the pair, so that exports from both sides meet. Everything else is a group, unless
    the format says otherwise: what was said in a group must not pass for said in private.
    """
    names = sorted({bare(name) for name in people})
    plain = bare(title) if title else None
    if group is None:
        group = len(names) > 2 or (len(names) == 2 and plain is not None and plain not in names)
    if group:
        key = plain or "\n".join(names)
        return Chat(platform, f"group:{key}", plain or ", ".join(names[:4]), True)
    if plain and plain not in names and len(names) < 2:
        names = sorted({*names, plain})
    return Chat(platform, "direct:" + "\n".join(names), plain or " & ".join(names), False)


def fingerprint(*parts: str) -> str:
    """Eight letters that tell one file's owner ("me") from another's: the same for exports that
    begin with the same message."""
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "replace"), digest_size=4).hexdigest()


def attached(entry: Entry, files: Container, name: str) -> MediaRef:
    """A file that a message names, by its path beside the export or by its name alone."""
    plain = unicodedata.normalize("NFC", name.replace("\\", "/"))
    parts = [part for part in plain.split("/") if part not in ("", ".")]
    if parts and ".." not in parts and not _UNSOUND.search(plain):
        here = (PurePosixPath(entry.name).parent / "/".join(parts)).as_posix()
        if here in files.entries and here != entry.name:
            return MediaRef(here, None, True)
        beside = files.beside(entry, parts[-1])
        if beside is not None and beside is not entry:
            return MediaRef(beside.name, None, True)
    return MediaRef(_UNSOUND.sub("?", plain), None, False)


def glimpse(head: bytes, legacy: str) -> str:
    """The beginning of a file as text, for recognising it: UTF-8, UTF-16, or the code ``legacy``
    that the format wrote before. Empty where it is no text."""
    text = peek(head)
    if text is None:
        return ""
    # The head may end within a letter.
    if "\ufffd" in text.rstrip("\ufffd") and (end := head.rfind(b"\n")) > 0:
        try:
            return head[:end].decode(legacy)
        except UnicodeDecodeError:
            return text
    return text

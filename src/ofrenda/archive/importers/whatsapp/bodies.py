"""What a message is: words, a file, a call, something deleted."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import NamedTuple

from ofrenda.archive.importers.whatsapp.grammar import PASTED, place_in, unmarked
from ofrenda.archive.importers.whatsapp.phrases import (
    ATTACHED_WORDS,
    CALL,
    DELETED,
    EDITED,
    EDITED_MARKED,
    LOCATION,
    NOTICE,
    OMITTED,
    UNREADABLE,
)
from ofrenda.types import Kind

_MARK = "\u200e"
_TAG = re.compile(r"\u200e?<(?P<word>[^:<>\n]{1,40}): ?(?P<file>[^<>\n]+)>")
_NAMED = re.compile(
    r"[\u200e\u200f]?(?P<file>[^\n<>]{1,200}?\.\w{2,5})[\u200e\u200f]? ?"
    r"[(<（](?P<word>[^()<>（）\n]{1,40})[)>）][\u200e\u200f]?$"
)
_NAMED_ENDS = (")", ">", "）", _MARK, "\u200f")
_MARKED = ("<", "(", "（", _MARK)
"""Without any of these, words are only words."""
_OWN_NAME = re.compile(
    r"(?:IMG|VID|AUD|PTT|STK|DOC)-\d{8}-WA\d+\.\w{2,5}|\d{8}-[A-Z]+-\d{4}(?:-\d\d){5}\.\w{2,5}"
)
"""File names that WhatsApp itself gives."""
_LINK = re.compile(r"https?://\S+")
_DIGIT = re.compile(r"\d[./\-年년]")
_CALLABLE = 80
"""Characters: fixed phrases are shorter."""


class Body(NamedTuple):
    """A message taken apart. ``text`` is the sender's own; ``quoted`` was pasted from a chat.
    ``file`` is the attachment's name as the export says it, whether it came along or not."""

    kind: Kind
    text: str | None
    edited: bool = False
    quoted: str | None = None
    file: str | None = None


def read_body(body: str, *, bracket: bool, has_file: Callable[[str], bool]) -> Body:
    """Take a message apart. ``bracket``: the iOS dialect, where a leading direction mark sets
    WhatsApp's own words apart. ``has_file`` tells whether a file came with the export."""
    if len(body) > _CALLABLE and not any(mark in body for mark in _MARKED):
        return _words(body)
    edited = False
    if body.endswith(">"):
        cut = EDITED.search(body) or EDITED_MARKED.search(body)
        if cut is not None and cut.start() > 0:
            body, edited = body[: cut.start()], True
    fixed = _fixed(body)
    if fixed is not None:
        return Body(fixed, body.lstrip(_MARK) if fixed is Kind.SYSTEM else None, edited)
    attached = _attached(body, has_file)
    if attached is not None:
        file, caption = attached
        words = _words(caption) if caption else Body(Kind.TEXT, None)
        return Body(kind_of(file), words.text, edited, words.quoted, file)
    if body.startswith(_MARK):
        plain = body.lstrip(_MARK)
        if plain.startswith("POLL:"):
            return Body(Kind.UNKNOWN, body, edited)
        if bracket and not edited and not LOCATION.match(plain):
            return Body(Kind.SYSTEM, plain)
    return _words(body, edited=edited)


def _fixed(body: str) -> Kind | None:
    """The kind of a message that consists of WhatsApp's own words alone."""
    if len(body) > 300:
        return None
    plain = unmarked(body).strip().casefold()
    if not plain:
        return Kind.UNKNOWN
    bare = plain.rstrip(".。")
    if (kind := OMITTED.get(bare)) is not None:
        return kind
    if bare in DELETED:
        return Kind.DELETED
    if bare in UNREADABLE:
        return Kind.UNKNOWN
    if CALL.fullmatch(bare):
        return Kind.CALL
    if NOTICE.match(plain):
        return Kind.SYSTEM
    return None


def _attached(body: str, has_file: Callable[[str], bool]) -> tuple[str, str] | None:
    """The attachment's name and its caption; None when the message is only words.

    What came with the export decides, not the wording: a name that is there is an attachment. A
    name that is not is one only in WhatsApp's own wording.
    """
    first, _, below = body.partition("\n")
    if first.endswith(_NAMED_ENDS) and (named := _NAMED.fullmatch(first)):
        file = unmarked(named["file"])
        stated = named["word"].casefold() in ATTACHED_WORDS or _OWN_NAME.fullmatch(file)
        if _plain(file) and (stated or has_file(file)):
            return file, below
    tag = None
    if "<" in body:
        tag = _TAG.match(body) or (_TAG.search(body) if body.endswith(">") else None)
    if tag is None:
        return None
    file = unmarked(tag["file"]).strip()
    marked = tag[0].startswith(_MARK) or tag["word"].casefold() in ATTACHED_WORDS
    if not _plain(file) or not (marked or _OWN_NAME.fullmatch(file) or has_file(file)):
        return None
    before = body[: tag.start()].strip()
    # iOS writes a document's own name and page count before the tag; they are not the sender's.
    if before.startswith(_MARK) or "• \u200e" in before:
        before = ""
    return file, "\n".join(part for part in (before, body[tag.end() :].lstrip("\n ")) if part)


def _plain(file: str) -> bool:
    return "/" not in file and "\\" not in file and file.strip(". ") != ""


def _words(body: str, *, edited: bool = False) -> Body:
    quoted = None
    if ":" in body and ("[" in body or _DIGIT.search(body)):
        bare = unmarked(body)
        if (pasted := PASTED.search(bare)) is not None:
            cut = pasted.start() if bare is body else place_in(body, pasted.start())
            body, quoted = body[:cut].rstrip(), body[cut:]
            if not body:
                return Body(Kind.TEXT, None, edited, quoted)
    if body.startswith(("http", "\u200e")) or "maps.google.com" in body:
        if LOCATION.fullmatch(unmarked(body)):
            return Body(Kind.LOCATION, body, edited, quoted)
        if _LINK.fullmatch(body):
            return Body(Kind.LINK, body, edited, quoted)
    return Body(Kind.TEXT, body, edited, quoted)


_KINDS = {
    Kind.VOICE: {"opus", "ogg", "m4a", "mp3", "aac", "amr", "wav", "3ga", "oga"},
    Kind.IMAGE: {"jpg", "jpeg", "png", "heic", "heif", "gif", "bmp"},
    Kind.VIDEO: {"mp4", "mov", "3gp", "mkv", "avi", "webm"},
    Kind.STICKER: {"webp"},
    Kind.CONTACT: {"vcf"},
}
_BY_ENDING = {ending: kind for kind, endings in _KINDS.items() for ending in endings}


def kind_of(file: str) -> Kind:
    """What a file is, by its name."""
    return _BY_ENDING.get(PurePosixPath(file).suffix[1:].casefold(), Kind.FILE)

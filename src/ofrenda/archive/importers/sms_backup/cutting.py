"""Cuts a backup into its records, repairs each so that it is XML, and tells phones apart."""

from __future__ import annotations

import codecs
import re
import unicodedata
from collections.abc import Iterator

from ofrenda.archive.container import Entry
from ofrenda.archive.decoding import drain
from ofrenda.archive.telling import fingerprint

_BEGIN = re.compile(rb"<(?:sms|mms|call)(?=[\s>/])")
_END = re.compile(rb"</(?:smses|calls|allsms)>")
_DECLARED = re.compile(rb"encoding=[\"']([A-Za-z0-9._-]{1,40})[\"']")
_REFERENCE = re.compile(rb"&#(?:(\d{1,7})|[xX]([0-9A-Fa-f]{1,6}));")
_HIGH_LOW = re.compile(
    rb"&#(5[56]\d{3}|[xX][dD][89abAB][0-9a-fA-F]{2});&#(5[67]\d{3}|[xX][dD][c-fC-F][0-9a-fA-F]{2});"
)
_MAX_RECORD = 512 * 2**20
"""Bytes of one record with the files inside it."""

_DATA = re.compile(rb"(\sdata=)([\"'])[A-Za-z0-9+/=\s&#;]{64,}\2")
_DATE = re.compile(rb"\sdate=[\"'](\d{1,15})[\"']")
_ADDRESS = re.compile(rb"\s(?:address|number)=([\"'])([^\"'<>]{1,2000})\1")
_NOT_NUMBER = re.compile(r"[\s().\-\u00a0\u2010-\u2015]+")
_NUMBER = re.compile(r"\+?\d{3,}")


def as_utf8(entry: Entry, head: bytes) -> Iterator[bytes]:
    """The file's bytes as UTF-8, whatever it is written in."""
    code = "utf-8"
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        code = "utf-16"
    elif (declared := _DECLARED.search(head[:200])) is not None:
        code = declared[1].decode("ascii")
    try:
        name = codecs.lookup(code).name
        decoder = codecs.getincrementaldecoder(code)("replace")
    except (LookupError, TypeError):
        name = "utf-8"
    with entry.open() as file:
        for piece in drain(file):
            # UTF-8 is left as it is: the parser itself refuses what does not fit.
            yield piece if name == "utf-8" else decoder.decode(piece).encode("utf-8", "replace")


def cut_out(pieces: Iterator[bytes]) -> Iterator[bytes | None]:
    """Each record as bytes; None for one that is too large."""
    held = bytearray()
    inside = lost = False
    for piece in pieces:
        seek = max(0, len(held) - 16)
        held += piece
        while True:
            # A raw "<" never stands in an attribute: this is where the next record begins.
            match = _BEGIN.search(held, max(seek, 1) if inside else seek)
            if match is None or match.end() == len(held):
                break
            if inside:
                yield None if lost else bytes(held[: match.start()])
            del held[: match.start()]
            inside, lost, seek = True, False, 1
        if not inside and len(held) > 64:
            del held[:-64]
        elif len(held) > _MAX_RECORD:
            lost = True
            del held[64:-64]
    if inside:
        yield None if lost else bytes(held)


def oldest(pieces: Iterator[bytes]) -> str:
    """What tells one phone from another: its oldest record."""
    oldest: tuple[int, bytes] | None = None
    for cut in cut_out(pieces):
        if cut is None or (found := _DATE.search(cut)) is None:
            continue
        when = int(found[1])
        if oldest is None or when < oldest[0]:
            address = _ADDRESS.search(cut)
            oldest = (when, address[2] if address else b"")
    if oldest is None:
        return fingerprint("")
    return fingerprint(str(oldest[0]), number_key(oldest[1].decode("utf-8", "replace")))


def number_key(address: str) -> str:
    """An address as a key: a telephone number without its spacing, anything else in lower case."""
    bare = _NOT_NUMBER.sub("", unicodedata.normalize("NFKC", address))
    if bare.startswith("00") and len(bare) > 8:
        bare = "+" + bare[2:]
    return bare if _NUMBER.fullmatch(bare) else address.strip().casefold()


def repaired(record: bytes) -> bytes:
    """Emoji that were written as two surrogate references, as the one character they mean; what
    XML does not allow at all becomes U+FFFD."""
    if (end := _END.search(record)) is not None:
        record = record[: end.start()]
    record = _DATA.sub(rb"\1'-'", record)
    if b"&#" not in record:
        return record
    joined = _HIGH_LOW.sub(_join, record)
    return _REFERENCE.sub(_allowed, joined)


def _number(written: bytes) -> int:
    return int(written[1:], 16) if written[:1] in b"xX" else int(written)


def _join(match: re.Match[bytes]) -> bytes:
    high, low = _number(match[1]), _number(match[2])
    if 0xD800 <= high < 0xDC00 <= low < 0xE000:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()
    return match[0]


def _allowed(match: re.Match[bytes]) -> bytes:
    code = int(match[1]) if match[1] else int(match[2], 16)
    fits = code in (9, 10, 13) or 0x20 <= code < 0xD800 or 0xE000 <= code < 0xFFFE
    return match[0] if fits or 0x10000 <= code < 0x110000 else b"\xef\xbf\xbd"

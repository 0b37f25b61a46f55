"""From bytes to text, never by dropping what does not fit."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from ofrenda.archive.container import Entry
from ofrenda.errors import ArchiveError

_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_LEGACY = ["gb18030", "shift_jis", "euc_kr", "big5", "cp1252", "cp1251", "cp1253", "cp1255"]
"""What phones and computers wrote before UTF-8, for the languages families bring."""

_COMMON_SHARE = 0.9
"""Least share of common characters and punctuation (rows 1 to 3 and level 1 of GB 2312) by which
bytes count as Chinese."""

_CHUNK = 2**20
_SAMPLE = 2**18
_MAX_LINE = 4 * 2**20
"""Characters of one line that are held; a longer line keeps its first part and is reported."""

_ESCAPED = re.compile("[\udc80-\udcff]+")
_PAIRS = re.compile(rb"[\x81-\xfe][\x40-\xfe]", re.DOTALL)
_FOREIGN = re.compile("[^\x00-\x7f\udc80-\udcff]")


@dataclass(frozen=True, slots=True)
class Code:
    """How a file is to be read. ``damaged``: a few bytes do not fit; they come out as lone
    surrogates (U+DC80..U+DCFF), and what holds them must not be taken for words. ``certain`` is
    False where the code had to be worked out from the letters."""

    name: str
    damaged: bool = False
    certain: bool = True


def find_code(entry: Entry, wanted: str | None = None) -> Code:
    """Work out how a text file is written, by reading all of it once.

    A byte-order mark decides, then strict UTF-8, then UTF-8 with a few damaged bytes (at most one
    damaged place in 20 foreign characters, or a single one), then the likeliest older code.
    ``wanted`` is the keeper's own answer. Raises ``ArchiveError``: not text, or no code fits.
    """
    head = entry.head()
    if wanted is not None:
        return _checked(entry, wanted)
    for mark, name in _BOMS:
        if head.startswith(mark):
            return _checked(entry, name)
    if b"\0" in head:
        raise _not_text()
    broken = foreign = 0
    for text in _pieces(entry, "utf-8", "surrogateescape"):
        if not text.isascii():
            broken += len(_ESCAPED.findall(text))
            foreign += len(_FOREIGN.findall(text))
    if not broken:
        return Code("utf-8")
    if broken == 1 or broken * 20 <= foreign:
        return Code("utf-8", damaged=True)
    return _legacy(entry, head)


def _legacy(entry: Entry, head: bytes) -> Code:
    from charset_normalizer import from_bytes  # slow to import; most files never need it

    with entry.open() as file:
        sample = file.read(_SAMPLE)
    # A cut in the middle of a letter must not decide: end at a line.
    sample = sample[: sample.rfind(b"\n") + 1] or sample
    name = east_code(sample)
    if name is None and (best := from_bytes(sample, cp_isolation=_LEGACY).best()) is not None:
        name = best.encoding
    if name is None:
        raise _not_text()
    return Code(_checked(entry, name).name, certain=False)


def east_code(data: bytes) -> str | None:
    """Which of the East Asian codes that share their bytes this is; None where it is none.

    Shift-JIS shows by its kana. Korean keeps to the first 25 rows of letters, Chinese uses all
    of them, and mostly common characters.
    """
    try:
        if any("\u3041" <= c <= "\u30fe" for c in data.decode("shift_jis")):
            return "shift_jis"
    except UnicodeDecodeError:
        pass
    leads = [pair[0] for pair in _PAIRS.findall(data) if pair[0] > 0x80 and pair[1] >= 0xA1]
    if not leads or len(leads) < _COMMON_SHARE * sum(byte > 0x7F for byte in data) / 2:
        return None
    letters = [lead for lead in leads if lead >= 0xB0]
    if len(letters) >= 4 and max(letters) <= 0xC8:
        return "euc_kr"
    common = sum(lead <= 0xA3 or 0xB0 <= lead <= 0xD7 for lead in leads)
    return "gb18030" if common >= _COMMON_SHARE * len(leads) else None


def _checked(entry: Entry, name: str) -> Code:
    try:
        for _ in _pieces(entry, name, "strict"):
            pass
    except (UnicodeError, LookupError):
        raise _not_text() from None
    return Code(name)


def _pieces(entry: Entry, code: str, errors: str) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(code)(errors)
    with entry.open() as file:
        while piece := file.read(_CHUNK):
            yield decoder.decode(piece)
        yield decoder.decode(b"", final=True)


def lines(entry: Entry, code: Code) -> Iterator[str]:
    """The lines of a file, ended by LF or CRLF only, without their ends.

    Other characters that Python counts as line ends (U+2028, U+0085, form feed) stay in the line:
    they occur inside messages. Memory does not grow with the file.
    """
    errors = "surrogateescape" if code.damaged else "strict"
    carry = ""
    for text in _pieces(entry, code.name, errors):
        parts = (carry + text).split("\n")
        carry = parts.pop()[:_MAX_LINE]
        for line in parts:
            yield line[:-1] if line.endswith("\r") else line
    if carry:
        yield carry[:-1] if carry.endswith("\r") else carry


def read_text(entry: Entry, limit: int, wanted: str | None = None) -> tuple[str, Code]:
    """A whole text of at most ``limit`` bytes, with LF line ends. Raises ``ArchiveError``."""
    data = entry.bytes(limit)
    code = find_code(entry, wanted)
    text = data.decode(code.name, "surrogateescape" if code.damaged else "strict")
    return text.replace("\r\n", "\n"), code


def peek(head: bytes) -> str | None:
    """The beginning of a file as text, for recognising it; None where it is not text."""
    for mark, name in _BOMS:
        if head.startswith(mark):
            return head.decode(name, "ignore")
    if b"\0" in head:
        return None
    text = head.decode("utf-8", "surrogateescape")
    return _ESCAPED.sub("\ufffd", text)


def drain(file: BinaryIO) -> Iterator[bytes]:
    """The rest of a file in pieces of 1 MiB."""
    while piece := file.read(_CHUNK):
        yield piece


def _not_text() -> ArchiveError:
    return ArchiveError(
        "A text file is not readable as text: its letters are in no code that fits. "
        "Open it in an editor, save it as UTF-8 and add it again."
    )

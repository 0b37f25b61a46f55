"""Rich text (``.rtf``) of WordPad, TextEdit and older writing programs."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import cast

from ofrenda.archive.authored import single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading
from ofrenda.errors import ArchiveError

_MAX_BYTES = 128 * 2**20
_MOST_LETTERS = 24 * 2**20
_PICTURE = re.compile(r"[0-9a-fA-F\s]{256,}")
_INFO = re.compile(r"\{\\(title|author)\s+([^{}]{1,600})\}")
_CREATED = re.compile(r"\{\\creatim\\yr(\d{4})\\mo(\d{1,2})\\dy(\d{1,2})")
_FONTS = re.compile(r"\{\s*\\fonttbl")
_FONT = re.compile(r"\\(?P<word>f|fcharset)(?P<number>\d{1,5})(?!\d)")
_BRACE = re.compile(r"\\.|[{}]", re.DOTALL)
_MOST_FONTS = 2_000
_CODE_PAGE = re.compile(r"\\ansicpg(\d{1,5})")
_CHARSETS = {
    "932": 128, "936": 134, "949": 129, "950": 136, "1250": 238, "1251": 204, "1253": 161,
    "1254": 162, "1255": 177, "1256": 178, "1257": 186, "1258": 163, "874": 222,
}  # fmt: skip
"""Which character set of a font stands for a code page."""

_DAMAGED = (ValueError, TypeError, LookupError, OverflowError, AttributeError)


class Rtf:
    """The importer."""

    name = "rtf"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its first bytes."""
        return 0.9 if head.lstrip(b"\xef\xbb\xbf \r\n\t").startswith(b"{\\rtf") else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document."""
        # Seven-bit by its own rule; other bytes stand for themselves in some programs' files.
        source = entry.bytes(_MAX_BYTES).decode("cp1252", "replace").lstrip("\ufeffï»¿ \r\n\t")
        source = _PICTURE.sub(" ", source)
        # The library looks for links in a way that takes hours on a hostile file.
        source = source.replace("HYPERLINK", "LINK").replace("{\\field", "\n{\\field")
        if len(source) > _MOST_LETTERS:
            raise ArchiveError("The text is too long to be read. Split it and add the parts.")
        tidy = _with_charsets(source)
        text = None if tidy is None else _plain(tidy)
        if text is None:
            raise ArchiveError(
                "The text is damaged. Open it in the program it was written with, save a new copy "
                "and add that."
            )
        facts = {key: _plain("{\\rtf1 " + value + "}") for key, value in _INFO.findall(source)}
        return single(
            entry,
            circumstances,
            Reading(records=()),
            title=facts.get("title"),
            text=re.sub(r"\n{3,}", "\n\n", text),
            author=facts.get("author"),
            created=_created(source, circumstances.today),
        )


IMPORTER = Rtf()


def _with_charsets(source: str) -> str | None:
    """The text with a plain table of fonts: the library takes long over a hostile one, and gives
    a font that names no character set that of the next. None where the table never ends."""
    begin = _FONTS.search(source)
    if begin is None:
        return source
    depth, end = 1, 0
    for brace in _BRACE.finditer(source, begin.end()):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if depth == 0:
            end = brace.end()
            break
    if not end:
        return None
    page = _CODE_PAGE.search(source[:4096])
    usual = _CHARSETS.get(page[1], 0) if page else 0
    charsets: dict[str, int] = {}
    font = None
    for mark in _FONT.finditer(source, begin.end(), end):
        if mark["word"] == "f":
            font = mark["number"]
            charsets.setdefault(font, usual)
        elif font is not None:
            charsets[font] = int(mark["number"])
    if len(charsets) > _MOST_FONTS:
        return None
    fonts = "".join(f"{{\\f{number}\\fcharset{code} x;}}" for number, code in charsets.items())
    # There is one table; another is left unread.
    rest = source[end:].replace("\\fonttbl", "\\*\\fonttb")
    return f"{source[: begin.start()]}{{\\fonttbl{fonts}}}{rest}"


def _plain(source: str) -> str | None:
    from striprtf import striprtf

    convert = cast(Callable[[str], str], striprtf.rtf_to_text)
    try:
        text = convert(source)
        return text.encode("utf-16", "surrogatepass").decode("utf-16")
    except _DAMAGED:
        return None


def _created(source: str, today: date) -> date | None:
    match = _CREATED.search(source)
    if match is None:
        return None
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if found <= today else None

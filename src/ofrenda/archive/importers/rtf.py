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
_FONT = re.compile(r"\{\\f(?P<number>\d{1,5})(?P<rest>(?:(?!\\fcharset)[^{};]){0,200});")
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
        text = _plain(_with_charsets(source))
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


def _with_charsets(source: str) -> str:
    """Fonts that name no character set get that of the document; the library would give them the
    next font's."""
    page = _CODE_PAGE.search(source[:4096])
    charset = _CHARSETS.get(page[1], 0) if page else 0
    return _FONT.sub(
        lambda font: f"{{\\f{font['number']}\\fcharset{charset}{font['rest']};", source
    )


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

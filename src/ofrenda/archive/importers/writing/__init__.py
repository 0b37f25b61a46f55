"""Plain text and Markdown: essays, letters, diaries. One file is one document."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek, read_text
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.writing.markdown import front_matter, plain_text
from ofrenda.archive.importers.writing.written_on import Dated, find_date, without_date
from ofrenda.archive.report import Question
from ofrenda.types import Document

UNSIGNED = "unsigned"
"""The author of writings that name none: the keeper says who that is."""

_MARKDOWN = (".md", ".markdown", ".mdown")
_TEXT = (".txt", ".text", "")
_MAX_BYTES = 16 * 2**20
"""A long novel is about 2 MiB of text."""

_STAMPED = re.compile(r"\s*[\[(]?(?:\d{1,4}[./\-年]\s?\d{1,2}[./\-月].{0,12})?\d{1,2}[:.]\d{2}\b")
_SPOKEN = re.compile(r"(?P<name>[^\s:：][^:：\n]{0,30})[:：]\s")


class Writing:
    """The importer."""

    name = "writing"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """Text that no other importer knows, unless it is code, or a chat in a strange format:
        the other side's words must not pass for the person's."""
        ending = PurePosixPath(entry.name).suffix.casefold()
        text = peek(head) if ending in (*_MARKDOWN, *_TEXT) else None
        if text is None or not text.strip():
            return 0.0
        begin = text.lstrip("\ufeff \r\n\t")[:200].casefold()
        if begin.startswith(("{", "[{", "<!doctype", "<html", "<?xml", "%pdf", "{\\rtf")):
            return 0.0
        odd = sum(unicodedata.category(c) == "Cc" and c not in "\r\n\t\f" for c in text[:4096])
        if odd * 50 > len(text[:4096]) or _looks_like_chat(text):
            return 0.0
        return 0.2

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document: text, title, date and author as far as the file states them."""
        text, code = read_text(entry, _MAX_BYTES, circumstances.answers.get("encoding"))
        reading = Reading(records=())
        if not code.certain:
            reading.warnings.append(
                f"The text was read as {code.name}. If letters look wrong, save the file as "
                "UTF-8 and add it again."
            )
        if code.damaged or "\0" in text:
            reading.records = [Skipped("damaged", "1")]
            return reading
        reading.records = [self._document(entry, text.lstrip("\ufeff"), circumstances, reading)]
        return reading

    def _document(
        self, entry: Entry, text: str, circumstances: Circumstances, reading: Reading
    ) -> Record:
        path = PurePosixPath(entry.name)
        stated, text = front_matter(text)
        title = stated.get("title")
        if path.suffix.casefold() in _MARKDOWN:
            text, heading, quotes = plain_text(text)
            title = title or heading
            if quotes:
                reading.warnings.append(
                    f"{quotes} quoted passages were left out of the text: they are somebody "
                    "else's words. They stay in the original."
                )
        text = text.strip("\n")
        if not text.strip():
            return Skipped("empty", "1")
        order = circumstances.answers.get("date_order")
        dated = find_date(
            stated.get("date"), path.stem, text, order=order, today=circumstances.today
        )
        if dated is Dated.AMBIGUOUS:
            reading.questions.append(
                Question(
                    key="date_order",
                    text="In what order does this text write its date?",
                    choices={"dmy": "day, month, year", "mdy": "month, day, year"},
                    waiting=1,
                )
            )
            reading.waiting = 1
        author = unicodedata.normalize("NFC", " ".join((stated.get("author") or "").split()))
        return Document(
            locator="1",
            title=title or without_date(path.stem) or path.stem,
            text=text,
            written_on=None if isinstance(dated, Dated) else dated,
            author_key=author or UNSIGNED,
        )


IMPORTER = Writing()


def _looks_like_chat(text: str) -> bool:
    """A fifth of the lines begin with a time of day, or most with one of a few speakers' names."""
    filled = [line for line in text.split("\n")[:500] if line.strip()]
    stamped = sum(_STAMPED.match(line) is not None for line in filled)
    if stamped >= 3 and stamped * 5 >= len(filled):
        return True
    speakers = Counter(match["name"] for line in filled if (match := _SPOKEN.match(line)))
    repeated = {name: count for name, count in speakers.items() if count > 1}
    return (
        len(filled) >= 6
        and 2 <= len(repeated) <= 6
        and sum(repeated.values()) * 10 >= len(filled) * 6
    )

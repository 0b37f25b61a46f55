"""A writing as Ofrenda gives it back: Markdown with a head, and the words below as they are."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from datetime import date

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading, Skipped
from ofrenda.errors import ArchiveError
from ofrenda.types import Document

_MARK = "---\nofrenda: document 1\n"
_HEAD = re.compile(re.escape(_MARK) + r"(?P<head>(?:[a-z]+: [^\n]*\n)*)---\n\n", re.DOTALL)
_MAX_BYTES = 64 * 2**20
_UNSOUND = re.compile("[\0\ud800-\udfff]")
_PLATFORM = re.compile(r"[a-z0-9_\-]{1,24}")


def written(document: Document) -> str:
    """A document as a text file that :data:`IMPORTER` reads back exactly. The values of the head
    are JSON strings, which YAML reads as they are."""
    head = {
        "title": document.title,
        "date": document.written_on.isoformat() if document.written_on else None,
        "author": document.author_key,
        "platform": document.author_platform,
    }
    lines = [
        f"{key}: {json.dumps(value, ensure_ascii=False)}\n"
        for key, value in head.items()
        if value is not None
    ]
    return f"{_MARK}{''.join(lines)}---\n\n{document.text}\n"


class KeptDocument:
    """The importer."""

    name = "ofrenda"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its first two lines."""
        return 1.0 if head.startswith(_MARK.encode()) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """The document, word for word."""
        try:
            text = entry.bytes(_MAX_BYTES).decode("utf-8")
        except UnicodeDecodeError:
            text = ""
        found = _HEAD.match(text)
        if found is None:
            raise ArchiveError(
                "A writing that Ofrenda gave back was changed or cut short. Take the file from "
                "the export again."
            )
        stated: dict[str, str] = {}
        for line in found["head"].splitlines():
            key, _, value = line.partition(": ")
            with suppress(ValueError):
                read = json.loads(value)
                if isinstance(read, str):
                    stated[key] = read
        words = text[found.end() :].removesuffix("\n")
        author, platform = stated.get("author"), stated.get("platform", "")
        if _UNSOUND.search(words + "".join(stated.values())):
            return Reading([Skipped("damaged", "1")])
        if not words.strip():
            return Reading([Skipped("empty", "1")])
        day = None
        with suppress(ValueError, KeyError):
            day = date.fromisoformat(stated["date"])
        document = Document(
            "1",
            stated.get("title") or entry.name,
            words,
            None if day is None or day > circumstances.today else day,
            author or None,
            platform if author and _PLATFORM.fullmatch(platform) else None,
        )
        return Reading([document])


IMPORTER = KeptDocument()

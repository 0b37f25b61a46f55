"""Apple Notes as Apple hands them out on request: ``Notes/<title>/<title>.txt``."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

from ofrenda.archive.authored import single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek, read_text
from ofrenda.archive.importer import Circumstances, Gives, Reading, Skipped

_FOLDERS = re.compile(r"(?i)(?:icloud )?notes")
_MAX_BYTES = 16 * 2**20


class AppleNotes:
    """The importer."""

    name = "apple-notes"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """A text in a folder of its own name, below one called Notes."""
        path = PurePosixPath(entry.name)
        if path.suffix.casefold() != ".txt" or len(path.parts) < 3:
            return 0.0
        above = any(_FOLDERS.fullmatch(name) for name in path.parts[:-2])
        text = peek(head)
        if not above or path.parent.name != path.stem or text is None or not text.strip():
            return 0.0
        return 0.3

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document. U+FFFC marks where a picture stood."""
        reading = Reading(records=())
        text, code = read_text(entry, _MAX_BYTES, circumstances.answers.get("encoding"))
        if code.damaged or "\0" in text:
            reading.records = [Skipped("damaged", "1")]
            return reading
        title = PurePosixPath(entry.name).stem
        plain = text.replace("\ufffc", "").lstrip("\ufeff")
        return single(entry, circumstances, reading, title=title, text=plain, author=None)


IMPORTER = AppleNotes()

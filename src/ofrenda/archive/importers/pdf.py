"""PDF: the text that is in it. Scanned pages hold none; the keeper is told what would help."""

from __future__ import annotations

import re
from collections import Counter

from ofrenda.archive.authored import single
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.importer import Circumstances, Gives, Reading, Skipped
from ofrenda.errors import ArchiveError

_MAX_BYTES = 256 * 2**20
_MOST_PAGES = 5_000
_MOST_LETTERS = 8 * 2**20
_REPEATED = 0.6
"""Share of pages on which a first or last line is a running head."""

_FEW_PAGES = 4
_FULL = 0.75
"""Of the longest line: a line this long was broken by the page, not by the writer."""

_CJK = re.compile("[\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")
_ENDS = (".", "!", "?", ":", "。", "！", "？", "”", '"', "…")


class Pdf:
    """The importer."""

    name = "pdf"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By its first bytes."""
        return 0.9 if b"%PDF-" in head[:1024] else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document."""
        pages, facts = _pages(entry.bytes(_MAX_BYTES))
        reading = Reading(records=())
        if not any(page.strip() for page in pages):
            reading.advice.append(
                "The PDF holds pictures of pages and no text (a scan). Type the text out, or have "
                "a program recognise it, and add the result; the scan is kept."
            )
            reading.records = [Skipped("empty", "1")]
            return reading
        bare = sum(not page.strip() for page in pages)
        if bare * 2 > len(pages):
            reading.advice.append(f"{bare} of {len(pages)} pages are pictures without text.")
        return single(
            entry,
            circumstances,
            reading,
            title=facts.get("Title"),
            text="\n\n".join(_joined(page) for page in _without_heads(pages) if page.strip()),
            author=facts.get("Author"),
        )


IMPORTER = Pdf()


def _pages(data: bytes) -> tuple[list[str], dict[str, str]]:
    import pypdfium2

    pages: list[str] = []
    size = 0
    try:
        document = pypdfium2.PdfDocument(data)
        try:
            facts = document.get_metadata_dict(skip_empty=True)
            count = len(document)
            if count > _MOST_PAGES:
                raise ArchiveError("The PDF has too many pages. Split it and add the parts.")
            for number in range(count):
                page = document[number]
                text = page.get_textpage()
                words = text.get_text_range()
                text.close()
                page.close()
                size += len(words)
                if size > _MOST_LETTERS:
                    raise ArchiveError("The PDF is too long. Split it and add the parts.")
                pages.append(_sound(words))
        finally:
            document.close()
    except (pypdfium2.PdfiumError, ValueError, IndexError, AssertionError) as error:
        if "password" in str(error).casefold():
            raise ArchiveError(
                "The PDF is locked with a password. Open it, save a copy without one and add that."
            ) from None
        raise ArchiveError(
            "The PDF is cut short or damaged. Open it in a reader, print it to a new PDF and add "
            "that."
        ) from None
    return pages, {key: _sound(value) for key, value in facts.items()}


def _sound(words: str) -> str:
    words = words.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    # The library joins lines at a hyphen and leaves this mark where it stood.
    words = re.sub("[\x02\ufffe]\n?", "-\n", words)
    return words.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _without_heads(pages: list[str]) -> list[str]:
    """The pages without page numbers and lines that most of them begin or end with."""
    split = [page.split("\n") for page in pages]
    if len(pages) < _FEW_PAGES:
        return pages
    seen: Counter[tuple[int, str]] = Counter()
    for lines in split:
        for end in (0, -1):
            if (line := _end(lines, end)) is not None:
                seen[end, _shape(lines[line])] += 1
    often = {key for key, count in seen.items() if count > _REPEATED * len(pages)}
    out = []
    for lines in split:
        for end in (0, -1):
            line = _end(lines, end)
            if line is not None and (end, _shape(lines[line])) in often:
                del lines[line]
        out.append("\n".join(lines))
    return out


def _end(lines: list[str], end: int) -> int | None:
    places = range(len(lines)) if end == 0 else range(len(lines) - 1, -1, -1)
    return next((place for place in places if lines[place].strip()), None)


def _shape(line: str) -> str:
    return re.sub(r"\d+", "#", line.strip())


def _joined(page: str) -> str:
    """Lines that the page broke, put together again."""
    lines = [line.strip() for line in page.split("\n")]
    longest = max(map(len, lines))
    out: list[str] = []
    full = False
    for line in lines:
        if not line:
            full = False
            out.append("")
        elif full and out:
            before = out[-1]
            if before.endswith("-") and line[:1].islower():
                out[-1] = before[:-1] + line
            elif _CJK.match(before[-1:]) and _CJK.match(line):
                out[-1] = before + line
            else:
                out[-1] = f"{before} {line}"
        else:
            out.append(line)
        full = len(line) >= _FULL * longest and not (
            line.endswith(_ENDS) and len(line) < 0.95 * longest
        )
        full = full or line.endswith("-")
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)).strip()

"""What formats for writing have in common: a title, a day, an author as far as they are stated."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime
from pathlib import PurePosixPath

from ofrenda.archive.container import Entry
from ofrenda.archive.importer import Circumstances, Reading, Record, Skipped
from ofrenda.archive.importers.writing import UNSIGNED
from ofrenda.archive.importers.writing.written_on import Dated, find_date, without_date
from ofrenda.archive.report import Question
from ofrenda.types import Document

LONGEST = 16 * 2**20
"""Characters of one document; a long novel has about two million."""

_UNSOUND = re.compile("[\0\ud800-\udfff]")
_NOBODY = frozenset(
    {
        "user", "admin", "administrator", "owner", "windows user", "microsoft office user",
        "unknown", "author", "python-docx", "calibre", "google docs", "libreoffice", "openoffice",
        "microsoft word", "default", "guest", "root", "me", "author unknown", "wps",
    }
)  # fmt: skip
"""What programs write in the place of a name."""

_DAY = re.compile(r"(?P<y>(?:1[89]|20)\d\d)-?(?P<m>\d\d)-?(?P<d>\d\d)(?!\d)")


def author_key(name: str | None) -> str:
    """Whom a document names as its author; :data:`UNSIGNED` where it names nobody."""
    plain = unicodedata.normalize("NFC", " ".join((name or "").split()))
    if not plain or plain.casefold() in _NOBODY or _UNSOUND.search(plain):
        return UNSIGNED
    return plain[:200]


def day_of(stated: str | None, today: date) -> date | None:
    """The day that a machine's time stamp begins with (``2019-05-03T21:25``, ``20190503``)."""
    match = _DAY.match((stated or "").strip())
    if match is None:
        return None
    try:
        found = date(int(match["y"]), int(match["m"]), int(match["d"]))
    except ValueError:
        return None
    return found if found <= today else None


def local_day(moment: datetime, today: date) -> date | None:
    """The day of a moment on its own clock; None where it is not over yet."""
    return moment.date() if date(1800, 1, 1) < moment.date() <= today else None


def document(
    locator: str, title: str | None, text: str, day: date | None, author: str | None
) -> Record:
    """One piece of writing, or why it is none."""
    text = text.replace("\r\n", "\n").strip("\n\ufeff ")
    title = " ".join((title or "").split())[:300]
    if len(text) > LONGEST:
        return Skipped("too_long", locator)
    if _UNSOUND.search(text) or _UNSOUND.search(title) or _UNSOUND.search(locator):
        return Skipped("damaged", locator if not _UNSOUND.search(locator) else "1")
    if not text.strip():
        return Skipped("empty", locator)
    if not title:
        title = " ".join(text.split("\n", 1)[0].split())[:80]
    return Document(locator[:300], title, text, day, author_key(author))


def single(
    entry: Entry,
    circumstances: Circumstances,
    reading: Reading,
    *,
    title: str | None,
    text: str,
    author: str | None,
    stated: str | None = None,
    created: date | None = None,
) -> Reading:
    """The one document of a file, in ``reading``. Its day is that which it states, that in its
    name, a line of its own in its text, or else the day it was begun (``created``)."""
    stem = PurePosixPath(entry.name).stem
    found = find_date(
        stated,
        stem,
        text,
        order=circumstances.answers.get("date_order"),
        today=circumstances.today,
    )
    if found is Dated.AMBIGUOUS and created is None:
        reading.questions.append(
            Question(
                key="date_order",
                text="In what order does this text write its date?",
                choices={"dmy": "day, month, year", "mdy": "month, day, year"},
                waiting=1,
            )
        )
        reading.waiting = 1
    day = created if isinstance(found, Dated) else found
    plain = title or without_date(stem) or stem
    reading.records = [document("1", plain, text, day, author)]
    return reading


def note_quotes(reading: Reading, quotes: int) -> None:
    """Tell the keeper how much was left out as somebody else's."""
    if quotes:
        reading.warnings.append(
            f"{quotes} quoted passages were left out of the text: they are somebody else's words. "
            "They stay in the original."
        )

"""WeChat (微信), from files that families already hold: tables, texts and objects of many tools.

There is no official export. This reads what others wrote out in the open; it takes nothing out of
a phone, and undoes no encryption.
"""

from __future__ import annotations

from collections.abc import Iterator

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import Code, find_code
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.wechat.chats import Directory, Layout, Raw, Source
from ofrenda.archive.importers.wechat.objects import OBJECTS
from ofrenda.archive.importers.wechat.pages import PAGES
from ofrenda.archive.importers.wechat.tables import TABLES, Table
from ofrenda.archive.importers.wechat.texts import TEXTS
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.tabular import first_row
from ofrenda.archive.telling import glimpse

_LAYOUTS: tuple[Layout, ...] = (*TABLES, *OBJECTS, *TEXTS, *PAGES)


class WeChat:
    """The importer."""

    name = "wechat"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By columns, keys or head lines, of any of the layouts."""
        return _surest(glimpse(head, "gb18030"))[0]

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """Find out who is who in the file, then give its records."""
        head = entry.head()
        score, layout = _surest(glimpse(head, "gb18030"))
        if not score:
            raise not_whole()
        code = Code("utf-8")
        if layout not in OBJECTS:
            code = find_code(entry, circumstances.answers.get("encoding"))
        source = Source(entry, files, code, circumstances)
        if (question := layout.question(source)) is not None:
            return Reading(records=(), questions=[question], waiting=question.waiting)
        directory = Directory(source)
        for _, raw in layout.raws(source):
            if isinstance(raw, Raw):
                directory.note(raw)
        if not directory.count:
            raise not_whole()
        reading = Reading(records=())
        if not code.certain:
            reading.warnings.append(
                f"The text was read as {code.name}. If letters look wrong, save the file as "
                "UTF-8 and add it again."
            )
        if isinstance(layout, Table) and layout.rests_on_one_digit(source):
            reading.warnings.append(
                "In this old table a single digit says who wrote each message, and nothing in it "
                "confirms that digit. Compare a few messages with the phone before you rely on "
                "them; a newer export of the same chat names the sender as well."
            )
        reading.records = _records(layout, source, directory)
        return reading


IMPORTER = WeChat()


def _surest(text: str) -> tuple[float, Layout]:
    cells = first_row(text)
    scored = [(layout.recognise(text, cells), layout) for layout in _LAYOUTS]
    return max(scored, key=lambda one: one[0])


def _records(layout: Layout, source: Source, directory: Directory) -> Iterator[Record]:
    for locator, raw in layout.raws(source):
        yield Skipped(raw, locator) if isinstance(raw, str) else directory.record(locator, raw)

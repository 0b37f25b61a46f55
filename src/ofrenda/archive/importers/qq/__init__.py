"""QQ: the text and the web archive of its own message manager, and qq-chat-exporter's objects."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import find_code
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record
from ofrenda.archive.importers.qq import exporter, pages, texts
from ofrenda.archive.jsonstream import not_whole
from ofrenda.archive.telling import glimpse

_GENERIC = frozenset({"全部消息记录", "消息记录", "chat", "messages"})


class QQ:
    """The importer."""

    name = "qq"
    gives = Gives.CHAT

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the first lines, in UTF-8 or, in old exports, GBK."""
        text = glimpse(head, "gb18030")
        return max(exporter.recognise(text), texts.recognise(text), pages.recognise(text))

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One of the three forms."""
        text = glimpse(entry.head(), "gb18030")
        if pages.recognise(text):
            return Reading(records=pages.records(entry))
        if exporter.recognise(text):
            return _exported(entry, files, text)
        code = find_code(entry, circumstances.answers.get("encoding"))
        if not texts.count(entry, code):
            raise not_whole()
        reading = Reading(records=())
        if not code.certain:
            reading.warnings.append(
                f"The text was read as {code.name}. If letters look wrong, save the file as "
                "UTF-8 and add it again."
            )
        stem = PurePosixPath(entry.name).stem
        reading.records = texts.records(entry, code, None if stem in _GENERIC else stem)
        return reading


IMPORTER = QQ()


def _exported(entry: Entry, files: Container, text: str) -> Reading:
    export = exporter.Export(entry, files)
    manifest = '"chunked"' in text or '"chunks"' in text
    code = find_code(entry) if exporter.is_piece(text) and '"metadata"' not in text else None
    exporter.survey(export, code)
    if not export.messages:
        if manifest:
            none: Iterator[Record] = iter(())
            return Reading(records=none)
        raise not_whole()
    return Reading(records=exporter.records(export, code))

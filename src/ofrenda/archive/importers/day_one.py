"""Day One's journal: ``Journal.json`` of its zip, with photos and recordings beside it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import chain, islice
from pathlib import PurePosixPath
from zoneinfo import ZoneInfo

from ofrenda.archive.authored import document, local_day, note_quotes
from ofrenda.archive.container import Container, Entry
from ofrenda.archive.decoding import peek
from ofrenda.archive.importer import Circumstances, Gives, Reading, Record, Skipped
from ofrenda.archive.importers.writing.markdown import plain_text
from ofrenda.archive.jsonstream import TOO_LARGE, BadJson, map_of, not_whole, text_of, values

_BEGINS = re.compile(r"\s*\{")
_KEYS = ('"entries"', '"creationDate"', '"uuid"')
_LONGEST = 100_000
"""Characters of one entry; some thousand are much for a day. Markup of a hostile one takes
longer than its length."""

_MOMENT = re.compile(r"!\[[^\]\n]{0,200}\]\(dayone-moment:[^)\s]{0,200}\)")


class DayOne:
    """The importer."""

    name = "day-one"
    gives = Gives.WRITING

    def recognise(self, entry: Entry, head: bytes) -> float:
        """By the keys of its entries."""
        text = peek(head)
        if text is None or _BEGINS.match(text.lstrip("\ufeff")) is None:
            return 0.0
        return 0.9 if all(key in text for key in _KEYS) else 0.0

    def read(self, entry: Entry, files: Container, circumstances: Circumstances) -> Reading:
        """One document for each entry."""
        reading = Reading(records=())
        journal = PurePosixPath(entry.name).stem
        items = _items(entry)
        first = list(islice(items, 1))
        if first and isinstance(first[0], BadJson):
            raise not_whole()
        reading.records = _entries(chain(first, items), journal, circumstances.today, reading)
        return reading


IMPORTER = DayOne()


def _items(entry: Entry) -> Iterator[object]:
    try:
        for _, value in values(entry, {"entries.item"}):
            yield value
    except BadJson as error:
        yield error


def _entries(
    items: Iterable[object], journal: str, today: date, reading: Reading
) -> Iterator[Record]:
    quotes = 0
    for number, item in enumerate(items):
        locator = f"/entries/{number}"
        entry = map_of(item)
        words = _MOMENT.sub("", text_of(entry.get("text")) or "")
        if isinstance(item, BadJson):
            yield Skipped("damaged", locator)
        elif item is TOO_LARGE or len(words) > _LONGEST:
            yield Skipped("too_long", locator)
        else:
            text, heading, left_out = plain_text(words)
            quotes += left_out
            day = _day(entry, today)
            title = heading or (f"{journal}, {day.isoformat()}" if day else journal)
            place = text_of(entry.get("uuid")) or locator
            yield document(place, title, text or heading or "", day, None)
    note_quotes(reading, quotes)


def _day(entry: dict[str, object], today: date) -> date | None:
    """The day where the writer was: the moment is UTC, the zone stands beside it."""
    try:
        moment = datetime.strptime(
            text_of(entry.get("creationDate")) or "", "%Y-%m-%dT%H:%M:%SZ"
        ).replace(tzinfo=UTC)
    except ValueError:
        return None
    zone = text_of(entry.get("timeZone"))
    if zone is not None:
        try:
            moment = moment.astimezone(ZoneInfo(zone))
        except (ValueError, OSError, LookupError, OverflowError):
            return local_day(moment, today)
    return local_day(moment, today)

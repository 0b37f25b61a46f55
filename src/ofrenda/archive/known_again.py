"""Reading a chat that the life holds from another phone: on its clock, under its names."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from itertools import chain
from typing import Final

from ofrenda.archive.importer import Reading, Record
from ofrenda.archive.twins import Twin, find_twins, sample
from ofrenda.errors import ArchiveError
from ofrenda.types import Utterance
from ofrenda.vault import Life

_PEEK: Final = 1_000
"""Records that may be skipped before the first message; then nothing is looked for."""


def known_again(life: Life, sha256: str, reading: Reading, again: Callable[[], Reading]) -> Reading:
    """The reading of a file (of this SHA-256), on the life's own clock and under its names where
    the life holds the same chats from another phone.

    Only where it holds chats of that platform is the file read once more, by ``again``; the first
    time is for looking.
    """
    records = iter(reading.records)
    begin: list[Record] = []
    for record in records:
        begin.append(record)
        if isinstance(record, Utterance) or len(begin) > _PEEK:
            break
    first = begin[-1] if begin else None
    if not isinstance(first, Utterance) or not _others(life, first.platform, sha256):
        reading.records = chain(begin, records)
        return reading
    seen = (one for one in chain(begin, records) if isinstance(one, Utterance))
    twins = find_twins(life, sha256, sample(_sound(seen)))
    fresh = again()
    if twins:
        fresh.records = _telling(Aligned(life, twins).records(fresh.records), fresh, told(twins))
    return fresh


def _telling(records: Iterator[Record], reading: Reading, lines: list[str]) -> Iterator[Record]:
    """The records, then what to tell: what a reading says of itself is whole at its end."""
    yield from records
    reading.warnings = [*reading.warnings, *lines]


def _sound(records: Iterator[Utterance]) -> Iterator[Utterance]:
    """Up to where the file cannot be read: that is told at the second reading."""
    try:
        yield from records
    except ArchiveError:
        return


def _others(life: Life, platform: str, sha256: str) -> bool:
    """Whether the life holds chats of a platform, and not from this file alone."""
    with life.db.read() as db:
        row = db.execute(
            "SELECT EXISTS (SELECT 1 FROM conversation WHERE platform = ?)"
            " AND EXISTS (SELECT 1 FROM source WHERE sha256 <> ?)",
            (platform, sha256),
        ).fetchone()
    return bool(row[0])


class Aligned:
    """Puts the records of a file on the clock, and under the names, that the life has."""

    def __init__(self, life: Life, twins: Mapping[tuple[str, str], Twin]) -> None:
        self._life = life
        self._twins = twins
        self._times = {place: [at for at, _ in twin.anchors] for place, twin in twins.items()}

    def records(self, records: Iterable[Record]) -> Iterator[Record]:
        """The records, those of a twin as the life would have them."""
        for record in records:
            if isinstance(record, Utterance):
                place = (record.platform, record.conversation_key)
                if (twin := self._twins.get(place)) is not None:
                    yield self._moved(record, twin, self._times[place])
                    continue
            yield record

    def _moved(self, record: Utterance, twin: Twin, times: list[datetime]) -> Utterance:
        stamp, sender = record.ts_local, record.sender_key
        known = None if sender is None else twin.senders.get(sender)
        if stamp is not None and record.ts_precision != "day":
            at = datetime.fromisoformat(stamp)
            after = bisect_right(times, at)
            before, next_ = (
                twin.anchors[max(0, after - 1)],
                twin.anchors[min(after, len(times) - 1)],
            )
            minutes = before[1]
            if before[1] != next_[1]:
                minutes = self._between(record, twin, at, before, next_)
            stamp = (at - timedelta(minutes=minutes)).isoformat()
        return record._replace(
            conversation_key=twin.key,
            conversation_title=twin.title,
            sender_key=sender if known is None else known,
            ts_local=stamp,
        )

    def _between(
        self,
        record: Utterance,
        twin: Twin,
        at: datetime,
        before: tuple[datetime, int],
        after: tuple[datetime, int],
    ) -> int:
        """Somewhere here one of the clocks changed to summer or winter time: by which of both
        distances it falls on its match; without one, by the nearer's."""
        with self._life.db.read() as db:
            for _, minutes in (before, after):
                start = at.replace(second=0) - timedelta(minutes=minutes)
                row = db.execute(
                    "SELECT 1 FROM utterance WHERE conversation = ? AND ts_local >= ?"
                    " AND ts_local < ? AND text IS ? LIMIT 1",
                    (
                        twin.number,
                        start.isoformat(),
                        (start + timedelta(minutes=1)).isoformat(),
                        record.text,
                    ),
                ).fetchone()
                if row is not None:
                    return minutes
        return before[1] if at - before[0] <= after[0] - at else after[1]


def told(twins: Mapping[tuple[str, str], Twin]) -> list[str]:
    """What the keeper should know: which chats were known again, and by what."""
    lines = []
    for twin in twins.values():
        ahead = [minutes for minutes in twin.ahead if minutes]
        others = [f"“{here}” is “{there}”" for here, there in twin.senders.items() if here != there]
        line = f"“{twin.title}” is in the life already, from another phone"
        if ahead:
            line += f" whose clock was {' or '.join(map(_clock, ahead))}"
        if others:
            line += f"; there {', '.join(others)}"
        lines.append(
            f"{line}. What both hold is kept once, and the rest is put on the clock and under the "
            "names of the one that came first."
        )
    return lines


def _clock(minutes: int) -> str:
    """The file's clock was ahead, so the earlier one was behind it."""
    hours = f"{abs(minutes) / 60:g} hours"
    return f"{hours} behind" if minutes > 0 else f"{hours} ahead"

"""The same chat from another phone: another clock, other names for the same people.

Phones write the time of the zone they are in, and people by their own address book. A conversation
of a new file is taken for one that the life holds when texts long enough to be told apart stand in
both, again and again at the same distance in time (some quarters of an hour, the same over a run;
summer time may move it by one hour), each by the same sender under whichever name. What then falls
together is kept once. A text without its match is never dropped, however often it stands there.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from ofrenda.types import Kind, Utterance
from ofrenda.vault import Connection, Life

_LEAST_CHARACTERS: Final = 12
_LEAST_EAST: Final = 6
"""Characters (Han: two thirds of a word each) from which a text is hardly said twice by chance."""
_SAMPLES: Final = 256
"""Texts of a conversation that are looked for, spread over its whole time."""
_FIRST_LOOK: Final = 24
_RUN: Final = 5
"""Different texts that have to agree."""
_SHARE: Final = 0.6
"""Of the texts sampled between the first and the last match, how many must match."""
_SENDER_RUN: Final = 2
_FARTHEST: Final = timedelta(hours=26)
"""Zones lie between 12 hours behind and 14 hours ahead of UTC."""
_STEP: Final = 15
_SUMMER: Final = 60
_CONVERSATIONS: Final = 300


@dataclass(frozen=True, slots=True)
class Twin:
    """What a conversation of a file is in the life. ``anchors``: local times in the file and the
    minutes that its clock is ahead there, in order; ``senders``: who is who."""

    number: int
    key: str
    title: str
    anchors: tuple[tuple[datetime, int], ...]
    senders: Mapping[str, str]

    @property
    def ahead(self) -> list[int]:
        """The distances of the clocks that occur, in minutes, the commonest first."""
        return [minutes for minutes, _ in Counter(one for _, one in self.anchors).most_common()]


@dataclass(slots=True)
class _Sampled:
    """Texts of one conversation of a file, thinned out evenly as it gets longer."""

    is_group: bool
    texts: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    every: int = 1
    seen: int = 0

    def note(self, record: Utterance) -> None:
        text, sender, stamp = record.text, record.sender_key, record.ts_local
        if text is None or sender is None or stamp is None or record.kind is not Kind.TEXT:
            return
        least = _LEAST_CHARACTERS if text.isascii() else _LEAST_EAST
        if len(text) < least or record.ts_precision == "day" or text in self.texts:
            return
        self.seen += 1
        if self.seen % self.every == 0:
            self.texts[text] = (datetime.fromisoformat(stamp).replace(second=0), sender)
        if len(self.texts) > 2 * _SAMPLES:
            self.every *= 2
            self.texts = dict(list(self.texts.items())[1::2])


Samples = dict[tuple[str, str], _Sampled]


def sample(records: Iterable[Utterance]) -> Samples:
    """Texts by which the conversations of a file can be known again."""
    samples: Samples = {}
    for record in records:
        place = (record.platform, record.conversation_key)
        known = samples.get(place)
        if known is None:
            if len(samples) >= _CONVERSATIONS:
                continue
            known = samples[place] = _Sampled(record.is_group)
        known.note(record)
    return samples


def find_twins(life: Life, sha256: str, samples: Samples) -> dict[tuple[str, str], Twin]:
    """The conversations of a file (of this SHA-256) that the life holds on another clock or under
    other names. Those that it holds as they are need nothing done."""
    twins: dict[tuple[str, str], Twin] = {}
    with life.db.read() as db:
        row = db.execute("SELECT id FROM source WHERE sha256 = ?", (sha256,)).fetchone()
        own = -1 if row is None else int(row[0])
        for (platform, key), sampled in samples.items():
            if len(sampled.texts) < _RUN:
                continue
            for number, held_key, title in _candidates(db, platform, key, sampled):
                found = _twin(db, own, number, sampled)
                if found is None:
                    continue
                anchors, senders = found
                same = held_key == key and all(a == b for a, b in senders.items())
                if not (same and all(minutes == 0 for _, minutes in anchors)):
                    twins[platform, key] = Twin(number, held_key, title, anchors, senders)
                break
    return twins


def _candidates(
    db: Connection, platform: str, key: str, sampled: _Sampled
) -> list[tuple[int, str, str]]:
    """Conversations of that platform and time, the one of the same name first."""
    times = [at for at, _ in sampled.texts.values()]
    rows = db.execute(
        "SELECT id, key, title FROM conversation AS c WHERE platform = ?1 AND is_group = ?2"
        " AND EXISTS (SELECT 1 FROM utterance AS u WHERE u.conversation = c.id"
        "   AND u.ts_local BETWEEN ?3 AND ?4)"
        " ORDER BY key <> ?5, id LIMIT ?6",
        (
            platform,
            int(sampled.is_group),
            (min(times) - _FARTHEST).isoformat(),
            (max(times) + _FARTHEST).isoformat(),
            key,
            _CONVERSATIONS,
        ),
    )
    return [(int(row[0]), row[1], row[2]) for row in rows.fetchall()]


_Match = tuple[datetime, str, dict[int, str]]
"""When and by whom in the file; and by whom in the life, for each distance in minutes."""


def _twin(
    db: Connection, own: int, number: int, sampled: _Sampled
) -> tuple[tuple[tuple[datetime, int], ...], dict[str, str]] | None:
    texts = sorted(sampled.texts.items(), key=lambda one: one[1][0])
    some = texts[:: max(1, len(texts) // _FIRST_LOOK)]
    if len(_agreeing(_matches(db, own, number, some))[1]) < min(3, len(some)):
        # A short overlap at one end may fall between the texts of the first look.
        some = texts[:_FIRST_LOOK] + texts[-_FIRST_LOOK:]
        if len(_agreeing(_matches(db, own, number, some))[1]) < _RUN:
            return None
    matches = _matches(db, own, number, texts)
    _, agreed = _agreeing(matches)
    if len(agreed) < _RUN:
        return None
    between = sum(agreed[0][0] <= at <= agreed[-1][0] for at, _, _ in matches)
    if len(agreed) < _SHARE * between:
        return None
    senders = _senders(agreed)
    if senders is None:
        return None
    return tuple((at, minutes) for at, minutes, _, _ in agreed), senders


def _matches(
    db: Connection, own: int, number: int, texts: list[tuple[str, tuple[datetime, str]]]
) -> list[_Match]:
    found: list[_Match] = []
    for text, (at, sender) in texts:
        rows = db.execute(
            "SELECT u.ts_local, i.key FROM utterance AS u JOIN identity AS i ON i.id = u.identity"
            " WHERE u.conversation = ? AND u.ts_local BETWEEN ? AND ? AND u.text = ?"
            " AND u.source <> ? AND u.ts_precision <> 'day'",
            (
                number,
                (at - _FARTHEST).isoformat(),
                (at + _FARTHEST).isoformat(),
                text,
                own,
            ),
        )
        by_distance: dict[int, str] = {}
        for stamp, who in rows.fetchall():
            there = datetime.fromisoformat(stamp).replace(second=0)
            minutes = int((at - there).total_seconds()) // 60
            if minutes % _STEP == 0:
                by_distance[minutes] = who
        found.append((at, sender, by_distance))
    return found


def _agreeing(matches: list[_Match]) -> tuple[int, list[tuple[datetime, int, str, str]]]:
    """The distance that most texts have, and those that have it or differ by summer time alone:
    when, the distance, who in the file, who in the life."""
    counts = Counter(minutes for _, _, held in matches for minutes in held)
    if not counts:
        return 0, []
    # Of equals the smaller distance: a clock is more likely right than wrong.
    main = min(counts, key=lambda minutes: (-counts[minutes], abs(minutes)))
    allowed = [main]
    beside = [main - _SUMMER, main + _SUMMER]
    if main != 0 and (second := max(beside, key=lambda minutes: counts[minutes])) in counts:
        allowed.append(second)
    agreed = []
    for at, sender, held in matches:
        for minutes in allowed:
            if minutes in held:
                agreed.append((at, minutes, sender, held[minutes]))
                break
    return main, agreed


def _senders(agreed: list[tuple[datetime, int, str, str]]) -> dict[str, str] | None:
    """Who in the file is who in the life: without a single contradiction, or not at all."""
    pairs = Counter((here, there) for _, _, here, there in agreed)
    senders: dict[str, str] = {}
    for (here, there), count in pairs.items():
        if here in senders or there in senders.values():
            return None
        if here == there or count >= _SENDER_RUN:
            senders[here] = there
    return senders

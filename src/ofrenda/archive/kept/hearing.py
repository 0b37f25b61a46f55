"""Listening to the recordings that came with messages, one by one, so that their words are found.

It goes on where it was stopped, in the middle of a long recording too; a file that cannot be
heard is noted with its reason and does not hold up the others. The originals stay as they are.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ofrenda.apart import Apart
from ofrenda.archive.kept.sounds import settle
from ofrenda.clock import Clock, SystemClock
from ofrenda.engines.protocols import SpeechToText
from ofrenda.errors import FileUnreadable, LifeDamaged
from ofrenda.sound import About, Measured, Window, listen, windows
from ofrenda.types import Audio, BlobId, Samples
from ofrenda.vault import Life

RATE: Final = 16_000
"""Samples a second that are listened to."""
_SAME_PLACE_S: Final = 0.02
"""Places are kept in hundredths of a second."""


@dataclass(frozen=True, slots=True)
class HearingProgress:
    """``done`` of ``total`` recordings; ``share`` 0 to 1 by their bytes; ``seconds`` of sound
    listened to in this run."""

    done: int
    total: int
    share: float
    seconds: float


@dataclass(slots=True)
class HearingReport:
    """What one run did: recordings ``heard`` (words found), ``silent`` and ``failed`` by reason,
    and the ``seconds`` of sound listened to."""

    heard: int = 0
    silent: int = 0
    failed: dict[str, int] = field(default_factory=dict)
    seconds: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """The report as JSON-ready data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class _Waiting:
    sha256: str
    blob: BlobId
    path: str
    size: int


Piece = tuple[float, float, str, float, str]
"""Start and end in seconds, what was heard, its confidence and language."""


async def transcribe(
    life: Life,
    stt: SpeechToText,
    *,
    progress: Callable[[HearingProgress], None] | None = None,
    go_ahead: Callable[[], Awaitable[None]] | None = None,
    retry: bool = False,
    clock: Clock | None = None,
) -> HearingReport:
    """Listen to every recording that waits; the person's own first.

    ``go_ahead`` is awaited before each stretch of at most 28 s, so that a call can go first.
    ``retry``: also what failed before. May be cancelled at any moment; the next run goes on from
    the last stretch. Raises ``ConsentMissing``, ``DiskFull``, and what ``stt`` raises: then the
    recording under way is not counted as failed.
    """
    life.require_consent("text")
    used = clock or SystemClock()
    await asyncio.to_thread(_tidy, life, retry)
    waiting = await asyncio.to_thread(_waiting, life)
    whole = max(1, sum(one.size for one in waiting))
    report = HearingReport()
    gone = 0

    def tell(place: int, share_of_file: float, size: int) -> None:
        if progress is not None:
            share = min(1.0, (gone + share_of_file * size) / whole)
            progress(HearingProgress(place, len(waiting), share, report.seconds))

    apart = Apart()
    try:
        for place, one in enumerate(waiting):
            tell(place, 0.0, one.size)
            job = _One(life, one, stt, used)
            async for seconds, share in job.stretches(apart, go_ahead):
                report.seconds += seconds
                tell(place, share, one.size)
            gone += one.size
            tell(place + 1, 0.0, 0)
            if job.reason is not None:
                report.failed[job.reason] = report.failed.get(job.reason, 0) + 1
            else:
                report.heard += bool(job.text)
                report.silent += not job.text
    finally:
        apart.close()
    return report


def waiting_to_be_heard(life: Life) -> int:
    """How many recordings nobody has listened to yet."""
    return len(_waiting(life))


def _tidy(life: Life, retry: bool) -> None:
    """Forget what belongs to nothing any more, and settle who speaks: it may have been decided
    since who somebody is."""
    with life.db.write() as db:
        db.execute("DELETE FROM sound WHERE sha256 NOT IN (SELECT sha256 FROM recording)")
        if retry:
            db.execute("DELETE FROM sound WHERE state = 'failed'")
        settle(db)


def _waiting(life: Life) -> list[_Waiting]:
    """What is to be heard, in the order it is."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT r.sha256, r.blob, r.path, min(CASE i.holder WHEN 'person' THEN 0"
            " WHEN 'member' THEN 2 WHEN 'other' THEN 3 ELSE 1 END) AS turn FROM recording AS r"
            " LEFT JOIN identity AS i ON i.id = r.identity"
            " LEFT JOIN sound AS s ON s.sha256 = r.sha256"
            " WHERE coalesce(i.holder, '') <> 'drop' AND coalesce(s.state, 'under_way')"
            " = 'under_way' GROUP BY r.sha256 ORDER BY turn, min(r.ts_local), r.sha256"
        ).fetchall()
    return [
        _Waiting(row["sha256"], BlobId(row["blob"]), row["path"], _size(life, BlobId(row["blob"])))
        for row in rows
    ]


def _size(life: Life, blob: BlobId) -> int:
    try:
        return life.blobs.size(blob)
    except LifeDamaged:
        return 0


class _One:
    """One recording, from wherever it was left."""

    def __init__(self, life: Life, file: _Waiting, stt: SpeechToText, clock: Clock) -> None:
        self.text = ""
        self.reason: str | None = None
        self._life = life
        self._file = file
        self._stt = stt
        self._clock = clock
        self._languages: Sequence[str] = life.person().languages
        self._about: About | None = None
        self._measured: Measured | None = None
        with life.db.read() as db:
            row = db.execute("SELECT pieces FROM sound WHERE sha256 = ?", (file.sha256,)).fetchone()
        self._pieces: list[Piece] = (
            [] if row is None else [tuple(piece) for piece in json.loads(row["pieces"])]
        )

    async def stretches(
        self, apart: Apart, go_ahead: Callable[[], Awaitable[None]] | None
    ) -> AsyncGenerator[tuple[float, float], None]:
        """Listen; yields the seconds of each stretch and the share of the file that is done."""
        try:
            stretches = windows(self._samples(apart), RATE)
            until = self._pieces[-1][1] if self._pieces else 0.0
            while (window := await asyncio.to_thread(next, stretches, None)) is not None:
                end = window.start + len(window.samples) / RATE
                if end <= until + _SAME_PLACE_S:
                    continue
                if go_ahead is not None:
                    await go_ahead()
                self._pieces.append(await self._heard(window, end))
                await asyncio.to_thread(self._keep, "under_way")
                promised = self._about.promised if self._about else None
                yield end - window.start, min(1.0, end / promised) if promised else 0.0
        except FileUnreadable as error:
            self.reason = None if error.reason == "no_audio" else error.reason
        except LifeDamaged:
            self.reason = "missing"
        self.text = _joined(self._pieces)
        state = "failed" if self.reason else "heard" if self.text else "silent"
        await asyncio.to_thread(self._keep, state)

    def _samples(self, apart: Apart) -> Iterator[Samples]:
        with self._life.blobs.open(self._file.blob) as file:
            for told in listen(apart, file, sample_rate=RATE, name=self._file.path):
                if isinstance(told, About):
                    self._about = told
                elif isinstance(told, Measured):
                    self._measured = told
                else:
                    yield told

    async def _heard(self, window: Window, end: float) -> Piece:
        audio = Audio(window.samples, RATE)
        found = await self._stt.transcribe(audio, languages=self._languages)
        return (
            round(window.start, 2), round(end, 2), found.text.strip(),
            round(found.confidence, 4), found.language,
        )  # fmt: skip

    def _keep(self, state: str) -> None:
        about, measured = self._about, self._measured
        spoken = [piece for piece in self._pieces if piece[2]]
        letters = sum(len(piece[2]) for piece in spoken)
        confidence = (
            sum(piece[3] * len(piece[2]) for piece in spoken) / letters if letters else None
        )
        seconds = measured.seconds if measured else self._pieces[-1][1] if self._pieces else None
        final = state != "under_way"
        with self._life.db.write() as db:
            db.execute(
                "INSERT OR REPLACE INTO sound (sha256, state, reason, seconds, codec,"
                " bandwidth_hz, film, music, text, language, confidence, pieces, engine, at_utc)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._file.sha256,
                    state,
                    self.reason,
                    seconds,
                    about.codec if about else None,
                    measured.bandwidth_hz if measured else None,
                    bool(about and about.film),
                    bool(about and about.music),
                    (self.text or None) if final else None,
                    max(spoken, key=lambda piece: len(piece[2]))[4] if spoken else None,
                    confidence,
                    json.dumps(self._pieces, ensure_ascii=False),
                    self._stt.capabilities.name,
                    self._clock.now().isoformat(timespec="seconds").replace("+00:00", "Z"),
                ),
            )
            if final:
                settle(db, self._file.sha256)


def _joined(pieces: Sequence[Piece]) -> str:
    """The words of all stretches; Chinese goes on without a space."""
    text = ""
    for _, _, words, _, language in pieces:
        if words:
            text += words if not text else ("" if language == "zh" else " ") + words
    return text

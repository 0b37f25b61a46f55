"""What the lab keeps in a life: marks, segments with their texts, and what it has finished."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any, Final

from ofrenda.clock import Clock
from ofrenda.engines.stt.doubt import doubtful
from ofrenda.errors import BadInput
from ofrenda.types import BlobId, MoodName
from ofrenda.vault import Connection, Life
from ofrenda.voice.speech import Span
from ofrenda.voice.store import now_utc

CANDIDATE, REFERENCE, HELD_OUT, REJECTED = "candidate", "reference", "held_out", "rejected"
_CLEARLY_HEARD: Final = 0.7
_HARDLY_ALIKE: Final = 0.35
"""Share of letters in common under which a text is of something else, when what was heard has a
mean token probability of 0.7 or more. A choice, not measured."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A stretch of recording ``clip`` in which, the keeper says, the person speaks alone."""

    id: int
    clip: int
    span: Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of 3 to 12 s of recording ``clip``, and what the lab thinks of it.

    ``role``: ``reference``, ``held_out``, ``candidate`` (good, not needed) or ``rejected``, with
    the ``reason`` then. ``scores``: ``overall``, ``signal``, ``background`` (DNSMOS, 1 to 5),
    ``similarity`` to the middle of the person's voice, ``nearer`` (how much nearer to it than to
    another voice; None with one voice), ``crest`` dB, ``flat`` share, ``telephone``,
    ``confidence`` of the transcript. ``raw`` and ``clean`` are its sound as WAV under the voice
    key, ``cleaned`` which of them is used. ``text`` is version ``version`` of what is said,
    ``by_keeper`` where the keeper corrected it.
    """

    id: int
    clip: int
    span: Span
    role: str
    reason: str | None
    mood: MoodName
    scores: Mapping[str, Any]
    raw: BlobId | None
    clean: BlobId | None
    cleaned: bool
    text: str
    language: str
    confidence: float | None
    by_keeper: bool
    version: int

    @property
    def sound(self) -> BlobId | None:
        """The sound that is used."""
        return self.clean if self.cleaned else self.raw


@dataclass(frozen=True, slots=True)
class Draft:
    """A segment about to be kept; fields as in :class:`Segment`."""

    span: Span
    reason: str | None
    scores: Mapping[str, Any]
    raw: bytes | None = None
    clean: bytes | None = None
    cleaned: bool = False
    text: str = ""
    language: str = "en"
    confidence: float = 0.0


_SELECT = """
SELECT s.id, s.clip, s.start_s, s.end_s, s.role, s.reason, s.mood, s.scores, s.raw, s.clean,
       s.cleaned, t.text, t.language, t.confidence, t.by_keeper, t.version
FROM voice_segment s
LEFT JOIN voice_segment_text t ON t.segment = s.id AND t.version = (
    SELECT max(version) FROM voice_segment_text WHERE segment = s.id)
"""


def segments(life: Life) -> list[Segment]:
    """Every segment, in the order of the recordings and of time."""
    with life.db.read() as db:
        rows = db.execute(_SELECT + " ORDER BY s.clip, s.start_s").fetchall()
    return [_segment(row) for row in rows]


def segment(life: Life, number: int) -> Segment:
    """One segment; ``BadInput`` where there is none of that number."""
    with life.db.read() as db:
        row = db.execute(_SELECT + " WHERE s.id = ?", (number,)).fetchone()
    if row is None:
        raise _no_segment()
    return _segment(row)


def _segment(row: Sequence[Any]) -> Segment:
    return Segment(
        id=row[0],
        clip=row[1],
        span=Span(row[2], row[3]),
        role=row[4],
        reason=row[5],
        mood=MoodName(row[6] or MoodName.CALM),
        scores=json.loads(row[7]),
        raw=BlobId(row[8]) if row[8] else None,
        clean=BlobId(row[9]) if row[9] else None,
        cleaned=bool(row[10]),
        text=row[11] or "",
        language=row[12] or "en",
        confidence=row[13],
        by_keeper=bool(row[14]),
        version=row[15] or 0,
    )


def correct_text(
    life: Life,
    number: int,
    text: str,
    *,
    language: str | None = None,
    sure: bool = False,
    clock: Clock | None = None,
) -> Segment:
    """Write down what is really said in a segment; earlier versions are kept.

    ``BadInput`` where there is no such segment, where the text is empty or can be no account of
    what is said (too long or too short for the time, or hardly like what was clearly heard);
    ``sure`` keeps it in spite of that.
    """
    words = " ".join(text.split())
    if not words:
        raise BadInput("The corrected text is empty. Write what is said in the segment.")
    before = segment(life, number)
    if not sure and _mismatch(before, words):
        raise BadInput(
            "This text does not match the sound: it is too long or too short for it, or nearly "
            "nothing of it was heard. Check the number of the segment; if it is right, say so "
            "with --sure."
        )
    with life.db.write() as db:
        _write_text(db, number, words, language or before.language, None, True, now_utc(clock))
    return segment(life, number)


def _mismatch(before: Segment, words: str) -> bool:
    pace = doubtful(words, 1.0, max(0.5, before.span.seconds - 0.4))
    if pace in {"too long", "too short"}:
        return True
    if before.by_keeper or before.confidence is None or before.confidence < _CLEARLY_HEARD:
        return False
    same = SequenceMatcher(None, before.text.lower(), words.lower(), autojunk=False).ratio()
    return same < _HARDLY_ALIKE


def versions(life: Life, number: int) -> list[tuple[int, str, bool]]:
    """All versions of a segment's text, oldest first: number, text, and whether the keeper's."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT version, text, by_keeper FROM voice_segment_text WHERE segment = ?"
            " ORDER BY version",
            (number,),
        ).fetchall()
    return [(row[0], row[1], bool(row[2])) for row in rows]


def _write_text(
    db: Connection,
    number: int,
    text: str,
    language: str,
    confidence: float | None,
    by_keeper: bool,
    when: str,
) -> None:
    db.execute(
        "INSERT INTO voice_segment_text"
        " (segment, version, text, language, confidence, by_keeper, made_utc)"
        " SELECT ?, 1 + COALESCE(max(version), 0), ?, ?, ?, ?, ?"
        " FROM voice_segment_text WHERE segment = ?",
        (number, text, language, confidence, by_keeper, when, number),
    )


def add_mark(life: Life, clip: int, span: Span, *, clock: Clock | None = None) -> Mark:
    """Remember that the person speaks alone in ``span`` of a recording.

    ``BadInput`` where there is no such recording, or the span is shorter than 1.5 s or longer
    than 30 s: a sentence is wanted.
    """
    if not 1.5 <= span.seconds <= 30 or span.start < 0:
        raise BadInput(
            "Mark one sentence, between 1.5 and 30 seconds long, in which only the person speaks."
        )
    with life.db.write() as db:
        row = db.execute("SELECT report FROM voice_clip WHERE id = ?", (clip,)).fetchone()
        if row is None or span.end > json.loads(row[0])["seconds"] + 0.5:
            raise BadInput(
                "There is no such place in the recordings. 'ofrenda voice LIFE --lab' lists them."
            )
        number = db.execute(
            "INSERT INTO voice_mark (clip, start_s, end_s, made_utc) VALUES (?, ?, ?, ?)",
            (clip, span.start, span.end, now_utc(clock)),
        ).lastrowid
    return Mark(int(number or 0), clip, span)


def remove_mark(life: Life, number: int) -> None:
    """Take a mark back; ``BadInput`` where there is none of that number."""
    with life.db.write() as db:
        if db.execute("DELETE FROM voice_mark WHERE id = ?", (number,)).rowcount == 0:
            raise BadInput("There is no such mark.")


def marks(life: Life) -> list[Mark]:
    """Every mark, in the order they were made."""
    with life.db.read() as db:
        rows = db.execute("SELECT id, clip, start_s, end_s FROM voice_mark ORDER BY id").fetchall()
    return [Mark(row[0], row[1], Span(row[2], row[3])) for row in rows]


def heard(life: Life) -> dict[int, tuple[str, dict[str, Any]]]:
    """For each recording that the lab finished: the key it was heard with, and what was found."""
    with life.db.read() as db:
        rows = db.execute("SELECT clip, key, report FROM voice_heard").fetchall()
    return {row[0]: (row[1], json.loads(row[2])) for row in rows}


def keep_heard(
    life: Life,
    clip: int,
    key: str,
    report: Mapping[str, Any],
    drafts: Sequence[Draft],
    *,
    clock: Clock | None = None,
) -> None:
    """Keep all that was found in a recording at once, in place of what was there before.

    A segment of the same place keeps its number, its role and the keeper's words.
    """
    blobs = [
        tuple(None if part is None else life.voice_blobs.put(part) for part in (d.raw, d.clean))
        for d in drafts
    ]
    old: set[str] = set()
    kept = False
    try:
        with life.db.write() as db:
            rows = db.execute(
                "SELECT id, start_s, end_s, raw, clean FROM voice_segment WHERE clip = ?", (clip,)
            ).fetchall()
            old = {blob for row in rows for blob in row[3:] if blob}
            known = {(row[1], row[2]): row[0] for row in rows}
            for draft, (raw, clean) in zip(drafts, blobs, strict=True):
                number = known.pop((draft.span.start, draft.span.end), None)
                _write_segment(db, clip, number, draft, raw, clean, now_utc(clock))
            for number in known.values():
                db.execute("DELETE FROM voice_segment WHERE id = ?", (number,))
            db.execute(
                "INSERT OR REPLACE INTO voice_heard (clip, key, report) VALUES (?, ?, ?)",
                (clip, key, json.dumps(report)),
            )
        kept = True
    finally:
        for blob in old if kept else {one for pair in blobs for one in pair if one}:
            life.voice_blobs.delete(BlobId(blob))


def _write_segment(
    db: Connection,
    clip: int,
    number: int | None,
    draft: Draft,
    raw: BlobId | None,
    clean: BlobId | None,
    when: str,
) -> None:
    role = REJECTED if draft.reason else CANDIDATE
    scores = json.dumps(draft.scores)
    if number is None:
        number = db.execute(
            "INSERT INTO voice_segment"
            " (clip, start_s, end_s, role, reason, scores, raw, clean, cleaned)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                clip,
                draft.span.start,
                draft.span.end,
                role,
                draft.reason,
                scores,
                raw,
                clean,
                draft.cleaned,
            ),
        ).lastrowid
    else:
        db.execute(
            "UPDATE voice_segment SET reason = ?, scores = ?, raw = ?, clean = ?, cleaned = ?,"
            " role = CASE WHEN ? = 'rejected' OR role = 'rejected' THEN ? ELSE role END"
            " WHERE id = ?",
            (draft.reason, scores, raw, clean, draft.cleaned, role, role, number),
        )
    corrected = db.execute(
        "SELECT 1 FROM voice_segment_text WHERE segment = ? AND by_keeper = 1", (number,)
    ).fetchone()
    if draft.text and corrected is None:
        args = (draft.text, draft.language, draft.confidence, False, when)
        _write_text(db, int(number or 0), *args)


def set_roles(
    life: Life, chosen: Mapping[int, tuple[str, str | None]], moods: Mapping[int, MoodName]
) -> None:
    """Write down what each segment is for (role and reason, by number) and how it sounds."""
    with life.db.write() as db:
        for number, (role, reason) in chosen.items():
            db.execute(
                "UPDATE voice_segment SET role = ?, reason = ? WHERE id = ?", (role, reason, number)
            )
        for number, mood in moods.items():
            db.execute("UPDATE voice_segment SET mood = ? WHERE id = ?", (mood.value, number))


def _no_segment() -> BadInput:
    return BadInput("There is no such segment. 'ofrenda voice LIFE --lab' lists them.")

"""The recordings of a life: which message each belongs to, what is known of it, who speaks."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from ofrenda.orders import unmistakable
from ofrenda.types import BlobId, Kind
from ofrenda.vault import Connection, Life, Row

SENDER, DOUBTFUL, UNSURE = "sender", "doubtful", "unsure"
"""What ``utterance.spoken`` says of words that were heard: the sender's and heard well; the
sender's and heard badly; not certain whose."""

OWN_CONFIDENCE: Final = 0.8
"""Mean token probability from which on heard words pass for the sender's own words.

Chosen with ``scripts/measure_spoken.py --part even`` (Whisper base; Opus and AMR-NB; noise from
none to louder than the voice): the lowest step at which at most 1 in 40 messages that pass has
more than a quarter of its words wrong (1 of 43; at 0.6 it is 9 of 76)."""
_LONGEST_NOTE_S: Final = 20 * 60
"""A recording longer than this is a conversation or a lecture more often than a voice message."""

MARKS: Mapping[str, str] = {"en": "(voice message)", "zh": "（语音）"}
"""What stands before words that were spoken, not written, wherever a keeper reads them."""

FAILURES: Mapping[str, str] = {
    "corrupt": "damaged, or not a recording",
    "protected": "copy-protected",
    "unknown_format": "a kind of sound that cannot be read",
    "too_long": "longer than 4 hours or larger than 2 GB",
    "too_large": "needs more memory than a file may",
    "too_slow": "takes too long to read",
    "crashed": "its decoder broke off",
    "missing": "its kept file is missing or damaged",
}
"""Why a recording could not be listened to, in plain words."""


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that a message names, to be played with ``life.blobs.open(blob)``.

    ``state``: ``waiting``, ``under_way``, ``heard``, ``silent`` (no speech in it) or ``failed``
    (``reason`` is a key of :data:`FAILURES`). ``pieces``: ``(start, end, text)``, seconds.
    """

    utterance: int
    path: str
    mime: str | None
    blob: BlobId
    sha256: str
    state: str
    reason: str | None
    seconds: float | None
    text: str | None
    confidence: float | None
    pieces: tuple[tuple[float, float, str], ...] = ()


@dataclass(frozen=True, slots=True)
class MediaCount:
    """How many files that came with messages there are of a ``kind``, in one ``state``: for
    sound those of :class:`Sound`, for photos ``seen``, ``waiting`` and ``failed``, for all kinds
    ``kept`` (nothing to be done with it) and ``missing`` (named, but did not come along)."""

    kind: str
    state: str
    count: int
    reasons: Mapping[str, int]

    def to_json(self) -> dict[str, Any]:
        """The count as JSON-ready data."""
        return asdict(self)


def sounds_of(life: Life, utterance: int) -> list[Sound]:
    """The recordings of one message, in its order."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT r.path, r.mime, r.blob, r.sha256, s.state, s.reason, s.seconds, s.text,"
            " s.confidence, s.pieces FROM recording AS r"
            " LEFT JOIN sound AS s ON s.sha256 = r.sha256 WHERE r.utterance = ? ORDER BY r.id",
            (utterance,),
        ).fetchall()
    return [
        Sound(
            utterance=utterance,
            path=row["path"],
            mime=row["mime"],
            blob=BlobId(row["blob"]),
            sha256=row["sha256"],
            state=row["state"] or "waiting",
            reason=row["reason"],
            seconds=row["seconds"],
            text=row["text"],
            confidence=row["confidence"],
            pieces=tuple((p[0], p[1], p[2]) for p in json.loads(row["pieces"] or "[]")),
        )
        for row in rows
    ]


def sound_of(life: Life, utterance: int) -> Sound | None:
    """The recording that the words of a message were heard in; None where it is written."""
    return next(iter(sounds_of(life, utterance)), None)


def media_counts(life: Life) -> list[MediaCount]:
    """The files that came with messages, by kind and state."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT u.kind, m.mime, m.blob IS NULL AS missing, r.id IS NOT NULL AS audible, s.film,"
            " s.state AS heard, s.reason AS unheard, p.state AS seen, p.reason AS unseen"
            " FROM media AS m JOIN utterance AS u ON u.id = m.utterance"
            " LEFT JOIN recording AS r ON r.id = m.id"
            " LEFT JOIN sound AS s ON s.sha256 = m.sha256"
            " LEFT JOIN photo AS p ON p.sha256 = m.sha256"
        ).fetchall()
    counts: Counter[tuple[str, str]] = Counter()
    reasons: dict[tuple[str, str], Counter[str]] = {}
    for row in rows:
        place = _counted_as(row)
        counts[place] += 1
        if reason := row["unheard"] or row["unseen"]:
            reasons.setdefault(place, Counter())[reason] += 1
    return [
        MediaCount(kind, state, count, dict(reasons.get((kind, state), {})))
        for (kind, state), count in sorted(counts.items())
    ]


_BY_KIND = {Kind.VOICE: "sound", Kind.IMAGE: "photo", Kind.VIDEO: "film"}


def _counted_as(row: Row) -> tuple[str, str]:
    mime = row["mime"] or ""
    if row["missing"]:
        return _BY_KIND.get(Kind(row["kind"]), "file"), "missing"
    if row["audible"]:
        # Until it was opened, what may be a film is taken for what the message calls it.
        film = row["film"] if row["film"] is not None else row["kind"] == Kind.VIDEO
        return "film" if film else "sound", row["heard"] or "waiting"
    if mime.startswith("image/"):
        return "photo", row["seen"] or "waiting"
    return "file", "kept"


def settle(db: Connection, sha256: str | None = None) -> None:
    """Give the messages the words that were heard in their recordings, with whose they are.

    Of one recording, or of all. What the sender wrote beneath a recording stays as it is; so does
    a transcript that the export brought along. Doing it again changes nothing.
    """
    rows = db.execute(
        "SELECT DISTINCT u.id FROM utterance AS u JOIN media AS m ON m.utterance = u.id"
        " JOIN sound AS s ON s.sha256 = m.sha256 WHERE s.state = 'heard'"
        " AND (?1 IS NULL OR m.sha256 = ?1)"
        " AND (u.spoken IS NOT NULL OR coalesce(u.text, '') = '')",
        (sha256,),
    ).fetchall()
    for row in rows:
        _settle_one(db, int(row[0]))


def _settle_one(db: Connection, utterance: int) -> None:
    told = db.execute(
        "SELECT u.kind, u.forwarded, u.quoted_text, u.spoken, c.platform FROM utterance AS u"
        " JOIN conversation AS c ON c.id = u.conversation WHERE u.id = ?",
        (utterance,),
    ).fetchone()
    heard = db.execute(
        "SELECT r.path, s.*, r.sha256 AS content FROM recording AS r"
        " LEFT JOIN sound AS s ON s.sha256 = r.sha256 WHERE r.utterance = ? ORDER BY r.id",
        (utterance,),
    ).fetchall()
    if any(one["state"] in (None, "under_way") for one in heard):
        return
    words = _once([one for one in heard if one["state"] == "heard"])
    text = "\n".join(one["text"] for one in words)
    sure = all(_speaks(told, one) and not _passed_on(db, one["content"]) for one in words)
    well = all(one["confidence"] >= OWN_CONFIDENCE for one in words)
    spoken = UNSURE if not sure or told["forwarded"] else SENDER if well else DOUBTFUL
    if not told["forwarded"]:
        db.execute(
            "UPDATE utterance SET text = ?1, spoken = ?2, planted = max(planted, ?4)"
            " WHERE id = ?3 AND (text IS NOT ?1 OR spoken IS NOT ?2)",
            (text, spoken, utterance, unmistakable(text or "")),
        )
    elif told["quoted_text"] is None or told["spoken"] is not None:
        # Somebody else's words, however they came: kept apart from what the sender said.
        db.execute(
            "UPDATE utterance SET quoted_text = ?1, spoken = ?2, planted = max(planted, ?4)"
            " WHERE id = ?3 AND (quoted_text IS NOT ?1 OR spoken IS NOT ?2)",
            (text, spoken, utterance, unmistakable(text or "")),
        )


def _once(heard: list[Row]) -> list[Row]:
    """Of copies of one file, which two exports may have packed differently, the best heard."""
    best: dict[str, Row] = {}
    for one in heard:
        name = str(one["path"]).rpartition("/")[2]
        if name not in best or best[name]["confidence"] < one["confidence"]:
            best[name] = one
    return list(best.values())


def _speaks(told: Row, sound: Row) -> bool:
    """Whether the sender of a message is who speaks in it, as far as its form tells.

    A film shows anybody; tags of a published record are music; WhatsApp calls what is not its own
    recording ``AUD-``, and its own are Opus or, before 2014, begin with ``PTT-``.
    """
    name = str(sound["path"]).rpartition("/")[2].upper()
    if told["kind"] not in (Kind.VOICE, Kind.VIDEO) or sound["film"] or sound["music"]:
        return False  # what is named like a film and has no pictures is an old voice message
    if (sound["seconds"] or 0) > _LONGEST_NOTE_S or name.startswith("AUD-"):
        return False
    own = sound["codec"] == "opus" or name.startswith("PTT-")
    return own or told["platform"] != "whatsapp"


def _passed_on(db: Connection, sha256: str) -> bool:
    """Whether different people sent the very same recording: then one of them passed it on."""
    rows = db.execute(
        "SELECT DISTINCT coalesce(i.holder || coalesce(':' || i.member, ''), i.id)"
        " FROM media AS m JOIN utterance AS u ON u.id = m.utterance"
        " JOIN identity AS i ON i.id = u.identity WHERE m.sha256 = ? LIMIT 2",
        (sha256,),
    ).fetchall()
    return len(rows) > 1

"""Recordings that a voice may be made from: what the person themselves sent."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from ofrenda.archive.kept.sounds import SENDER, UNSURE, settle
from ofrenda.types import BlobId
from ofrenda.vault import Life


@dataclass(frozen=True, slots=True)
class VoiceCandidate:
    """A recording sent by the person, to be read with ``life.blobs.open(blob)`` and decoded with
    ``ofrenda.voice.decode(file, name=path)``.

    ``speaker``: ``sender`` where its form says that they speak themselves; ``unsure`` for films,
    music, conversations, what others sent too, and what nobody has listened to yet. Neither is
    proof: somebody has to listen. ``seconds`` and ``bandwidth_hz`` (8000: 8 kHz or more; 4000
    and less sounds like a telephone) are None until it was listened to, ``text`` what was heard
    with ``confidence`` 0 to 1. ``said_local`` is when it was sent, ``source`` the file it came in.
    """

    utterance: int
    sha256: str
    blob: BlobId
    path: str
    mime: str | None
    speaker: str
    film: bool
    seconds: float | None
    bandwidth_hz: int | None
    text: str | None
    language: str | None
    confidence: float | None
    said_local: str | None
    source: str

    def to_json(self) -> dict[str, Any]:
        """The candidate as JSON-ready data."""
        return asdict(self)


def voice_candidates(life: Life) -> list[VoiceCandidate]:
    """The person's own recordings, each content once, the most promising first.

    Nothing that was forwarded, is dated after the person's death, or holds no sound. First those
    in which the person is sure to speak, then by bandwidth and length. Raises ``ConsentMissing``
    without consent for ``voice``.
    """
    life.require_consent("voice")
    with life.db.write() as db:
        settle(db)  # who somebody is may have been decided since
    with life.db.read() as db:
        rows = db.execute(
            "SELECT r.sha256, r.blob, r.path, r.mime, r.ts_local, min(r.utterance) AS utterance,"
            " u.spoken, q.name AS source, s.film, s.seconds, s.bandwidth_hz, s.text, s.language,"
            " s.confidence FROM recording AS r JOIN utterance AS u ON u.id = r.utterance"
            " JOIN source AS q ON q.id = r.source JOIN identity AS i ON i.id = r.identity"
            " LEFT JOIN sound AS s ON s.sha256 = r.sha256"
            " WHERE i.holder = 'person' AND NOT r.forwarded AND NOT r.after_death"
            " AND coalesce(s.state, '') NOT IN ('silent', 'failed') GROUP BY r.sha256"
        ).fetchall()
    found = [
        VoiceCandidate(
            utterance=row["utterance"],
            sha256=row["sha256"],
            blob=BlobId(row["blob"]),
            path=row["path"],
            mime=row["mime"],
            speaker=UNSURE if row["spoken"] in (None, UNSURE) else SENDER,
            film=bool(row["film"]),
            seconds=row["seconds"],
            bandwidth_hz=row["bandwidth_hz"],
            text=row["text"],
            language=row["language"],
            confidence=row["confidence"],
            said_local=row["ts_local"],
            source=row["source"],
        )
        for row in rows
    ]
    return sorted(
        found,
        key=lambda one: (
            one.speaker != SENDER,
            -(one.bandwidth_hz or 0),
            -(one.seconds or 0.0),
            one.utterance,
        ),
    )

"""Sentences of the person kept as sound, under the voice key, so that they can be said at once."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Sequence

import av
import msgpack
import numpy as np

from ofrenda.clock import Clock, SystemClock
from ofrenda.errors import VaultError
from ofrenda.types import Audio, BlobId, Mood, VoiceProfile
from ofrenda.vault import Life

MOST_BYTES = 200 * 2**20
"""How much is kept; what was last made or said longest ago goes first. Speech at 24 kHz takes about
26 kB a second as FLAC, so this is two hours."""

Told = tuple[str, str, Mood]
"""A sentence as it is said: words, language and mood."""


class RenderedSpeech:
    """What was synthesised of a life's sentences, and is still there.

    A sentence is found again only with the same voice, words, language and mood. Whatever fails
    here (a full disk, a voice destroyed) is as if nothing were kept: speech can be made again.
    """

    def __init__(
        self, life: Life, *, clock: Clock | None = None, most_bytes: int = MOST_BYTES
    ) -> None:
        self._life = life
        self._clock = clock or SystemClock()
        self._most = most_bytes
        self.found: set[Told] = set()
        """What was asked for and there, since this was opened."""

    def get(self, spoken: str, language: str, mood: Mood, voice: VoiceProfile) -> list[Audio]:
        """The clauses of a sentence; nothing when it is not kept."""
        key = _key(spoken, language, mood, voice)
        try:
            with self._life.db.read() as db:
                row = db.execute(
                    "SELECT blob, used_utc FROM rendered WHERE key = ?", (key,)
                ).fetchone()
            if row is None:
                return []
            clauses = _unpacked(self._life.voice_blobs.get(BlobId(row[0])))
            self._note_use(key, row[1])
        except VaultError:
            return []
        self.found.add((spoken, language, mood))
        return clauses

    def _note_use(self, key: bytes, before: str) -> None:
        """Write down that a sentence was said, once a day: a write takes longer than a look."""
        now = self._clock.now().isoformat()
        if before[:10] < now[:10]:
            with self._life.db.write() as db:
                db.execute("UPDATE rendered SET used_utc = ? WHERE key = ?", (now, key))

    def has(self, spoken: str, language: str, mood: Mood, voice: VoiceProfile) -> bool:
        """Whether a sentence is kept."""
        with self._life.db.read() as db:
            row = db.execute(
                "SELECT 1 FROM rendered WHERE key = ?", (_key(spoken, language, mood, voice),)
            ).fetchone()
        return row is not None

    def missing(self, sentences: Sequence[Told], voice: VoiceProfile) -> list[int]:
        """The places in ``sentences`` (words, language, mood) of what is not kept."""
        with self._life.db.read() as db:
            kept = {
                bytes(row[0])
                for row in db.execute("SELECT key FROM rendered WHERE profile = ?", (voice.id,))
            }
        return [place for place, told in enumerate(sentences) if _key(*told, voice) not in kept]

    def room(self, voice: VoiceProfile, share: float) -> bool:
        """Whether what is kept in ``voice`` takes less than ``share`` of what may be kept."""
        with self._life.db.read() as db:
            row = db.execute(
                "SELECT coalesce(sum(bytes), 0) FROM rendered WHERE profile = ?", (voice.id,)
            ).fetchone()
        return int(row[0]) < share * self._most

    def put(
        self,
        spoken: str,
        language: str,
        mood: Mood,
        voice: VoiceProfile,
        clauses: Sequence[Audio],
    ) -> None:
        """Keep the clauses of a sentence. What was said with voices no longer in use goes first."""
        if not clauses:
            return
        packed = _packed(clauses)
        try:
            blob = self._life.voice_blobs.put(packed)
        except VaultError:
            return
        kept = False
        gone: list[BlobId] = []
        try:
            with self._life.db.write() as db:
                kept = (
                    db.execute(
                        "INSERT INTO rendered (key, profile, blob, bytes, used_utc)"
                        " VALUES (?, ?, ?, ?, ?) ON CONFLICT (key) DO NOTHING",
                        (
                            _key(spoken, language, mood, voice),
                            voice.id,
                            blob,
                            len(packed),
                            self._clock.now().isoformat(),
                        ),
                    ).rowcount
                    == 1
                )
                total = db.execute("SELECT coalesce(sum(bytes), 0) FROM rendered").fetchone()[0]
                if total > self._most:
                    rows = db.execute(
                        "SELECT key, blob, bytes FROM rendered ORDER BY profile = ?, used_utc, key",
                        (voice.id,),
                    ).fetchall()
                    for key, old, size in rows:
                        if total <= self._most:
                            break
                        db.execute("DELETE FROM rendered WHERE key = ?", (key,))
                        gone.append(BlobId(old))
                        total -= size
        except VaultError:
            pass
        finally:
            for one in gone if kept else [*gone, blob]:
                self._life.voice_blobs.delete(one)

    def clear(self) -> None:
        """Forget all of it."""
        with self._life.db.write() as db:
            blobs = [BlobId(row[0]) for row in db.execute("SELECT blob FROM rendered").fetchall()]
            db.execute("DELETE FROM rendered")
        for blob in blobs:
            self._life.voice_blobs.delete(blob)


def _key(spoken: str, language: str, mood: Mood, voice: VoiceProfile) -> bytes:
    told = [
        spoken,
        language,
        mood.name.value,
        round(mood.intensity, 2),
        round(mood.pace, 2),
        voice.id,
        voice.engine,
        voice.base_model_sha256,
    ]
    return hashlib.sha256(json.dumps(told).encode()).digest()


def _packed(clauses: Sequence[Audio]) -> bytes:
    packed: bytes = msgpack.packb([_flac(clause) for clause in clauses])
    return packed


def _unpacked(data: bytes) -> list[Audio]:
    return [_sound(flac) for flac in msgpack.unpackb(data)]


def _flac(audio: Audio) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format="flac") as container:
        stream = container.add_stream("flac", rate=audio.sample_rate, layout="mono")
        samples = (np.clip(audio.samples, -1, 1) * 32767).astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate = audio.sample_rate
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _sound(flac: bytes) -> Audio:
    with av.open(io.BytesIO(flac), "r", format="flac") as container:
        stream = container.streams.audio[0]
        pieces = [frame.to_ndarray().reshape(-1) for frame in container.decode(stream)]
        samples = np.concatenate(pieces).astype(np.float32) / 32768.0
        return Audio(samples, int(stream.rate))

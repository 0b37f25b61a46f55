"""Clips and voices of a life, kept under its voice key."""

from __future__ import annotations

import dataclasses
import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import msgpack

from ofrenda.clock import Clock, SystemClock
from ofrenda.errors import ClipRejected, LifeDamaged
from ofrenda.settings import Settings
from ofrenda.sound import read_recording
from ofrenda.types import BlobId, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice.checks import ClipReport, Progress, examine_recording

_CONSENT = "voice"
_PROFILE_FORM = 1


@dataclass(frozen=True, slots=True)
class StoredClip:
    """A clip that is kept: ``id`` of its row, the file's ``name``, what was found in it, and the
    ``blob`` under the voice key that holds the file as it came."""

    id: int
    name: str
    blob: BlobId
    report: ClipReport


def add_clip(
    life: Life,
    path: Path,
    *,
    settings: Settings | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> ClipReport:
    """Examine the recording at ``path`` and, when it can be used, keep it as it is.

    The same file twice is kept once. Nothing is stored of a recording that is rejected. Raises
    ``ConsentMissing`` before the file is opened, :class:`ClipRejected`, ``DiskFull``.
    """
    life.require_consent(_CONSENT)  # before the file is opened
    with _opened(path) as file:
        return keep_recording(
            life, file, path.name, settings=settings, clock=clock, progress=progress
        )


def keep_recording(
    life: Life,
    file: io.BufferedReader | io.BytesIO,
    name: str,
    *,
    alone: bool = True,
    settings: Settings | None = None,
    clock: Clock | None = None,
    progress: Progress | None = None,
) -> ClipReport:
    """As :func:`add_clip`, from an open ``file`` that is called ``name``.

    ``alone`` False takes it as one of several recordings for the lab: it may be a sentence long,
    and other people may speak in it too."""
    life.require_consent(_CONSENT)
    sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    known = _report_of(life, sha256)
    if known is not None:
        return known
    file.seek(0)
    recording = read_recording(file, name=name)
    report = examine_recording(recording, settings=settings, progress=progress, alone=alone)
    file.seek(0)
    blob = life.voice_blobs.put(file)
    kept = False
    try:
        with life.db.write() as db:
            added = db.execute(
                "INSERT INTO voice_clip (name, sha256, added_utc, blob, report)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT (sha256) DO NOTHING",
                (name, sha256, now_utc(clock), blob, json.dumps(report.to_json())),
            ).rowcount
        kept = added == 1
    finally:
        if not kept:  # the row did not come to be: the blob belongs to nothing
            life.voice_blobs.delete(blob)
    return report


def clips(life: Life) -> list[StoredClip]:
    """The clips of a life, in the order they were added."""
    with life.db.read() as db:
        rows = db.execute("SELECT id, name, blob, report FROM voice_clip ORDER BY id").fetchall()
    return [
        StoredClip(row[0], row[1], BlobId(row[2]), ClipReport.from_json(json.loads(row[3])))
        for row in rows
    ]


def clips_newest(life: Life) -> str | None:
    """When the last clip was added (UTC, ISO 8601); None where there is none."""
    with life.db.read() as db:
        row = db.execute("SELECT max(added_utc) FROM voice_clip").fetchone()
    return None if row[0] is None else str(row[0])


class Report(Protocol):
    """What is kept about a voice beside it."""

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        ...


class Choice(Protocol):
    """A voice to be taken into use: chosen among stock voices, or fitted."""

    @property
    def profile(self) -> VoiceProfile:
        """What to speak with."""
        ...

    @property
    def report(self) -> Report:
        """What was found while making it."""
        ...


def adopt(life: Life, choice: Choice, *, clock: Clock | None = None) -> VoiceProfile:
    """From now on the life speaks with the chosen voice; earlier voices are kept, unused.

    Returns the profile as stored: it names the consent it rests on. Raises ``ConsentMissing``.
    """
    return keep_voice(life, choice, in_use=True, clock=clock)


def keep_voice(
    life: Life, choice: Choice, *, in_use: bool = False, clock: Clock | None = None
) -> VoiceProfile:
    """Keep a voice beside the one in use, to be compared with it (:mod:`.kept`); ``in_use``: speak
    with it from now on. As :func:`adopt`."""
    consent = life.require_consent(_CONSENT)
    profile = dataclasses.replace(choice.profile, consent_id=str(consent))
    now = now_utc(clock)
    blob = life.voice_blobs.put(pack_profile(profile))
    stored = False
    try:
        with life.db.write() as db:
            old = db.execute(
                "SELECT blob FROM voice_profile WHERE id = ?", (profile.id,)
            ).fetchone()
            if in_use:
                db.execute("UPDATE voice_profile SET in_use = 0")
            db.execute(
                "INSERT OR REPLACE INTO voice_profile"
                " (id, engine, made_utc, blob, report, in_use, consent, used_utc)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    profile.id,
                    profile.engine,
                    now,
                    blob,
                    json.dumps(choice.report.to_json()),
                    int(in_use),
                    consent,
                    now if in_use else None,
                ),
            )
        stored = True
    finally:
        if not stored:
            life.voice_blobs.delete(blob)
    if old is not None:
        life.voice_blobs.delete(BlobId(old[0]))
    return profile


def voice_in_use(life: Life) -> VoiceProfile | None:
    """What the life speaks with; None before a voice was adopted. Raises ``LifeDamaged``."""
    with life.db.read() as db:
        row = db.execute("SELECT blob FROM voice_profile WHERE in_use = 1").fetchone()
    return None if row is None else unpack_profile(life.voice_blobs.get(BlobId(row[0])))


def voices(life: Life) -> list[VoiceProfile]:
    """Every voice that was made and is kept, the one in use first. Raises ``LifeDamaged``."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT blob FROM voice_profile ORDER BY in_use DESC, made_utc DESC"
        ).fetchall()
    return [unpack_profile(life.voice_blobs.get(BlobId(row[0]))) for row in rows]


def pack_profile(profile: VoiceProfile) -> bytes:
    """A profile as bytes (msgpack), artefact included."""
    fields = {
        field.name: getattr(profile, field.name) for field in dataclasses.fields(VoiceProfile)
    }
    fields["parameters"] = dict(profile.parameters)
    packed: bytes = msgpack.packb({"form": _PROFILE_FORM, **fields})
    return packed


def unpack_profile(data: bytes) -> VoiceProfile:
    """The profile of :func:`pack_profile`; ``LifeDamaged`` for anything else."""
    try:
        fields: dict[str, Any] = msgpack.unpackb(data)
        if fields.pop("form") != _PROFILE_FORM:
            raise LifeDamaged(
                "The voice of this life was stored by a newer Ofrenda. Install that version."
            )
        fields["languages"] = tuple(fields["languages"])
        return VoiceProfile(**fields)
    except (ValueError, TypeError, KeyError, AttributeError, msgpack.UnpackException) as error:
        raise LifeDamaged(
            "The voice of this life cannot be read. Choose it again with 'ofrenda voice'."
        ) from error


def _report_of(life: Life, sha256: str) -> ClipReport | None:
    with life.db.read() as db:
        row = db.execute("SELECT report FROM voice_clip WHERE sha256 = ?", (sha256,)).fetchone()
    return None if row is None else ClipReport.from_json(json.loads(row[0]))


def _opened(path: Path) -> io.BufferedReader:
    try:
        return path.open("rb")
    except OSError as error:
        raise ClipRejected(
            "unreadable", "This recording cannot be opened. Check that the file is there."
        ) from error


def now_utc(clock: Clock | None) -> str:
    """The time to write into a row."""
    moment = (clock or SystemClock()).now()
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"

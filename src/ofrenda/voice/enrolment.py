"""A voice made by another engine: from the same reference, and elsewhere only when agreed to."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, Protocol, cast

from ofrenda.clock import Clock
from ofrenda.engines.protocols import Capabilities, TextToSpeech, VoiceMaker
from ofrenda.errors import ConsentMissing, EngineRefused, OfrendaError
from ofrenda.types import BlobId, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice.reference import Reference
from ofrenda.voice.sample import SENTENCES, speak
from ofrenda.voice.store import adopt, now_utc, unpack_profile

EMBEDDED: Final = "kokoro"
"""The engine that fits a voice on this machine and keeps nothing elsewhere."""


class SpeakingMaker(TextToSpeech, VoiceMaker, Protocol):
    """An engine that learns a voice and speaks with it."""


@dataclass(frozen=True, slots=True)
class EnrolmentReport:
    """What the life keeps about a voice of another engine. ``agreed`` is the statement that the
    keeper agreed to, word for word, and ``agreed_utc`` when; None where nothing leaves."""

    engine: str
    reference: str
    seconds: float
    agreed: str | None
    agreed_utc: str | None

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and the database."""
        return {
            "engine": self.engine, "reference": self.reference, "seconds": round(self.seconds, 1),
            "agreed": self.agreed, "agreed_utc": self.agreed_utc,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Enrolled:
    profile: VoiceProfile
    report: EnrolmentReport


def maker(engine: TextToSpeech) -> SpeakingMaker:
    """``engine`` as one that learns voices. :class:`EngineRefused` where it cannot."""
    if not hasattr(engine, "enroll"):
        raise EngineRefused(
            f"The engine {engine.capabilities.name!r} has voices of its own and learns none. "
            "For the embedded one use 'ofrenda voice LIFE --fit'."
        )
    return cast(SpeakingMaker, engine)


def what_leaves(engine: Capabilities, reference: Reference) -> str | None:
    """What a keeper has to agree to before this engine is given the voice; None where all stays
    on this machine."""
    if engine.offline:
        return None
    seconds = sum(clip.audio.seconds for clip in reference.clips)
    return (
        f"'{engine.name}' is not on this computer. Up to {seconds:.0f} seconds of the person's "
        "recordings will be sent there, and in every call each sentence that the life says. Who "
        "runs it can hear and keep both, under its own terms. No name, no archive and no word of a "
        "caller is sent. Calls in this voice need that service to be reached. "
        "'ofrenda voice LIFE --destroy' asks it to delete the voice."
    )


async def enrol(
    life: Life,
    reference: Reference,
    engine: TextToSpeech,
    *,
    agreed: str | None = None,
    clock: Clock | None = None,
) -> VoiceProfile:
    """Have ``engine`` learn the voice, hear it say one sentence, and take it into use.

    ``agreed`` is the statement of :func:`what_leaves` that the keeper agreed to. Where anything
    fails, the engine is asked to forget the voice and the life keeps the one it had. Raises
    ``ConsentMissing`` before anything is sent, and the engine's errors."""
    consent = life.require_consent("voice")
    learner = maker(engine)
    statement = what_leaves(engine.capabilities, reference)
    if statement != agreed:
        raise ConsentMissing("Nothing was sent: what leaves the house has to be agreed to first.")
    profile = await learner.enroll(
        reference.clips, consent_id=str(consent), name=f"voice-{secrets.token_hex(4)}"
    )
    report = EnrolmentReport(
        engine.capabilities.name,
        reference.id,
        sum(clip.audio.seconds for clip in reference.clips),
        statement,
        None if statement is None else now_utc(clock),
    )
    try:
        language = reference.language
        sentence = SENTENCES.get(language, SENTENCES["en"])[0]
        await speak(engine, sentence, profile, language)
        return adopt(life, _Enrolled(profile, report), clock=clock)
    except BaseException:
        with contextlib.suppress(OfrendaError):
            await learner.forget(profile)
        raise


async def forget_one(life: Life, id: str, find: Callable[[str], TextToSpeech]) -> None:
    """Ask the engine that learnt the voice ``id`` to forget it; nothing to do for a voice that was
    made here. ``find`` makes an engine by its name. Raises the engine's errors."""
    with life.db.read() as db:
        row = db.execute(
            "SELECT engine, blob, in_use FROM voice_profile WHERE id = ? AND engine != ?",
            (id, EMBEDDED),
        ).fetchone()
    if row is None or row["in_use"]:
        return
    engine = find(row["engine"])
    try:
        await maker(engine).forget(unpack_profile(life.voice_blobs.get(BlobId(row["blob"]))))
    finally:
        await engine.close()


async def forget_elsewhere(life: Life, find: Callable[[str], TextToSpeech]) -> list[str]:
    """Ask every engine that learnt this voice to forget it; the reasons of those that could not.

    ``find`` makes an engine by its name."""
    with life.db.read() as db:
        rows = db.execute(
            "SELECT engine, blob FROM voice_profile WHERE engine != ?", (EMBEDDED,)
        ).fetchall()
    failed = []
    for name, blob in rows:
        try:
            engine = find(name)
            await maker(engine).forget(unpack_profile(life.voice_blobs.get(BlobId(blob))))
            await engine.close()
        except OfrendaError as error:
            failed.append(f"{name}: {error.message}")
    return failed

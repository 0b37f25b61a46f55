"""Fit the voice of a life, from its reference to the profile that it speaks with."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip, VoiceProfile
from ofrenda.vault import Life
from ofrenda.voice.choose import choose_stock_voice
from ofrenda.voice.fit.fitting import FitResult, fit_voice, require_fit
from ofrenda.voice.fit.gates import refusal
from ofrenda.voice.fit.keep import VaultStore
from ofrenda.voice.fit.options import FitOptions, Tell
from ofrenda.voice.quality import TELEPHONE_BAND, TELEPHONE_DROP_DB, telephone_drop
from ofrenda.voice.reference import Reference
from ofrenda.voice.speaker import RATE
from ofrenda.voice.store import adopt, keep_voice


@dataclass(frozen=True, slots=True)
class FitReport:
    """What the life keeps about its fitted voice: plain values."""

    tier: str
    reference: str
    seconds: float
    preview: dict[str, Any]
    notes: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``--json`` and the database."""
        return {
            "tier": self.tier, "reference": self.reference, "seconds": round(self.seconds, 1),
            "preview": self.preview, "notes": list(self.notes),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class FittedChoice:
    """A fitted voice and its report, in the form that is taken into use."""

    profile: VoiceProfile
    report: FitReport


async def fit_life(
    life: Life,
    reference: Reference,
    *,
    tts: TextToSpeech,
    stt: SpeechToText,
    settings: Settings,
    options: FitOptions | None = None,
    tell: Tell = lambda _progress: None,
) -> FitResult:
    """Fit the person's voice from ``reference`` (its held-out set is not touched) and take it into
    use. Cancelled or killed, it goes on where it was when called again.

    The other tiers are kept beside it, for the family to compare (:mod:`ofrenda.voice.listening`):
    the stock mix, and each that was made and is as clear and natural as it must be. Whether it is
    nearer is then for those to say who knew the person.

    Raises what :func:`~.fitting.fit_voice` raises, and ``ConsentMissing``."""
    require_fit()
    consent = life.require_consent("voice")
    clips = reference.clips
    options = options or FitOptions()
    if band_of(clips) != options.band:
        options = replace(options, band=band_of(clips))
    choice = await choose_stock_voice(
        _joined(clips), tts, languages=life.person().languages, settings=settings
    )
    result = await fit_voice(
        clips, choice.report.mix, tts=tts, stt=stt, store=VaultStore(life), settings=settings,
        name=f"fitted-{secrets.token_hex(4)}", consent_id=str(consent), options=options, tell=tell,
    )  # fmt: skip
    preview = choice.report.to_json()
    seconds = sum(clip.audio.seconds for clip in clips)
    for tier in candidates(result):
        report = FitReport(tier, reference.id, seconds, preview, ())
        keep_voice(life, FittedChoice(result.voices[tier], report))
    report = FitReport(result.tier, reference.id, seconds, preview, result.notes)
    adopt(life, FittedChoice(result.profile, report))
    return result


def candidates(result: FitResult) -> list[str]:
    """The tiers beside the one that was taken that may be spoken with: all but those that are
    harder to understand than they may be, or less natural."""
    stock = result.trials["preview"]
    return [
        tier
        for tier in result.voices
        if tier != result.tier
        # Against the stock mix nearness is not asked.
        and (tier == "preview" or refusal(result.trials[tier], stock, stock) is None)
    ]


def band_of(clips: tuple[ReferenceClip, ...]) -> tuple[float, float]:
    """The range in Hz that the recordings' channel let through."""
    narrow = telephone_drop(_joined(clips)) > TELEPHONE_DROP_DB
    return TELEPHONE_BAND if narrow else FitOptions().band


def _joined(clips: tuple[ReferenceClip, ...]) -> Audio:
    import soxr

    rows = [
        np.asarray(soxr.resample(clip.audio.samples, clip.audio.sample_rate, RATE), np.float32)
        for clip in clips
    ]
    return Audio(np.concatenate(rows), RATE)

"""Make the embedded engine speak in a person's voice."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.engines.tts.fitted import TIERS, FittedVoice, between, fitted_profile
from ofrenda.engines.tts.stock import mix, stock_profile
from ofrenda.engines.tts.symbols import Symbols
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import ReferenceClip, VoiceProfile
from ofrenda.voice.fit.climb import Climb
from ofrenda.voice.fit.gates import NO_NEARER, Trial, refusal, try_voice
from ofrenda.voice.fit.keep import FitStore
from ofrenda.voice.fit.options import FitOptions, Tell

_TRIED: Final = 6
"""Clips that a finished voice is asked to say: about 20 s of speech."""
_SHARES: Final = (1.0, 0.75, 0.5, 0.35, 0.25)
"""How far a tier goes from the one below, tried in this order until the voice may be used. Most of
the nearness is won early on the way, most of the naturalness lost late (docs/voice-fitting.md)."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """The voice that came out. ``tier``: ``preview`` (the stock mix it began from), ``style``,
    ``bias`` or ``full``; ``share`` of the way to it from the tier below; ``trials`` of each tier;
    ``notes``: why a higher tier was not taken, or not all of it."""

    profile: VoiceProfile
    tier: str
    share: float
    trials: Mapping[str, Trial]
    notes: tuple[str, ...]


def require_fit() -> None:
    """Raise :class:`~ofrenda.errors.EngineRefused` where what a fit needs is not installed."""
    if importlib.util.find_spec("torch") is None:
        raise EngineRefused(
            "Fitting a voice needs PyTorch, about 900 MB on the disk, for the "
            "fit only: pip install 'ofrenda[fit]' --extra-index-url "
            "https://download.pytorch.org/whl/cpu"
        )


async def fit_voice(
    reference: Sequence[ReferenceClip],
    start: Mapping[str, float],
    *,
    tts: TextToSpeech,
    stt: SpeechToText,
    store: FitStore,
    settings: Settings,
    name: str,
    consent_id: str | None = None,
    options: FitOptions | None = None,
    tell: Tell = lambda _progress: None,
) -> FitResult:
    """Fit the mix of stock voices ``start`` to the person who speaks in ``reference``.

    ``name`` is a random id for the profile. The work runs on a thread of low priority; cancelling
    keeps what was done in ``store``, and a later call with the same reference goes on from there.
    Each tier must be nearer to the person than the one below, as clear as a stock voice and natural
    (:mod:`.gates`), or less of it is taken, or none, and ``notes`` say why.

    Raises :class:`~ofrenda.errors.EngineRefused` without the extra ``fit``,
    :class:`~ofrenda.errors.ClipRejected` for a reference that is too little, and the engines'
    errors."""
    require_fit()
    options = options or FitOptions()
    symbols = Symbols(settings)
    tokens = [symbols.tokens(clip.text, clip.language) for clip in reference]
    climb = Climb(
        reference, tokens, mix(start), store, settings, options, consent_id=consent_id, tell=tell
    )
    with ThreadPoolExecutor(1, "fit") as worker:
        work = asyncio.get_running_loop().run_in_executor(worker, climb.run)
        try:
            voices = await asyncio.shield(work)
        except asyncio.CancelledError:
            climb.stop()
            raise
    clips = list(reference)[:: max(1, len(reference) // _TRIED)][:_TRIED]
    languages = tuple(dict.fromkeys(clip.language for clip in reference))
    preview = dataclasses.replace(
        stock_profile(next(iter(start))),
        id=name, languages=languages, parameters={"mix": dict(start)}, consent_id=consent_id,
    )  # fmt: skip
    stock = await try_voice(preview, clips, tts, stt)
    best, tier, share, trials, notes = preview, "preview", 1.0, {"preview": stock}, []
    below: FittedVoice | None = None
    for voice in voices:
        for part in _SHARES if below else _SHARES[:1]:
            tried = between(below, voice, part) if below else voice
            profile = fitted_profile(tried, id=f"{name}-{voice.tier}-{part:g}", mix=start)
            trials[voice.tier] = await try_voice(profile, clips, tts, stt)
            why = refusal(trials[voice.tier], trials[tier], stock)
            if why is None or why == NO_NEARER:
                break
            if part == 1:
                notes.append(f"The voice of the tier '{voice.tier}' was not taken as it was. {why}")
        if why is None:
            best, tier, share = profile, voice.tier, part
            if part < 1:
                notes.append(f"Of the tier '{voice.tier}' {part:.0%} of the way was taken.")
        else:
            notes.append(f"Nothing of the tier '{voice.tier}' was taken. {why}")
        if why is None or below is None:
            below = tried
    if trials[TIERS[0]].natural is None:
        notes.append("How natural it sounds was not measured: 'distillmos' is not installed.")
    store.clear()
    return FitResult(dataclasses.replace(best, id=name), tier, share, trials, tuple(notes))

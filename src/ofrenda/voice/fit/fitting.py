"""Make the embedded engine speak in a person's voice."""

from __future__ import annotations

import asyncio
import dataclasses
import importlib.util
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
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

_TRIED: Final = 10
"""Clips that a finished voice is asked to say: about 35 s of speech. With six of them a voice that
was as natural as it must be was 0.2 less so (DistillMOS) with other texts."""
_PARTS: Final = (
    (1.0, 1.0), (1.0, 0.5), (1.0, 0.25), (1.0, 0.0), (0.75, 0.0), (0.5, 0.0), (0.35, 0.0),
)  # fmt: skip
"""How far a tier goes from the one below, and how much of that its grain goes
(:func:`~ofrenda.engines.tts.fitted.between`), tried in this order until the voice may be used. What
the last blocks learn costs most naturalness; of the rest most nearness is won early on the way,
most naturalness lost late (docs/voice-fitting.md). The first is left out of the highest tier, whose
voices were as near or nearer with half of their grain, and far more natural, and of every tier
where naturalness cannot be measured."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """The voice that came out. ``tier``: ``preview`` (the stock mix it began from), ``style``,
    ``bias`` or ``full``; ``share`` of the way to it from the tier below, and how much of
    that its ``grain`` went; ``trials`` of each tier;
    ``notes``: why a higher tier was not taken, or not all of it; ``voices``: each tier as it was
    last tried, the taken one among them under another id."""

    profile: VoiceProfile
    tier: str
    share: float
    trials: Mapping[str, Trial]
    notes: tuple[str, ...]
    voices: Mapping[str, VoiceProfile] = dataclasses.field(default_factory=dict)
    grain: float = 1.0


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
    trying = _Trying(reference, start, name, tts, stt, consent_id)
    await trying.begin()
    for voice in voices:
        await trying.consider(voice)
    store.clear()
    return trying.result()


class _Trying:
    """Which of the voices of a fit may be used, and how much of it."""

    def __init__(
        self,
        reference: Sequence[ReferenceClip],
        start: Mapping[str, float],
        name: str,
        tts: TextToSpeech,
        stt: SpeechToText,
        consent_id: str | None,
    ) -> None:
        languages = tuple(dict.fromkeys(clip.language for clip in reference))
        self._clips = reference[:: max(1, len(reference) // _TRIED)][:_TRIED]
        self._start, self._name = start, name
        self._try = partial(try_voice, clips=self._clips, tts=tts, stt=stt)
        self.best = dataclasses.replace(
            stock_profile(next(iter(start))), id=name, languages=languages,
            parameters={"mix": dict(start)}, consent_id=consent_id,
        )  # fmt: skip
        self.tier, self.share, self.grain = "preview", 1.0, 1.0
        self.made = {"preview": dataclasses.replace(self.best, id=f"{name}-preview")}
        self.trials: dict[str, Trial] = {}
        self.notes: list[str] = []
        self._below: FittedVoice | None = None

    async def begin(self) -> None:
        """Hear the stock mix, which the others are compared with."""
        self.trials["preview"] = await self._try(self.best)

    async def consider(self, voice: FittedVoice) -> None:
        """Take as much of ``voice``, the next tier, as may be used."""
        tier, below = voice.tier, self._below
        measured = self.trials["preview"].natural is not None
        coarse = tier == TIERS[-1] or not measured
        parts = list(_PARTS[coarse:] if below else _PARTS[:1])
        for share, grain in parts:
            tried = between(below, voice, share, grain) if below else voice
            id = f"{self._name}-{tier}-{share:g}-{grain:g}"
            profile = fitted_profile(tried, id=id, mix=self._start)
            trial = await self._try(profile)
            self.made[tier], self.trials[tier] = profile, trial
            why = refusal(trial, self.trials[self.tier], self.trials["preview"])
            if why is None or why == NO_NEARER:
                break
            if (share, grain) == parts[0]:
                self.notes.append(f"The voice of the tier '{tier}' was not taken as it was. {why}")
        if why is None:
            self.best, self.tier, self.share, self.grain = profile, tier, share, grain
            if (share, grain) != parts[0]:
                self.notes.append(
                    f"Of the tier '{tier}' {share:.0%} was taken, of its grain {grain:.0%}."
                )
        else:
            self.notes.append(f"Nothing of the tier '{tier}' was taken. {why}")
        if why is None or below is None:
            self._below = tried

    def result(self) -> FitResult:
        """What came out of it."""
        if self.trials["preview"].natural is None:
            self.notes.append(
                "How natural it sounds was not measured, so only half of its grain was taken. "
                "To have it measured: pip install --no-deps distillmos==0.9.1 xls-r-sqa==0.1.0"
            )
        return FitResult(
            dataclasses.replace(self.best, id=self._name), self.tier, self.share, self.trials,
            tuple(self.notes), self.made, self.grain,
        )  # fmt: skip

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
from ofrenda.voice.fit.gates import (
    LEAST_NATURAL,
    NO_NEARER,
    Trial,
    least_natural,
    refusal,
    try_voice,
)
from ofrenda.voice.fit.keep import FitStore
from ofrenda.voice.fit.options import FURTHER, FitOptions, Tell

_TRIED: Final = 6
"""Clips that a finished voice is asked to say: about 20 s of speech."""
_PARTS: Final = ((1.0, True), (1.0, False), (0.75, False), (0.5, False), (0.35, False))
"""How far a tier goes from the one below, and whether with its grain
(:func:`~ofrenda.engines.tts.fitted.between`), tried in this order until the voice may be used. What
the last blocks learn costs most naturalness and brings least nearness; of the rest most nearness is
won early on the way, most naturalness lost late (docs/voice-fitting.md)."""


@dataclass(frozen=True, slots=True)
class FitResult:
    """The voice that came out. ``tier``: ``preview`` (the stock mix it began from), ``style``,
    ``bias`` or ``full``; ``share`` of the way to it from the tier below, and whether with its
    ``grain``; ``further``: how much of
    what was learnt on top of that tier was taken, 0 for nothing; ``trials`` of each stage;
    ``notes``: why a higher tier was not taken, or not all of it; ``voices``: each tier as it was
    last tried, the taken one among them under another id; ``least``: how natural a voice had to
    be."""

    profile: VoiceProfile
    tier: str
    share: float
    trials: Mapping[str, Trial]
    notes: tuple[str, ...]
    voices: Mapping[str, VoiceProfile] = dataclasses.field(default_factory=dict)
    grain: bool = True
    further: float = 0.0
    least: float = LEAST_NATURAL


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

        async def climbed(further: bool = False) -> list[FittedVoice]:
            work = partial(climb.run, further=further)
            try:
                return await asyncio.shield(
                    asyncio.get_running_loop().run_in_executor(worker, work)
                )
            except asyncio.CancelledError:
                climb.stop()
                raise

        voices = await climbed()
        trying = _Trying(list(reference), start, name, tts, stt, consent_id)
        await trying.begin()
        for voice in voices:
            await trying.consider(voice)
        if climb.may_go_further and trying.stayed_natural:
            await trying.consider((await climbed(further=True))[-1], FURTHER)
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
        self._start, self._name, self._engines = start, name, (tts, stt)
        self.best = dataclasses.replace(
            stock_profile(next(iter(start))), id=name, languages=languages,
            parameters={"mix": dict(start)}, consent_id=consent_id,
        )  # fmt: skip
        self.tier, self.share, self.grain, self.further = "preview", 1.0, True, 0.0
        self.made = {"preview": dataclasses.replace(self.best, id=f"{name}-preview")}
        self.trials: dict[str, Trial] = {}
        self.notes: list[str] = []
        self._below: FittedVoice | None = None
        self._reached = "preview"

    async def begin(self) -> None:
        """Hear the stock mix and the person: what the others are compared with."""
        self.trials["preview"] = await try_voice(self.best, self._clips, *self._engines)
        self._least = await asyncio.to_thread(least_natural, self._clips)

    async def consider(self, voice: FittedVoice, stage: str | None = None) -> None:
        """Take as much of ``voice`` as may be used; ``stage``: where it is not its tier's first."""
        stage, below = stage or voice.tier, self._below
        for part, grain in _PARTS if below else _PARTS[:1]:
            tried = between(below, voice, part, grain=grain) if below else voice
            id = f"{self._name}-{stage}-{part:g}{'' if grain else '-smooth'}"
            profile = fitted_profile(tried, id=id, mix=self._start)
            trial = await try_voice(profile, self._clips, *self._engines)
            self.trials[stage] = trial
            why = refusal(trial, self.trials[self._reached], self.trials["preview"], self._least)
            if why is None or why == NO_NEARER:
                break
            if (part, grain) == _PARTS[0]:
                self.notes.append(f"The voice of {_named(stage)} was not taken as it was. {why}")
        if why is None:
            self.best, self.tier, self._reached = profile, voice.tier, stage
            if stage == FURTHER:
                self.further = part
            else:
                self.share, self.grain = part, grain
            if not grain:
                self.notes.append(f"Of {_named(stage)} {part:.0%} was taken, without its grain.")
        else:
            self.notes.append(f"Nothing of {_named(stage)} was taken. {why}")
        if why is None or stage != FURTHER:
            self.made[voice.tier] = profile
        if why is None or below is None:
            self._below = tried

    @property
    def stayed_natural(self) -> bool:
        """Whether all of the highest tier was taken, and its naturalness measured."""
        whole = (self.tier, self.share, self.grain) == (TIERS[-1], *_PARTS[0])
        return whole and self.trials[self.tier].natural is not None

    def result(self) -> FitResult:
        """What came out of it."""
        if self.trials["preview"].natural is None:
            self.notes.append("How natural it sounds was not measured: 'distillmos' is missing.")
        return FitResult(
            dataclasses.replace(self.best, id=self._name), self.tier, self.share, self.trials,
            tuple(self.notes), self.made, self.grain, self.further, self._least,
        )  # fmt: skip


def _named(stage: str) -> str:
    return "what was learnt further" if stage == FURTHER else f"the tier '{stage}'"

"""pocket-tts (Kyutai, 100 M): European languages on the CPU in real time, from one clip.

Needs PyTorch and its own package (extra ``pocket``) and weights on this machine:
``OFRENDA_TTS_MODEL`` is its YAML file with local paths. The weights that can clone are CC-BY-4.0
and given out on a promise not to clone without consent.
"""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts import prompts
from ofrenda.engines.tts.enrolled import prompt_in, prompted
from ofrenda.engines.worker import Emit, Worker
from ofrenda.errors import EngineRefused, ModelCorrupt, ModelMissing
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, ReferenceClip, Samples, VoiceProfile

ENGINE = "pocket"
RATE = 24_000
LEAST_S, MOST_S = 4.0, 30.0
"""Seconds of a prompt: about 5 to 30, says its documentation."""
_KEPT = 8
"""Voices (one for each mood heard) that stay read in; 6 MB each."""


class Pocket:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` that speaks like a clip."""

    def __init__(self, settings: Settings, *, config: Path) -> None:
        self._settings = settings
        self._config = config
        self._worker = Worker("Speaking")
        self._model: Any = None
        self._states: dict[bytes, Any] = {}

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return Capabilities(
            name=ENGINE,
            kind=EngineKind.TTS,
            languages=("en", "fr", "de", "pt", "it", "es", "nl"),
            streaming=True,
            sample_rate=RATE,
            models=(),
            licence="MIT AND CC-BY-4.0",
            offline=True,
        )

    async def warm(self) -> None:
        """Load the model."""
        await self._worker.run(self._loaded)

    async def close(self) -> None:
        """Give the model's memory back."""
        await self._worker.close(self._release)

    async def enroll(
        self, reference: Sequence[ReferenceClip], *, consent_id: str, name: str
    ) -> VoiceProfile:
        """Choose the clips to speak like, one for each mood heard."""
        return prompted(
            reference,
            engine=ENGINE,
            name=name,
            consent_id=consent_id,
            least=LEAST_S,
            most=MOST_S,
        )

    async def forget(self, profile: VoiceProfile) -> None:
        """Drop what was read in of the voice."""
        await self._worker.run(self._states.clear)

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` at 24 kHz in pieces of 80 ms; leaving the iterator stops the model.

        The model has no pace or mood of its own: both come with the clip."""
        prompt = prompt_in(voice, mood, engine=ENGINE)
        if not text.strip():
            return
        pieces = self._worker.stream(partial(self._speak, text, prompt))
        try:
            async for samples in pieces:
                yield Audio(samples, RATE)
        finally:
            await pieces.aclose()

    # What follows runs on the worker thread alone.

    def _speak(self, text: str, prompt: prompts.VoicePrompt, emit: Emit[Samples]) -> None:
        model = self._loaded()
        stop = threading.Event()
        for piece in model.generate_audio_stream(self._state(prompt), text, stop=stop):
            if emit(np.asarray(piece.detach().cpu().numpy(), np.float32).ravel()):
                stop.set()
                return

    def _state(self, prompt: prompts.VoicePrompt) -> Any:
        if prompt.wav not in self._states:
            import torch

            sound = prompts.at_rate(prompts.samples_of(prompt.wav), RATE)
            heard = torch.from_numpy(sound.samples.copy())[None]
            if len(self._states) >= _KEPT:
                del self._states[next(iter(self._states))]
            self._states[prompt.wav] = self._loaded().get_state_for_audio_prompt(heard)
        return self._states[prompt.wav]

    def _loaded(self) -> Any:
        if self._model is None:
            try:
                from pocket_tts import TTSModel
            except ImportError:
                raise EngineRefused(
                    "The engine 'pocket' needs PyTorch and its own library. Install them with: "
                    "pip install 'ofrenda[pocket]'"
                ) from None
            model = TTSModel.load_model(config=str(self._config))
            if not model.has_voice_cloning:
                raise ModelCorrupt(
                    "These weights cannot learn a voice. Get the ones that can (their page asks "
                    "for a promise first), and name them in the file OFRENDA_TTS_MODEL."
                )
            if model.sample_rate != RATE:
                raise ModelCorrupt("This speech model speaks at another rate than 24 kHz.")
            self._model = model
        return self._model

    def _release(self) -> None:
        self._model = None
        self._states.clear()


def create(settings: Settings) -> Pocket:
    """The engine; the model is loaded on first use. Raises ``ModelMissing``, ``EngineRefused``."""
    config = Path(settings.tts_model or "")
    if not settings.tts_model or not config.is_file():
        raise ModelMissing(
            "The engine 'pocket' needs its weights. Set OFRENDA_TTS_MODEL to its YAML file."
        )
    if settings.offline and _wants_network(config):
        raise EngineRefused(
            "The file OFRENDA_TTS_MODEL names weights on a network, and the house is offline. "
            "Download them and write their paths into it."
        )
    return Pocket(settings, config=config)


def _wants_network(config: Path) -> bool:
    """Whether a configuration names anything that would have to be fetched."""
    text = config.read_text("utf-8", errors="replace")
    return any(mark in text for mark in ("hf://", "http://", "https://"))

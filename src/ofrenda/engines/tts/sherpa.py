"""Models that clone from a prompt, run by sherpa-onnx on the CPU without PyTorch.

``OFRENDA_TTS_MODEL`` is a folder as sherpa-onnx publishes it: ZipVoice (Mandarin and English) or
pocket-tts (English); which one is seen from its files. The optional extra ``sherpa`` brings the
library; nothing is downloaded.
"""

from __future__ import annotations

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

ENGINE = "sherpa"
RATE = 24_000
LEAST_S, MOST_S = 2.0, 12.0
"""Seconds of a prompt. ZipVoice's authors advise under 3 s for speed; longer is closer and slower
(the prompt is read again for every sentence); pocket-tts takes 5 to 30."""
_STEPS = 4
"""Flow-matching steps of ZipVoice: 4 is what its distilled form was trained for."""

_ZIPVOICE = {
    "tokens": ("tokens.txt",),
    "encoder": ("encoder.int8.onnx", "encoder.onnx", "text_encoder.int8.onnx", "text_encoder.onnx"),
    "decoder": ("decoder.int8.onnx", "decoder.onnx", "fm_decoder.int8.onnx", "fm_decoder.onnx"),
    "vocoder": ("vocos_24khz.onnx", "vocos.onnx"),
}
_POCKET = {
    "lm_flow": ("lm_flow.int8.onnx", "lm_flow.onnx"),
    "lm_main": ("lm_main.int8.onnx", "lm_main.onnx"),
    "encoder": ("encoder.onnx", "encoder.int8.onnx"),
    "decoder": ("decoder.int8.onnx", "decoder.onnx"),
    "text_conditioner": ("text_conditioner.onnx", "text_conditioner.int8.onnx"),
    "vocab_json": ("vocab.json",),
    "token_scores_json": ("token_scores.json",),
}


class Sherpa:
    """A :class:`~ofrenda.engines.protocols.TextToSpeech` that speaks like a clip."""

    def __init__(self, settings: Settings, *, folder: Path) -> None:
        self._settings = settings
        self._folder = folder
        self._worker = Worker("Speaking")
        self._tts: Any = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is; the licence of the weights is told where they come from."""
        chinese = _found(self._folder, _ZIPVOICE) is not None
        return Capabilities(
            name=ENGINE,
            kind=EngineKind.TTS,
            languages=("en", "zh") if chinese else ("en",),
            streaming=True,
            sample_rate=RATE,
            models=(),
            licence="unknown",
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
            languages=self.capabilities.languages,
        )

    async def forget(self, profile: VoiceProfile) -> None:
        """Nothing: all that is kept of a voice is in its profile."""

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` at 24 kHz, sentence by sentence as the library gives them."""
        prompt = prompt_in(voice, mood, engine=ENGINE)
        if not text.strip():
            return
        pieces = self._worker.stream(partial(self._speak, text, prompt, mood))
        try:
            async for samples in pieces:
                yield Audio(samples, RATE)
        finally:
            await pieces.aclose()

    # What follows runs on the worker thread alone.

    def _speak(
        self, text: str, prompt: prompts.VoicePrompt, mood: Mood, emit: Emit[Samples]
    ) -> None:
        import sherpa_onnx

        sound = prompts.samples_of(prompt.wav)
        wanted = sherpa_onnx.GenerationConfig()
        wanted.reference_audio = sound.samples
        wanted.reference_sample_rate = sound.sample_rate
        wanted.reference_text = prompt.text
        wanted.num_steps = _STEPS
        wanted.speed = 1.0 + 0.2 * mood.pace
        given = 0

        def hand_on(samples: Any, _progress: float) -> int:
            nonlocal given
            piece = np.asarray(samples, np.float32).copy()
            given += len(piece)
            return 0 if len(piece) and emit(piece) else 1

        made = self._loaded().generate(text, wanted, hand_on)
        rest = np.asarray(made.samples, np.float32)[given:]
        if len(rest):
            emit(rest)

    def _loaded(self) -> Any:
        if self._tts is None:
            try:
                import sherpa_onnx
            except ImportError:
                raise EngineRefused(
                    "The engine 'sherpa' needs a library. Install it with: "
                    "pip install 'ofrenda[sherpa]'"
                ) from None
            config = _configuration(self._folder, self._settings.threads)
            if not config.validate():
                raise ModelCorrupt(
                    "The files in OFRENDA_TTS_MODEL are not a whole speech model. Unpack it anew."
                )
            self._tts = sherpa_onnx.OfflineTts(config)
            if self._tts.sample_rate != RATE:
                raise ModelCorrupt("This speech model speaks at another rate than 24 kHz.")
        return self._tts

    def _release(self) -> None:
        self._tts = None


def _configuration(folder: Path, threads: int) -> Any:
    import sherpa_onnx

    parts: dict[str, Any] = {}
    zipvoice, pocket = _found(folder, _ZIPVOICE), _found(folder, _POCKET)
    if zipvoice is not None:
        extra = {
            "data_dir": _text(folder / "espeak-ng-data"),
            "lexicon": _text(folder / "lexicon.txt"),
        }
        parts["zipvoice"] = sherpa_onnx.OfflineTtsZipvoiceModelConfig(**zipvoice, **extra)
    elif pocket is not None:
        parts["pocket"] = sherpa_onnx.OfflineTtsPocketModelConfig(**pocket)
    else:
        raise _missing()
    model = sherpa_onnx.OfflineTtsModelConfig(**parts, num_threads=threads, provider="cpu")
    return sherpa_onnx.OfflineTtsConfig(model=model)


def _found(folder: Path, wanted: dict[str, tuple[str, ...]]) -> dict[str, str] | None:
    """The path of each file that a kind of model needs; None where one is not there."""
    found = {
        part: next((str(folder / name) for name in names if (folder / name).is_file()), None)
        for part, names in wanted.items()
    }
    whole = {part: path for part, path in found.items() if path is not None}
    return whole if len(whole) == len(wanted) else None


def _text(path: Path) -> str:
    return str(path) if path.exists() else ""


def _missing() -> ModelMissing:
    return ModelMissing(
        "The engine 'sherpa' needs a model. Set OFRENDA_TTS_MODEL to an unpacked folder of "
        "sherpa-onnx with ZipVoice or pocket-tts."
    )


def create(settings: Settings) -> Sherpa:
    """The engine; the model is loaded on first use. Raises ``ModelMissing``."""
    folder = Path(settings.tts_model or "")
    if not settings.tts_model or not folder.is_dir():
        raise _missing()
    if _found(folder, _ZIPVOICE) is None and _found(folder, _POCKET) is None:
        raise _missing()
    return Sherpa(settings, folder=folder)

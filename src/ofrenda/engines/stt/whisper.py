"""Whisper base (faster-whisper, CTranslate2, int8): hears English, Mandarin and more, on the CPU.

Whisper always reads a window of 30 s. Most turns of a call are shorter than 13 s, and for these
only 15 s are encoded, which halves the wait. A short window makes Whisper loop or drop words now
and then, so each such transcript is doubted (:mod:`ofrenda.engines.stt.doubt`) and, where the doubt
holds, done again with the full window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.stt.doubt import MIN_CONFIDENCE, doubtful, units
from ofrenda.engines.worker import Worker
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples, Transcript
from ofrenda.weights import catalog, resolve

MODEL = "whisper-base-int8"
VAD_MODEL = "silero-vad-v6"
SAMPLE_RATE = 16_000

FULL_FRAMES = 3000
"""Frames (10 ms each) of Whisper's window."""
SHORT_FRAMES = 1500
"""Frames of the short window; below this, loops become common (``scripts/measure_stt.py``)."""
SHORT_SECONDS = 13.0
"""The longest sound for the short window: Whisper wants to hear a little silence at the end."""

SPEECH_PROBABILITY = 0.5
"""Silero's own threshold for a frame of 32 ms to be speech."""
MIN_SPEECH_S = 0.1
"""Less detected speech than this is a click or a breath, not a word."""
MAX_NO_SPEECH = 0.6
"""Whisper's own threshold on the probability that there is no speech, which counts only where the
mean token probability is low as well (``doubt.MIN_CONFIDENCE``)."""

_VAD_SAMPLES = 512
_CHINESE_PROMPT = "以下是普通话的句子。"
"""Written before what is heard: Whisper then writes simplified characters and punctuation."""


@dataclass(frozen=True, slots=True)
class _Heard:
    text: str
    confidence: float
    no_speech: float


class Whisper:
    """A :class:`ofrenda.engines.protocols.SpeechToText`."""

    def __init__(self, settings: Settings, *, model: str = MODEL, short: bool = True) -> None:
        self._settings = settings
        self._name = model
        self._short = short
        self._worker = Worker("Hearing")
        self._model: Any = None
        self._vad: Any = None
        self.second_looks: list[str] = []
        """Why the full window was used after the short one, newest last (at most 100)."""

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        model = catalog()[self._name]
        return Capabilities(
            name="whisper",
            kind=EngineKind.STT,
            languages=model.languages,
            streaming=False,
            sample_rate=SAMPLE_RATE,
            models=(self._name, VAD_MODEL),
            licence=model.licence,
            offline=True,
        )

    async def warm(self) -> None:
        """Load the models and run both once."""
        await self._worker.run(self._warm)

    async def transcribe(self, audio: Audio, *, languages: Sequence[str] = ()) -> Transcript:
        """What was said (``audio`` mono, 16 kHz).

        ``languages``: ISO 639-1 codes to choose among; empty means any. Speech-free sound gives an
        empty text, confidence 0 and the first of ``languages``."""
        if audio.sample_rate != SAMPLE_RATE:
            raise EngineRefused(
                f"Hearing wants sound at {SAMPLE_RATE} Hz and was given {audio.sample_rate} Hz."
            )
        choice = tuple(languages)
        return await self._worker.run(lambda: self._transcribe(audio.samples, choice))

    async def close(self) -> None:
        """Give the models' memory back."""
        await self._worker.close(self._release)

    def _release(self) -> None:
        self._model = self._vad = None

    def _warm(self) -> None:
        model = self._loaded()
        self._speech_seconds(np.zeros(SAMPLE_RATE, np.float32))
        features = np.zeros((model.feature_extractor.mel_filters.shape[0], SHORT_FRAMES))
        self._decode(model.encode(features.astype(np.float32)), "en", 1.0)

    def _loaded(self) -> Any:
        if self._model is None:
            from faster_whisper import WhisperModel
            from faster_whisper.vad import SileroVADModel

            self._vad = SileroVADModel(str(resolve(VAD_MODEL, self._settings).only))
            self._model = WhisperModel(
                str(resolve(self._name, self._settings).folder),
                device="cpu",
                compute_type="int8",
                cpu_threads=self._settings.threads,
                local_files_only=True,
            )
        return self._model

    def _speech_seconds(self, samples: Samples) -> float:
        """Seconds of speech in ``samples``, as Silero hears it (about 3 ms a second)."""
        self._loaded()
        whole = -(-len(samples) // _VAD_SAMPLES) * _VAD_SAMPLES
        padded = np.zeros(max(whole, _VAD_SAMPLES), np.float32)
        padded[: len(samples)] = samples
        probabilities = np.asarray(self._vad(padded))
        return float(np.sum(probabilities > SPEECH_PROBABILITY)) * _VAD_SAMPLES / SAMPLE_RATE

    def _transcribe(self, samples: Samples, languages: tuple[str, ...]) -> Transcript:
        speech = self._speech_seconds(samples)
        silence = Transcript("", languages[0] if languages else "en", 0.0)
        if speech < MIN_SPEECH_S:
            return silence
        seconds = len(samples) / SAMPLE_RATE
        if seconds > FULL_FRAMES / 100:
            return self._long(samples, languages) or silence
        heard: _Heard | None = None
        if self._short and seconds <= SHORT_SECONDS:
            encoded = self._encode(samples, SHORT_FRAMES)
            language = self._language(encoded, languages)
            heard = self._decode(encoded, language, seconds)
            why = doubtful(heard.text, heard.confidence, speech)
            if why is not None:
                self.second_looks = [*self.second_looks[-99:], why]
                heard = None
        if heard is None:
            encoded = self._encode(samples, FULL_FRAMES)
            language = self._language(encoded, languages)
            heard = self._decode(encoded, language, seconds)
            # The full window is the last word, except on what is a hallucination by its form.
            if doubtful(heard.text, 1.0, speech) == "repetition" or not units(heard.text):
                return silence
        if heard.no_speech > MAX_NO_SPEECH and heard.confidence < MIN_CONFIDENCE:
            return silence
        return Transcript(heard.text, language, heard.confidence)

    def _encode(self, samples: Samples, frames: int) -> Any:
        model = self._loaded()
        features: NDArray[np.float32] = model.feature_extractor(samples)[:, :frames]
        padded = np.zeros((features.shape[0], frames), np.float32)
        padded[:, : features.shape[1]] = features
        return model.encode(padded)

    def _language(self, encoded: Any, languages: tuple[str, ...]) -> str:
        """The likeliest of ``languages`` for what was encoded; empty means any."""
        if len(languages) == 1:
            return languages[0]
        ranked = self._loaded().model.detect_language(encoded)[0]
        for token, _probability in ranked:
            code = str(token)[2:-2]  # "<|en|>"
            if not languages or code in languages:
                return code
        return languages[0] if languages else "en"

    def _decode(self, encoded: Any, language: str, seconds: float) -> _Heard:
        from faster_whisper.tokenizer import Tokenizer

        model = self._loaded()
        tokenizer = Tokenizer(
            model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language=language
        )
        before = tokenizer.encode(_CHINESE_PROMPT) if language == "zh" else []
        prompt = model.get_prompt(tokenizer, before, without_timestamps=True)
        # Room for 12 tokens a second: English has about 4, Mandarin up to 8 (two per character).
        room = len(prompt) + 24 + int(12 * seconds)
        result = model.model.generate(
            encoded,
            [prompt],
            beam_size=1,  # 5 gave the same word error rate at twice the time (see the measure)
            max_length=min(model.max_length, room),
            suppress_blank=True,
            suppress_tokens=[-1],
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        tokens = result.sequences_ids[0]
        text = str(tokenizer.decode(tokens)).replace("\ufffd", "").strip()
        if language == "zh" and text.strip("。") == _CHINESE_PROMPT.strip("。"):
            text = ""
        # CTranslate2 gives the mean log probability over the tokens, the end token not counted.
        total = result.scores[0] * max(1, len(tokens))
        confidence = math.exp(total / (len(tokens) + 1))
        return _Heard(text, min(1.0, confidence), float(result.no_speech_prob))

    def _long(self, samples: Samples, languages: tuple[str, ...]) -> Transcript | None:
        """More than 30 s: window by window, each decoded on its own."""
        language = self._language(self._encode(samples, FULL_FRAMES), languages)
        segments, _ = self._loaded().transcribe(
            samples,
            language=language,
            beam_size=1,
            temperature=0.0,
            condition_on_previous_text=False,
            initial_prompt=_CHINESE_PROMPT if language == "zh" else None,
            vad_filter=True,
        )
        kept = [segment for segment in segments if units(segment.text)]
        text = ("" if language == "zh" else " ").join(segment.text.strip() for segment in kept)
        if not text:
            return None
        weights = [max(1, len(segment.tokens)) for segment in kept]
        total = sum(s.avg_logprob * weight for s, weight in zip(kept, weights, strict=True))
        return Transcript(text, language, min(1.0, math.exp(total / sum(weights))))


def create(settings: Settings) -> Whisper:
    """The engine; the models are loaded on first use."""
    return Whisper(settings)

"""Smart Turn v3.2: a small Whisper encoder that hears whether a turn is complete (ONNX, CPU)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.worker import Worker
from ofrenda.errors import EngineRefused
from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples
from ofrenda.weights import catalog, resolve

MODEL = "smart-turn-v3.2"
SAMPLE_RATE = 16_000
_WINDOW = 8 * SAMPLE_RATE
"""The model hears the last 8 s; shorter sound is padded with silence in front, as in training."""


class SmartTurn:
    """A :class:`ofrenda.engines.protocols.TurnDetector`."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = Worker("Listening for the end of a turn")
        self._session: Any = None

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return Capabilities(
            name="smart-turn",
            kind=EngineKind.TURN,
            languages=("en", "zh"),
            streaming=False,
            sample_rate=SAMPLE_RATE,
            models=(MODEL,),
            licence=catalog()[MODEL].licence,
            offline=True,
        )

    async def warm(self) -> None:
        """Load the model and run it once."""
        await self.end_probability(Audio(np.zeros(SAMPLE_RATE, np.float32), SAMPLE_RATE))

    async def end_probability(self, audio: Audio) -> float:
        """Probability 0..1 that the speech in ``audio`` (16 kHz, the turn so far) is complete."""
        if audio.sample_rate != SAMPLE_RATE:
            raise EngineRefused(
                f"Turn detection wants sound at {SAMPLE_RATE} Hz and was given "
                f"{audio.sample_rate} Hz."
            )
        return await self._worker.run(lambda: self._probability(audio.samples))

    async def close(self) -> None:
        """Give the model's memory back."""
        await self._worker.close(self._release)

    def _release(self) -> None:
        self._session = None

    def _probability(self, samples: Samples) -> float:
        # Only the features come from pipecat: its analyzer can be told by an environment variable
        # to write the caller's voice to disk in clear, and this code path cannot.
        from pipecat.audio.turn.smart_turn._whisper_features import (
            compute_whisper_log_mel_features,
        )

        window = np.zeros(_WINDOW, np.float32)
        heard = samples[-_WINDOW:]
        if len(heard):
            window[-len(heard) :] = heard
        features = compute_whisper_log_mel_features(window, do_normalize=True)
        (output,) = self._loaded().run(None, {"input_features": features[np.newaxis]})
        return float(np.clip(output.reshape(-1)[0], 0.0, 1.0))

    def _loaded(self) -> Any:
        if self._session is None:
            import onnxruntime

            path = resolve(MODEL, self._settings).only
            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = 1
            options.inter_op_num_threads = 1
            options.log_severity_level = 4
            # Without VNNI the quick 8-bit kernels overflow: on AVX2 alone, half a sentence sounded
            # 0.79 complete on four prompts, where it should not.
            options.add_session_config_entry("session.x64quantprecision", "1")
            self._session = onnxruntime.InferenceSession(
                str(path), sess_options=options, providers=["CPUExecutionProvider"]
            )
        return self._session


def create(settings: Settings) -> SmartTurn:
    """The engine; the model is loaded on first use."""
    return SmartTurn(settings)

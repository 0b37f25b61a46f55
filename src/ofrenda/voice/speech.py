"""Where in a recording somebody speaks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.settings import Settings
from ofrenda.types import Audio, Samples

RATE: Final = 16_000
_WINDOW: Final = 512
"""Samples per window of the model (32 ms)."""
_CONTEXT: Final = 64
"""Samples of the window before that the model sees again."""
_ENTER: Final = 0.5
_LEAVE: Final = 0.35
"""Speech begins at the first probability and ends below the second: Silero's own defaults."""
_SHORTEST: Final = 0.25
"""A span under this many seconds is a click or a cough (Silero's default)."""
_BRIDGE: Final = 0.2
"""Pauses up to this many seconds belong to the speech around them."""
_MARGIN: Final = 0.05
"""Seconds kept at either side, so that no soft beginning is lost."""
_SURE: Final = 0.8
"""A span counts only with this mean probability. Of 60 s of recorded prompts all spans stay, with
white noise or music under them as loud as the voice too (0 dB); of 18.5 minutes of music on hold
and 12 minutes of synthetic melodies with gliding and vibrato it leaves 4 s of 22 s and 3 s of
30 s."""
_RESET: Final = 2.0
"""Seconds after which the model forgets, at the next clear pause. It carries a state from window
to window, and music or long noise leaves it deaf to the speech that follows."""

Progress = Callable[[float], None]
"""Called with the share done, 0..1."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech, ``start`` to ``end`` in seconds."""

    start: float
    end: float

    @property
    def seconds(self) -> float:
        """Its length."""
        return self.end - self.start


@lru_cache(maxsize=2)
def _session(model: Path) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    # one window is too small a task to share between threads
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        str(model), sess_options=options, providers=["CPUExecutionProvider"]
    )


def _model(settings: Settings | None) -> Path:
    from ofrenda.weights import resolve

    return resolve("silero-vad", settings or Settings()).path("silero_vad.onnx")


def speech_probability(
    audio: Audio, *, settings: Settings | None = None, progress: Progress | None = None
) -> NDArray[np.float32]:
    """Probability of speech in each window of 32 ms, shape ``[ceil(n / 512)]``.

    ``audio`` at 16 kHz. Silero VAD (MIT) through onnxruntime.
    """
    if audio.sample_rate != RATE:
        raise ValueError(f"speech is found at {RATE} Hz, not {audio.sample_rate} Hz")
    session = _session(_model(settings))
    samples = audio.samples
    count = -(-len(samples) // _WINDOW)
    padded = np.pad(samples, (_CONTEXT, count * _WINDOW - len(samples)))
    probability = np.zeros(count, np.float32)
    state = np.zeros((2, 1, 128), np.float32)
    rate = np.array(RATE, np.int64)
    since_reset = quiet = 0
    for i in range(count):
        window = padded[i * _WINDOW : i * _WINDOW + _WINDOW + _CONTEXT]
        out, state = session.run(None, {"input": window[None], "state": state, "sr": rate})
        probability[i] = out[0, 0]
        since_reset += 1
        quiet = quiet + 1 if probability[i] < 0.1 else 0
        if since_reset * _WINDOW >= _RESET * RATE and quiet >= 5:
            state = np.zeros_like(state)
            since_reset = 0
        if progress is not None and i % 500 == 0:
            progress(i / count)
    return probability


def find_speech(
    audio: Audio, *, settings: Settings | None = None, progress: Progress | None = None
) -> tuple[Span, ...]:
    """The spans of speech in ``audio`` (16 kHz), in order, never touching."""
    probability = speech_probability(audio, settings=settings, progress=progress)
    return spans(probability, audio.seconds)


def spans(probability: NDArray[np.float32], seconds: float) -> tuple[Span, ...]:
    """Spans from the probabilities of windows of 32 ms; ``seconds`` is the whole length."""
    step = _WINDOW / RATE
    found: list[tuple[int, int]] = []
    start: int | None = None
    for i, p in enumerate(probability):
        if start is None and p >= _ENTER:
            start = i
        elif start is not None and p < _LEAVE:
            found.append((start, i))
            start = None
    if start is not None:
        found.append((start, len(probability)))
    joined: list[tuple[int, int]] = []
    for first, last in found:
        if joined and (first - joined[-1][1]) * step <= _BRIDGE:
            first = joined.pop()[0]
        joined.append((first, last))
    return tuple(
        Span(max(0.0, first * step - _MARGIN), min(seconds, last * step + _MARGIN))
        for first, last in joined
        if (last - first) * step >= _SHORTEST and float(probability[first:last].mean()) >= _SURE
    )


def cut(audio: Audio, parts: Sequence[Span]) -> Audio:
    """Only the sound inside ``parts``, joined."""
    rate = audio.sample_rate
    pieces: list[Samples] = [
        audio.samples[round(part.start * rate) : round(part.end * rate)] for part in parts
    ]
    return Audio(np.concatenate(pieces) if pieces else np.zeros(0, np.float32), rate)

"""A fitted voice speaking: sound comes in pieces, the first of them soon."""

from __future__ import annotations

import zlib
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np

from ofrenda.engines.tts import stock
from ofrenda.engines.tts.fitted import FittedVoice, unpack_fitted
from ofrenda.engines.tts.fitted_model import fitted_models
from ofrenda.engines.tts.melody import feeds
from ofrenda.engines.tts.session import session
from ofrenda.engines.tts.sound import active_level, gain_to_level
from ofrenda.errors import EngineRefused
from ofrenda.types import Samples, VoiceProfile

FIRST: Final = 36
"""Steps of 12.5 ms in the first piece: 0.45 s, of which up to 0.125 s are silence."""
MOST: Final = 160
"""... and in the longest: 2 s. Each piece is half as long again as the one before, so that it is
made while that one is heard, on a machine that has other things to do as well."""
REACH: Final = 8
"""Steps before and after a piece that what is heard in it depends on: 0.1 s. They are made with it
and cut off."""
SAMPLE_RATE: Final = 24_000
_SAMPLES, _SOURCE = 300, 60
"""Samples of sound, and values of the excitation, in a step."""
_GREETING: Final = (
    50, 83, 54, 156, 31, 3, 16, 50, 157, 39, 16, 69, 123, 16, 52, 63, 16, 62, 83, 46, 156, 24, 6,
)  # fmt: skip
"""Symbols of "Hello, how are you today?", by which a voice's loudness is known. Sixteen sentences
of two fits had a standard deviation of 0.2 to 0.4 dB."""
_HELD: Final = 2
"""Fitted voices kept ready: each takes an estimated 330 MB, and about 1.5 s to make ready again."""


class FittedSpeech:
    """The two models of a fitted voice, in memory alone. ``pack`` is its style, ``gain_db`` what
    brings it to the house's level."""

    def __init__(self, base: Path, voice: FittedVoice, threads: int) -> None:
        """Raises what :func:`~.fitted_model.fitted_models` does, and
        :func:`~.session.model_errors`."""
        self.pack: stock.Pack = voice.pack
        speech, sound = fitted_models(base, voice)
        self._speech: Any = session(speech, threads)
        self._sound: Any = session(sound, threads)
        tokens = np.array([[0, *_GREETING, 0]], np.int64)
        inputs = {"tokens": tokens, "style": self.pack[:1], "speed": np.ones(1, np.float32)}
        said = np.concatenate(list(self.speak(inputs | feeds(1.0, 1.0))))
        self.gain_db = gain_to_level(active_level(said, SAMPLE_RATE))

    def speak(self, inputs: Mapping[str, Any], options: Any = None) -> Iterator[Samples]:
        """The sound of a clause at 24 kHz, piece by piece; none is kept. ``inputs`` as the speech
        model takes them. Raises what :func:`~.session.model_errors` names."""
        shape, source = self._speech.run(None, dict(inputs), options)
        total, at, size = shape.shape[-1], 0, FIRST
        while at < total:
            end = total if total - at - size < FIRST else at + size
            first, last = max(0, at - REACH), min(total, end + REACH)
            (sound,) = self._sound.run(
                None,
                {
                    "shape": shape[:, :, first:last],
                    "source": source[:, :, _SOURCE * first : _SOURCE * last + 1],
                },
                options,
            )
            samples = np.asarray(sound, np.float32).ravel()
            yield samples[_SAMPLES * (at - first) : _SAMPLES * (end - first)]
            at, size = end, min(size * 3 // 2, MOST)


class FittedVoices:
    """The fitted voices in use: One thread."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[str, int], FittedSpeech] = OrderedDict()

    def of(self, profile: VoiceProfile, base: Path, threads: int) -> FittedSpeech:
        """What speaks for a profile with an artefact, made when first asked for.

        Raises :class:`~ofrenda.errors.EngineRefused`, :class:`~ofrenda.errors.ModelCorrupt` and
        what :func:`~.session.model_errors` names."""
        artefact = profile.artefact or b""
        key = profile.id, zlib.crc32(artefact)
        if key not in self._held:
            voice = unpack_fitted(artefact)
            if voice.base_model_sha256 != stock.BASE_MODEL_SHA256:
                raise EngineRefused(
                    "The voice of this life was made for another speech model. "
                    "Fit it again with 'ofrenda voice'."
                )
            self._held[key] = FittedSpeech(base, voice, threads)
        self._held.move_to_end(key)
        while len(self._held) > _HELD:
            self._held.popitem(last=False)
        return self._held[key]

    def forget(self, id: str | None = None) -> None:
        """Let go of the voice with that profile id; of all of them without one."""
        for key in [key for key in self._held if id in (None, key[0])]:
            del self._held[key]

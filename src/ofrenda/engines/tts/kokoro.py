"""Kokoro-82M (ONNX) on the CPU: the voice that ships with the house.

A mix of stock voices speaks through the 8-bit model as it ships; a voice fitted to a person through
a copy of it that has the person's changes in it and lives in memory alone.

One session and one worker thread. A text is cut into clauses; each is made when it is asked for
and given on at once. Cancelling stops the model inside a clause (``RunOptions.terminate``).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, TypeVar

import numpy as np

from ofrenda.engines.protocols import Capabilities, EngineKind
from ofrenda.engines.tts import espeak, stock
from ofrenda.engines.tts.clauses import Clause, clauses
from ofrenda.engines.tts.delivery import Delivery, delivery
from ofrenda.engines.tts.fitted_speech import FittedSpeech, FittedVoices
from ofrenda.engines.tts.g2p import Phonemizer
from ofrenda.engines.tts.melody import feeds, read_with_melody
from ofrenda.engines.tts.reading import Run, read
from ofrenda.engines.tts.session import model_errors, session
from ofrenda.engines.tts.sound import Pieces, finish, silence
from ofrenda.errors import EngineRefused, EngineUnavailable, ModelCorrupt
from ofrenda.settings import Settings
from ofrenda.types import CALM, Audio, Mood, Samples, VoiceProfile
from ofrenda.weights import resolve

MODEL = "kokoro-82m-int8"
"""Its name in the catalog of models."""
MODEL_FILE = "kokoro-v1.0.int8.onnx"
SAMPLE_RATE = 24_000
_MOST_SYMBOLS = 508
"""510 rows of style, less the blank at both ends."""

_Result = TypeVar("_Result")


def create(settings: Settings) -> KokoroTextToSpeech:
    """The engine; nothing is loaded before ``warm()`` or the first text."""
    return KokoroTextToSpeech(settings)


class KokoroTextToSpeech:
    """Speaks English and Mandarin, also within one sentence, in a mix of stock voices."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._worker = ThreadPoolExecutor(1, "kokoro")
        self._session: Any = None
        self._phonemizer: Phonemizer | None = None
        self._packs: dict[tuple[tuple[str, float], ...], stock.Pack] = {}
        self._fitted = FittedVoices()

    @property
    def capabilities(self) -> Capabilities:
        """What this engine is."""
        return Capabilities(
            name=stock.ENGINE,
            kind=EngineKind.TTS,
            languages=("en", "zh", *(espeak.LANGUAGES if espeak.available() else ())),
            streaming=True,
            sample_rate=SAMPLE_RATE,
            models=(MODEL,),
            licence="Apache-2.0",
            offline=True,
        )

    async def warm(self) -> None:
        """Load the model and the dictionaries of both languages, and speak once, unheard."""
        for text, voice in (
            ("Hello.", "am_michael"),
            ("Hello.", "bf_emma"),
            ("你好。", "zm_yunxi"),
        ):
            async for _ in self.synthesize(text, voice=stock.stock_profile(voice)):
                pass

    async def close(self) -> None:
        """Give the model's memory back; a later text loads it again."""

        def drop() -> None:
            self._session = self._phonemizer = None
            self._fitted.forget()

        await self._work(drop)

    async def synthesize(
        self, text: str, *, voice: VoiceProfile, mood: Mood = CALM, language: str | None = None
    ) -> AsyncIterator[Audio]:
        """Speak ``text`` clause by clause, in a fitted voice in shorter pieces: float32 at 24 kHz,
        silence trimmed at both ends of a clause.

        A text without anything to say gives nothing. Raises
        :class:`~ofrenda.errors.EngineRefused` for a profile that is not this engine's."""
        self._require_own(voice)
        british = _is_british(voice)
        parts = await self._work(lambda: clauses(runs_of(text, language, british=british)))
        how = delivery(mood)
        rest = 0.0
        for clause in parts:
            symbols = await self._work(partial(self._symbols, clause, british))
            heard = False
            async for sound in self._speak(symbols, voice, how):
                yield Audio(np.concatenate([silence(rest, SAMPLE_RATE), sound]), SAMPLE_RATE)
                rest, heard = 0.0, True
            if heard:
                rest = clause.pause / how.speed

    async def forget(self, profile: VoiceProfile) -> None:
        """Let go of a fitted voice: nothing of it stays in memory."""
        await self._work(lambda: self._fitted.forget(profile.id))

    def _require_own(self, voice: VoiceProfile) -> None:
        """Refuse what this version cannot speak with."""
        if voice.engine != stock.ENGINE or voice.base_model_sha256 != stock.BASE_MODEL_SHA256:
            raise EngineRefused(
                "The voice of this life was made for another speech model. "
                "Choose the voice again with 'ofrenda voice'."
            )
        form = stock.FORMAT_VERSION if voice.artefact is None else stock.FITTED_VERSION
        if voice.format_version != form:
            raise EngineRefused(
                "The voice of this life was made with a newer Ofrenda. "
                "Update Ofrenda, or choose the voice again with 'ofrenda voice'."
            )
        stock.mix_of(voice)

    async def _work(self, job: Callable[[], _Result]) -> _Result:
        """Run ``job`` on the worker thread; a job not yet begun is dropped when cancelled."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, job)

    async def _speak(
        self, symbols: list[str], voice: VoiceProfile, how: Delivery
    ) -> AsyncIterator[Samples]:
        """What is heard of a clause, in pieces that are not empty; being cancelled ends the run
        under way."""
        from onnxruntime import RunOptions

        options = RunOptions()
        fitted, pieces = None, None
        if voice.artefact is not None:
            fitted = await self._work(partial(self._fitted_speech, voice))
            pieces = Pieces(SAMPLE_RATE, fitted.gain_db + how.gain_db)
        raw = self._raw(symbols, voice, fitted, how, options)
        try:
            whole = []
            while (made := await self._work(partial(next, raw, None))) is not None:
                if pieces is None:
                    whole.append(made)
                elif len(ready := pieces.push(made)):
                    yield ready
        except asyncio.CancelledError:
            options.terminate = True
            raise
        if pieces is not None:
            last = pieces.end()
        else:
            said = np.concatenate([*whole, np.zeros(0, np.float32)])
            last = finish(said, SAMPLE_RATE, gain_db=how.gain_db)
        if len(last):
            yield last

    # What follows runs on the worker thread alone.

    def _symbols(self, clause: Clause, british: bool) -> list[str]:
        phonemizer, _ = self._loaded()
        said = phonemizer.say(clause.runs, british=british)
        pieces = []
        while len(said) > _MOST_SYMBOLS:
            cut = said.rfind(" ", 1, _MOST_SYMBOLS)
            cut = cut if cut > 0 else _MOST_SYMBOLS
            pieces.append(said[:cut])
            said = said[cut:].strip()
        return [*pieces, said] if said else pieces

    def _raw(
        self,
        symbols: list[str],
        voice: VoiceProfile,
        fitted: FittedSpeech | None,
        how: Delivery,
        options: Any,
    ) -> Iterator[Samples]:
        """The model's sound for each string of symbols, as it is made."""
        for one in symbols:
            tokens = self._loaded()[0].tokens(one)
            style = self._mixed(voice) if fitted is None else fitted.pack
            inputs = {
                "tokens": np.array([[0, *tokens, 0]], np.int64),
                "style": style[min(len(tokens), len(style)) - 1][None],
                "speed": np.array([how.fed_speed], np.float32),
                **feeds(how.pitch, how.span),
            }
            try:
                if fitted is not None:
                    yield from map(_audible, fitted.speak(inputs, options))
                else:
                    (sound,) = self._loaded()[1].run(None, inputs, options)
                    yield _audible(np.asarray(sound, np.float32).ravel())
            except model_errors() as error:
                raise EngineUnavailable("Speaking failed just now. Try again.") from error

    def _fitted_speech(self, voice: VoiceProfile) -> FittedSpeech:
        base = resolve(MODEL, self._settings).path(MODEL_FILE)
        try:
            return self._fitted.of(voice, base, self._settings.threads)
        except model_errors() as error:
            raise EngineRefused(
                "The fitted voice of this life cannot be spoken with. "
                "Fit it again with 'ofrenda voice'."
            ) from error

    def _mixed(self, voice: VoiceProfile) -> stock.Pack:
        weights = stock.mix_of(voice)
        key = tuple(sorted(weights.items()))
        if key not in self._packs:
            self._packs[key] = stock.mix(weights)
        return self._packs[key]

    def _loaded(self) -> tuple[Phonemizer, Any]:
        """The dictionaries and the session, loaded when first needed."""
        if self._phonemizer is None or self._session is None:
            files = resolve(MODEL, self._settings)
            try:
                model = read_with_melody(files.path(MODEL_FILE))
                self._session = session(model, self._settings.threads)
                vocabulary = json.loads(files.path("vocab.json").read_text("utf-8"))["vocab"]
            except model_errors() as error:
                raise ModelCorrupt(
                    "The speech model cannot be read. Fetch it anew with "
                    f"'ofrenda models get {MODEL}'."
                ) from error
            self._phonemizer = Phonemizer(vocabulary, self._settings.cache)
        return self._phonemizer, self._session


def _audible(samples: Samples) -> Samples:
    if not np.isfinite(samples).any():
        raise EngineUnavailable("Speaking failed just now. Try again.")
    return samples


def runs_of(text: str, language: str | None, *, british: bool) -> list[Run]:
    """What is said for ``text``. A language that the system's espeak-ng reads is left to it as it
    is, numbers and all."""
    if language in espeak.LANGUAGES:
        return [Run(language, text)]
    return read(text, language, day_first=british)


def _is_british(voice: VoiceProfile) -> bool:
    """Whether the English voices in the mix are mostly British."""
    voices = stock.stock_voices()
    weights = stock.mix_of(voice)
    english = {name: w for name, w in weights.items() if voices[name].language == "en"}
    gb = sum(w for name, w in english.items() if voices[name].accent == "GB")
    return gb > sum(english.values()) / 2

"""A fit from beginning to end: kept as it goes, taken up where it was left, one tier on another."""

from __future__ import annotations

import ctypes
import hashlib
import io
import json
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from functools import partial
from typing import Any, Final

import numpy as np

from ofrenda.engines.tts.fitted import TIERS, FittedVoice, Norms, pack_fitted, unpack_fitted
from ofrenda.engines.tts.kokoro import MODEL, MODEL_FILE
from ofrenda.engines.tts.kokoro_weights import dense_weights
from ofrenda.engines.tts.onnx_file import read_onnx
from ofrenda.engines.tts.stock import Pack
from ofrenda.errors import ClipRejected
from ofrenda.settings import Settings
from ofrenda.types import ReferenceClip
from ofrenda.voice.fit.artefact import begun_at, voice_of
from ofrenda.voice.fit.keep import FitStore
from ofrenda.voice.fit.options import FURTHER, FitOptions, FitProgress, FitStopped, Tell
from ofrenda.voice.fit.sentences import (
    Sentence,
    pack_sentences,
    prepare,
    realign,
    unpack_sentences,
)
from ofrenda.voice.fit.text_side import TextSide
from ofrenda.weights import resolve

_KEPT_BACK: Final = 9
"""Every ninth clip takes no part in the descent: it says when to stop."""
_FEWEST: Final = 6
"""Sentences below which nothing is fitted: there would be none to keep back."""
_ROW: Final = 60
"""The length of speech whose stock style is the start: about four seconds."""
_HEARD: Final = 9
"""Sentences, at least, that the generator's normalisations are taken from: about 25 s."""
_NORMS_ANEW: Final = ("style", "bias")
"""Tiers after which they are taken anew: what was learnt there moved them."""
_PATIENCE: Final = 2
"""Checks in a row without a gain that end a tier."""
_BIAS_PACE: Final = {"bias": 3e-3, "full": 2e-3, FURTHER: 1e-3}
"""Above the tier that moves the offsets first, they go on more slowly."""
_LISTENING, _PROSODY = 40.0, 15.0
"""The work of the first stages in steps of descent, by processor time."""


class Climb:
    """One fit. :meth:`run` works on the calling thread, whose priority it lowers for good;
    :meth:`stop` may be called from another and ends it within seconds."""

    def __init__(
        self,
        clips: Sequence[ReferenceClip],
        tokens: Sequence[list[int]],
        start: Pack,
        store: FitStore,
        settings: Settings,
        options: FitOptions,
        *,
        consent_id: str | None = None,
        tell: Tell = lambda _progress: None,
        gentle: bool = True,
    ) -> None:
        """``tokens`` of each clip, ``start`` the stock voice to begin from; ``gentle``: let
        everything else on the machine go first."""
        self._gentle = gentle
        self._clips, self._tokens, self._start = clips, tokens, start
        self._store, self._settings, self._options = store, settings, options
        self._consent, self._tell = consent_id, tell
        self._stopped = threading.Event()
        self.tiers = TIERS[: TIERS.index(options.tier) + 1]
        further = options.tier == TIERS[-1] and FURTHER in options.steps
        self._stages = (*self.tiers, FURTHER) if further else self.tiers
        self._work = {"listening": _LISTENING, "prosody": _PROSODY}
        self._work |= {stage: float(options.steps[stage]) for stage in self._stages}
        self._paces: list[tuple[float, float]] = []

    def stop(self) -> None:
        """End the run soon; a later one goes on from there."""
        self._stopped.set()

    def run(self) -> list[FittedVoice]:
        """The voice of each tier, lowest first; on the graphics processor where PyTorch has one.

        Raises :class:`FitStopped`, and :class:`~ofrenda.errors.ClipRejected` where too few clips
        can be used."""
        import torch

        if self._gentle:
            _give_way()
        torch.set_num_threads(self._settings.threads)
        with torch.device("cuda" if torch.cuda.is_available() else "cpu"):
            try:
                return self._run()
            finally:
                _give_back()

    def _run(self) -> list[FittedVoice]:
        import torch

        if self._store.load("of") != self._fingerprint():
            self._store.clear()
            self._store.save("of", self._fingerprint())
        base = resolve(MODEL, self._settings).path(MODEL_FILE)
        text_side = TextSide(base, self._settings.threads)
        weights = {
            name: torch.tensor(np.ascontiguousarray(value, np.float32))
            for name, value in dense_weights(read_onnx(base)).items()
        }
        sentences = unpack_sentences(self._once("sentences", lambda: self._listen(text_side)))
        begin = partial(self._begin, weights, sentences)
        begun = unpack_fitted(self._once("begun", begin))
        voice = begun
        voices: dict[str, FittedVoice] = {}
        for stage in self._stages:
            make = partial(self._stage, stage, weights, sentences, voice)
            voice = unpack_fitted(self._once(stage, make))
            voices[voice.tier] = voice
            if stage == "style":
                again = partial(_again, text_side, sentences, voice)
                sentences = unpack_sentences(self._once("aligned", again))
        return list(voices.values())

    def _once(self, name: str, make: Callable[[], bytes]) -> bytes:
        """What was made before under ``name``, or made now and kept."""
        kept = self._store.load(name)
        if kept is None:
            kept = make()
            self._store.save(name, kept)
        return kept

    def _listen(self, text_side: TextSide) -> bytes:
        sentences = prepare(
            self._clips, self._tokens, text_side, lambda n: self._start[min(n, 510) - 1],
            lambda share: self._at("listening", share),
        )  # fmt: skip
        if len(sentences) < _FEWEST:
            raise ClipRejected(
                "too_little_speech",
                "Too few sentences of this recording match their text. Correct the text, or add "
                "more of the person speaking alone.",
            )
        return pack_sentences(sentences)

    def _begin(self, weights: Mapping[str, Any], sentences: Sequence[Sentence]) -> bytes:
        """The stock voice with the person's prosody, and what its generator will normalise by."""
        import torch

        from ofrenda.voice.fit.prosody import fit_prosody

        learning = _parts(sentences)[0]
        timbre, melody = np.split(self._start[_ROW], 2)
        learnt = fit_prosody(
            weights, learning, torch.tensor(melody)[None], steps=self._options.prosody_steps,
            seed=self._options.seed, progress=lambda share: self._at("prosody", share),
        )  # fmt: skip
        languages = tuple(dict.fromkeys(clip.language for clip in self._clips))
        prosody = learnt[0].cpu().numpy().astype(np.float32)
        voice = FittedVoice("preview", languages, timbre, prosody, {}, consent_id=self._consent)
        return pack_fitted(replace(voice, norms=_norms(voice, weights, learning)))

    def _stage(
        self,
        stage: str,
        weights: Mapping[str, Any],
        sentences: Sequence[Sentence],
        below: FittedVoice,
    ) -> bytes:
        """Descend until the steps are done or the sentences kept back gain no more."""
        import torch

        from ofrenda.voice.fit.learning import Learner, Plan

        options = self._options
        tier = self.tiers[-1] if stage == FURTHER else stage
        learning, kept_back = _parts(sentences)
        plan = Plan(
            tier=tier, steps=options.steps[stage], low=options.band[0], top=options.band[1],
            bias_pace=_BIAS_PACE.get(stage, 0.0), seed=options.seed,
        )  # fmt: skip
        learner = Learner(
            weights, learning, torch.tensor(below.style)[None], plan, below.norms,
            begun_at(below, weights),
        )  # fmt: skip
        best, checks = self._taken_up(stage, learner)
        while learner.step < plan.steps:
            if self._stopped.is_set():
                self._save_state(stage, learner, best, checks)
                raise FitStopped
            learner.advance()
            self._at(stage, learner.step / plan.steps)
            if learner.step % options.check == 0 or learner.step == plan.steps:
                checks.append(learner.distance_of(kept_back))
                if checks[-1] <= min(checks):
                    best = pack_fitted(voice_of(learner.learnt(), weights, below, tier))
                elif min(checks[-_PATIENCE:]) > min(checks):
                    break
            if learner.step % options.save == 0:
                self._save_state(stage, learner, best, checks)
                _give_back()
        voice = unpack_fitted(best or pack_fitted(voice_of(learner.learnt(), weights, below, tier)))
        if stage in _NORMS_ANEW:
            voice = replace(voice, norms=_norms(voice, weights, learning))
        return pack_fitted(voice)

    def _taken_up(self, stage: str, learner: Any) -> tuple[bytes | None, list[float]]:
        kept = self._store.load("state")
        if kept is None:
            return None, []
        with np.load(io.BytesIO(kept), allow_pickle=False) as state:
            if str(state["stage"]) != stage:
                return None, []
            learner.resume(state["learner"].tobytes())
            return state["best"].tobytes() or None, state["checks"].tolist()

    def _save_state(
        self, stage: str, learner: Any, best: bytes | None, checks: Sequence[float]
    ) -> None:
        file = io.BytesIO()
        np.savez(
            file, stage=np.array(stage), learner=np.frombuffer(learner.state(), np.uint8),
            best=np.frombuffer(best or b"", np.uint8), checks=np.array(checks),
        )  # fmt: skip
        self._store.save("state", file.getvalue())

    def _at(self, stage: str, share: float) -> None:
        """Tell how far it is, and how long it will take at the pace of the last minute or so."""
        if self._stopped.is_set() and stage in ("listening", "prosody"):
            raise FitStopped
        stages = list(self._work)
        before = sum(self._work[name] for name in stages[: stages.index(stage)])
        done, total = before + share * self._work[stage], sum(self._work.values())
        self._paces = [*self._paces, (time.monotonic(), done)][-40:]
        (then, less), (now, more) = self._paces[0], self._paces[-1]
        left = None if more <= less else (now - then) / (more - less) * (total - done)
        self._tell(FitProgress(stage, done / total, left))

    def _fingerprint(self) -> bytes:
        """What a kept state belongs to: these clips, words and options."""
        digest = hashlib.sha256(json.dumps(asdict(self._options), sort_keys=True).encode())
        digest.update(self._start[_ROW].tobytes())
        for clip, tokens in zip(self._clips, self._tokens, strict=True):
            digest.update(clip.audio.samples.tobytes() + bytes(tokens))
        return digest.digest()


def _parts(sentences: Sequence[Sentence]) -> tuple[list[Sentence], list[Sentence]]:
    """Those that are learnt from, and those kept back."""
    back = [one for i, one in enumerate(sentences) if i % _KEPT_BACK == 0]
    return [one for i, one in enumerate(sentences) if i % _KEPT_BACK], back


def _norms(voice: FittedVoice, weights: Mapping[str, Any], sentences: Sequence[Sentence]) -> Norms:
    """What the generator's normalisations see of ``voice``, saying some of the sentences."""
    import torch

    from ofrenda.voice.fit.learning import common_norms

    few = sentences[:: max(1, len(sentences) // _HEARD)]
    changed = {**weights, **begun_at(voice, weights)}
    return common_norms(changed, few, torch.tensor(voice.style)[None])


def _again(text_side: TextSide, sentences: Sequence[Sentence], voice: FittedVoice) -> bytes:
    """The sentences laid anew under the first voice that is the person's own."""

    def speak(tokens: list[int]) -> tuple[Any, Any]:
        spoken = text_side.speak(tokens, voice.pack[0])
        return spoken.sound, spoken.frames

    return pack_sentences(realign(sentences, speak))


def _give_back() -> None:
    """Return freed memory to the system, where the C library can. Left to itself glibc keeps what a
    step frees in small pieces: 2.5 GB after 36 steps of the last tier where 0.8 GB are held."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (AttributeError, OSError, TypeError):  # another system's library
        return


def _give_way() -> None:
    """Anything else on this machine goes first; on Linux this is said of the thread alone."""
    try:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), 15)
    except (AttributeError, OSError):  # not every system knows it
        return

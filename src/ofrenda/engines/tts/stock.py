"""The stock voices that ship with the house, and how they are mixed into one.

A voice pack is a style vector for each length of speech: float32 ``[510, 256]``, row ``n`` for an
utterance of ``n`` symbols. The packs come from kokoro-js 1.2.1 (Apache-2.0), squeezed by
``scripts/pack_voices.py`` to 12 kB each with at most 0.06 % error in any row.
"""

from __future__ import annotations

import functools
import importlib.resources
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ofrenda.errors import EngineRefused
from ofrenda.types import VoiceProfile

ENGINE = "kokoro"
"""The engine that speaks with these voices."""

BASE_MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
"""sha256 of ``kokoro-v1.0.int8.onnx``, the model that the packs belong to."""

FORMAT_VERSION = 1
"""The form of ``VoiceProfile.parameters`` that this module writes and reads."""

FITTED_VERSION = 2
"""The form of a profile that carries a fitted voice; an older Ofrenda refuses it politely."""

SUM_TOLERANCE = 0.01
"""How far the weights of a mix may be from 1 in all: rounding to two places, and no more."""

Pack = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StockVoice:
    """A voice that ships with the house.

    ``language`` ISO 639-1, ``sex`` ``"female"`` or ``"male"``, ``accent`` ``"US"``, ``"GB"`` or
    ``"CN"``.
    """

    name: str
    language: str
    sex: str
    accent: str


NEUTRAL = {
    ("en", "female"): "bf_emma",
    ("en", "male"): "bm_george",
    ("zh", "female"): "zf_xiaoxiao",
    ("zh", "male"): "zm_yunjian",
}
"""The voices of the house itself, by language and sex: the plain ones that read like an
announcement, so that nobody takes them for a relative."""


@functools.cache
def stock_voices() -> dict[str, StockVoice]:
    """Every stock voice by name, in a fixed order. Callers must not change the dictionary."""
    accents = {"a": ("en", "US"), "b": ("en", "GB"), "z": ("zh", "CN")}
    sexes = {"f": "female", "m": "male"}
    return {
        name: StockVoice(name, accents[name[0]][0], sexes[name[1]], accents[name[0]][1])
        for name in _packs()
    }


def pack(name: str) -> Pack:
    """The pack of one stock voice, float32 ``[510, 256]``, not writable.

    Raises :class:`~ofrenda.errors.EngineRefused` for a name that does not ship."""
    found = _packs().get(name)
    if found is None:
        raise EngineRefused(
            "This life speaks with a stock voice that this version does not have. "
            "Choose the voice again with 'ofrenda voice'."
        )
    return found


def mix(weights: Mapping[str, float]) -> Pack:
    """The weighted sum of stock voices, float32 ``[510, 256]``.

    ``weights`` must be finite, not negative, and sum to 1; else
    :class:`~ofrenda.errors.EngineRefused`."""
    usable = all(
        isinstance(value, int | float) and math.isfinite(value) and value >= 0
        for value in weights.values()
    )
    if not usable or abs(sum(weights.values()) - 1) > SUM_TOLERANCE:
        raise EngineRefused(
            "The voice of this life is not stored in a form that can be spoken with. "
            "Choose the voice again with 'ofrenda voice'."
        )
    total = sum(weights.values())
    packs = [pack(name) * np.float32(value / total) for name, value in weights.items()]
    mixed: Pack = np.sum(packs, axis=0, dtype=np.float32)
    return mixed


def stock_profile(name: str) -> VoiceProfile:
    """A profile that speaks with one stock voice, unchanged."""
    pack(name)
    return VoiceProfile(
        id=f"stock-{name}",
        engine=ENGINE,
        base_model_sha256=BASE_MODEL_SHA256,
        languages=(stock_voices()[name].language,),
        parameters={"mix": {name: 1.0}},
        format_version=FORMAT_VERSION,
    )


def neutral_profile(avoid: VoiceProfile | None, language: str | None = None) -> VoiceProfile:
    """The voice in which the house itself speaks, never to be taken for the person's.

    It is of the other sex than most of the voice to ``avoid``, and no part of its mix.
    ``language`` is the language it will speak; the first of the avoided voice when not given.
    A voice of another engine tells us nothing of its sex: then the female voice is given."""
    languages = avoid.languages if avoid else ()
    spoken = language or (languages[0] if languages else "en")
    home = spoken if spoken in {"en", "zh"} else "en"
    voices = stock_voices()
    mixed = mix_of(avoid) if avoid and avoid.engine == ENGINE else {}
    female = sum(value for name, value in mixed.items() if voices[name].sex == "female")
    sex = "male" if female > sum(mixed.values()) / 2 else "female"
    fit = [v.name for v in voices.values() if v.language == home and v.sex == sex]
    fit.sort(key=lambda name: (name in mixed, name != NEUTRAL[home, sex]))
    return stock_profile(fit[0])


def mix_of(profile: VoiceProfile) -> dict[str, float]:
    """The mix that a profile names; :class:`~ofrenda.errors.EngineRefused` when it names none
    that this version can speak with."""
    given = profile.parameters.get("mix")
    weights = dict(given) if isinstance(given, Mapping) else {}
    mix(weights)
    return weights


@functools.cache
def _packs() -> dict[str, Pack]:
    source = importlib.resources.files(__package__) / "data" / "stock_voices.npz"
    with source.open("rb") as file, np.load(file, allow_pickle=False) as stored:
        rows = stored["rows"].astype(np.float32)
        packs = rows @ stored["axes"].astype(np.float32)
        names = [str(name) for name in stored["names"]]
    packs.setflags(write=False)
    return dict(zip(names, packs, strict=True))

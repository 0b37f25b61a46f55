"""A voice that was fitted to a person: what of the speech model it changes, as a few megabytes.

The artefact is a numpy archive: ``style`` and ``prosody`` (128 numbers each), ``offset/NAME`` what
is added to the base model's ``NAME`` (half precision), ``down/NAME`` and ``up/NAME`` a low-rank
change of a convolution, ``norm/NAME`` mean and spread for a normalisation of the generator, and
``about``, JSON: the form, the base model it belongs to, the tier, the languages, and the consent it
rests on. It never holds a recording.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.tts import stock
from ofrenda.errors import EngineRefused
from ofrenda.types import VoiceProfile

FORM: Final = 2
TIERS: Final = ("style", "bias", "full")
"""From the quickest to the most faithful: a style alone; every offset of the decoder as well; a
change of its convolutions on top."""
GRAIN: Final = re.compile(r"^decoder\.generator\.(noise_|resblocks\.[345]\.)")
"""What shapes the fine grain of the sound: the generator's second stage and its excitation."""
MOST_BYTES: Final = 5_000_000
"""A larger artefact is none of ours."""

Floats = NDArray[np.float32]
Norms = Mapping[str, tuple[Floats, Floats]]
_ROWS: Final = 510


@dataclass(frozen=True, slots=True)
class FittedVoice:
    """``style`` and ``prosody`` float32 ``[128]``; ``offsets`` by the names of
    :mod:`.kokoro_weights`; ``changes`` of a convolution ``NAME.weight``: ``down``
    ``[rank, in, kernel]`` and ``up`` ``[out, rank]``, whose product is added; ``norms``: mean and
    spread ``[channels]`` that a normalisation of the generator subtracts and divides by, in place
    of those of each utterance."""

    tier: str
    languages: tuple[str, ...]
    style: Floats
    prosody: Floats
    norms: Norms
    offsets: Mapping[str, Floats] = field(default_factory=dict)
    changes: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)
    consent_id: str | None = None
    base_model_sha256: str = stock.BASE_MODEL_SHA256

    @property
    def pack(self) -> stock.Pack:
        """The voice pack: the same row for every length, float32 ``[510, 256]``."""
        return np.tile(np.concatenate([self.style, self.prosody])[None], (_ROWS, 1))


def pack_fitted(voice: FittedVoice) -> bytes:
    """The artefact's bytes. ValueError for one larger than :data:`MOST_BYTES`."""
    about = {
        "form": FORM,
        "base_model_sha256": voice.base_model_sha256,
        "tier": voice.tier,
        "languages": list(voice.languages),
        "consent_id": voice.consent_id,
    }
    arrays: dict[str, NDArray[Any]] = {
        "about": np.frombuffer(json.dumps(about).encode(), np.uint8),
        "style": voice.style.astype(np.float32),
        "prosody": voice.prosody.astype(np.float32),
    }
    for name, offset in sorted(voice.offsets.items()):
        arrays[f"offset/{name}"] = offset.astype(np.float16)
    for name, (down, up) in sorted(voice.changes.items()):
        arrays[f"down/{name}"] = down.astype(np.float16)
        arrays[f"up/{name}"] = up.astype(np.float16)
    for name, norm in sorted(voice.norms.items()):
        arrays[f"norm/{name}"] = np.stack(norm).astype(np.float16)
    file = io.BytesIO()
    np.savez(file, allow_pickle=False, **arrays)
    packed = file.getvalue()
    if len(packed) > MOST_BYTES:
        raise ValueError("the changes are too large for an artefact")
    return packed


def unpack_fitted(data: bytes) -> FittedVoice:
    """The voice in an artefact; :class:`~ofrenda.errors.EngineRefused` for anything else."""
    refused = EngineRefused(
        "The fitted voice of this life cannot be read. Fit it again with 'ofrenda voice'."
    )
    if len(data) > MOST_BYTES:
        raise refused
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        about = json.loads(arrays.pop("about").tobytes())
        if about["form"] != FORM:
            age = "an older" if about["form"] < FORM else "a newer"
            raise EngineRefused(
                f"The voice of this life was made with {age} Ofrenda. "
                "Fit the voice again with 'ofrenda voice'."
            )
        floats = {name: value.astype(np.float32) for name, value in arrays.items()}
        if not all(np.isfinite(value).all() for value in floats.values()):
            raise refused
        voice = FittedVoice(
            tier=str(about["tier"]),
            languages=tuple(map(str, about["languages"])),
            style=floats.pop("style").reshape(128),
            prosody=floats.pop("prosody").reshape(128),
            norms={
                name: (mean, spread) for name, (mean, spread) in _under("norm/", floats).items()
            },
            offsets=_under("offset/", floats),
            changes={
                name: (down, floats[f"up/{name}"]) for name, down in _under("down/", floats).items()
            },
            consent_id=about["consent_id"],
            base_model_sha256=str(about["base_model_sha256"]),
        )
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
        zipfile.BadZipFile,
    ) as error:
        raise refused from error
    return voice


def between(
    below: FittedVoice, voice: FittedVoice, share: float, grain: float = 1.0
) -> FittedVoice:
    """``voice`` with only ``share`` (0..1) of its way from ``below``, which changes no convolution:
    the straight line between two fits ("Robust fine-tuning", Wortsman et al. 2022).

    The decoder's last blocks go only ``grain`` (0..1) of that way: they take up what is rough in
    the recordings while learning, and give it back when they speak."""

    def way(name: str) -> float:
        return share * grain if GRAIN.search(name) else share

    offsets = {
        name: below.offsets.get(name, 0.0) + way(name) * (value - below.offsets.get(name, 0.0))
        for name, value in voice.offsets.items()
    }
    return replace(
        voice,
        style=below.style + share * (voice.style - below.style),
        offsets={name: value.astype(np.float32) for name, value in offsets.items()},
        changes={name: (down, way(name) * up) for name, (down, up) in voice.changes.items()},
    )


def fitted_profile(voice: FittedVoice, *, id: str, mix: Mapping[str, float]) -> VoiceProfile:
    """The profile that speaks with ``voice``. ``mix``: the stock voices it began from, which also
    say whether English is spoken the British way."""
    return VoiceProfile(
        id=id,
        engine=stock.ENGINE,
        base_model_sha256=voice.base_model_sha256,
        languages=voice.languages,
        parameters={"mix": dict(mix), "tier": voice.tier},
        artefact=pack_fitted(voice),
        consent_id=voice.consent_id,
        format_version=stock.FITTED_VERSION,
    )


def _under(start: str, arrays: Mapping[str, Floats]) -> dict[str, Floats]:
    return {
        name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)
    }

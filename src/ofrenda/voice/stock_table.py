"""How each stock voice sounds to the speaker encoder, measured once and shipped.

``scripts/measure_stock_voices.py`` has every voice say the sentences of :mod:`.sample` in every
language and writes the table. It names the packs it was measured with: a table that is not of the
packs at hand is not used, and the voices are then heard afresh.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import TextToSpeech
from ofrenda.engines.tts.stock import BASE_MODEL_SHA256, stock_profile, stock_voices
from ofrenda.voice.quality import TELEPHONE_BAND
from ofrenda.voice.sample import SENTENCES, listen
from ofrenda.voice.speaker import Embeddings

TABLE: Final = "stock_table.npz"


@dataclass(frozen=True, slots=True)
class StockTable:
    """``names`` of the voices; per language ``wide`` and ``narrow`` (behind a telephone) embeddings
    ``[voices, 3, 256]`` and ``pitch`` ``[voices]`` in Hz (0: unknown)."""

    names: tuple[str, ...]
    wide: dict[str, Embeddings]
    narrow: dict[str, Embeddings]
    pitch: dict[str, NDArray[np.float32]]


def fingerprint() -> str:
    """sha256 over what the table depends on: model, packs, sentences and encoder."""
    digest = hashlib.sha256(f"{BASE_MODEL_SHA256} {TELEPHONE_BAND}".encode())
    for package, name in (
        ("ofrenda.engines.tts", "data/stock_voices.npz"),
        ("ofrenda.voice", "models/speaker_encoder.onnx"),
    ):
        digest.update(resources.files(package).joinpath(name).read_bytes())
    for language, sentences in SENTENCES.items():
        digest.update("\n".join((language, *sentences)).encode())
    return digest.hexdigest()


def shipped_table() -> StockTable | None:
    """The table that ships; None when it was measured with other packs, sentences or weights."""
    file = resources.files("ofrenda.voice").joinpath("models", TABLE)
    if not file.is_file():
        return None
    with file.open("rb") as opened, np.load(opened, allow_pickle=False) as stored:
        if str(stored["fingerprint"]) != fingerprint():
            return None
        return StockTable(
            tuple(str(name) for name in stored["names"]),
            {key: stored[f"wide_{key}"].astype(np.float32) for key in SENTENCES},
            {key: stored[f"narrow_{key}"].astype(np.float32) for key in SENTENCES},
            {key: stored[f"pitch_{key}"] for key in SENTENCES},
        )


async def measured_table(tts: TextToSpeech, languages: tuple[str, ...]) -> StockTable:
    """Hear every stock voice now: about 5 s of work for each voice and language."""
    names = tuple(stock_voices())
    wide, narrow, pitch = {}, {}, {}
    for language in languages:
        heard = [await listen(tts, stock_profile(name), language) for name in names]
        wide[language] = np.stack([one.wide for one in heard])
        narrow[language] = np.stack([one.narrow for one in heard])
        pitch[language] = np.array([one.pitch or 0.0 for one in heard], np.float32)
    return StockTable(names, wide, narrow, pitch)

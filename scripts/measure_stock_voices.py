"""Measure how each stock voice sounds to the speaker encoder: writes ``stock_table.npz``.

Run it again whenever the voice packs, the sample sentences or the encoder change (a test says so):

    python scripts/measure_stock_voices.py

20 voices in 2 languages take about 3 minutes on two cores.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path

import numpy as np

from ofrenda.engines.tts.kokoro import create
from ofrenda.settings import Settings
from ofrenda.voice.sample import SENTENCES
from ofrenda.voice.stock_table import TABLE, fingerprint, measured_table

OUT = Path(__file__).parent.parent / "src/ofrenda/voice/models" / TABLE


async def main() -> None:
    table = await measured_table(create(Settings()), tuple(SENTENCES))
    stored = {"names": np.array(table.names), "fingerprint": np.array(fingerprint())}
    for language in SENTENCES:
        stored[f"wide_{language}"] = table.wide[language].astype(np.float16)
        stored[f"narrow_{language}"] = table.narrow[language].astype(np.float16)
        stored[f"pitch_{language}"] = table.pitch[language]
    with OUT.open("wb") as file:
        np.savez_compressed(file, **stored)
    print(f"{OUT}: {OUT.stat().st_size} bytes", hashlib.sha256(OUT.read_bytes()).hexdigest())


if __name__ == "__main__":
    asyncio.run(main())

"""Make ``src/ofrenda/engines/tts/data/stock_voices.npz`` from the stock voices of kokoro-js 1.2.1.

    npm pack kokoro-js@1.2.1
    python scripts/pack_voices.py kokoro-js-1.2.1.tgz

A voice is a style vector of 256 numbers for each length of speech (1 to 510 symbols). Those 510
rows lie, within rounding, in a space of eight dimensions, so that two thin half-precision
matrices per voice (12 kB) hold what the tarball keeps in 522 kB. The script prints the largest
relative error of a row, and refuses to write a file in which it is above 0.2 %.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
import tarfile
from pathlib import Path

import numpy as np

TARBALL_SHA256 = "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860"
PINS = Path(__file__).with_name("stock_voices.sha256.json")
RANK = 8
ROWS, WIDTH = 510, 256
LARGEST_ERROR = 2e-3
TARGET = Path(__file__).parents[1] / "src/ofrenda/engines/tts/data/stock_voices.npz"


def read_voices(tarball: Path, pins: dict[str, str]) -> dict[str, np.ndarray]:
    """Read the pinned voices as float32 ``[510, 256]``; leave with a line when a hash is wrong."""
    found = hashlib.sha256(tarball.read_bytes()).hexdigest()
    if found != TARBALL_SHA256:
        sys.exit(f"{tarball}: sha256 is {found}, expected {TARBALL_SHA256}")
    voices = {}
    with tarfile.open(tarball) as tar:
        for name, pin in pins.items():
            member = tar.extractfile(f"package/voices/{name}.bin")
            raw = member.read() if member else b""
            found = hashlib.sha256(raw).hexdigest()
            if found != pin:
                sys.exit(f"voice {name}: sha256 is {found}, expected {pin}")
            voices[name] = np.frombuffer(raw, "<f4").reshape(ROWS, WIDTH)
    return voices


def squeeze(voice: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split ``[510, 256]`` into float16 ``[510, 8]`` and ``[8, 256]`` of like size."""
    u, s, _ = np.linalg.svd(voice.astype(np.float64), full_matrices=False)
    root = np.sqrt(s[:RANK])
    rows = (u[:, :RANK] * root).astype(np.float16)
    # Fit the second matrix to the rounded first one, so that the errors do not add up.
    axes = np.linalg.lstsq(rows.astype(np.float64), voice.astype(np.float64), rcond=None)[0]
    return rows, axes.astype(np.float16)


def main() -> None:
    """Read, squeeze, check, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tarball", type=Path)
    parser.add_argument("--out", type=Path, default=TARGET)
    arguments = parser.parse_args()
    voices = read_voices(arguments.tarball, json.loads(PINS.read_text()))
    rows, axes = {}, {}
    for name, voice in voices.items():
        rows[name], axes[name] = squeeze(voice)
        back = rows[name].astype(np.float32) @ axes[name].astype(np.float32)
        error = np.linalg.norm(back - voice, axis=1) / np.linalg.norm(voice, axis=1)
        print(f"{name:12} largest error of a row {error.max():.5f}, mean {error.mean():.5f}")
        if error.max() > LARGEST_ERROR:
            sys.exit(f"voice {name}: error above {LARGEST_ERROR}")
    names = np.array(list(voices))
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez(
        arguments.out,
        names=names,
        rows=np.stack([rows[name] for name in voices]),
        axes=np.stack([axes[name] for name in voices]),
    )
    print(f"{len(names)} voices, {arguments.out.stat().st_size} bytes")


if __name__ == "__main__":
    main()

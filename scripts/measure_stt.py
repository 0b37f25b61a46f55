"""Word error rate of hearing with the short window and its second look, against the full window.

Reads Debian's recorded English prompts (asterisk-core-sounds-en-g722: one studio speaker, far
easier than a caller). Constants are chosen on the prompts with an even number; the figures to
quote are those of the odd ones (--part odd, the default).

    python scripts/measure_stt.py [--part odd|even] [--count 50] [--frames 1500] [--json]
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import time
from pathlib import Path

import av
import num2words
import numpy as np

from ofrenda.engines.stt import whisper
from ofrenda.settings import Settings
from ofrenda.types import Audio

SOUNDS = Path("/usr/share/asterisk/sounds/en_US_f_Allison")
TEXTS = Path("/usr/share/doc/asterisk-core-sounds-en/core-sounds-en.txt.gz")
LONGEST_S = 13.0


def prompts(part: str, count: int) -> list[tuple[Path, str]]:
    """Every second prompt of at least five words, without stage directions."""
    found = []
    for line in gzip.decompress(TEXTS.read_bytes()).decode("utf-8", "replace").splitlines():
        name, _, text = line.partition(": ")
        path = SOUNDS / f"{name}.g722"
        if line.startswith(";") or "[" in text or len(text.split()) < 5 or not path.is_file():
            continue
        found.append((path, text))
    chosen = found[0 if part == "even" else 1 :: 2]
    step = max(1, len(chosen) // count)
    return chosen[::step][:count]


def load(path: Path) -> Audio:
    """A prompt as 16 kHz mono."""
    with av.open(str(path), format="g722") as container:
        frames = [frame.to_ndarray().reshape(-1) for frame in container.decode(audio=0)]
    return Audio(np.concatenate(frames).astype(np.float32) / 32768, 16_000)


def words(text: str) -> list[str]:
    """Words as compared: lower case, no punctuation, numbers written out."""
    spoken = re.sub(r"\d+", lambda m: f" {num2words.num2words(int(m.group()))} ", text.lower())
    return re.sub(r"[^a-z' ]+", " ", spoken.replace("'", "")).split()


def distance(said: list[str], heard: list[str]) -> int:
    """Words to insert, delete or replace."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        before, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (word != other))
    return row[-1]


async def measure(part: str, count: int) -> list[dict[str, object]]:
    """One row for the full window, one for the short window with its second look."""
    sounds = [(load(path), text) for path, text in prompts(part, count)]
    sounds = [(audio, text) for audio, text in sounds if audio.seconds <= LONGEST_S]
    rows = []
    for name, short in (("full", False), ("short", True)):
        engine = whisper.Whisper(Settings(), short=short)
        await engine.warm()
        errors = total = bad = 0
        times, cpu = [], time.process_time()
        for audio, text in sounds:
            start = time.perf_counter()
            heard = await engine.transcribe(audio, languages=("en",))
            times.append(time.perf_counter() - start)
            wrong = distance(words(text), words(heard.text))
            errors, total = errors + wrong, total + len(words(text))
            bad += wrong > len(words(text)) / 2
        rows.append(
            {
                "window": name,
                "frames": whisper.SHORT_FRAMES if short else whisper.FULL_FRAMES,
                "part": part,
                "clips": len(sounds),
                "seconds": round(sum(audio.seconds for audio, _ in sounds), 1),
                "words": total,
                "wer": round(errors / total, 4),
                "clips_more_than_half_wrong": bad,
                "second_looks": engine.second_looks,
                "p50_ms": round(1000 * sorted(times)[len(times) // 2]),
                "cpu_ms_per_clip": round(1000 * (time.process_time() - cpu) / len(sounds)),
            }
        )
        await engine.close()
    return rows


def main() -> None:
    """Print the rows."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--part", choices=("odd", "even"), default="odd")
    parser.add_argument("--count", type=int, default=50)
    parser.add_argument("--frames", type=int, default=whisper.SHORT_FRAMES)
    parser.add_argument("--json", action="store_true")
    chosen = parser.parse_args()
    whisper.SHORT_FRAMES = chosen.frames
    rows = asyncio.run(measure(chosen.part, chosen.count))
    if chosen.json:
        print(json.dumps(rows, indent=1))
        return
    for row in rows:
        print("  ".join(f"{key}={value}" for key, value in row.items()))


if __name__ == "__main__":
    main()

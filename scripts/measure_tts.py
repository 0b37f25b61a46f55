"""Print how fast the embedded voice speaks: real-time factor, and time to the first clause.

    python scripts/measure_tts.py [--times 3]

Real-time factor is computing time over sound that is played; below 1 it keeps up.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import time

import numpy as np

from ofrenda.engines.tts.kokoro import create
from ofrenda.engines.tts.stock import stock_profile
from ofrenda.settings import Settings

TEXTS = {
    "en short": ("I love you too, my girl.", "am_michael"),
    "en medium": (
        "I was thinking of you this morning, because the plum tree has opened its blossoms.",
        "am_michael",
    ),
    "en long": (
        "When I was your age, we had one bicycle for four brothers. Each of us had it for a week, "
        "and on Sunday evening we stood in the yard and argued. My mother settled it with a broom.",
        "am_michael",
    ),
    "zh short": ("我也爱你，女儿。", "zm_yunxi"),
    "zh long": (
        "我小的时候，我们四个兄弟只有一辆自行车。每个人骑一个星期，星期天晚上我们就在院子里吵架。",
        "zm_yunxi",
    ),
    "mixed": ("我昨天在WhatsApp上给你发了照片，你看了没有？", "zm_yunxi"),
}


async def measure(times: int) -> None:
    """Speak every text, and print a line for each."""
    engine = create(Settings())
    start = time.monotonic()
    await engine.warm()
    print(f"warm {time.monotonic() - start:.1f} s, load average {os.getloadavg()[0]:.1f}")
    print(f"{'text':10} {'sound':>6} {'first':>6} {'RTF':>5} {'peak':>6} {'step':>6}  clauses")
    for name, (text, voice) in TEXTS.items():
        firsts, factors = [], []
        for _ in range(times):
            start, parts = time.monotonic(), []
            async for part in engine.synthesize(text, voice=stock_profile(voice)):
                if not parts:
                    firsts.append(time.monotonic() - start)
                parts.append(part.samples)
            seconds = sum(map(len, parts)) / 24_000
            factors.append((time.monotonic() - start) / seconds)
        sound = np.concatenate(parts)
        joins = np.cumsum([len(part) for part in parts])[:-1]
        # A click is a step between two samples where clauses meet.
        step = max((abs(float(sound[j] - sound[j - 1])) for j in joins), default=0.0)
        print(
            f"{name:10} {seconds:6.2f} {statistics.median(firsts):6.2f} "
            f"{statistics.median(factors):5.2f} {float(np.abs(sound).max()):6.3f} {step:6.4f}  "
            + " ".join(f"{len(part) / 24_000:.2f}" for part in parts)
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--times", type=int, default=3)
    asyncio.run(measure(parser.parse_args().times))

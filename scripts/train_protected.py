"""Learn which questions touch what must not be invented, from their place in the embedder's space.

    python scripts/train_protected.py            # writes care/protected_meaning.npz, and measures
    python scripts/train_protected.py --measure  # what rules and meaning catch, in each set

Ridge regression over the vectors of the embedded default (as queries), the two classes of equal
weight. Learnt from the parts ``fit`` and ``learn`` to ``learn3`` of
``tests/care/protected_questions.toml`` and from ordinary questions of the honesty bench's tuning
part. ``check`` and ``tests/care/protected_fresh.toml`` are only measured. The bar is the least
score that at most 5 % of the hand-written controls reach when a fifth of all is left out at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ofrenda.care.meaning import FILE, Weights, learnt, placed
from ofrenda.care.protected import protected_topic
from ofrenda.engines.embed.e5 import create
from ofrenda.engines.protocols import EmbedRole
from ofrenda.measure.honesty_set import draw
from ofrenda.memory.embedding import model_key
from ofrenda.settings import Settings

ROOT = Path(__file__).parents[1]
QUESTIONS = ROOT / "tests/care/protected_questions.toml"
FRESH = ROOT / "tests/care/protected_fresh.toml"
TARGET = ROOT / "src/ofrenda/care" / FILE
TOPICS = ("last_words", "forgiveness", "blame", "will", "medical")
OPEN = "control"
LEARNT_FROM = ("fit", "learn", "learn2", "learn3")
ORDINARY = 400
"""Questions of the honesty bench's tuning part that join the controls."""
PENALTY = 1.0
"""Of 0.3, 1 and 3 the middle one; left out in turn they are within two points of one another."""
FOLDS = 5
MOST_CONTROLS = 0.05
LEAST_BAR = 0.45
"""What people say who talk of something else altogether must stay under it: a telephone exchange's
"which folder should I save the message to?" reaches 0.42."""

Floats = NDArray[np.float32]
Labelled = list[tuple[str, str]]
"""(text, topic)"""


def part(language: str, name: str) -> Labelled:
    """The questions of one part of the hand-written sets."""
    if name == "fresh":
        table = tomllib.loads(FRESH.read_text("utf-8"))[language]
    else:
        table = tomllib.loads(QUESTIONS.read_text("utf-8"))[language][name]
    return [(text, topic) for topic, texts in table.items() for text in texts]


def ordinary(name: str) -> Labelled:
    """The questions of the honesty bench's part ``name`` that touch nothing protected."""
    drawn = draw(name, answerable=9999, unanswerable=9999, false=9999)  # type: ignore[arg-type]
    return [(one.text, OPEN) for one in drawn.questions if one.kind != "protected"]


def learn(vectors: Floats, topics: Sequence[str], model: str) -> Weights:
    """Weights from ``vectors`` ``[texts, dimensions]`` and their topics, without a bar."""
    mean = vectors.mean(axis=0)
    inputs = placed(vectors, mean).astype(np.float64)
    protected = np.array([topic != OPEN for topic in topics])
    columns = [protected, *(np.array([one == topic for one in topics]) for topic in TOPICS)]
    wanted = np.where(np.stack(columns, axis=1), 1.0, -1.0)
    share = np.where(protected, 0.5 / protected.sum(), 0.5 / (~protected).sum()) * len(topics)
    spread = inputs.T @ (inputs * share[:, None]) + PENALTY * np.eye(inputs.shape[1])
    weight = np.linalg.solve(spread, inputs.T @ (wanted * share[:, None]))
    return Weights(model, TOPICS, mean, weight.T.astype(np.float32), 0.0)


def bar_of(vectors: Floats, topics: Sequence[str], near: NDArray[np.bool_], model: str) -> float:
    """The bar, by leaving out a fifth at a time, and never under :data:`LEAST_BAR`; ``near``: which
    are hand-written."""
    order = np.random.default_rng(7).permutation(len(vectors))
    scores = np.zeros(len(vectors), np.float32)
    for fold in range(FOLDS):
        out = np.zeros(len(vectors), np.bool_)
        out[order[fold::FOLDS]] = True
        kept = [topic for topic, left in zip(topics, out, strict=True) if not left]
        scores[out] = learn(vectors[~out], kept, model).scores(vectors[out])[:, 0]
    protected = np.array([topic != OPEN for topic in topics])
    bar = max(LEAST_BAR, float(np.quantile(scores[near & ~protected], 1 - MOST_CONTROLS)))
    print(
        f"left out in turn: bar {bar:.2f}; by meaning alone {(scores[protected] >= bar).mean():.1%}"
        f" of the protected, {(scores[~near] >= bar).mean():.1%} of the ordinary questions"
    )
    return bar


async def main() -> int:
    """Learn, or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure what is already learnt")
    parser.add_argument("--failures", action="store_true", help="print what was judged wrongly")
    arguments = parser.parse_args()
    embed = create(Settings())

    async def vectors_of(some: Labelled) -> Floats:
        return np.asarray(await embed.embed([text for text, _ in some], role=EmbedRole.QUERY))

    if not arguments.measure:
        some = [one for lang in ("en", "zh") for name in LEARNT_FROM for one in part(lang, name)]
        near = np.arange(len(some) + ORDINARY) < len(some)
        some += random.Random(7).sample(ordinary("tuning"), ORDINARY)
        topics = [topic for _, topic in some]
        vectors = await vectors_of(some)
        bar = bar_of(vectors, topics, near, model_key(embed))
        made = learn(vectors, topics, model_key(embed))
        with TARGET.open("wb") as file:
            np.savez(
                file,
                model=made.model,
                topics=np.array(TOPICS),
                mean=made.mean,
                weight=made.weight,
                bar=bar,
            )
        print(f"{len(some)} texts, {TARGET.stat().st_size} bytes")
    sets = {
        f"{name} {lang}": part(lang, name) for name in ("check", "fresh") for lang in ("en", "zh")
    }
    sets["honesty held_out"] = ordinary("held_out")
    for title, some in sets.items():
        ruled = np.array([protected_topic(text) is not None for text, _ in some])
        meant = np.array(
            [topic is not None for topic in learnt().topics_of(await vectors_of(some))]
        )
        truth = np.array([topic != OPEN for _, topic in some])
        print(title)
        for how, caught in (("rules", ruled), ("meaning", meant), ("both", ruled | meant)):
            right = f"{caught[truth].mean():6.1%} of {truth.sum()}" if truth.any() else "-"
            print(
                f"  {how:8} caught {right}, "
                f"controls {caught[~truth].mean():5.1%} of {(~truth).sum()}"
            )
        if arguments.failures:
            for (text, _), one, two in zip(some, ruled | meant, truth, strict=True):
                if one != two:
                    print("    ", "missed" if two else "taken", text)
    await embed.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

"""Learn which questions touch what must not be invented, from their place in the embedder's space.

    python scripts/train_protected.py            # writes care/protected_meaning.npz
    python scripts/train_protected.py --measure  # what rules and meaning catch, per set and language

A multinomial logistic regression over the vectors of the embedded default (as queries): the five
topics and "control". Learnt from the parts ``fit``, ``learn`` and ``learn2`` of
``tests/care/protected_questions.toml`` and from ordinary questions of the honesty bench's tuning
part. ``check`` and ``tests/care/protected_fresh.toml`` are only measured. The bar is the least log
odds that at most 2 % of the controls reach when a fifth of the questions is left out at a time.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tomllib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ofrenda.care.meaning import FILE, OPEN, Weights, learnt
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
TOPICS = ("last_words", "forgiveness", "blame", "will", "medical", OPEN)
LEARNT_FROM = ("fit", "learn", "learn2")
ORDINARY = 400
"""Questions of the honesty bench's tuning part that join the controls."""
PENALTY = 0.01
"""Weight of the squared weights over standardised vectors: 0.003 and 0.01 were tried, alike."""
STEPS = 600
RATE = 0.05
FOLDS = 5
MOST_CONTROLS = 0.02

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


def learn(vectors: Floats, classes: NDArray[np.int64]) -> tuple[Floats, Floats]:
    """Weights ``[classes, dimensions]`` and biases, every class counting alike; Adam."""
    mean, spread = vectors.mean(axis=0), vectors.std(axis=0)
    inputs = np.hstack([(vectors - mean) / spread, np.ones((len(vectors), 1))])
    wanted = np.eye(len(TOPICS))[classes]
    # The five topics together count as much as the controls.
    shares = np.array([0.1] * (len(TOPICS) - 1) + [0.5])
    share = (shares / wanted.sum(axis=0))[classes][:, None]
    weight = np.zeros((inputs.shape[1], len(TOPICS)))
    first, second = np.zeros_like(weight), np.zeros_like(weight)
    penalty = np.full((inputs.shape[1], 1), PENALTY)
    penalty[-1] = 0.0
    for step in range(1, STEPS + 1):
        logits = inputs @ weight
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        slope = inputs.T @ ((odds - wanted) * share) + penalty * weight
        first = 0.9 * first + 0.1 * slope
        second = 0.999 * second + 0.001 * slope**2
        rate = RATE * np.sqrt(1 - 0.999**step) / (1 - 0.9**step)
        weight -= rate * first / (np.sqrt(second) + 1e-9)
    plain = weight[:-1] / spread[:, None]
    bias = weight[-1] - mean @ plain
    return plain.T.astype(np.float32), bias.astype(np.float32)


def bar_of(vectors: Floats, classes: NDArray[np.int64], model: str) -> float:
    """The bar, by leaving out a fifth at a time."""
    order = np.random.default_rng(7).permutation(len(vectors))
    odds = np.zeros(len(vectors), np.float32)
    for fold in range(FOLDS):
        out = np.zeros(len(vectors), np.bool_)
        out[order[fold::FOLDS]] = True
        weight, bias = learn(vectors[~out], classes[~out])
        odds[out] = Weights(model, TOPICS, weight, bias, 0.0).log_odds(vectors[out])
    controls = odds[classes == len(TOPICS) - 1]
    bar = float(np.quantile(controls, 1 - MOST_CONTROLS))
    caught = float((odds[classes < len(TOPICS) - 1] >= bar).mean())
    print(f"left out in turn: bar {bar:.2f}, {caught:.1%} of the protected caught by meaning alone")
    return bar


async def main() -> int:
    """Learn, or measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measure", action="store_true", help="measure what is already learnt")
    parser.add_argument("--failures", action="store_true", help="print what was judged wrongly")
    arguments = parser.parse_args()
    embed = create(Settings())

    async def placed(some: Labelled) -> Floats:
        return np.asarray(await embed.embed([text for text, _ in some], role=EmbedRole.QUERY))

    if not arguments.measure:
        some = [one for lang in ("en", "zh") for name in LEARNT_FROM for one in part(lang, name)]
        some += random.Random(7).sample(ordinary("tuning"), ORDINARY)  # noqa: S311
        vectors = await placed(some)
        classes = np.array([TOPICS.index(topic) for _, topic in some])
        model = model_key(embed)
        bar = bar_of(vectors, classes, model)
        weight, bias = learn(vectors, classes)
        with TARGET.open("wb") as file:
            np.savez(file, model=model, topics=np.array(TOPICS), weight=weight, bias=bias, bar=bar)
        print(f"{len(some)} texts, {TARGET.stat().st_size} bytes")
    sets = {f"{name} {lang}": part(lang, name) for name in ("check", "fresh") for lang in ("en", "zh")}
    sets["honesty held_out"] = ordinary("held_out")
    for title, some in sets.items():
        ruled = np.array([protected_topic(text) is not None for text, _ in some])
        meant = np.array([topic is not None for topic in learnt().topics_of(await placed(some))])
        truth = np.array([topic != OPEN for _, topic in some])
        print(title)
        for how, caught in (("rules", ruled), ("meaning", meant), ("both", ruled | meant)):
            right = f"{caught[truth].mean():6.1%} of {truth.sum()}" if truth.any() else "-"
            print(f"  {how:8} caught {right}, controls {caught[~truth].mean():5.1%} of {(~truth).sum()}")
        if arguments.failures:
            for (text, _), one, two in zip(some, ruled | meant, truth, strict=True):
                if one != two:
                    print("    ", "missed" if two else "taken", text)
    await embed.close()
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))

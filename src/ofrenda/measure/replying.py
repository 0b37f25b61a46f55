"""The true reply among a hundred lines of the same person, on lines kept back by time.

The form of the data: JSON lines, one person each: ``person`` and ``lines`` in order, each with
``text`` and ``before``, up to eight lines (``from``, ``text``) that came just before.
"""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.measure.archives import create_embedder
from ofrenda.measure.words import Figures, Task
from ofrenda.memory.fitting import NEAR_LINES, Candidate, Exchange, Fitting, Heard, Moment
from ofrenda.memory.postings import Postings
from ofrenda.memory.words import term, words

AMONG: Final = 100
DRAWS: Final = 5
"""Times that the other 99 are drawn anew for each line; the mean counts."""
_RESAMPLED: Final = 2_000


@dataclass(frozen=True, slots=True)
class Writer:
    """A person's lines in order; the last of them, a share of ``held_out``, are held out."""

    name: str
    exchanges: tuple[Exchange, ...]
    held_out: float = 0.2

    @property
    def archive(self) -> int:
        """How many lines are the archive."""
        return len(self.exchanges) - int(len(self.exchanges) * self.held_out)


async def read_writers(path: Path, embed: Embedder, *, most: int | None = None) -> list[Writer]:
    """The writers of the file with their lines embedded; ``most`` lines of each."""
    found = []
    for row in (await asyncio.to_thread(path.read_text, "utf-8")).splitlines():
        person = json.loads(row)
        found.append(await writer_of(person["person"], person["lines"][:most], embed))
    return found


async def writer_of(
    name: str, lines: Sequence[Mapping[str, Any]], embed: Embedder, *, held_out: float = 0.2
) -> Writer:
    """The writer of ``lines`` (``text``, ``before``), embedded."""
    before = [tuple(Heard(one["from"], one["text"]) for one in line["before"]) for line in lines]
    replies = await embed.embed([line["text"] for line in lines], role=EmbedRole.PASSAGE)
    last = await embed.embed([_joined(some[-1:]) for some in before], role=EmbedRole.QUERY)
    talk = await embed.embed([_joined(some[-NEAR_LINES:]) for some in before], role=EmbedRole.QUERY)
    return Writer(
        name,
        tuple(
            Exchange(Moment(before[n], last[n], talk[n]), Candidate(line["text"], replies[n]))
            for n, line in enumerate(lines)
        ),
        held_out,
    )


def _joined(some: Sequence[Heard]) -> str:
    return "\n".join(one.text for one in some)


@dataclass(frozen=True, slots=True)
class Ranked:
    """For each held-out line the chance that it came first (ties share it), by ranker, and its
    reciprocal rank."""

    first: dict[str, list[float]]
    reciprocal: dict[str, list[float]]


def rank_held_out(writer: Writer, *, seed: int = 0) -> Ranked:
    """Rank each held-out line among 99 other lines of the writer, by what was learnt from the
    archive, by BM25 with the line before and the three before, and by meaning alone."""
    held = writer.archive
    fitting = Fitting.learn(writer.name, writer.exchanges[:held])
    # Every word counts for this floor, function words too: without them it is lower.
    postings = Postings.of((words(one.reply.text) for one in writer.exchanges), term)
    found = Ranked({}, {})
    for place in range(held, len(writer.exchanges)):
        chance = random.Random(f"{seed} {place}")  # noqa: S311 - a draw that can be repeated
        others = [n for n in range(len(writer.exchanges)) if n != place]
        sums: dict[str, list[tuple[float, float]]] = {}
        for _ in range(DRAWS):
            drawn = [place, *chance.sample(others, min(AMONG - 1, len(others)))]
            for way, scores in _scores(writer, fitting, postings, place, drawn).items():
                sums.setdefault(way, []).append(_place_of_first(scores))
        for way, results in sums.items():
            found.first.setdefault(way, []).append(float(np.mean([one for one, _ in results])))
            found.reciprocal.setdefault(way, []).append(float(np.mean([r for _, r in results])))
    return found


def _scores(
    writer: Writer, fitting: Fitting, postings: Postings, place: int, drawn: Sequence[int]
) -> dict[str, np.ndarray[Any, Any]]:
    moment = writer.exchanges[place].moment
    candidates = [writer.exchanges[n].reply for n in drawn]
    everyone = np.ones(len(writer.exchanges), dtype=np.bool_)
    by_words = {
        f"bm25 {count}": postings.score(
            {term(word): 1.0 for word in words(_joined(moment.before[-count:]))}, everyone
        )[np.asarray(drawn)]
        for count in (1, NEAR_LINES)
    }
    vectors = np.stack([one.vector for one in candidates])
    return {
        "learnt": fitting.rank(moment, candidates),
        **by_words,
        "meaning 1": vectors @ moment.last,
        f"meaning {NEAR_LINES}": vectors @ moment.talk,
    }


def _place_of_first(scores: np.ndarray[Any, Any]) -> tuple[float, float]:
    """The chance that the first of ``scores`` is the best, and its reciprocal mean rank."""
    above = int((scores > scores[0]).sum())
    ties = int((scores == scores[0]).sum())
    return (1 / ties if above == 0 else 0.0), 1 / (above + (ties + 1) / 2)


def interval(values: Sequence[float], seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of the mean of ``values``."""
    drawn = np.random.default_rng(seed).choice(np.asarray(values), (_RESAMPLED, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    return round(float(low), 3), round(float(high), 3)


async def measure(task: Task) -> Figures:
    """The part ``irc``. Small: sixty lines of each person."""
    path = task.data_file("irc-people*.jsonl")
    writers = await read_writers(
        path, create_embedder(task.settings), most=60 if task.small else None
    )
    first: dict[str, list[float]] = {}
    rows: list[Mapping[str, Any]] = []
    for done, writer in enumerate(writers):
        ranked = rank_held_out(writer)
        for way, values in ranked.first.items():
            first.setdefault(way, []).extend(values)
            rows.append(_row(f"writer {done + 1}", way, values, ranked.reciprocal[way]))
        task.progress((done + 1) / len(writers))
    rows += [_row("all", way, values, None) for way, values in first.items()]
    mean = {way: round(float(np.mean(values)), 3) for way, values in first.items()}
    bm25 = max(mean[way] for way in mean if way.startswith("bm25"))
    return Figures(
        metrics={"irc_r1_of_100": mean["learnt"], "irc_r1_of_100_bm25": bm25},
        floor={"irc_r1_of_100": 1 / AMONG, "irc_r1_of_100_bm25": 1 / AMONG},
        rows=rows,
    )


def _row(
    of: str, way: str, values: Sequence[float], reciprocal: Sequence[float] | None
) -> dict[str, Any]:
    low, high = interval(values)
    row = {
        "of": of,
        "way": way,
        "lines": len(values),
        "r1": round(float(np.mean(values)), 3),
        "low": low,
        "high": high,
    }
    if reciprocal is not None:
        row["mrr"] = round(float(np.mean(reciprocal)), 3)
    return row

"""How long recall takes, and how much memory, on invented archives of a hundred thousand and a
million messages.

The rows of the archive are written as import and rebuild would leave them; the texts are drawn from
a vocabulary with the long tail of real talk (Zipf), in English and Chinese, and their vectors from
clusters in a narrow cone, as small embedders make them.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.engines.protocols import Embedder, EmbedRole
from ofrenda.measure.archives import bench_life, create_embedder
from ofrenda.measure.result import percentile
from ofrenda.measure.words import Figures, Task
from ofrenda.memory import Recall
from ofrenda.memory.index import model_key
from ofrenda.memory.words import search_text
from ofrenda.types import Member, MemberId, Person, Role
from ofrenda.vault import Life

SIZES: Final = {"100k": 100_000, "1m": 1_000_000}
SMALL: Final = {"100k": 4_000}
ASKED: Final = 200
MEMBERS: Final = tuple(
    Member(MemberId(f"m{place}"), name, relation, Role.KEEPER if place == 0 else Role.FAMILY)
    for place, (name, relation) in enumerate(
        (("Mina", "wife"), ("Ida", "daughter"), ("Jonas", "son"), ("Xiaowen", "sister"))
    )
)
_ONSETS: Final = ("b", "br", "d", "dr", "f", "g", "gl", "h", "k", "l", "m", "n", "p", "r", "s", "t")
_RIMES: Final = (
    "ack",
    "ade",
    "all",
    "and",
    "ane",
    "ard",
    "eam",
    "ell",
    "end",
    "ight",
    "ock",
    "oon",
)
_HAN: Final = "山水花鸟鱼船门窗灯路桥茶米面糖盐雨雪风云书信歌舞琴棋春夏秋冬东西南北红黄蓝白黑"
_TONGUES: Final = ("en", "zh")
_ASKING: Final = (
    ("What did you say about the {} and the {}?", "Do you remember the {} by the {} last summer?",
     "Where did you find the {} for the {}?"),
    ("你还记得{}和{}吗？", "去年夏天你说的{}在{}吗？", "{}是谁给你的，还有{}？"),
)  # fmt: skip
_BATCH: Final = 5_000
_CLUSTERS: Final = 400
_BEGUN: Final = datetime(2004, 1, 1, 8)


def vocabulary() -> tuple[list[str], list[str]]:
    """Invented words, the commonest first, of each language."""
    english = [
        f"{onset}{rime}{more}"
        for more in ("", "er", "ow", "ing", "aby", "elo", "ista", "unto", "omer", "ully")
        for onset in _ONSETS
        for rime in _RIMES
    ]
    chinese = [one + other for one in _HAN for other in _HAN]
    return english, chinese


def questions(count: int) -> list[str]:
    """Questions of usual length about words of all frequencies, every fourth in Chinese."""
    chance = np.random.default_rng(11)
    known = vocabulary()
    found = []
    for place in range(count):
        tongue = 1 if place % 4 == 3 else 0
        first, second = (known[tongue][rank % len(known[tongue])] for rank in chance.zipf(1.2, 2))
        found.append(_ASKING[tongue][place % 3].format(first, second))
    return found


class _Drawn:
    """Draws texts and vectors, the same for the same seed."""

    def __init__(self, dimensions: int, seed: int = 20260501) -> None:
        self.chance = np.random.default_rng(seed)
        self._words = vocabulary()
        cone = self.chance.normal(size=dimensions)
        self._cone = cone / np.linalg.norm(cone)
        self._clusters = self.chance.normal(size=(_CLUSTERS, dimensions)) / np.sqrt(dimensions)

    def texts(self, count: int) -> list[str]:
        """Messages of three to fifteen words; every fourth is Chinese."""
        lengths = self.chance.integers(3, 16, size=count)
        found = []
        for place, length in enumerate(lengths):
            tongue = 1 if place % 4 == 3 else 0
            known = self._words[tongue]
            ranks = self.chance.zipf(1.2, size=length) % len(known)
            found.append(("" if tongue else " ").join(known[rank] for rank in ranks))
        return found

    def vectors(self, count: int) -> NDArray[np.float16]:
        """Vectors of length 1 in a cone (cosines of 0.7 to 0.9), in clusters."""
        own = self.chance.normal(size=(count, len(self._cone))) / np.sqrt(len(self._cone))
        of = self._clusters[self.chance.integers(0, _CLUSTERS, size=count)]
        mixed = 1.7 * self._cone + 0.6 * of + 0.6 * own
        mixed /= np.linalg.norm(mixed, axis=1, keepdims=True)
        return np.asarray(mixed.astype(np.float16))


def fill(life: Life, count: int, model: str, dimensions: int) -> None:
    """Write ``count`` messages as passages with their words and vectors: chats with each member
    and one group, half of the messages the person's, answers with what they answer."""
    drawn = _Drawn(dimensions)
    with life.db.write() as db:
        source = db.execute(
            "INSERT INTO source (name, format, sha256, added_utc, report)"
            " VALUES ('invented', 'invented', 'invented', '2024-01-01T00:00:00Z', '{}')"
        ).lastrowid
        for number in range(len(MEMBERS) + 1):
            db.execute(
                "INSERT INTO conversation (id, platform, key, title, is_group)"
                " VALUES (?, 'invented', ?, ?, ?)",
                (number + 1, str(number), str(number), number == len(MEMBERS)),
            )
    for start in range(0, count, _BATCH):
        size = min(_BATCH, count - start)
        with life.db.write() as db:
            rows = list(_rows(drawn, start, size))
            db.executemany(
                "INSERT INTO utterance (id, dedup, source, locator, conversation, ts_local,"
                " ts_precision, ordinal, kind, text)"
                " VALUES (:id, :dedup, :source, :id, :conversation, :at, 's', :id, 'text', :text)",
                [{**row, "source": source} for row in rows],
            )
            db.executemany(
                "INSERT INTO passage (id, kind, text, cue, said_by, to_member, is_group, language,"
                " said_local, utterances, visibility, visible_to) VALUES (:id, :kind, :text, :cue,"
                " :said_by, :to_member, :is_group, :language, :at, :utterances, :visibility,"
                " :visible_to)",
                rows,
            )
            db.executemany(
                "INSERT INTO passage_words (passage, text, cue) VALUES (:id, :words, :cue_words)",
                rows,
            )
            for facet in ("text", "cue"):
                some = [row for row in rows if facet == "text" or row["cue"] is not None]
                db.executemany(
                    "INSERT INTO embedding (passage, facet, model, vector) VALUES (?, ?, ?, ?)",
                    [
                        (row["id"], facet, model, vector.tobytes())
                        for row, vector in zip(some, drawn.vectors(len(some)), strict=True)
                    ],
                )


def _rows(drawn: _Drawn, start: int, size: int) -> Iterator[dict[str, Any]]:
    before = ""
    before_words = ""
    for place, text in enumerate(drawn.texts(size)):
        number = start + place
        # Stretches of twenty messages; each chat in turn.
        chat = (number // 20) % (len(MEMBERS) + 1)
        group = chat == len(MEMBERS)
        person = number % 2 == 1
        member = str(MEMBERS[number % len(MEMBERS) if group else chat].id)
        answers = person and number % 20 != 0
        cut = search_text(text)
        yield {
            "id": number + 1,
            "dedup": number.to_bytes(8, "big"),
            "conversation": chat + 1,
            "at": (_BEGUN + timedelta(minutes=7 * number)).isoformat(timespec="seconds"),
            "kind": "reply" if answers else "statement" if person else "heard",
            "text": text,
            "words": cut,
            "cue": before if answers else None,
            "cue_words": before_words if answers else "",
            "said_by": "person" if person else f"member:{member}",
            "to_member": member if person and not group else None,
            "is_group": int(group),
            "language": "zh" if place % 4 == 3 else "en",
            "utterances": f"[{number + 1}]",
            "visibility": "family" if group and person else "member",
            "visible_to": None if group and person else f'["{member}"]',
        }
        before, before_words = text, cut


async def measure_size(task: Task, name: str, count: int, embed: Embedder) -> dict[str, Any]:
    """Build, load and ask: times in ms of processor time (the query's embedding apart, too)."""
    life = bench_life(task.folder, f"speed-{name}", Person("Tomas Rell", _TONGUES), MEMBERS)
    with life:
        fill(life, count, model_key(embed), embed.dimensions)
        begun = time.process_time()
        recall = await Recall.load(life, embed)
        loaded = time.process_time() - begun
        for member in MEMBERS:
            await recall.search("Are you well?", member)
        taken, embedding = [], []
        for place, question in enumerate(questions(20 if task.small else ASKED)):
            listener = MEMBERS[place % len(MEMBERS)]
            begun = time.process_time()
            await recall.search(question, listener, limit=24, own=place % 2 == 0)
            searched = time.process_time()
            await embed.embed([question], role=EmbedRole.QUERY)
            taken.append(1000 * (searched - begun))
            embedding.append(1000 * (time.process_time() - searched))
    return {
        "messages": count,
        "p50_ms": percentile(taken, 50),
        "p95_ms": percentile(taken, 95),
        "embedding_p50_ms": percentile(embedding, 50),
        "load_s": round(loaded, 2),
        "peak_rss_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000),
        "asked": len(taken),
    }


async def measure(task: Task) -> Figures:
    """The part ``speed``: p95 of one search, its question's embedding included, in processor time.
    Small: four thousand messages."""
    embed = create_embedder(task.settings)
    sizes = SMALL if task.small else SIZES
    rows: list[Mapping[str, Any]] = []
    for done, (name, count) in enumerate(sizes.items()):
        rows.append({"of": name, **await measure_size(task, name, count, embed)})
        task.progress((done + 1) / len(sizes))
    metrics: dict[str, float | int | None] = {}
    for row in rows:
        metrics[f"recall_p95_ms_{row['of']}"] = row["p95_ms"]
        metrics[f"recall_peak_rss_mb_{row['of']}"] = row["peak_rss_mb"]
    return Figures(metrics=metrics, rows=rows)

"""``ofrenda bench archive``: how fast and how safely what was left behind is taken in.

Speed and memory of a long WhatsApp export in processes of their own, imports that are killed and go
on, vectors made afterwards, and (where the machine is given the time) damaged exports of every
format. Everything is made up; nothing of a life is read.
"""

from __future__ import annotations

import asyncio
import os
import random
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import psutil

from ofrenda.engines.protocols import Embedder, EngineKind
from ofrenda.engines.registry import create
from ofrenda.measure.hostile import metrics as hostile_metrics
from ofrenda.measure.hostile import rows as hostile_rows
from ofrenda.measure.importing import fingerprint, found_life, import_and_index, opened
from ofrenda.measure.long_chat import FILE_NAME, messages, write_export
from ofrenda.measure.result import BenchResult
from ofrenda.measure.watching import running, told
from ofrenda.memory.embedding import embed_pending
from ofrenda.settings import Settings
from ofrenda.vault import Life

Progress = Callable[[str, float], None]
"""Told what is being done, and the share of it."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much is measured: ``messages`` in the long export and ``fewer`` in the one that memory
    is compared with; ``kills`` of an import of ``killed_messages``; ``embedded`` texts;
    ``mutants`` of each damaged file (0: none are tried)."""

    messages: int = 1_000_000
    fewer: int = 100_000
    kills: int = 20
    killed_messages: int = 40_000
    embedded: int = 1_000
    mutants: int = 200


def bench_archive(settings: Settings, sizes: Sizes, progress: Progress) -> BenchResult:
    """Measure; takes some minutes at full size, most of them for the imports that are killed."""
    with tempfile.TemporaryDirectory(prefix="ofrenda-bench-") as folder:
        place = Path(folder)
        few = _import(place / "few", sizes.fewer, progress)
        many = _import(place / "many", sizes.messages, progress)
        with opened(place / "many") as life:
            wrong = _compare(life, sizes.messages)
            embedded = _embed(life, settings, sizes.embedded, progress)
        resumed = list(_resume(place, sizes.kills, sizes.killed_messages, progress))
    hostile = _hostile(sizes.mutants, progress)
    seconds = many["add_s"] + many["index_s"]
    growth = (many["peak_bytes"] - few["peak_bytes"]) / max(1, sizes.messages - sizes.fewer)
    metrics: dict[str, float | int | None] = {
        "messages_per_s": round(sizes.messages / seconds),
        "messages_per_cpu_s": round(sizes.messages / many["cpu_s"]),
        "import_per_s": round(sizes.messages / many["add_s"]),
        "index_per_s": round(sizes.messages / many["index_s"]),
        "embed_per_s": embedded,
        "peak_rss_mb": round(many["peak_bytes"] / 1e6, 1),
        "peak_rss_mb_fewer": round(few["peak_bytes"] / 1e6, 1),
        "growth_bytes_per_message": round(growth, 1),
        "database_mb": round(many["database_bytes"] / 1e6, 1),
        "export_mb": round(many["export_bytes"] / 1e6, 1),
        "messages": sizes.messages,
        "passages": many["passages"],
        "misattributed": wrong["misattributed"] + hostile.get("misattributed", 0),
        "wrong_timestamps": wrong["wrong_timestamps"] + hostile.get("wrong_timestamps", 0),
        "lost": wrong["lost"],
        "kills": len(resumed),
        "resumed_identical": sum(row["identical"] for row in resumed),
        "formats": hostile.get("formats"),
        "mutants_tried": hostile.get("mutants_tried"),
        "uncaught": hostile.get("uncaught"),
        "unmarked": hostile.get("unmarked"),
        "chats_tried": hostile.get("chats_tried"),
    }
    rows: list[Mapping[str, Any]] = [
        {"part": "import", **{key: _short(value) for key, value in one.items()}}
        for one in (few, many)
    ]
    rows += [{"part": "kill", **row} for row in resumed]
    return BenchResult(
        "archive",
        metrics,
        rows,
        floor={"messages_per_s": 20_000},
        ceiling={"peak_rss_mb": 1_000, "misattributed": 0, "wrong_timestamps": 0, "uncaught": 0},
    )


def _short(value: float) -> float:
    return round(value, 2)


def _import(place: Path, count: int, progress: Progress) -> dict[str, float]:
    """Import and index an export of ``count`` messages on one core."""
    place.mkdir()
    export = place / FILE_NAME
    size = write_export(export, count)
    found_life(place)
    core = str(min(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ""
    with running(place, export, *([core] if core else [])) as (process, watch):
        found: dict[str, float] = {}
        for news in told(process):
            if news["stage"] == "done":
                found = {key: float(value) for key, value in news.items() if key != "stage"}
                break
            progress(f"{count:,} messages: {news['stage']}", news["share"])
        watch.look(psutil.Process(process.pid))
    if found.get("accepted") != count:
        raise RuntimeError("the import did not come to its end")
    return {
        **found,
        "messages": count,
        "peak_bytes": watch.peak_bytes,
        "cpu_s": watch.cpu_seconds,
        "export_bytes": size,
        "database_bytes": _database_bytes(place),
    }


def _database_bytes(home: Path) -> int:
    return sum(file.stat().st_size for file in home.rglob("life.db*"))


def _compare(life: Life, count: int) -> dict[str, int]:
    """Hold every stored message against what is true of it."""
    wrong = {"misattributed": 0, "wrong_timestamps": 0, "lost": 0}
    with life.db.read() as db:
        rows = iter(
            db.execute(
                "SELECT i.key, u.ts_local, u.text FROM utterance AS u"
                " LEFT JOIN identity AS i ON i.id = u.identity ORDER BY u.ordinal"
            )
        )
        for true in messages(count):
            row = next(rows, None)
            if row is None or row[2] != true.text:
                wrong["lost"] += 1
                continue
            wrong["misattributed"] += row[0] != true.sender
            wrong["wrong_timestamps"] += row[1] != true.at.isoformat()
        wrong["lost"] += sum(1 for _ in rows)
    return wrong


def _embed(life: Life, settings: Settings, most: int, progress: Progress) -> float | None:
    """Vectors in a second of processor time, as in the background: one thread, no call on."""
    if not most:
        return None

    async def measured() -> float:
        embed = cast(Embedder, create(EngineKind.EMBED, settings))
        try:
            await embed.warm()
            began = time.process_time()
            made = await embed_pending(
                life, embed, most=most, progress=lambda share: progress("vectors", share)
            )
            return round(made / max(1e-9, time.process_time() - began), 1)
        finally:
            await embed.close()

    return asyncio.run(measured())


def _resume(place: Path, kills: int, count: int, progress: Progress) -> Iterator[dict[str, Any]]:
    """Kill an import at a random moment, add the file again, and compare with one left alone."""
    if not kills:
        return
    export = place / FILE_NAME
    write_export(export, count)
    found_life(place / "alone")
    with opened(place / "alone") as life:
        began = time.perf_counter()
        import_and_index(life, export, _nobody)
        whole = time.perf_counter() - began
        expected = fingerprint(life)
    rng = random.Random(20)  # noqa: S311 - repeatable on purpose
    for number in range(kills):
        home = place / f"killed-{number}"
        found_life(home)
        after = rng.random() * whole
        with running(home, export) as (process, _):
            for news in told(process):
                if news["stage"] == "awake":
                    break
            time.sleep(after)
            over = process.poll() is not None
            process.kill()
        with opened(home) as life:
            life.verify()
            with life.db.read() as db:
                held = int(db.execute("SELECT count(*) FROM utterance").fetchone()[0])
                passages = int(db.execute("SELECT count(*) FROM passage").fetchone()[0])
            again = import_and_index(life, export, _nobody)
            same = fingerprint(life) == expected and again["seen"] == count
        progress("killed and added again", (number + 1) / kills)
        yield {
            "after_s": round(after, 2),
            "held": held,
            "passages": passages,
            "over": over,
            "identical": same,
        }


def _nobody(_stage: str, _share: float) -> None:
    """Nobody watches."""


def _hostile(mutants: int, progress: Progress) -> dict[str, int]:
    """Damaged exports of every format."""
    progress("damaged exports", 0.0)
    if not mutants:
        return {}
    found = hostile_rows(mutants=mutants, chats=5 * mutants, processes=os.cpu_count() or 1)
    return {key: value for key, value in hostile_metrics(found).items() if isinstance(value, int)}

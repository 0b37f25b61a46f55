"""``ofrenda bench voice``: how near fitted voices come to people who really spoke."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from ofrenda.engines.protocols import SpeechToText, TextToSpeech
from ofrenda.measure.result import BenchResult, percentile
from ofrenda.measure.voice_hearing import at_rate, hear, hear_themselves, nearest_stock, voice_of
from ofrenda.measure.voice_people import SPEAKERS, Recordings, Speaker, recordings
from ofrenda.measure.voice_trouble import as_the_lab_keeps, degraded
from ofrenda.settings import Settings
from ofrenda.types import Audio, ReferenceClip
from ofrenda.voice import choose_stock_voice
from ofrenda.voice.fit import FitOptions, FolderStore, fit_voice
from ofrenda.voice.fit.for_life import band_of

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Size:
    """How much is measured: seconds of fitting clips, held-out clips, and the fit's options."""

    seconds: float = 90.0
    held_out: int = 20
    options: FitOptions = dataclasses.field(default_factory=FitOptions)
    voices: int = 36
    """Stock voices in the search for the floor."""


async def bench_voice(
    tts: TextToSpeech,
    stt: SpeechToText,
    settings: Settings,
    *,
    speakers: Sequence[Speaker],
    conditions: Sequence[str],
    seeds: Sequence[int],
    rows_file: Path,
    size: Size | None = None,
    progress: Callable[[str, float], None] = lambda _what, _share: None,
) -> BenchResult:
    """Fit each speaker in each condition and seed, and hear the voice say what was held out.

    Each row is appended to ``rows_file`` as it is done; rows that are there are not done again. A
    fit under way is kept beside it. Likeness goes from the stock voice nearest by the judge (0) to
    the person's own held-out recordings (1)."""
    size = size or Size()
    rows = _read(rows_file)
    for speaker in speakers:
        for seed in seeds:
            own = recordings(speaker, seconds=size.seconds, held_out=size.held_out, seed=seed)
            floor = _row(rows, speaker, "floor", seed)
            if floor is None:
                progress(f"{speaker.name}: stock voices", 0.0)
                floor = await _floor(own, tts, stt, size, seed)
                _append(rows_file, rows, floor)
            for condition in conditions:
                if _row(rows, speaker, condition, seed) is None:
                    what = f"{speaker.name}, {condition}, seed {seed}"
                    row = await _fitted(
                        own, condition, seed, tts, stt, settings, size, rows_file.parent,
                        partial(progress, what),
                    )  # fmt: skip
                    _append(rows_file, rows, row | _placed(row, floor))
    return result([row for row in rows if _wanted(row, speakers, seeds)])


async def _floor(
    own: Recordings, tts: TextToSpeech, stt: SpeechToText, size: Size, seed: int
) -> Row:
    """The stock voice nearest by the judge, and the person against themselves."""
    reference = voice_of(own.fitting)
    name, heard = await nearest_stock(
        own.held_out, reference, tts, stt, without=own.speaker.stock, voices=size.voices
    )
    themselves = await hear_themselves(own.held_out, reference, stt)
    return {
        "speaker": own.speaker.name, "who": own.speaker.who, "condition": "floor", "seed": seed,
        "nearest": name, "similarity": round(heard.similarity, 4),
        "ceiling": round(themselves.similarity, 4),
        "wer": round(heard.word_errors, 2), "own_wer": round(themselves.word_errors, 2),
        "distillmos": _mean([heard.natural]), "own_distillmos": _mean([themselves.natural]),
        "person": reference.round(4).tolist(),
    }  # fmt: skip


async def _fitted(
    own: Recordings,
    condition: str,
    seed: int,
    tts: TextToSpeech,
    stt: SpeechToText,
    settings: Settings,
    size: Size,
    folder: Path,
    progress: Callable[[float], None],
) -> Row:
    reference = voice_of(own.fitting)
    noise = np.concatenate([clip.audio.samples for clip in _somebody_else(own)])
    clips = degraded(own.fitting, condition, Audio(noise, 16_000), seed)
    began, cpu = time.monotonic(), time.process_time()
    if condition != "clean":  # it leaves 28 of 30 clean ones of three voices as they are
        clips = await asyncio.to_thread(as_the_lab_keeps, clips, settings)
    whole = Audio(np.concatenate([at_rate(clip.audio).samples for clip in clips]), 16_000)
    if own.speaker.start:
        start = {own.speaker.start: 1.0}
    else:
        languages = (own.speaker.language,)
        choice = await choose_stock_voice(whole, tts, languages=languages, settings=settings)
        start = dict(choice.report.mix)
    store = folder / f"{own.speaker.name}-{condition}-{seed}"
    band = band_of(tuple(clips))
    fit = await fit_voice(
        clips, start, tts=tts, stt=stt, store=FolderStore(store), settings=settings,
        name=store.name, options=dataclasses.replace(size.options, seed=seed, band=band),
        tell=lambda at: progress(at.share),
    )  # fmt: skip
    minutes, cpu = (time.monotonic() - began) / 60, time.process_time() - cpu
    shutil.rmtree(store, ignore_errors=True)
    heard = await hear(own.held_out, reference, fit.profile, tts, stt)
    return {
        "speaker": own.speaker.name, "who": own.speaker.who, "condition": condition, "seed": seed,
        "start": start, "tier": fit.tier, "share": fit.share, "grain": fit.grain,
        "similarity": round(heard.similarity, 4),
        "wer": round(heard.word_errors, 2), "distillmos": _mean([heard.natural]),
        "rtf": round(heard.rtf, 3), "first_ms": [round(ms) for ms in heard.first_ms],
        "fit_minutes": round(minutes, 2), "fit_cpu_s": round(cpu),
        "trials": {tier: dataclasses.asdict(trial) for tier, trial in fit.trials.items()},
        "notes": list(fit.notes), "voice": heard.voice.round(4).tolist(),
        "artefact_bytes": len(fit.profile.artefact or b""),
    }  # fmt: skip


def result(rows: Sequence[Row]) -> BenchResult:
    """The figures of all rows, and whether each voice is nearest to its own person. A stock voice
    that stands for a person has rows, and no part in the figures of likeness."""
    people = {row["speaker"]: row for row in rows if row["condition"] == "floor"}
    fits = [row for row in rows if row["condition"] != "floor"]
    mistaken = 0
    for row in fits:
        near = {
            name: float(np.dot(row["voice"], other["person"]))
            for name, other in people.items()
            if name == row["speaker"] or other["who"] != row["who"]
        }
        row["nearest_person"] = max(near, key=lambda name: near[name])
        mistaken += row["nearest_person"] != row["speaker"]
    stock = {one.name for one in SPEAKERS if one.stock}
    people = {name: floor for name, floor in people.items() if name not in stock}
    of_people = [row for row in fits if row["speaker"] not in stock]
    clean = [row for row in of_people if row["condition"] == "clean"]
    worse = [row for row in of_people if row["condition"] != "clean"]
    return BenchResult(
        bench="voice",
        metrics={
            "similarity_norm_clean": _mean([row["norm"] for row in clean]),
            "similarity_norm_degraded": _mean([row["norm"] for row in worse]),
            "wer_delta_points": _mean([row["wer_delta"] for row in of_people]),
            "distillmos_delta": _mean([row["distillmos_delta"] for row in of_people]),
            "fit_minutes": _mean([row["fit_minutes"] for row in fits]),
            "rtf": _mean([row["rtf"] for row in fits]),
            "ttfa_p50_ms": percentile([ms for row in fits for ms in row["first_ms"]], 50),
            "taken_for_another": mistaken,
        },
        floor={"similarity": _mean([row["similarity"] for row in people.values()])},
        ceiling={"similarity": _mean([row["ceiling"] for row in people.values()])},
        rows=[
            {key: value for key, value in row.items() if key not in ("voice", "person")}
            for row in rows
        ],
    )


def _placed(row: Row, floor: Row) -> Row:
    """Where a fit lies between floor and ceiling."""
    span = floor["ceiling"] - floor["similarity"]
    pair = row["distillmos"], floor["own_distillmos"]
    return {
        "norm": round((row["similarity"] - floor["similarity"]) / span, 4),
        "wer_delta": round(row["wer"] - floor["wer"], 2),
        "distillmos_delta": None if None in pair else round(pair[0] - pair[1], 3),
    }


def _somebody_else(own: Recordings) -> tuple[ReferenceClip, ...]:
    other = next(one for one in SPEAKERS if one.who != own.speaker.who and not one.final)
    return recordings(other, seconds=30.0).fitting


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return round(float(np.mean(known)), 4) if known else None


def _row(rows: Sequence[Row], speaker: Speaker, condition: str, seed: int) -> Row | None:
    wanted = (speaker.name, condition, seed)
    return next(
        (row for row in rows if (row["speaker"], row["condition"], row["seed"]) == wanted), None
    )


def _wanted(row: Row, speakers: Sequence[Speaker], seeds: Sequence[int]) -> bool:
    return row["speaker"] in {one.name for one in speakers} and row["seed"] in seeds


def _read(path: Path) -> list[Row]:
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def _append(path: Path, rows: list[Row], row: Row) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(row, ensure_ascii=False) + "\n")
    rows.append(row)

"""Whether anybody else's voice slips into a reference: ``ofrenda bench lab``."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ofrenda.errors import BadInput
from ofrenda.measure.mixtures import CONDITIONS, SETS, Mixture, mix, prompts
from ofrenda.measure.result import BenchResult
from ofrenda.settings import Settings
from ofrenda.voice.identity import Verdict, find_person
from ofrenda.voice.lab import quieter
from ofrenda.voice.quality import measure_quality
from ofrenda.voice.segments import cut_segments
from ofrenda.voice.speech import Span, find_speech
from ofrenda.voice.whose import stretches_of, voices

PAIRS: Final = (
    ("en", "it"),
    ("it", "en"),
    ("en", "ru"),
    ("ru", "en"),
    ("es", "it"),
    ("es", "ru"),
    ("it", "ru"),
)
"""The person and who else speaks: two women, and a woman and a man, each way."""
LONG: Final = 1.0
"""Seconds of somebody else's speech in one piece that an engine could learn from."""

Progress = Callable[[int, int], None]


def bench_lab(
    sounds: Path,
    settings: Settings,
    *,
    half: int = 1,
    seconds: float = 75.0,
    pairs: Sequence[tuple[str, str]] = PAIRS,
    conditions: Sequence[str] = CONDITIONS,
    progress: Progress | None = None,
) -> BenchResult:
    """Mix conversations from the sets under ``sounds`` that are there, and separate them.

    For each pair and condition turns, overlapping turns, and the person alone. Metrics:
    ``slipped_long_s`` seconds of the other in pieces of a second or more inside segments,
    ``slipped_share`` of all segments' sound, ``kept_share`` of what the person says alone,
    ``asked_rate`` (two people, no mark: must be 1), ``needless_ask_rate`` (one person, no mark).
    ``BadInput`` where fewer than two sets are installed.
    """
    there = [key for key, folder in SETS.items() if (sounds / folder).is_dir()]
    todo = [(one, other) for one, other in pairs if one in there and other in there]
    if not todo:
        raise BadInput(
            "Two sets of recorded prompts are needed: install Debian's packages "
            "asterisk-core-sounds-en-g722, -es-g722, -it-g722 and -ru-g722."
        )
    needed = {key for pair in todo for key in pair}
    known = {key: prompts(sounds / SETS[key], half) for key in needed}
    plans = [
        (one, other, condition, overlapping)
        for one, other in todo
        for condition in conditions
        for overlapping in (False, True)
    ]
    plans += [(one, "", c, False) for one in dict.fromkeys(p[0] for p in todo) for c in conditions]
    rows = []
    for i, (one, other, condition, overlapping) in enumerate(plans):
        seed = zlib.crc32(f"{one}{other}{condition}{overlapping}{half}".encode())
        made = mix(
            known[one],
            known[other] if other else (),
            condition,
            seed,
            seconds=seconds,
            overlapping=overlapping,
        )
        row: dict[str, Any] = {
            "person": one,
            "other": other,
            "condition": condition,
            "overlapping": overlapping,
        }
        rows.append(row | _separated(made, settings))
        if progress is not None:
            progress(i + 1, len(plans))
    return BenchResult("lab", _metrics(rows), rows)


def _separated(mixture: Mixture, settings: Settings) -> dict[str, Any]:
    audio = mixture.audio
    speech = find_speech(audio, settings=settings)
    quality = measure_quality(audio, speech)
    audio = quieter(audio, quality.snr, settings)
    heard = voices(audio, speech, telephone=quality.telephone)
    asked = find_person(audio, speech, heard).verdict is Verdict.TWO_VOICES
    marks = [_mark(mixture, speech)] if mixture.others.any() else []
    found = find_person(audio, speech, heard, marks=marks, marked=bool(marks))
    mask = np.zeros(len(mixture.theirs), bool)
    if found.person is not None:
        others = [voice.centre for voice in found.others]
        theirs = stretches_of(audio, speech, found.person.centre, others)
        for segment in cut_segments(audio, theirs.spans, speech):
            mask[round(segment.start * 100) : round(segment.end * 100)] = True
    slipped = _pieces(mask & mixture.others)
    alone = mixture.theirs & ~mixture.others
    return {
        "voices": len(heard),
        "asked": asked,
        "verdict": found.verdict.value,
        "theirs_s": round(int(alone.sum()) / 100, 1),
        "kept_s": round(int((mask & alone).sum()) / 100, 1),
        "segments_s": round(int(mask.sum()) / 100, 1),
        "slipped_s": round(sum(slipped), 2),
        "slipped_long_s": round(sum(one for one in slipped if one >= LONG), 2),
    }


def _mark(mixture: Mixture, speech: Sequence[Span]) -> Span:
    """What a keeper would mark: the longest phrase of at most 6 s that is the person alone."""

    def share(track: NDArray[np.bool_], span: Span) -> float:
        return float(track[round(span.start * 100) : round(span.end * 100)].mean())

    alone = [
        span
        for span in speech
        if 1.0 <= span.seconds <= 6.0
        and share(mixture.theirs, span) > 0.7
        and share(mixture.others, span) == 0.0
    ]
    return max(alone, key=lambda span: span.seconds)


def _pieces(mask: NDArray[np.bool_]) -> list[float]:
    """Lengths in seconds of the pieces; gaps up to 0.3 s do not end one."""
    pieces: list[list[int]] = []
    for place in np.flatnonzero(mask):
        if pieces and place - pieces[-1][1] <= 30:
            pieces[-1][1] = int(place)
        else:
            pieces.append([int(place), int(place)])
    return [(end - start + 1) / 100 for start, end in pieces]


def _metrics(rows: Sequence[dict[str, Any]]) -> dict[str, float | int | None]:
    two = [row for row in rows if row["other"]]
    alone = [row for row in rows if not row["other"]]

    def total(name: str, among: Sequence[dict[str, Any]]) -> float:
        return float(sum(row[name] for row in among))

    def kept(among: Sequence[dict[str, Any]]) -> float | None:
        return round(total("kept_s", among) / total("theirs_s", among), 3) if among else None

    metrics: dict[str, float | int | None] = {
        "slipped_long_s": round(total("slipped_long_s", two), 2),
        "slipped_share": round(total("slipped_s", two) / max(1.0, total("segments_s", two)), 4),
        "segments_s": round(total("segments_s", two), 1),
        "mixtures": len(two),
        "mixtures_with_slips": sum(row["slipped_long_s"] > 0 for row in two),
        "kept_share": kept(two),
        "kept_share_alone": kept(alone),
        "asked_rate": round(total("asked", two) / len(two), 3) if two else None,
        "needless_ask_rate": round(total("asked", alone) / len(alone), 3) if alone else None,
    }
    for condition in dict.fromkeys(row["condition"] for row in two):
        among = [row for row in two if row["condition"] == condition]
        metrics[f"kept_share_{condition}"] = kept(among)
    return metrics

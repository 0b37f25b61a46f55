"""What the lab says to the keeper, in both languages; the words are in ``wording/``."""

from __future__ import annotations

import functools
import tomllib
from collections.abc import Mapping, Sequence
from importlib import resources
from typing import TYPE_CHECKING, Any

from ofrenda.types import LANGUAGES

if TYPE_CHECKING:
    from ofrenda.voice.lab_report import LabReport


@functools.cache
def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """All sentences in ``language``; English where the house does not speak it."""
    known = language if language in LANGUAGES else "en"
    file = resources.files("ofrenda.voice") / "wording" / f"{known}.toml"
    found: dict[str, Mapping[str, str]] = tomllib.loads(file.read_text("utf-8"))
    return found


def line(
    key: str, language: str, recordings: Sequence[int] = (), seconds: float | None = None
) -> str:
    """One piece of advice; KeyError for a key that there is none of."""
    listed = ("、" if language == "zh" else ", ").join(map(str, recordings))
    return _filled(
        words(language)["advice"][key],
        recordings=listed,
        seconds="" if seconds is None else f"{seconds:.0f}",
    )


def report_lines(report: LabReport, language: str = "en") -> list[str]:
    """The whole report, a sentence a line: what was found, what is usable, what would help."""
    found = words(language)["found"]
    if not report.sources:
        return [found["none"], *_advice(report, language)]
    figures = {
        name: f"{getattr(report, name):.0f}"
        for name in ("seconds", "speech", "theirs", "usable", "reference", "held_out", "sources")
    }
    lines = [_filled(found["sources"], **figures), _filled(found["theirs"], **figures)]
    if report.reference:
        lines.append(_filled(found["chosen"], **figures))
    if report.left_out:
        lines.append(
            _filled(found["left_out"], reasons=_listed("reason", report.left_out, language))
        )
    if len(report.moods) > 1:
        lines.append(_filled(found["moods"], moods=_listed("mood", report.moods, language)))
    return [*lines, *_advice(report, language)]


def _advice(report: LabReport, language: str) -> list[str]:
    return [line(one.key, language, one.recordings, one.seconds) for one in report.advice]


def _listed(section: str, shares: Mapping[Any, float], language: str) -> str:
    names = words(language)[section]
    unit = " 秒" if language == "zh" else " s"
    return ("，" if language == "zh" else ", ").join(
        f"{names[str(key)]} {seconds:.0f}{unit}"
        for key, seconds in sorted(shares.items(), key=lambda item: -item[1])
    )


def _filled(text: str, **values: str) -> str:
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text

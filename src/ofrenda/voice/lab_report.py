"""What was found in the recordings of a life, and what would help."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Final

from ofrenda.errors import ClipRejected
from ofrenda.types import MoodName
from ofrenda.vault import Life
from ofrenda.voice import lab_store
from ofrenda.voice.choosing import LEAST_USABLE
from ofrenda.voice.identity import Verdict
from ofrenda.voice.lab_store import HELD_OUT, REFERENCE, REJECTED, Segment
from ofrenda.voice.store import StoredClip, clips
from ofrenda.voice.telling import line

BEST_SECONDS: Final = 60.0
"""Seconds of reference under which a word is said about more being better."""
_MOSTLY: Final = 0.5
"""Share of the usable sound from which something is said of the whole."""


@dataclass(frozen=True, slots=True)
class Advice:
    """Something the keeper should know or can do: ``key`` of ``[advice]`` in the wording, the
    ``recordings`` it is about, and ``seconds`` where it counts some."""

    key: str
    recordings: tuple[int, ...] = ()
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class LabReport:
    """What was found in the recordings of a life.

    Seconds, each part of the one before: ``seconds`` of sound in ``sources`` recordings, ``speech``
    where somebody speaks, ``theirs`` where it is the person alone, ``usable`` in segments that are
    good enough, of which ``reference`` and ``held_out`` were chosen. ``moods`` and ``languages``
    say how many seconds of the reference are in each; ``left_out`` the seconds of segments not
    used, by reason. ``asks``: nothing may be made before the keeper has marked a sentence.
    ``advice``: what to know and do, most important first.
    """

    sources: int = 0
    seconds: float = 0.0
    speech: float = 0.0
    theirs: float = 0.0
    usable: float = 0.0
    reference: float = 0.0
    held_out: float = 0.0
    asks: bool = False
    moods: Mapping[MoodName, float] = field(default_factory=dict)
    languages: Mapping[str, float] = field(default_factory=dict)
    left_out: Mapping[str, float] = field(default_factory=dict)
    advice: tuple[Advice, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain values, for ``--json``."""
        return asdict(self)


def lab_report(life: Life) -> LabReport:
    """What is known now; nothing is heard anew."""
    found = lab_store.segments(life)
    told = {clip: report for clip, (_, report) in lab_store.heard(life).items()}
    usable = [one for one in found if one.role != REJECTED]
    chosen = [one for one in found if one.role == REFERENCE]
    asks = _asking(told, bool(lab_store.marks(life)))
    report = LabReport(
        sources=len(told),
        seconds=_total(told, "seconds"),
        speech=_total(told, "speech"),
        theirs=_total(told, "theirs"),
        usable=_seconds(usable),
        reference=_seconds(chosen),
        held_out=_seconds([one for one in found if one.role == HELD_OUT]),
        asks=bool(asks),
        moods=_shares(chosen, lambda one: one.mood),
        languages=_shares(chosen, lambda one: one.language),
        left_out=_shares(
            [one for one in found if one.role == REJECTED], lambda one: one.reason or "other"
        ),
    )
    return _advised(life, report, told, usable, asks)


def _asking(told: Mapping[int, Mapping[str, Any]], marked: bool) -> tuple[int, ...]:
    """Recordings that nothing may be made without a mark for."""
    if marked:
        return ()
    return tuple(sorted(c for c, r in told.items() if r.get("verdict") == Verdict.TWO_VOICES))


def _advised(
    life: Life,
    report: LabReport,
    told: Mapping[int, Mapping[str, Any]],
    usable: Sequence[Segment],
    asks: tuple[int, ...],
) -> LabReport:
    def having(verdict: Verdict) -> tuple[int, ...]:
        return tuple(sorted(c for c, r in told.items() if r.get("verdict") == verdict))

    own = set(life.person().languages)
    foreign = [one for one in usable if one.language not in own]
    recordings = {clip.id: clip for clip in clips(life) if clip.id in told}
    advice = [
        Advice("no_clips") if not told else None,
        Advice("two_voices", asks) if asks else None,
        _about("mark_unheard", having(Verdict.MARK_UNHEARD)),
        _about("unsure", having(Verdict.UNSURE)),
        _about("somebody_else", having(Verdict.SOMEBODY_ELSE)),
        _amount(report) if told and not asks else None,
        _mostly("telephone", usable, lambda one: bool(one.scores.get("telephone"))),
        _mostly("language", usable, lambda one: one in foreign),
        _left_out("noisy", report),
        _left_out("overloaded", report),
        _left_out("unclear", report),
        _about("echo", _warned(recordings.values(), "echo")),
        _about("cut_short", _warned(recordings.values(), "cut_short")),
    ]
    return LabReport(
        **{
            **{name: getattr(report, name) for name in report.__slots__},
            "advice": tuple(one for one in advice if one is not None),
        }
    )


def _amount(report: LabReport) -> Advice | None:
    if report.usable < LEAST_USABLE:
        return Advice("too_short", seconds=report.usable)
    if report.reference < BEST_SECONDS:
        return Advice("more", seconds=report.usable)
    return Advice("enough", seconds=report.reference)


def _about(key: str, recordings: tuple[int, ...]) -> Advice | None:
    return Advice(key, recordings) if recordings else None


def _mostly(key: str, usable: Sequence[Segment], holds: Callable[[Segment], bool]) -> Advice | None:
    having = [one for one in usable if holds(one)]
    if not having or _seconds(having) < _MOSTLY * _seconds(usable):
        return None
    return Advice(key, tuple(sorted({one.clip for one in having})), _seconds(having))


def _left_out(key: str, report: LabReport) -> Advice | None:
    seconds = report.left_out.get(key, 0.0)
    return Advice(key, seconds=seconds) if seconds >= 3.0 else None


def _warned(recordings: Sequence[StoredClip] | Any, warning: str) -> tuple[int, ...]:
    return tuple(clip.id for clip in recordings if warning in clip.report.warnings)


def refuse_unfit(report: LabReport) -> None:
    """ClipRejected where no voice should be made from what there is."""
    for one in report.advice:
        if one.key in {"no_clips", "two_voices", "too_short"}:
            raise ClipRejected(one.key, line(one.key, "en", one.recordings, one.seconds))


def _seconds(segments: Sequence[Segment]) -> float:
    return round(sum(one.span.seconds for one in segments), 1)


def _total(told: Mapping[int, Mapping[str, Any]], name: str) -> float:
    return round(sum(float(report[name]) for report in told.values()), 1)


def _shares(segments: Sequence[Segment], of: Callable[[Segment], Any]) -> dict[Any, float]:
    found: dict[Any, float] = {}
    for one in segments:
        found[of(one)] = round(found.get(of(one), 0.0) + one.span.seconds, 1)
    return found
